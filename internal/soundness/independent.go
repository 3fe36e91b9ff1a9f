package soundness

import (
	"slices"
)

// choice is which races there still are, and whose moves depend on facts.
type choice struct {
	races []race
	asks  []bool
}

// choiceIn works that out for the conditions that can still change something in a state; others no longer matter.
func (s *search) choiceIn(st state) choice {
	key := make([]byte, len(s.exprs))
	live := make([]bool, len(s.exprs))
	for k := range s.exprs {
		if live[k] = s.live(&s.exprs[k], st); live[k] {
			key[k] = 1
		}
	}
	c, known := s.choices[string(key)]
	if !known {
		c.asks = s.races.asksFacts(live)
		for _, r := range s.races.races {
			if r.condition < 0 || live[r.condition] {
				c.races = append(c.races, r)
			}
		}
		s.choices[string(key)] = c
	}
	return c
}

// asksFacts says of each step whether a condition may look at facts in the turn in which something happens to it. What is
// always asked, such as a cancel region, is factsAsked's.
func (r *races) asksFacts(live []bool) []bool {
	looks := r.none()
	for k, c := range r.exprs {
		if live[k] && c.node >= 0 && c.looksAtChange() {
			looks.add(c.node)
		}
	}
	for i := range r.Nodes {
		if a := &r.Nodes[i].Action; r.looked[i].outcome && (a.RaiseIncident != nil || a.Notify != nil) {
			looks.add(i)
		}
	}
	out := make([]bool, len(r.Nodes))
	for i := range r.Nodes {
		out[i] = r.begins[i].meets(looks) || r.writesLate(i)
	}
	return out
}

// read is whether a condition may yet be asked: that of a step that is not over, or of a region with one.
func (s *search) read(c *condition, st state) bool {
	if c.region < 0 {
		return !s.over(c.node, st)
	}
	return slices.ContainsFunc(s.Regions[c.region].Nodes, func(i int) bool { return !s.over(i, st) })
}

// live is whether a condition can still change something: it may yet be asked, and that of a region may yet have another
// answer than it has had.
func (s *search) live(c *condition, st state) bool {
	return s.read(c, st) && (c.region < 0 || c.looksAtChange() || slices.ContainsFunc(c.steps, func(i int) bool { return !s.over(i, st) }))
}

// awake are the actors that can move in a state, and those among them that move only because facts change.
func (s *search) awake(st state) (all, byFacts set) {
	all, byFacts = s.races.none(), s.races.none()
	for i := range s.Nodes {
		if len(s.movesOf(i, st)) > 0 {
			all.add(i)
		}
	}
	for k := range s.exprs {
		if c := &s.exprs[k]; s.asksFactsNow(c, st) {
			a := c.node
			if c.region >= 0 {
				a = len(s.Nodes) + c.region
			}
			all.add(a)
			byFacts.add(a)
		}
	}
	if s.incidentSeen(st) && st[len(s.Nodes)*stepBytes+1] != closedIncident {
		all.add(s.races.incident)
	}
	if s.canVoid(st) {
		all.add(s.races.remedy)
	}
	return all, byFacts
}
