package timing

import (
	"fmt"
	"slices"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/playbook"
)

// Misfit is a deadline that can pass although everybody keeps theirs: before its step begins, or, of a step around others, before
// they have ended once.
type Misfit struct {
	// Step is the step, Start the start for which it begins Late after its deadline, or Inside it ends so late.
	Step   int
	Start  time.Time
	Late   time.Duration
	Inside bool
	// Path are the steps before it, or inside it, one after the other, with what each takes.
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
	return s.misfits(&question{plan: plan, level: string(level)}, countsBack, surrounds)
}

// Overdue are the deadlines that count from when a matter came in and can have passed as their step begins, although everybody keeps
// theirs, because the matter gets its level only when it has been open for so long. What may have been done under one of the playbooks
// before is taken for done.
func (s *Study) Overdue(plan *playbook.Plan, level v1alpha1.LevelName, before Before) (misfits []Misfit, bound string, err error) {
	q := &question{plan: plan, level: string(level), raised: before.seconds(), already: doneBefore(plan, before.Books), carried: carried{}}
	for i := range q.already {
		q.carried[i] = true
	}
	fromReceipt := func(n playbook.Node) bool {
		return n.Head.Within != nil && n.Head.Within.Of == "received"
	}
	return s.earlier(before.OpenFor).misfits(q, fromReceipt, func(playbook.Node) bool { return false })
}

// misfits are the deadlines that pass before their step begins, of some steps, or before what is inside it has ended, of others.
func (s *Study) misfits(q *question, before, around func(n playbook.Node) bool) (misfits []Misfit, bound string, err error) {
	plan, found := q.plan, map[int]Misfit{}
	if !slices.ContainsFunc(plan.Nodes, func(n playbook.Node) bool { return before(n) || around(n) }) {
		return nil, "", nil
	}
	q.conduct, q.ended, q.anchor, q.calendar = v1alpha1.ConductDeadlinesKept, -1, -1, plan.Nodes[plan.Roots[0]].Calendar
	left := newBudget()
	all, untold := courses(plan, q.level, q.conduct, nil, -1, q.carried)
	for _, c := range all {
		p := s.prover(q, c)
		p.all = true
		weigh := func(i int, due, at moment, inside bool) {
			w, known := plan.Nodes[i].Head.Within, at.knownFor(s.clock.starts)
			if k := due.knownFor(s.clock.starts); k.end < known.end {
				known = k
			}
			start, late, ok := longest(known, due, at)
			if !ok || late <= 0 || due.at(start) >= never || at.at(start) >= never || late <= int64(found[i].Late/time.Second) {
				return
			}
			asked := *q
			asked.ended, asked.within = i, v1alpha1.Span{Elapsed: w.Elapsed, Working: w.Working}
			if r := s.play(&asked, manner{}, &doubt{c, start, due.at(start), late}, left); r != nil {
				found[i] = Misfit{Step: i, Start: when(start), Late: time.Duration(late) * time.Second, Inside: inside, Story: r.story(), Path: s.path(q, c, i, start, inside)}
			}
		}
		p.seen = func(i int, begin, _ moment) {
			if before(plan.Nodes[i]) && !q.already[i] {
				weigh(i, p.deadline(i, begin), begin, false)
			}
			if around(plan.Nodes[i]) {
				weigh(i, p.deadline(i, begin), p.inside[i], true)
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

// surrounds is whether a step has a deadline for all that is inside it.
func surrounds(n playbook.Node) bool { return n.Head.Within != nil && len(n.Children) > 0 }

// path is what a step waits for longest, and what that waited for, for one start; inside is whether it waits for what is in it.
func (s *Study) path(q *question, c *course, i int, start int64, inside bool) []Stretch {
	one := &Study{clock: newClock(span{start, start + 1}), Calls: s.Calls}
	p := one.prover(q, c)
	p.all = true
	p.prove()
	var out []Stretch
	block, waitsFor := -1, q.plan.Nodes[i].Needs
	if inside {
		block, waitsFor = i, q.plan.Nodes[i].Children
	}
	for ; ; waitsFor = q.plan.Nodes[i].Needs {
		n, last := &q.plan.Nodes[i], -1
		for _, need := range waitsFor {
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
		case n.Parent >= 0 && n.Parent != block && i != block:
			i = n.Parent
		default:
			slices.Reverse(out)
			return out
		}
	}
}
