package verify

import (
	"slices"
	"strings"
	"testing"
)

// An acknowledgement is late where it may come after the deadline whenever the task begins: a working day that begins on a Friday evening
// lasts until Tuesday morning.
func TestAnAcknowledgementIsMeasuredByTheLongestWorkingTime(t *testing.T) {
	const day = "task: {to: handler, %outcomes: [founded, unfounded]}\n    within: {working: 1d}"
	for span, late := range map[string]bool{"3d15h30m": false, "3d15h30m1s": true, "2h": false} {
		files := samples(t)
		at := slices.IndexFunc(files, func(f File) bool { return f.Name == "playbook" })
		text := strings.Replace(string(files[at].Text), strings.Replace(day, "%", "", 1), strings.Replace(day, "%", "acknowledgeWithin: "+span+", ", 1), 1)
		if text == string(files[at].Text) {
			t.Fatal("the sample has no such task")
		}
		files[at].Text = []byte(text)
		if said := slices.ContainsFunc(verified(t, files).Findings, func(f Finding) bool { return f.Rule == AcknowledgedInTime }); said != late {
			t.Errorf("acknowledged within %s: told: %v", span, said)
		}
	}
}
