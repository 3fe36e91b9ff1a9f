package timing

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

// What recurs tells somebody for sure, the first time after one span, where nothing can end it before: in silence what waits for people
// does not. Whatever else may end or stop it keeps it from being proved.
func TestWhatRecursTellsWhereNothingEndsIt(t *testing.T) {
	const head = `
for: Complaint
roles: [{name: clerk, team: desk, duty: clerk}, {name: boss, team: desk, duty: boss}]
ladder: [clerk, boss]
templates: [{name: hello, texts: [{locale: en, subject: a, body: b}]}]
steps:
- {name: a, task: {to: clerk}, within: {elapsed: 1d}, overdue: {climb: None}}
- {name: b, decision: {by: clerk, options: [go, halt]}, within: {elapsed: 20h}, overdue: {outcome: halt}}
- {name: note, notify: {to: [clerk], template: hello}, within: {elapsed: 1h}}
- {name: rest, wait: {for: {elapsed: 2h}}}
`
	const silence = ", given: Silence"
	news := func(until, more string) string {
		return "- {name: news, notify: {to: [boss, complainant], template: hello}, every: {elapsed: 12h}, until: " + until + more + "}"
	}
	for _, tt := range []struct{ steps, promise, says string }{
		{news("steps.a.ended", ""), "told: complainant, within: {elapsed: 12h}" + silence, "holds"},
		{news("steps.a.ended", ""), "told: complainant, within: {elapsed: 11h}" + silence, "in the worst case it takes 12 h, 1 h too long"},
		{news("steps.a.ended", ""), "reached: boss, within: {elapsed: 12h}" + silence, "holds"},
		{news("steps.a.ended", ""), "told: complainant, within: {elapsed: 12h}", "does not hold: it may never come about"},
		{news("steps.a.ended", ", needs: [rest]"), "told: complainant, within: {elapsed: 14h}" + silence, "holds"},
		{news("steps.a.ended", ", needs: [rest]"), "told: complainant, within: {elapsed: 13h}" + silence, "in the worst case it takes 14 h"},
		{news("steps.a.ended", ", needs: [a]"), "told: complainant, within: {elapsed: 14d}" + silence, "it may never come about"},
		{news("steps.note.ended", ""), "told: complainant, within: {elapsed: 12h}" + silence, "it may never come about"},
		{news("steps.b.ended", ""), "told: complainant, within: {elapsed: 12h}" + silence, "is not proved"}, // b ends by itself, later
		{news("complaint.affected > 3", ""), "told: complainant, within: {elapsed: 12h}" + silence, "is not proved"},
		{news("steps.a.ended", "") + "\ncancel: [{name: c, when: steps.note.done, steps: [news]}]", "told: complainant, within: {elapsed: 12h}" + silence, "it may never come about"},
		{news("steps.a.ended", "") + "\ncancel: [{name: c, when: steps.a.done, steps: [news]}]", "told: complainant, within: {elapsed: 12h}" + silence, "holds"},
	} {
		v, problems := judged(t, planOf(t, head+tt.steps+"\n"), tt.promise)
		NewWithT(t).Expect(problems).To(BeEmpty())
		NewWithT(t).Expect(v.Says()).To(ContainSubstring(tt.says), "%s\n%s\n%s", tt.steps, tt.promise, strings.Join(v.Story, "\n"))
	}
}
