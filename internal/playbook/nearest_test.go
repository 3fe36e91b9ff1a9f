package playbook_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/internal/playbook"
)

func TestDistance(t *testing.T) {
	g := NewWithT(t)
	for words, want := range map[[2]string]int{{"watch", "wath"}: 1, {"", "abc"}: 3, {"level", "lvele"}: 2, {"same", "same"}: 0} {
		g.Expect(playbook.Distance(words[0], words[1])).To(Equal(want), "%v", words)
	}
}
