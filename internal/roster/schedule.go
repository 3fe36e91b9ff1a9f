package roster

import (
	"slices"
	"sort"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
)

const secondsPerWeek = 7 * calendar.SecondsPerDay

// schedule is a rotation with the moments at which it may say something else, found once for a search that asks for many.
type schedule struct {
	rotation
	// overrides are the begins and ends of overrides, in order.
	overrides []time.Time
	// week are the seconds of a week, counted as the clock's days are, at which a stretch of the week begins or ends; in
	// order.
	week []int64
}

func (rot rotation) schedule() *schedule {
	s := &schedule{rotation: rot}
	for _, o := range rot.Overrides {
		s.overrides = append(s.overrides, o.From.Time, o.To.Time)
	}
	slices.SortFunc(s.overrides, time.Time.Compare)
	s.addWeek(rot.Unstaffed)
	for i := range rot.Layers {
		s.addWeek(rot.Layers[i].Only)
	}
	slices.Sort(s.week)
	s.week = slices.Compact(s.week)
	return s
}

func (s *schedule) addWeek(times []v1alpha1.WeekTime) {
	for i := range times {
		for day := range int64(7) {
			if from, to, ok := stretch(&times[i], day); ok {
				s.week = append(s.week, from%secondsPerWeek, to%secondsPerWeek)
			}
		}
	}
}

// next is the first moment after one at which the turn may change, or a hole begin or end to be declared; zero: never.
func (s *schedule) next(after time.Time) time.Time {
	first := nextIn(s.overrides, after)
	consider := func(at time.Time) {
		if at.After(after) {
			first = earlier(first, at)
		}
	}
	shown := s.place.Shows(after)
	for i := range s.Layers {
		b, ok := boundsOf(&s.Layers[i])
		switch {
		case !ok || shown >= b.end:
		case shown < b.first:
			consider(s.place.When(b.first))
		default:
			consider(s.place.When(b.first + ((shown-b.first)/b.turn+1)*b.turn))
			if b.end != endless {
				consider(s.place.When(b.end))
			}
		}
	}
	consider(s.nextInWeek(shown, after))
	return first
}

// nextInWeek is the first moment after one, at which the clocks show a time, at which a stretch of the week begins or ends;
// zero: there is none. Where the clocks jump several times on them are the same moment.
func (s *schedule) nextInWeek(shown int64, after time.Time) time.Time {
	week := floorDay(shown) - (floorDay(shown)%7+7)%7
	midnight := week * calendar.SecondsPerDay
	k := sort.Search(len(s.week), func(i int) bool { return s.week[i] > shown-midnight })
	for range s.week {
		if k == len(s.week) {
			k, midnight = 0, midnight+secondsPerWeek
		}
		if at := s.place.When(midnight + s.week[k]); at.After(after) {
			return at
		}
		k++
	}
	return time.Time{}
}

// nextIn is the first of some moments in order that is after one; zero: there is none.
func nextIn(moments []time.Time, after time.Time) time.Time {
	if k := sort.Search(len(moments), func(i int) bool { return moments[i].After(after) }); k < len(moments) {
		return moments[k]
	}
	return time.Time{}
}

// earlier is the earlier of two moments, of which zero is none.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
