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
		ContainSubstring("FactsChanged  : changed: order, product, statement\n"),
		ContainSubstring("FactsChanged  amy: changed: remedy\n"),
		Not(ContainSubstring("scalded")),
	))
	w.Expect(w.told(c, v1alpha1.EventFactsChanged)).To(Equal(2))
	w.decide(c, amy, v1alpha1.RecordAct{Verb: v1alpha1.RecordComment, Reason: "called back"})
	w.settle()
	w.Expect(w.told(w.complaint("kettle"), v1alpha1.EventFactsChanged)).To(Equal(2), "an act is no fact")
}
