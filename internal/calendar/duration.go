package calendar

import (
	"errors"
	"fmt"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
)

const day = 24 * time.Hour

// units are the units of a Duration in the order they may come, with the most digits each may have.
var units = [...]struct {
	letter byte
	digits int
	length time.Duration
}{
	{'d', 4, day},
	{'h', 4, time.Hour},
	{'m', 4, time.Minute},
	{'s', 5, time.Second},
}

// ParseDuration splits d into whole days and the rest, e.g. "1d4h" into 1 and 4h. It takes what the API schema takes;
// the error says what is wrong with anything else.
func ParseDuration(d v1alpha1.Duration) (days int, clock time.Duration, err error) {
	if d == "" {
		return 0, 0, errors.New(`the duration is empty; write days, hours, minutes, seconds, e.g. "1d", "4h", "1h30m", "90s"`)
	}
	next := 0
	for i := 0; i < len(d); i++ {
		start, n := i, 0
		for i < len(d) && d[i] >= '0' && d[i] <= '9' && i-start < 6 {
			n = n*10 + int(d[i]-'0')
			i++
		}
		for next < len(units) && i < len(d) && units[next].letter != d[i] {
			next++
		}
		if i == start || i == len(d) || next == len(units) || i-start > units[next].digits {
			return 0, 0, fmt.Errorf(`%q is not a duration; write days, hours, minutes, seconds in this order, e.g. "1d", "4h", "1h30m", "90s"`, string(d))
		}
		if next == 0 {
			days = n
		} else {
			clock += time.Duration(n) * units[next].length
		}
		next++
	}
	return days, clock, nil
}

// Elapsed is the length of d on the wall, where a day is 24 hours. One that cannot be parsed, which the API schema
// refuses, is 0.
func Elapsed(d v1alpha1.Duration) time.Duration {
	days, clock, err := ParseDuration(d)
	if err != nil {
		return 0
	}
	return time.Duration(days)*day + clock
}
