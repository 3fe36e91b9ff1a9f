package timing

import (
	"fmt"
	"slices"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/playbook"
)

// Misfit is a deadline that can pass before its step begins although everybody keeps theirs.
type Misfit struct {
	// Step is the step, Start the start for which it begins Late after its deadline.
	Step  int
	Start time.Time
	Late  time.Duration
	// Path are the steps before it one after the other, with what each takes.
	Path []Stretch
	// Story is how it comes about.
	Story []string
}

// Stretch is a step on a path and how long it takes.
type Stretch struct {
	Step  string
	Takes time.Duration
}

// Misfits are the deadlines that do not fit what comes before them, each for the start that is worst. The bound says why there may be
// more; empty: there are none.
func (s *Study) Misfits(plan *playbook.Plan, level v1alpha1.LevelName) (misfits []Misfit, bound string, err error) {
	found := map[int]Misfit{}
	if !slices.ContainsFunc(plan.Nodes, countsBack) {
		return nil, "", nil
	}
	left := newBudget()
	all, untold := courses(plan, string(level), v1alpha1.ConductDeadlinesKept, nil, -1)
	for _, c := range all {
		q := &question{plan: plan, level: string(level), conduct: v1alpha1.ConductDeadlinesKept, ended: -1, anchor: -1, calendar: plan.Nodes[plan.Roots[0]].Calendar}
		p := s.prover(q, c)
		p.all = true
		p.seen = func(i int, begin, _ moment) {
			if !countsBack(plan.Nodes[i]) {
				return
			}
			w := plan.Nodes[i].Head.Within
			due := p.deadline(i, begin)
			known := begin.knownFor(s.clock.starts)
			if k := due.knownFor(s.clock.starts); k.end < known.end {
				known = k
			}
			start, late, ok := longest(known, due, begin)
			if !ok || late <= 0 || due.at(start) >= never || begin.at(start) >= never || late <= int64(found[i].Late/time.Second) {
				return
			}
			asked := *q
			asked.ended, asked.within = i, v1alpha1.Span{Elapsed: w.Elapsed, Working: w.Working}
			if r := s.play(&asked, &doubt{c, start, due.at(start), late}, left); r != nil {
				found[i] = Misfit{Step: i, Start: when(start), Late: time.Duration(late) * time.Second, Story: r.story(), Path: s.path(q, c, i, start)}
			}
		}
		if p.prove(); p.err != nil {
			return nil, "", p.err
		}
	}
	for i := range plan.Nodes {
		if m, is := found[i]; is {
			misfits = append(misfits, m)
		}
	}
	switch {
	case len(untold) > 0:
		bound = Untold(untold)
	case left.left == 0:
		bound = fmt.Sprintf("%d runs were played, and not all that may be late", mostPlays)
	}
	return misfits, bound, nil
}

// countsBack is whether the deadline of a step counts from something before it.
func countsBack(n playbook.Node) bool {
	w := n.Head.Within
	return w != nil && (n.OfStep >= 0 || w.Of == "received" || w.Of == "graded") && (len(n.Needs) > 0 || n.Parent >= 0)
}

// path is what a step waits for longest, and what that waited for, for one start.
func (s *Study) path(q *question, c *course, i int, start int64) []Stretch {
	one := &Study{clock: newClock(span{start, start + 1})}
	p := one.prover(q, c)
	p.all = true
	p.prove()
	var out []Stretch
	for {
		n, last := &q.plan.Nodes[i], -1
		for _, need := range n.Needs {
			if last < 0 || p.ends[need].at(start) > p.ends[last].at(start) {
				last = need
			}
		}
		switch {
		case last >= 0:
			i = last
			if takes := p.ends[i].at(start) - p.begins[i].at(start); takes > 0 {
				out = append(out, Stretch{q.plan.Nodes[i].Path, time.Duration(takes) * time.Second})
			}
		case n.Parent >= 0:
			i = n.Parent
		default:
			slices.Reverse(out)
			return out
		}
	}
}
