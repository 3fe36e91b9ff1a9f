package controllers

import (
	"fmt"
	"testing"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/api/v1alpha1"
)

func about(users ...v1alpha1.User) func(*v1alpha1.ComplaintSpec) {
	return func(s *v1alpha1.ComplaintSpec) { s.About = &v1alpha1.ComplainedAbout{Users: users} }
}

var sameMatter = v1alpha1.RecordAct{Verb: v1alpha1.RecordMerge, Reason: "the same matter"}

// Nobody commands an incident that turns out to be about them by what joins it later.
func TestWhomAJoiningComplaintIsAboutTakesNoPartInTheIncident(t *testing.T) {
	w := newWorld(t)
	w.furnish()
	w.complain("a", hazard)
	w.settle()
	name := string(w.complaint("a").Status.Incident.Name)
	w.Expect(w.incident(name).Status.Commander).To(BeEquivalentTo(eve))

	w.complain("b", hazard, about(eve))
	w.settle()
	ci := w.incident(name)
	w.Expect(ci.Status.Commander).To(BeEquivalentTo(fay))
	w.Expect(ci.Status.Leads).NotTo(ContainElement(v1alpha1.User(eve)))
	w.Expect(ci.Status.Responders).NotTo(ContainElement(v1alpha1.User(eve)))
	w.Expect(w.task(name, "contain").Spec.Assignment).To(HaveField("Assignee", BeEquivalentTo(fay)))
	w.Expect(w.story(ci)).To(And(ContainSubstring("complaint "+w.complaint("b").Status.CaseNumber+" is part of the incident\n"),
		ContainSubstring("Recused  : commander is eve no more: is complained about\n")))
	w.Expect(ci.Spec.About).To(BeNil(), "it is a fact of the complaint, who may narrow it there")

	t.Log("what is merged into one of its complaints counts as well")
	w.complain("c", about(fay, gil))
	w.settle()
	act := sameMatter
	act.Into = "a"
	w.decide(w.complaint("c"), amy, act)
	w.settle()
	w.Expect(w.complaint("c").Status.MergedInto).To(BeEquivalentTo("a"))
	ci = w.incident(name)
	w.Expect(ci.Status.Commander).To(BeEmpty())
	w.Expect(ci.Status.Spokesperson).To(BeEquivalentTo(hal))
	w.Expect(w.condition(ci.Status.Conditions, "Staffed")).To(HaveField("Reason", "NobodyLeft"))
}

// Nobody handles a complaint that what was merged into it is about, straight or by way of another.
func TestWhomAMergedComplaintIsAboutTakesNoPart(t *testing.T) {
	w := newWorld(t)
	w.furnish()
	w.complain("kettle")
	w.complain("second", about(cleo))
	w.complain("third", about(amy))
	w.settle()
	w.Expect(w.complaint("kettle").Status.Handler).To(BeEquivalentTo(amy))
	act := sameMatter
	act.Into = "second"
	w.decide(w.complaint("third"), bob, act)
	w.settle()
	w.Expect(w.complaint("second").Status).To(And(HaveField("Handler", BeEquivalentTo(bob)), HaveField("MergedFrom", ConsistOf(BeEquivalentTo("third")))))
	act.Into = "kettle"
	w.decide(w.complaint("second"), bob, act)
	w.settle()
	number := func(name string) string { return w.complaint(name).Status.CaseNumber }
	c := w.complaint("kettle")
	w.Expect(c.Status.Handler).To(BeEquivalentTo(bob))
	w.Expect(c.Status.MergedFrom).To(ConsistOf(BeEquivalentTo("second"), BeEquivalentTo("third")))
	w.Expect(c.Status.Leads).To(ConsistOf(v1alpha1.User(dan)))
	w.Expect(w.task("kettle", "checkFacts").Spec.Assignment.Recused).To(ConsistOf(HaveField("User", BeEquivalentTo(amy)), HaveField("User", BeEquivalentTo(cleo))))
	w.Expect(w.story(c)).To(And(ContainSubstring("Correlated  : complaint "+number("second")+" was merged into "+number("kettle")+"\n"),
		ContainSubstring("Correlated  : complaint "+number("third")+" was merged into "+number("second")+"\n"), ContainSubstring("Recused  : handler is amy no more: is complained about\n")))
	before := w.written()
	w.must(w.complaints, "kettle")
	w.Expect(w.written()).To(Equal(before), "said once")
}

// A spec names so many; an incident is raised all the same.
func TestAnIncidentIsRaisedHoweverManyItIsAbout(t *testing.T) {
	w := newWorld(t)
	w.furnish()
	for _, name := range []string{"kettle", "pot"} {
		users := []v1alpha1.User{eve}
		for n := range 15 {
			users = append(users, v1alpha1.User(fmt.Sprint(name, "-", n)))
		}
		w.complain(name, about(users...))
	}
	w.settle()
	act := sameMatter
	act.Into = "kettle"
	w.decide(w.complaint("pot"), amy, act)
	w.settle()
	w.decide(w.complaint("kettle"), amy, v1alpha1.RecordAct{Verb: v1alpha1.RecordRaise, Level: "crisis", Reason: "somebody was hurt"})
	w.settle()
	ref := w.complaint("kettle").Status.Incident
	w.Expect(ref).NotTo(BeNil())
	ci := w.incident(string(ref.Name))
	w.Expect(ci.Spec.About.Users).To(HaveLen(16))
	w.Expect(ci.Status.Commander).To(BeEquivalentTo(fay))
}
