package triage

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/playbook"
)

// The life of a complaint's level: rules raise it, a person lowers it, the same facts do not undo that, worse ones do.
func TestRegradeThroughTheLifeOfAComplaint(t *testing.T) {
	g := NewWithT(t)
	p := compiled(t, developer())
	f := Facts{Open: true, ReceivedAt: epoch, Counts: []int64{3}}
	regrade := func(current *v1alpha1.Grading, f Facts, acts []v1alpha1.RecordAct, now time.Time) v1alpha1.Grading {
		g, _ := Regrade(p, current, f, acts, now)
		return g
	}
	hour := func(n int) time.Time { return epoch.Add(time.Duration(n) * time.Hour) }
	act := func(verb v1alpha1.RecordVerb, level v1alpha1.LevelName, n int) []v1alpha1.RecordAct {
		return []v1alpha1.RecordAct{{Verb: verb, Level: level, Reason: "looked into", At: metav1.NewTime(hour(n))}}
	}

	first := regrade(nil, f, nil, hour(1))
	g.Expect(first.Level).To(BeEquivalentTo("L2"))
	g.Expect(first.Rule).To(Equal("several-people"))
	g.Expect(first.At.Time).To(Equal(hour(1)))

	lowered := regrade(&first, f, act(v1alpha1.RecordLower, "L4", 2), hour(3))
	g.Expect(lowered.Level).To(BeEquivalentTo("L4"))
	g.Expect(lowered.Rule).To(BeEmpty())
	g.Expect(lowered.Reason).To(Equal("by a person's decision: looked into"))
	g.Expect(lowered.At.Time).To(Equal(hour(2)), "the moment the person decided")
	g.Expect(regrade(&lowered, f, nil, hour(4))).To(Equal(lowered), "the same facts change nothing")

	f.Complaint = playbook.ComplaintFacts{Signals: []string{"litigation"}, Affected: 12}
	worse := regrade(&lowered, f, nil, hour(5))
	g.Expect(worse.Level).To(BeEquivalentTo("L1"))
	g.Expect(worse.Rule).To(Equal("group-litigation"))

	f.Complaint = playbook.ComplaintFacts{}
	g.Expect(regrade(&worse, f, nil, hour(6)).Level).To(BeEquivalentTo("L1"), "better facts lower nothing")
	g.Expect(regrade(&worse, f, act(v1alpha1.RecordRaise, "L2", 7), hour(7)).Level).To(BeEquivalentTo("L1"), "a raise that is none")
	g.Expect(regrade(&worse, f, act(v1alpha1.RecordLower, "L9", 7), hour(7)).Level).To(BeEquivalentTo("L1"), "a level that is none")

	raised := regrade(&lowered, f, act(v1alpha1.RecordRaise, "L3", 7), hour(7))
	g.Expect(raised.Level).To(BeEquivalentTo("L3"))
	g.Expect(raised.Overruled).To(BeEquivalentTo("L2"), "still less than what the rules gave")
	raised = regrade(&raised, f, act(v1alpha1.RecordRaise, "L2", 8), hour(8))
	g.Expect(raised.Level).To(BeEquivalentTo("L2"))
	g.Expect(raised.Overruled).To(BeEmpty(), "the overruling is taken back")
}

// What changes nothing says why, and the next decision is judged by what came of the ones before.
func TestADecisionThatChangesNothingSaysWhy(t *testing.T) {
	g := NewWithT(t)
	p := compiled(t, developer())
	act := func(verb v1alpha1.RecordVerb, level v1alpha1.LevelName) v1alpha1.RecordAct {
		return v1alpha1.RecordAct{Verb: verb, Level: level, Reason: "looked into"}
	}
	why := func(current v1alpha1.LevelName, acts ...v1alpha1.RecordAct) (out []string) {
		to, verdicts := ByPeople(p, current, acts)
		for _, v := range verdicts {
			out = append(out, v.LeftOut)
		}
		graded, same := Regrade(p, &v1alpha1.Grading{Level: current}, Facts{ReceivedAt: epoch}, acts, epoch)
		if p.Rank(current) >= 0 {
			g.Expect(same).To(Equal(verdicts))
			g.Expect(graded.Level).To(Equal(to))
		}
		return append(out, string(to))
	}
	g.Expect(why("L3", act(v1alpha1.RecordRaise, "L2"), act(v1alpha1.RecordLower, "L4"))).To(Equal([]string{"", "", "L4"}))
	g.Expect(why("L2", act(v1alpha1.RecordRaise, "L2"), act(v1alpha1.RecordRaise, "L4"))).
		To(Equal([]string{"L2 is not above L2, the level in force", "L4 is not above L2, the level in force", "L2"}), "nobody lowers by a Raise")
	g.Expect(why("L2", act(v1alpha1.RecordLower, "L1"))).To(Equal([]string{"L1 is not below L2, the level in force", "L2"}))
	g.Expect(why("L2", act(v1alpha1.RecordRaise, "L0"))).To(HaveExactElements(ContainSubstring("has no level L0; its levels are L1, L2, L3, L4"), "L2"))
	g.Expect(why("L2", act(v1alpha1.RecordComment, ""))).To(Equal([]string{"L2"}))
	g.Expect(why("major", act(v1alpha1.RecordLower, "L4"), act(v1alpha1.RecordRaise, "L4"))).
		To(HaveExactElements(ContainSubstring("does not know major, the level in force"), "", "L4"))
}

// The grading that serves where no policy does keeps what a policy found, and lets a person's decision have no effect
// rather than the wrong one.
func TestTheBuiltInGradingKeepsTheLevel(t *testing.T) {
	g := NewWithT(t)
	current := v1alpha1.Grading{Level: "L2", Rule: "several-people", Reason: "three people", Policy: "retail@3", NextAt: metav1.NewTime(epoch)}
	kept, verdicts := Regrade(BuiltIn(), &current, Facts{ReceivedAt: epoch, Open: true},
		[]v1alpha1.RecordAct{{Verb: v1alpha1.RecordRaise, Level: "L1", Reason: "press"}}, epoch)
	current.NextAt = metav1.Time{}
	g.Expect(kept).To(Equal(current))
	g.Expect(verdicts).To(ConsistOf(HaveField("LeftOut", ContainSubstring("has no level L1"))))
}
