package controllers

import (
	"context"
	"fmt"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/pack"
	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/internal/version"
)

// stuckYAML is the general playbook with a wait for something that does not come where the handler finds the complaint
// unfounded.
var stuckYAML = strings.Replace(generalYAML, "  - name: settle\n    needs: [checkFacts]\n", `  - name: agreed
    needs: [checkFacts]
    noDeadline: The customer decides.
    wait: {until: steps.checkFacts.outcome == "founded"}
  - name: settle
    needs: [agreed]
`, 1)

// A playbook that compiles and can get stuck tells how; new cases run what was verified before it, and those that run go on.
func TestPlaybookThatGetsStuckIsNotInForce(t *testing.T) {
	w := newWorld(t)
	w.furnish()
	first := *read(w, "general-case", &v1alpha1.Playbook{}).Status.Revision
	before := w.complain("before")
	w.settle()

	w.apply(stuckYAML)
	w.verify()
	pb := read(w, "general-case", &v1alpha1.Playbook{})
	w.Expect(w.condition(pb.Status.Conditions, "Verified")).To(And(states(metav1.ConditionFalse, "NotSound", 2), HaveField("Message", And(
		HavePrefix("spec.steps[2].wait.until: step agreed waits until"),
		ContainSubstring("\n\nHow agreed comes to this:\n- Mon 01 Jun 09:00  the run begins\n"),
		ContainSubstring(`answers checkFacts with "unfounded"`),
		ContainSubstring("nothing is left that could move")))))
	w.Expect(w.condition(pb.Status.Conditions, "Ready")).To(And(states(metav1.ConditionTrue, "RevisionReady", 2), HaveField("Message", ContainSubstring(first.Name))))
	w.Expect(*pb.Status.Revision).To(Equal(first))
	w.Expect(w.revisions()).To(ContainElement(first.Name))

	w.complain("after")
	w.settle()
	w.Expect(w.complaint("after").Status.Run.Revision).To(Equal(first), "a new case runs what was verified")
	w.Expect(w.complaint(before.Name).Status.Run.Revision).To(Equal(first))
	w.Expect(w.condition(w.complaint(before.Name).Status.Conditions, "Running").Status).To(Equal(metav1.ConditionTrue))

	t.Log("a new process does not prove it again, and writes nothing")
	w.restart()
	written := w.written()
	w.must(w.playbooks, "general-case")
	w.Expect(w.written()["status Playbook"]).To(Equal(written["status Playbook"]))
	w.Expect(w.shell.Proofs.verdicts.Len()).To(BeZero())

	t.Log("mended, new cases run it")
	w.apply(strings.Replace(stuckYAML, `steps.checkFacts.outcome == "founded"`, "steps.checkFacts.done", 1))
	w.verify()
	pb = read(w, "general-case", &v1alpha1.Playbook{})
	w.Expect(w.condition(pb.Status.Conditions, "Verified")).To(states(metav1.ConditionTrue, "Sound", 3))
	w.Expect(*pb.Status.Revision).NotTo(Equal(first))
	w.complain("mended")
	w.settle()
	w.Expect(w.complaint("mended").Status.Run.Revision).To(Equal(*pb.Status.Revision))
}

// A playbook that was never sound is nobody's, and its complaints say so.
func TestPlaybookThatWasNeverSoundCannotBegin(t *testing.T) {
	w := newWorld(t)
	w.apply(teamsYAML)
	w.apply(triageYAML)
	w.apply(stuckYAML)
	w.verify()
	pb := read(w, "general-case", &v1alpha1.Playbook{})
	w.Expect(w.condition(pb.Status.Conditions, "Ready")).To(states(metav1.ConditionFalse, "NeverVerified", 1))
	w.Expect(pb.Status.Revision).To(BeNil())
	w.complain("waits")
	w.settle()
	w.Expect(w.condition(w.complaint("waits").Status.Conditions, "Running")).To(And(states(metav1.ConditionFalse, "PlaybookNotReady", 1),
		HaveField("Message", ContainSubstring("see its condition Verified"))))
	w.apply(generalYAML)
	w.verify()
	w.settle()
	w.Expect(w.condition(w.complaint("waits").Status.Conditions, "Running").Status).To(Equal(metav1.ConditionTrue))
}

// manyHands is the general playbook with so many people asked at once that its proof takes a while.
func manyHands(n int) string {
	var steps, needs strings.Builder
	for i := range n {
		fmt.Fprintf(&steps, "  - {name: ask%d, noDeadline: None., task: {to: handler, outcomes: [good, bad]}}\n", i)
		fmt.Fprintf(&steps, "  - {name: do%d, needs: [ask%d], when: 'steps.ask%d.outcome == \"good\"', noDeadline: None., task: {to: handler}}\n", i, i, (i+1)%n)
		fmt.Fprintf(&needs, "do%d, ", i)
	}
	return strings.Replace(generalYAML, "  - name: settle\n    needs: [checkFacts]\n", steps.String()+"  - name: settle\n    needs: ["+needs.String()+"checkFacts]\n", 1)
}

// A proof that takes long is worked out by another worker. Until it is there the playbook says so, and what was verified goes on.
func TestALongProofIsWorkedOutBeside(t *testing.T) {
	w := newWorld(t)
	w.furnish()
	first := *read(w, "general-case", &v1alpha1.Playbook{}).Status.Revision
	w.apply(manyHands(7))
	w.Expect(w.once(w.playbooks, "general-case")).To(Succeed())
	pb := read(w, "general-case", &v1alpha1.Playbook{})
	w.Expect(w.condition(pb.Status.Conditions, "Verified")).To(states(metav1.ConditionUnknown, "BeingProved", 2))
	w.Expect(*pb.Status.Revision).To(Equal(first))
	w.Expect(w.once(w.proofs, "general-case")).To(Succeed())
	w.Expect(w.once(w.playbooks, "general-case")).To(Succeed())
	pb = read(w, "general-case", &v1alpha1.Playbook{})
	w.Expect(w.condition(pb.Status.Conditions, "Verified")).To(states(metav1.ConditionTrue, "Sound", 2))
	w.Expect(*pb.Status.Revision).NotTo(Equal(first))

	t.Log("another release looks at it again; until it has, what the earlier one said stays")
	pb.Status.Proof.Release = "v0.0.1"
	w.Expect(cluster.manager.Status().Update(w.ctx, pb)).To(Succeed())
	w.restart()
	written := w.written()["status Playbook"]
	w.Expect(w.once(w.playbooks, "general-case")).To(Succeed())
	w.Expect(w.written()["status Playbook"]).To(Equal(written))
	w.Expect(w.once(w.proofs, "general-case")).To(Succeed())
	w.Expect(w.once(w.playbooks, "general-case")).To(Succeed())
	w.Expect(read(w, "general-case", &v1alpha1.Playbook{}).Status.Proof.Release).To(Equal(version.Version))
}

// A cluster whose playbooks an earlier release let in without a proof goes on with them, and is told what is wrong.
func TestARevisionOfAnEarlierReleaseGoesOn(t *testing.T) {
	w := newWorld(t)
	w.furnish()
	w.apply(stuckYAML)
	pb := read(w, "general-case", &v1alpha1.Playbook{})
	closure, err := w.shell.closureOf(w.ctx, pb)
	w.Expect(err).NotTo(HaveOccurred())
	data, digest, err := closure.Encode()
	w.Expect(err).NotTo(HaveOccurred())
	pb.Status.Revision, err = w.shell.storeRevision(w.ctx, pb, policyPlaybook, data, digest)
	w.Expect(err).NotTo(HaveOccurred())
	pb.Status.Proof = nil
	w.Expect(cluster.manager.Status().Update(w.ctx, pb)).To(Succeed())
	old := *pb.Status.Revision

	w.must(w.playbooks, "general-case")
	pb = read(w, "general-case", &v1alpha1.Playbook{})
	w.Expect(w.condition(pb.Status.Conditions, "Verified").Reason).To(Equal("NotSound"))
	w.Expect(w.condition(pb.Status.Conditions, "Ready")).To(And(HaveField("Status", metav1.ConditionTrue),
		HaveField("Message", ContainSubstring("an earlier release let it in without the proof that it lacks"))))
	w.Expect(*pb.Status.Revision).To(Equal(old))
	w.complain("c1")
	w.settle()
	w.Expect(w.complaint("c1").Status.Run.Revision).To(Equal(old))
}

// What is too large to be proved is in force all the same, and says what was not looked at.
func TestAProofThatIsGivenUp(t *testing.T) {
	g := NewWithT(t)
	plan := planOf(t, manyHands(4))
	proofs := NewProofs()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	v, whole := proofs.Within(ended, proofTime, nil, "digest", plan)
	g.Expect(whole).To(BeFalse())
	g.Expect(v.Sound()).To(BeFalse())
	g.Expect(proofs.verdicts.Len()).To(BeZero(), "another one may have more time")
	status, reason, message := settled(v, &playbook.Plan{})
	g.Expect(status).To(Equal(metav1.ConditionTrue))
	g.Expect(reason).To(Equal("SoundWithinBounds"))
	g.Expect(message).To(ContainSubstring("not proved"))
}

// planOf is the plan of a playbook that needs no other object.
func planOf(t *testing.T, text string) *playbook.Plan {
	t.Helper()
	g := NewWithT(t)
	p := pack.New()
	g.Expect(p.Add("pack.yaml", []byte("apiVersion: crisis.tocsin.dev/v1alpha1"+text))).To(Succeed())
	for name := range p.Playbooks {
		plan, problems := playbook.Compile(p.Closure(name))
		g.Expect(problems).To(BeEmpty())
		return plan
	}
	return nil
}
