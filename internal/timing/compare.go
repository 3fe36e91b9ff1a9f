package timing

import (
	"cmp"
	"slices"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
)

// Implies is whether a promise that is kept keeps another one as well, whatever the calendar. Where it is not, the other promises
// more, or something else.
func Implies(a, other *v1alpha1.Assertion) bool {
	return a.Reached == other.Reached && a.Told == other.Told && a.Ended == other.Ended && neverLater(&a.Within, &other.Within) &&
		(a.When == "" || a.When == other.When) &&
		(conduct(a) == conduct(other) || conduct(a) == v1alpha1.ConductAnything) && among(a.Unless, other.Unless) &&
		(len(a.Levels) == 0 || len(other.Levels) > 0 && among(other.Levels, a.Levels))
}

func conduct(a *v1alpha1.Assertion) v1alpha1.Conduct {
	return cmp.Or(a.Given, v1alpha1.ConductAnything)
}

// among is whether everything in a list is in another.
func among[T comparable](list, other []T) bool {
	return !slices.ContainsFunc(list, func(x T) bool { return !slices.Contains(other, x) })
}

// neverLater is whether a time that is promised is over before another one is, or with it.
func neverLater(a, b *v1alpha1.Deadline) bool {
	if from(a) != from(b) {
		return false
	}
	daysA, clockA, _ := calendar.ParseDuration(a.Working) // the schema has read it
	daysB, clockB, _ := calendar.ParseDuration(b.Working)
	switch {
	case a.Working != "" && b.Working != "":
		return daysA <= daysB && clockA <= clockB // a working day is no number of hours
	case b.Working != "":
		return calendar.Elapsed(a.Elapsed) <= atLeast(daysB, clockB)
	case a.Working != "":
		return false // it may be weeks until somebody works
	}
	return calendar.Elapsed(a.Elapsed) <= calendar.Elapsed(b.Elapsed)
}

// from is the event a promise counts from. A matter may be graded anew, so that is another one than its receipt.
func from(d *v1alpha1.Deadline) string { return cmp.Or(d.Of, "received") }

// atLeast is how long working time lasts on the wall at least. Hours are as long as they are. A working day is less than a day where
// the next one closes earlier, so that of several only the days between count, which a change of the clocks makes an hour shorter.
func atLeast(days int, clock time.Duration) time.Duration {
	return time.Duration(max(days-1, 0))*23*time.Hour + clock
}
