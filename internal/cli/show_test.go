package cli

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/engine"
)

func TestShowTellsWhatIsApproved(t *testing.T) {
	w := newWorld(t)
	w.complaint("kettle-17", v1alpha1.ComplaintStatus{CaseNumber: "TS20260302001", CaseStatus: v1alpha1.CaseStatus{Responders: []v1alpha1.User{"ana"}},
		Grading: &v1alpha1.Grading{Level: "serious", Reason: "it burns", Policy: "p", At: minutes(-80)}})
	plan := w.task("kettle-17-plan-0a1b", func(s *v1alpha1.ResponseTaskSpec) {
		s.Writes, s.Instructions = v1alpha1.WritesRemedy, "Plan what to offer."
	})
	w.Expect(w.as("ana", "done", "kettle-17-plan", "--remedy-kind", "Refund,Apology", "--amount", "100.5", "--currency", "CNY",
		"--remedy-reason", "The full price.")).To(HaveField("Code", exitOK))
	var c v1alpha1.Complaint
	read := func() {
		w.Expect(w.admin.Get(w.ctx, client.ObjectKey{Namespace: w.namespace, Name: "kettle-17"}, &c)).To(Succeed())
	}
	read()
	w.task("kettle-17-approve-0a1c", func(s *v1alpha1.ResponseTaskSpec) {
		s.Type, s.Step, s.Round = v1alpha1.TaskTypeApproval, "recover/approveRemedy", 2
		s.Assignment = v1alpha1.Assignment{
			MayAct: []v1alpha1.User{"zhao", "bo"}, Seats: []v1alpha1.Seat{{Role: "supervisor", Users: []v1alpha1.User{"zhao", "bo"}}},
			Recused: []v1alpha1.Recusal{{User: "ana", Reason: "did the step that is to be approved"}}, DueAt: minutes(90), Digest: engine.RemedyDigest(c.Spec.Remedy),
		}
	})
	r := w.as("zhao", "show", "kettle-17-approve")
	w.Expect(r.Code).To(Equal(exitOK), r.Err)
	w.golden("show-approval.golden", r.Out)
	w.reopen(plan)
	w.golden("show-work.golden", w.as("ana", "show", "kettle-17-plan-0a1b").Out)
	for _, private := range []string{privateStatement, "Chen Jia", "138 0000", "C-4711"} {
		w.Expect(w.said.String()).NotTo(ContainSubstring(private))
	}

	w.task("kettle-17-reach-0a1d", func(s *v1alpha1.ResponseTaskSpec) {
		s.Assignment.DueAt, s.Assignment.StoppedAt, s.Assignment.StoppedUntil = minutes(150), minutes(-20), minutes(5*24*60-20)
	})
	w.Expect(w.as("ana", "show", "kettle-17-reach").Out).To(ContainSubstring("Due      clock stopped since 11:40 (at most 5 d); was due 2026-03-02 14:30 UTC, which moves by as long as it stands still\n"))

	w.Expect(w.as("ana", "handover", "kettle-17-reach", "--to", "bo", "--reason", "on leave")).To(HaveField("Code", exitOK))
	handed := &v1alpha1.ResponseTask{}
	w.Expect(w.admin.Get(w.ctx, client.ObjectKey{Namespace: w.namespace, Name: "kettle-17-reach-0a1d"}, handed)).To(Succeed())
	handed.Status.Conditions = []metav1.Condition{{Type: "ActLeftOut", Status: metav1.ConditionTrue, Reason: "HandOver", Message: "HandOver was left out: bo is away", LastTransitionTime: minutes(0)}}
	w.Expect(w.manager.Status().Update(w.ctx, handed)).To(Succeed())
	w.Expect(w.as("ana", "show", "kettle-17-reach").Out).To(And(ContainSubstring("ana · HandOver to bo · on leave\n"), MatchRegexp("Left out +HandOver was left out: bo is away\n")))

	t.Log("a remedy that changes meanwhile is not shown as what is to be approved")
	w.Expect(w.as("ana", "done", "kettle-17-plan-0a1b", "--remedy-kind", "Refund", "--remedy-reason", "Half the price.")).To(HaveField("Code", exitOK))
	w.Expect(w.as("zhao", "show", "kettle-17-approve").Out).To(And(ContainSubstring("has changed since this was asked"), Not(ContainSubstring("Half the price"))))
}

// A deadline in working time shows by which calendar it was counted, and what that did not know.
func TestShowTellsWhatADeadlineWasCountedBy(t *testing.T) {
	w := newWorld(t)
	step := v1alpha1.StepState{Name: "checkFacts", State: v1alpha1.StepWaiting, DueAt: minutes(200), Calendar: "office@0123456789ab", HolidaysKnownUntil: "2026-12-31"}
	w.complaint("kettle-17", v1alpha1.ComplaintStatus{CaseStatus: v1alpha1.CaseStatus{Run: &v1alpha1.Run{
		Version: 1, ID: 1, Playbook: "general", Revision: v1alpha1.RevisionReference{Name: "general-1", Digest: strings.Repeat("0", 64)},
		StartedAt: minutes(-60), Steps: []v1alpha1.StepState{step},
	}}})
	w.task("kettle-17-check-0a1b", nil)
	w.Expect(w.as("ana", "show", "kettle-17-check").Out).To(MatchRegexp(`(?m)^Counted by +BusinessCalendar office@0123456789ab, which knows public holidays until 2026-12-31 only: counted as if none came after$`))

	t.Log("a deadline that was moved since is another one")
	w.task("kettle-17-move-0a1b", func(s *v1alpha1.ResponseTaskSpec) { s.Assignment.DueAt = minutes(300) })
	w.Expect(w.as("ana", "show", "kettle-17-move").Out).NotTo(ContainSubstring("Counted by"))
}

// A task that is done is not due any more.
func TestShowOfAClosedTask(t *testing.T) {
	w := newWorld(t)
	w.complaint("kettle-17", v1alpha1.ComplaintStatus{})
	task := w.task("kettle-17-check-0a1b", nil)
	task.Spec.State, task.Spec.Outcome, task.Spec.ClosedAt = v1alpha1.TaskDone, "founded", minutes(-5)
	w.Expect(w.manager.Update(w.ctx, task)).To(Succeed())
	w.Expect(w.as("ana", "show", "kettle-17-check").Out).To(And(MatchRegexp(`(?m)^Closed +2026-03-02 11:55 UTC · founded · was due 2026-03-02 15:20 UTC$`), Not(ContainSubstring("Due "))))
}

func TestANamespaceThatDoesNotExistIsSaid(t *testing.T) {
	w := newWorld(t)
	for _, args := range [][]string{{"mine"}, {"status"}, {"show", "x"}, {"ack", "x"}, {"timeline", "x"}, {"postmortem", "x"}} {
		r := w.as("ana", append(args, "-n", "nosuchns")...)
		w.Expect(r.Code).To(Equal(exitRefused), "%v", args)
		w.Expect(r.Err).To(And(HavePrefix(`error: there is no namespace "nosuchns" in the cluster at https://`), ContainSubstring("check -n")), "%v", args)
		w.Expect(r.Out).To(BeEmpty())
	}
}

func TestArgumentsAreNamed(t *testing.T) {
	w := newWorld(t)
	for want, args := range map[string][]string{
		"error: done needs TASK, the name of a ResponseTask or the beginning of one":  {"done"},
		"error: timeline needs RECORD, the name of a complaint or an incident":        {"timeline"},
		"error: postmortem takes one argument, NAME, of a post-mortem":                {"postmortem", "a", "b"},
		"error: import needs FILE.csv":                                                {"import"},
		`error: mine takes no arguments, it lists what waits for you; kubectl tocsin`: {"mine", "kettle"},
	} {
		r := w.as("ana", args...)
		w.Expect(r).To(And(HaveField("Code", exitUsage), HaveField("Err", HavePrefix(want))), "%v", args)
	}
}
