package timing

import (
	"cmp"
	"slices"
	"strings"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/internal/soundness"
)

// doubt is a course and a start for which something cannot be proved: it may be so many seconds late.
type doubt struct {
	c               *course
	start, by, late int64
}

// Bounds of what is played: runs for a verdict, runs for a doubt, ways to answer inside repeats, combinations of facts.
const (
	mostPlays   = 600
	mostOfDoubt = 200
	mostTries   = 64
	mostWorlds  = 32
)

// budget is how many more runs may be played, and the facts that the conditions of the plan tell apart, once they were looked for.
type budget struct {
	left   int
	worlds worlds
	looked bool
}

func newBudget() *budget { return &budget{left: mostPlays} }

// settle plays what is in doubt, the latest first, until nothing can be later than what was found, in the first of some manners in which
// a run breaks what was asked.
func (s *Study) settle(q *question, v *Verdict, doubts []doubt, in ...manner) {
	slices.SortStableFunc(doubts, func(a, b doubt) int { return cmp.Compare(b.late, a.late) })
	var best *played
	for left := newBudget(); best == nil && len(in) > 0 && left.left > 0; in = in[1:] {
		best = s.latestOf(q, in[0], doubts, left)
	}
	if best == nil {
		return
	}
	v.Played, v.Worst, v.Story, v.Step = true, best.late() >= doubts[0].late, best.story(), best.step
	v.Start, v.By, v.late = best.start, best.limit(), best.late()
	if v.Never = best.happened.IsZero(); !v.Never {
		v.At = best.happened
	}
}

// latestOf is the latest run that breaks what was asked of those that are in doubt; nil: there is none.
func (s *Study) latestOf(q *question, m manner, doubts []doubt, left *budget) (best *played) {
	for i := range doubts {
		if best != nil && best.late() >= doubts[i].late {
			break
		}
		if r := s.play(q, m, &doubts[i], left); r != nil && (best == nil || r.late() > best.late()) {
			best = r
		}
	}
	return best
}

// narrower looks for a run that breaks what nothing proves, of whatever people do, where they do less: those runs count as well.
func (s *Study) narrower(q *question, v Verdict) (Verdict, error) {
	if q.conduct != v1alpha1.ConductAnything {
		return v, nil
	}
	for _, conduct := range []v1alpha1.Conduct{v1alpha1.ConductDeadlinesKept, v1alpha1.ConductSilence} {
		less := *q
		less.conduct = conduct
		found, err := s.judge(&less)
		if err != nil {
			return v, err
		}
		if found.Played {
			found.Worst, found.Untold, found.Anew = false, v.Untold, v.Anew
			return found, nil
		}
	}
	return v, nil
}

// play plays runs that take as long as was worked out for a doubt, with engine.Decide. It is the latest of those that break what
// was asked; nil: none does.
func (s *Study) play(q *question, m manner, d *doubt, left *budget) *played {
	ends, err := s.planned(q, d.c, d.start)
	if err != nil {
		return nil
	}
	var best *played
	tries := 0
	for _, w := range left.facts(q, d.c) {
		for _, answers := range repeatedAnswers(q.plan, d.c) {
			if tries++; tries > mostOfDoubt || left.left == 0 {
				return best
			}
			left.left--
			r := newPlayed(q, d, ends, answers, w)
			r.manner = m
			if r.run(); r.broken() && (best == nil || r.late() > best.late()) {
				best = r
			}
			if best != nil && best.late() >= d.late {
				return best
			}
		}
	}
	return best
}

// facts are those a run is played with; nil: each condition that looks at facts is so, which is tried where not all of them can be
// told apart.
func (b *budget) facts(q *question, c *course) []*soundness.World {
	if !b.looked {
		b.worlds, b.looked = tellApart(q), true
	}
	var out []*soundness.World
	if q.given == nil && !b.worlds.whole {
		out = append(out, nil)
	}
	for i := range b.worlds.list {
		if len(out) < mostWorlds && (q.given == nil || q.given.admits(c, &b.worlds.list[i], -1)) {
			out = append(out, &b.worlds.list[i])
		}
	}
	return out
}

// tellApart are the facts that what is asked about and the conditions of the plan tell apart; not the whole of them where a condition
// looks at what is not known, or where there are none.
func tellApart(q *question) worlds {
	var conditions []*playbook.Expr
	unseen := false
	add := func(e *playbook.Expr) {
		switch {
		case !looksAtFacts(e):
		case seen(q.plan, e):
			conditions = append(conditions, e)
		default:
			unseen = true
		}
	}
	if q.given != nil {
		conditions = append(conditions, q.given.when)
	}
	for i := range q.plan.Nodes {
		add(q.plan.Nodes[i].When)
	}
	for i := range q.plan.Regions {
		add(q.plan.Regions[i].When)
	}
	if len(conditions) == 0 {
		return worlds{}
	}
	w := worldsOf(q.plan, q.level, conditions...)
	w.whole = w.whole && !unseen
	return w
}

// looksAtFacts is whether a condition looks at more than the run itself.
func looksAtFacts(e *playbook.Expr) bool {
	return slices.ContainsFunc(e.Looks().Paths, func(path string) bool {
		return !strings.HasPrefix(path, "steps.") && !strings.HasPrefix(path, "run.")
	})
}

// seen is whether all that a condition looks at is known in a run that is played.
func seen(plan *playbook.Plan, e *playbook.Expr) bool {
	return !slices.ContainsFunc(e.Looks().Paths, func(path string) bool {
		return strings.HasPrefix(path, "incident.") && plan.For == v1alpha1.RecordComplaint
	})
}

// round tells the rounds of a step apart.
type round struct{ step, round int }

// planned is when each step is answered at the latest, for one start; what is missing is never answered.
func (s *Study) planned(q *question, c *course, start int64) (map[round]int64, error) {
	one := &Study{clock: newClock(span{start, start + 1}), Calls: s.Calls}
	p, ends := one.prover(q, c), map[round]int64{}
	p.all = true
	p.seen = func(i int, _, end moment) {
		n := 0
		for k := i; k >= 0; k = q.plan.Nodes[k].Parent {
			if q.plan.Nodes[k].Repeat != nil && k != i {
				n = max(p.rounds[k], 1)
				break
			}
		}
		ends[round{i, n}] = end.at(start)
	}
	p.prove()
	return ends, p.err
}

// repeatedAnswers are ways to answer the steps inside repeats, the same in every round.
func repeatedAnswers(plan *playbook.Plan, c *course) []map[int]v1alpha1.Identifier {
	out := []map[int]v1alpha1.Identifier{{}}
	for i := range plan.Nodes {
		list := endings(&plan.Nodes[i])
		if !repeated(plan, i) || len(list) < 2 || plan.Nodes[i].Repeat != nil || c.states[i] == not {
			continue
		}
		var more []map[int]v1alpha1.Identifier
		for _, chosen := range out {
			for _, outcome := range list {
				with := map[int]v1alpha1.Identifier{i: outcome}
				for k, v := range chosen {
					with[k] = v
				}
				more = append(more, with)
			}
		}
		if out = more; len(out) > mostTries {
			return out[:mostTries]
		}
	}
	return out
}
