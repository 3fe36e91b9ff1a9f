package difference_test

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/internal/difference"
)

// ordinary and grave are the playbooks of the two levels of a policy; twoLevels is that policy.
const (
	ordinary = `
for: Complaint
roles: [{name: clerk, team: desk, duty: agent}, {name: boss, team: management, duty: manager}]
steps:
- {name: receipt, notify: {to: [complainant], template: taskTaken}}
- {name: examine, task: {to: clerk, outcomes: [founded, unfounded]}, noDeadline: "any time"}
- {name: approve, needs: [examine], approval: {by: [boss], of: remedy}, noDeadline: "any time"}
- {name: settle, needs: [examine], decision: {by: boss, options: [pay, explain]}, noDeadline: "any time"}
`
	grave     = ordinary + `- {name: hear, needs: [examine], task: {to: boss}, noDeadline: "any time"}`
	twoLevels = `
apiVersion: crisis.tocsin.dev/v1alpha1
kind: TriagePolicy
metadata: {name: policy}
spec: {levels: [{name: high, playbook: grave}, {name: low, playbook: ordinary}], defaultLevel: low}
`
)

// What stays done when one playbook takes over from another is told where it changes, whichever of the two was changed.
func TestWhatStaysDoneInATakeOver(t *testing.T) {
	const policy = "kind: TriagePolicy\nmetadata: {name: policy}"
	as := func(low, high, levels string) *difference.Side {
		return side(t, map[string]string{"around.yaml": strings.ReplaceAll(around, policy, "kind: TriagePolicy\nmetadata: {name: other}"),
			"levels.yaml": levels, "ordinary.yaml": book("ordinary", low), "grave.yaml": book("grave", high)})
	}
	from := func(old, is string) func(string) string {
		return func(text string) string {
			if !strings.Contains(text, old) {
				t.Fatalf("%q is not in %s", old, text)
			}
			return strings.ReplaceAll(text, old, is)
		}
	}
	same := func(text string) string { return text }
	apart := strings.Replace(twoLevels, "{name: low, playbook: ordinary}", "{name: low}", 1)
	for name, tt := range map[string]struct {
		low, high    func(string) string
		levels       string
		there, again []string // there and back again
	}{
		"the one that takes over has another name for it": {low: same, high: from("receipt", "acknowledge"),
			there: []string{
				"playbook grave: acknowledge no longer stays done when grave takes over from ordinary, which has no step of that name",
				"playbook grave: the step receipt is now called acknowledge",
				"playbook ordinary: receipt no longer stays done when ordinary takes over from grave, which has no step of that name",
			},
			again: []string{
				"playbook grave: receipt now stays done when grave takes over from ordinary",
				"playbook grave: the step acknowledge is now called receipt",
				"playbook ordinary: receipt now stays done when ordinary takes over from grave",
			}},
		"both have": {low: from("receipt", "acknowledge"), high: from("receipt", "acknowledge"),
			there: []string{
				"playbook grave: the step receipt is now called acknowledge",
				"playbook ordinary: the step receipt is now called acknowledge",
			},
			again: []string{
				"playbook grave: the step acknowledge is now called receipt",
				"playbook ordinary: the step acknowledge is now called receipt",
			}},
		"neither takes over from the other": {low: same, high: from("receipt", "acknowledge"), levels: apart,
			there: []string{"playbook grave: the step receipt is now called acknowledge"},
			again: []string{"playbook grave: the step acknowledge is now called receipt"}},
		"a role has another name": {low: from("clerk", "handler"), high: same,
			there: []string{
				"playbook grave: examine no longer stays done when grave takes over from ordinary",
				"playbook grave: approve no longer stays done when grave takes over from ordinary",
				"playbook grave: settle no longer stays done when grave takes over from ordinary",
				"playbook ordinary: examine no longer stays done when ordinary takes over from grave",
				"playbook ordinary: approve no longer stays done when ordinary takes over from grave",
				"playbook ordinary: settle no longer stays done when ordinary takes over from grave",
				"playbook ordinary: the role clerk is now called handler",
			},
			again: []string{
				"playbook grave: examine now stays done when grave takes over from ordinary",
				"playbook grave: approve now stays done when grave takes over from ordinary",
				"playbook grave: settle now stays done when grave takes over from ordinary",
				"playbook ordinary: examine now stays done when ordinary takes over from grave",
				"playbook ordinary: approve now stays done when ordinary takes over from grave",
				"playbook ordinary: settle now stays done when ordinary takes over from grave",
				"playbook ordinary: the role handler is now called clerk",
			}},
		"an answer is offered no more": {low: same, high: from("[founded, unfounded]", "[founded]"),
			there: []string{
				"playbook grave: examine can no longer be answered with unfounded",
				"playbook grave: examine no longer stays done where it ended with unfounded when grave takes over from ordinary",
			},
			again: []string{
				"playbook grave: examine can now be answered with unfounded",
				"playbook grave: examine now stays done where it ended with unfounded when grave takes over from ordinary",
			}},
		"an answer has another name": {low: from("[founded, unfounded]", "[founded, groundless]"), high: same,
			there: []string{
				"playbook grave: examine does not stay done where it ended with groundless when grave takes over from ordinary",
				"playbook ordinary: examine can now be answered with groundless",
				"playbook ordinary: examine can no longer be answered with unfounded",
				"playbook ordinary: examine no longer stays done where it ended with unfounded when ordinary takes over from grave",
			},
			again: []string{
				"playbook ordinary: examine can now be answered with unfounded",
				"playbook ordinary: examine can no longer be answered with groundless",
				"playbook ordinary: examine now stays done where it ended with unfounded when ordinary takes over from grave",
			}},
		"another rank approves": {low: from("duty: manager", "duty: executive"), high: same,
			there: []string{
				"playbook ordinary: boss is now somebody of the team management with the duty executive, before somebody of the team management with the duty manager",
				"playbook ordinary: approve no longer stays done when ordinary takes over from grave",
				"playbook ordinary: settle no longer stays done when ordinary takes over from grave",
				"playbook grave: approve no longer stays done when grave takes over from ordinary",
				"playbook grave: settle no longer stays done when grave takes over from ordinary",
			},
			again: []string{
				"playbook ordinary: boss is now somebody of the team management with the duty manager, before somebody of the team management with the duty executive",
				"playbook ordinary: approve now stays done when ordinary takes over from grave",
				"playbook ordinary: settle now stays done when ordinary takes over from grave",
				"playbook grave: approve now stays done when grave takes over from ordinary",
				"playbook grave: settle now stays done when grave takes over from ordinary",
			}},
	} {
		t.Run(name, func(t *testing.T) {
			levels := tt.levels
			if levels == "" {
				levels = twoLevels
			}
			before, after := as(ordinary, grave, levels), as(tt.low(ordinary), tt.high(grave), levels)
			report := difference.Compare(before, after)
			NewWithT(t).Expect(report.Notes).To(BeEmpty())
			NewWithT(t).Expect(told(report)).To(Equal(tt.there))
			NewWithT(t).Expect(told(difference.Compare(after, before))).To(Equal(tt.again))
		})
	}
}
