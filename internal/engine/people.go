package engine

import (
	"slices"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/roster"
)

// recusedBy lists who takes no part in the run because it is about them.
func recusedBy(f *Facts) []v1alpha1.Recusal {
	if f.About == nil {
		return nil
	}
	var out []v1alpha1.Recusal
	add := func(u v1alpha1.User, why string) {
		if !slices.ContainsFunc(out, func(r v1alpha1.Recusal) bool { return r.User == u }) {
			out = append(out, v1alpha1.Recusal{User: u, Reason: why})
		}
	}
	for _, u := range f.About.Users {
		add(u, "is complained about")
	}
	for _, team := range f.About.Teams {
		for _, u := range f.Roster.TeamUsers(string(team)) {
			add(u, "belongs to the team that is complained about")
		}
	}
	return out
}

func isRecused(list []v1alpha1.Recusal, u v1alpha1.User) bool {
	return slices.ContainsFunc(list, func(r v1alpha1.Recusal) bool { return r.User == u })
}

// reasonFor is why somebody is on a list of those who take no part; empty if they are not.
func reasonFor(list []v1alpha1.Recusal, u v1alpha1.User) string {
	for _, r := range list {
		if r.User == u {
			return r.Reason
		}
	}
	return ""
}

// leftTheTeams is why somebody takes no part who is in no team any more. What they did before counts.
const leftTheTeams = "is in no team any more"

// whyOut is why the holder of a role holds it no more; empty if they do.
func (t *turn) whyOut(h v1alpha1.RoleHolder) string {
	if t.f.Roster.Left(h.User, h.Team) {
		return leftTheTeams
	}
	return reasonFor(t.recused, h.User)
}

// whyPassed is why somebody who is asked for step i is passed over; empty if they are not. Whoever holds a role still is
// not taken for gone, whatever team the step would ask: it is the role that brought them to it.
func (t *turn) whyPassed(i int, u v1alpha1.User) string {
	if why := reasonFor(t.recused, u); why != "" || t.holdsOn(u) {
		return why
	}
	if _, known := t.f.Roster.Find(u); t.isAsked(i) && !known {
		return leftTheTeams
	}
	for _, team := range t.teamsAsked(i) {
		if t.f.Roster.Left(u, team) {
			return leftTheTeams
		}
	}
	return ""
}

func (t *turn) holdsOn(u v1alpha1.User) bool {
	return slices.ContainsFunc(t.run.Roles, func(h v1alpha1.RoleHolder) bool { return h.User == u && t.whyOut(h) == "" })
}

// teamsAsked are the teams that step i asks: those its roles are filled from, or the one it calls together.
func (t *turn) teamsAsked(i int) []string {
	if t.plan.Nodes[i].Action.AssembleTeam != nil {
		return []string{t.teamCalled(i)}
	}
	var out []string
	for _, role := range t.plan.Nodes[i].Asks {
		out = append(out, t.teamOf(t.plan.Roles[t.ownRole(role, i)]))
	}
	return out
}

// holder says who plays a role for step i and fills the role if nobody does yet. Nobody complained about holds a role,
// and nobody holds two roles that exclude each other. It is false when nobody can.
func (t *turn) holder(role string, i int) (v1alpha1.RoleHolder, bool) {
	if k := t.findRole(role); k >= 0 {
		h := t.run.Roles[k]
		if t.whyOut(h) == "" {
			return h, true
		}
		t.run.Roles = slices.Delete(t.run.Roles, k, k+1)
	}
	def, ok := t.plan.Roles[role]
	if !ok {
		return v1alpha1.RoleHolder{}, false
	}
	people := t.candidates(def, func(u v1alpha1.User) bool { return isRecused(t.recused, u) || t.excludedFrom(def, u) })
	if len(people) == 0 {
		return v1alpha1.RoleHolder{}, false
	}
	h := v1alpha1.RoleHolder{Name: role, Team: people[0].Team, Person: people[0].Name, User: people[0].User, Since: stamp(t.now)}
	t.run.Roles = append(t.run.Roles, h)
	t.event(v1alpha1.EventRoleAssigned, i, h.User, role+" is "+h.Person)
	return h, true
}

func (t *turn) findRole(role string) int {
	return slices.IndexFunc(t.run.Roles, func(h v1alpha1.RoleHolder) bool { return h.Name == role })
}

// candidates are the people who could play a role now, the one to ask first in front.
func (t *turn) candidates(def v1alpha1.Role, exclude func(v1alpha1.User) bool) []roster.Person {
	return t.candidatesOf(def, t.now, exclude)
}

// candidatesOf are the candidates in an order that whoever was on call at a moment leads.
func (t *turn) candidatesOf(def v1alpha1.Role, onCall time.Time, exclude func(v1alpha1.User) bool) []roster.Person {
	return t.f.Roster.Candidates(roster.Query{
		Team: t.teamOf(def), Duty: string(def.Duty), At: t.now, OnCall: onCall, Seed: t.f.Record.UID, Exclude: exclude,
	})
}

// teamOf is the team a role is filled from: its own, or the record's.
func (t *turn) teamOf(def v1alpha1.Role) string {
	if def.Team == "" {
		return t.f.Team
	}
	return def.Team
}

// whyNobody says why a role finds nobody.
func (t *turn) whyNobody(role string) string {
	def := t.plan.Roles[role]
	if why := t.f.Roster.Lacking(t.teamOf(def), string(def.Duty)); why != "" {
		return why
	}
	return "everybody with that duty is away or may take no part; add a deputy to the team"
}

// excludedFrom says whether a user already plays a role that excludes this one, either way round.
func (t *turn) excludedFrom(def v1alpha1.Role, u v1alpha1.User) bool {
	return t.excludedBesides(def, u, string(def.Name))
}

// excludedBesides is excludedFrom, where one of the roles they play does not count.
func (t *turn) excludedBesides(def v1alpha1.Role, u v1alpha1.User, besides string) bool {
	for _, h := range t.run.Roles {
		if h.User != u || h.Name == string(def.Name) || h.Name == besides {
			continue
		}
		if excludes(t.plan, string(def.Name), h.Name) {
			return true
		}
	}
	return false
}

// standIns are the deputies of a holder who may act in their place: neither recused nor bound by an excluding role.
func (t *turn) standIns(h v1alpha1.RoleHolder, exclude []v1alpha1.Recusal) []roster.Person {
	def := t.plan.Roles[h.Name]
	p := roster.Person{Team: h.Team, Name: h.Person, User: h.User}
	return t.f.Roster.Deputies(p, t.now, func(u v1alpha1.User) bool {
		return isRecused(t.recused, u) || isRecused(exclude, u) || t.excludedFrom(def, u)
	})
}

// ownRole is the role that really plays `role` for step i: inside a climbing repeat a role of the ladder is played one
// rung higher each round, up to the top.
func (t *turn) ownRole(role string, i int) string {
	for p := t.plan.Nodes[i].Parent; p >= 0; p = t.plan.Nodes[p].Parent {
		n := &t.plan.Nodes[p]
		if n.Repeat == nil || n.Repeat.Climb != v1alpha1.ClimbLadder {
			continue
		}
		if at := slices.Index(n.Ladder, role); at >= 0 {
			return n.Ladder[min(at+int(t.run.Steps[i].Round)-1, len(n.Ladder)-1)]
		}
	}
	return role
}

// holderOrAbove is the holder of the role, or, where nobody can play it, of the next role up the ladder that somebody
// can.
func (t *turn) holderOrAbove(role string, i int) (v1alpha1.RoleHolder, bool) {
	role = t.ownRole(role, i)
	if h, ok := t.holder(role, i); ok {
		return h, true
	}
	def := t.plan.Roles[role]
	for _, above := range t.rolesAbove(i, role) {
		if h, ok := t.holder(above, i); ok && !t.excludedFrom(def, h.User) {
			return h, true
		}
	}
	return v1alpha1.RoleHolder{}, false
}

// rolesAbove are the roles of the step's ladder above a role, lowest first; none for a role that is not on it.
func (t *turn) rolesAbove(i int, role string) []string {
	ladder := t.plan.Nodes[i].Ladder
	if at := slices.Index(ladder, role); at >= 0 {
		return ladder[at+1:]
	}
	return nil
}

// roleAsked is the role in which somebody is asked for the task of a step: the one it names, or the one above that stands
// in because nobody can play it.
func (t *turn) roleAsked(i int) string {
	asked := t.plan.Nodes[i].Asks
	if len(asked) == 0 {
		return ""
	}
	own := t.ownRole(asked[0], i)
	if t.findRole(own) >= 0 {
		return own
	}
	for _, above := range t.rolesAbove(i, own) {
		if k := t.findRole(above); k >= 0 && t.run.Roles[k].User == t.run.Steps[i].Assignee {
			return above
		}
	}
	return own
}

// away is whether the holder of a role is not there now, as far as the team says so.
func (t *turn) away(h v1alpha1.RoleHolder) bool {
	duty := string(t.plan.Roles[h.Name].Duty)
	return !slices.Contains(t.f.Roster.Able(h.Team, duty, t.now), h.User) && t.f.Roster.Has(h.Team, h.User, duty)
}

// reach is who is told in place of the holder of a role: the holder, or while they are away the first who stands in.
func (t *turn) reach(h v1alpha1.RoleHolder, i int) v1alpha1.RoleHolder {
	if !t.away(h) {
		return h
	}
	for _, d := range t.standIns(h, t.declined(i)) {
		return v1alpha1.RoleHolder{Name: h.Name, Team: d.Team, Person: d.Name, User: d.User}
	}
	return h
}

// rungBase is where on the ladder the step stands before it is climbed: the highest of the roles it asks, or below the
// first rung when none of them is on it.
func (t *turn) rungBase(i int) (int, []string) {
	ladder := t.plan.Nodes[i].Ladder
	base := -1
	for _, role := range t.plan.Nodes[i].Asks {
		base = max(base, slices.Index(ladder, t.ownRole(role, i)))
	}
	return base, ladder
}
