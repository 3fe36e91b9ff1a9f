package engine

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// Outcomes of steps that cannot end in different ways.
const (
	done      v1alpha1.Identifier = "done"
	sent      v1alpha1.Identifier = "sent"
	assembled v1alpha1.Identifier = "assembled"
	assigned  v1alpha1.Identifier = "assigned"
	raised    v1alpha1.Identifier = "raised"
	joined    v1alpha1.Identifier = "joined"
)

// mostBy is how many people a step remembers as those who ended it.
const mostBy = 16

// finish ends a step as meant. at is when it was done, which may be before now.
func (t *turn) finish(i int, outcome v1alpha1.Identifier, by []v1alpha1.User, at time.Time) {
	s := &t.run.Steps[i]
	t.standStill(i, at)
	t.closeTasks(i, v1alpha1.TaskDone, outcome, at)
	s.State, s.Outcome, s.By, s.EndedAt = v1alpha1.StepDone, outcome, by[:min(len(by), mostBy)], stamp(at)
	t.stopClock(i)
	var actor v1alpha1.User
	if len(by) > 0 {
		actor = by[len(by)-1]
	}
	text := "done"
	if outcome != "" && outcome != done {
		text = "done: " + string(outcome)
	}
	if t.fruitless(i, outcome) {
		text = "given up: " + string(outcome)
	}
	switch {
	case s.DueAt.IsZero():
		t.event(v1alpha1.EventStepDone, i, actor, text)
	case at.After(s.DueAt.Time), t.fruitless(i, outcome):
		t.fire(i)
		t.event(v1alpha1.EventStepDone, i, actor, text+", "+spell(max(at.Sub(s.DueAt.Time), 0))+" after the deadline")
	default:
		t.event(v1alpha1.EventStepDone, i, actor, text)
		t.meet(i, at)
	}
	t.cancelInside(i, at)
}

// because remembers when the latest thing happened that people or time did in this turn.
func (t *turn) because(at time.Time) {
	if at.After(t.cause) {
		t.cause = at
	}
}

// meet notes that a deadline was kept, also where that came to light only after it had been given up.
func (t *turn) meet(i int, at time.Time) {
	s := &t.run.Steps[i]
	text := "in time, " + spell(s.DueAt.Sub(at)) + " before the deadline"
	if !s.OverdueAt.IsZero() {
		s.OverdueAt = metav1.Time{}
		text += "; it was seen only after that"
	}
	t.event(v1alpha1.EventDeadlineMet, i, "", text)
}

// skip ends a step that does not apply. at is when that was decided, which may be before now.
func (t *turn) skip(i int, by v1alpha1.User, why string, at time.Time) {
	if by != "" {
		t.because(at)
	}
	t.endUndone(i, v1alpha1.StepSkipped, by, at)
	t.event(v1alpha1.EventStepSkipped, i, by, why)
	t.cancelInside(i, at)
}

// cancel stops a step and everything inside it. What had not begun is not worth a line.
func (t *turn) cancel(i int, why string, at time.Time) {
	waited := t.run.Steps[i].State == v1alpha1.StepWaiting
	t.endUndone(i, v1alpha1.StepCancelled, "", at)
	if waited {
		t.event(v1alpha1.EventStepCancelled, i, "", why)
	}
	t.cancelInside(i, at)
}

func (t *turn) endUndone(i int, state v1alpha1.StepPhase, by v1alpha1.User, at time.Time) {
	s := &t.run.Steps[i]
	if s.State == v1alpha1.StepWaiting {
		if at.Before(s.StartedAt.Time) {
			at = s.StartedAt.Time
		}
		t.wind(i, at)
		if t.passed(i, at) {
			t.fire(i)
		}
	}
	t.closeTasks(i, v1alpha1.TaskCancelled, "", at)
	s.State, s.EndedAt = state, stamp(at)
	t.stopClock(i)
	if by != "" {
		s.By = []v1alpha1.User{by}
	}
}

// stopClock takes away what a step that has ended waits for no more.
func (t *turn) stopClock(i int) {
	s := &t.run.Steps[i]
	s.NextAt, s.Problem, s.PausedAt, s.AcknowledgeBy = metav1.Time{}, "", metav1.Time{}, metav1.Time{}
}

// cancelInside stops what still goes on inside a step that has ended.
func (t *turn) cancelInside(i int, at time.Time) {
	for _, c := range t.plan.Nodes[i].Children {
		if !ended(&t.run.Steps[c]) {
			t.cancel(c, "its block was stopped", at)
		}
	}
}

// closeTasks tells the people asked that a waiting step needs them no more. Of a team that was called those who have
// acknowledged were told before.
func (t *turn) closeTasks(i int, state v1alpha1.TaskState, outcome v1alpha1.Identifier, at time.Time) {
	s := &t.run.Steps[i]
	if s.State != v1alpha1.StepWaiting {
		return
	}
	open := s.Tasks
	if t.plan.Nodes[i].Action.AssembleTeam != nil {
		open = open[min(int(s.ActsSeen), len(open)):]
		if state == v1alpha1.TaskDone {
			state, outcome = v1alpha1.TaskCancelled, ""
		}
	}
	for _, name := range open {
		if state == v1alpha1.TaskDone && t.f.Tasks[string(name)].State == state {
			continue // who completed it closed it
		}
		t.effect(CloseTask{Name: string(name), State: state, Outcome: outcome, At: at})
	}
}
