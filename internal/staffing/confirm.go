package staffing

import (
	"container/heap"
	"slices"
	"strings"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/engine"
	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/internal/soundness"
)

// candidate is something nobody would be left for if things came in the order in which the asks of a world were made.
type candidate struct {
	key string
	// path are the asks in that order, the last the one that finds nobody.
	path []int
	// given are the roles that were filled when the run began.
	given *given
}

// suspicion is a candidate that was not played to the end, in words.
type suspicion struct{ key, text string }

// suspect notes an order to be played, one for each thing nobody would be left for and each way to begin.
func (s *search) suspect(w *world, k int, role string) {
	key := s.keyOf(s.asks[k], role)
	if s.found[key] || slices.ContainsFunc(s.suspects, func(c candidate) bool { return c.key == key && c.given == w.given }) {
		return
	}
	begun := w.given
	path := []int{k}
	for ; w.from != nil; w = w.from {
		path = append(path, w.last)
	}
	slices.Reverse(path)
	s.suspects = append(s.suspects, candidate{key, path, begun})
}

// mostPlayed is how many turns are played to see whether something suspected comes about.
const mostPlayed = 4000

// confirm plays the playbook to see which of what is suspected really comes about, nearest to the order suspected first. What
// it comes upon on the way is found as well.
func (s *search) confirm(o out, when moments, f *engine.Facts) {
	whole := map[*given]bool{} // from which everything that can be played was
	for _, c := range s.suspects {
		if s.found[c.key] || s.spent() || whole[c.given] {
			continue
		}
		if s.around == nil {
			around := soundness.Around(s.Plan)
			s.around, s.concerned = &around, s.concernedBy()
		}
		p := &player{search: s, out: o, when: when, facts: *f, given: c.given}
		if c.given != nil {
			if comes, all := s.comesTo(c.given, o, when, f); !comes {
				if !all {
					p.leave(c)
				}
				continue
			}
		}
		whole[c.given] = p.follow(c)
	}
	s.suspects = nil
}

// follow plays until a candidate is found; true when there is nothing left to play.
func (p *player) follow(c candidate) (whole bool) {
	way := p.wayTo(c)
	seen := map[string]bool{}
	q := &frontier{}
	add := func(s *played) {
		p.look(s)
		if key := p.key(s); !seen[key] {
			seen[key] = true
			heap.Push(q, reached{s, way.far(s), q.pushed})
			q.pushed++
		}
	}
	for _, s := range p.start() {
		add(s)
	}
	for begun := p.questions; q.Len() > 0 && !p.found[c.key]; {
		if p.questions-begun > mostPlayed || p.spent() {
			p.leave(c)
			return false
		}
		next, _ := heap.Pop(q).(reached)
		for _, m := range p.moves(next.played) {
			add(p.after(next.played, m))
		}
	}
	if p.found[c.key] {
		return false
	}
	if !p.around.Whole {
		p.leave(c)
	}
	return true
}

// leave notes that a candidate was not played to the end.
func (p *player) leave(c candidate) {
	a := p.asks[c.path[len(c.path)-1]]
	p.unplayed = append(p.unplayed, suspicion{c.key, p.outWords(p.out) + "somebody is left for " + p.Plan.Nodes[a.node].Path})
}

// look notes what nobody was left for in the last turn of a run. A turn can go through several rounds of a block: what lacked
// somebody is asked about in the round it was in then.
func (p *player) look(s *played) {
	for k, a := range p.asks {
		step, most := &s.run.Steps[a.node], rounds(p.Plan, a.node)
		told := slices.IndexFunc(s.events, func(e engine.Event) bool {
			return e.Type == v1alpha1.EventNobody && e.Step == step.Name && (most == 1 || min(e.Round, most) == a.round)
		})
		if told < 0 {
			continue
		}
		if a.climbs {
			above := a.roles(p.Plan, true)
			for _, role := range above[:min(int(step.Rung), len(above))] {
				if engine.Holder(&s.run, role) == "" {
					p.find(s, k, role)
				}
			}
			continue
		}
		p.questions++
		run := s.run
		run.Steps = slices.Clone(run.Steps)
		run.Steps[a.node].Round = s.events[told].Round
		run.Steps[a.node].Problem = "" // what else it lacked, e.g. the answer to its condition, says nothing of people
		if got := engine.Staff(p.Plan, run, p.known(s), p.when.at, a.node, false); got.Problem != "" {
			p.find(s, k, got.Nobody)
		}
	}
}

// way is how far a run is from what is suspected.
type way struct {
	*player
	path []ask
	// needed are the steps that have to be gone through for it.
	needed map[int]bool
}

func (p *player) wayTo(c candidate) *way {
	w := &way{player: p, needed: map[int]bool{}}
	for _, k := range c.path {
		w.path = append(w.path, p.asks[k])
		gather(p.Plan, p.asks[k].node, w.needed, false)
	}
	return w
}

// far is how much is still to happen, more where the order is already another one.
func (w *way) far(s *played) int {
	far := 0
	for i := range w.needed {
		switch step := &s.run.Steps[i]; step.State {
		case v1alpha1.StepPending:
			far += 2
		case v1alpha1.StepWaiting:
			far++
		}
	}
	missed := false
	for _, a := range w.path {
		is := w.made(s, a)
		switch {
		case is && missed:
			far += 100
		case !is:
			missed = true
			far++
		}
	}
	return far
}

// made is whether an ask has been made.
func (w *way) made(s *played, a ask) bool {
	step := &s.run.Steps[a.node]
	if a.round > 1 && step.Round < a.round {
		return false
	}
	if a.climbs {
		return step.Rung > 0
	}
	return step.State != v1alpha1.StepPending
}

// reached is a run to go on from.
type reached struct {
	*played
	far, at int
}

// frontier are the runs to go on from, the one that is least far from what is looked for first.
type frontier struct {
	runs   []reached
	pushed int
}

func (q *frontier) Len() int { return len(q.runs) }
func (q *frontier) Less(i, k int) bool {
	a, b := q.runs[i], q.runs[k]
	return a.far < b.far || a.far == b.far && a.at < b.at
}
func (q *frontier) Swap(i, k int) { q.runs[i], q.runs[k] = q.runs[k], q.runs[i] }
func (q *frontier) Push(x any) {
	if r, is := x.(reached); is {
		q.runs = append(q.runs, r)
	}
}
func (q *frontier) Pop() any {
	last := q.runs[len(q.runs)-1]
	q.runs = q.runs[:len(q.runs)-1]
	return last
}

// concernedBy are the steps that have to do with what is asked: those that ask, what these need, are inside or look at.
func (s *search) concernedBy() map[int]bool {
	out := map[int]bool{}
	for _, a := range s.asks {
		gather(s.Plan, a.node, out, true)
	}
	return out
}

// gather collects a step and what it needs, is inside or looks at; with all, what could stop it and the whole of its block too.
func gather(plan *playbook.Plan, i int, into map[int]bool, all bool) {
	if into[i] {
		return
	}
	into[i] = true
	n := &plan.Nodes[i]
	for _, need := range n.Needs {
		gather(plan, need, into, all)
		gatherInside(plan, need, into, all)
	}
	if n.Parent >= 0 {
		gather(plan, n.Parent, into, all)
		if all {
			gatherInside(plan, n.Parent, into, all)
		}
	}
	gatherSeen(plan, n.When, n.Scope, into, all)
	gatherSeen(plan, n.WaitUntil, n.Scope, into, all)
	if !all {
		return
	}
	gatherSeen(plan, n.Until, n.Scope, into, all)
	for _, r := range plan.Regions {
		if slices.Contains(r.Nodes, i) {
			gatherSeen(plan, r.When, r.Scope, into, all)
		}
	}
}

func gatherInside(plan *playbook.Plan, i int, into map[int]bool, all bool) {
	for _, c := range plan.Nodes[i].Children {
		gather(plan, c, into, all)
		gatherInside(plan, c, into, all)
	}
}

// gatherSeen collects the steps that a condition looks at.
func gatherSeen(plan *playbook.Plan, e *playbook.Expr, scope int, into map[int]bool, all bool) {
	for _, path := range e.Looks().Paths {
		words := strings.Split(path, ".")
		if words[0] != "steps" || len(words) < 2 {
			continue
		}
		for k := range plan.Nodes {
			if n := &plan.Nodes[k]; n.Scope == scope && n.Head.Name == words[1] {
				gather(plan, k, into, all)
				gatherInside(plan, k, into, all)
			}
		}
	}
}
