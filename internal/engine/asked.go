package engine

import (
	"slices"
	"strings"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
	"tocsin.dev/tocsin/internal/playbook"
)

// mostAsked is how much work a run takes that its playbook does not foresee. What is asked for more often than that
// belongs into the playbook.
const mostAsked = 32

// withAsked is the plan of the run as written, and where people were asked for something besides it that plan with a step for
// each such entry of the run behind its own. Everything else is then as with any step that asks somebody.
func (t *turn) withAsked() *playbook.Plan {
	plan := t.written
	if len(t.run.Steps) <= len(plan.Nodes) {
		return plan
	}
	nodes, roots := append(t.longer.Nodes[:0], plan.Nodes...), append(t.longer.Roots[:0], plan.Roots...)
	for i := len(plan.Nodes); i < len(t.run.Steps); i++ {
		nodes = append(nodes, askedNode(plan, t.run.Steps[i].Name, actNamed(t.f.Acts, t.run.Steps[i].Ask)))
		roots = append(roots, i)
	}
	t.longer = *plan
	t.longer.Nodes, t.longer.Roots = nodes, roots
	return &t.longer
}

// askedNode is the step that an Ask stands for. It has the ladder of the playbook, for whom to tell of a missed deadline,
// but does not climb it.
func askedNode(plan *playbook.Plan, path string, act v1alpha1.RecordAct) playbook.Node {
	n := playbook.Node{Path: path, Parent: -1, OfStep: -1, Ladder: rootLadder(plan), Calendar: rootCalendar(plan)}
	n.Head.Description = cut(act.Reason, longest)
	if within := act.Within; within != nil {
		n.Head.Within = &v1alpha1.Deadline{Elapsed: within.Elapsed, Working: within.Working}
	}
	n.Action.Task = &v1alpha1.Task{}
	return n
}

func rootCalendar(plan *playbook.Plan) *calendar.Calendar {
	if len(plan.Roots) == 0 {
		return nil
	}
	return plan.Nodes[plan.Roots[0]].Calendar
}

// actNamed is the act with an id; an empty one if there is none.
func actNamed(acts []v1alpha1.RecordAct, id string) v1alpha1.RecordAct {
	for _, act := range acts {
		if act.ID == id {
			return act
		}
	}
	return v1alpha1.RecordAct{}
}

// isAsked is whether step i is work that somebody was asked for besides the playbook.
func (t *turn) isAsked(i int) bool { return t.run.Steps[i].Ask != "" }

// takeAsk takes up what somebody asks for besides the playbook.
func (t *turn) takeAsk(act v1alpha1.RecordAct) {
	count := 0
	for i := range t.run.Steps {
		if t.isAsked(i) {
			count++
		}
	}
	if why := t.whyNotAsked(act, count); why != "" {
		t.event(v1alpha1.EventActIgnored, -1, act.By, "Ask was left out: "+why)
		return
	}
	p, _ := t.f.Roster.Find(act.To)
	i := len(t.run.Steps)
	t.run.Steps = append(t.run.Steps, v1alpha1.StepState{Name: v1alpha1.AskedSteps + number(count+1), State: v1alpha1.StepPending, Ask: act.ID})
	t.plan = t.withAsked()
	t.event(v1alpha1.EventStepStarted, i, act.By, "asks "+p.Name+" for work besides the playbook: "+cut(act.Reason, mostReason))
}

// whyNotAsked says why nobody is asked for this; empty if somebody is. count is how much was asked for before.
func (t *turn) whyNotAsked(act v1alpha1.RecordAct, count int) string {
	_, known := t.f.Roster.Find(act.To)
	switch {
	case isRecused(t.recused, act.By):
		return "who asks takes no part: " + reasonFor(t.recused, act.By)
	case !known:
		return "the person to ask is in no team"
	case isRecused(t.recused, act.To):
		return "the person to ask may take no part"
	case count >= mostAsked:
		return "people were asked " + number(mostAsked) + " times besides the playbook already; add a step to the playbook"
	case strings.TrimSpace(act.Reason) == "":
		return "it does not say what is to be done"
	case act.Within == nil:
		return "it has no deadline"
	}
	due, err := calendar.AddSpan(rootCalendar(t.plan), t.now, *act.Within)
	switch {
	case err != nil:
		return cut("its deadline cannot be computed: "+err.Error(), mostReason)
	case !due.After(t.now):
		return "its deadline is no time away"
	}
	return ""
}

// askBesides opens the task of such a step and tells whoever is asked.
func (t *turn) askBesides(i int) {
	h, ok := t.another(i)
	if !ok {
		t.problem(i, nobodyElse)
		return
	}
	t.solved(i)
	t.run.Steps[i].Assignee = h.User
	name := t.openTask(i, v1alpha1.TaskTypeWork, nil, t.assignment(i, nil))
	t.tell(i, "asked", h, "taskAssigned", name)
	t.event(v1alpha1.EventAsked, i, h.User, t.askedText(i, v1alpha1.TaskTypeWork, h, h))
}

// anotherBesides is who is asked for such a step: the person named, or while they are away or do not do it their first
// deputy; failing that it goes back to whoever asked.
func (t *turn) anotherBesides(i int) (v1alpha1.RoleHolder, bool) {
	act, declined := actNamed(t.f.Acts, t.run.Steps[i].Ask), t.run.Steps[i].Declined
	out := func(u v1alpha1.User) bool { return isRecused(t.recused, u) || slices.Contains(declined, u) }
	if p, known := t.f.Roster.Find(act.To); known {
		if !out(p.User) && !t.f.Roster.Away(p.User, t.now) {
			return holderFrom("", p), true
		}
		if deputies := t.f.Roster.Deputies(p, t.now, out); len(deputies) > 0 {
			return holderFrom("", deputies[0]), true
		}
	}
	if p, known := t.f.Roster.Find(act.By); known && !out(p.User) {
		return holderFrom("", p), true
	}
	return v1alpha1.RoleHolder{}, false
}

// whoAsked is whoever asked for step i besides the playbook, if they can be told how it goes.
func (t *turn) whoAsked(i int) (v1alpha1.RoleHolder, bool) {
	if !t.isAsked(i) {
		return v1alpha1.RoleHolder{}, false
	}
	p, known := t.f.Roster.Find(actNamed(t.f.Acts, t.run.Steps[i].Ask).By)
	return holderFrom("", p), known && !isRecused(t.recused, p.User)
}
