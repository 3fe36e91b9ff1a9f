package soundness

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// largeBook is a playbook with about n steps: parts one after another, each a check, work at the same time in three hands, a
// round of approval and a word to the complainant, with a region and a recurring step around all of it.
func largeBook(n int) string {
	var text strings.Builder
	text.WriteString(head + "  cancel:\n  - {name: stop, when: 'steps.start.outcome == \"false-alarm\"', steps: [p0look, progress]}\n  steps:\n")
	text.WriteString("  - {name: start, noDeadline: None., task: {to: handler, outcomes: [real, false-alarm]}}\n")
	fmt.Fprintf(&text, "  - {name: progress, needs: [start], every: {elapsed: 24h}, until: steps.last.ended, notify: {to: [handler], template: reminder}}\n")
	before := "start"
	for k := range (n - 3) / 9 {
		p := fmt.Sprintf("p%d", k)
		fmt.Fprintf(&text, `  - {name: %[1]slook, needs: [%[2]s], within: {elapsed: 2d}, overdue: {climb: Ladder, every: 4h}, task: {to: handler, outcomes: [founded, unfounded]}}
  - {name: %[1]sone, needs: [%[1]slook], when: 'steps.%[1]slook.outcome == "founded"', noDeadline: None., task: {to: handler}}
  - {name: %[1]stwo, needs: [%[1]slook], within: {elapsed: 4h}, overdue: {outcome: late}, task: {to: manager, outcomes: [good, bad, late]}}
  - {name: %[1]sthree, needs: [%[1]slook], noDeadline: None., task: {to: handler}}
  - {name: %[1]stell, needs: [%[1]slook], within: {elapsed: 4h}, notify: {to: [handler], template: reminder}}
  - name: %[1]sagree
    needs: [%[1]sone, %[1]stwo, %[1]sthree]
    repeat:
      max: 3
      until: steps.%[1]ssign.outcome == "approved"
      steps:
      - {name: %[1]splan, noDeadline: None., task: {to: handler}}
      - {name: %[1]ssign, needs: [%[1]splan], noDeadline: None., approval: {by: [manager]}}
  - {name: %[1]sdone, needs: [%[1]sagree, %[1]stell], notify: {to: [handler], template: reminder}}
`, p, before)
		before = p + "done"
	}
	fmt.Fprintf(&text, "  - {name: last, needs: [%s], noDeadline: None., task: {to: handler}}\n", before)
	return text.String()
}

// A large playbook is proved in a few thousand states; the order in which three hands finish would make millions.
func TestALargePlaybook(t *testing.T) {
	plan := compiledText(t, largeBook(200))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	v := Check(plan, Options{Limit: 20_001})
	runtime.ReadMemStats(&after)
	t.Logf("%d steps: %d states, %d moves; %d MB allocated in all, %d MB taken from the system",
		len(plan.Nodes), v.States, v.Moves, (after.TotalAlloc-before.TotalAlloc)>>20, after.Sys>>20)
	if !v.Sound() {
		t.Fatal(told(v))
	}
	if v.States > 20_000 {
		t.Errorf("%d states: the reduction has become weaker", v.States)
	}
}

func BenchmarkALargePlaybook(b *testing.B) {
	for name, text := range map[string]string{
		"200 steps": largeBook(200), "30 hands": wideBook("ladders, deadlines, answers", ""),
	} {
		b.Run(name, func(b *testing.B) {
			plan := compiledText(b, text)
			b.ReportAllocs()
			var v Verdict
			for b.Loop() {
				v = Check(plan, Options{})
			}
			b.ReportMetric(float64(v.States), "states")
		})
	}
}
