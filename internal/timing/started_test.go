package timing

import (
	"testing"

	. "github.com/onsi/gomega"
)

// A time that counts from the start of a step is proved from every moment it can begin at: the latest need not be the worst, and
// that it may never come about proves nothing of the others.
func TestATimeThatCountsFromTheStart(t *testing.T) {
	const head = `
for: Complaint
roles: [{name: clerk, team: desk, duty: clerk}, {name: boss, team: desk, duty: boss}]
ladder: [clerk, boss]
steps:
`
	for _, tt := range []struct{ steps, assertion, says string }{
		{"- {name: a, task: {to: clerk}, within: {elapsed: 1h}}\n- {name: b, needs: [a], task: {to: clerk}, within: {elapsed: 1h}}",
			"ended: b, within: {elapsed: 1h, of: started}", "it may never come about"},
		{"- {name: a, task: {to: clerk}, within: {elapsed: 1h}}\n- {name: b, needs: [a], task: {to: clerk}, within: {elapsed: 1h}}",
			"ended: b, within: {elapsed: 1h, of: started}, given: Silence", "is not proved: a run that never comes to it cannot be ruled out"},
		{"- {name: a, task: {to: clerk}, within: {elapsed: 3h}}\n- {name: b, needs: [a], task: {to: clerk}, within: {elapsed: 4h, of: received}}",
			"ended: b, within: {elapsed: 2h, of: started}, given: DeadlinesKept", "4 h after the beginning of the run, 2 h too long"},
		{"- {name: a, task: {to: clerk}, within: {elapsed: 3h}}\n- {name: b, needs: [a], task: {to: clerk}, within: {elapsed: 4h, of: received}}",
			"ended: b, within: {elapsed: 4h, of: started}, given: DeadlinesKept", "holds"},
		{"- {name: a, task: {to: clerk}, noDeadline: it takes its time}\n- {name: b, needs: [a], task: {to: clerk}, within: {elapsed: 4h}}",
			"ended: b, within: {elapsed: 1m, of: started}, given: DeadlinesKept", ", 3 h 59 min too long"},
		{"- {name: a, wait: {for: {elapsed: 3h}}}\n- {name: b, needs: [a], task: {to: clerk}, within: {elapsed: 4h, of: received}}",
			"ended: b, within: {elapsed: 2h, of: started}, given: DeadlinesKept", "is not proved: "},
		{"- {name: a, task: {to: clerk}, within: {elapsed: 1h}}\n- {name: w, wait: {until: steps.a.done}, noDeadline: a has one}\n- {name: x, needs: [w], task: {to: boss}, within: {elapsed: 1h}}",
			"ended: x, within: {elapsed: 1h, of: started}, given: DeadlinesKept", "holds"},
	} {
		v, problems := judged(t, planOf(t, head+tt.steps+"\n"), tt.assertion)
		NewWithT(t).Expect(problems).To(BeEmpty())
		NewWithT(t).Expect(v.Says()).To(ContainSubstring(tt.says), "%s\n%s\n%s", tt.steps, tt.assertion, v.Story)
	}
}

// What excludes each other is not so in one run: no run is told in which both of two conditions about facts hold.
func TestARunIsPlayedWithFactsThatCanBe(t *testing.T) {
	plan := planOf(t, `
for: Complaint
roles: [{name: clerk, team: desk, duty: clerk}]
steps:
- {name: a, when: 'complaint.category == "q"', task: {to: clerk}, within: {elapsed: 6h}}
- {name: b, when: 'complaint.category != "q"', task: {to: clerk}, within: {elapsed: 1h}}
- {name: c, needs: [a, b], when: steps.b.done, task: {to: clerk}, within: {elapsed: 4h}}
`)
	for assertion, says := range map[string]string{
		"ended: c, within: {elapsed: 5h}, given: DeadlinesKept": "is not proved",
		"ended: c, within: {elapsed: 4h}, given: DeadlinesKept": "does not hold: a run was found in which it takes 5 h",
	} {
		v, problems := judged(t, plan, assertion)
		NewWithT(t).Expect(problems).To(BeEmpty())
		NewWithT(t).Expect(v.Says()).To(ContainSubstring(says), "%s: %s", assertion, v.Story)
	}
}

// Who keeps deadlines answers by them, also where it is not known how late what they wait for can be.
func TestNobodyLeavesADeadlineUnansweredWhereAllAreKept(t *testing.T) {
	plan := planOf(t, `
for: Complaint
roles: [{name: clerk, team: desk, duty: clerk}, {name: boss, team: desk, duty: boss}]
ladder: [clerk, boss]
steps:
- {name: a, task: {to: clerk}, within: {elapsed: 1h}}
- {name: w, wait: {until: steps.a.done}, noDeadline: a has one}
- {name: x, needs: [w], task: {to: boss}, within: {elapsed: 1h}}
`)
	for _, assertion := range []string{"ended: x, within: {elapsed: 2h}, given: DeadlinesKept", "reached: boss, within: {elapsed: 1h}, given: DeadlinesKept"} {
		v, problems := judged(t, plan, assertion)
		NewWithT(t).Expect(problems).To(BeEmpty())
		NewWithT(t).Expect(v.Played).To(BeFalse(), "%s: %s %v", assertion, v.Says(), v.Story)
	}
}
