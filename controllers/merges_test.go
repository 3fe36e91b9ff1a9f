package controllers

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// A merge must never leave a matter to nobody: into what is not there, or two into each other at once.
func TestMergeKeepsSomebodyOnTheMatter(t *testing.T) {
	w := newWorld(t)
	w.furnish()
	kettle, other := w.complain("kettle"), w.complain("other")
	w.settle()
	merge := func(into string) v1alpha1.RecordAct {
		return v1alpha1.RecordAct{Verb: v1alpha1.RecordMerge, Into: into, Reason: "the same matter"}
	}
	w.decide(kettle, amy, merge("nowhere"))
	w.settle()
	w.Expect(w.complaint("kettle").Status.State).To(Equal(v1alpha1.CaseOpen))
	w.Expect(w.told(w.complaint("kettle"), v1alpha1.EventActIgnored)).NotTo(BeZero())

	w.decide(w.complaint("kettle"), amy, merge("other"))
	w.decide(other, amy, merge("kettle"))
	w.settle()
	states := []v1alpha1.CaseState{w.complaint("kettle").Status.State, w.complaint("other").Status.State}
	w.Expect(states).To(ConsistOf(v1alpha1.CaseMerged, v1alpha1.CaseOpen))
}

// Three in a circle, whoever is looked at first: the first by name goes on, and the others are part of it in the end.
func TestACircleOfMergesLeavesOneOpen(t *testing.T) {
	for _, order := range [][]string{{"ma", "mb", "mc"}, {"mb", "mc", "ma"}, {"mc", "mb", "ma"}, {"mc", "ma", "mb"}} {
		t.Run(strings.Join(order, ""), func(t *testing.T) {
			w := newWorld(t)
			w.furnish()
			for _, name := range order {
				w.complain(name)
			}
			w.settle()
			for from, into := range map[string]string{"ma": "mb", "mb": "mc", "mc": "ma"} {
				w.decide(w.complaint(from), amy, v1alpha1.RecordAct{Verb: v1alpha1.RecordMerge, Into: into, Reason: "the same matter"})
			}
			for _, name := range order {
				w.must(w.complaints, name)
			}
			w.settle()
			w.Expect(w.complaint("ma").Status).To(And(HaveField("State", v1alpha1.CaseOpen), HaveField("MergedInto", BeEmpty())))
			w.Expect(w.complaint("mb").Status.MergedInto).To(BeEquivalentTo("mc"))
			w.Expect(w.complaint("mc").Status.MergedInto).To(BeEquivalentTo("ma"))
			w.Expect(w.story(w.complaint("ma"))).To(ContainSubstring("Merge was left out: mb "))
		})
	}
}

// A complaint that no policy grades has nobody: what is merged into it would have nobody, too.
func TestNothingIsMergedIntoWhatNobodyWorksOn(t *testing.T) {
	w := newWorld(t)
	w.furnish()
	w.complain("kettle")
	w.complain("lost", func(s *v1alpha1.ComplaintSpec) { s.Policy = "nonesuch" })
	w.settle()
	w.Expect(w.complaint("lost").Status.Run).To(BeNil())
	w.decide(w.complaint("kettle"), amy, v1alpha1.RecordAct{Verb: v1alpha1.RecordMerge, Into: "lost", Reason: "the same matter"})
	w.settle()
	w.Expect(w.complaint("kettle").Status.State).To(Equal(v1alpha1.CaseOpen))
	w.Expect(w.story(w.complaint("kettle"))).To(ContainSubstring(`Merge was left out: lost has nobody who works on it: there is no TriagePolicy "nonesuch"`))
}
