package verify

import (
	"strings"
	"testing"
)

const levelsOfTwoBooks = `apiVersion: crisis.tocsin.dev/v1alpha1
kind: TriagePolicy
metadata: {name: default}
spec:
  levels:
  - {name: L1, playbook: high}
  - {name: L2, playbook: low}
  - {name: L3}
  defaultLevel: L3
---
`

// bookAsking is a playbook with a step, or a sub-playbook, under a condition.
func bookAsking(name, does string) string {
	return `apiVersion: crisis.tocsin.dev/v1alpha1
kind: Playbook
metadata: {name: ` + name + `}
spec:
  for: Complaint
  roles: [{name: handler, team: desk, duty: agent}]
  steps:
  - ` + does + `
---
`
}

// A playbook is asked about the levels it runs at, one that others carry out about theirs, all of them about those without a
// playbook, at which a run goes on. Where there is no policy, or none that can be read, nothing is known.
func TestLevelsAPlaybookRunsAt(t *testing.T) {
	work := func(name, level string) string {
		return bookAsking(name, `{name: work, when: run.level == "`+level+`", noDeadline: None., task: {to: handler}}`)
	}
	sub := func(name string) string { return bookAsking(name, "{name: inside, playbook: {name: sub}}") }
	high, low := bookAsking("high", "{name: a, noDeadline: None., task: {to: handler}}"), bookAsking("low", "{name: a, noDeadline: None., task: {to: handler}}")
	for _, c := range []struct{ text, says string }{
		{levelsOfTwoBooks + work("high", "L1") + low, ""},
		{levelsOfTwoBooks + work("high", "L2") + low, `run.level is never "L2" here: the playbook of that level is low; this one runs at: L1, L3`},
		{levelsOfTwoBooks + work("high", "L3") + low, ""},
		{levelsOfTwoBooks + sub("high") + sub("low") + work("sub", "L2"), ""},
		{levelsOfTwoBooks + sub("high") + low + work("sub", "L2"), `run.level is never "L2" here: the playbook of that level is low; this one runs at: L1, L3`},
		{levelsOfTwoBooks + high + low + work("other", "L2"), ""},
		{levelsOfTwoBooks + high + low + work("other", "hram"), `run.level is never "hram": no TriagePolicy in these files has that level; the levels are: L1, L2, L3`},
		{work("high", "hram"), ""},
		{strings.Replace(levelsOfTwoBooks, "defaultLevel", "defaultLevl", 1) + work("high", "hram"), ""},
		{levelsOfTwoBooks + strings.NewReplacer("name: default", "name: more", "defaultLevel", "defaultLevl").Replace(levelsOfTwoBooks) + work("high", "hram") + low, ""},
	} {
		var said []string
		for _, f := range verified(t, []File{{"f", []byte(c.text)}}).Findings {
			if f.Rule == LevelDeclared {
				said = append(said, f.Message+"; "+f.Advice)
			}
		}
		if strings.Join(said, "\n") != c.says {
			t.Errorf("%s\nwant %s\nin %s", strings.Join(said, "\n"), c.says, c.text)
		}
	}
}
