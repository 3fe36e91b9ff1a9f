package timing

import (
	"strings"
	"testing"

	"tocsin.dev/tocsin/internal/playbook"
)

// A deadline passes for want of an answer, of a notice that arrives, or of what is waited for, and the story says which.
func TestTheStorySaysWhatADeadlineWaitedFor(t *testing.T) {
	const head = `
for: Complaint
roles: [{name: clerk, team: desk, duty: clerk}, {name: boss, team: desk, duty: boss}]
ladder: [clerk, boss]
templates: [{name: hello, texts: [{locale: en, subject: a, body: b}]}]
steps:
- {name: go, needs: [first], task: {to: clerk}, within: {elapsed: 1d}}
`
	for first, says := range map[string]string{
		"notify: {to: [complainant], template: hello}": "what first tells has not arrived: its deadline passes",
		"wait: {until: complaint.affected > 3}":        "what first waits for has not come about: its deadline passes",
		"task: {to: clerk}":                            "nobody has answered first: its deadline passes",
	} {
		v, problems := judged(t, planOf(t, head+"- {name: first, "+first+", within: {elapsed: 1h}, overdue: {climb: Ladder}}\n"), "reached: boss, within: {elapsed: 30m}, unless: [first]")
		if story := strings.Join(v.Story, "\n"); len(problems) > 0 || !strings.Contains(story, says) {
			t.Errorf("%v %s\n%s", problems, v.Says(), story)
		}
	}
}

func TestSeveralWhoAreAskedAreSpokenOfAsSeveral(t *testing.T) {
	for want, asks := range map[string][]string{"the team has": nil, "the boss has": {"boss", "boss"}, "the boss and the exec have": {"exec", "boss"}} {
		if is := (&played{}).asked(&playbook.Node{Asks: asks}, "has", "have"); is != want {
			t.Errorf("%s, want %s", is, want)
		}
	}
}
