package timing

import (
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
)

// Longest is how long a span of time lasts on the wall at most, whenever in the horizon it begins, as far as the public holidays in it are
// known. It is false where nothing is known: no holidays are, the span ends too late to be counted, or there is no working time.
func (s *Study) Longest(cal *calendar.Calendar, length v1alpha1.Span) (time.Duration, bool) {
	start := s.clock.starts.start()
	end, err := s.clock.add(cal, start, length)
	if err != nil {
		return 0, false
	}
	at, takes, ok := longest(end.knownFor(s.clock.starts), start, end)
	if !ok || end.at(at) >= never {
		return 0, false
	}
	return time.Duration(takes) * time.Second, true
}
