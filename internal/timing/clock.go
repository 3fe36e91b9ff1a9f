package timing

import (
	"fmt"
	"sort"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
)

// clock adds spans of time to moments. What adding a span of working time comes to is worked out once, for every moment.
type clock struct {
	starts span
	added  map[addition][]piece
	// counted is how often working time was counted.
	counted int
}

// addition is a span of working time in a calendar.
type addition struct {
	calendar string
	working  v1alpha1.Duration
}

// beyond is how long after the last start working time is looked at; what ends later counts as never.
const beyond = 800 * day

// tooFar is how long after that a span of working time may end for it to be counted at all: counting takes the longer, the further it
// goes, and is done thousands of times.
const tooFar = 3660 * day

const day = 24 * 3600

func newClock(starts span) *clock { return &clock{starts: starts, added: map[addition][]piece{}} }

// add is the moment a span of time after another. The error says what is wrong with the span, or that the calendar has no
// working time.
func (c *clock) add(cal *calendar.Calendar, m moment, s v1alpha1.Span) (moment, error) {
	if s.Working == "" {
		at, err := calendar.AddSpan(cal, time.Unix(0, 0), s)
		return m.plus(at.Unix()), err
	}
	if cal == nil {
		return moment{}, fmt.Errorf("%s of working time needs a calendar", s.Working)
	}
	g, err := c.working(cal, s)
	if err != nil {
		return moment{}, err
	}
	return moment{c.through(m.pieces, g), min(m.known, cal.KnownEnd().Unix())}, nil
}

// through puts the pieces of a moment through a function of time.
func (c *clock) through(pieces, g []piece) []piece {
	out, last := make([]piece, 0, len(pieces)), c.starts.end+beyond
	for i, p := range pieces {
		end := c.starts.end
		if i+1 < len(pieces) {
			end = pieces[i+1].from
		}
		if p.at >= last {
			out = grow(out, piece{from: p.from, at: never})
			continue
		}
		k := find(g, p.at)
		out = grow(out, piece{from: p.from, at: g[k].value(p.at), moves: p.moves && g[k].moves})
		if !p.moves {
			continue
		}
		for k++; k < len(g) && p.from+g[k].from-p.at < end; k++ {
			out = grow(out, piece{from: p.from + g[k].from - p.at, at: g[k].at, moves: g[k].moves})
		}
		if start := p.from + last - p.at; start < end {
			out = grow(out, piece{from: start, at: never})
		}
	}
	return out
}

// working is what comes of adding a span of working time to any moment from the first start on.
func (c *clock) working(cal *calendar.Calendar, s v1alpha1.Span) ([]piece, error) {
	key := addition{cal.Stamp(), s.Working}
	if g := c.added[key]; g != nil {
		return g, nil
	}
	first, end := c.starts.first, c.starts.end+beyond
	due, err := calendar.AddSpan(cal, time.Unix(first, 0), s)
	if err != nil {
		return nil, err
	}
	if due.Unix() > end+tooFar { // and so it is for every later start
		c.added[key] = []piece{{from: first, at: never}}
		return c.added[key], nil
	}
	w := drawing{cal: cal, span: s}
	// Where the clocks change, a jump and a standstill could make up for each other.
	for _, change := range cal.ClockChanges(time.Unix(first-400*day, 0), time.Unix(end+400*day, 0)) {
		w.changes = append(w.changes, change.Unix())
	}
	at := first
	for _, turn := range append(cal.Turns(time.Unix(first+1, 0), time.Unix(end, 0)), time.Unix(end, 0)) {
		next := turn.Unix()
		w.draw(at, w.due(at), next, w.due(next-1))
		at = next
	}
	c.added[key], c.counted = w.pieces, c.counted+w.counted
	return w.pieces, nil
}

// drawing draws what adding a span of working time comes to, between the turns of a calendar.
type drawing struct {
	cal     *calendar.Calendar
	span    v1alpha1.Span
	changes []int64
	pieces  []piece
	counted int
}

func (w *drawing) due(at int64) int64 {
	w.counted++
	due, err := calendar.AddSpan(w.cal, time.Unix(at, 0), w.span)
	if err != nil {
		return never
	}
	return due.Unix()
}

// draw draws from a, when it comes to x, up to end; just before, it comes to y.
func (w *drawing) draw(a, x, end, y int64) {
	n := end - 1 - a
	if straight := y == x || y-x == n; straight && (n <= 60 || !w.changing(a, y)) {
		w.pieces = grow(w.pieces, piece{from: a, at: x, moves: y != x})
		return
	}
	mid := (a + end) / 2
	w.draw(a, x, mid, w.due(mid-1))
	w.draw(mid, w.due(mid), end, y)
}

// changing is whether the clocks change around the beginning or the end of a span.
func (w *drawing) changing(from, to int64) bool {
	k := sort.Search(len(w.changes), func(i int) bool { return w.changes[i] > from-2*day })
	return k < len(w.changes) && (w.changes[k] < from+2*day || w.near(to))
}

func (w *drawing) near(at int64) bool {
	k := sort.Search(len(w.changes), func(i int) bool { return w.changes[i] > at-2*day })
	return k < len(w.changes) && w.changes[k] < at+2*day
}
