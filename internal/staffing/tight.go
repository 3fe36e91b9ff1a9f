package staffing

import (
	"slices"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/internal/roster"
)

// pool is who could ever play a role.
type pool struct {
	role v1alpha1.Role
	able []v1alpha1.User
	// rivals are the roles that exclude it, either way round.
	rivals []string
}

// demand is a role that an ask cannot do without.
type demand struct {
	*pool
	// key is what is found where nobody is left for it.
	key string
	// with are the roles that have to do with it: those who stand in for it, and those whose holders did what is to be approved.
	with []string
	// busy are the places others can keep somebody from it by, each with those who could be in it: a rival role, another seat
	// of an approval, a step whose doer may not approve it.
	busy [][]v1alpha1.User
}

// tight is whether so many being out can leave nobody.
func (d *demand) tight(out int) bool { return len(d.able) <= out+len(d.busy) }

// poolsOf finds the people behind each role of a plan. A role without a team is the incident's team's.
func poolsOf(plan *playbook.Plan, teams *roster.Roster, team string) map[string]*pool {
	out := map[string]*pool{}
	for name, role := range plan.Roles {
		if role.Team == "" {
			role.Team = team
		}
		p := &pool{role: role}
		for _, person := range teams.Candidates(roster.Query{Team: role.Team, Duty: string(role.Duty)}) {
			p.able = append(p.able, person.User)
		}
		for other, def := range plan.Roles {
			if other != name && (slices.Contains(role.Not, def.Name) || slices.Contains(def.Not, role.Name)) {
				p.rivals = append(p.rivals, other)
			}
		}
		slices.Sort(p.rivals)
		out[name] = p
	}
	return out
}

// demands are what an ask cannot do without: its own roles, or each rung.
func (s *search) demands(a ask) []demand {
	var out []demand
	roles := a.roles(s.Plan, a.climbs)
	for k, role := range roles {
		p := s.pools[role]
		d := demand{pool: p, key: s.keyOf(a, role), with: []string{role}}
		for _, rival := range p.rivals {
			d.busy = append(d.busy, s.pools[rival].able)
		}
		if s.Plan.Nodes[a.node].Action.Approval != nil && !a.climbs {
			for other, seat := range roles {
				if other != k {
					d.busy = append(d.busy, s.pools[seat].able)
				}
			}
			s.shutOut(a, &d)
		}
		out = append(out, d)
	}
	return out
}

// shutOut adds those who may not approve because they did what is approved, and the roles in which they did.
func (s *search) shutOut(a ask, d *demand) {
	requesters := a.requesters(s.Plan)
	for _, other := range s.asks {
		approves := s.Plan.Nodes[other.node].Action.Approval != nil
		if !slices.Contains(requesters, other.node) || other.climbs && !approves || !s.sameRound(a, other) {
			continue
		}
		if other.climbs {
			for _, role := range other.roles(s.Plan, true) {
				d.busy, d.with = append(d.busy, s.pools[role].able), append(d.with, role)
			}
			continue
		}
		for _, role := range other.roles(s.Plan, false) {
			doers := slices.Clone(s.pools[role].able)
			if len(doers) <= s.o.Absent+1+len(s.pools[role].rivals) { // then somebody above stands in
				for _, above := range other.roles(s.Plan, true) {
					doers = append(doers, s.pools[above].able...)
				}
			}
			d.busy, d.with = append(d.busy, doers), append(d.with, role)
		}
	}
}

// left is whether all who are left for a role could be busy otherwise, each in a place of their own.
func (s *search) left(d *demand, o out) bool {
	var rest []v1alpha1.User
	for _, u := range d.able {
		if !o.has(u) {
			if rest = append(rest, u); len(rest) > len(d.busy) {
				return false
			}
		}
	}
	in := make([]int, len(d.busy)) // who is in a place, counted from 1
	var place func(k int, tried []bool) bool
	place = func(k int, tried []bool) bool {
		for b, could := range d.busy {
			if tried[b] || !slices.Contains(could, rest[k]) {
				continue
			}
			tried[b] = true
			if in[b] == 0 || place(in[b]-1, tried) {
				in[b] = k + 1
				return true
			}
		}
		return false
	}
	for k := range rest {
		if !place(k, make([]bool, len(d.busy))) {
			return false
		}
	}
	return true
}

// narrow finds the roles that could run out of people and those that have to do with them, and leaves the asks of these.
func (s *search) narrow() {
	for _, a := range s.asks {
		for _, d := range s.demands(a) {
			if !d.tight(s.o.Absent+1) || !s.couldRunOut(&d) {
				continue
			}
			if !a.climbs { // those above stand in
				d.with = append(d.with, a.roles(s.Plan, true)...)
			}
			s.tight = append(s.tight, d)
		}
	}
	in := s.entangled(s.tight)
	keep := make([]int, len(s.asks))
	var out []ask
	for k, a := range s.asks {
		keep[k] = -1
		if s.hasToDo(a, in) {
			keep[k] = len(out)
			out = append(out, a)
		}
	}
	s.asks = renumbered(out, keep)
	for role := range in {
		s.people = append(s.people, s.pools[role].able...)
	}
	for _, a := range s.asks {
		if s.fewCalled(a) {
			s.people = append(s.people, s.called(a)...)
		}
	}
	slices.Sort(s.people)
	s.people = slices.Compact(s.people)
}

// entangled are the roles that have to do with some demands: whoever plays one of them may not play another.
func (s *search) entangled(demands []demand) map[string]bool {
	in := map[string]bool{}
	var add func(role string)
	add = func(role string) {
		if in[role] {
			return
		}
		in[role] = true
		for _, rival := range s.pools[role].rivals {
			add(rival)
		}
	}
	for _, d := range demands {
		for _, role := range d.with {
			add(role)
		}
	}
	return in
}

// hasToDo is whether an ask looks for one of some roles, or calls so few that they can be out.
func (s *search) hasToDo(a ask, in map[string]bool) bool {
	return s.fewCalled(a) || slices.ContainsFunc(append(a.roles(s.Plan, false), a.roles(s.Plan, true)...), func(r string) bool { return in[r] })
}

// couldRunOut is whether so many of those who could play a role may be out that the rest can be busy otherwise.
func (s *search) couldRunOut(d *demand) bool {
	n := 0
	for _, u := range d.able {
		if !slices.ContainsFunc(d.busy, func(could []v1alpha1.User) bool { return slices.Contains(could, u) }) {
			n++
		}
	}
	return n <= s.o.Absent+1
}

// keyOf tells findings apart: a role that nobody can play is found once, an approval and a call a step.
func (s *search) keyOf(a ask, role string) string {
	n := &s.Plan.Nodes[a.node]
	switch {
	case a.climbs:
		return "rung " + role
	case n.Action.Approval != nil, n.Action.AssembleTeam != nil:
		return "step " + n.Path
	}
	return "role " + role
}
