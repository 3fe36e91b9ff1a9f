package report

import (
	"strings"
	"time"
	"unicode"
)

// axis maps moments to positions across the picture.
type axis struct {
	from, to time.Time
	step     time.Duration // between two labels
}

// steps between labels, the smallest first.
var axisSteps = []time.Duration{
	time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute,
	time.Hour, 2 * time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour,
	24 * time.Hour, 2 * 24 * time.Hour, 7 * 24 * time.Hour, 14 * 24 * time.Hour, 28 * 24 * time.Hour, 91 * 24 * time.Hour,
}

// newAxis spans the two moments; at least a minute, so that there is something to divide by.
func newAxis(from, to time.Time) axis {
	a := axis{from: from.UTC(), to: to.UTC()}
	if a.to.Sub(a.from) < time.Minute {
		a.to = a.from.Add(time.Minute)
	}
	const most = 7
	length := a.to.Sub(a.from)
	a.step = (length / most).Round(time.Hour)
	for i := len(axisSteps) - 1; i >= 0; i-- {
		if length/axisSteps[i] < most {
			a.step = axisSteps[i]
		}
	}
	return a
}

// ticks are the moments to label.
func (a axis) ticks() []time.Time {
	var ticks []time.Time
	for at := a.from.Truncate(a.step); !at.After(a.to); at = at.Add(a.step) {
		if !at.Before(a.from) {
			ticks = append(ticks, at)
		}
	}
	return ticks
}

// short is a moment after the end as it is written at the edge: the day, and the hour where the end is less than a day off.
func (a axis) short(t time.Time) string {
	if t.Sub(a.to) < 24*time.Hour {
		return t.UTC().Format("01-02 15:04")
	}
	return t.UTC().Format("01-02")
}

// x is the position of a moment; what lies outside is drawn at the edge.
func (a axis) x(t time.Time) float64 {
	part := float64(t.Sub(a.from)) / float64(a.to.Sub(a.from))
	return labels + chart*min(1, max(0, part))
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
