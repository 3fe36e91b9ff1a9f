package timing

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

// A promise of which nothing is proved has a run that breaks it found: where what comes before never ends, is done late, or is done
// in time while something else is not.
func TestARunThatBreaksAPromiseIsFound(t *testing.T) {
	const (
		notice = `{name: first, notify: {to: [complainant], template: hello}, within: {elapsed: 24h}}`
		task   = `{name: first, task: {to: clerk}, within: {elapsed: 24h}, overdue: {climb: Ladder, every: 4h}}`
		asked  = `{name: first, task: {to: clerk, outcomes: ["yes", "no"]}, within: {elapsed: 1d}}`
		block  = `{name: first, repeat: {max: 2, until: steps.ask.done, steps: [{name: ask, task: {to: clerk}, within: {elapsed: 1h}}]}}`
	)
	for name, tt := range map[string]struct{ before, promise, says, story string }{
		"a notice that never arrives": {notice, `ended: last, within: {elapsed: 3d}`,
			"may never come about", "what first tells has not arrived: its deadline passes"},
		"a task that nobody does": {task, `ended: last, within: {elapsed: 3d}`,
			"may never come about", "nothing else happens: last never ends"},
		"nobody does anything": {task, `ended: last, within: {elapsed: 3d}, given: Silence`,
			"may never come about", "nothing else happens: last never ends"},
		"what stands before a step of the premise is done late": {notice + "\n- {name: second, needs: [first], task: {to: clerk}, within: {elapsed: 1h}, overdue: {climb: Ladder}}",
			`ended: last, within: {elapsed: 3d}, when: steps.second.done`, "does not hold", "the clerk answers second"},
		"what is inside a step of the premise is done late": {block, `ended: last, within: {elapsed: 3d}, when: steps.first.done`,
			"may never come about", "the clerk answers first/ask"},
		"one that waits for what the premise does not": {asked + "\n- {name: second, needs: [first], task: {to: clerk}, within: {elapsed: 1h}}",
			`ended: last, within: {elapsed: 3d}, when: 'steps.first.outcome == "yes"'`, "may never come about", "nobody has answered second"},
		// Where nobody answers, the premise does not come about; where everybody does in time, it does.
		"only where deadlines are kept": {task, `ended: last, within: {elapsed: 3h}, when: steps.first.done || steps.last.done`,
			"a run was found in which it takes 1 day 1 h", "the clerk answers first"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			before := "first"
			if strings.Contains(tt.before, "name: second") {
				before = "second"
			}
			v, problems := judged(t, planOf(t, `
for: Complaint
roles: [{name: clerk, team: desk, duty: clerk}, {name: boss, team: desk, duty: boss}]
ladder: [clerk, boss]
steps:
- `+tt.before+`
- {name: last, needs: [`+before+`], task: {to: clerk}, within: {elapsed: 1h}}
templates: [{name: hello, texts: [{locale: en, subject: a, body: b}]}]
`), tt.promise)
			g.Expect(problems).To(BeEmpty())
			story := strings.Join(v.Story, "\n")
			g.Expect(v.Says()).To(And(HavePrefix("does not hold"), ContainSubstring(tt.says)), story)
			g.Expect(story).To(ContainSubstring(tt.story))
			g.Expect(v.Story[0]).To(HaveSuffix("; times are UTC"))
		})
	}
}
