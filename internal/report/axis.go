package report

import (
	"strings"
	"time"
	"unicode"
)

// axis maps moments to positions across the picture. A long matter most of which happened early gets a broken axis: the
// first hours take the left part, all the rest the right part.
type axis struct {
	from, to time.Time
	parts    []part // one, or two where the axis is broken
}

// part is a stretch of an axis with a scale of its own.
type part struct {
	from, to    time.Time
	left, width float64
	step        time.Duration // between two labels
}

// steps between labels, the smallest first.
var axisSteps = []time.Duration{
	time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute,
	time.Hour, 2 * time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour,
	24 * time.Hour, 2 * 24 * time.Hour, 7 * 24 * time.Hour, 14 * 24 * time.Hour, 28 * 24 * time.Hour, 91 * 24 * time.Hour,
}

// Where an axis breaks, and how.
const (
	breakShare = 0.55 // of the width is for the first hours
	breakGap   = 14   // units between the parts
	breakFrom  = 8    // times the first hours is how long the matter must be
)

// newAxis spans the two moments; at least a minute, so that there is something to divide by. It breaks where at least
// two thirds of the moments lie in a small first part. Its labels are in the zone.
func newAxis(from, to time.Time, zone *time.Location, moments []time.Time) axis {
	a := axis{from: from.In(zone), to: to.In(zone)}
	if a.to.Sub(a.from) < time.Minute {
		a.to = a.from.Add(time.Minute)
	}
	first := firstHours(a.from, moments)
	if first == 0 || a.to.Sub(a.from) < breakFrom*first {
		a.parts = []part{newPart(a.from, a.to, labels, chart, 7)}
		return a
	}
	knee, left := a.from.Add(first), chart*breakShare
	a.parts = []part{
		newPart(a.from, knee, labels, left-breakGap, 4),
		newPart(knee, a.to, labels+left, chart-left, 4),
	}
	return a
}

// firstHours is a round length of time within which at least two thirds of the moments lie; 0 when there is none.
func firstHours(from time.Time, moments []time.Time) time.Duration {
	for _, length := range axisSteps {
		within := 0
		for _, at := range moments {
			if !at.After(from.Add(length)) {
				within++
			}
		}
		if length >= time.Hour && 3*within >= 2*len(moments) && within > 0 {
			return length
		}
	}
	return 0
}

// newPart makes a part with a round length between labels, of which there are less than most.
func newPart(from, to time.Time, left, width float64, most time.Duration) part {
	p := part{from: from, to: to, left: left, width: width}
	length := to.Sub(from)
	p.step = (length / most).Round(time.Hour)
	for i := len(axisSteps) - 1; i >= 0; i-- {
		if length/axisSteps[i] < most {
			p.step = axisSteps[i]
		}
	}
	return p
}

// ticks are the moments to label.
func (p part) ticks() []time.Time {
	var ticks []time.Time
	zone := p.from.Location()
	if days := int(p.step / (24 * time.Hour)); days > 0 {
		// Midnights of the zone, which are not 24 hours apart where the clocks change.
		year, month, day := p.from.Date()
		year, month, day = time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Truncate(p.step).Date()
		for at := time.Date(year, month, day, 0, 0, 0, 0, zone); !at.After(p.to); at = at.AddDate(0, 0, days) {
			if !at.Before(p.from) {
				ticks = append(ticks, at)
			}
		}
		return ticks
	}
	// Truncate counts from midnight in UTC; labels stand at round times of the zone.
	_, seconds := p.from.Zone()
	ahead := time.Duration(seconds) * time.Second
	for at := p.from.Add(ahead).Truncate(p.step).Add(-ahead); !at.After(p.to); at = at.Add(p.step) {
		if !at.Before(p.from) {
			ticks = append(ticks, at)
		}
	}
	return ticks
}

// scale says what the axis shows: the zone of its times, and the length of its left part where it is broken.
func (a axis) scale() string {
	if len(a.parts) == 1 {
		return a.from.Location().String()
	}
	return "left: first " + Words(a.parts[0].to.Sub(a.from)) + " · " + a.from.Location().String()
}

// short is a moment after the end as it is written at the edge: the day, and the hour where the end is less than a day off.
func (a axis) short(t time.Time) string {
	if t.Sub(a.to) < 24*time.Hour {
		return t.In(a.from.Location()).Format("01-02 15:04")
	}
	return t.In(a.from.Location()).Format("01-02")
}

// x is the position of a moment; what lies outside is drawn at the edge.
func (a axis) x(t time.Time) float64 {
	p := a.parts[0]
	if last := a.parts[len(a.parts)-1]; !t.Before(last.from) {
		p = last
	}
	share := float64(t.Sub(p.from)) / float64(p.to.Sub(p.from))
	return p.left + p.width*min(1, max(0, share))
}

// plain drops what XML cannot hold and what turns the direction of text, and joins lines.
func plain(text string) string {
	return strings.Join(strings.Fields(strings.Map(func(c rune) rune {
		switch {
		case isDirection(c), c == 0xFFFE, c == 0xFFFF: // the last two are no XML
			return -1
		case unicode.IsControl(c):
			return ' '
		}
		return c
	}, text)), " ")
}

// cut shortens text to n characters, at the end; cutFront at the front, where paths differ least.
func cut(text string, n int) string {
	if c := []rune(text); len(c) > n {
		return string(c[:n-1]) + "…"
	}
	return text
}

func cutFront(text string, n int) string {
	if c := []rune(text); len(c) > n {
		return "…" + string(c[len(c)-n+1:])
	}
	return text
}

// Plain is text for a picture: without what XML cannot hold or what turns its direction, on one line, at most n characters.
func Plain(text string, n int) string { return cut(plain(text), n) }
