package controllers

import (
	"testing"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/engine"
)

// byHand creates an incident past every complaint.
func (w *world) byHand(name, playbook, key string) {
	w.create(&v1alpha1.CrisisIncident{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: v1alpha1.CrisisIncidentSpec{
		Title: "Kettles", Level: "crisis", Playbook: v1alpha1.ObjectName(playbook), Team: "crisis", CorrelationKey: key}})
}

// keyOf is the correlation key of a complaint about kettles.
func (w *world) keyOf() string {
	w.complain("first", hazard)
	w.must(w.complaints, "first") // graded and numbered, nothing raised yet
	key := w.complaint("first").Status.CorrelationKey
	w.Expect(key).NotTo(BeEmpty())
	return key
}

// An incident that can never run takes no complaints in, whatever it is called; they raise one of their own, together.
func TestAnIncidentThatCannotRunIsNotJoined(t *testing.T) {
	w := newWorld(t)
	w.furnish()
	key := w.keyOf()
	w.byHand("trap", "nonesuch", key)
	w.byHand(engine.IncidentName(key, 2), "general-case", key)
	w.complain("second", hazard)
	w.settle()
	ref := w.complaint("first").Status.Incident
	w.Expect(ref).NotTo(BeNil())
	w.Expect(w.complaint("second").Status.Incident.Name).To(Equal(ref.Name))
	w.Expect(w.incident(string(ref.Name)).Status.Commander).To(BeEquivalentTo(eve))
	w.Expect(w.story(w.complaint("first"))).To(And(ContainSubstring("raised "+string(ref.Name)+"; "),
		ContainSubstring(`; trap, of the same matter, is not joined, because nobody is called there: there is no Playbook "nonesuch"`)))
	w.Expect(w.condition(w.incident("trap").Status.Conditions, "Staffed")).To(And(states(metav1.ConditionFalse, "Stuck", 1),
		HaveField("Message", ContainSubstring(`nobody is called: there is no Playbook "nonesuch"`))))
	w.Expect(w.condition(w.complaint("first").Status.Conditions, "Staffed").Status).To(Equal(metav1.ConditionTrue))
	w.Expect(w.all()).To(HaveLen(3))

	t.Log("when that is over the next one raises another")
	w.act(w.task(string(ref.Name), "contain"), eve, v1alpha1.TaskAct{Verb: v1alpha1.TaskComplete})
	w.settle()
	w.complain("third", hazard)
	w.settle()
	w.Expect(w.complaint("third").Status.Incident.Name).NotTo(BeElementOf(ref.Name, v1alpha1.ObjectName("trap")))
	w.Expect(w.incident(string(w.complaint("third").Status.Incident.Name)).Status.Commander).To(BeEquivalentTo(eve))
}

// Where every incident of the matter would wait for the same playbook there is one, and its complaints say that nobody is
// called.
func TestIncidentsThatWaitForTheSamePlaybookAreOne(t *testing.T) {
	w := newWorld(t)
	w.furnish()
	w.Expect(w.admin.Delete(w.ctx, read(w, "crisis-response", &v1alpha1.Playbook{}))).To(Succeed())
	w.complain("first", hazard)
	w.complain("second", hazard)
	w.settle()
	w.complain("third", hazard)
	w.settle()
	w.Expect(w.all()).To(HaveLen(1))
	for _, name := range []string{"first", "second", "third"} {
		c := w.complaint(name)
		w.Expect(w.condition(c.Status.Conditions, "Staffed")).To(And(states(metav1.ConditionFalse, "Stuck", 1), HaveField("Message",
			HavePrefix("nobody is called in incident "+w.all()[0].Name+`, of which this is part: there is no Playbook "crisis-response"`))))
		w.Expect(attention(&c.Status.CaseStatus)).To(Equal(needsAttention), "it is looked at when a playbook comes")
	}
	w.apply(crisisYAML)
	w.verify()
	w.settle()
	w.Expect(w.condition(w.complaint("first").Status.Conditions, "Staffed").Status).To(Equal(metav1.ConditionTrue))
	w.Expect(w.condition(w.all()[0].Status.Conditions, "Staffed").Status).To(Equal(metav1.ConditionTrue))
}
