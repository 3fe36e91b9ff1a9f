package timing

import (
	"slices"
	"strings"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/internal/soundness"
)

// mostLooks bounds how many steps a condition may look at to be tried in all the ways they may have ended.
const mostLooks = 6

// view is what a condition looks at.
type view struct {
	steps []int
	// skipped is whether it tells a step that was skipped from one that was cancelled, facts whether it looks at more than steps, plain
	// whether all it asks of steps is how they have ended, which is told apart.
	skipped, facts, plain bool
}

func (c *course) view(plan *playbook.Plan, e *playbook.Expr, scope int) view {
	v := view{plain: true}
	for _, path := range e.Looks().Paths {
		k, aspect := stepOf(plan, path, scope), path[strings.LastIndex(path, ".")+1:]
		switch {
		case path == "run.level" && c.level != "":
			continue
		case k < 0:
			v.facts = true
			continue
		case !plainly(aspect), aspect == "outcome" && len(endings(&plan.Nodes[k])) < 2 && c.states[k] != not:
			v.plain = false
		case aspect == "skipped":
			v.skipped = true
		}
		if !slices.Contains(v.steps, k) {
			v.steps = append(v.steps, k)
		}
	}
	v.plain = v.plain && len(v.steps) <= mostLooks
	return v
}

// holdsBy is when the condition of a step holds at the latest: once all steps it looks at have ended, where it does then however they
// have. Never where that is not sure.
func (p *prover) holdsBy(i int, e *playbook.Expr) moment {
	scope := p.plan.Nodes[i].Scope
	v := p.course.view(p.plan, e, scope)
	ended := func(i int) []v1alpha1.StepState { return p.course.ended(p.plan, i, v.skipped) }
	if v.facts || !v.plain || p.course.tried(p.plan, e, scope, v.steps, ended, false) {
		return p.clock.starts.none()
	}
	at := p.clock.starts.start()
	for _, k := range v.steps {
		p.step(k)
		at = later(p.clock.starts, at, p.ends[k])
		p.instead[i] = later(p.clock.starts, p.instead[i], p.instead[k])
	}
	return at
}

// everHolds are the sets of steps that have ended where a condition may hold, of those it looks at.
func (c *course) everHolds(plan *playbook.Plan, e *playbook.Expr, scope int) (sets [][]int) {
	v := c.view(plan, e, scope)
	looks := v.steps
	if len(looks) > mostLooks {
		return [][]int{nil}
	}
	plain := v.plain && (!v.facts || c.given != nil) && !slices.ContainsFunc(looks, func(k int) bool { return repeated(plan, k) })
	for open := range 1 << len(looks) {
		var ended []int
		ways := func(i int) []v1alpha1.StepState {
			if !slices.Contains(ended, i) {
				return []v1alpha1.StepState{{State: v1alpha1.StepPending}}
			}
			all := c.ended(plan, i, v.skipped)
			if !c.carried.may(i) && unanswered(&plan.Nodes[i], c.conduct) {
				all = slices.DeleteFunc(all, func(s v1alpha1.StepState) bool { return s.State == v1alpha1.StepDone })
			}
			return all
		}
		for k, i := range looks {
			if open>>k&1 == 0 {
				ended = append(ended, i)
			}
		}
		possible := !slices.ContainsFunc(ended, func(i int) bool { return len(ways(i)) == 0 })
		if possible && (!plain || c.tried(plan, e, scope, looks, ways, true)) {
			sets = append(sets, ended)
		}
	}
	return sets
}

// tried is whether a condition comes out as asked for, or may, in one of the ways the steps it looks at may be in.
func (c *course) tried(plan *playbook.Plan, e *playbook.Expr, scope int, looks []int, ways func(i int) []v1alpha1.StepState, want bool) bool {
	may := worlds{list: []soundness.World{{Level: c.level, Complaint: playbook.ComplaintFacts{Level: c.level}}}, whole: true}
	if c.given != nil {
		may = c.given.beside(c, e)
	}
	steps := pending(plan)
	return !may.whole || combined(steps, looks, ways, func() bool {
		return slices.ContainsFunc(may.list, func(w soundness.World) bool {
			env := envOf(plan, &w, steps)
			env.Scope = scope
			holds, err := e.Holds(env)
			return err != nil || holds == want
		})
	})
}

// unanswered is whether a condition has no answer before some facts that are tried, wherever the steps it looks at are by then: its step
// waits then, and so does what comes after it.
func (c *course) unanswered(plan *playbook.Plan, e *playbook.Expr, scope int) bool {
	may, known := c.facts[e]
	if c.given != nil {
		may = c.given.beside(c, e)
	} else if !known {
		may = worldsOf(plan, c.level, e)
		c.facts[e] = may
	}
	v := c.view(plan, e, scope)
	steps := pending(plan)
	ways := func(i int) []v1alpha1.StepState {
		return append(c.ended(plan, i, v.skipped), v1alpha1.StepState{State: v1alpha1.StepPending})
	}
	return combined(steps, v.steps[:min(len(v.steps), mostLooks)], ways, func() bool {
		return slices.ContainsFunc(may.list, func(w soundness.World) bool {
			env := envOf(plan, &w, steps)
			env.Scope = scope
			_, err := e.Holds(env)
			return err != nil
		})
	})
}

// ended are the ways a step may have ended in a course; skipped is whether one that was skipped is told from one that was cancelled.
func (c *course) ended(plan *playbook.Plan, i int, skipped bool) (ways []v1alpha1.StepState) {
	if c.states[i] != sure {
		ways = []v1alpha1.StepState{{State: v1alpha1.StepCancelled}}
	}
	if c.states[i] != sure && skipped {
		ways = append(ways, v1alpha1.StepState{State: v1alpha1.StepSkipped})
	}
	if c.states[i] == not {
		return ways
	}
	outcomes := []v1alpha1.Identifier{c.outcomes[i]}
	if all := endings(&plan.Nodes[i]); c.outcomes[i] == "" && len(all) > 1 {
		outcomes = all
	}
	for _, outcome := range outcomes {
		ways = append(ways, v1alpha1.StepState{State: v1alpha1.StepDone, Outcome: outcome})
	}
	return ways
}

// pending are the states of steps none of which has begun.
func pending(plan *playbook.Plan) []v1alpha1.StepState {
	steps := make([]v1alpha1.StepState, len(plan.Nodes))
	for i := range steps {
		steps[i].Name = plan.Nodes[i].Path
	}
	return steps
}

// combined goes through every combination of the ways some steps may be, until it is so in one; false where it is in none.
func combined(steps []v1alpha1.StepState, looks []int, ways func(i int) []v1alpha1.StepState, so func() bool) bool {
	if len(looks) == 0 {
		return so()
	}
	for _, way := range ways(looks[0]) {
		steps[looks[0]].State, steps[looks[0]].Outcome = way.State, way.Outcome
		if combined(steps, looks[1:], ways, so) {
			return true
		}
	}
	return false
}
