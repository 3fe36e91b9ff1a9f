package calendar

import (
	"slices"
	"time"
)

// Turns are the moments from one up to another, in order, at which working time begins or ends, a time of day comes at which
// it does so on some other day, the clocks are put forward or back, or a day begins. Between two of them Add goes along with
// time, stands still, or jumps where its result reaches the end of working time.
func (c *Calendar) Turns(from, to time.Time) []time.Time {
	var daily []int64
	note := func(spans []span) {
		for _, s := range spans {
			daily = append(daily, s.from, s.to)
		}
	}
	daily = append(daily, 0)
	for _, spans := range c.week {
		note(spans)
	}
	for _, spans := range c.special {
		note(spans)
	}
	slices.Sort(daily)
	daily = slices.Compact(daily)

	var at []int64
	first, last := from.Unix(), to.Unix()
	add := func(sec int64) {
		if sec >= first && sec < last {
			at = append(at, sec)
		}
	}
	zone := c.clock.zone(first)
	for day := floorDiv(first+zone.offset, secondsPerDay) - 1; day*secondsPerDay-farthest < last; day++ {
		for _, s := range daily {
			add(c.clock.instant(day*secondsPerDay+s, &zone))
		}
	}
	for z := c.clock.zone(first); z.end < last; z = c.clock.zone(z.end) {
		add(z.end)
	}
	slices.Sort(at)
	at = slices.Compact(at)
	out := make([]time.Time, len(at))
	for i, sec := range at {
		out[i] = time.Unix(sec, 0)
	}
	return out
}

// ClockChanges are the moments from one up to another at which the clocks of the calendar are put forward or back.
func (c *Calendar) ClockChanges(from, to time.Time) []time.Time {
	var out []time.Time
	for z := c.clock.zone(from.Unix()); z.end < to.Unix(); {
		next := c.clock.zone(z.end)
		if next.offset != z.offset {
			out = append(out, time.Unix(z.end, 0))
		}
		z = next
	}
	return out
}
