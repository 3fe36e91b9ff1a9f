package roster_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/internal/roster"
)

func TestParentsInACircleAreFound(t *testing.T) {
	g := NewWithT(t)
	parents := map[string]string{"desk": "house", "house": "group", "night": "desk", "own": "own", "a": "b", "b": "a", "under": "a", "lost": "nowhere"}
	for team, want := range map[string][]string{
		"desk": nil, "group": nil, "lost": nil, "nobody": nil,
		"own": {"own", "own"}, "a": {"a", "b", "a"}, "b": {"b", "a", "b"}, "under": {"under", "a", "b", "a"},
	} {
		g.Expect(roster.Circle(parents, team)).To(Equal(want), team)
	}
}

func TestTeamsBelow(t *testing.T) {
	g := NewWithT(t)
	parents := map[string]string{"desk": "house", "house": "group", "night": "desk", "own": "own", "a": "b", "b": "a", "under": "a", "lost": "nowhere"}
	for team, want := range map[string][]string{
		"group": {"desk", "house", "night"}, "house": {"desk", "night"}, "night": nil,
		"own": {"own"}, "a": {"a", "b", "under"}, "b": {"a", "b", "under"}, "nowhere": {"lost"},
	} {
		g.Expect(roster.Below(parents, team)).To(Equal(want), team)
	}
}
