package soundness

import (
	"slices"
	"strings"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/engine"
	"tocsin.dev/tocsin/internal/playbook"
)

// search goes through the states a run can come to, nearest first.
type search struct {
	*codec
	// choices are choiceIn's for each set of conditions that still matter; fixed are the steps that begin once at most.
	choices map[string]choice
	fixed   []bool
	values  []values
	// untried says why not every value of a fact is tried, by its path.
	untried map[string]string
	limit   int
	stop    func() bool

	states []state
	index  map[state]int32
	// from and by are how each state was first come to.
	from []int32
	by   []move

	// happened says of each step whether it was begun in some state, satisfied of each block whether it ended so, fired of
	// each cancel region whether it stopped something.
	happened, satisfied, fired []bool
	// doubts say of each condition that had no answer by which move, from which state, that came about first.
	doubts map[*playbook.Expr]unanswered
	// stuck are the states nothing leads out of though the run has not ended; left those that ended with something running.
	stuck, left []int32
	moves       int
	// full is whether the limit of states was reached, stopped whether the search was told to end.
	full, stopped bool
	plain         bool
	room          look
}

func newSearch(c *codec, list []values, o Options) *search {
	s := &search{codec: c, values: list, limit: o.Limit, stop: o.Stop, plain: o.Plain, index: map[state]int32{},
		happened: make([]bool, len(c.Nodes)), satisfied: make([]bool, len(c.Nodes)),
		fired: make([]bool, len(c.Regions)), choices: map[string]choice{}, doubts: map[*playbook.Expr]unanswered{}, fixed: c.onceOnly()}
	return s
}

// run searches until nothing new is found or the bound is reached.
func (s *search) run() {
	s.start()
	for at := 0; at < len(s.states) && !s.full && !s.stopped; at++ {
		s.stopped = s.stop != nil && s.stop()
		s.expand(int32(at))
	}
}

// start adds the states a run can begin with.
func (s *search) start() {
	l := look{run: v1alpha1.Run{Roles: s.roles, Steps: make([]v1alpha1.StepState, len(s.Nodes))}, fates: make([]byte, len(s.Nodes)), steps: make([]byte, len(s.incident))}
	l.run = engine.Start(s.Plan, &engine.Facts{}, v1alpha1.RevisionReference{Name: "r"}, 1, now)
	l.run.Roles = s.roles
	for k := range s.values {
		s.follow(-1, &l, move{kind: begins, facts: int16(k)})
	}
}

// expand follows what can happen in a state.
func (s *search) expand(at int32) {
	st := s.states[at]
	if st[len(s.Nodes)*stepBytes+2] != 0 {
		s.checkEnd(at)
		return
	}
	s.decode(st, &s.room)
	asked, order := s.factsAsked(st), s.choiceIn(st)
	choices := func(m move) []values {
		if asked || !m.ofStep() || order.asks[m.step] {
			return s.values
		}
		return s.values[:1]
	}
	if i := s.chosen(st, order.free); i >= 0 && !s.plain {
		for _, m := range s.movesOf(i, st) {
			for k := range choices(m) {
				m.facts = int16(k)
				s.follow(at, &s.room, m)
			}
		}
		return
	}
	moved := false
	for i := range s.Nodes {
		for _, m := range s.movesOf(i, st) {
			for k := range choices(m) {
				m.facts = int16(k)
				moved = s.follow(at, &s.room, m) || moved
			}
		}
	}
	if asked {
		for k := range s.values {
			moved = s.follow(at, &s.room, move{kind: factsChange, facts: int16(k)}) || moved
		}
	}
	for _, m := range s.besides(st, s.incidentSeen(st)) {
		for k := range choices(m) {
			m.facts = int16(k)
			if s.follow(at, &s.room, m) && m.kind != rewrites { // writing the remedy anew is no way out
				moved = true
			}
		}
	}
	if !moved {
		s.stuck = append(s.stuck, at)
	}
}

// follow adds the state a move leads to; false when it leads nowhere else.
func (s *search) follow(at int32, l *look, m move) bool {
	next, d := s.after(l, m, &s.values[m.facts])
	s.moves++
	for i := range d.Run.Steps {
		switch d.Run.Steps[i].State {
		case v1alpha1.StepWaiting:
			s.happened[i] = true
		case v1alpha1.StepDone:
			s.happened[i] = true
			s.satisfied[i] = s.satisfied[i] || d.Run.Steps[i].Outcome == engine.Satisfied
		}
	}
	for _, u := range d.Unanswered {
		if _, known := s.doubts[u.Condition]; !known {
			s.doubts[u.Condition] = unanswered{at, m, u.Why}
		}
	}
	for _, k := range d.Stopped {
		s.fired[k] = true
	}
	engine.Reuse(d)
	next = s.forget(next)
	if at >= 0 && next == s.states[at] {
		return false
	}
	if _, known := s.index[next]; known {
		return true
	}
	if len(s.states) >= s.limit {
		s.full = true
		return true
	}
	s.index[next] = int32(len(s.states))
	s.states = append(s.states, next)
	s.from = append(s.from, at)
	s.by = append(s.by, m)
	return true
}

// factsAsked is whether a condition that is asked again and again looks at facts in a state.
func (s *search) factsAsked(st state) bool {
	open := func(i int) bool { return st[i*stepBytes]&phaseBits <= 1 }
	return slices.ContainsFunc(s.exprs, func(c condition) bool {
		switch {
		case len(c.facts) == 0:
			return false
		case c.region >= 0:
			return slices.ContainsFunc(s.Regions[c.region].Nodes, open)
		}
		n := &s.Nodes[c.node]
		if n.When == c.expr {
			return open(c.node) && s.canBegin(c.node, st)
		}
		return st[c.node*stepBytes]&phaseBits == 1
	})
}

// incidentSeen is whether something may yet look at the incident.
func (s *search) incidentSeen(st state) bool {
	if !s.seesIncident {
		return false
	}
	for i := range s.Nodes {
		if s.Nodes[i].Action.RaiseIncident != nil && s.looked[i].outcome && !s.over(i, st) {
			return true
		}
	}
	return slices.ContainsFunc(s.exprs, func(c condition) bool {
		return slices.ContainsFunc(c.facts, func(p string) bool { return strings.HasPrefix(p, "incident.") }) && s.live(&c, st)
	})
}

// canBegin is whether a pending step begins as soon as its condition holds.
func (s *search) canBegin(i int, st state) bool {
	p := s.Nodes[i].Parent
	return st[i*stepBytes]&phaseBits == 0 && (p < 0 || st[p*stepBytes]&phaseBits == 1) &&
		!slices.ContainsFunc(s.Nodes[i].Needs, func(k int) bool { return st[k*stepBytes]&phaseBits <= 1 })
}

// checkEnd looks whether something is left open in a run that has ended.
func (s *search) checkEnd(at int32) {
	st := s.states[at]
	for i := range s.Nodes {
		if st[i*stepBytes]&phaseBits <= 1 {
			s.left = append(s.left, at)
			return
		}
	}
}

// path is how a state was come to, the first move first.
func (s *search) path(at int32, last ...move) []move {
	out := slices.Clone(last)
	for ; at >= 0; at = s.from[at] {
		out = append(out, s.by[at])
	}
	slices.Reverse(out)
	return out
}

// Options bound a proof.
type Options struct {
	// Limit is the greatest number of states looked at; default 200,000.
	Limit int
	// Stop is asked before each state is looked at; true ends the search, which the verdict then says. Nil: it is never ended.
	Stop func() bool
	// Plain follows every order in which things can happen, also those that come to the same, to measure what leaving them out
	// saves. The verdict is the same.
	Plain bool
}

// DefaultLimit is the number of states after which a proof is given up.
const DefaultLimit = 200_000

// Check proves that runs of a plan cannot get stuck, or says how they can.
func Check(plan *playbook.Plan, o Options) Verdict {
	if o.Limit <= 0 {
		o.Limit = DefaultLimit
	}
	l := newLean(plan)
	list, untried := l.combinations()
	s := newSearch(newCodec(l), list, o)
	s.untried = untried
	s.run()
	return s.verdict()
}
