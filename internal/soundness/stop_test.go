package soundness

import (
	"testing"

	. "github.com/onsi/gomega"
)

// A proof ends with the very move before which it is told to, also while it follows a run far ahead, and says so.
func TestAProofThatIsToldToEnd(t *testing.T) {
	plan := compiledText(t, wideBook("a region around all", ""))
	for _, o := range []Options{{}, {diveAt: 100}} {
		for _, most := range []int{1, 500} {
			g := NewWithT(t)
			asked := 0
			o.Stop = func() bool { asked++; return asked > most }
			v := Check(plan, o)
			g.Expect(v.Moves).To(Equal(most))
			g.Expect(asked).To(Equal(most + 1))
			g.Expect(v.Bounds).To(HaveLen(1))
			g.Expect(v.Bounds[0]).To(HaveSuffix("states, for which the time did not suffice"))
			g.Expect(v.Findings).To(BeEmpty())
		}
	}
}
