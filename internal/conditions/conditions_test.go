package conditions_test

import (
	"fmt"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/internal/conditions"
)

func TestListsOfConditionsSayHowManyMore(t *testing.T) {
	g := NewWithT(t)
	g.Expect(conditions.Lines([]string{"one", "two"})).To(Equal("one\ntwo"))
	faults := func(n int) (many []string) {
		for i := range n {
			many = append(many, fmt.Sprintf("spec.steps[%d]: this is not as it should be", i))
		}
		return many
	}
	g.Expect(strings.Split(conditions.Lines(faults(100)), "\n")).To(HaveLen(100), "all there is room for")
	text := conditions.Lines(faults(1000))
	g.Expect(len(text)).To(And(BeNumerically("<=", conditions.MostMessage), BeNumerically(">", conditions.MostMessage-100)))
	shown := strings.Count(text, "as it should be")
	g.Expect(text).To(HaveSuffix(fmt.Sprintf("\nand %d more, which are named once these are mended", 1000-shown)))
	g.Expect(conditions.List([]string{strings.Repeat("x", 80), "y", "z"}, ", ", 40)).To(HaveSuffix("…, and 2 more"))
	g.Expect(len(conditions.List([]string{strings.Repeat("x", 80), "y"}, ", ", 40))).To(BeNumerically("<=", 40))
	g.Expect(len(conditions.Lines([]string{strings.Repeat("x", 40_000)}))).To(BeNumerically("<=", conditions.MostMessage))
}
