package roster_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/roster"
)

func TestLackingTellsWhatIsMissing(t *testing.T) {
	g := NewWithT(t)
	r := roster.New(map[string]*v1alpha1.ResponseTeamSpec{
		"desk":  {Parent: "house", Members: []v1alpha1.Member{member("amy")}},
		"house": {Parent: "desk", Members: []v1alpha1.Member{member("cleo", duties("manager"))}},
	})
	g.Expect(r.Lacking("desk", "agent")).To(BeEmpty())
	g.Expect(r.Lacking("desk", "manager")).To(BeEmpty(), "the team above has it")
	g.Expect(r.Lacking("desk", "lawyer")).To(ContainSubstring(`nobody in team desk has the duty "lawyer"`))
	g.Expect(r.Lacking("dsk", "agent")).To(ContainSubstring(`there is no ResponseTeam "dsk"`))
	g.Expect((*roster.Roster)(nil).Lacking("desk", "agent")).NotTo(BeEmpty())
}
