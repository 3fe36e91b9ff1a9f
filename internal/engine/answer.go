package engine

import (
	"cmp"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
)

// awaitAnswer takes in what people did to the task of a step. The first completing act ends it.
func (t *turn) awaitAnswer(i int) {
	s := &t.run.Steps[i]
	if len(s.Tasks) == 0 {
		t.askAgain(i)
		return
	}
	for _, act := range t.newActs(i) {
		if act.Verb != v1alpha1.TaskComment {
			s.AcknowledgeBy = metav1.Time{}
		}
		if act.Verb == v1alpha1.TaskComplete {
			if t.complete(i, act) {
				return
			}
			continue
		}
		t.takeAct(i, act)
	}
}

// askAgain asks once more where nobody could be asked before.
func (t *turn) askAgain(i int) {
	a := &t.plan.Nodes[i].Action
	switch {
	case a.Task != nil:
		t.ask(i, v1alpha1.TaskTypeWork, string(a.Task.To), a.Task.Outcomes)
	case a.Survey != nil:
		t.ask(i, v1alpha1.TaskTypeSurvey, string(a.Survey.Asks), a.Survey.Scale)
	case a.Decision != nil:
		t.ask(i, v1alpha1.TaskTypeDecision, string(a.Decision.By), a.Decision.Options)
	case a.Approval != nil:
		t.beginApproval(i)
	}
}

// newActs are the acts on the step's only task that were not taken in yet, oldest first.
func (t *turn) newActs(i int) []v1alpha1.TaskAct {
	s := &t.run.Steps[i]
	acts := t.f.Tasks[string(s.Tasks[0])].Acts
	if len(acts) <= int(s.ActsSeen) {
		return nil
	}
	acts = slices.Clone(acts)
	slices.SortStableFunc(acts, func(a, b v1alpha1.TaskAct) int { return a.At.Compare(b.At.Time) })
	acts = acts[s.ActsSeen:]
	s.ActsSeen += int32(len(acts))
	return acts
}

// complete ends the step with the outcome of an act, if the act fits.
func (t *turn) complete(i int, act v1alpha1.TaskAct) bool {
	n := &t.plan.Nodes[i]
	outcomes := offered(&n.Action)
	outcome := act.Outcome
	switch {
	case len(outcomes) > 0 && !slices.Contains(outcomes, outcome):
		t.ignore(i, act, "the outcome "+string(outcome)+" is not one of those offered")
		return false
	case n.Action.Task != nil && n.Action.Task.Writes != "" && t.f.Digests[n.Action.Task.Writes] == "":
		t.ignore(i, act, "spec."+string(n.Action.Task.Writes)+" of the record is still empty; fill it and complete the task again")
		return false
	case len(outcomes) == 0:
		outcome = cmp.Or(outcome, "done")
	}
	t.finish(i, outcome, []v1alpha1.User{act.By}, t.actTime(i, act))
	return true
}

func offered(a *v1alpha1.Action) []v1alpha1.Identifier {
	switch {
	case a.Task != nil:
		return a.Task.Outcomes
	case a.Survey != nil:
		return a.Survey.Scale
	case a.Decision != nil:
		return a.Decision.Options
	}
	return nil
}

// actTime is when an act happened: as it is stamped, but neither before its step began nor after now.
func (t *turn) actTime(i int, act v1alpha1.TaskAct) time.Time {
	at := act.At.UTC()
	if start := t.run.Steps[i].StartedAt.Time; at.Before(start) {
		at = start
	}
	if at.After(t.now) {
		at = t.now
	}
	return at
}

func (t *turn) ignore(i int, act v1alpha1.TaskAct, why string) {
	t.event(v1alpha1.EventActIgnored, i, act.By, string(act.Verb)+" was left out: "+why)
}

// takeAct takes in an act that does not end the step.
func (t *turn) takeAct(i int, act v1alpha1.TaskAct) {
	switch act.Verb {
	case v1alpha1.TaskAcknowledge:
		t.event(v1alpha1.EventActed, i, act.By, "acknowledged")
	case v1alpha1.TaskComment:
		t.event(v1alpha1.EventCommented, i, act.By, "commented on the task")
	case v1alpha1.TaskDecline:
		t.decline(i, act)
	case v1alpha1.TaskHandOver:
		t.handOverTask(i, act)
	case v1alpha1.TaskExtend:
		t.extend(i, act)
	case v1alpha1.TaskPause:
		t.pause(i, act)
	case v1alpha1.TaskResume:
		t.resume(i, t.actTime(i, act), act.By)
	default:
		t.ignore(i, act, "this task is not for that")
	}
}

// decline asks the next person instead: a deputy, another holder of the duty, the next role up the ladder.
func (t *turn) decline(i int, act v1alpha1.TaskAct) {
	s := &t.run.Steps[i]
	if slices.Contains(s.Declined, act.By) {
		t.ignore(i, act, "declined before")
		return
	}
	s.Declined = append(s.Declined, act.By)
	t.event(v1alpha1.EventActed, i, act.By, "declined")
	if t.plan.Nodes[i].Action.Approval != nil {
		t.reassign(i)
		return
	}
	if act.By != s.Assignee {
		t.reassign(i)
		return
	}
	next, ok := t.nextAfterDecline(i)
	if !ok {
		s.Assignee = ""
		t.problem(i, "everybody who could be asked has declined or may take no part; hand the task over or skip the step")
		t.reassign(i)
		return
	}
	s.Assignee = next.User
	t.reassign(i)
	t.tell(i, "declined"+string(rune('0'+len(s.Declined)%10)), next, "taskAssigned", string(s.Tasks[0]))
	t.event(v1alpha1.EventAsked, i, next.User, next.Person+" is asked instead")
}

func (t *turn) nextAfterDecline(i int) (v1alpha1.RoleHolder, bool) {
	s := &t.run.Steps[i]
	out := func(u v1alpha1.User) bool { return isRecused(t.recused, u) || slices.Contains(s.Declined, u) }
	ladder := t.plan.Nodes[i].Ladder
	for _, role := range askedRoles(&t.plan.Nodes[i]) {
		role = t.ownRole(role, i)
		rest := []string{role}
		if at := slices.Index(ladder, role); at >= 0 {
			rest = ladder[at:]
		}
		for _, r := range rest {
			def := t.plan.Roles[r]
			people := t.candidates(def, func(u v1alpha1.User) bool { return out(u) || t.excludedFrom(def, u) })
			if len(people) > 0 {
				p := people[0]
				return v1alpha1.RoleHolder{Name: r, Team: p.Team, Person: p.Name, User: p.User}, true
			}
		}
	}
	return v1alpha1.RoleHolder{}, false
}

func (t *turn) handOverTask(i int, act v1alpha1.TaskAct) {
	p, known := t.f.Roster.Find(act.To)
	switch {
	case !known:
		t.ignore(i, act, "the person it was to go to is in no team")
		return
	case isRecused(t.recused, act.To):
		t.ignore(i, act, "the person it was to go to may take no part")
		return
	case t.plan.Nodes[i].Action.Approval != nil:
		t.ignore(i, act, "an approval cannot be handed over; decline it")
		return
	}
	s := &t.run.Steps[i]
	s.Assignee = act.To
	t.reassign(i)
	t.tellPerson(i, "handover"+act.ID, p, "taskAssigned", string(s.Tasks[0]))
	t.event(v1alpha1.EventActed, i, act.By, "handed the task over to "+p.Name)
}

// extend moves the deadline, if the playbook allows it and it has not passed.
func (t *turn) extend(i int, act v1alpha1.TaskAct) {
	s, policy := &t.run.Steps[i], t.plan.Nodes[i].Head.Extend
	by := calendar.Elapsed(act.Extension)
	switch {
	case policy == nil:
		t.ignore(i, act, "the playbook does not allow an extension here")
	case s.DueAt.IsZero() || s.DueAt.Time.Before(t.actTime(i, act)):
		t.ignore(i, act, "the deadline had passed already")
	case s.Extended >= max(policy.Max, 1):
		t.ignore(i, act, "the deadline was extended as often as the playbook allows")
	case by <= 0 || by > calendar.Elapsed(policy.AtMost):
		t.ignore(i, act, "the extension must be more than nothing and at most "+string(policy.AtMost))
	default:
		s.Extended++
		t.moveDeadline(i, by, act.By, "extended by "+string(act.Extension)+"; the reason is with the task")
	}
}

func (t *turn) pause(i int, act v1alpha1.TaskAct) {
	s, policy := &t.run.Steps[i], t.plan.Nodes[i].Head.Pause
	at := t.actTime(i, act)
	switch {
	case policy == nil:
		t.ignore(i, act, "the playbook does not allow a pause here")
	case !s.PausedAt.IsZero():
		t.ignore(i, act, "the clock stands still already")
	case !s.DueAt.IsZero() && s.DueAt.Time.Before(at):
		t.ignore(i, act, "the deadline had passed already")
	case calendar.Elapsed(policy.AtMost) <= time.Duration(s.PausedSeconds)*time.Second:
		t.ignore(i, act, "the clock stood still as long as the playbook allows")
	default:
		s.PausedAt = stamp(at)
		t.event(v1alpha1.EventDeadlineMoved, i, act.By, "the clock is stopped; the reason is with the task")
	}
}

// resume lets a stopped clock run on: the deadline moves by as long as it stood still.
func (t *turn) resume(i int, at time.Time, by v1alpha1.User) {
	s := &t.run.Steps[i]
	if s.PausedAt.IsZero() {
		return
	}
	stood := at.Sub(s.PausedAt.Time)
	s.PausedSeconds += int64(stood / time.Second)
	s.PausedAt = metav1.Time{}
	t.moveDeadline(i, stood, by, "the clock runs on after "+spell(stood))
}
