package report

import (
	"fmt"
	"regexp"
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

// stamp writes a time the way the whole report does: in its zone, to the second; a dash when it is not known.
func (r *Report) stamp(t time.Time) string {
	if t.IsZero() {
		return "—"
	}
	return t.In(r.zone()).Format("2006-01-02 15:04:05")
}

// zone is the zone the report is written in.
func (r *Report) zone() *time.Location {
	if r.Zone == nil {
		return time.UTC
	}
	return r.Zone
}

// zoned is the heading of a column, or the name of a row, of times.
func (r *Report) zoned(what string) string { return what + " (" + r.zone().String() + ")" }

var utcMoment = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`)

// inZone writes the moments in a text, which the timeline holds in UTC, like all others of the report.
func (r *Report) inZone(text string) string {
	return utcMoment.ReplaceAllStringFunc(text, func(s string) string {
		at, err := time.Parse(time.RFC3339, s)
		if err != nil {
			return s
		}
		return r.stamp(at)
	})
}

// plural counts something in words.
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
