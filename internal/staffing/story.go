package staffing

import (
	"fmt"
	"slices"
	"strings"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// find notes that nobody is left for something, unless the same was found with fewer people out.
func (s *search) find(o out, w *world, k int, role string) {
	a := s.asks[k]
	key := s.keyOf(a, role)
	if s.found[key] {
		return
	}
	s.found[key] = true
	n := &s.Plan.Nodes[a.node]
	f := Finding{Book: n.Book, Field: n.Field, Step: n.Path, Role: role, About: o.about, Away: o.away, Kind: Role}
	duty := string(s.Plan.Roles[role].Duty)
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
	f.Message = s.outWords(o) + "nobody is left to " + what
	if why := s.whyOut(o, w, k, role); why != "" {
		f.Message += ": " + why
	}
	f.Story = s.story(o, w, what)
	s.verdict.Findings = append(s.verdict.Findings, f)
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

// whyOut says of each who could play a role why they may not.
func (s *search) whyOut(o out, w *world, k int, role string) string {
	p := s.pools[role]
	if p == nil {
		return ""
	}
	var out []string
	for _, u := range p.able {
		if why := s.why(o, w, k, role, u); why != "" {
			out = append(out, s.name(u)+" "+why)
		}
		if len(out) == 6 {
			return strings.Join(append(out, "…"), ", ")
		}
	}
	return strings.Join(out, ", ")
}

func (s *search) why(o out, w *world, k int, role string, u v1alpha1.User) string {
	switch {
	case u == o.about:
		return "is complained about"
	case slices.Contains(o.away, u):
		return "is away"
	}
	for _, h := range w.roles {
		if h.User == u && slices.Contains(s.pools[role].rivals, h.Name) {
			return "is " + h.Name
		}
	}
	for j, by := range w.by {
		if slices.Contains(by, u) && slices.Contains(s.asks[k].requesters(s.Plan), s.asks[j].node) {
			return "did " + s.Plan.Nodes[s.asks[j].node].Path
		}
	}
	return ""
}

// story tells it in the order in which it happens.
func (s *search) story(o out, w *world, what string) []string {
	var steps []*world
	for ; w.from != nil; w = w.from {
		steps = append(steps, w)
	}
	slices.Reverse(steps)
	var lines []string
	if len(s.Levels) > 0 {
		lines = append(lines, "at level "+strings.Join(s.Levels, ", "))
	}
	if o.about != "" {
		lines = append(lines, "the complaint is about "+s.name(o.about))
	}
	if len(o.away) > 0 {
		lines = append(lines, "away: "+s.named(o.away))
	}
	for _, then := range steps {
		a := s.asks[then.last]
		n := &s.Plan.Nodes[a.node]
		var given []string
		for _, h := range then.roles {
			if !slices.ContainsFunc(then.from.roles, func(was v1alpha1.RoleHolder) bool { return was.Name == h.Name }) {
				given = append(given, h.Person+" is "+h.Name)
			}
		}
		by := then.by[then.last]
		switch {
		case len(given) > 0 && a.climbs:
			lines = append(lines, "the deadline of "+n.Path+" passes: "+strings.Join(given, ", "))
		case len(given) > 0:
			lines = append(lines, n.Path+": "+strings.Join(given, ", "))
		case len(by) > 0:
			lines = append(lines, fmt.Sprintf("%s: %s", n.Path, s.named(by)+" does it"))
		}
	}
	return append(lines, "nobody is left to "+what)
}
