package engine_test

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/engine"
)

// knownHours is a calendar in Shanghai whose public holidays are known to the end of 2026.
const knownHours = `
timeZone: Asia/Shanghai
hours:
- {days: [Mon, Tue, Wed, Thu, Fri], from: "09:00", to: "17:00"}
publicHolidays:
- iCal: |
    BEGIN:VCALENDAR
    BEGIN:VEVENT
    DTSTART;VALUE=DATE:20261001
    DTEND;VALUE=DATE:20261008
    END:VEVENT
    END:VCALENDAR
`

const knownHead = `
for: Complaint
calendar: known-hours
roles:
- {name: handler, team: desk, duty: agent}
`

const twoDays = `
steps:
- {name: check, task: {to: handler}, within: {working: 2d}}
- {name: rest, needs: [check], wait: {for: {working: 2d}}}
- {name: call, needs: [check], task: {to: handler}, within: {elapsed: 48h}}
- {name: tell, needs: [check], task: {to: handler}, within: {working: 2d}}
`

// inShanghai is a moment by the clock on the wall there.
func inShanghai(month time.Month, day, hour int) time.Time {
	return time.Date(2026, month, day, hour-8, 0, 0, 0, time.UTC)
}

var calendarTales = []tale{
	{name: "holidays-unknown", head: knownHead, steps: twoDays, setUp: func(w *world) { w.now = inShanghai(time.December, 29, 10) }, play: func(w *world) {
		w.say("Two working days from Tuesday end on Thursday, and the holidays are known that far.")
		w.pass(day)
		w.say("Two days more lie in a year whose holidays nobody has published: they are counted all the same, and that is said.")
		w.does("lin", v1alpha1.TaskComplete, "check")
		w.pass(2 * day)
		w.does("lin", v1alpha1.TaskComplete, "call")
		w.does("lin", v1alpha1.TaskComplete, "tell")
		w.decide()
	}},
}

// TestADeadlineSaysWhatItWasCountedBy: the calendar with its version is on the step, and so is the day beyond which it did
// not know; elapsed time needs neither.
func TestADeadlineSaysWhatItWasCountedBy(t *testing.T) {
	for _, c := range []struct {
		name    string
		begins  time.Time
		due     time.Time
		unknown v1alpha1.Date
	}{
		{"over a holiday", inShanghai(time.September, 30, 10), inShanghai(time.October, 9, 10), ""},
		{"due on the last day that is known", inShanghai(time.December, 29, 16), inShanghai(time.December, 31, 16), ""},
		{"due a day later", inShanghai(time.December, 30, 10), inShanghai(time.January, 1, 10).AddDate(1, 0, 0), "2026-12-31"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := NewWithT(t)
			w := tale{head: knownHead, steps: twoDays, setUp: func(w *world) { w.now = c.begins }}.world(t)
			w.decide()
			is := w.step("check")
			g.Expect(is.DueAt.Time).To(BeTemporally("==", c.due))
			g.Expect(is.Calendar).To(MatchRegexp("^known-hours@[0-9a-f]{12}$"))
			g.Expect(is.HolidaysKnownUntil).To(Equal(c.unknown))
			unsure := 0
			if c.unknown != "" {
				unsure = 1
				g.Expect(w.text(v1alpha1.EventDeadlineUnsure)).To(ContainSubstring("as if no public holiday came after 2026-12-31"))
			}
			w.decide()
			g.Expect(w.count(v1alpha1.EventDeadlineUnsure, "check")).To(Equal(unsure))

			w.does("lin", v1alpha1.TaskComplete, "check")
			w.decide()
			g.Expect(w.step("call").DueAt.IsZero()).To(BeFalse())
			g.Expect(w.step("call").Calendar).To(BeEmpty(), "elapsed time")
			g.Expect(w.step("rest").Calendar).To(Equal(is.Calendar))
		})
	}
}

// TestARunKeepsTheVersionItCountsBy: two runs of one playbook under two states of a calendar name two versions.
func TestARunKeepsTheVersionItCountsBy(t *testing.T) {
	g := NewWithT(t)
	one, other := tale{head: knownHead, steps: twoDays}.world(t), tale{steps: twoDays}.world(t)
	one.decide()
	other.decide()
	g.Expect(one.step("check").Calendar).NotTo(Equal(other.step("check").Calendar))
	again := engine.Decide(one.plan, one.run, one.facts, one.now.Add(time.Hour))
	g.Expect(again.Run.Steps[0].Calendar).To(Equal(one.step("check").Calendar))
}
