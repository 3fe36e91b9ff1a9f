package verify

import (
	"strings"
	"testing"
)

// Below every level that has a playbook, and not the default, a level without one is wanted.
func TestALevelBelowMayGoWithoutAPlaybook(t *testing.T) {
	const policy = `apiVersion: crisis.tocsin.dev/v1alpha1
kind: TriagePolicy
metadata: {name: default}
spec:
  levels: [%]
  defaultLevel: low
`
	for _, c := range []struct{ levels, says string }{
		{"{name: low, playbook: p}, {name: noise}, {name: spam}", ""},
		{"{name: high}, {name: low, playbook: p}, {name: noise}", "spec.levels[0]"},
		{"{name: high}, {name: top}, {name: low, playbook: p}", "spec.levels[0] spec.levels[1]"},
		{"{name: low}, {name: noise, playbook: p}", "spec.levels[0]"},
		{"{name: high, playbook: p}, {name: low}", "spec.levels[1]"},
		{"{name: high}, {name: low}", "spec.levels[1]"},
	} {
		var said []string
		book := bookAsking("p", "{name: work, noDeadline: None., task: {to: handler}}")
		for _, f := range verified(t, []File{{"f", []byte(book + strings.Replace(policy, "%", c.levels, 1))}}).Findings {
			if f.Rule == LevelHasPlaybook {
				said = append(said, f.Field)
			}
		}
		if strings.Join(said, " ") != c.says {
			t.Errorf("%s: found at %v, want %s", c.levels, said, c.says)
		}
	}
}
