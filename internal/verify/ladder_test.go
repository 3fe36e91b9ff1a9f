package verify

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/internal/timing"
)

// A ladder whose lowest no step has anything to do with seems to be written highest first; asked, told or called is enough.
func TestALadderIsWrittenLowestFirst(t *testing.T) {
	const text = `
apiVersion: crisis.tocsin.dev/v1alpha1
kind: Playbook
metadata: {name: p}
spec:
  for: Complaint
  roles: [{name: clerk, team: desk, duty: clerk}, {name: boss, team: board, duty: boss}]
  ladder: [LADDER]
  steps: [STEPS]
  templates: [{name: hello, texts: [{locale: en, subject: a, body: b}]}]
`
	const ask = "{name: ask, task: {to: clerk}, within: {elapsed: 1h}}"
	for _, tt := range []struct {
		ladder, steps string
		warned        bool
	}{
		{"clerk, boss", ask, false},
		{"boss, clerk", ask, true},
		{"boss, clerk", ask + ", {name: tell, notify: {to: [boss], template: hello}}", false},
		{"boss, clerk", ask + ", {name: call, assembleTeam: {team: board, quorum: 1}, within: {elapsed: 1h}}", false},
		{"boss, clerk", ask + ", {name: call, assembleTeam: {team: desk, quorum: 1}, within: {elapsed: 1h}}", true},
		{"boss, clerk", "{name: tell, notify: {to: [complainant], template: hello}}", false},
		{"clerk", "{name: tell, notify: {to: [boss], template: hello}}", false},
	} {
		g := NewWithT(t)
		file := strings.NewReplacer("LADDER", tt.ladder, "STEPS", tt.steps).Replace(text)
		r, err := Verify(t.Context(), kinds, []File{{"f", []byte(file)}}, now, Options{Horizon: timing.DefaultDays})
		g.Expect(err).NotTo(HaveOccurred())
		warned := ContainElement(HaveField("Rule", LadderAsked))
		if !tt.warned {
			warned = Not(warned)
		}
		g.Expect(r.Findings).To(warned, file)
	}
}
