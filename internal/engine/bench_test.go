package engine_test

import (
	"fmt"
	"strings"
	"testing"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/engine"
)

// twentySteps is a run of twenty steps, a third of them done, three waiting for people, one recurring, a region asked at
// every turn.
func twentySteps(b *testing.B) *world {
	b.Helper()
	steps := []string{"cancel: [{name: off, when: steps.s0.outcome == \"drop\", steps: [s19]}]", "steps:"}
	for i := range 19 {
		needs := ""
		if i > 0 {
			needs = fmt.Sprintf(", needs: [s%d]", i-1)
		}
		if i == 8 || i == 9 {
			needs = ", needs: [s6]"
		}
		steps = append(steps, fmt.Sprintf("- {name: s%d%s, task: {to: handler, outcomes: [go, drop]}, within: {elapsed: 200h}, remind: [4h], overdue: {climb: Ladder, every: 1h}}", i, needs))
	}
	steps = append(steps, "- {name: s19, every: {elapsed: 24h}, until: steps.s18.ended, notify: {to: [complainant], template: reminder}}")
	w := tale{steps: "\n" + strings.Join(steps, "\n") + "\n"}.world(b)
	for i := range 7 {
		w.decide()
		w.does("lin", v1alpha1.TaskComplete, fmt.Sprintf("s%d", i), outcome("go"))
	}
	w.decide()
	if n := len(w.open()); n != 3 {
		b.Fatalf("%d tasks are open", n)
	}
	return w
}

// BenchmarkDecide is the turn most turns are: something was touched, nothing is due.
func BenchmarkDecide(b *testing.B) {
	for _, age := range []int{0, 30} {
		b.Run(fmt.Sprintf("%d days old", age), func(b *testing.B) {
			w := twentySteps(b)
			for range age {
				w.pass(hour * 6)
			}
			w.unfilled = true
			w.observe()
			b.ReportAllocs()
			for b.Loop() {
				engine.Decide(w.plan, w.run, w.facts, w.now)
			}
		})
	}
}

// BenchmarkDecideWithAssignments is the same where the assignments of the tasks are known, and looked through.
func BenchmarkDecideWithAssignments(b *testing.B) {
	w := twentySteps(b)
	w.observe()
	b.ReportAllocs()
	for b.Loop() {
		engine.Decide(w.plan, w.run, w.facts, w.now)
	}
}
