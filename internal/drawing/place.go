package drawing

import (
	"maps"
	"slices"

	"tocsin.dev/tocsin/internal/playbook"
)

// item is a step on the grid: a box, or the frame around a block or a sub-playbook.
type item struct {
	node *playbook.Node
	kind kind
	// col and row are where a box is; a frame reaches from them to lastCol and lastRow, its first row is its heading.
	col, lastCol, row, lastRow int
	// inside are the steps in a frame; depth is how many frames are around an item.
	inside []*item
	depth  int
	// regions are the numbers of the cancel regions that stop it, from 1.
	regions []int

	name       []string
	lines      []line
	x, y, w, h float64
	// head is the height of the heading of a frame.
	head float64
	// low is whether the numbers of its regions stand on its last line; else on its first.
	low bool
}

func (i *item) framed() bool    { return len(i.inside) > 0 }
func (i *item) middle() float64 { return i.x + i.w/2 }

// grid is where everything is, in rows and columns.
type grid struct {
	plan  *playbook.Plan
	way   way
	lanes []lane
	// items are the top-level steps, all is everything in the order of the plan, byNode finds it.
	items, all []*item
	byNode     map[int]*item
	rows       int
	// taken are the cells that a box or a heading stands in.
	taken map[cell]bool
	// chain keeps what follows found.
	chain map[int]int
}

type cell struct{ row, col int }

// way is how to place the steps. With whole the steps of sub-playbooks are drawn too, else a box stands for each. With urgent
// those come first that most is to follow, which needs less room; else the order of the playbook is kept where it can be.
type way struct{ whole, urgent bool }

// newGrid places the steps of a plan in lanes of this order.
func newGrid(plan *playbook.Plan, lanes []lane, way way) *grid {
	g := &grid{plan: plan, way: way, lanes: slices.Clone(lanes), byNode: map[int]*item{}, taken: map[cell]bool{}}
	columns := map[string]int{}
	for k, l := range g.lanes {
		columns[l.role] = k
	}
	g.items, g.rows = g.place(plan.Roots, columns, 0)
	g.settle(g.items, 0)
	for _, at := range slices.Sorted(maps.Keys(g.byNode)) {
		g.all = append(g.all, g.byNode[at])
	}
	for n, region := range plan.Regions {
		for _, at := range region.Nodes {
			if i := g.byNode[at]; i != nil && !slices.Contains(region.Nodes, i.node.Parent) {
				i.regions = append(i.regions, n+1)
			}
		}
	}
	return g
}

// place finds rows for steps that belong together, counted from 0: each as high as what it needs and what is there already
// allows. It returns how many rows they take.
func (g *grid) place(nodes []int, columns map[string]int, depth int) (items []*item, rows int) {
	taken := map[cell]bool{}
	placed := map[int]*item{}
	for len(placed) < len(nodes) {
		at := g.next(nodes, placed)
		i := &item{node: &g.plan.Nodes[at], kind: kindOf(&g.plan.Nodes[at]), depth: depth}
		i.col = columns[roleOf(i.node)]
		i.lastCol = i.col
		if opened(g.plan, at, g.way.whole) {
			i.inside, i.lastRow = g.place(i.node.Children, columns, depth+1)
			i.col, i.lastCol = spread(i.inside)
		}
		first := 0
		for _, need := range i.node.Needs {
			first = max(first, placed[need].lastRow+1)
		}
		for !free(taken, i, first) {
			first++
		}
		i.row, i.lastRow = first, i.lastRow+first
		for row := i.row; row <= i.lastRow; row++ {
			for col := i.col; col <= i.lastCol; col++ {
				taken[cell{row, col}] = true
			}
		}
		placed[at] = i
		g.byNode[at] = i
		items = append(items, i)
		rows = max(rows, i.lastRow+1)
	}
	return items, rows
}

// next is the step to be placed next, of those whose needs are placed. Needs form no circle.
func (g *grid) next(nodes []int, placed map[int]*item) int {
	best, longest := -1, 0
	for _, at := range nodes {
		ready := placed[at] == nil
		for _, need := range g.plan.Nodes[at].Needs {
			ready = ready && placed[need] != nil
		}
		switch {
		case !ready:
		case !g.way.urgent:
			return at
		case g.follows(at) > longest:
			best, longest = at, g.follows(at)
		}
	}
	return best
}

// follows is how many steps are on the longest way from a step to the end, the step and what is inside it included.
func (g *grid) follows(at int) int {
	if g.chain == nil {
		g.chain = map[int]int{}
	}
	if known := g.chain[at]; known > 0 {
		return known
	}
	inside, after := 0, 0
	for _, child := range g.plan.Nodes[at].Children {
		inside = max(inside, g.follows(child))
	}
	for _, next := range g.plan.Nodes[at].NeededBy {
		after = max(after, g.follows(next))
	}
	g.chain[at] = 1 + inside + after
	return g.chain[at]
}

// spread is the first and the last lane of some steps.
func spread(items []*item) (first, last int) {
	first = items[0].col
	for _, i := range items {
		first, last = min(first, i.col), max(last, i.lastCol)
	}
	return first, last
}

// free is whether an item fits at a row; lastRow still is its height less one.
func free(taken map[cell]bool, i *item, first int) bool {
	for row := first; row <= first+i.lastRow; row++ {
		for col := i.col; col <= i.lastCol; col++ {
			if taken[cell{row, col}] {
				return false
			}
		}
	}
	return true
}

// settle turns the rows inside frames, which are counted from below their heading, into rows of the grid.
func (g *grid) settle(items []*item, down int) {
	for _, i := range items {
		i.row, i.lastRow = i.row+down, i.lastRow+down
		for col := i.col; col <= i.lastCol; col++ {
			g.taken[cell{i.row, col}] = true
		}
		g.settle(i.inside, i.row+1)
	}
}
