package engine

import (
	"slices"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/roster"
)

// reassignTask gives the open task of a step to somebody else, as a lead decided.
func (t *turn) reassignTask(act v1alpha1.RecordAct) {
	i := t.stepNamed(act.Step)
	p, why := t.whyNotReassigned(i, act)
	if why != "" {
		t.event(v1alpha1.EventActIgnored, i, act.By, "Reassign was left out: "+why)
		return
	}
	t.give(i, p, act.By, "reassigned/"+act.ID)
	t.event(v1alpha1.EventAsked, i, act.By, "the task goes to "+p.Name+": "+cut(act.Reason, mostReason))
}

func (t *turn) stepNamed(name string) int {
	return slices.IndexFunc(t.run.Steps, func(s v1alpha1.StepState) bool { return s.Name == name })
}

// whyNotReassigned says why the task of a step does not go to somebody else; empty if it does.
func (t *turn) whyNotReassigned(i int, act v1alpha1.RecordAct) (roster.Person, string) {
	none := roster.Person{}
	switch {
	case i < 0:
		return none, "there is no step " + cut(act.Step, 100)
	case isRecused(t.recused, act.By):
		return none, "who asked for it takes no part: " + reasonFor(t.recused, act.By)
	case t.run.Steps[i].State != v1alpha1.StepWaiting || len(t.run.Steps[i].Tasks) == 0:
		return none, "the step has no open task"
	case t.plan.Nodes[i].Action.Approval != nil:
		return none, "an approval is for those who have a seat in it; hand the role over instead"
	case t.plan.Nodes[i].Action.AssembleTeam != nil:
		return none, "a call is for each person who is called"
	}
	return t.mayTake(i, act.To)
}

// mayTake says why the task of a step cannot go to somebody who is named; empty if it can.
func (t *turn) mayTake(i int, to v1alpha1.User) (p roster.Person, why string) {
	p, known := t.f.Roster.Find(to)
	switch s := &t.run.Steps[i]; {
	case !known:
		return p, "the person it was to go to is in no team"
	case isRecused(t.recused, to):
		return p, "the person it was to go to may take no part"
	case slices.Contains(s.Declined, to):
		return p, "the person it was to go to has declined"
	case t.excludedFrom(t.plan.Roles[t.roleAsked(i)], to):
		return p, "the person it was to go to holds a role that excludes this one"
	case to == s.Assignee:
		return p, "the person it was to go to has it already"
	}
	return p, ""
}

// give makes somebody the one who is asked for the task of a step, and tells them, and whoever had it until then that they
// do not any more, unless they gave it away themselves.
func (t *turn) give(i int, p roster.Person, by v1alpha1.User, slot string) {
	t.solved(i)
	had := t.run.Steps[i].Assignee
	t.run.Steps[i].Assignee = p.User
	t.reassign(i)
	t.tellPerson(i, slot, p, "taskAssigned", t.firstTask(i))
	if before, known := t.personOf(had); known && had != by && !isRecused(t.recused, had) {
		t.tellPerson(i, slot+"/taken", before, "taskTaken", t.firstTask(i))
	}
	t.expectSign(i)
}
