package timing

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/playbook"
)

// ask looks up the names an assertion uses; fields of problems are those of the assertion.
func ask(plan *playbook.Plan, a *v1alpha1.Assertion) (*question, []playbook.Problem) {
	var problems []playbook.Problem
	report := func(field, advice, message string, values ...any) {
		problems = append(problems, playbook.Problem{Field: field, Message: fmt.Sprintf(message, values...), Advice: advice})
	}
	step := func(field, name string, others ...string) int {
		i := topStep(plan, name)
		if i < 0 {
			known, or := stepNames(plan), ""
			if len(others) > 0 {
				or = "; it may count from " + strings.Join(others, ", ") + " as well"
			}
			report(field, playbook.DidYouMean(name, append(others, known...))+"the steps are: "+strings.Join(known, ", ")+or, "there is no step %s", name)
		}
		return i
	}
	q := &question{plan: plan, conduct: a.Given, ended: -1, anchor: -1, within: v1alpha1.Span{Elapsed: a.Within.Elapsed, Working: a.Within.Working}}
	if q.conduct == "" {
		q.conduct = v1alpha1.ConductAnything
	}
	if len(plan.Roots) > 0 {
		q.calendar = plan.Nodes[plan.Roots[0]].Calendar
	}
	if a.Within.Working != "" && q.calendar == nil {
		report("within.working", "name one in spec.calendar, or write elapsed", "working time needs a calendar")
	}
	switch {
	case a.Reached != "":
		if roles := slices.Sorted(maps.Keys(plan.Roles)); !slices.Contains(roles, string(a.Reached)) {
			advice := playbook.DidYouMean(string(a.Reached), roles) + "the roles are: " + strings.Join(roles, ", ")
			if len(roles) == 0 {
				advice = "the playbook has no role: add one in spec.roles"
			}
			report("reached", advice, "there is no role %s", a.Reached)
		}
		q.target, q.rank = rank(plan, string(a.Reached)), string(a.Reached)
	case a.Told != "":
		if told := Audiences(plan); !slices.Contains(told, string(a.Told)) {
			advice := playbook.DidYouMean(string(a.Told), told) + "those who are told are: " + strings.Join(told, ", ")
			if len(told) == 0 {
				advice = "no step tells anybody anything: add a notify"
			}
			report("told", advice, "no step tells %s", a.Told)
		}
		q.target = target{audience: string(a.Told)}
	case a.Ended != "":
		q.ended = step("ended", string(a.Ended))
	}
	for i, name := range a.Unless {
		if k := step(fmt.Sprintf("unless[%d]", i), string(name)); k >= 0 {
			q.unless = append(q.unless, k)
		}
	}
	given, problem := premised(plan, a.When)
	if q.given = given; problem != nil {
		problems = append(problems, *problem)
	}
	switch of := a.Within.Of; {
	case of == "" || of == "received" || of == "graded":
	case of == "started" && a.Ended == "":
		report("within.of", "count from received, or from the end of a step", "only a step has a start, and it is not a step that is asked about")
	case of == "started":
		q.fromStart = true
	case string(a.Ended) == of:
		report("within.of", "write started to count from its start", "it counts from the end of %s itself", of)
	default:
		moments := []string{"received", "graded"}
		if a.Ended != "" {
			moments = append(moments, "started")
		}
		q.anchor = step("within.of", of, moments...)
	}
	return q, problems
}

// topStep is the step of a playbook of that name, inside blocks too; else one of a sub-playbook where only one has the name.
func topStep(plan *playbook.Plan, name string) int {
	found := -1
	for i := range plan.Nodes {
		switch n := &plan.Nodes[i]; {
		case n.Head.Name != name:
		case n.Book == "":
			return i
		case found >= 0:
			return -1
		default:
			found = i
		}
	}
	return found
}

func stepNames(plan *playbook.Plan) []string {
	names := map[string]bool{}
	for i := range plan.Nodes {
		names[plan.Nodes[i].Head.Name] = true
	}
	return slices.Sorted(maps.Keys(names))
}

// Audiences are those who are told by a step, roles among them.
func Audiences(plan *playbook.Plan) []string {
	names := map[string]bool{}
	for i := range plan.Nodes {
		if notify := plan.Nodes[i].Action.Notify; notify != nil {
			for _, to := range notify.To {
				names[string(to)] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(names))
}
