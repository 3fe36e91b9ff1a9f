package engine_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"pgregory.net/rapid"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/engine"
)

func oneTaskWorld(t tb) *world {
	t.Helper()
	return tale{steps: oneTask}.world(t)
}

// seen are the types of what happened to a step, in order, without who was asked.
func (w *world) seen(step string, types ...v1alpha1.EventType) (out []v1alpha1.EventType) {
	for _, e := range w.events {
		for _, typ := range types {
			if e.Step == step && e.Type == typ {
				out = append(out, typ)
			}
		}
	}
	return out
}

// text is what the timeline says about the last event of a type.
func (w *world) text(typ v1alpha1.EventType) (text string) {
	for _, e := range w.events {
		if e.Type == typ {
			text = e.Text
		}
	}
	return text
}

// TestTheSecondOfTheDeadline: an act in the very second a deadline falls due is in time, one second later it is late,
// whenever Decide is called.
func TestTheSecondOfTheDeadline(t *testing.T) {
	due := 4 * hour
	for _, c := range []struct {
		name          string
		acts, decides time.Duration
		met           bool
		text          string
	}{
		{"a second before", due - time.Second, due - time.Second, true, "1s before"},
		{"in the second", due, due, true, "0s before"},
		{"in the second, seen a second later", due, due + time.Second, true, "0s before"},
		{"in the second, seen a day later", due, due + day, true, "0s before"},
		{"within the second", due + 999*time.Millisecond, due + time.Second, true, "0s before"},
		{"a second after", due + time.Second, due + time.Second, false, "1s after"},
		{"a second after, seen a day later", due + time.Second, due + day, false, "1s after"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := NewWithT(t)
			w := oneTaskWorld(t)
			w.decide()
			w.sleep(c.acts)
			w.does("lin", v1alpha1.TaskComplete, "check", outcome("founded"))
			w.now = monday.Add(c.decides)
			w.decide()
			g.Expect(w.step("check").State).To(Equal(v1alpha1.StepDone))
			if c.met {
				g.Expect(w.count(v1alpha1.EventDeadlineMet, "check")).To(Equal(1))
				g.Expect(w.count(v1alpha1.EventDeadlineMissed, "check")).To(BeZero())
				g.Expect(w.text(v1alpha1.EventDeadlineMet)).To(ContainSubstring(c.text))
			} else {
				g.Expect(w.count(v1alpha1.EventDeadlineMet, "check")).To(BeZero())
				g.Expect(w.count(v1alpha1.EventDeadlineMissed, "check")).To(Equal(1))
				g.Expect(w.text(v1alpha1.EventStepDone)).To(ContainSubstring(c.text))
			}
			g.Expect(w.count(v1alpha1.EventEscalated, "check")).To(BeZero(), "there is nobody to tell about what is done")
		})
	}
}

// TestEdges: nothing happens a second too early: not the miss, not a reminder, not a rung.
func TestEdges(t *testing.T) {
	for _, c := range []struct {
		what v1alpha1.EventType
		at   time.Duration
		nth  int
	}{
		{v1alpha1.EventReminded, 3 * hour, 1},
		{v1alpha1.EventReminded, 3*hour + 30*minute, 2},
		{v1alpha1.EventDeadlineMissed, 4*hour + time.Second, 1},
		{v1alpha1.EventEscalated, 4*hour + time.Second, 1},
		{v1alpha1.EventEscalated, 5*hour + time.Second, 2},
		{v1alpha1.EventEscalated, 6*hour + time.Second, 3},
	} {
		t.Run(fmt.Sprint(c.what, c.nth), func(t *testing.T) {
			g := NewWithT(t)
			w := oneTaskWorld(t)
			w.pass(c.at - time.Second)
			w.decide()
			g.Expect(w.count(c.what, "check")).To(Equal(c.nth - 1))
			g.Expect(w.wake).To(BeTemporally("==", monday.Add(c.at)), "it asks to be woken at that second")
			w.sleep(time.Second)
			w.decide()
			g.Expect(w.count(c.what, "check")).To(Equal(c.nth))
		})
	}
}

// TestWorkingTime: a deadline in working time stands still over night, weekend and holiday.
func TestWorkingTime(t *testing.T) {
	const fourHours = `
steps:
- {name: check, task: {to: handler}, within: {working: 4h}}
- {name: hold, wait: {for: {working: 1d}}}
`
	for _, c := range []struct{ start, due, held string }{
		{"2026-06-01T09:00:00Z", "2026-06-01T14:00:00Z", "2026-06-02T09:00:00Z"}, // over the lunch hour
		{"2026-06-05T16:00:00Z", "2026-06-08T11:00:00Z", "2026-06-08T16:00:00Z"}, // over a weekend
		{"2026-06-18T16:00:00Z", "2026-06-22T11:00:00Z", "2026-06-22T16:00:00Z"}, // over a holiday and a weekend
		{"2026-06-06T03:00:00Z", "2026-06-08T14:00:00Z", "2026-06-09T09:00:00Z"}, // begun on a Saturday night
	} {
		g := NewWithT(t)
		w := tale{steps: fourHours}.world(t)
		w.now = at(t, c.start)
		w.begin(1)
		w.decide()
		g.Expect(w.step("check").DueAt.UTC()).To(Equal(at(t, c.due)), c.start)
		w.now = at(t, c.due)
		w.decide()
		g.Expect(w.count(v1alpha1.EventDeadlineMissed, "check")).To(BeZero())
		w.sleep(time.Second)
		w.decide()
		g.Expect(w.count(v1alpha1.EventDeadlineMissed, "check")).To(Equal(1))
		w.now = at(t, c.held)
		w.decide()
		g.Expect(w.step("hold").EndedAt.UTC().Add(0)).To(BeTemporally("<=", at(t, c.held)), c.start)
		g.Expect(w.step("hold").State).To(Equal(v1alpha1.StepDone))
	}
}

func at(t *testing.T, text string) time.Time {
	t.Helper()
	when, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return when
}

// TestAfterAnOutage: what falls due while nobody calls Decide is made up for at once, says how late it is, and once.
func TestAfterAnOutage(t *testing.T) {
	g := NewWithT(t)
	w := oneTaskWorld(t)
	w.decide()
	w.sleep(5*hour + 30*minute)
	w.pass(0)
	g.Expect(w.text(v1alpha1.EventDeadlineMissed)).To(HaveSuffix("noticed 1h 29m late"))
	g.Expect(w.count(v1alpha1.EventReminded, "check")).To(BeZero(), "a reminder of what is over is of no use")
	g.Expect(w.count(v1alpha1.EventEscalated, "check")).To(Equal(2), "both rungs whose time has come")
	var told []string
	for _, e := range w.events {
		if e.Type == v1alpha1.EventEscalated {
			told = append(told, e.Text)
		}
	}
	g.Expect(told).To(HaveExactElements(HaveSuffix("; told 1h 29m late"), HaveSuffix("; told 29m 59s late")))
	g.Expect(w.step("check").OverdueAt.UTC()).To(Equal(w.now))
	w.pass(day)
	g.Expect(w.count(v1alpha1.EventDeadlineMissed, "check")).To(Equal(1))
	g.Expect(w.count(v1alpha1.EventEscalated, "check")).To(Equal(3))
}

// TestOfSeveralMissedRemindersTheLastIsSent: after an outage before the deadline.
func TestOfSeveralMissedRemindersTheLastIsSent(t *testing.T) {
	g := NewWithT(t)
	w := oneTaskWorld(t)
	w.decide()
	w.sleep(3*hour + 45*minute)
	w.pass(0)
	g.Expect(w.count(v1alpha1.EventReminded, "check")).To(Equal(1))
	g.Expect(w.sent("reminder")).To(HaveLen(1))
	g.Expect(w.text(v1alpha1.EventReminded)).To(HaveSuffix("due in 15m"))
}

// TestActsDuringAnOutage: what people did while nobody called Decide counts from when they did it.
func TestActsDuringAnOutage(t *testing.T) {
	t.Run("an extension in time", func(t *testing.T) {
		g := NewWithT(t)
		w := oneTaskWorld(t)
		w.decide()
		w.sleep(3 * hour)
		w.does("lin", v1alpha1.TaskExtend, "check", extension("2h"))
		w.sleep(2 * hour)
		w.decide()
		g.Expect(w.count(v1alpha1.EventDeadlineMissed, "check")).To(BeZero())
		g.Expect(w.step("check").DueAt.UTC()).To(Equal(monday.Add(6 * hour)))
	})
	t.Run("an extension a second late", func(t *testing.T) {
		g := NewWithT(t)
		w := oneTaskWorld(t)
		w.decide()
		w.sleep(4*hour + time.Second)
		w.does("lin", v1alpha1.TaskExtend, "check", extension("2h"))
		w.decide()
		g.Expect(w.count(v1alpha1.EventDeadlineMissed, "check")).To(Equal(1))
		g.Expect(w.step("check").DueAt.UTC()).To(Equal(monday.Add(4 * hour)))
	})
	t.Run("a pause resumed after its limit", func(t *testing.T) {
		g := NewWithT(t)
		w := oneTaskWorld(t)
		w.decide()
		w.sleep(hour)
		w.does("lin", v1alpha1.TaskPause, "check")
		w.sleep(5 * hour)
		w.does("lin", v1alpha1.TaskResume, "check")
		w.sleep(15 * minute)
		w.decide()
		g.Expect(w.step("check").DueAt.UTC()).To(Equal(monday.Add(7*hour)), "it stood still for three hours, not five")
		g.Expect(w.count(v1alpha1.EventDeadlineMissed, "check")).To(BeZero())
	})
	t.Run("a stopped clock is told", func(t *testing.T) {
		g := NewWithT(t)
		w := oneTaskWorld(t)
		w.pass(hour)
		w.does("lin", v1alpha1.TaskPause, "check")
		w.pass(minute)
		is := w.tasks[w.taskOf("check", "lin")].spec.Assignment
		g.Expect(is.StoppedAt.UTC()).To(Equal(monday.Add(hour)))
		g.Expect(is.StoppedUntil.UTC()).To(Equal(monday.Add(4 * hour)))
		g.Expect(engine.Stand(&w.run).NextDeadline).To(BeZero())
		w.does("lin", v1alpha1.TaskResume, "check")
		w.pass(minute)
		is = w.tasks[w.taskOf("check", "lin")].spec.Assignment
		g.Expect([]bool{is.StoppedAt.IsZero(), is.StoppedUntil.IsZero()}).To(Equal([]bool{true, true}))
		g.Expect(engine.Stand(&w.run).NextDeadline.UTC()).To(Equal(is.DueAt.UTC()))
	})
	t.Run("a clock stopped for no time reminds nobody twice", func(t *testing.T) {
		g := NewWithT(t)
		w := oneTaskWorld(t)
		w.pass(3 * hour)
		was := w.count(v1alpha1.EventReminded, "check")
		g.Expect(was).To(Equal(1))
		w.does("lin", v1alpha1.TaskPause, "check")
		w.does("lin", v1alpha1.TaskResume, "check")
		w.decide()
		g.Expect(w.count(v1alpha1.EventReminded, "check")).To(Equal(was))
	})
	t.Run("done while the clock stood still", func(t *testing.T) {
		g := NewWithT(t)
		w := oneTaskWorld(t)
		w.pass(3*hour + 59*minute)
		w.does("lin", v1alpha1.TaskPause, "check")
		w.pass(2 * hour)
		w.does("lin", v1alpha1.TaskComplete, "check", outcome("founded"))
		w.decide()
		g.Expect(w.text(v1alpha1.EventDeadlineMet)).To(ContainSubstring("1m before"))
	})
	t.Run("a region made a step superfluous in time", func(t *testing.T) {
		g := NewWithT(t)
		w := tale{steps: `
cancel: [{name: off, when: steps.gate.done, steps: [plan]}]
steps:
- {name: plan, task: {to: handler}, within: {elapsed: 2h}, overdue: {climb: Ladder}}
- {name: gate, wait: {until: steps.check.done}, noDeadline: It takes what it takes.}
- {name: check, task: {to: supervisor}, within: {elapsed: 4h}}
`}.world(t)
		w.decide()
		w.sleep(hour)
		w.does("sun", v1alpha1.TaskComplete, "check")
		w.sleep(day)
		w.decide()
		g.Expect(w.step("plan").State).To(Equal(v1alpha1.StepCancelled))
		g.Expect(w.count(v1alpha1.EventEscalated, "")).To(BeZero())
		g.Expect(w.count(v1alpha1.EventDeadlineMissed, "")).To(BeZero())
		g.Expect(w.step("plan").EndedAt.UTC()).To(Equal(monday.Add(hour)))
	})
	t.Run("an act that shows up after the deadline was given up", func(t *testing.T) {
		g := NewWithT(t)
		w := oneTaskWorld(t)
		w.pass(4*hour + time.Second)
		g.Expect(w.count(v1alpha1.EventDeadlineMissed, "check")).To(Equal(1))
		w.does("lin", v1alpha1.TaskComplete, "check", outcome("founded"), w.writtenAt(monday.Add(4*hour)))
		w.decide()
		g.Expect(w.text(v1alpha1.EventDeadlineMet)).To(HaveSuffix("it was seen only after that"))
		g.Expect(w.step("check").OverdueAt.IsZero()).To(BeTrue())
	})
}

// TestDeadlineOfAStepThatBeganLate: a deadline that counts from the receipt may be over when its step begins.
func TestDeadlineOfAStepThatBeganLate(t *testing.T) {
	g := NewWithT(t)
	w := tale{steps: `
steps:
- {name: first, wait: {for: {elapsed: 5h}}}
- {name: then, needs: [first], task: {to: handler}, within: {elapsed: 4h, of: received}, remind: [1h], overdue: {climb: Ladder}}
- {name: from, task: {to: handler}, within: {elapsed: 1h, of: first}, remind: [30m]}
`}.world(t)
	w.pass(4 * hour)
	g.Expect(w.step("from").DueAt.IsZero()).To(BeTrue(), "what it counts from has not ended")
	w.pass(2*hour + 1*minute)
	g.Expect(w.seen("then", v1alpha1.EventDeadlineMissed, v1alpha1.EventReminded)).To(Equal([]v1alpha1.EventType{v1alpha1.EventDeadlineMissed}))
	g.Expect(w.events).To(ContainElement(HaveField("Text", HaveSuffix("had passed before the step began"))))
	g.Expect(w.step("from").DueAt.UTC()).To(Equal(monday.Add(6 * hour)))
	g.Expect(w.count(v1alpha1.EventReminded, "from")).To(Equal(1))
	g.Expect(w.count(v1alpha1.EventDeadlineMissed, "from")).To(Equal(1))
	g.Expect(w.tasks[w.taskOf("from", "")].spec.Assignment.DueAt.UTC()).To(Equal(monday.Add(6*hour)), "the task says so")
}

// TestReceivedLongAgo: an old matter that is taken in now is late at once, but does not call everybody up the ladder in the
// same breath: who is asked gets the time between two rungs, and so does each rung.
func TestReceivedLongAgo(t *testing.T) {
	g := NewWithT(t)
	w := tale{steps: `
steps:
- {name: check, task: {to: handler}, within: {elapsed: 24h, of: received}, overdue: {climb: Ladder, every: 4h}}
`, setUp: func(w *world) { w.facts.ReceivedAt = monday.Add(-60 * day) }}.world(t)
	w.decide()
	g.Expect(w.count(v1alpha1.EventDeadlineMissed, "check")).To(Equal(1))
	for rung := 1; rung <= 3; rung++ {
		g.Expect(w.count(v1alpha1.EventEscalated, "check")).To(Equal(rung), "rung %d is told, and nobody above", rung)
		w.pass(4*hour - time.Second)
		g.Expect(w.count(v1alpha1.EventEscalated, "check")).To(Equal(rung))
		w.pass(time.Second)
	}
	g.Expect(w.count(v1alpha1.EventEscalated, "check")).To(Equal(3), "the top of the ladder")
}

// TestInvariant3DeadlineFiresOnce: whenever and however often Decide is called, a deadline that nobody keeps fires once, at
// the first call that is a second or more after it, and says by how much that was late.
func TestInvariant3DeadlineFiresOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := oneTaskWorld(t)
		w.decide()
		fires := monday.Add(4*hour + time.Second)
		for range rapid.IntRange(1, 30).Draw(t, "calls") {
			w.sleep(rapid.SampledFrom([]time.Duration{0, time.Second, 59 * minute, hour, 4 * hour, 4*hour + time.Second}).Draw(t, "later"))
			for range rapid.IntRange(0, 2).Draw(t, "crashes") {
				w.decideAndCrash()
			}
			w.decide()
			missed := w.count(v1alpha1.EventDeadlineMissed, "check")
			if w.now.Before(fires) != (missed == 0) || missed > 1 {
				t.Fatalf("at %s the deadline had fired %d times\n%s", w.now, missed, w.story.String())
			}
			if missed == 0 {
				if w.wake.IsZero() || w.wake.After(fires) {
					t.Fatalf("at %s it asks to be woken at %s, when the deadline has passed at %s: it would never fire by itself", w.now, w.wake, fires)
				}
				continue
			}
			late := w.step("check").OverdueAt.Sub(fires)
			if says := strings.Contains(w.text(v1alpha1.EventDeadlineMissed), "late"); says != (late > 0) || late < 0 {
				t.Fatalf("it fired %s late and says %q", late, w.text(v1alpha1.EventDeadlineMissed))
			}
		}
	})
}
