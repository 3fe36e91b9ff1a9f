package report

import (
	"testing"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// TestWhatPeopleDidToTheMatter: every act on a record is said in words, with what it was about where that tells more.
func TestWhatPeopleDidToTheMatter(t *testing.T) {
	g := NewWithT(t)
	for _, c := range []struct {
		act  v1alpha1.RecordAct
		says string
	}{
		{v1alpha1.RecordAct{Verb: v1alpha1.RecordRaise, Level: "L1"}, "raised the level to L1"},
		{v1alpha1.RecordAct{Verb: v1alpha1.RecordSkip, Step: "call"}, "skipped call"},
		{v1alpha1.RecordAct{Verb: v1alpha1.RecordHandOver, Role: "commander", To: "li"}, "handed over the role of commander"},
		{v1alpha1.RecordAct{Verb: v1alpha1.RecordReassign, Step: "call", To: "li"}, "gave to somebody else: call"},
		{v1alpha1.RecordAct{Verb: v1alpha1.RecordAsk, To: "li", Reason: "Call the landlord."}, "asked for work besides the playbook: li"},
	} {
		g.Expect(recordPhrase(c.act)).To(Equal(c.says))
	}
}
