package policytest

import (
	"context"
	"fmt"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/gate"
)

// remember keeps the task or record as it is now, for an expectation about what somebody tries now.
func (w *weigher) remember(expectation int) {
	e := &w.test.Then[expectation]
	a := e.Refused
	if a == nil {
		a = e.Allowed
	}
	name := w.resolve(e.Record, w.play.Now())
	if a.onTask() {
		if task := w.taskNow(name, a); task != nil {
			w.moments[expectation] = moment{task: task.DeepCopy()}
		}
		return
	}
	for _, c := range w.play.Complaints() {
		if c.Name == name {
			w.moments[expectation] = moment{record: c.DeepCopy()}
		}
	}
	for _, ci := range w.play.Incidents() {
		if ci.Name == name {
			w.moments[expectation] = moment{record: ci.DeepCopy()}
		}
	}
}

// taskNow is the task of a step on which somebody would try something now: one that is open before one that is closed, one that asks
// them before one that asks others, and the one that was opened last.
func (w *weigher) taskNow(record string, a *Attempt) *v1alpha1.ResponseTask {
	now := map[string]*v1alpha1.ResponseTask{}
	for _, task := range w.play.Tasks() {
		now[task.Name] = task
	}
	who := Asked{Person: w.who(record, a, w.play.Now())}
	var found *v1alpha1.ResponseTask
	best := 0
	for _, asked := range w.asked {
		task := now[asked.task.Name]
		if task == nil || !a.isOn(asked, record) {
			continue
		}
		fits := 0
		if task.Spec.State == v1alpha1.TaskOpen {
			fits += 2
		}
		if who.is(task) {
			fits++
		}
		if found == nil || fits >= best {
			found, best = task, fits
		}
	}
	return found
}

// isOn is whether an attempt can be made on a task.
func (a *Attempt) isOn(asked asked, record string) bool {
	spec := &asked.task.Spec
	return asked.record == record && spec.Step == a.Step && (a.Round == 0 || spec.Round == a.Round)
}

// who tries it, by a moment; empty: nobody had done the step whose doer tries it.
func (w *weigher) who(record string, a *Attempt, at time.Time) v1alpha1.User {
	if a.WhoDid == "" {
		return a.Who
	}
	return w.whoDid(record, a.WhoDid, at)
}

// attempt asks the admission policies about what somebody tries.
func (w *weigher) attempt(ctx context.Context, expectation int, a *Attempt, record string, allowed bool) (verdict, error) {
	e := &w.test.Then[expectation]
	m, at := w.moments[expectation], w.until(e)
	if a.onTask() && e.At == "" {
		m, at = w.whenAsked(record, a)
	}
	if m.task == nil && m.record == nil {
		if a.onTask() {
			return verdict{happened: "nobody is asked by " + a.Step + roundOf(a.Round), step: a.Step}, nil
		}
		return verdict{happened: "it has not come in by then"}, nil
	}
	who := w.who(record, a, at)
	if who == "" {
		return verdict{happened: fmt.Sprintf("nobody had done %s by %s", a.WhoDid, date(at)), step: a.WhoDid}, nil
	}
	why, err := w.policies.Refused(ctx, m.change(a, who, at))
	if err != nil {
		return verdict{}, err
	}
	switch {
	case allowed && why != "":
		return verdict{happened: fmt.Sprintf("at %s %s is refused it: %s", date(at), who, why), step: a.Step}, nil
	case allowed || strings.Contains(strings.ToLower(why), strings.ToLower(a.Because)) && why != "":
		return asExpected, nil
	case why == "" && w.cameToNothing(a, record, at):
		return asExpected, nil
	case why == "":
		return verdict{happened: fmt.Sprintf("at %s %s may do it", date(at), who), step: a.Step}, nil
	}
	return verdict{happened: fmt.Sprintf("at %s %s is refused it for another reason: %s", date(at), who, why), step: a.Step}, nil
}

func roundOf(round int32) string {
	if round == 0 {
		return ""
	}
	return fmt.Sprintf(" in round %d", round)
}

// whenAsked is a task as it was when it was asked for: of several that are asked for at once, the one that asks who tries it.
func (w *weigher) whenAsked(record string, a *Attempt) (moment, time.Time) {
	var m moment
	var at time.Time
	for _, asked := range w.asked {
		switch {
		case !a.isOn(asked, record):
		case m.task == nil:
			m.task, at = asked.task, asked.at
		case asked.at.Equal(at) && (&Asked{Person: w.who(record, a, at)}).is(asked.task):
			m.task = asked.task
		}
	}
	return m, at
}

// whoDid is who did a step last, by a moment.
func (w *weigher) whoDid(record, step string, at time.Time) v1alpha1.User {
	var who v1alpha1.User
	for _, l := range w.lines {
		if l.record == record && l.Step == step && l.Type == v1alpha1.EventStepDone && !l.At.After(at) {
			who = l.Actor
		}
	}
	return who
}

// change is the write that somebody tries.
func (m moment) change(a *Attempt, who v1alpha1.User, at time.Time) gate.Change {
	if m.task != nil {
		act := v1alpha1.TaskAct{
			ID: "tried", Verb: v1alpha1.TaskVerb(a.Act), By: who, At: metav1.NewTime(at), Outcome: a.Outcome, To: a.To, Reason: "tried in a test",
		}
		switch spec := &m.task.Spec; act.Verb {
		case v1alpha1.TaskApprove, v1alpha1.TaskRefuse:
			act.Digest = spec.Assignment.Digest
		case v1alpha1.TaskExtend:
			act.Extension = "1h"
		case v1alpha1.TaskComplete:
			if act.Outcome == "" && len(spec.Outcomes) > 0 {
				act.Outcome = spec.Outcomes[0]
			}
		}
		return gate.OnTask(m.task, act)
	}
	act := v1alpha1.RecordAct{
		ID: "tried", Verb: v1alpha1.RecordVerb(a.Act), By: who, At: metav1.NewTime(at), Level: a.Level, Step: a.Step, Role: a.Role, To: a.To,
		Into: string(a.Into), Reason: "tried in a test",
	}
	if act.Verb == v1alpha1.RecordAsk {
		act.Within = &v1alpha1.Span{Elapsed: "1d"}
	}
	return gate.OnRecord(m.record, act)
}
