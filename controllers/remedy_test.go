package controllers

import (
	"testing"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
)

const approvedYAML = `
kind: Playbook
metadata: {name: general-case}
spec:
  for: Complaint
  roles:
  - {name: handler, team: desk, duty: agent}
  - {name: supervisor, team: desk, duty: supervisor, not: [handler]}
  ladder: [handler, supervisor]
  steps:
  - name: plan
    task: {to: handler, writes: remedy}
    within: {elapsed: 24h}
    overdue: {climb: Ladder}
  - name: approve
    needs: [plan]
    approval: {by: [supervisor], of: remedy}
    within: {elapsed: 24h}
    overdue: {climb: Ladder}
  - name: carryOut
    needs: [approve]
    task: {to: handler}
    within: {elapsed: 48h}
    overdue: {climb: Ladder}
`

func (w *world) offer(by v1alpha1.User, complaint, remedy string) {
	c := w.complaint(complaint)
	patch := client.RawPatch(types.MergePatchType, []byte(`{"spec":{"remedy":`+remedy+`}}`))
	w.ExpectWithOffset(1, w.as(by).Patch(w.ctx, c, patch)).To(Succeed())
}

// TestInvariant4WhoRewritesTheRemedyDoesNotApproveIt: an approver puts other words into what is to be approved, past
// every task. The approval is void, somebody else is asked, and the API server refuses the rewriter.
func TestInvariant4WhoRewritesTheRemedyDoesNotApproveIt(t *testing.T) {
	w := newWorld(t)
	w.apply(teamsYAML)
	w.apply(triageYAML)
	w.apply(approvedYAML)
	w.verify()
	w.complain("kettle")
	w.settle()
	w.act(w.task("kettle", "plan"), amy, v1alpha1.TaskAct{Verb: v1alpha1.TaskComplete})
	w.settle()
	w.Expect(w.condition(w.task("kettle", "plan").Status.Conditions, "ActLeftOut")).To(And(HaveField("Status", metav1.ConditionTrue),
		HaveField("Reason", "Complete"), HaveField("Message", ContainSubstring("Complete by amy was left out: spec.remedy of the record is still empty"))))
	w.Expect(w.task("kettle", "plan").Spec.State).To(Equal(v1alpha1.TaskOpen), "opened again")
	w.offer(amy, "kettle", `{"kinds":["Exchange"],"reason":"A new kettle."}`)
	w.act(w.task("kettle", "plan"), amy, v1alpha1.TaskAct{Verb: v1alpha1.TaskComplete})
	w.settle()
	approval := w.task("kettle", "approve")
	w.Expect(approval.Spec.Assignment.Seats).To(HaveExactElements(HaveField("Users", ConsistOf(BeEquivalentTo(cleo), BeEquivalentTo(dan)))))
	cleoFirst := approval.Spec.Assignment.Seats[0].Users[0] == cleo
	rewriter, other := v1alpha1.User(dan), v1alpha1.User(cleo)
	if cleoFirst {
		rewriter, other = cleo, dan
	}
	w.Expect(w.task("kettle", "plan").Spec.State).To(Equal(v1alpha1.TaskDone))
	stale := approval.Spec.Assignment.Digest

	w.offer(rewriter, "kettle", `{"kinds":["Exchange","Gift"],"reason":"A new kettle and a cup."}`)
	t.Log("before the manager has looked: the act is taken, for the version that is gone")
	w.act(approval, rewriter, v1alpha1.TaskAct{Verb: v1alpha1.TaskApprove, Digest: stale})
	w.settle()
	approval = w.task("kettle", "approve")
	w.Expect(approval.Spec.Assignment.Digest).NotTo(Equal(stale))
	w.Expect(approval.Spec.Assignment.MayAct).To(ConsistOf(other))
	w.Expect(approval.Spec.Assignment.Recused).To(ContainElement(And(HaveField("User", rewriter), HaveField("Reason", "wrote what is to be approved"))))
	w.Expect(step(w.complaint("kettle").Status.Run, "approve").State).To(Equal(v1alpha1.StepWaiting))
	w.Expect(w.entries(w.complaint("kettle"))).To(ContainElements(
		And(HaveField("Type", v1alpha1.EventApprovalVoid), HaveField("Actor", rewriter)),
		And(HaveField("Type", v1alpha1.EventAsked), HaveField("Actor", other)),
		And(HaveField("Type", v1alpha1.EventActIgnored), HaveField("Actor", rewriter)),
	))
	w.Expect(w.tryAct(approval, rewriter, v1alpha1.TaskAct{Verb: v1alpha1.TaskApprove, Digest: approval.Spec.Assignment.Digest})).
		To(MatchError(ContainSubstring("wrote what is to be approved")))

	w.act(approval, other, v1alpha1.TaskAct{Verb: v1alpha1.TaskApprove, Digest: approval.Spec.Assignment.Digest})
	w.settle()
	w.Expect(step(w.complaint("kettle").Status.Run, "approve").By).To(Equal([]v1alpha1.User{other}))

}
