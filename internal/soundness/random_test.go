package soundness

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tocsin.dev/tocsin/internal/playbook"
)

// summary is what a verdict comes to: which steps can be in the way of the end, and which never happen.
func summary(v Verdict) string {
	var out []string
	for _, f := range v.Findings {
		out = append(out, string(f.Reason)+" "+f.Step)
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

// mostWorlds is how many worlds the oracle looks at of one playbook; of those that have more another is drawn.
const mostWorlds = 4_000

// The search, which leaves out most orders and most of a run, says the same as the oracle, which leaves out nothing; and
// what it tells of a dead end comes about.
func TestTheOracleSaysTheSame(t *testing.T) {
	sound, unsound, states, worlds, dead, undated, large, followed := 0, 0, 0, 0, 0, 0, 0, 0
	drawn := map[string]int{}
	one := func(t *rapid.T) {
		text := anyBook(t, 2, 4)
		plan, _ := playbook.Compile(closureOf(t, []byte(text), "it"))
		if plan == nil {
			t.Skip("it looks at an incident that it does not raise")
		}
		o := newOracle(plan, text, mostWorlds)
		if !o.run(o.start()) {
			large++
			t.Skip("too large for the oracle")
		}
		s := searched(plan, Options{Limit: mostWorlds})
		v := s.verdict(Options{})
		if len(v.Bounds) > 0 {
			t.Fatalf("the oracle sees %d worlds, the search %v\n%s", len(o.worlds), v.Bounds, text)
		}
		if summary(v) != o.verdict() {
			t.Fatalf("search: %s\noracle: %s\n%s", summary(v), o.verdict(), text)
		}
		for _, at := range s.stuck {
			followed++
			if wrong := newFollower(s, o).getsStuck(at); wrong != "" {
				t.Fatalf("%s\n%v\n%s", wrong, s.story(at, ""), text)
			}
		}
		for _, f := range v.Findings {
			if len(f.Story) > 0 {
				dead++
				if f.Story[0].At.IsZero() {
					undated++
				}
			}
		}
		for _, word := range mustBeDrawn {
			if strings.Contains(text, word) {
				drawn[word]++
			}
		}
		states, worlds = states+v.States, worlds+len(o.worlds)
		if v.Sound() {
			sound++
		} else {
			unsound++
		}
	}
	for range 3 {
		rapid.Check(t, one)
	}
	t.Logf("%d sound, %d not, %d too large; %d states against %d worlds of the oracle, %.0f times fewer", sound, unsound, large, states, worlds, float64(worlds)/float64(max(states, 1)))
	t.Logf("%d stories of dead ends, %d of them in another order than the deadlines have now; the oracle followed %d", dead, undated, followed)
	t.Logf("drawn: %v", drawn)
	if (sound+unsound)/3 < large { // of 300 some 50 are, and 60 now and then by chance
		t.Errorf("%d of %d playbooks were too large for the oracle", large, large+sound+unsound)
	}
	for _, word := range mustBeDrawn {
		if drawn[word] == 0 && sound+unsound >= enoughDrawn {
			t.Errorf("no playbook has %q", word)
		}
	}
}

// enoughDrawn is in how many random playbooks everything must have come up, mustBeDrawn what that is.
const enoughDrawn = 300

var mustBeDrawn = []string{"repeat:", "quorum: 2", "cancel:", "every:", "{name: sub}", "wait: {for", "wait: {until", "decision:", "survey:",
	"of: remedy", "complaint.reopened", "raiseIncident:", "incident.steps.act", "incident.complaints", "assembleTeam:", "overdue: {outcome: exhausted}", "of: s0}", "acknowledgeWithin:"}
