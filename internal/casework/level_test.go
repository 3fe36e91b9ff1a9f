package casework_test

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// TestTheLevelOfAClosedRecordStays: a Raise or Lower is left out as everything else is but a Reopen, and counts again after that.
func TestTheLevelOfAClosedRecordStays(t *testing.T) {
	act := func(verb v1alpha1.RecordVerb) v1alpha1.RecordAct {
		return v1alpha1.RecordAct{Verb: verb, By: "eve", Level: "crisis", Reason: "a journalist called"}
	}
	raise, abort, reopen := act(v1alpha1.RecordRaise), act(v1alpha1.RecordAbort), act(v1alpha1.RecordReopen)
	const leftOut = "ActIgnored  eve: Raise was left out: the record is closed; re-open it first\n"
	for name, tt := range map[string]struct {
		before, after []v1alpha1.RecordAct // the record was closed
		level         v1alpha1.LevelName
		closed        bool
		told          string // empty: nothing was left out
	}{
		"raised while it is closed":             {[]v1alpha1.RecordAct{abort}, []v1alpha1.RecordAct{raise}, "general", true, leftOut},
		"raised after it was closed, at once":   {nil, []v1alpha1.RecordAct{abort, raise}, "general", true, leftOut},
		"raised before it was closed, at once":  {nil, []v1alpha1.RecordAct{raise, abort}, "crisis", true, ""},
		"raised after it was re-opened":         {[]v1alpha1.RecordAct{abort}, []v1alpha1.RecordAct{reopen, raise}, "crisis", false, ""},
		"raised before it was re-opened":        {[]v1alpha1.RecordAct{abort}, []v1alpha1.RecordAct{raise, reopen}, "general", false, leftOut},
		"closed, re-opened and raised, at once": {nil, []v1alpha1.RecordAct{abort, reopen, raise}, "crisis", false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			w := newWorld(t)
			c := w.complain("kettle", kettle())
			w.turn(c)
			w.turn(c)
			told := ""
			for _, acts := range [][]v1alpha1.RecordAct{tt.before, tt.after} {
				w.now = w.now.Add(time.Hour)
				c.Spec.Acts = append(c.Spec.Acts, acts...)
				for range 3 {
					told += story(w.turn(c))
				}
			}
			g.Expect(c.Status.Grading.Level).To(Equal(tt.level), told)
			g.Expect(!c.Status.ClosedAt.IsZero()).To(Equal(tt.closed), told)
			if tt.told == "" {
				g.Expect(told).NotTo(ContainSubstring("ActIgnored"))
			} else {
				g.Expect(told).To(ContainSubstring(tt.told))
			}
		})
	}
}

// TestTheLevelOfAClosedIncidentStays as that of a complaint does.
func TestTheLevelOfAClosedIncidentStays(t *testing.T) {
	g := NewWithT(t)
	w := newWorld(t)
	c := w.complain("kettle", hazard())
	w.turn(c)
	w.turn(c)
	ci := w.incidents[string(c.Status.Incident.Name)]
	w.turn(ci)
	ci.Spec.Acts = append(ci.Spec.Acts, v1alpha1.RecordAct{Verb: v1alpha1.RecordAbort, By: "eve", Reason: "a hoax"})
	w.turn(ci)
	ci.Spec.Acts = append(ci.Spec.Acts, v1alpha1.RecordAct{Verb: v1alpha1.RecordLower, By: "eve", Level: "general", Reason: "a hoax"})
	told := story(w.turn(ci))
	g.Expect(told).To(ContainSubstring("Lower was left out: the record is closed; re-open it first\n"))
	g.Expect(ci.LevelInForce()).To(BeEquivalentTo("crisis"))
	g.Expect(story(w.turn(ci))).To(BeEmpty(), "it is judged once")
	ci.Spec.Acts = append(ci.Spec.Acts, v1alpha1.RecordAct{Verb: v1alpha1.RecordReopen, By: "eve", Reason: "no hoax"},
		v1alpha1.RecordAct{Verb: v1alpha1.RecordLower, By: "eve", Level: "general", Reason: "not that grave"})
	w.turn(ci)
	g.Expect(ci.LevelInForce()).To(BeEquivalentTo("general"))
}
