package engine

import (
	"cmp"
	"slices"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// awaitAnswer takes in what people did to the task of a step. The first completing act ends it.
func (t *turn) awaitAnswer(i int) {
	s := &t.run.Steps[i]
	if len(s.Tasks) == 0 {
		t.put(i)
		return
	}
	acts := t.newActs(i)
	for k, act := range acts {
		switch {
		case !t.admit(i, act):
		case act.Verb == v1alpha1.TaskComplete:
			t.complete(i, act)
		default:
			t.takeAct(i, act)
		}
		if ended(s) {
			t.comeTooLate(i, acts[k+1:])
			return
		}
	}
	t.keepAssignee(i)
}

// newActs are the acts on the step's only task that were not taken in yet, in the order they were written: acts are only
// ever added at the end.
func (t *turn) newActs(i int) []v1alpha1.TaskAct {
	s := &t.run.Steps[i]
	acts := t.f.Tasks[string(s.Tasks[0])].Acts
	if len(acts) <= int(s.ActsSeen) {
		return nil
	}
	acts = acts[s.ActsSeen:]
	s.ActsSeen += int32(len(acts))
	return acts
}

// admit is whether an act counts, whoever let it through. A pause that was over by then ends first.
func (t *turn) admit(i int, act v1alpha1.TaskAct) bool {
	s := &t.run.Steps[i]
	t.wind(i, t.actTime(i, act))
	switch {
	case act.Verb == v1alpha1.TaskComment:
		return true
	case act.By == "":
		t.ignore(i, act, "nobody's name is on it")
	case isRecused(t.recused, act.By):
		t.ignore(i, act, "who is complained about takes no part")
	case slices.Contains(s.Declined, act.By):
		t.ignore(i, act, "declined before")
	default:
		s.AcknowledgeBy = stamp(time.Time{})
		return true
	}
	return false
}

// comeTooLate notes the acts that were written behind the one that ended the step.
func (t *turn) comeTooLate(i int, acts []v1alpha1.TaskAct) {
	for _, act := range acts {
		if act.Verb == v1alpha1.TaskComment {
			t.takeAct(i, act)
		} else {
			t.ignore(i, act, "the step had ended")
		}
	}
}

// complete ends the step with the outcome of an act, if the act fits.
func (t *turn) complete(i int, act v1alpha1.TaskAct) {
	n := &t.plan.Nodes[i]
	outcomes := offered(&n.Action)
	outcome := act.Outcome
	switch {
	case len(outcomes) > 0 && !slices.Contains(outcomes, outcome):
		t.ignore(i, act, "the outcome "+string(outcome)+" is not one of those offered")
		return
	case n.Action.Task != nil && n.Action.Task.Writes != "" && t.f.Digests[n.Action.Task.Writes] == "":
		t.ignore(i, act, "spec."+string(n.Action.Task.Writes)+" of the record is still empty; fill it and complete the task again")
		return
	case len(outcomes) == 0:
		outcome = cmp.Or(outcome, done)
	}
	t.because(t.actTime(i, act))
	t.finish(i, outcome, []v1alpha1.User{act.By}, t.actTime(i, act))
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
	at := act.At.UTC().Truncate(time.Second)
	if act.At.IsZero() {
		at = t.now
	}
	if start := t.run.Steps[i].StartedAt.Time; at.Before(start) {
		at = start.UTC()
	}
	if at.After(t.now) {
		at = t.now
	}
	return at
}

// ignore notes an act that changes nothing. While the step waits its task says so, too: whoever acted looks there.
func (t *turn) ignore(i int, act v1alpha1.TaskAct, why string) {
	t.event(v1alpha1.EventActIgnored, i, act.By, string(act.Verb)+" was left out: "+why)
	if s := &t.run.Steps[i]; s.State == v1alpha1.StepWaiting && len(s.Tasks) == 1 {
		t.effect(LeaveOut{Name: t.firstTask(i), Act: act, Why: why})
	}
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
		t.endPause(i, act)
	default:
		t.ignore(i, act, "this task is not for that")
	}
}
