package engine_test

import (
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/engine"
)

// manySteps is a run of so many times twenty steps. Of each twenty a third is done, three wait for people, one recurs until
// an expression says otherwise, and a region is asked at every turn.
func manySteps(t tb, twenties int) *world {
	t.Helper()
	cancel, steps := []string{"cancel:"}, []string{"steps:"}
	for k := range twenties {
		cancel = append(cancel, fmt.Sprintf("- {name: off%d, when: steps.a%ds0.outcome == \"drop\", steps: [a%ds19]}", k, k, k))
		for i := range 19 {
			needs := ""
			if i > 0 {
				needs = fmt.Sprintf(", needs: [a%ds%d]", k, i-1)
			}
			if i == 8 || i == 9 {
				needs = fmt.Sprintf(", needs: [a%ds6]", k)
			}
			steps = append(steps, fmt.Sprintf("- {name: a%ds%d%s, task: {to: handler, outcomes: [go, drop]}, within: {elapsed: 200h}, remind: [4h], overdue: {climb: Ladder, every: 1h}}", k, i, needs))
		}
		steps = append(steps, fmt.Sprintf("- {name: a%ds19, every: {elapsed: 24h}, until: steps.a%ds18.ended, notify: {to: [complainant], template: reminder}}", k, k))
	}
	w := tale{steps: "\n" + strings.Join(append(cancel, steps...), "\n") + "\n"}.world(t)
	for i := range 7 {
		w.decide()
		for k := range twenties {
			w.does("lin", v1alpha1.TaskComplete, fmt.Sprintf("a%ds%d", k, i), outcome("go"))
		}
	}
	w.decide()
	w.observe()
	if n := len(w.open()); n != 3*twenties {
		t.Fatalf("%d tasks are open", n)
	}
	return w
}

// BenchmarkDecide is the turn most turns are: something was touched, nothing is due. It must not cost more the older a run
// is; with the steps it may grow as they do.
func BenchmarkDecide(b *testing.B) {
	for _, size := range []struct{ twenties, days int }{{1, 0}, {1, 30}, {1, 365}, {10, 0}} {
		b.Run(fmt.Sprintf("%d steps, %d days old", 20*size.twenties, size.days), func(b *testing.B) {
			w := manySteps(b, size.twenties)
			w.waits(size.days)
			b.ReportAllocs()
			for b.Loop() {
				engine.Decide(w.plan, w.run, w.facts, w.now)
			}
		})
	}
}

// BenchmarkDecideAsked is the same where somebody was asked for something besides the playbook.
func BenchmarkDecideAsked(b *testing.B) {
	w := manySteps(b, 1)
	w.asks("sun", "wang", v1alpha1.Span{Elapsed: "900d"}, "look it up")
	w.waits(0)
	b.ReportAllocs()
	for b.Loop() {
		engine.Decide(w.plan, w.run, w.facts, w.now)
	}
}

// waits lets so many days go by in which nobody answers, and a little more, so that nothing is due.
func (w *world) waits(days int) {
	w.pass(day*time.Duration(days) + hour)
	w.observe()
}

// TestATurnInWhichNothingHappens: it gives back the very lists it was given, and makes next to nothing: one list of deputies
// for each task that is open, and what the expression makes. Most turns are such turns.
func TestATurnInWhichNothingHappens(t *testing.T) {
	for _, days := range []int{0, 30} {
		g := NewWithT(t)
		w := manySteps(t, 1)
		w.waits(days)
		d := engine.Decide(w.plan, w.run, w.facts, w.now)
		g.Expect(d.Events).To(BeEmpty())
		g.Expect(d.Effects).To(BeEmpty())
		g.Expect(&d.Run.Steps[0]).To(BeIdenticalTo(&w.run.Steps[0]))
		g.Expect(&d.Run.Roles[0]).To(BeIdenticalTo(&w.run.Roles[0]))
		made := testing.AllocsPerRun(200, func() { engine.Decide(w.plan, w.run, w.facts, w.now) })
		g.Expect(made).To(BeNumerically("<=", 5), "%d days old", days)
	}
}

// TestDecisionsAtTheSameTime: runs of different lengths that are decided at the same time have nothing in common, and what
// was decided once stays as it is.
func TestDecisionsAtTheSameTime(t *testing.T) {
	worlds := []*world{manySteps(t, 1), manySteps(t, 2), tale{steps: "\nsteps:\n- {name: only, task: {to: handler}, within: {elapsed: 1h}}\n"}.world(t)}
	var group sync.WaitGroup
	for _, w := range worlds {
		w.sleep(300 * day) // much is overdue, so that the run changes
		w.observe()
		before := w.written(w.run)
		first := engine.Decide(w.plan, w.run, w.facts, w.now)
		was := w.written(first.Run)
		if len(first.Events) == 0 {
			t.Fatal("nothing has happened")
		}
		for range 4 {
			group.Go(func() {
				for range 50 {
					d := engine.Decide(w.plan, w.run, w.facts, w.now)
					engine.Decide(w.plan, d.Run, w.facts, w.now)
					if !reflect.DeepEqual(d, first) || w.written(first.Run) != was || w.written(w.run) != before {
						t.Errorf("another decision\n%s\n%s", w.written(d.Run), was)
						return
					}
				}
			})
		}
	}
	group.Wait()
}
