package timing

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

// A step that waits for others, or for so many of them, is over when they are: what comes after is proved. Where it is not sure what
// comes of them, nothing is.
func TestWhatComesAfterAWaitOrAQuorum(t *testing.T) {
	const head = `
for: Complaint
roles: [{name: clerk, team: desk, duty: clerk}, {name: boss, team: desk, duty: boss}]
ladder: [clerk, boss]
templates: [{name: hello, texts: [{locale: en, subject: a, body: b}]}]
steps:
- {name: a, decision: {by: clerk, options: [go, halt]}, within: {elapsed: 1h}}
- {name: b, needs: [a], when: steps.a.outcome == "go", task: {to: clerk}, within: {elapsed: 2h}}
- {name: c, task: {to: clerk}, within: {elapsed: 4h}}
- {name: d, when: complaint.affected > 3, task: {to: clerk}, within: {elapsed: 1h}}
`
	const never = "a run that never comes to it cannot be ruled out"
	for _, tt := range []struct{ steps, promise, says string }{
		{"- {name: w, wait: {until: steps.a.done}, noDeadline: a has one}\n- {name: x, needs: [w], task: {to: boss}, within: {elapsed: 1h}}", "ended: x, within: {elapsed: 2h}", "holds"},
		{"- {name: w, wait: {until: steps.b.ended}, noDeadline: b has one}\n- {name: x, needs: [w], task: {to: boss}, within: {elapsed: 1h}}", "ended: x, within: {elapsed: 4h}", "holds"},
		{"- {name: w, wait: {until: steps.b.ended}, noDeadline: b has one}\n- {name: x, needs: [w], task: {to: boss}, within: {elapsed: 1h}}", "ended: x, within: {elapsed: 3h59m}", "it takes 4 h, 1 min too long"},
		{"- {name: w, wait: {until: steps.b.done}, noDeadline: b has one}\n- {name: x, needs: [w], task: {to: boss}, within: {elapsed: 1h}}", "ended: x, within: {elapsed: 4h}", "it may never come about"},
		{"- {name: w, wait: {until: steps.c.done || complaint.affected > 3}, noDeadline: c has one}\n- {name: x, needs: [w], task: {to: boss}, within: {elapsed: 1h}}", "ended: x, within: {elapsed: 5h}", never},
		{"- {name: w, every: {elapsed: 1h}, until: steps.b.done, notify: {to: [clerk], template: hello}}\n- {name: x, needs: [w], task: {to: boss}, within: {elapsed: 1h}}", "ended: x, within: {elapsed: 9h}", "it may never come about"},
		{"- {name: x, needs: [a, c], quorum: 1, task: {to: boss}, within: {elapsed: 1h}}", "ended: x, within: {elapsed: 2h}", "holds"},
		{"- {name: x, needs: [a, c], quorum: 2, task: {to: boss}, within: {elapsed: 1h}}", "ended: x, within: {elapsed: 2h}", "it takes 5 h, 3 h too long"},
		{"- {name: x, needs: [b, c], quorum: 1, task: {to: boss}, within: {elapsed: 1h}}", "ended: x, within: {elapsed: 4h}", "it takes 5 h, 1 h too long"},
		{"- {name: x, needs: [a, d], quorum: 2, task: {to: boss}, within: {elapsed: 1h}}", "ended: x, within: {elapsed: 2h}", "holds"},
		{"- {name: w, wait: {until: steps.b.done}, within: {elapsed: 1h}}", "reached: boss, within: {elapsed: 30m}", "it may never come about"},            // where b is done within half an hour
		{"- {name: w, wait: {until: '\"leak\" in complaint.signals'}, within: {elapsed: 1h}}", "reached: boss, within: {elapsed: 30m}", "is not proved: "}, // in no run in which it comes about in time
		{"- {name: x, needs: [a, c], quorum: 1, task: {to: boss}, within: {elapsed: 1h}}", "reached: boss, within: {elapsed: 0s, of: a}", "holds"},
	} {
		v, problems := judged(t, planOf(t, head+tt.steps+"\n"), tt.promise+", given: DeadlinesKept")
		NewWithT(t).Expect(problems).To(BeEmpty())
		NewWithT(t).Expect(v.Says()).To(ContainSubstring(tt.says), "%s\n%s\n%s", tt.steps, tt.promise, strings.Join(v.Story, "\n"))
	}
}

// Whoever would be told had the wait gone on is told by what it waits for, a second later.
func TestAWaitThatMakesAPromiseIdleMayNeverEnd(t *testing.T) {
	plan := planOf(t, `
for: Complaint
roles: [{name: clerk, team: desk, duty: clerk}, {name: boss, team: desk, duty: boss}]
ladder: [clerk, boss]
steps:
- {name: a, task: {to: clerk}, within: {elapsed: 3h}, overdue: {climb: Ladder}}
- {name: w, wait: {until: steps.a.done}, noDeadline: a has one}
`)
	for promise, says := range map[string]string{
		"reached: boss, within: {elapsed: 3h}, unless: [w]":       "holds",
		"reached: boss, within: {elapsed: 2h59m59s}, unless: [w]": "does not hold",
	} {
		v, problems := judged(t, plan, promise)
		NewWithT(t).Expect(problems).To(BeEmpty())
		NewWithT(t).Expect(v.Says()).To(ContainSubstring(says), promise)
	}
}

// What may be stopped may not be done: neither a condition nor another region takes it for done.
func TestWhatMayBeStoppedIsNotTakenForDone(t *testing.T) {
	const head = `
for: Complaint
roles: [{name: clerk, team: desk, duty: clerk}, {name: boss, team: desk, duty: boss}]
ladder: [clerk, boss]
templates: [{name: hello, texts: [{locale: en, subject: a, body: b}]}]
steps:
- {name: m, task: {to: clerk}, within: {elapsed: 1h}}
- {name: k, task: {to: clerk}, within: {elapsed: 1h}}
- {name: t, needs: [m, k], when: steps.k.done, notify: {to: [boss], template: hello}}
`
	for cancel, says := range map[string]string{
		"": "holds",
		"cancel: [{name: c, when: steps.m.done, steps: [k]}]\n":                                                                               "does not hold: it may never come about",
		"cancel: [{name: d, when: steps.k.ended && !steps.k.done, steps: [t]}, {name: c, when: steps.m.done && !steps.m.done, steps: [k]}]\n": "holds",
		"cancel: [{name: d, when: steps.k.ended && !steps.k.done, steps: [m]}, {name: c, when: steps.m.done, steps: [k]}]\n":                  "does not hold: it may never come about",
	} {
		v, problems := judged(t, planOf(t, head+cancel), "reached: boss, within: {elapsed: 1h}, given: DeadlinesKept")
		NewWithT(t).Expect(problems).To(BeEmpty())
		NewWithT(t).Expect(v.Says()).To(ContainSubstring(says), cancel)
	}
}

// Where nobody does anything, a wait may be over all the same, and its ladder is not climbed then; and a step that is skipped has ended.
func TestSilenceEndsWhatNobodyIsAskedFor(t *testing.T) {
	const head = `
for: Complaint
roles: [{name: clerk, team: desk, duty: clerk}, {name: boss, team: desk, duty: boss}]
ladder: [clerk, boss]
templates: [{name: hello, texts: [{locale: en, subject: a, body: b}]}]
steps:
`
	for _, tt := range []struct{ steps, says string }{
		{"- {name: z, notify: {to: [clerk], template: hello}}\n- {name: w, wait: {until: steps.z.done}, within: {elapsed: 1h}}\n", "does not hold: it may never come about"},
		{"- {name: z, task: {to: clerk}, noDeadline: whenever}\n- {name: w, wait: {until: steps.z.done}, within: {elapsed: 1h}}\n", "holds"},
		{"- {name: z, task: {to: clerk}, within: {elapsed: 1h}, overdue: {climb: Ladder}}\n- {name: s, when: complaint.affected > 3, task: {to: clerk}, within: {elapsed: 2d}}\ncancel: [{name: c, when: steps.s.ended, steps: [z]}]\n", "does not hold: it may never come about"},
		{"- {name: z, task: {to: clerk}, within: {elapsed: 1h}, overdue: {climb: Ladder}}\n- {name: s, task: {to: clerk}, within: {elapsed: 2d}}\ncancel: [{name: c, when: steps.s.ended, steps: [z]}]\n", "holds"},
	} {
		v, problems := judged(t, planOf(t, head+tt.steps), "reached: boss, within: {elapsed: 1h}, given: Silence")
		NewWithT(t).Expect(problems).To(BeEmpty())
		NewWithT(t).Expect(v.Says()).To(ContainSubstring(tt.says), "%s\n%s", tt.steps, strings.Join(v.Story, "\n"))
	}
}

// That a promise speaks of no run in which nothing is stopped does not keep it from being stopped.
func TestAPremiseThatOnlyARegionMakesSo(t *testing.T) {
	v, problems := judged(t, planOf(t, `
for: Complaint
roles: [{name: clerk, team: desk, duty: clerk}, {name: boss, team: desk, duty: boss}]
steps:
- {name: a, task: {to: clerk}, within: {elapsed: 1h}}
- {name: b, task: {to: clerk}, within: {elapsed: 1h}}
- {name: c, needs: [b], task: {to: boss}, within: {elapsed: 1h}}
cancel: [{name: region, when: steps.a.done, steps: [b]}]
`), "reached: boss, within: {elapsed: 9h}, when: steps.c.skipped")
	NewWithT(t).Expect(problems).To(BeEmpty())
	NewWithT(t).Expect(v.Vacuous).To(BeFalse())
	NewWithT(t).Expect(v.Says()).To(HavePrefix("does not hold: it may never come about"), "it is one in which c is skipped, as a may be done first")
}
