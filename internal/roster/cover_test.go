package roster_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/internal/roster"
)

func TestDanglingNamesTheField(t *testing.T) {
	g := NewWithT(t)
	g.Expect(roster.Dangling(team(member("li", deputies("wu", "gone")), member("wu", deputies("li"))))).To(Equal([]string{
		`spec.members[0].deputies[1]: there is no member "gone" in the team; name a member or add one`,
	}))
	g.Expect(roster.Dangling(team(member("li", deputies("wu")), member("wu")))).To(BeEmpty())
}

func TestUncovered(t *testing.T) {
	g := NewWithT(t)
	g.Expect(roster.Uncovered(team(member("li"), member("wu")))).To(BeEmpty(), "two holders")
	g.Expect(roster.Uncovered(team(member("li", deputies("wu")), member("wu", duties("driver"), deputies("li"))))).To(BeEmpty(), "deputies")
	g.Expect(roster.Uncovered(team(member("li", duties("driver", "agent")), member("wu", duties("agent", "cook"))))).
		To(Equal([]string{"cook", "driver"}))
	g.Expect(roster.Uncovered(team(member("li", deputies("li", "gone")), member("again", user("li"))))).
		To(Equal([]string{"agent"}), "the same person twice is one person")
}
