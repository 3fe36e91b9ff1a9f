package staffing

import (
	"testing"

	. "github.com/onsi/gomega"
	"sigs.k8s.io/yaml"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/internal/roster"
)

// A notice waits for nothing, so the round after it begins in the same turn, and asks somebody else: that nobody was left in the round
// before is found all the same.
func TestARoundThatIsOverInTheSameTurn(t *testing.T) {
	g := NewWithT(t)
	var spec v1alpha1.PlaybookSpec
	g.Expect(yaml.UnmarshalStrict([]byte(`
for: Complaint
roles:
- {name: r0, team: desk, duty: a}
- {name: r1, team: desk, duty: b, not: [r0]}
ladder: [r0, r1]
steps:
- name: s0
  repeat:
    max: 2
    climb: Ladder
    until: run.round > 1
    steps:
    - {name: s0a, task: {to: r1, outcomes: [good, bad]}, noDeadline: None.}
    - {name: s0b, needs: [s0a], notify: {to: [r0], template: reminder}}
`), &spec)).To(Succeed())
	plan, problems := playbook.Compile(playbook.Closure{Name: "it", Playbook: spec})
	g.Expect(plan).NotTo(BeNil(), "%v", problems)
	teams := roster.New(map[string]*v1alpha1.ResponseTeamSpec{"desk": {Members: []v1alpha1.Member{
		{Name: "p0", User: "p0"},
		{Name: "p1", User: "p1", Duties: []v1alpha1.Identifier{"a", "b"}, Deputies: []v1alpha1.MemberName{"p0"}},
	}}})
	v := Check(Case{Plan: plan}, teams, Options{Now: now})
	g.Expect(v.Findings).To(HaveLen(1))
	g.Expect(v.Findings[0].Message).To(HavePrefix("with p0 complained about, nobody is left to be told as r0 by s0/s0b: "))
}
