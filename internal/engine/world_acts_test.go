package engine_test

import (
	"cmp"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// with changes an act before it is written.
type with func(*v1alpha1.TaskAct)

// does has somebody act now, as the API server would let them, without the engine noticing yet.
func (w *world) does(user v1alpha1.User, verb v1alpha1.TaskVerb, step string, options ...with) {
	w.t.Helper()
	t := w.tasks[w.taskOf(step, user)]
	act := v1alpha1.TaskAct{ID: fmt.Sprint(user, "-", len(t.spec.Acts)+1), Verb: verb, By: user, At: metav1.NewTime(w.now), Reason: "because"}
	if verb == v1alpha1.TaskApprove || verb == v1alpha1.TaskRefuse {
		act.Digest = t.spec.Assignment.Digest
	}
	for _, option := range options {
		option(&act)
	}
	w.tellAct(step, act)
	if _, closes := t.spec.Closes(&act); closes && w.answersClose {
		t.answered = true
	}
	t.spec.Acts = append(t.spec.Acts, act)
	w.acted++
}

func outcome(o v1alpha1.Identifier) with { return func(a *v1alpha1.TaskAct) { a.Outcome = o } }
func to(u v1alpha1.User) with            { return func(a *v1alpha1.TaskAct) { a.To = u } }
func extension(d v1alpha1.Duration) with { return func(a *v1alpha1.TaskAct) { a.Extension = d } }
func digest(d string) with               { return func(a *v1alpha1.TaskAct) { a.Digest = d } }
func (w *world) writtenAt(at time.Time) with {
	return func(a *v1alpha1.TaskAct) { a.At = metav1.NewTime(at) }
}
func (w *world) record(act v1alpha1.RecordAct) { w.recordAct(act); w.decide() }

func (w *world) recordAct(act v1alpha1.RecordAct) {
	act.ID, act.At, act.Reason = fmt.Sprint(len(w.facts.Acts)+1), metav1.NewTime(w.now), cmp.Or(act.Reason, "because")
	w.facts.Acts = append(w.facts.Acts, act)
	w.tellRecordAct(act)
}

// pass lets time go by; the engine is woken whenever it asked to be.
func (w *world) pass(d time.Duration) {
	w.t.Helper()
	until := w.now.Add(d)
	for range 10_000 {
		for len(w.decide().Effects) > 0 { // a changed object wakes the controller
		}
		if w.wake.IsZero() || w.wake.After(until) {
			w.now = until
			return
		}
		if w.wake.Before(w.now) {
			w.t.Fatalf("woken in the past: at %s for %s", w.now, w.wake)
		}
		w.now = w.wake
	}
	w.t.Fatalf("the engine is woken over and over\n%s", w.story.String())
}

// sleep lets time go by while nobody calls the engine.
func (w *world) sleep(d time.Duration) { w.now = w.now.Add(d) }

// count is how often something happened to a step; an empty step means anywhere.
func (w *world) count(typ v1alpha1.EventType, step string) (n int) {
	for _, e := range w.events {
		if e.Type == typ && (step == "" || e.Step == step) {
			n++
		}
	}
	return n
}

// sent are the notices with a template, in no order.
func (w *world) sent(template string) (out []v1alpha1.NoticeSpec) {
	for _, n := range w.notices {
		if string(n.Template) == template {
			out = append(out, n)
		}
	}
	return out
}
