package controllers

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// A rule that never decides, and one whose condition some complaints leave without an answer, keep no policy from its work; they are
// told where it is, and to whoever applies it.
func TestTriagePolicyThatIsDoubtful(t *testing.T) {
	w := newWorld(t)
	w.furnish()
	w.apply(strings.NewReplacer("counts.people >= 3", "counts.people >= 3 && counts.people < 2", `"'agitated' in complaint.signals"`, `'complaint.signals[3] == "agitated"'`).Replace(triageYAML))
	w.must(w.triage, "default")
	tp := read(w, "default", &v1alpha1.TriagePolicy{})
	doubts := And(ContainSubstring("spec.rules[1].when: the condition "), ContainSubstring("has no answer where "))
	never := And(ContainSubstring("spec.rules[2].when: the rule several never matches"), ContainSubstring("; correct its condition"))
	w.Expect(w.condition(tp.Status.Conditions, "Verified")).To(And(states(metav1.ConditionTrue, "Compiled", 2), HaveField("Message", And(HavePrefix("4 rules\n"), doubts, never))))
	w.Expect(tp.Status.Revision.Name).NotTo(BeEmpty())
	refusal := &TriagePolicyRefusal{Shell: w.shell}
	warned, err := refusal.ValidateCreate(w.ctx, tp)
	w.Expect(err).NotTo(HaveOccurred())
	w.Expect(warned).To(ConsistOf(doubts, never))
}

func TestTriagePolicyThatDoesNotCompile(t *testing.T) {
	w := newWorld(t)
	w.furnish()
	tp := read(w, "default", &v1alpha1.TriagePolicy{})
	w.Expect(w.condition(tp.Status.Conditions, "Verified")).To(states(metav1.ConditionTrue, "Compiled", 1))
	w.Expect(w.condition(tp.Status.Conditions, "Ready")).To(states(metav1.ConditionTrue, "Compiled", 1))
	first := tp.Status.Revision.Name
	w.Expect(w.revisions()).To(ContainElement(first))

	broken := strings.NewReplacer("counts.people >= 3", "counts.persons >= 3", "three different people", "some").Replace(triageYAML)
	w.apply(broken)
	w.must(w.triage, "default")
	tp = read(w, "default", &v1alpha1.TriagePolicy{})
	w.Expect(tp.Status.ObservedGeneration).To(Equal(int64(2)))
	w.Expect(w.condition(tp.Status.Conditions, "Verified")).To(And(states(metav1.ConditionFalse, "DoesNotCompile", 2),
		HaveField("Message", ContainSubstring("spec.rules[2].when"))))
	w.Expect(w.condition(tp.Status.Conditions, "Ready")).To(And(states(metav1.ConditionFalse, "DoesNotCompile", 2),
		HaveField("Message", ContainSubstring(first))))

	t.Log("a rule that costs too much is named as well")
	costly := "complaint.signals.all(a, complaint.signals.all(b, complaint.signals.all(c, complaint.signals.all(d, complaint.signals.all(e, a + b + c + d + e != '')))))"
	w.apply(strings.Replace(triageYAML, "counts.people >= 3", `"`+costly+`"`, 1))
	w.must(w.triage, "default")
	w.Expect(w.condition(read(w, "default", &v1alpha1.TriagePolicy{}).Status.Conditions, "Verified")).To(And(HaveField("Status", metav1.ConditionFalse),
		HaveField("Message", And(ContainSubstring("spec.rules[2].when"), ContainSubstring("cost")))))

	t.Log("complaints are graded by what was verified last, and say so; also in a new process")
	for _, name := range []string{"c1", "c2"} {
		w.complain(name, signal("agitated"))
		w.settle()
		c := w.complaint(name)
		w.Expect(c.Status.Grading).To(And(HaveField("Level", BeEquivalentTo("serious")), HaveField("Policy", "default@1")))
		w.Expect(w.condition(c.Status.Conditions, "PolicyInForce")).To(And(states(metav1.ConditionFalse, "LastVerified", 1),
			HaveField("Message", ContainSubstring(first))))
		w.restart()
	}

	t.Log("mended, the old revision is removed")
	w.apply(strings.Replace(triageYAML, ">= 3", ">= 4", 1))
	w.must(w.triage, "default")
	tp = read(w, "default", &v1alpha1.TriagePolicy{})
	w.Expect(w.revisions()).To(And(ContainElement(tp.Status.Revision.Name), Not(ContainElement(first))))
	w.settle()
	w.Expect(w.condition(w.complaint("c1").Status.Conditions, "PolicyInForce").Status).To(Equal(metav1.ConditionTrue))

	t.Log("deleted, it leaves nothing behind")
	w.Expect(w.admin.Delete(w.ctx, tp)).To(Succeed())
	w.must(w.triage, "default")
	w.Expect(w.revisions()).NotTo(ContainElement(tp.Status.Revision.Name))
}

func TestTriagePolicyThatNeverCompiled(t *testing.T) {
	w := newWorld(t)
	w.apply(strings.Replace(triageYAML, "defaultLevel: general", "defaultLevel: usual", 1))
	w.must(w.triage, "default")
	tp := read(w, "default", &v1alpha1.TriagePolicy{})
	w.Expect(tp.Status.Revision).To(BeNil())
	w.Expect(w.condition(tp.Status.Conditions, "Verified")).To(And(HaveField("Status", metav1.ConditionFalse),
		HaveField("Message", And(ContainSubstring("spec.defaultLevel"), ContainSubstring("usual")))))
	w.complain("c1")
	w.settle()
	c := w.complaint("c1")
	w.Expect(c.Status.Grading.Level).To(BeEquivalentTo("unclassified"))
	w.Expect(w.condition(c.Status.Conditions, "PolicyInForce")).To(And(states(metav1.ConditionFalse, "BuiltIn", 1),
		HaveField("Message", ContainSubstring(`TriagePolicy "default" does not compile`))))
}

func TestComplaintWithoutPolicy(t *testing.T) {
	w := newWorld(t)
	w.complain("none")
	w.complain("unknown", func(s *v1alpha1.ComplaintSpec) { s.Policy = "retail" })
	w.settle()
	for name, message := range map[string]string{"none": "no TriagePolicy; apply one", "unknown": `no TriagePolicy "retail"`} {
		c := w.complaint(name)
		w.Expect(c.Status.Grading.Level).To(BeEquivalentTo("unclassified"))
		w.Expect(c.Status.CaseNumber).To(HavePrefix("TS20260302"))
		w.Expect(w.condition(c.Status.Conditions, "PolicyInForce")).To(And(states(metav1.ConditionFalse, "BuiltIn", 1), HaveField("Message", ContainSubstring(message))))
		w.Expect(w.condition(c.Status.Conditions, "Running")).To(And(states(metav1.ConditionFalse, "NoPlaybook", 1),
			HaveField("Message", And(HavePrefix("unclassified, so nobody is asked yet: "), ContainSubstring(message), HaveSuffix("goes on by itself")))))
		w.Expect(w.condition(c.Status.Conditions, "Graded").Message).To(ContainSubstring("no TriagePolicy grades it"))
		w.Expect(w.condition(c.Status.Conditions, "Ready").Status).To(Equal(metav1.ConditionTrue))
	}
	w.furnish()
	w.settle()
	c := w.complaint("none")
	w.Expect(c.Status.Grading.Level).To(BeEquivalentTo("general"), "a policy that comes later takes it up")
	w.Expect(w.condition(c.Status.Conditions, "Running").Status).To(Equal(metav1.ConditionTrue))
	w.Expect(w.complaint("unknown").Status.Grading.Level).To(BeEquivalentTo("unclassified"), "it names another")
}

// Another policy in the namespace, or none for a while, changes nothing for the complaints that name none.
func TestASecondTriagePolicyTakesNothingOver(t *testing.T) {
	w := newWorld(t)
	w.furnish()
	w.complain("c1", func(s *v1alpha1.ComplaintSpec) { s.Signals = []v1alpha1.Identifier{"safety-hazard"} })
	w.settle()
	before := *w.complaint("c1").Status.Grading
	w.Expect(before.Level).NotTo(BeEquivalentTo("unclassified"))

	w.create(&v1alpha1.TriagePolicy{ObjectMeta: metav1.ObjectMeta{Name: "another"}, Spec: v1alpha1.TriagePolicySpec{
		DefaultLevel: "usual", Levels: []v1alpha1.Level{{Name: "usual"}}}})
	w.must(w.complaints, "c1")
	w.Expect(*w.complaint("c1").Status.Grading).To(Equal(before))

	var list v1alpha1.TriagePolicyList
	w.Expect(w.admin.List(w.ctx, &list, client.InNamespace(w.ns))).To(Succeed())
	for i := range list.Items {
		w.Expect(w.admin.Delete(w.ctx, &list.Items[i])).To(Succeed())
	}
	w.must(w.complaints, "c1")
	c := w.complaint("c1")
	w.Expect(c.Status.Grading.Level).To(Equal(before.Level), "no policy lowers no level")
	w.Expect(w.condition(c.Status.Conditions, "PolicyInForce")).To(And(states(metav1.ConditionFalse, "BuiltIn", 1),
		HaveField("Message", And(HavePrefix("the level stays as it is"), HaveSuffix("apply one")))))
}

// A level whose playbook is not there shows on the policy, before a complaint of that level waits for it.
func TestTriagePolicyWithoutPlaybooks(t *testing.T) {
	w := newWorld(t)
	w.apply(teamsYAML)
	w.apply(triageYAML)
	w.apply(generalYAML)
	w.verify()
	tp := read(w, "default", &v1alpha1.TriagePolicy{})
	w.Expect(w.condition(tp.Status.Conditions, "Verified").Status).To(Equal(metav1.ConditionTrue))
	w.Expect(w.condition(tp.Status.Conditions, "Ready")).To(And(states(metav1.ConditionFalse, "PlaybookNotReady", 1),
		HaveField("Message", And(ContainSubstring(`spec.levels[0].playbook (level crisis): there is no Playbook "crisis-case"`),
			ContainSubstring("level serious"), Not(ContainSubstring("level general"))))))
	w.apply(seriousYAML)
	w.apply(crisisYAML)
	w.verify()
	w.Expect(w.condition(read(w, "default", &v1alpha1.TriagePolicy{}).Status.Conditions, "Ready").Status).To(Equal(metav1.ConditionTrue))
}
