package soundness

import (
	"cmp"
	"math"
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
	races   *races
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
	// wrong is whether one of them is certain.
	wrong bool
	moves int
	// full is whether the limit of states was reached, stopped whether the search was told to end, cut whether it ended
	// early because something wrong had been found.
	full, stopped, cut bool
	plain              bool
	// diveAt is after how many states dives are tried; dived are the states that were looked at before their turn.
	diveAt int
	dived  map[int32]bool
	// ways are where the state looked at last can go.
	ways []way
	// begun are the states a run can begin with, given what it may be handed by a run of another playbook, unseen why that may not
	// be all of it.
	begun  []int32
	given  []given
	unseen []string
	// upTo is the state to be looked at next.
	upTo int32
	room look
}

// way is a state and the move that leads to it.
type way struct {
	to int32
	by move
}

func newSearch(c *codec, list []values, o Options) *search {
	s := &search{codec: c, values: list, limit: o.Limit, stop: o.Stop, plain: o.Plain, index: map[state]int32{},
		happened: make([]bool, len(c.Nodes)), satisfied: make([]bool, len(c.Nodes)), fired: make([]bool, len(c.Regions)),
		doubts:  map[*playbook.Expr]unanswered{},
		choices: map[string]choice{}, races: c.newRaces(), fixed: c.onceOnly(), diveAt: cmp.Or(o.diveAt, diveAfter), dived: map[int32]bool{}}
	return s
}

// run searches until nothing new is found or the bound is reached.
func (s *search) run() {
	for ; int(s.upTo) < len(s.states) && !s.full && !s.stopped && !s.cut; s.upTo++ {
		if !s.dived[s.upTo] {
			s.expand(s.upTo)
		}
		if len(s.states) >= s.diveAt && !s.plain {
			s.diveAt = math.MaxInt
			if !s.wrong {
				s.dive()
			}
			s.cut = s.wrong
		}
	}
}

// start adds the states a run can begin with.
func (s *search) start() {
	l := look{run: v1alpha1.Run{Roles: s.roles, Steps: make([]v1alpha1.StepState, len(s.Nodes))}, fates: make([]byte, len(s.Nodes)), steps: make([]byte, len(s.incident))}
	l.run = engine.Start(s.Plan, &engine.Facts{}, v1alpha1.RevisionReference{Name: "r"}, 1, now)
	l.run.Roles = s.roles
	s.beginAt(&l, 0)
}

// beginAt adds the states a run comes to first.
func (s *search) beginAt(l *look, given int) {
	known := len(s.states)
	for k := range s.values {
		s.follow(-1, l, move{kind: begins, choice: int16(given), facts: int16(k)})
	}
	for ; known < len(s.states); known++ {
		s.begun = append(s.begun, int32(known))
	}
}

// expand follows what can happen in a state: as much of it as comes to everything, or all of it where that leads nowhere else.
func (s *search) expand(at int32) {
	s.ways = s.ways[:0]
	st := s.states[at]
	if st[len(s.Nodes)*stepBytes+2] != 0 {
		s.checkEnd(at)
		return
	}
	s.decode(st, &s.room)
	order := s.choiceIn(st)
	all, byFacts := s.awake(st)
	if !s.plain {
		if some := s.enough(st, all, order); some.len() < all.len() && s.followAll(at, some, byFacts, order) {
			return
		}
	}
	if !s.followAll(at, all, byFacts, order) {
		s.stuck = append(s.stuck, at)
		s.wrong = s.wrong || !s.unsure(st)
	}
}

// followAll follows every move of some actors and says whether any leads on.
func (s *search) followAll(at int32, actors, byFacts set, order choice) bool {
	st, moved := s.states[at], false
	asked := byFacts.len() > 0
	all := func(m move, given bool) bool {
		led := false
		for k := range s.values {
			if s.values[k].world != s.room.world {
				continue
			}
			m.facts = int16(k)
			led = s.follow(at, &s.room, m) || led
			if !given {
				break
			}
		}
		return led
	}
	for i := range s.Nodes {
		if actors.has(i) {
			for _, m := range s.movesOf(i, st) {
				moved = all(m, asked || order.asks[i]) || moved
			}
		}
	}
	if actors.meets(byFacts) {
		moved = all(move{kind: factsChange}, true) || moved
	}
	if actors.has(s.races.incident) {
		for _, m := range s.movesOfIncident(s.room.incident, s.room.steps) {
			moved = all(m, true) || moved
		}
	}
	if actors.has(s.races.remedy) { // writing the remedy anew is no way out
		all(move{kind: rewrites}, true)
	}
	return moved
}

// follow adds the state a move leads to; false when it leads nowhere else.
func (s *search) follow(at int32, l *look, m move) bool {
	if s.stopped = s.stopped || s.stop != nil && s.stop(); s.stopped {
		return true
	}
	next, d := s.after(l, m, &s.values[m.facts])
	s.moves++
	for i := range d.Run.Steps {
		switch d.Run.Steps[i].State {
		case v1alpha1.StepWaiting:
			s.happened[i] = true
		case v1alpha1.StepDone:
			s.happened[i] = s.happened[i] || l.run.Steps[i].State != v1alpha1.StepDone // else it may have been done elsewhere
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
	engine.ReuseRun(d)
	next = s.forget(next)
	if at >= 0 && next == s.states[at] {
		return false
	}
	if known, is := s.index[next]; is {
		s.ways = append(s.ways, way{known, m})
		return true
	}
	if len(s.states) >= s.limit {
		s.full = true
		return true
	}
	s.index[next] = int32(len(s.states))
	s.ways = append(s.ways, way{int32(len(s.states)), m})
	s.states = append(s.states, next)
	s.from = append(s.from, at)
	s.by = append(s.by, m)
	return true
}

// asksFactsNow is whether a condition that is asked again and again looks at facts in a state.
func (s *search) asksFactsNow(c *condition, st state) bool {
	open := func(i int) bool { return st[i*stepBytes]&phaseBits <= 1 }
	switch {
	case !c.varies():
		return false
	case c.region >= 0:
		return slices.ContainsFunc(s.Regions[c.region].Nodes, open)
	case s.Nodes[c.node].When == c.expr:
		return open(c.node) && s.canBegin(c.node, st)
	}
	return st[c.node*stepBytes]&phaseBits == 1
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
			s.wrong = true
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
	// Stop is asked before each move; true ends the search, which the verdict then says. Nil: it is never ended.
	Stop func() bool
	// Plain follows every order in which things can happen, also those that come to the same, to measure what leaving them out
	// saves. The verdict is the same.
	Plain bool
	// Succession knows what runs of other playbooks may hand to this one's; nil: every run begins with nothing done.
	Succession *Succession
	// TextAlone is that nobody knows which playbooks this one takes over from. What no run does that begins by itself is then wrong only
	// where no other playbook could bring it about.
	TextAlone bool
	// diveAt is after how many states dives are tried; default diveAfter.
	diveAt int
}

// DefaultLimit is the number of states after which a proof is given up.
const DefaultLimit = 200_000

// Check proves that runs of a plan cannot get stuck, or says how they can.
func Check(plan *playbook.Plan, o Options) Verdict {
	s := searched(plan, o)
	return s.verdict(o)
}

// searched is a search that has ended.
func searched(plan *playbook.Plan, o Options) *search {
	before := o.Succession.before(plan)
	s := newSearchOf(newLeanBetween(plan, before, nil), o)
	s.start()
	s.run()
	for _, g := range o.Succession.givenTo(plan) { // after it, so that what goes wrong without is told without
		s.beginWith(g)
	}
	s.run()
	s.unseen = o.Succession.unseen(plan)
	return s
}

func newSearchOf(l *lean, o Options) *search {
	o.Limit = cmp.Or(max(o.Limit, 0), DefaultLimit)
	list, untried := l.combinations()
	s := newSearch(newCodec(l), list, o)
	s.untried = untried
	return s
}
