package verify

import (
	"fmt"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/internal/timing"
)

// What holds in a run of a playbook that begins by itself at one level may not hold where another playbook carries it out, or where
// the level changes on the way: it is not proved, and why is said.
func TestWhereAPromiseIsNotProvedThoughItsPlaybookKeepsIt(t *testing.T) {
	const text = `
apiVersion: crisis.tocsin.dev/v1alpha1
kind: Playbook
metadata: {name: p}
spec:
  for: Complaint
  roles: [{name: clerk, team: desk, duty: clerk}, {name: boss, team: desk, duty: boss}]
  ladder: [clerk, boss]
  steps:
  - {name: check, task: {to: clerk}, within: {elapsed: 1h, of: OF}, overdue: {climb: Ladder}}
  - {name: inside, needs: [check], playbook: {name: q}}
  assertions: [{name: it, reached: boss, within: {elapsed: 1h}, unless: [check]LEVELS}]
---
apiVersion: crisis.tocsin.dev/v1alpha1
kind: Playbook
metadata: {name: q}
spec:
  for: Complaint
  roles: [{name: clerk, team: desk, duty: clerk}, {name: boss, team: desk, duty: boss}]
  ladder: [clerk, boss]
  steps:
  - {name: look, task: {to: clerk}, within: {elapsed: 1h}, overdue: {climb: Ladder}}
  INSIDE
---
apiVersion: crisis.tocsin.dev/v1alpha1
kind: TriagePolicy
metadata: {name: default}
spec: {levels: [{name: top, playbook: p}, {name: mid, playbook: MID}], defaultLevel: mid}
`
	for _, tt := range []struct{ of, levels, inside, mid, says string }{
		{"graded", "", "", "p", "it: the boss is reached within 1h unless check is done is not proved: the levels top and mid lead to p alike, and what counts from graded"},
		{"received", ", levels: [top]", "", "p", "a run may come to another of them on its way"},
		{"received", "", "", "p", ""},
		{"received", "", "assertions: [{name: it, reached: boss, within: {elapsed: 1h}, unless: [look]}]", "p", "q runs only inside p"},
		{"graded", "", "assertions: [{name: it, reached: boss, within: {elapsed: 1h}, unless: [look]}]", "q", ""},
		{"received", ", levels: [mid]", "", "q", "the level mid leads to q, not to p: nothing is promised there"},
		{"received", ", levels: [top, mid]", "", "q", "the level mid leads to q, not to p: nothing is promised there"},
		{"received", ", levels: [top, mid]", "", "p", ""},
		{"received", ", levels: [low]", "", "p}, {name: low, playbook: q", "the level low leads to q, not to p: nothing is promised there"},
	} {
		g := NewWithT(t)
		file := strings.NewReplacer("OF", tt.of, "LEVELS", tt.levels, "INSIDE", tt.inside, "MID", tt.mid).Replace(text)
		r, err := Verify(t.Context(), kinds, []File{{"f", []byte(file)}}, now, Options{Horizon: timing.DefaultDays})
		g.Expect(err).NotTo(HaveOccurred())
		var said []string
		for _, f := range r.Findings {
			if f.Rule == ProofBounded || f.Rule == AssertionHolds {
				said = append(said, f.Message)
			}
		}
		if tt.says == "" {
			g.Expect(said).To(BeEmpty(), fmt.Sprint(tt))
			continue
		}
		g.Expect(said).To(ConsistOf(ContainSubstring(tt.says)), r.Text())
	}
}
