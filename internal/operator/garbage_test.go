package operator

import (
	"testing"

	. "github.com/onsi/gomega"
)

func TestGarbageIsBoundedInBytesNotByWhatIsHeld(t *testing.T) {
	g := NewWithT(t)
	for held, percent := range map[uint64]int{0: 400, 1 << 20: 400, 24 << 20: 400, 48 << 20: 200, 96 << 20: 100, 192 << 20: 50, 240 << 20: 40, 8 << 30: 40} {
		g.Expect(garbagePercent(held)).To(Equal(percent), "%d MiB held", held>>20)
	}
}
