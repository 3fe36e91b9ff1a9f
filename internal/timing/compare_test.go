package timing_test

import (
	"fmt"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"pgregory.net/rapid"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
	"tocsin.dev/tocsin/internal/timing"
)

func elapsed(d v1alpha1.Duration) v1alpha1.Deadline { return v1alpha1.Deadline{Elapsed: d} }
func working(d v1alpha1.Duration) v1alpha1.Deadline { return v1alpha1.Deadline{Working: d} }

// Which of two times is over first is no question of figures where one is of working time.
func TestWhichPromiseHoldsTheOther(t *testing.T) {
	type promise = v1alpha1.Assertion
	for name, tt := range map[string]struct {
		a, b     promise
		ab, back bool // a implies b, b implies a
	}{
		"sooner":                  {promise{Within: elapsed("90m")}, promise{Within: elapsed("2h")}, true, false},
		"spelled otherwise":       {promise{Within: elapsed("1d")}, promise{Within: elapsed("24h")}, true, true},
		"a longer working time":   {promise{Within: working("1d")}, promise{Within: working("1d4h")}, true, false},
		"days and hours of work":  {promise{Within: working("1d")}, promise{Within: working("9h")}, false, false},
		"the same hours of work":  {promise{Within: elapsed("24h")}, promise{Within: working("24h")}, true, false},
		"fewer hours of work":     {promise{Within: elapsed("24h")}, promise{Within: working("23h")}, false, false},
		"a day and a working day": {promise{Within: elapsed("24h")}, promise{Within: working("1d")}, false, false},
		"a day of 23 hours":       {promise{Within: elapsed("24h")}, promise{Within: working("2d")}, false, false},
		"a day and three of work": {promise{Within: elapsed("24h")}, promise{Within: working("3d")}, true, false},
		"received, as usual":      {promise{Within: elapsed("1h")}, promise{Within: v1alpha1.Deadline{Elapsed: "1h", Of: "received"}}, true, true},
		"of its grading":          {promise{Within: elapsed("1h")}, promise{Within: v1alpha1.Deadline{Elapsed: "1h", Of: "graded"}}, false, false},
		"of a step":               {promise{Within: elapsed("1h")}, promise{Within: v1alpha1.Deadline{Elapsed: "1h", Of: "plan"}}, false, false},
		"for somebody else":       {promise{Told: "legal"}, promise{Told: "press"}, false, false},
		"only in silence":         {promise{}, promise{Given: v1alpha1.ConductSilence}, true, false},
		"whatever people do":      {promise{}, promise{Given: v1alpha1.ConductAnything}, true, true},
		"only where":              {promise{}, promise{When: "complaint.affected > 1"}, true, false},
		"only until":              {promise{Unless: []v1alpha1.StepName{"a"}}, promise{Unless: []v1alpha1.StepName{"b", "a"}}, true, false},
		"only at a level":         {promise{}, promise{Levels: []v1alpha1.LevelName{"L1"}}, true, false},
		"at fewer levels":         {promise{Levels: []v1alpha1.LevelName{"L1", "L2"}}, promise{Levels: []v1alpha1.LevelName{"L2"}}, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			g.Expect(timing.Implies(&tt.a, &tt.b)).To(Equal(tt.ab), "a implies b")
			g.Expect(timing.Implies(&tt.b, &tt.a)).To(Equal(tt.back), "b implies a")
		})
	}
}

// What is said to be over first is, whenever it begins: in a week with short days, one of work at night, and clocks that change.
func TestAPromiseThatHoldsAnotherIsNeverLater(t *testing.T) {
	g := NewWithT(t)
	odd, err := calendar.New(v1alpha1.BusinessCalendarSpec{TimeZone: "Europe/Berlin", Hours: []v1alpha1.OpeningHours{
		{Days: []v1alpha1.Weekday{"Mon", "Wed"}, From: "00:00", To: "24:00"}, {Days: []v1alpha1.Weekday{"Tue"}, From: "00:00", To: "00:30"},
		{Days: []v1alpha1.Weekday{"Fri", "Sat", "Sun"}, From: "00:00", To: "23:30"}}})
	g.Expect(err).NotTo(HaveOccurred())
	spring := time.Date(2026, time.March, 20, 0, 0, 0, 0, time.UTC)
	length := rapid.Custom(func(t *rapid.T) v1alpha1.Deadline {
		d := v1alpha1.Duration(fmt.Sprintf("%dd%dh", rapid.IntRange(0, 3).Draw(t, "days"), rapid.IntRange(0, 49).Draw(t, "hours")))
		if rapid.Bool().Draw(t, "working") {
			return working(d)
		}
		return elapsed(d)
	})
	end := func(t *rapid.T, from time.Time, d v1alpha1.Deadline) time.Time {
		at, err := calendar.AddSpan(odd, from, v1alpha1.Span{Elapsed: d.Elapsed, Working: d.Working})
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := v1alpha1.Assertion{Within: length.Draw(t, "a")}, v1alpha1.Assertion{Within: length.Draw(t, "b")}
		if !timing.Implies(&a, &b) {
			return
		}
		for minute := 0; minute < 14*24*60; minute += 30 {
			from := spring.Add(time.Duration(minute) * time.Minute)
			if end(t, from, a.Within).After(end(t, from, b.Within)) {
				t.Fatalf("from %s %v is over after %v", from, a.Within, b.Within)
			}
		}
	})
}
