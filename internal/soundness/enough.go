package soundness

// enough are actors whose moves are enough to follow from a state: nothing that the others can do without them, however
// far they go, comes to something else before those moves than after them. What else could happen can as well happen
// after. It is the smallest such set that one step leads to; all is what can move.
func (s *search) enough(st state, all set, c choice) set {
	best, most := all, all.len()
	for i := range all.each() {
		if most == 1 || i >= len(s.Nodes) {
			break
		}
		if len(s.movesOf(i, st)) == 0 {
			continue
		}
		if chosen := s.around(i, st, all, c); chosen.len() < most {
			best, most = chosen, chosen.len()
		}
	}
	return best
}

// around is the set of actors that have to be tried together with step i.
func (s *search) around(i int, st state, all set, c choice) set {
	chosen := s.races.none()
	chosen.add(i)
	for {
		w := s.without(chosen, st, all)
		met := s.races.none() // what the others do, or are, that must not come first
		for t := range chosen.each() {
			w.meets(t, c.races, met)
		}
		if !s.take(met, chosen, all) {
			return chosen
		}
	}
}

// take adds to those chosen whoever may bring about what must not come first; false when there is nothing of the kind.
func (s *search) take(met, chosen, all set) bool {
	if met.len() == 0 {
		return false
	}
	grown := false
	for a := range all.each() {
		if !chosen.has(a) && s.races.reach[a].meets(met) {
			chosen.add(a)
			grown = true
		}
	}
	return grown
}

// world is what can become of a state while those chosen do not move.
type world struct {
	*search
	st state
	// others are the actors that can come to move; ended and begun are what can have ended, and begun or ended, by then.
	others, ended, begun set
	// ends and begins are what of that they can bring about.
	ends, begins set
}

func (s *search) without(chosen set, st state, all set) *world {
	r := s.races
	w := &world{search: s, st: st, others: r.none(), ended: r.none(), begun: r.none(), ends: r.none(), begins: r.none()}
	for i := range s.Nodes {
		switch phase := st[i*stepBytes] & phaseBits; {
		case phase > 1:
			w.ended.add(i)
			w.begun.add(i)
		case phase == 1:
			w.begun.add(i)
		}
	}
	for a := range all.each() {
		if !chosen.has(a) {
			w.others.add(a)
		}
	}
	for grown := true; grown; {
		grown = false
		for a := range w.others.each() {
			grown = w.turn(a, w.ends, w.begins) || grown
		}
		w.ended.addAll(w.ends)
		w.begun.addAll(w.begins)
		for b := range w.begins.each() {
			if b < len(s.Nodes) && !w.others.has(b) && !chosen.has(b) && !s.over(b, st) {
				w.others.add(b)
				grown = true
			}
		}
	}
	return w
}

// turn adds what an actor can bring about in a turn, as far as it can have come to that, and says whether anything was new.
func (w *world) turn(a int, ends, begins set) bool {
	grown := false
	for again := true; again; {
		again = false
		for b := range w.races.begins[a].each() {
			canEnd := !ends.has(b) && w.races.ends[a].has(b)
			if begins.has(b) && !canEnd {
				continue
			}
			if b < len(w.Nodes) && b != a && !w.races.forced[a].has(b) && !w.canCome(b, ends, begins) {
				continue
			}
			begins.add(b)
			if canEnd {
				ends.add(b)
			}
			grown, again = true, true
		}
	}
	return grown
}

// canCome is whether a step can come to begin, or to be skipped, by what has ended before or in this turn.
func (w *world) canCome(i int, ends, begins set) bool {
	n := &w.Nodes[i]
	if p := n.Parent; p >= 0 && !w.begun.has(p) && !begins.has(p) {
		return false
	}
	if w.st[i*stepBytes]&phaseBits == 1 {
		return true
	}
	met := 0
	for _, k := range n.Needs {
		if w.ended.has(k) || ends.has(k) {
			met++
		}
	}
	if q := int(n.Head.Quorum); q > 0 { // it may also be skipped because too many others are
		return met >= min(q, len(n.Needs)-q+1)
	}
	return met == len(n.Needs)
}

// meets adds to met what the others do that must not come before the move of one of those chosen.
func (w *world) meets(t int, races []race, met set) {
	ends, begins := w.races.none(), w.races.none()
	w.turn(t, ends, begins)
	for b := range ends.each() { // they can be ended, or come to move
		if w.others.has(b) && w.races.moving.has(b) {
			met.add(b)
		}
	}
	if w.ends.has(t) {
		met.add(t)
	}
	for _, r := range races {
		asks, theyAsk := begins, w.begins
		if r.atEnds {
			asks, theyAsk = ends, w.ends
		}
		if asks.meets(r.asked) && ends.meets(r.told) { // in one turn, or in two if another moves between
			told, asked := w.races.none(), w.races.none()
			told.addCommon(ends, r.told)
			asked.addCommon(asks, r.asked)
			for b := range w.others.each() {
				if w.races.ends[b].meets(told) || w.races.begins[b].meets(asked) {
					met.add(b)
				}
			}
		}
		if asks.meets(r.asked) && w.ends.meets(r.told) {
			met.addCommon(w.ends, r.told)
		}
		if ends.meets(r.told) && theyAsk.meets(r.asked) {
			met.addCommon(theyAsk, r.asked)
		}
	}
}
