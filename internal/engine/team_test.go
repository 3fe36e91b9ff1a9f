package engine_test

import (
	"fmt"
	"testing"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/roster"
)

// TestACallSaysWhomItDoesNotReach: a step remembers 64 tasks, and whoever is not called does not go unmentioned.
func TestACallSaysWhomItDoesNotReach(t *testing.T) {
	g := NewWithT(t)
	w := tale{head: incidentHead, steps: `
steps:
- {name: rest, wait: {for: {elapsed: 1h}}}
- {name: assemble, needs: [rest], assembleTeam: {team: everybody}, within: {elapsed: 1h}}
`}.world(t)
	everybody := &v1alpha1.ResponseTeamSpec{}
	for i := range 70 {
		everybody.Members = append(everybody.Members, v1alpha1.Member{Name: fmt.Sprintf("p%d", i), User: v1alpha1.User(fmt.Sprintf("p%d", i))})
	}
	w.teams["everybody"] = everybody
	w.facts.Roster = roster.New(w.teams)
	w.pass(hour)
	g.Expect(w.step("assemble").Tasks).To(HaveLen(64))
	g.Expect(w.text(v1alpha1.EventAsked)).To(ContainSubstring("64 people are called together; 64 must acknowledge; 6 more are not called"))
}
