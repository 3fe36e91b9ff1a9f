package demo

import (
	"fmt"
	"regexp"
	"time"
)

// count writes a number with its noun; many is the plural where it takes more than an s.
func count(n int, one string, many ...string) string {
	switch {
	case n == 1:
		return "1 " + one
	case len(many) > 0:
		return fmt.Sprintf("%d %s", n, many[0])
	}
	return fmt.Sprintf("%d %ss", n, one)
}

// days writes a length of time as whole days, or hours below two days.
func days(d time.Duration) string {
	if d < 48*time.Hour {
		return fmt.Sprintf("%dh", int(d.Round(time.Hour).Hours()))
	}
	return fmt.Sprintf("%dd", int(d.Round(24*time.Hour).Hours()/24))
}

var utcMoment = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`)

// inZone writes the moments in a text, which records hold in UTC, as they are in a zone.
func inZone(text string, zone *time.Location) string {
	return utcMoment.ReplaceAllStringFunc(text, func(s string) string {
		at, err := time.Parse(time.RFC3339, s)
		if err != nil {
			return s
		}
		return at.In(zone).Format(moments)
	})
}

// moments is how the story writes times; the year is known.
const moments = "2 Jan 15:04:05"
