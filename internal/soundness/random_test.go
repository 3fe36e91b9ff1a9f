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
const mostWorlds = 800

// The search, which leaves out most orders and most of a run, says the same as the oracle, which leaves out nothing.
func TestTheOracleSaysTheSame(t *testing.T) {
	sound, unsound, states, worlds, dead, undated, large := 0, 0, 0, 0, 0, 0, 0
	one := func(t *rapid.T) {
		text := anyBook(t)
		plan, _ := playbook.Compile(closureOf(t, []byte(text), "it"))
		if plan == nil {
			t.Skip("it looks at an incident that it does not raise")
		}
		o := newOracle(plan, text, mostWorlds)
		if !o.run(o.start()) {
			large++
			t.Skip("too large for the oracle")
		}
		v := Check(plan, Options{Limit: mostWorlds})
		if len(v.Bounds) > 0 {
			t.Fatalf("the oracle sees %d worlds, the search %v\n%s", len(o.worlds), v.Bounds, text)
		}
		if summary(v) != o.verdict() {
			t.Fatalf("search: %s\noracle: %s\n%s", summary(v), o.verdict(), text)
		}
		for _, f := range v.Findings {
			if len(f.Story) > 0 {
				dead++
				if f.Story[0].At.IsZero() {
					undated++
				}
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
	t.Logf("%d stories of dead ends, %d of them in another order than the deadlines have now", dead, undated)
}
