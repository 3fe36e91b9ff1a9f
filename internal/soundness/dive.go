package soundness

const (
	// diveAfter is after how many states the search has become so wide that a dead end far ahead is looked for by itself.
	diveAfter = 10_000
	// mostDives is how many runs are then followed to their end, mostDived how many states are looked at for that.
	mostDives, mostDived = 100, 20_000
)

// dive follows some runs to their end, each another way, because a search that looks at the nearest first may never come to
// what lies behind many steps that wait at the same time. In each of the first runs one of the steps that others look at
// is put off as long as there is anything else to do: what is in the way of an end is often who comes last.
func (s *search) dive() {
	late := s.races.told()
	looked := 0
	for d := range mostDives {
		off := -1
		if d < len(late) {
			off = late[d]
		}
		at := s.begun[d%len(s.begun)]
		for depth := 0; ; depth++ {
			s.dived[at] = true
			s.expand(at)
			if looked++; looked > mostDived || s.wrong || s.full || s.stopped {
				return
			}
			ways := s.waysBut(off)
			if len(ways) == 0 || depth > 10*len(s.Nodes)+100 { // at the end, or in a circle
				break
			}
			at = ways[mixed(uint32(d), uint32(depth))%uint32(len(ways))].to
		}
	}
}

// waysBut are where the state looked at last can go, without what happens to a step unless nothing else can.
func (s *search) waysBut(off int) []way {
	var out []way
	for _, w := range s.ways {
		if !w.by.ofStep() || int(w.by.step) != off {
			out = append(out, w)
		}
	}
	if len(out) == 0 {
		return s.ways
	}
	return out
}

// told are the steps that others look at, or that stop others, at a time when they may or may not have ended.
func (r *races) told() (out []int) {
	for i := range r.Nodes {
		for _, race := range r.races {
			if race.told.has(i) || race.told.has(r.mark(i)) {
				out = append(out, i)
				break
			}
		}
	}
	return out
}

// mixed is a number that follows from two others and looks like any: the same each time, so that a proof can be repeated.
func mixed(a, b uint32) uint32 {
	x := a*0x9E3779B1 ^ b*0x85EBCA77
	x ^= x >> 15
	x *= 0x2C1B3C6D
	return x ^ x>>12
}
