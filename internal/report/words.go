package report

import (
	"fmt"
	"strings"
	"time"
)

// Words says a length of time for people, in its two largest units: "2 d 3 h", "45 min", "30 s". A negative one is
// said as its absolute value; what it means is for the sentence to say.
func Words(d time.Duration) string {
	d = d.Abs().Truncate(time.Second)
	units := []struct {
		length time.Duration
		name   string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "min"}, {time.Second, "s"}}
	var parts []string
	for i, u := range units {
		if n := d / u.length; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, u.name))
			if i+1 < len(units) {
				if m := d % u.length / units[i+1].length; m > 0 && units[i+1].name != "s" {
					parts = append(parts, fmt.Sprintf("%d %s", m, units[i+1].name))
				}
			}
			return strings.Join(parts, " ")
		}
	}
	return "0 s"
}

// stamp writes a time the way the whole report does: UTC, to the second; a dash when it is not known.
func stamp(t time.Time) string {
	if t.IsZero() {
		return "—"
	}
	return t.UTC().Format("2006-01-02 15:04:05")
}

// plural counts something in words.
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
