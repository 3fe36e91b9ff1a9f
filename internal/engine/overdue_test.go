package engine_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/engine"
)

const lonelyHead = `
for: CrisisIncident
roles:
- {name: commander, duty: commander}
ladder: [commander]
`

// TestAMissedDeadlineIsAlwaysToldToSomebody: also where the ladder has no rung above who is asked, where the playbook
// climbs nowhere, and where nobody is there for the rungs above.
func TestAMissedDeadlineIsAlwaysToldToSomebody(t *testing.T) {
	for name, tt := range map[string]struct {
		head, step string
		told       []string
	}{
		"the top of the ladder": {lonelyHead, `{name: safe, task: {to: commander}, within: {elapsed: 2m}, overdue: {climb: Ladder, every: 1m}}`,
			[]string{"gao", "ma"}},
		"no ladder is climbed": {complaintHead, `{name: safe, task: {to: handler}, within: {elapsed: 2m}}`,
			[]string{"lin", "wang", "sun", "ma", "gao"}},
		"seats of an approval that nobody above takes": {complaintHead, `{name: safe, approval: {by: [legal, executive]}, within: {elapsed: 2m}, overdue: {climb: Ladder}}`,
			[]string{"hua", "gao", "ma", "sun"}},
		"a condition that does not come": {lonelyHead, `{name: safe, wait: {until: "incident.closed"}, within: {elapsed: 2m}}`,
			[]string{"gao"}},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			w := tale{head: tt.head, steps: "steps:\n- " + tt.step + "\n"}.world(t)
			w.pass(2 * minute)
			g.Expect(w.sent("overdue")).To(BeEmpty(), "in the very second it is in time")
			w.pass(day)
			var told []string
			for _, n := range w.sent("overdue") {
				told = append(told, n.To.Name)
			}
			g.Expect(told).To(ConsistOf(tt.told), "each of them once")
			g.Expect(w.count(v1alpha1.EventDeadlineMissed, "safe")).To(Equal(1))
			g.Expect(w.count(v1alpha1.EventEscalated, "safe")).To(Equal(1))
		})
	}
}

// TestADeadlineThatWasMovedIsToldAgain when it is missed again.
func TestADeadlineThatWasMovedIsToldAgain(t *testing.T) {
	g := NewWithT(t)
	w := tale{head: lonelyHead, steps: `
steps:
- {name: safe, task: {to: commander}, within: {elapsed: 2h}, pause: {atMost: 1h}, extend: {atMost: 1h}}
`}.world(t)
	w.pass(hour)
	w.does("gao", v1alpha1.TaskExtend, "safe", extension("1h"))
	w.pass(4 * hour)
	g.Expect(w.sent("overdue")).To(HaveLen(2), "gao and their deputy, at the moved deadline alone")
	g.Expect(w.count(v1alpha1.EventEscalated, "safe")).To(Equal(1))
}

// TestRungsThatNobodyStandsOnAreNotTheEnd: where all rungs above are empty those asked are told.
func TestRungsThatNobodyStandsOnAreNotTheEnd(t *testing.T) {
	g := NewWithT(t)
	w := tale{head: `
for: Complaint
roles:
- {name: handler, team: desk, duty: agent}
- {name: oracle, team: desk, duty: soothsayer}
ladder: [handler, oracle]
`, steps: `
steps:
- {name: safe, task: {to: handler}, within: {elapsed: 2h}, overdue: {climb: Ladder, every: 1h}}
`}.world(t)
	w.pass(day)
	g.Expect(w.sent("overdue")).To(ConsistOf(HaveField("To.Name", "lin"), HaveField("To.Name", "wang")))
	g.Expect(w.count(v1alpha1.EventNobody, "safe")).To(Equal(1))
}

// Whose deadline tells nobody is known before: it is what the run comes to, whatever the ladder and the step say. The message names
// what is missing.
func TestADeadlineThatTellsNobodyIsKnownBefore(t *testing.T) {
	const none = "for: Complaint\nroles: [{name: handler, team: desk, duty: agent}, {name: boss, team: desk, duty: agent}]\n"
	for _, tt := range []struct{ head, overdue, says string }{
		{none, "", "give the playbook a ladder, and the step overdue: {climb: Ladder}"},
		{none + "ladder: [handler]\n", "", "give the step overdue: {climb: Ladder}, or the ladder a second role"},
		{none + "ladder: [handler]\n", ", overdue: {climb: Ladder}", ""},
		{none + "ladder: [handler, boss]\n", "", ""},
		{none, ", overdue: {outcome: late}", ""},
		{"for: Complaint\nroles: [{name: commander, team: desk, duty: agent}]\n", "", ""},
	} {
		g := NewWithT(t)
		w := tale{head: tt.head, steps: "steps:\n- {name: hear, wait: {until: complaint.affected > 3}, within: {elapsed: 2h}" + tt.overdue + "}\n"}.world(t)
		w.pass(day)
		g.Expect(engine.TellsNobody(w.plan, 0)).To(Equal(tt.says != ""), tt.head+tt.overdue)
		if tt.says == "" {
			g.Expect(w.count(v1alpha1.EventNobody, "hear")).To(BeZero(), tt.head+tt.overdue)
			continue
		}
		g.Expect(w.text(v1alpha1.EventNobody)).To(Equal("nobody can be told that the deadline passed; "+tt.says), tt.head+tt.overdue)
	}
}
