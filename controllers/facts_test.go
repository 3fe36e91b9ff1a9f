package controllers

import (
	"testing"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// TestChangedFactsLeaveAnEntry: which fields, by whom where that is known, and nothing of what they say.
func TestChangedFactsLeaveAnEntry(t *testing.T) {
	w := newWorld(t)
	w.furnish()
	w.complain("kettle", product("kettle"))
	w.settle()
	w.Expect(w.told(w.complaint("kettle"), v1alpha1.EventFactsChanged)).To(BeZero(), "what it says at first is no change")
	c := w.complaint("kettle")
	c.Spec.Statement, c.Spec.Order, c.Spec.Product = "Mr Li was scalded.", "4711", ""
	w.Expect(w.as(amy).Update(w.ctx, c)).To(Succeed())
	w.settle()
	w.offer(amy, "kettle", `{"kinds":["Exchange"],"reason":"A new kettle."}`)
	w.settle()
	c = w.complaint("kettle")
	w.Expect(w.story(c)).To(And(
		ContainSubstring("FactsChanged  amy: changed: order, product, statement\n"),
		ContainSubstring("FactsChanged  amy: changed: remedy\n"),
		Not(ContainSubstring("scalded")),
	))
	w.Expect(w.told(c, v1alpha1.EventFactsChanged)).To(Equal(2))
	w.decide(c, amy, v1alpha1.RecordAct{Verb: v1alpha1.RecordComment, Reason: "called back"})
	w.settle()
	w.Expect(w.told(w.complaint("kettle"), v1alpha1.EventFactsChanged)).To(Equal(2), "an act is no fact")
}

// TestOfSeveralWhoChangedFactsNobodyIsNamed: who was last is not who changed everything.
func TestOfSeveralWhoChangedFactsNobodyIsNamed(t *testing.T) {
	w := newWorld(t)
	w.furnish()
	w.complain("kettle", product("kettle"))
	w.settle()
	for user, change := range map[v1alpha1.User]func(*v1alpha1.ComplaintSpec){
		amy: func(s *v1alpha1.ComplaintSpec) { s.Order = "4711" }, bob: func(s *v1alpha1.ComplaintSpec) { s.Place = "Harbour" },
	} {
		c := w.complaint("kettle")
		change(&c.Spec)
		w.Expect(w.as(user).Update(w.ctx, c)).To(Succeed())
		w.Expect(c.Spec.ChangedBy).To(Equal(user))
	}
	w.settle()
	w.Expect(w.story(w.complaint("kettle"))).To(ContainSubstring("FactsChanged  : changed: order, place\n"))
}
