package calendar

import (
	"errors"
	"fmt"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// AddSpan is t plus s, elapsed or in working time of c. c may be nil for elapsed time. The error says what is wrong
// with s or that c has no working time.
func AddSpan(c *Calendar, t time.Time, s v1alpha1.Span) (time.Time, error) {
	switch {
	case s.Elapsed != "" && s.Working != "":
		return time.Time{}, errors.New("the span has both elapsed and working time; keep one")
	case s.Elapsed != "":
		days, clock, err := ParseDuration(s.Elapsed)
		if err != nil {
			return time.Time{}, fmt.Errorf("elapsed: %w", err)
		}
		return t.Add(time.Duration(days)*day + clock), nil
	case s.Working == "":
		return time.Time{}, errors.New("the span is empty; write elapsed or working time")
	case c == nil:
		return time.Time{}, fmt.Errorf("%s of working time needs a calendar; name one in the playbook", s.Working)
	}
	due, err := c.Add(t, s.Working)
	if err != nil {
		return time.Time{}, fmt.Errorf("working: %w", err)
	}
	return due, nil
}
