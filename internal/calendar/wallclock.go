package calendar

import (
	"fmt"
	"math"
	"sort"
	"sync"
	"time"
)

const secondsPerDay = 86400

// zone is a stretch of time, in Unix seconds from start up to, not including, end, with one offset of the wall clock
// from UTC in seconds.
type zone struct{ start, end, offset int64 }

// Before start and after end there is no other zone.
const (
	always = math.MinInt64
	never  = math.MaxInt64
)

// wallClock turns Unix seconds into the wall clock of a place and back. A wall time is a number of seconds: the number
// of the day times 86400, plus the time of day.
type wallClock struct {
	location *time.Location
	// zones are the zones of the years in which deadlines lie, one after the other: looking them up in a table is many
	// times faster than asking the location, which works out the rule of the year each time.
	zones []zone
}

var (
	tableFrom = time.Date(2015, time.January, 1, 0, 0, 0, 0, time.UTC).Unix()
	tableTo   = time.Date(2045, time.January, 1, 0, 0, 0, 0, time.UTC).Unix()
)

// wallClocks keeps those made, by name: working out the zones of thirty years is worth doing once. Only names that exist
// are kept, so it stays small.
var wallClocks sync.Map

// Zone is the time zone with an IANA name. The error says what to write instead.
func Zone(name string) (*time.Location, error) {
	w, err := newWallClock(name)
	if err != nil {
		return nil, err
	}
	return w.location, nil
}

func newWallClock(name string) (*wallClock, error) {
	if made, ok := wallClocks.Load(name); ok {
		if w, ok := made.(*wallClock); ok {
			return w, nil
		}
	}
	location, err := time.LoadLocation(name)
	if err != nil || name == "" || name == "Local" {
		return nil, fmt.Errorf("%q is no time zone; write an IANA name, e.g. Asia/Shanghai", name)
	}
	w := &wallClock{location: location}
	for at := tableFrom; at < tableTo; {
		z := w.lookUp(at)
		if last := len(w.zones) - 1; last >= 0 && w.zones[last].offset == z.offset {
			w.zones[last].end = z.end
		} else {
			w.zones = append(w.zones, z)
		}
		at = z.end
	}
	wallClocks.Store(name, w)
	return w, nil
}

// zone is the zone that sec lies in.
func (w *wallClock) zone(sec int64) zone {
	last := len(w.zones) - 1
	if sec < w.zones[0].start || sec >= w.zones[last].end {
		return w.lookUp(sec)
	}
	return w.zones[sort.Search(last, func(i int) bool { return w.zones[i].end > sec })]
}

func (w *wallClock) lookUp(sec int64) zone {
	t := time.Unix(sec, 0).In(w.location)
	_, offset := t.Zone()
	z := zone{start: always, end: never, offset: int64(offset)}
	start, end := t.ZoneBounds()
	if !start.IsZero() {
		z.start = start.Unix()
	}
	if !end.IsZero() {
		z.end = end.Unix()
	}
	if z.end <= sec {
		// Where a zone follows a yearly rule, ZoneBounds ends it after 365 days of the year, also in a leap year. The last
		// day has the offset of the day before.
		z.end = time.Date(t.UTC().Year()+1, time.January, 1, 0, 0, 0, 0, time.UTC).Unix()
	}
	return z
}

// farthest is more than any place's clock is away from UTC.
const farthest = 16 * 3600

// instant is the first moment at which the clock shows wall or later.
func (w *wallClock) instant(wall int64, hint *zone) int64 {
	if wall-farthest < hint.start || wall-farthest >= hint.end {
		*hint = w.zone(wall - farthest)
	}
	for {
		at := wall - hint.offset
		if at < hint.start {
			return hint.start // the clock jumped over wall
		}
		if at < hint.end {
			return at
		}
		*hint = w.zone(hint.end)
	}
}

// wall is the time up to which the clock has come by sec. When it was put back, that is more than it shows now.
func (w *wallClock) wall(sec int64) int64 { return w.latest(sec, 0) }

// shown is the latest second the clock has shown up to sec. The one at which it was put back it never showed.
func (w *wallClock) shown(sec int64) int64 { return w.latest(sec, 1) }

func (w *wallClock) latest(sec, before int64) int64 {
	z := w.zone(sec)
	wall := sec + z.offset
	if z.start == always || sec-z.start > secondsPerDay {
		return wall
	}
	return max(wall, z.start-before+w.zone(z.start-1).offset)
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func floorMod(a, b int64) int64 { return a - floorDiv(a, b)*b }
