package verify

import (
	"strings"
	"testing"
)

// raising is a policy under which what is open for ten days gets a level, with a playbook of that level whose last step stands behind LAST,
// one of the level below with what stands behind FIRST, and the levels behind BELOW.
const raising = `apiVersion: crisis.tocsin.dev/v1alpha1
kind: TriagePolicy
metadata: {name: default}
spec:
  levels: [{name: high, playbook: big}, BELOW]
  defaultLevel: low
  rules: [{name: old, level: high, openFor: 10d, reason: ten days}]
---
apiVersion: crisis.tocsin.dev/v1alpha1
kind: BusinessCalendar
metadata: {name: hours}
spec: {timeZone: UTC, hours: [{days: [Mon, Tue, Wed, Thu, Fri], from: "09:00", to: "17:00"}]}
---
apiVersion: crisis.tocsin.dev/v1alpha1
kind: Playbook
metadata: {name: small}
spec:
  for: Complaint
  roles: [{name: clerk, team: desk, duty: clerk}, {name: boss, team: desk, duty: boss}]
  ladder: [clerk, boss]
  steps:
  - {name: rest, task: {to: clerk}, within: {elapsed: 30d}}
  - FIRST
---
apiVersion: crisis.tocsin.dev/v1alpha1
kind: Playbook
metadata: {name: big}
spec:
  for: Complaint
  calendar: hours
  roles: [{name: clerk, team: desk, duty: clerk}, {name: boss, team: desk, duty: boss}]
  ladder: [clerk, boss]
  steps:
  - {name: look, task: {to: clerk}, within: {elapsed: 3d}, overdue: {climb: Ladder}}
  - LAST
`

// A deadline that counts from receipt has passed before a step begins that only begins at a level which time alone gives: unless a
// playbook of a level below may have done it by then.
func TestADeadlineThatPassesBeforeTimeRaisesTheLevel(t *testing.T) {
	const (
		below = "{name: low, playbook: small}"
		other = "{name: other, task: {to: clerk}, within: {elapsed: 1d}}"
		last  = "{name: answer, task: {to: clerk}, within: {WITHIN}, overdue: {climb: Ladder}}"
	)
	const open = "answer can begin 8 days after its deadline although everybody keeps theirs: the rule old gives the level high after 10 days; give it more time, count from graded, or have a playbook of a lower level do it in time"
	for _, c := range []struct{ below, first, last, within, says string }{
		{below, other, last, "elapsed: 2d, of: received", open},
		{below, other, last, "elapsed: 10d, of: received", ""},
		{below, other, last, "elapsed: 9d23h, of: received", "answer can begin 1 h after its deadline"},
		{below, other, last, "elapsed: 2d, of: graded", ""},
		{below, other, last, "elapsed: 2d", ""},
		// What it waits for takes its time, too, unless that is done already.
		{below, other, strings.Replace(last, "answer,", "answer, needs: [look],", 1), "elapsed: 12d, of: received", "answer can begin 1 day after its deadline although everybody keeps theirs: the rule old gives the level high after 10 days + look 3 days"},
		{below, strings.Replace(other, "other", "look", 1), strings.Replace(last, "answer,", "answer, needs: [look],", 1), "elapsed: 12d, of: received", ""},
		{below, strings.Replace(other, "other", "look", 1), strings.Replace(last, "answer,", "answer, needs: [look],", 1), "elapsed: 9d, of: received", "answer can begin 1 day after its deadline although everybody keeps theirs: the rule old gives the level high after 10 days; "},
		// Five working days from a Monday morning on are a week, and eight are ten days.
		{below, other, last, "working: 5d, of: received", "answer can begin 3 days after its deadline"},
		{below, other, last, "working: 8d, of: received", ""},
		// It may be done below, if it is the same there.
		{below, strings.Replace(other, "other", "answer", 1), last, "elapsed: 2d, of: received", ""},
		{below, strings.NewReplacer("other", "answer", "clerk", "boss").Replace(other), last, "elapsed: 2d, of: received", open},
		{"{name: low, playbook: big}", other, last, "elapsed: 2d, of: received", ""}, // the run goes on
		{"{name: low}", other, last, "elapsed: 2d, of: received", open},
		{"{name: low, playbook: gone}", other, last, "elapsed: 2d, of: received", ""}, // nobody knows what it does
	} {
		text := strings.NewReplacer("BELOW", c.below, "FIRST", c.first, "LAST", strings.Replace(c.last, "WITHIN", c.within, 1)).Replace(raising)
		var said []string
		for _, f := range verified(t, []File{{"f", []byte(text)}}).Findings {
			if f.Rule == DeadlinesFit {
				said = append(said, f.Text())
				story := strings.Join(f.Story, "\n")
				if !strings.Contains(story, "it has been open for 10 days, and gets the level high") {
					t.Errorf("the story does not tell of the level: %s", story)
				}
				if strings.Contains(c.first, "name: look") && strings.Contains(story, "answers look") {
					t.Errorf("what was done is done again: %s", story)
				}
			}
		}
		if len(said) > 1 || (c.says == "") != (len(said) == 0) || !strings.Contains(strings.Join(said, ""), c.says) {
			t.Errorf("%s, %s, %s, within %s: %v\nwant %q", c.below, c.first, c.last, c.within, said, c.says)
		}
	}
}

// Whose deadline has passed as the step begins is told of at once: the table says so, too.
func TestTheTableKnowsThatADeadlineHasPassed(t *testing.T) {
	for within, says := range map[string]string{"elapsed: 2d, of: received": "10 days", "elapsed: 11d, of: received": "11 days 1 s", "elapsed: 2d, of: graded": "12 days 1 s", "elapsed: 2d": "12 days 1 s"} {
		text := strings.NewReplacer("BELOW", "{name: low, playbook: small}", "FIRST", "{name: other, task: {to: clerk}, within: {elapsed: 1d}}",
			"LAST", "{name: answer, task: {to: clerk}, within: {"+within+"}, overdue: {climb: Ladder}}").Replace(raising)
		r, err := Verify(t.Context(), kinds, []File{{"f", []byte(text)}}, now, Options{Horizon: 30, Times: true})
		if err != nil {
			t.Fatal(err)
		}
		found := ""
		for _, row := range r.Times {
			if row.Rule == "old" && row.Role == "boss" {
				found = row.Silence
			}
		}
		if found != says {
			t.Errorf("within %s: the boss knows at %s, want %s", within, found, says)
		}
	}
}
