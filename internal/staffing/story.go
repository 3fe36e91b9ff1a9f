package staffing

import (
	"fmt"
	"slices"
	"strings"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// find notes that nobody is left for something, unless the same was found with fewer people out.
func (p *player) find(at *played, k int, role string) {
	a := p.asks[k]
	key := p.keyOf(a, role)
	if p.found[key] {
		return
	}
	p.found[key] = true
	n := &p.Plan.Nodes[a.node]
	f := Finding{Book: n.Book, Field: n.Field, Step: n.Path, Role: role, About: p.out.about, Away: p.out.away, Kind: Role,
		when: p.when, roles: rolesOf(&at.run)}
	duty := string(p.Plan.Roles[role].Duty)
	f.Advice = "give the duty " + duty + " to one more person, or name another deputy"
	if duty == "" {
		f.Advice = ""
	}
	what := "be asked as " + role + " for " + n.Path
	switch {
	case a.climbs:
		f.Kind, what = Rung, "be told as "+role+" when the ladder of "+n.Path+" is climbed"
	case n.Action.Approval != nil:
		f.Kind, what = Approval, "approve "+n.Path
		f.Advice += ", or lower the quorum"
	case n.Action.AssembleTeam != nil:
		f.Kind, what, f.Advice = Call, "be called for "+n.Path, "call another team, or add somebody to it"
	case n.Action.Notify != nil:
		f.Kind, what = Audience, "be told as "+role+" by "+n.Path
		if role == "" {
			what, f.Advice = "be told by "+n.Path, "tell a role, or add somebody to the team"
		}
	case n.Action.AssignRole != nil:
		what = "be " + role
	}
	f.Message = p.outWords(p.out) + "nobody is left to " + what
	if why := p.whyNobody(at, k, role); why != "" {
		f.Message += ": " + why
	}
	f.Story = p.story(at, k, what)
	p.verdict.Findings = append(p.verdict.Findings, f)
}

// outWords say who is out, e.g. "with ana complained about and ben away, ".
func (s *search) outWords(o out) string {
	var parts []string
	if o.about != "" {
		parts = append(parts, s.name(o.about)+" complained about")
	}
	if len(o.away) > 0 {
		parts = append(parts, s.named(o.away)+" away")
	}
	if len(parts) == 0 {
		return ""
	}
	return "with " + strings.Join(parts, " and ") + ", "
}

func (s *search) named(users []v1alpha1.User) string {
	var out []string
	for _, u := range users {
		out = append(out, s.name(u))
	}
	return strings.Join(out, " and ")
}

// name is the short name of somebody in the team.
func (s *search) name(u v1alpha1.User) string {
	if p, ok := s.teams.Find(u); ok {
		return p.Name
	}
	return string(u)
}

// whyNobody says why nobody is left: of each who could why they may not, of an approval how many could, and who in the team is one
// person under several names.
func (p *player) whyNobody(at *played, k int, role string) string {
	roles, need := []string{role}, 0
	if ap := p.Plan.Nodes[p.asks[k].node].Action.Approval; ap != nil && !p.asks[k].climbs {
		roles = p.asks[k].roles(p.Plan, false)
		if need = int(ap.Quorum); need == 0 {
			need = len(ap.By)
		}
	}
	var parts []string
	var left []v1alpha1.User
	for _, r := range slices.Compact(slices.Sorted(slices.Values(roles))) {
		pool := p.pools[r]
		if pool == nil {
			continue
		}
		if why := p.whyOut(at, k, r); why != "" && !slices.Contains(parts, why) {
			parts = append(parts, why)
		}
		for _, u := range pool.able {
			if p.why(at, k, r, u) == "" && !slices.Contains(left, u) {
				left = append(left, u)
			}
		}
		if same := p.sameUser(pool); same != "" && !slices.Contains(parts, same) {
			parts = append(parts, same)
		}
	}
	switch {
	case need > 1 && len(left) == 0:
		parts = append([]string{fmt.Sprintf("%d different people must", need)}, parts...)
	case need > 1 && len(left) < need:
		parts = append([]string{fmt.Sprintf("%d different people must, and only %s can", need, p.named(left))}, parts...)
	}
	return strings.Join(parts, "; ")
}

// sameUser says which members with the duty of a role are one person.
func (p *player) sameUser(pool *pool) string {
	names := map[v1alpha1.User][]string{}
	var out []string
	for _, m := range p.teams.Members(pool.role.Team, []string{string(pool.role.Duty)}) {
		names[m.User] = append(names[m.User], m.Name)
	}
	for _, u := range pool.able {
		if len(names[u]) > 1 {
			out = append(out, strings.Join(names[u], " and ")+" are one user, "+string(u))
		}
	}
	return strings.Join(out, ", ")
}

// whyOut says of each who could play a role why they may not.
func (p *player) whyOut(at *played, k int, role string) string {
	pool := p.pools[role]
	if pool == nil {
		return ""
	}
	var out []string
	for _, u := range pool.able {
		if why := p.why(at, k, role, u); why != "" {
			out = append(out, p.name(u)+" "+why)
		}
		if len(out) == 6 {
			return strings.Join(append(out, "…"), ", ")
		}
	}
	return strings.Join(out, ", ")
}

func (p *player) why(at *played, k int, role string, u v1alpha1.User) string {
	switch {
	case u == p.out.about:
		return "is complained about"
	case slices.Contains(p.out.away, u):
		return "is away"
	}
	for _, h := range at.run.Roles {
		if h.User == u && slices.Contains(p.pools[role].rivals, h.Name) {
			return "is " + h.Name + " and so not " + role
		}
	}
	for _, i := range p.asks[k].requesters(p.Plan) {
		if step := &at.run.Steps[i]; step.State == v1alpha1.StepDone && slices.Contains(step.By, u) {
			return "did " + step.Name
		}
	}
	return ""
}

// story tells it in the order in which it happens.
func (p *player) story(at *played, k int, what string) []string {
	var turns []*played
	for ; at != nil; at = at.from {
		turns = append(turns, at)
	}
	slices.Reverse(turns)
	var lines []string
	if len(p.Levels) > 0 {
		lines = append(lines, "at level "+strings.Join(p.Levels, ", "))
	}
	if p.out.about != "" {
		lines = append(lines, "the complaint is about "+p.name(p.out.about))
	}
	if len(p.out.away) > 0 {
		lines = append(lines, "away: "+p.named(p.out.away))
	}
	lines = append(lines, p.given.story("this playbook")...)
	for _, then := range turns {
		lines = append(lines, p.turn(then, k)...)
	}
	return append(lines, "nobody is left to "+what)
}

// turn tells who did what somebody is needed for now, and who was given which role then.
func (p *player) turn(then *played, k int) []string {
	var lines []string
	late := ""
	switch m := then.by; m.kind {
	case answers, votes:
		step := &then.run.Steps[m.step]
		if step.State == v1alpha1.StepDone && slices.Contains(p.asks[k].requesters(p.Plan), m.step) {
			lines = append(lines, step.Name+": "+p.named(step.By)+" does it")
		}
	case timePasses:
		late = then.run.Steps[m.step].Name
	}
	var given []string
	last := ""
	tell := func() {
		if len(given) > 0 {
			lines = append(lines, last+": "+strings.Join(given, ", "))
		}
		given = nil
	}
	for _, e := range then.events {
		if e.Type != v1alpha1.EventRoleAssigned {
			continue
		}
		where := e.Step
		if e.Step != "" && e.Step == late {
			where = "the deadline of " + e.Step + " passes"
		}
		if where != last {
			tell()
		}
		last = where
		role, person, _ := strings.Cut(e.Text, " is ")
		given = append(given, person+" is "+role)
	}
	tell()
	return lines
}

// rolesOf is who plays which role.
func rolesOf(run *v1alpha1.Run) string {
	var out []string
	for _, h := range run.Roles {
		out = append(out, h.Person+" is "+h.Name)
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}
