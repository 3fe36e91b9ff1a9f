package verify

import (
	"context"
	"slices"
	"strings"
	"time"

	"tocsin.dev/tocsin/internal/pack"
	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/internal/timing"
)

// ofTheText are the rules about what a playbook says by itself. Whoever judges a namespace that lives asks them once a text.
var ofTheText = []string{Readable, Schema, UniqueName, PlaybookCompiles, PlaybookSound, StepHappens, ConditionAnswered, ProofBounded}

// absentAround is how many people may be away at the same time in a namespace that lives: as many as verify takes by itself.
const absentAround = 1

// Around judges what the playbooks of a namespace find around them: teams, calendars, channels, the levels they are for. It asks
// every rule but those about the text alone, by the same checks as Verify. What somebody's absence would leave to nobody is a warning:
// they are there now, and the cases go on. Findings are by the name of the playbook; they have no file. An error is the end of ctx.
func Around(ctx context.Context, p *pack.Pack, now time.Time) (map[string][]Finding, error) {
	s := &Subject{
		Pack: p, Plans: map[string]*playbook.Plan{}, Now: now, around: true, options: Options{Horizon: timing.DefaultDays, Absent: absentAround},
		documents: map[string]pack.Document{}, broken: map[string]bool{}, stop: func() bool { return ctx.Err() != nil },
	}
	s.Teams, s.people = p.Roster(), everybody(p)
	for _, check := range checks {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		check(s)
	}
	if err := ctx.Err(); err != nil { // the last check broke off
		return nil, err
	}
	out := map[string][]Finding{}
	for _, f := range inOrder(s.findings) {
		if name, ok := strings.CutPrefix(f.Object, "Playbook/"); ok && !slices.Contains(ofTheText, f.Rule) {
			if f.Rule == AbsenceCovered {
				f.Severity = Warning
			}
			out[name] = append(out[name], f)
		}
	}
	return out, nil
}
