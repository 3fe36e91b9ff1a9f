package engine_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/engine"
)

const checkThenPlan = `
steps:
- {name: check, task: {to: handler, outcomes: [founded, unfounded]}, within: {elapsed: 4h}}
- {name: plan, needs: [check], task: {to: handler}, within: {elapsed: 4h}}
`

// Nobody called the engine while somebody answered in time and a lead, who did not know, decided about the record after
// the deadline: the answer counts, and no deadline was missed.
func TestWhatWasDoneBeforeARecordActCounts(t *testing.T) {
	for _, act := range []v1alpha1.RecordAct{
		{Verb: v1alpha1.RecordSkip, Step: "check"},
		{Verb: v1alpha1.RecordAbort},
		{Verb: v1alpha1.RecordWithdraw},
		{Verb: v1alpha1.RecordMerge, Into: "another-case"},
	} {
		t.Run(string(act.Verb), func(t *testing.T) {
			g := NewWithT(t)
			w := tale{steps: checkThenPlan}.world(t)
			w.decide()
			w.sleep(hour)
			w.does("lin", v1alpha1.TaskComplete, "check", outcome("founded"))
			w.sleep(5 * hour)
			act.By = "gao"
			w.recordAct(act)
			w.sleep(minute)
			w.decide()
			g.Expect(*w.step("check")).To(And(HaveField("State", v1alpha1.StepDone), HaveField("Outcome", BeEquivalentTo("founded"))))
			g.Expect(w.count(v1alpha1.EventDeadlineMet, "check")).To(Equal(1))
			g.Expect(w.count(v1alpha1.EventDeadlineMissed, "")).To(BeZero())
			if act.Verb == v1alpha1.RecordSkip {
				g.Expect(w.text(v1alpha1.EventActIgnored)).To(Equal("Skip was left out: the step does not wait"))
				g.Expect(w.step("plan").State).To(Equal(v1alpha1.StepWaiting))
			} else {
				g.Expect(w.run.Result).NotTo(BeEmpty())
				g.Expect(w.step("plan").StartedAt.IsZero()).To(BeTrue())
			}
		})
	}
}

// The other way round the lead's decision was first.
func TestWhatWasDoneAfterARecordActDoesNotCount(t *testing.T) {
	g := NewWithT(t)
	w := tale{steps: checkThenPlan}.world(t)
	w.decide()
	w.sleep(hour)
	w.recordAct(v1alpha1.RecordAct{Verb: v1alpha1.RecordSkip, By: "gao", Step: "check"})
	w.sleep(minute)
	w.does("lin", v1alpha1.TaskComplete, "check", outcome("founded"))
	w.decide()
	g.Expect(w.step("check").State).To(Equal(v1alpha1.StepSkipped))
}

// A run that gives way keeps what was done for it, and a deadline that lay after the level rose was not missed.
func TestWhatWasDoneBeforeTheLevelRoseIsKept(t *testing.T) {
	for name, answered := range map[string]bool{"answered": true, "not answered": false} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			w := tale{steps: checkThenPlan}.world(t)
			w.decide()
			w.sleep(hour)
			if answered {
				w.does("lin", v1alpha1.TaskComplete, "check", outcome("founded"))
			}
			w.sleep(hour)
			rose := w.now
			w.sleep(10 * hour)
			w.observe()
			stopped := engine.Stop(w.plan, w.run, w.facts, v1alpha1.RunSuperseded, "the level rose", rose, w.now)
			w.write(stopped)
			g.Expect(w.count(v1alpha1.EventDeadlineMissed, "")).To(BeZero())
			next := engine.CarryOver(w.plan, engine.Start(w.plan, w.facts, v1alpha1.RevisionReference{}, 2, w.now), w.plan, stopped.Run)
			if answered {
				g.Expect(next.Steps[0]).To(And(HaveField("State", v1alpha1.StepDone), HaveField("Outcome", BeEquivalentTo("founded"))))
			} else {
				g.Expect(next.Steps[0].State).To(Equal(v1alpha1.StepPending))
			}
		})
	}
}
