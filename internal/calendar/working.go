package calendar

import (
	"fmt"
	"math"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// Horizon is how many days without working time are looked through before a search gives up.
const Horizon = 800

// Add is t plus d in working time, in t's own time zone; the package comment says what that means. A later t or a longer
// d never gives an earlier result. The error says that d is no duration, or that there is no working time within the
// horizon.
func (c *Calendar) Add(t time.Time, d v1alpha1.Duration) (time.Time, error) {
	days, clock, err := ParseDuration(d)
	if err != nil {
		return time.Time{}, err
	}
	w := walk{c: c}
	if !w.seek(t.Unix()) {
		return time.Time{}, c.noWorkingTime(w.day)
	}
	at := max(t.Unix(), w.from)
	if days > 0 {
		timeOfDay := c.clock.wall(at) - w.day*secondsPerDay
		for range days {
			if !w.nextDay() {
				return time.Time{}, c.noWorkingTime(w.day)
			}
		}
		at = w.place(timeOfDay)
	}
	left := int64(clock / time.Second)
	for left > w.to-at {
		left -= w.to - at
		if !w.next() {
			return time.Time{}, c.noWorkingTime(w.day)
		}
		at = w.from
	}
	return time.Unix(at+left, 0).In(t.Location()), nil
}

// Between is the working time from a to b; 0 when b is not after a. It is exact up to 292 years, the longest Duration
// of Go.
func (c *Calendar) Between(a, b time.Time) time.Duration {
	from, to := a.Unix(), b.Unix()
	w := walk{c: c}
	var sum int64
	for ok := from < to && w.seek(from); ok && w.from < to; ok = w.next() {
		sum += min(w.to, to) - max(w.from, from)
		if sum > int64(math.MaxInt64/time.Second) {
			return math.MaxInt64
		}
	}
	return time.Duration(sum) * time.Second
}

// Open is whether t is in working time.
func (c *Calendar) Open(t time.Time) bool {
	w := walk{c: c}
	return w.seek(t.Unix()) && w.from <= t.Unix()
}

// Next is t if it is in working time, else the next opening, in t's own time zone. It is false when there is none
// within the horizon.
func (c *Calendar) Next(t time.Time) (time.Time, bool) {
	w := walk{c: c}
	if !w.seek(t.Unix()) {
		return time.Time{}, false
	}
	if w.from <= t.Unix() {
		return t, true
	}
	return time.Unix(w.from, 0).In(t.Location()), true
}

// Closes is the first moment, at most so many whole days after another, from which on there is no working time within the
// horizon: holidays take all that the hours give. It is zero where there is none.
func (c *Calendar) Closes(from time.Time, days int) time.Time {
	for d := range days + 1 {
		at := from.AddDate(0, 0, d)
		if _, ok := c.Next(at); !ok {
			return at
		}
	}
	return time.Time{}
}

func (c *Calendar) noWorkingTime(last int64) error {
	date := time.Unix(last*secondsPerDay, 0).UTC().Format(time.DateOnly)
	return fmt.Errorf("calendar %s: no working time in the %d days before %s; add opening hours or remove holidays", c.name, Horizon, date)
}

// walk stands on a stretch of working time and goes on to later ones. It lives on the stack of its caller.
type walk struct {
	c    *Calendar
	zone zone
	// day is the number of the day, spans are its stretches, i the one the walk stands on.
	day   int64
	spans []span
	i     int
	// from and to are that stretch in Unix seconds.
	from, to int64
}

// seek goes to the first stretch that ends after sec.
func (w *walk) seek(sec int64) bool {
	w.zone = w.c.clock.zone(sec)
	w.enter(floorDiv(sec+w.zone.offset, secondsPerDay))
	for w.i < len(w.spans) || w.nextDay() {
		for ; w.i < len(w.spans); w.i++ {
			if w.stand(); w.to > sec && w.from < w.to {
				return true
			}
		}
	}
	return false
}

// next goes to the next stretch, which can be an empty one.
func (w *walk) next() bool {
	if w.i++; w.i == len(w.spans) {
		return w.nextDay()
	}
	w.stand()
	return true
}

// nextDay goes to the first stretch of the next working day.
func (w *walk) nextDay() bool {
	for range Horizon {
		for w.enter(w.day + 1); w.i < len(w.spans); w.i++ {
			// A stretch can be empty on a day on which the clocks jump over it.
			if w.stand(); w.from < w.to {
				return true
			}
		}
	}
	return false
}

// place goes to the stretch of the day that is open at a time of day, in seconds of the wall clock, else to the next of
// the day, else to the end of the last; it returns that moment.
func (w *walk) place(timeOfDay int64) int64 {
	for w.i = 0; w.i < len(w.spans); w.i++ {
		if timeOfDay <= w.spans[w.i].to {
			w.stand()
			return w.c.clock.instant(w.day*secondsPerDay+max(timeOfDay, w.spans[w.i].from), &w.zone)
		}
	}
	w.i--
	w.stand()
	return w.to
}

func (w *walk) enter(d int64) { w.day, w.spans, w.i = d, w.c.spans(d), 0 }

func (w *walk) stand() {
	midnight, s := w.day*secondsPerDay, w.spans[w.i]
	w.from = w.c.clock.instant(midnight+s.from, &w.zone)
	w.to = w.c.clock.instant(midnight+s.to, &w.zone)
}
