package timing

import (
	"fmt"
	"slices"
	"strings"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/internal/soundness"
)

// premise is what is so in the runs that an assertion speaks of. What it says of facts is so all the time, what it says of steps
// is so at last.
type premise struct {
	plan  *playbook.Plan
	level string
	when  *playbook.Expr
	// looks are the steps it looks at.
	looks []int
	// worlds are the facts that it and another condition tell apart, for each other condition.
	worlds map[*playbook.Expr]worlds
}

// worlds are combinations of facts; whole is whether they are all there are.
type worlds struct {
	list  []soundness.World
	whole bool
}

// mostPremised bounds how many steps a premise may look at: how they end is tried in every combination.
const mostPremised = 4

// premised compiles the condition of an assertion; nil for none.
func premised(plan *playbook.Plan, source v1alpha1.Expression) (*premise, *playbook.Problem) {
	if source == "" {
		return nil, nil
	}
	fault := func(message, advice string) *playbook.Problem {
		return &playbook.Problem{Field: "when", Message: message, Advice: advice}
	}
	e, message, advice := plan.Condition(source)
	if message != "" {
		return nil, fault(message, advice)
	}
	g := &premise{plan: plan, when: e, worlds: map[*playbook.Expr]worlds{}}
	for _, path := range e.Looks().Paths {
		i := stepOf(plan, path, 0)
		if i < 0 {
			if !lasting(plan, path) {
				return nil, fault(path+" comes about during a run and may change in it", "ask about what is known when it begins, or about the end of a step")
			}
			continue
		}
		aspect := path[strings.LastIndex(path, ".")+1:]
		switch {
		case repeated(plan, i):
			return nil, fault(plan.Nodes[i].Path+" may end otherwise in every round", "ask about a step outside of repeats")
		case !plainly(aspect):
			return nil, fault(path+" changes while the step goes on", "ask about outcome, done, ended or skipped")
		case aspect == "outcome" && len(endings(&plan.Nodes[i])) == 0:
			return nil, fault("how "+plan.Nodes[i].Path+" ends is not told apart", "ask whether it is done, or about the answer to a task or a decision")
		case !slices.Contains(g.looks, i):
			g.looks = append(g.looks, i)
		}
	}
	if len(g.looks) > mostPremised {
		return nil, fault(fmt.Sprintf("it looks at %d steps", len(g.looks)), fmt.Sprintf("look at %d steps at most", mostPremised))
	}
	return g, nil
}

// lasting is whether a fact can be so from the beginning of a run to its end.
func lasting(plan *playbook.Plan, path string) bool {
	switch {
	case strings.HasPrefix(path, "complaint.remedy"), path == "run.round", path == "incident.closed", path == "incident.complaints", strings.HasPrefix(path, "incident.steps"):
		return false
	}
	return !strings.HasPrefix(path, "incident.") || plan.For == v1alpha1.RecordCrisisIncident
}

// plainly is whether an aspect of a step says how it ended.
func plainly(aspect string) bool {
	return slices.Contains([]string{"outcome", "done", "skipped", "ended"}, aspect)
}

// beside are the facts that may be so in a course of which the premise is so, as far as it and a condition tell them apart.
func (g *premise) beside(c *course, e *playbook.Expr) worlds {
	all, is := g.worlds[e]
	if !is {
		all = worldsOf(g.plan, g.level, g.when, e)
		g.worlds[e] = all
	}
	out := worlds{whole: all.whole}
	for i := range all.list {
		if g.admits(c, &all.list[i], -1) {
			out.list = append(out.list, all.list[i])
		}
	}
	return out
}

// worldsOf are the facts that conditions tell apart at a level.
func worldsOf(plan *playbook.Plan, level string, conditions ...*playbook.Expr) worlds {
	var w worlds
	w.list, w.whole = soundness.Worlds(plan, conditions)
	for i := range w.list {
		if level != "" {
			w.list[i].Level, w.list[i].Complaint.Level, w.list[i].Incident.Level = level, level, level
		}
	}
	return w
}

// admits is whether the premise can be so before some facts, in a course, without a step being done; -1: whatever is done.
func (g *premise) admits(c *course, w *soundness.World, undone int) bool {
	steps := pending(g.plan)
	ways := func(i int) []v1alpha1.StepState {
		all := []v1alpha1.StepState{{State: v1alpha1.StepPending}}
		if !c.settled || c.states[i] != sure {
			all = append(all, v1alpha1.StepState{State: v1alpha1.StepSkipped}, v1alpha1.StepState{State: v1alpha1.StepCancelled})
		}
		if i == undone || c.settled && c.states[i] == not {
			return all
		}
		outcomes := []v1alpha1.Identifier{c.outcomes[i]}
		if all := endings(&g.plan.Nodes[i]); c.outcomes[i] == "" && len(all) > 0 {
			outcomes = all
		}
		for _, outcome := range outcomes {
			all = append(all, v1alpha1.StepState{State: v1alpha1.StepDone, Outcome: outcome})
		}
		return all
	}
	return combined(steps, g.looks, ways, func() bool {
		holds, err := g.when.Holds(envOf(g.plan, w, steps))
		return holds || err != nil
	})
}

// needed are the steps that are done wherever the premise is so in a course; false where it never is.
func (g *premise) needed(c *course) (steps []int, possible bool) {
	for _, i := range g.looks {
		if !slices.ContainsFunc(g.own().list, func(w soundness.World) bool { return g.admits(c, &w, i) }) {
			steps = append(steps, i)
		}
	}
	return steps, g.possible(c)
}

// possible is whether the premise is so in any run of a course.
func (g *premise) possible(c *course) bool {
	return slices.ContainsFunc(g.own().list, func(w soundness.World) bool { return g.admits(c, &w, -1) })
}

// own are the facts that the premise itself tells apart.
func (g *premise) own() worlds {
	all, is := g.worlds[nil]
	if !is {
		all = worldsOf(g.plan, g.level, g.when)
		g.worlds[nil] = all
	}
	return all
}

// envOf is what conditions of a playbook itself see of facts and steps.
func envOf(plan *playbook.Plan, w *soundness.World, steps []v1alpha1.StepState) *playbook.Env {
	env := &playbook.Env{Steps: steps, Level: w.Level, Incident: &w.Incident}
	if plan.For == v1alpha1.RecordComplaint {
		env.Complaint = &w.Complaint
	}
	return env
}
