package controllers

import (
	"fmt"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
)

func (w *world) revisions() []string {
	var list appsv1.ControllerRevisionList
	w.Expect(w.admin.List(w.ctx, &list, client.InNamespace(w.ns))).To(Succeed())
	var names []string
	for _, r := range list.Items {
		names = append(names, r.Name)
	}
	return names
}

func TestPlaybookIsVerifiedAndPinned(t *testing.T) {
	w := newWorld(t)
	w.apply(teamsYAML)
	w.apply(generalYAML)
	w.must(w.playbooks, "general-case")
	pb := read(w, "general-case", &v1alpha1.Playbook{})
	w.Expect(pb.Status.ObservedGeneration).To(Equal(pb.Generation))
	w.Expect(w.condition(pb.Status.Conditions, "Verified")).To(states(metav1.ConditionTrue, "Sound", 1))
	w.Expect(w.condition(pb.Status.Conditions, "Ready")).To(states(metav1.ConditionTrue, "RevisionReady", 1))
	w.Expect(pb.Status.Steps).To(Equal(int32(3)))
	first := *pb.Status.Revision
	w.Expect(w.revisions()).To(ConsistOf(first.Name))

	t.Log("nothing new: nothing is written")
	before := w.written()
	w.must(w.playbooks, "general-case")
	w.Expect(w.written()["status Playbook"]).To(Equal(before["status Playbook"]))

	t.Log("a mistake is named with its field, and the last verified revision goes on")
	w.apply(strings.Replace(generalYAML, "needs: [checkFacts]", "needs: [checkFact]", 1))
	w.must(w.playbooks, "general-case")
	pb = read(w, "general-case", &v1alpha1.Playbook{})
	w.Expect(w.condition(pb.Status.Conditions, "Verified")).To(And(states(metav1.ConditionFalse, "DoesNotCompile", 2),
		HaveField("Message", And(ContainSubstring("spec.steps[2].needs[0]"), ContainSubstring("checkFact")))))
	w.Expect(w.condition(pb.Status.Conditions, "Ready")).To(states(metav1.ConditionTrue, "RevisionReady", 2))
	w.Expect(*pb.Status.Revision).To(Equal(first))
	w.Expect(pb.Status.ObservedGeneration).To(Equal(int64(2)))
	w.Expect(w.revisions()).To(ConsistOf(first.Name))

	t.Log("mended, it gets another revision; the old one goes, nobody needs it")
	w.apply(strings.Replace(generalYAML, "elapsed: 48h", "elapsed: 72h", 1))
	w.must(w.playbooks, "general-case")
	pb = read(w, "general-case", &v1alpha1.Playbook{})
	w.Expect(w.condition(pb.Status.Conditions, "Verified")).To(states(metav1.ConditionTrue, "Sound", 3))
	w.Expect(pb.Status.Revision.Name).NotTo(Equal(first.Name))
	w.Expect(w.revisions()).To(ConsistOf(pb.Status.Revision.Name))
}

func TestPlaybookThatNeverCompiledCannotBegin(t *testing.T) {
	w := newWorld(t)
	w.apply(teamsYAML)
	w.apply(triageYAML)
	for name, change := range map[string][2]string{
		"template": {`subject: "Your case {{.Case}}"`, `subject: "Your case {{.CaseNumbre}}"`},
		"calendar": {"elapsed: 48h", "working: 2d"},
		"unknown":  {"task: {to: handler}", "task: {to: handlr}"},
		"cycle":    {"needs: [checkFacts]", "needs: [settle]"},
	} {
		w.apply(strings.Replace(strings.Replace(generalYAML, change[0], change[1], 1), "general-case", "broken-"+name, 1))
		w.must(w.playbooks, "broken-"+name)
		pb := read(w, "broken-"+name, &v1alpha1.Playbook{})
		verified := w.condition(pb.Status.Conditions, "Verified")
		w.Expect(verified).To(And(states(metav1.ConditionFalse, "DoesNotCompile", 1), HaveField("Message", ContainSubstring("spec."))), name)
		w.Expect(w.condition(pb.Status.Conditions, "Ready")).To(states(metav1.ConditionFalse, "NeverVerified", 1))
		w.Expect(pb.Status.Revision).To(BeNil())
	}
	w.apply(strings.Replace(generalYAML, "elapsed: 48h", "working: 2d", 1))
	w.verify()
	w.complain("waits")
	w.settle()
	c := w.complaint("waits")
	w.Expect(c.Status.Grading.Level).To(BeEquivalentTo("general"), "it is graded all the same")
	w.Expect(c.Status.CaseNumber).NotTo(BeEmpty())
	w.Expect(w.condition(c.Status.Conditions, "Running")).To(And(states(metav1.ConditionFalse, "PlaybookNotReady", 1),
		HaveField("Message", ContainSubstring("general-case"))))
	w.apply(generalYAML)
	w.verify()
	w.settle()
	w.Expect(w.condition(w.complaint("waits").Status.Conditions, "Running").Status).To(Equal(metav1.ConditionTrue))
}

func TestRevisionsStayWhileRunsNeedThem(t *testing.T) {
	w := newWorld(t)
	w.furnish()
	w.apply(strings.Replace(generalYAML, "general-case", "general-case-two", 1))
	w.verify()
	other := read(w, "general-case-two", &v1alpha1.Playbook{}).Status.Revision.Name
	c := w.complain("c1")
	w.settle()
	pinned := w.complaint("c1").Status.Run.Revision.Name

	t.Log("the playbook changes: the run keeps its revision, new runs take the new one")
	w.apply(strings.Replace(generalYAML, "elapsed: 48h", "elapsed: 72h", 1))
	w.verify()
	current := read(w, "general-case", &v1alpha1.Playbook{}).Status.Revision.Name
	w.Expect(w.revisions()).To(ContainElements(pinned, current, other), "another playbook's revision is not touched, though its name begins alike")
	w.complain("c2")
	w.settle()
	w.Expect(w.complaint("c1").Status.Run.Revision.Name).To(Equal(pinned))
	w.Expect(w.complaint("c2").Status.Run.Revision.Name).To(Equal(current))

	t.Log("the playbook is deleted: the runs go on, also in a new process")
	w.Expect(w.admin.Delete(w.ctx, read(w, "general-case", &v1alpha1.Playbook{}))).To(Succeed())
	w.must(w.playbooks, "general-case")
	w.restart()
	w.act(w.task("c1", "checkFacts"), amy, v1alpha1.TaskAct{Verb: v1alpha1.TaskComplete, Outcome: "founded"})
	w.settle()
	w.act(w.task("c1", "settle"), amy, v1alpha1.TaskAct{Verb: v1alpha1.TaskComplete})
	w.settle()
	w.Expect(w.complaint("c1").Status.State).To(Equal(v1alpha1.CaseClosed))
	w.must(w.playbooks, "general-case")
	w.Expect(w.revisions()).To(ContainElements(pinned, current), "a closed case can be re-opened")

	t.Log("the record goes: its revision, too")
	w.decide(c, cleo, v1alpha1.RecordAct{Verb: v1alpha1.RecordRelease, Reason: "a test"})
	w.Expect(w.admin.Delete(w.ctx, w.complaint("c1"))).To(Succeed())
	w.Expect(executed(w.ctx, &v1alpha1.Complaint{ObjectMeta: metav1.ObjectMeta{Namespace: w.ns}, Status: v1alpha1.ComplaintStatus{
		CaseStatus: v1alpha1.CaseStatus{Run: &v1alpha1.Run{Playbook: "general-case"}}}})).To(HaveLen(1))
	w.must(w.playbooks, "general-case")
	w.Expect(w.revisions()).To(And(ContainElements(current, other), Not(ContainElement(pinned))))
}

// A playbook that climbs from the top of its ladder is carried out and says so, until somebody is above.
func TestPlaybookThatClimbsToNobody(t *testing.T) {
	w := newWorld(t)
	w.furnish()
	pb := read(w, "general-case", &v1alpha1.Playbook{})
	w.Expect(w.condition(pb.Status.Conditions, "Escalates").Status).To(Equal(metav1.ConditionTrue))
	pb.Spec.Ladder = pb.Spec.Ladder[:1]
	w.Expect(w.admin.Update(w.ctx, pb)).To(Succeed())
	w.must(w.playbooks, "general-case")
	pb = read(w, "general-case", &v1alpha1.Playbook{})
	w.Expect(w.condition(pb.Status.Conditions, "Verified").Status).To(Equal(metav1.ConditionTrue))
	w.Expect(w.condition(pb.Status.Conditions, "Escalates")).To(And(states(metav1.ConditionFalse, "NobodyAbove", pb.Generation),
		HaveField("Message", ContainSubstring("which is at the top of the ladder"))))
	pb.Spec.Ladder = nil
	w.Expect(w.admin.Update(w.ctx, pb)).To(Succeed())
	w.must(w.playbooks, "general-case")
	pb = read(w, "general-case", &v1alpha1.Playbook{})
	w.Expect(pb.Status.Conditions).NotTo(ContainElement(HaveField("Type", "Escalates")), "it does not compile")
}

// A playbook with many faults names every one of them in its condition.
func TestAPlaybookNamesAllItsFaults(t *testing.T) {
	w := newWorld(t)
	text := "{apiVersion: crisis.tocsin.dev/v1alpha1, kind: Playbook, metadata: {name: faulty}, spec: {for: Complaint, steps: ["
	for i := range 40 {
		text += fmt.Sprintf("{name: step%d, needs: [nothing%d], task: {to: nobody%d}, within: {elapsed: 4h}},\n", i, i, i)
	}
	w.apply(text + "]}}")
	w.verify()
	c := w.condition(read(w, "faulty", &v1alpha1.Playbook{}).Status.Conditions, "Verified")
	w.Expect(c.Status).To(Equal(metav1.ConditionFalse))
	for i := range 40 {
		w.Expect(c.Message).To(ContainSubstring(fmt.Sprintf("spec.steps[%d]", i)))
	}
	w.Expect(c.Message).NotTo(ContainSubstring("more"))
}
