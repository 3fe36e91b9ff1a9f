package timing

import (
	"math"
	"sort"
)

// moment is when something happens, for every moment at which a matter can come in: a function that never falls and, from
// one of its pieces to the next, goes along with time or stands still. All times are Unix seconds; seconds count, as
// everywhere in a run.
type moment struct {
	pieces []piece
	// known is the first moment of which some public holidays are not known that it was counted by.
	known int64
}

// piece is a moment from a start on, up to the next piece.
type piece struct {
	// from is the first start it speaks of, at when it happens then.
	from, at int64
	// moves is whether it happens a second later for each second the start is later.
	moves bool
}

// never is when nothing happens any more; what is added to it stays never. eternity is what is always known.
const (
	never    = math.MaxInt64 / 4
	eternity = math.MaxInt64 / 2
)

// span is the starts that are looked at, from the first up to the end, which is not among them.
type span struct{ first, end int64 }

// start is the start itself.
func (d span) start() moment {
	return moment{[]piece{{from: d.first, at: d.first, moves: true}}, eternity}
}

// none is what happens for no start.
func (d span) none() moment { return moment{[]piece{{from: d.first, at: never}}, eternity} }

func (p piece) value(start int64) int64 {
	if p.moves {
		return p.at + start - p.from
	}
	return p.at
}

// at is when it happens for one start.
func (m moment) at(start int64) int64 { return m.pieces[find(m.pieces, start)].value(start) }

// find is the place of the piece that speaks of a start.
func find(pieces []piece, start int64) int {
	return max(sort.Search(len(pieces), func(i int) bool { return pieces[i].from > start })-1, 0)
}

// grow appends a piece, unless it only goes on with the one before.
func grow(pieces []piece, p piece) []piece {
	if p.at >= never {
		p.at, p.moves = never, false
	}
	if k := len(pieces) - 1; k >= 0 {
		last := pieces[k]
		if last.from == p.from {
			pieces[k] = p
			return pieces
		}
		if last.moves == p.moves && last.value(p.from) == p.at {
			return pieces
		}
	}
	return append(pieces, p)
}

// plus is the moment a fixed time later.
func (m moment) plus(seconds int64) moment {
	out := make([]piece, 0, len(m.pieces))
	for _, p := range m.pieces {
		if p.at < never {
			p.at += seconds
		}
		out = grow(out, p)
	}
	return moment{out, m.known}
}

// isNever is whether it happens for no start.
func (m moment) isNever() bool {
	for _, p := range m.pieces {
		if p.at < never {
			return false
		}
	}
	return true
}

// isStart is whether it happens as the matter comes in.
func (m moment) isStart() bool {
	return len(m.pieces) == 1 && m.pieces[0].moves && m.pieces[0].at == m.pieces[0].from
}

// both goes through the stretches of starts in which neither moment has another piece; end is not in them.
func both(d span, a, b moment, do func(from, end int64, p, q piece)) {
	for i, j, from := 0, 0, d.first; from < d.end; {
		end := d.end
		if i+1 < len(a.pieces) {
			end = min(end, a.pieces[i+1].from)
		}
		if j+1 < len(b.pieces) {
			end = min(end, b.pieces[j+1].from)
		}
		do(from, end, a.pieces[i], b.pieces[j])
		if i+1 < len(a.pieces) && a.pieces[i+1].from == end {
			i++
		}
		if j+1 < len(b.pieces) && b.pieces[j+1].from == end {
			j++
		}
		from = end
	}
}

// later is the later of two moments, for each start.
func later(d span, a, b moment) moment { return choose(d, a, b, true) }

// earlier is the earlier of two moments, for each start.
func earlier(d span, a, b moment) moment { return choose(d, a, b, false) }

func choose(d span, a, b moment, wantLater bool) moment {
	if a.isStart() || b.isStart() { // nothing happens before the start
		if a.isStart() == wantLater {
			return b
		}
		return a
	}
	if wantLater && (a.isNever() || b.isNever()) {
		return d.none()
	}
	if !wantLater && a.isNever() {
		return b
	}
	if !wantLater && b.isNever() {
		return a
	}
	out := make([]piece, 0, len(a.pieces)+len(b.pieces))
	allA, allB := !wantLater, !wantLater // no later than that one it is whatever becomes of the other
	both(d, a, b, func(from, end int64, p, q piece) {
		put := func(start int64) {
			x, y := p.value(start), q.value(start)
			pick, isB := p, y != x && (y > x) == wantLater || y == x && q.moves == wantLater && p.moves != wantLater
			if isB {
				pick = q
			}
			allA, allB = allA && !isB, allB && isB
			out = grow(out, piece{from: start, at: pick.value(start), moves: pick.moves})
		}
		put(from)
		if p.moves != q.moves { // the one that moves may overtake the other
			ahead := q.value(from) - p.value(from)
			if q.moves {
				ahead = -ahead
			}
			if ahead > 0 && ahead < end-from {
				put(from + ahead)
			}
		}
	})
	switch {
	case allA:
		return moment{out, a.known}
	case allB:
		return moment{out, b.known}
	}
	return moment{out, min(a.known, b.known)}
}

// knownFor is the part of the starts for which a moment does not depend on public holidays nobody knows yet.
func (m moment) knownFor(d span) span {
	k := sort.Search(int(d.end-d.first), func(i int) bool {
		at := m.at(d.first + int64(i))
		return at >= m.known && at < never
	})
	return span{d.first, d.first + int64(k)}
}

// longest is the start for which it takes longest from one moment to another, the first such start; false where there is no
// start at all.
func longest(d span, from, to moment) (start, takes int64, ok bool) {
	takes = math.MinInt64
	both(d, from, to, func(first, end int64, p, q piece) {
		for _, at := range [...]int64{first, end - 1} {
			if q.value(at)-p.value(at) > takes {
				start, takes, ok = at, q.value(at)-p.value(at), true
			}
		}
	})
	return start, takes, ok
}
