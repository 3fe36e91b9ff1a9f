package engine

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
)

// extend moves the deadline, if the playbook allows it and it had not passed when the act was written.
func (t *turn) extend(i int, act v1alpha1.TaskAct) {
	s, policy := &t.run.Steps[i], t.plan.Nodes[i].Head.Extend
	by := calendar.Elapsed(act.Extension)
	switch {
	case policy == nil:
		t.ignore(i, act, "the playbook does not allow an extension here")
	case s.DueAt.IsZero():
		t.ignore(i, act, "there is no deadline to extend")
	case t.passed(i, t.actTime(i, act)):
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
	case t.passed(i, at):
		t.ignore(i, act, "the deadline had passed already")
	case calendar.Elapsed(policy.AtMost) <= time.Duration(s.PausedSeconds)*time.Second:
		t.ignore(i, act, "the clock stood still as long as the playbook allows")
	default:
		s.PausedAt = stamp(at)
		t.event(v1alpha1.EventDeadlineMoved, i, act.By, "the clock is stopped; the reason is with the task")
	}
}

func (t *turn) endPause(i int, act v1alpha1.TaskAct) {
	if t.run.Steps[i].PausedAt.IsZero() {
		t.ignore(i, act, "the clock runs")
		return
	}
	t.resume(i, t.actTime(i, act), act.By)
}

// pauseLimit is when a clock that stands still runs on by itself.
func (t *turn) pauseLimit(i int) time.Time {
	s, policy := &t.run.Steps[i], t.plan.Nodes[i].Head.Pause
	if policy == nil {
		return s.PausedAt.Time
	}
	return s.PausedAt.Add(calendar.Elapsed(policy.AtMost) - time.Duration(s.PausedSeconds)*time.Second)
}

// wind lets a stopped clock run on from its limit, if that was reached by a moment.
func (t *turn) wind(i int, by time.Time) {
	if t.run.Steps[i].PausedAt.IsZero() {
		return
	}
	if limit := t.pauseLimit(i); !by.Before(limit) {
		t.resume(i, limit, "")
	}
}

// resume lets a stopped clock run on: the deadline moves by as long as it stood still.
func (t *turn) resume(i int, at time.Time, by v1alpha1.User) {
	s := &t.run.Steps[i]
	stood := max(at.Sub(s.PausedAt.Time), 0)
	s.PausedSeconds += int64(stood / time.Second)
	s.PausedAt = metav1.Time{}
	t.moveDeadline(i, stood, by, "the clock runs on after "+spell(stood))
}

// standStill moves the deadline of a step that ends while its clock stands still by as long as it stood.
func (t *turn) standStill(i int, until time.Time) {
	s := &t.run.Steps[i]
	if s.PausedAt.IsZero() {
		return
	}
	if limit := t.pauseLimit(i); until.After(limit) {
		until = limit
	}
	stood := max(until.Sub(s.PausedAt.Time), 0)
	s.PausedSeconds += int64(stood / time.Second)
	if !s.DueAt.IsZero() {
		s.DueAt = stamp(s.DueAt.Add(stood))
	}
}
