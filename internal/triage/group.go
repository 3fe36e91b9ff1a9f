package triage

import (
	"math"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// group is complaints with equal fields, of which those that carry the signal of the view are counted.
//
// The number of different complainants within a window is the hard part. A complaint of somebody counts from its own
// moment until it leaves the window or the next complaint of the same person takes over, whichever is first. These
// spans of one person never overlap, so the number of people at a moment is the number of spans begun less the number
// of spans over, and both are a look into an ordered set.
type group struct {
	sharing int              // how many complaints have these fields, counted or not
	version uint64           // how often a complaint that counts came or went
	marks   tree             // every one that counts, at the moment it was received: the beginnings
	people  map[string]*tree // the marks of each complainant with a pseudonym
	endings map[int64]*tree  // window in seconds → for every complaint, when its span ends
}

// count is how many complaints, or different people, there were in (at-window, at].
func (g *group) count(at, window int64, of v1alpha1.Counted) int64 {
	if of == v1alpha1.CountedComplainants {
		return int64(g.complainants(at, window))
	}
	return int64(g.complaints(at, window))
}

// complaints is how many were received in (at-window, at].
func (g *group) complaints(at, window int64) int {
	return g.marks.upTo(at) - g.marks.upTo(at-window)
}

// complainants is how many different people complained in (at-window, at].
func (g *group) complainants(at, window int64) int {
	return g.marks.upTo(at) - g.over(window).upTo(at)
}

// reach is the span [from, to) in which a complaint makes a difference to the number of complainants: not while an
// earlier complaint of the same person still counts, nor once a later one does.
func (g *group) reach(m mark, complainant string, window int64) (from, to int64) {
	from, to = m.at, m.at+window
	line := g.people[complainant]
	if line == nil {
		return from, to
	}
	if before, ok := line.before(m); ok {
		from = max(from, before.at+window)
	}
	if after, ok := line.after(m); ok {
		to = min(to, after.at)
	}
	return from, to
}

func (g *group) add(m mark, complainant string) {
	g.version++
	g.marks.add(m)
	before, after := g.around(m, complainant)
	for window, over := range g.endings {
		if before != nil {
			over.remove(ending(*before, after, window))
			over.add(ending(*before, &m, window))
		}
		over.add(ending(m, after, window))
	}
	if complainant == "" {
		return
	}
	if g.people == nil {
		g.people = map[string]*tree{}
	}
	line := g.people[complainant]
	if line == nil {
		line = &tree{}
		g.people[complainant] = line
	}
	line.add(m)
}

func (g *group) remove(m mark, complainant string) {
	g.version++
	g.marks.remove(m)
	before, after := g.around(m, complainant)
	for window, over := range g.endings {
		over.remove(ending(m, after, window))
		if before != nil {
			over.remove(ending(*before, &m, window))
			over.add(ending(*before, after, window))
		}
	}
	if line := g.people[complainant]; line != nil {
		if line.remove(m); line.size() == 0 {
			delete(g.people, complainant)
		}
	}
}

// around is the complaints of the same person just before and just after, nil where there is none.
func (g *group) around(m mark, complainant string) (before, after *mark) {
	line := g.people[complainant]
	if line == nil {
		return nil, nil
	}
	if b, ok := line.before(m); ok {
		before = &b
	}
	if a, ok := line.after(m); ok {
		after = &a
	}
	return before, after
}

// ending is when the span of m ends, next being the following complaint of the same person.
func ending(m mark, next *mark, window int64) mark {
	end := m.at + window
	if next != nil {
		end = min(end, next.at)
	}
	return mark{end, m.uid}
}

// over is the endings for a window, made when first asked for and kept up to date from then on.
func (g *group) over(window int64) *tree {
	if over := g.endings[window]; over != nil {
		return over
	}
	over := &tree{}
	linked := map[string]mark{} // complaint → the next one of the same person
	for _, line := range g.people {
		var last *mark
		line.from(math.MinInt64, func(m mark) bool {
			if last != nil {
				linked[last.uid] = m
			}
			last = &m
			return true
		})
	}
	g.marks.from(math.MinInt64, func(m mark) bool {
		if next, ok := linked[m.uid]; ok {
			over.add(ending(m, &next, window))
		} else {
			over.add(ending(m, nil, window))
		}
		return true
	})
	if g.endings == nil {
		g.endings = map[int64]*tree{}
	}
	g.endings[window] = over
	return over
}
