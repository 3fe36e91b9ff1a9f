package drawing

import (
	"maps"
	"math"
	"slices"
)

// Room for lines, in units.
const (
	track     = 5.0  // between two lines that run side by side
	gutterPad = 7.0  // between a lane's boxes and the first line beside them; frames end inside it
	gapPad    = 6.5  // above the first line between two rows
	arrowRoom = 7.5  // below the last one
	portApart = 10.0 // between two arrows that end at the same box
)

// net is all arrows that leave one step. They share a line until they part.
type net struct {
	from *item
	to   []*item
	// gutter is where its trunk runs, left of the lane of that number, and lane the place in it; gutter -1: there is none.
	gutter, lane int
	// last is the gap the trunk ends in; it begins below from.
	last int
	// gaps are its lines across, by the gap: gap n is below row n.
	gaps map[int]*across
	// ports are the places where its arrows end, beside to.
	ports []float64
}

// across is a line between two rows.
type across struct{ left, right, at float64 }

func (a *across) reach(x float64) {
	a.left, a.right = min(a.left, x), max(a.right, x)
}

// carriage is how an arrow gets from the gap below its beginning to the gap above its end.
type carriage int

const (
	carriedNot   carriage = iota // it is the same gap
	carriedDown                  // straight down through the cells of the lane, which are empty
	carriedTrunk                 // down the trunk of its net
)

func (g *grid) carried(from, to *item) carriage {
	switch {
	case to.row-1 == from.lastRow:
		return carriedNot
	case from.framed() || to.framed() || from.col != to.col:
		return carriedTrunk
	}
	for row := from.row + 1; row < to.row; row++ {
		if g.taken[cell{row, from.col}] {
			return carriedTrunk
		}
	}
	return carriedDown
}

// aligned is whether an arrow can go straight down from the middle of one box to the middle of another.
func (g *grid) aligned(from, to *item) bool {
	return !from.framed() && !to.framed() && from.col == to.col && g.carried(from, to) != carriedTrunk
}

// nets gathers the arrows and gives trunks their gutters.
func (g *grid) nets() []*net {
	var list []*net
	used := map[int][]*net{}
	for _, from := range g.all {
		n := &net{from: from, gutter: -1, last: -1, gaps: map[int]*across{}}
		for _, at := range from.node.NeededBy {
			if to := g.byNode[at]; to != nil {
				n.to = append(n.to, to)
				if g.carried(from, to) == carriedTrunk {
					n.last = max(n.last, to.row-1)
				}
			}
		}
		if len(n.to) == 0 {
			continue
		}
		if n.last >= 0 {
			n.gutter = g.gutterOf(n, used)
			n.lane = freeLane(used[n.gutter], n)
			used[n.gutter] = append(used[n.gutter], n)
		}
		list = append(list, n)
	}
	return list
}

// gutterOf chooses where a trunk runs: near to where it comes from and goes to, not across the headings of frames.
func (g *grid) gutterOf(n *net, used map[int][]*net) int {
	best, least := 0, math.Inf(1)
	for gutter := range len(g.lanes) + 1 {
		x := float64(gutter) - 0.5
		cost := math.Abs(x-float64(n.from.col+n.from.lastCol)/2) + 0.3*float64(len(used[gutter]))
		for _, to := range n.to {
			if g.carried(n.from, to) == carriedTrunk {
				cost += math.Abs(x - float64(to.col+to.lastCol)/2)
			}
		}
		for _, i := range g.all {
			if i.framed() && i.col < gutter && gutter <= i.lastCol && n.from.lastRow < i.row && i.row <= n.last {
				cost += 5
			}
		}
		if cost < least-1e-9 {
			best, least = gutter, cost
		}
	}
	return best
}

// freeLane is the first place in a gutter where a trunk meets no other.
func freeLane(others []*net, n *net) int {
	for lane := 0; ; lane++ {
		meets := func(o *net) bool { return o.lane == lane && o.from.lastRow <= n.last && n.from.lastRow <= o.last }
		if !slices.ContainsFunc(others, meets) {
			return lane
		}
	}
}

// gutterWidths is the room left of each lane and right of the last.
func gutterWidths(lanes int, nets []*net) []float64 {
	most := make([]int, lanes+1)
	for _, n := range nets {
		if n.gutter >= 0 {
			most[n.gutter] = max(most[n.gutter], n.lane+1)
		}
	}
	widths := make([]float64, lanes+1)
	for i, m := range most {
		widths[i] = 2*gutterPad + track*float64(max(0, m-1))
	}
	return widths
}

// trunkX is where the trunk of a net runs.
func (p *picture) trunkX(n *net) float64 {
	return p.gutters[n.gutter] + gutterPad + track*float64(n.lane)
}

// carrierX is where an arrow comes down into the gap above its end.
func (p *picture) carrierX(n *net, to *item) float64 {
	if p.carried(n.from, to) == carriedTrunk {
		return p.trunkX(n)
	}
	return n.from.middle()
}

// setPorts says where arrows end on their boxes: in the middle what comes straight down, beside it what comes from the left
// and from the right.
func (p *picture) setPorts() {
	incoming := map[*item][]*net{}
	for _, n := range p.nets {
		n.ports = make([]float64, len(n.to))
		for _, to := range n.to {
			incoming[to] = append(incoming[to], n)
		}
	}
	for _, to := range p.all {
		nets := incoming[to]
		slices.SortStableFunc(nets, func(a, b *net) int {
			return int(math.Copysign(1, p.carrierX(a, to)-p.carrierX(b, to)))
		})
		middle := to.middle()
		var left, right []*net
		for _, n := range nets {
			switch {
			case p.aligned(n.from, to):
				n.ports[slices.Index(n.to, to)] = middle
			case p.carrierX(n, to) < middle:
				left = append(left, n)
			default:
				right = append(right, n)
			}
		}
		apart := min(portApart, (to.w/2-6)/float64(max(len(left), len(right), 1)))
		for k, n := range left {
			n.ports[slices.Index(n.to, to)] = middle - apart*float64(len(left)-k)
		}
		for k, n := range right {
			n.ports[slices.Index(n.to, to)] = middle + apart*float64(k+1)
		}
	}
}

// setAcross finds the lines between rows and how many lie above each other in each gap.
func (p *picture) setAcross() (tracks []int) {
	for _, n := range p.nets {
		join := func(gap int, x float64) {
			if n.gaps[gap] == nil {
				n.gaps[gap] = &across{left: x, right: x}
			}
			n.gaps[gap].reach(x)
		}
		join(n.from.lastRow, n.from.middle())
		for k, to := range n.to {
			if p.carried(n.from, to) == carriedTrunk {
				join(n.from.lastRow, p.trunkX(n))
			}
			join(to.row-1, p.carrierX(n, to))
			join(to.row-1, n.ports[k])
		}
	}
	tracks = make([]int, p.rows)
	for gap := range tracks {
		tracks[gap] = p.stack(gap)
	}
	return tracks
}

// stack gives each line in a gap a height of its own where it would touch another, and returns how many heights there are.
// The line farthest to the left lies lowest.
func (p *picture) stack(gap int) int {
	var lines []*across
	for _, n := range p.nets {
		if a := n.gaps[gap]; a != nil && a.right-a.left > 0.5 {
			lines = append(lines, a)
		}
	}
	slices.SortStableFunc(lines, func(a, b *across) int { return int(math.Copysign(1, a.left-b.left)) })
	ends := map[int]float64{}
	for _, a := range lines {
		level := 0
		for {
			if end, there := ends[level]; !there || end+4 < a.left {
				break
			}
			level++
		}
		ends[level], a.at = a.right, float64(level)
	}
	return len(slices.Collect(maps.Keys(ends)))
}
