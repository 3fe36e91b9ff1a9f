package admission

import (
	"testing"

	. "github.com/onsi/gomega"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// TestCompletingClosesATask in the same write, whether the writer says so or leaves it to be filled in.
func TestCompletingClosesATask(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	o, err := answer(t, as(t, amy), task(t, "default", withOutcomes), v1alpha1.TaskAct{ID: "1", Verb: v1alpha1.TaskComplete, Outcome: "founded"})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(o.Spec.State).To(Equal(v1alpha1.TaskDone))
	g.Expect(o.Spec.Outcome).To(BeEquivalentTo("founded"))
	g.Expect(o.ClosedAt()).To(Equal(o.Spec.Acts[0].At))
	_, err = answer(t, as(t, bob), o, v1alpha1.TaskAct{ID: "2", Verb: v1alpha1.TaskComplete, Outcome: "unfounded"})
	g.Expect(err).To(BeRefusedBy(taskActs, "the task is closed (Done)"))

	for verb, outcome := range map[v1alpha1.TaskVerb]string{v1alpha1.TaskApprove: "approved", v1alpha1.TaskRefuse: "refused"} {
		o, err = answer(t, as(t, amy), task(t, "default", asApproval, seats(1)), v1alpha1.TaskAct{ID: "1", Verb: verb, Digest: "d2", Reason: "because"})
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(o.Spec).To(And(HaveField("State", v1alpha1.TaskDone), HaveField("Outcome", BeEquivalentTo(outcome))))
		o, err = answer(t, as(t, amy), task(t, "default", asApproval, seats(2)), v1alpha1.TaskAct{ID: "1", Verb: verb, Digest: "d2", Reason: "because"})
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(o.IsOpen()).To(BeTrue(), "the manager counts who has approved")
	}

	said := task(t, "default")
	said.Spec.State = v1alpha1.TaskDone
	o, err = answer(t, as(t, bob), said, v1alpha1.TaskAct{ID: "1", Verb: v1alpha1.TaskComplete})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(o.Spec.State).To(Equal(v1alpha1.TaskDone))

	for name, o := range map[string]*v1alpha1.ResponseTask{
		"an acknowledgement": task(t, "default"),
		"a call":             task(t, "default", func(o *v1alpha1.ResponseTask) { o.Spec.Type = v1alpha1.TaskTypeAcknowledgement }),
	} {
		o, err = answer(t, as(t, amy), o, v1alpha1.TaskAct{ID: "1", Verb: v1alpha1.TaskAcknowledge})
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(o.IsOpen()).To(BeTrue(), name)
	}
	call := task(t, "default", func(o *v1alpha1.ResponseTask) { o.Spec.Type = v1alpha1.TaskTypeAcknowledgement })
	o, err = answer(t, as(t, amy), call, v1alpha1.TaskAct{ID: "1", Verb: v1alpha1.TaskComplete})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(o.IsOpen()).To(BeTrue(), "the manager counts who has answered a call")
}

// seats gives an approval as many seats, open to amy and bob.
func seats(n int) func(*v1alpha1.ResponseTask) {
	return func(o *v1alpha1.ResponseTask) {
		for range n {
			o.Spec.Assignment.Seats = append(o.Spec.Assignment.Seats, v1alpha1.Seat{Role: "approver", Users: []v1alpha1.User{amy, bob}})
		}
	}
}

// TestOnlyWhoCompletesATaskClosesIt: the state is not for those who would like a task to be over.
func TestOnlyWhoCompletesATaskClosesIt(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	type changes = func(*v1alpha1.ResponseTask)
	complete := func(o *v1alpha1.ResponseTask) {
		o.Spec.Acts = append(o.Spec.Acts, v1alpha1.TaskAct{ID: "1", Verb: v1alpha1.TaskComplete, Outcome: "founded"})
	}
	in := func(s v1alpha1.TaskState) changes { return func(o *v1alpha1.ResponseTask) { o.Spec.State = s } }
	with := func(outcome v1alpha1.Identifier) changes {
		return func(o *v1alpha1.ResponseTask) { o.Spec.Outcome = outcome }
	}
	acknowledge := func(o *v1alpha1.ResponseTask) {
		o.Spec.Acts = []v1alpha1.TaskAct{{ID: "1", Verb: v1alpha1.TaskAcknowledge}}
	}
	approve := func(o *v1alpha1.ResponseTask) {
		o.Spec.Acts = []v1alpha1.TaskAct{{ID: "1", Verb: v1alpha1.TaskApprove, Digest: "d2"}}
	}
	for name, c := range map[string]struct {
		task    *v1alpha1.ResponseTask
		changes []changes
		says    string
	}{
		"without an act":           {task(t, "default", withOutcomes), []changes{in(v1alpha1.TaskDone)}, "spec.state of a task is changed by the manager only"},
		"with an acknowledgement":  {task(t, "default", withOutcomes), []changes{acknowledge, in(v1alpha1.TaskDone)}, "spec.state"},
		"by cancelling it":         {task(t, "default", withOutcomes), []changes{complete, in(v1alpha1.TaskCancelled)}, "spec.state"},
		"with another outcome":     {task(t, "default", withOutcomes), []changes{complete, in(v1alpha1.TaskDone), with("unfounded")}, "together with the act that completes it"},
		"an outcome alone":         {task(t, "default", withOutcomes), []changes{with("founded")}, "spec.outcome"},
		"opens a closed one":       {task(t, "default", closed), []changes{in(v1alpha1.TaskOpen)}, "spec.state"},
		"a moment of its own":      {task(t, "default", withOutcomes), []changes{complete, func(o *v1alpha1.ResponseTask) { o.Spec.ClosedAt = o.CreationTimestamp }}, "spec.closedAt"},
		"half an approval":         {task(t, "default", asApproval, seats(2)), []changes{approve, in(v1alpha1.TaskDone), with("approved")}, "changed by the manager only"},
		"approved, says refused":   {task(t, "default", asApproval, seats(1)), []changes{approve, in(v1alpha1.TaskDone), with("refused")}, "changed by the manager only"},
		"an approval, with an act": {task(t, "default", asApproval), []changes{acknowledge, in(v1alpha1.TaskDone)}, "spec.state"},
	} {
		changed := c.task.DeepCopy()
		for _, f := range c.changes {
			f(changed)
		}
		g.Expect(as(t, amy).Update(t.Context(), changed, client.DryRunAll)).To(BeRefusedBy(taskWriter, c.says), name)
		g.Expect(admin(t).Update(t.Context(), changed, client.DryRunAll)).NotTo(Succeed(), name)
	}
	done := newTask("default")
	done.Spec.State = v1alpha1.TaskDone
	g.Expect(manager(t).Create(t.Context(), done)).To(BeRefusedBy(taskWriter, "created already answered"))
}
