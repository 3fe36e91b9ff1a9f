package policytest

import (
	"strings"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
)

// isDate is whether a moment is a date and not a length of time.
func (m Moment) isDate() bool { return strings.ContainsRune(string(m), 'T') }

// after is the moment, where lengths of time count from a start; a day is 24 hours.
func (m Moment) after(start time.Time) (time.Time, error) {
	if m.isDate() {
		at, err := time.Parse(time.RFC3339, string(m))
		return at.UTC(), err
	}
	return start.Add(calendar.Elapsed(v1alpha1.Duration(m))), nil
}

// Bounds of how long a story is played.
const (
	usualLength   = 60 * 24 * time.Hour
	longestLength = 800 * 24 * time.Hour
)

// length is how long the story of a test is played at most.
func (t *Test) length() time.Duration {
	if t.For == "" {
		return usualLength
	}
	return calendar.Elapsed(t.For)
}
