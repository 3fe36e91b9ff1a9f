package demo

import (
	"testing"

	. "github.com/onsi/gomega"
	"k8s.io/utils/clock"
)

// A moment in which thousands of things happen takes minutes; whoever looks on wants to see that it goes on.
func TestALongMomentShowsHowItGoes(t *testing.T) {
	g := NewWithT(t)
	gauge, shown := NewGauge(clock.RealClock{}), 0
	gauge.Meanwhile = func() { shown++ }
	gauge.Also = func() string {
		if shown == 0 {
			return "the outbox"
		}
		return ""
	}
	g.Expect(gauge.Settle(t.Context())).To(Succeed())
	g.Expect(shown).To(Equal(1))
}
