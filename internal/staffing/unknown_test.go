package staffing

import (
	"strings"
	"testing"

	"tocsin.dev/tocsin/internal/pack"
)

const desk = `apiVersion: crisis.tocsin.dev/v1alpha1
kind: ResponseTeam
metadata: {name: desk}
spec:
  timeZone: Europe/London
  members:
  - {name: ana, user: ana@x, duties: [agent], contacts: [{kind: Email, address: ana@example.com}]}
  - {name: abe, user: abe@x, duties: [agent], contacts: [{kind: Email, address: abe@example.com}]}
  - {name: bea, user: bea@x, duties: [boss], contacts: [{kind: Email, address: bea@example.com}]}
  - {name: bob, user: bob@x, duties: [boss], contacts: [{kind: Email, address: bob@example.com}]}
---
apiVersion: crisis.tocsin.dev/v1alpha1
kind: Playbook
metadata: {name: p}
spec:
  roles: [{name: clerk, team: desk, duty: agent}, {name: boss, team: desk, duty: boss}]
  templates: [{name: t, texts: [{locale: en, subject: s, body: b}]}]
`

// found are the findings about a playbook of a small team, in words.
func found(t *testing.T, book string) string {
	t.Helper()
	p := pack.New()
	for d := range strings.SplitSeq(desk+book, "---\n") {
		if err := p.Add("p.yaml", []byte(d)); err != nil {
			t.Fatal(err)
		}
	}
	var out []string
	proved(t, p, Options{Absent: 1, Now: now}, func(_ string, v Verdict) {
		for _, f := range v.Findings {
			out = append(out, f.Message)
		}
	})
	return strings.Join(out, "\n")
}

// Where it is not known which team an incident has, it is not found that nobody is in it.
func TestATeamThatIsNotKnownIsNotEmpty(t *testing.T) {
	const book = "  for: CrisisIncident\n  steps:\n  - {name: tell, notify: {to: [team], template: t}}\n  - {name: end, task: {to: boss}, within: {elapsed: 1h}}\n"
	if got := found(t, book); !strings.Contains(got, "be asked as boss for end") || strings.Contains(got, "tell") {
		t.Error(got)
	}
}

// A condition without an answer is no want of people.
func TestAConditionWithoutAnAnswerIsNoWantOfPeople(t *testing.T) {
	const book = `  for: Complaint
  steps:
  - {name: tell, when: 'complaint.signals[0] == "x"', notify: {to: [clerk], template: t}}
  - {name: late, notify: {to: [boss], template: t}}
`
	if got := found(t, book); !strings.Contains(got, "with bea complained about and bob away, nobody is left to be told as boss by late") || strings.Contains(got, "told by tell") {
		t.Error(got)
	}
}
