package e2e

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// crowd creates n complaints at once.
func (w *world) crowd(prefix string, n int, change ...func(*v1alpha1.ComplaintSpec)) {
	intake := w.as("hotline", "tocsin:intake")
	var all sync.WaitGroup
	errs := make([]error, n)
	for i := range n {
		all.Go(func() {
			c := &v1alpha1.Complaint{ObjectMeta: metav1.ObjectMeta{Namespace: w.ns, Name: fmt.Sprintf("%s-%02d", prefix, i)}, Spec: v1alpha1.ComplaintSpec{
				Statement: "The kettle broke.", ReceivedAt: metav1.NewTime(w.clock.Now()), Complainant: &v1alpha1.Complainant{Pseudonym: fmt.Sprintf("%s-%d", prefix, i)}}}
			for _, f := range change {
				f(&c.Spec)
			}
			errs[i] = intake.Create(w.ctx, c)
		})
	}
	all.Wait()
	for _, err := range errs {
		w.ExpectWithOffset(1, err).NotTo(HaveOccurred())
	}
}

// numbered waits until n complaints have case numbers, all different.
func (w *world) numbered(n int) {
	w.EventuallyWithOffset(1, func(g Gomega) {
		numbers := map[string]string{}
		for _, c := range w.complaints() {
			g.Expect(c.Status.CaseNumber).NotTo(BeEmpty(), c.Name)
			g.Expect(numbers).NotTo(HaveKey(c.Status.CaseNumber), "%s and %s", c.Name, numbers[c.Status.CaseNumber])
			numbers[c.Status.CaseNumber] = c.Name
		}
		g.Expect(numbers).To(HaveLen(n))
	}).Should(Succeed())
}

func TestCaseNumbersAreUniqueAcrossARestart(t *testing.T) {
	w := newWorld(t)
	first := w.manage()
	w.crowd("early", 25)
	first.stop() // in the middle of it
	w.crowd("late", 25)
	w.manage()
	w.numbered(50)
	w.crowd("last", 10)
	w.numbered(60)
}

// No complaint is lost or refused, whether the policy is wrong or the manager is down, and nothing that could be down
// stands between intake and the API server.
func TestInvariant1NoComplaintLost(t *testing.T) {
	w := newWorld(t)
	for _, list := range []client.ObjectList{&admissionv1.ValidatingWebhookConfigurationList{}, &admissionv1.MutatingWebhookConfigurationList{}} {
		w.Expect(admin.List(w.ctx, list)).To(Succeed())
		w.Expect(meta.LenList(list)).To(BeZero(), "%T", list)
	}
	t.Log("the policy is wrong, the manager is down: they come in")
	w.apply(only(policy, "default", strings.NewReplacer("counts.people >= 3", "counts.persons >= 3")))
	w.crowd("dark", 20)
	w.Expect(w.complaints()).To(HaveLen(20))

	t.Log("the manager is up: they are graded and numbered, and say what is wrong")
	w.manage()
	w.numbered(20)
	for _, c := range w.complaints() {
		w.Expect(c.Status.Grading).To(HaveValue(HaveField("Level", BeEquivalentTo("unclassified"))))
		condition := meta.FindStatusCondition(c.Status.Conditions, "PolicyInForce")
		w.Expect(condition).To(HaveValue(And(HaveField("Status", metav1.ConditionFalse), HaveField("Message", ContainSubstring(`TriagePolicy "default" does not compile`)))))
	}
	w.crowd("dusk", 5)
	w.numbered(25)

	t.Log("the policy is mended: all are taken up")
	w.apply(only(policy, "default", strings.NewReplacer()))
	w.Eventually(func(g Gomega) {
		for _, c := range w.complaints() {
			g.Expect(c.Status.Run).NotTo(BeNil(), c.Name)
			g.Expect(c.Status.Grading.Level).To(BeEquivalentTo("general"))
		}
	}).Should(Succeed())

	t.Log("the playbooks are wrong: they are graded and wait, and say so")
	w.apply(only(policy, "general-case", strings.NewReplacer("needs: [checkFacts]", "needs: [nothing]")))
	w.Expect(admin.Delete(w.ctx, get(w, "serious-case", &v1alpha1.Playbook{}))).To(Succeed())
	w.complain("still") // by the last verified revision
	w.Eventually(func() *v1alpha1.Run { return w.complaint("still").Status.Run }).ShouldNot(BeNil())
}

// only is one document of a YAML text, changed.
func only(text, name string, change *strings.Replacer) string {
	for document := range strings.SplitSeq(text, "\n---\n") {
		if strings.Contains(document, "metadata: {name: "+name+"}") {
			return change.Replace(document)
		}
	}
	return ""
}

// Three people complain of the same product; whoever the manager sees first, the last one received is raised.
func TestCountsDoNotDependOnTheOrderOfArrival(t *testing.T) {
	w := newWorld(t)
	w.manage()
	received := func(after time.Duration) func(*v1alpha1.ComplaintSpec) {
		return func(s *v1alpha1.ComplaintSpec) { s.Product, s.ReceivedAt = "kettle", metav1.NewTime(start.Add(after)) }
	}
	w.complain("third", received(3*time.Second))
	w.until("third", HaveField("Grading", HaveValue(HaveField("Level", BeEquivalentTo("general")))))
	w.complain("second", received(2*time.Second))
	w.complain("first", received(time.Second))
	w.until("third", And(HaveField("Grading", HaveValue(HaveField("Rule", "several"))), HaveField("Run", HaveValue(HaveField("Playbook", "serious-case")))))
	w.Expect(w.complaint("first").Status.Grading.Level).To(BeEquivalentTo("general"))
}

// Nobody touches the record: the clock alone raises its level.
func TestTimeCriterionFiresByItself(t *testing.T) {
	w := newWorld(t)
	w.manage()
	w.complain("old")
	w.until("old", HaveField("Run", Not(BeNil())))
	w.told()
	w.clock.SetTime(start.AddDate(0, 0, 30))
	w.until("old", And(HaveField("Grading", HaveValue(HaveField("Rule", "a-month"))), HaveField("Run", HaveValue(HaveField("Playbook", "serious-case")))))
}

// Complaints that raise a crisis at the same moment raise one.
// A changed policy is in force for open complaints at once, with nothing else to wake them.
func TestAChangedPolicyGradesOpenComplaintsAgain(t *testing.T) {
	w := newWorld(t)
	w.manage()
	w.complain("old")
	w.until("old", HaveField("Run", Not(BeNil())))
	w.apply(strings.Replace(policy, "counts.people >= 3", "counts.people >= 1", 1))
	w.until("old", HaveField("Grading.Level", v1alpha1.LevelName("serious")))
}

// A level whose playbook is not there yet takes the complaint over as soon as it is, with nothing else to wake it.
func TestTakeOverWaitsForItsPlaybook(t *testing.T) {
	w := newWorld(t)
	serious := &v1alpha1.Playbook{ObjectMeta: metav1.ObjectMeta{Namespace: w.ns, Name: "serious-case"}}
	w.Expect(admin.Delete(w.ctx, serious)).To(Succeed())
	w.manage()
	w.complain("old")
	w.until("old", HaveField("Run", Not(BeNil())))
	w.told()
	w.clock.SetTime(start.AddDate(0, 0, 30))
	w.until("old", HaveField("Conditions", ContainElement(And(HaveField("Type", "Running"), HaveField("Reason", "TakeOverWaits")))))
	w.apply(policy)
	w.until("old", HaveField("Run.Playbook", "serious-case"))
}

func TestCrowdRaisesOneIncident(t *testing.T) {
	w := newWorld(t)
	w.manage()
	w.crowd("hot", 12, hazard("kettle"))
	var incidents v1alpha1.CrisisIncidentList
	w.Eventually(func(g Gomega) {
		g.Expect(admin.List(w.ctx, &incidents, client.InNamespace(w.ns))).To(Succeed())
		g.Expect(incidents.Items).To(HaveLen(1))
		g.Expect(incidents.Items[0].Status.Provenance).To(HaveLen(12))
	}).Should(Succeed())
	name := incidents.Items[0].Name
	w.do(w.task(name, "contain"), eve, v1alpha1.TaskAct{Verb: v1alpha1.TaskComplete})
	w.untilIncident(name, state(v1alpha1.CaseClosed))
	w.Eventually(func(g Gomega) {
		for _, c := range w.complaints() {
			g.Expect(c.Status.State).To(Equal(v1alpha1.CaseOpen), "%s waits no more", c.Name)
		}
	}).Should(Succeed())
	w.Expect(admin.List(w.ctx, &incidents, client.InNamespace(w.ns))).To(Succeed())
	w.Expect(incidents.Items).To(HaveLen(1))
}

// What is in another namespace than those watched stays untouched.
func TestWatchNamespaces(t *testing.T) {
	theirs, ours := newWorld(t), newWorld(t)
	ours.manage()
	theirs.complain("c1")
	ours.complain("c1")
	ours.until("c1", HaveField("Run", Not(BeNil())))
	ours.told()
	raw := &unstructured.Unstructured{}
	raw.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind("Complaint"))
	get(theirs, "c1", raw)
	ours.Expect(raw.Object).To(HaveKeyWithValue("status", map[string]any{"state": "New"}), "nothing but what the API server fills in")
	ours.Expect(theirs.notices()).To(BeEmpty())
	ours.Expect(get(theirs, "general-case", &v1alpha1.Playbook{}).Status.Conditions).To(BeEmpty())
}
