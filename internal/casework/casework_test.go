package casework_test

import (
	"fmt"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/casework"
	"tocsin.dev/tocsin/internal/engine"
	"tocsin.dev/tocsin/internal/triage"
)

func kettle() v1alpha1.ComplaintSpec {
	return v1alpha1.ComplaintSpec{
		Channel: "Hotline", Product: "kettle", Statement: "The lid does not close.", ReceivedAt: metav1.NewTime(start),
		Complainant: &v1alpha1.Complainant{Pseudonym: "p-1", ContactSecret: "contact-1"},
	}
}

func hazard() v1alpha1.ComplaintSpec {
	spec := kettle()
	spec.Signals = []v1alpha1.Identifier{"safety-hazard"}
	return spec
}

// TestAComplaintFromNewToClosed: two tasks, one notice, no API server.
func TestAComplaintFromNewToClosed(t *testing.T) {
	g := NewWithT(t)
	w := newWorld(t)
	c := w.complain("kettle", kettle())

	t.Log("first it is graded and gets its number, nobody is told yet")
	f := w.turn(c)
	g.Expect(w.asked).To(Equal([]string{"policy ", "count people", "number"}))
	g.Expect(f.Effects).To(BeEmpty())
	g.Expect(f.Decided).To(BeFalse())
	g.Expect(c.Status.CaseNumber).To(Equal("TS20260302001"))
	g.Expect(c.Status.Run).To(BeNil())
	g.Expect(story(f)).To(Equal("Received  : received by Hotline\nGraded  : general: no rule matches; this is the default level\n"))

	t.Log("then it goes on")
	f = w.turn(c)
	g.Expect(w.asked).To(Equal([]string{"policy ", "count people", "merged into kettle", "teams", "playbook general-case", "plan general-case-1"}))
	g.Expect(effects(f)).To(Equal([]string{"SendNotice", "OpenTask", "SendNotice"}), "the complainant and the handler are told")
	g.Expect(f.Decided).To(BeTrue())
	g.Expect(c.Status.Handler).To(BeEquivalentTo("amy"))
	g.Expect(c.Status.State).To(Equal(v1alpha1.CaseOpen))
	g.Expect(c.Status.NextDeadline.Time).To(Equal(start.Add(24 * time.Hour)))
	g.Expect(f.Wake).To(Equal(start.Add(20*time.Hour)), "the reminder")

	t.Log("a turn in which nothing happens, once it is known that the notice has arrived, changes nothing")
	w.turn(c)
	was := c.Status.DeepCopy()
	f = w.turn(c)
	g.Expect(w.asked).To(Equal([]string{"policy ", "count people", "merged into kettle", "teams", "task", "plan general-case-1"}))
	g.Expect(f.Effects).To(BeEmpty())
	g.Expect(f.Events).To(BeEmpty())
	g.Expect(&c.Status).To(Equal(was))

	w.now = w.now.Add(time.Hour)
	w.does(c, "checkFacts", "amy", "founded")
	f = w.turn(c)
	g.Expect(effects(f)).To(Equal([]string{"OpenTask", "SendNotice"}))
	w.now = w.now.Add(72 * time.Hour)
	f = w.turn(c)
	g.Expect(c.Status.State).To(Equal(v1alpha1.CaseOverdue))
	g.Expect(meta.IsStatusConditionTrue(c.Status.Conditions, "Overdue")).To(BeTrue())
	g.Expect(story(f)).To(ContainSubstring("DeadlineMissed settle"))
	w.does(c, "settle", "amy", "")
	f = w.turn(c)
	g.Expect(c.Status.State).To(Equal(v1alpha1.CaseClosed))
	g.Expect(c.Status.ClosedAt.Time).To(Equal(w.now))
	g.Expect(f.Wake).To(BeZero(), "nothing becomes of how long it was open")
	g.Expect(meta.FindStatusCondition(c.Status.Conditions, "Closed")).To(HaveField("Reason", "Completed"))
}

// TestAnIncident: it is raised from a complaint, is carried out, and lets the complaint go on.
func TestAnIncident(t *testing.T) {
	g := NewWithT(t)
	w := newWorld(t)
	c := w.complain("kettle", hazard())
	w.turn(c)
	f := w.turn(c)
	g.Expect(effects(f)).To(Equal([]string{"Raise", "Join"}))
	ci := w.incidents[string(c.Status.Incident.Name)]
	g.Expect(ci.Spec.Title).To(Equal("kettle"))
	g.Expect(c.Status.State).To(Equal(v1alpha1.CaseCrisis))

	f = w.turn(ci)
	g.Expect(w.asked).To(Equal([]string{"complaints of " + ci.Name, "merged into kettle", "teams", "playbook crisis-response", "plan crisis-response-1"}))
	g.Expect(ci.Status.Provenance).To(ConsistOf(BeEquivalentTo("kettle")))
	g.Expect(ci.Status.Commander).To(BeEquivalentTo("eve"))
	g.Expect(story(f)).To(And(HavePrefix("Received  : kettle\n"), ContainSubstring("Correlated  : complaint TS20260302001 is part of the incident\n")))
	w.turn(c)
	g.Expect(w.asked).To(ContainElement("incident " + ci.Name))
	g.Expect(c.Status.State).To(Equal(v1alpha1.CaseCrisis))

	w.does(ci, "contain", "eve", "")
	f = w.turn(ci)
	g.Expect(effects(f)).To(ContainElement("OpenPostMortem"))
	g.Expect(ci.Status.PostMortem).NotTo(BeEmpty())
	g.Expect(ci.Status.State).To(Equal(v1alpha1.CaseClosed))

	g.Expect(effects(w.turn(c))).To(ContainElement("OpenTask"))
	w.does(c, "close", "amy", "")
	w.turn(c)
	g.Expect(c.Status.State).To(Equal(v1alpha1.CaseClosed))
}

// TestAnIncidentThatCannotBeginTakesNoComplaintsIn: one of the same matter is raised in its place, and says so.
func TestAnIncidentThatCannotBeginTakesNoComplaintsIn(t *testing.T) {
	g := NewWithT(t)
	w := newWorld(t)
	trap := &v1alpha1.CrisisIncident{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "trap", UID: "uid-trap", Generation: 1},
		Spec: v1alpha1.CrisisIncidentSpec{Title: "kettle", Level: "crisis", Playbook: "nonesuch", Team: "crisis", CorrelationKey: "product=kettle"}}
	w.incidents["trap"] = trap
	f := w.turn(trap)
	g.Expect(f.Decided).To(BeFalse())
	g.Expect(trap.Status.State).To(Equal(v1alpha1.CaseNew))
	g.Expect(meta.FindStatusCondition(trap.Status.Conditions, "Running")).To(HaveField("Reason", casework.ReasonPlaybookNotReady))
	g.Expect(meta.FindStatusCondition(trap.Status.Conditions, "Staffed")).To(HaveField("Message", `nobody is called: there is no Playbook "nonesuch" in namespace shop; apply it or name another one`))

	c := w.complain("kettle", hazard())
	w.turn(c)
	f = w.turn(c)
	g.Expect(f.Facts.UnfitIncidents).To(ConsistOf(HaveField("Name", "trap")))
	g.Expect(effects(f)).To(Equal([]string{"Raise", "Join"}))
	g.Expect(c.Status.Incident.Name).To(BeEquivalentTo(engine.IncidentName("product=kettle", 1)))
	g.Expect(story(f)).To(ContainSubstring("trap, of the same matter, is not joined, because nobody is called there"))
}

// unnumbered is a world in which nobody can be given a number.
type unnumbered struct{ *world }

func (unnumbered) CaseNumber(*v1alpha1.Complaint, string, *time.Location, time.Time) (string, error) {
	return "", fmt.Errorf("no luck: %w", &triage.Unusable{Object: "the book", Problem: "it is closed; open it"})
}

// TestWithoutANumberNobodyIsTold: it is graded all the same.
func TestWithoutANumberNobodyIsTold(t *testing.T) {
	g := NewWithT(t)
	w := newWorld(t)
	c := w.complain("kettle", kettle())
	f, err := casework.Complaint(unnumbered{w}, c, w.now)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(f.Obstruction).To(And(HaveField("Reason", casework.ReasonCaseNumbers), HaveField("Message", HaveSuffix("the book: it is closed; open it"))))
	g.Expect(c.Status.Grading.Level).To(BeEquivalentTo("general"))
	g.Expect(f.Effects).To(BeEmpty())
}
