package engine

import (
	"slices"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// mostDeclined is how many people a step remembers as those who declined it.
const mostDeclined = 16

// decline asks the next person instead: a deputy, another holder of the duty, the next role up the ladder.
func (t *turn) decline(i int, act v1alpha1.TaskAct) {
	s := &t.run.Steps[i]
	if len(s.Declined) >= mostDeclined {
		t.ignore(i, act, "too many have declined already; hand the task over or skip the step")
		return
	}
	t.event(v1alpha1.EventActed, i, act.By, "declined")
	t.passOver(i, act.By)
}

// passOver leaves somebody out of a step from now on and asks the next person where they were the one asked.
func (t *turn) passOver(i int, u v1alpha1.User) {
	s := &t.run.Steps[i]
	heads, rungs := t.currentHeads(i), t.rungHeads(i)
	s.Declined = append(slices.Clone(s.Declined), u)
	switch {
	case t.plan.Nodes[i].Action.Approval != nil:
		t.reseat(i, heads)
	case u == s.Assignee:
		s.Assignee = ""
		if !t.askAnother(i, "declined"+number(len(s.Declined))) {
			t.reassign(i)
		}
	default:
		t.reassign(i)
	}
	t.passRungs(i, u, rungs)
}

const nobodyElse = "everybody who could be asked has declined, is away or may take no part; add a deputy to the team or skip the step"

// askAnother asks somebody else for the task of a step; cause is part of the notice's name.
func (t *turn) askAnother(i int, cause string) bool {
	s := &t.run.Steps[i]
	next, ok := t.another(i)
	if !ok {
		t.problem(i, nobodyElse)
		return false
	}
	t.solved(i)
	s.Assignee = next.User
	t.reassign(i)
	t.tell(i, cause, next, "taskAssigned", t.firstTask(i))
	t.event(v1alpha1.EventAsked, i, next.User, inRole(next, next.Name)+" is asked instead")
	t.expectSign(i)
	return true
}

// keepAssignee sees to it that a task has somebody who is asked: whoever it turns out to be about, or left the teams, is
// passed over, and where nobody was left the team is asked again.
func (t *turn) keepAssignee(i int) {
	s := &t.run.Steps[i]
	switch {
	case t.answersOnly:
	case s.Assignee == "":
		t.askAnother(i, "mended"+number(len(s.Declined)+len(s.PassedOver)))
	case t.whyPassed(i, s.Assignee) != "":
		t.recuseAssignee(i)
	}
}

// another is who is asked next for the task of a step: the holder of the role or who can stand in for them, then the
// same for each role up the ladder.
func (t *turn) another(i int) (v1alpha1.RoleHolder, bool) {
	if t.isAsked(i) {
		return t.anotherBesides(i)
	}
	n, s := &t.plan.Nodes[i], &t.run.Steps[i]
	for _, asked := range n.Asks {
		own := t.ownRole(asked, i)
		roles := []string{own}
		if at := slices.Index(n.Ladder, own); at >= 0 {
			roles = n.Ladder[at:]
		}
		def := t.plan.Roles[own]
		out := func(u v1alpha1.User) bool {
			return isRecused(t.recused, u) || slices.Contains(s.Declined, u) || t.excludedFrom(def, u)
		}
		for _, role := range roles {
			if h, ok := t.holder(role, i); ok && !out(h.User) && !t.away(h) {
				return h, true
			}
			if people := t.candidates(t.plan.Roles[role], out); len(people) > 0 {
				p := people[0]
				return v1alpha1.RoleHolder{Name: role, Team: p.Team, Person: p.Name, User: p.User}, true
			}
		}
	}
	return v1alpha1.RoleHolder{}, false
}

func (t *turn) handOverTask(i int, act v1alpha1.TaskAct) {
	if t.plan.Nodes[i].Action.Approval != nil {
		t.ignore(i, act, "an approval cannot be handed over; decline it")
		return
	}
	p, why := t.mayTake(i, act.To)
	if why != "" {
		t.ignore(i, act, why)
		return
	}
	t.give(i, p, act.By, "handed/"+act.ID)
	t.event(v1alpha1.EventActed, i, act.By, "handed the task over to "+p.Name)
}
