package drawing

import (
	"maps"
	"math"
	"slices"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/playbook"
)

// byItself is the lane of what asks nobody.
const byItself = "by itself"

// lane is a column of the grid: a role, or what happens without anybody.
type lane struct {
	role string
	note string
	used bool
	x, w float64
}

// lanesOf makes a lane a role, in the order of the playbook, those of sub-playbooks behind.
func lanesOf(plan *playbook.Plan, spec *v1alpha1.PlaybookSpec, whole bool) []lane {
	used := map[string]bool{}
	for _, at := range shown(plan, plan.Roots, whole) {
		if !opened(plan, at, whole) {
			used[roleOf(&plan.Nodes[at])] = true
		}
	}
	var lanes []lane
	there := map[string]bool{}
	add := func(role, note string) {
		if !there[role] {
			there[role] = true
			lanes = append(lanes, lane{role: role, note: note, used: used[role]})
		}
	}
	if used[""] {
		add("", "asks nobody")
	}
	for _, role := range spec.Roles {
		add(string(role.Name), duty(role))
	}
	for _, role := range slices.Sorted(maps.Keys(plan.Roles)) {
		if whole || used[role] {
			add(role, duty(plan.Roles[role]))
		}
	}
	return lanes
}

func duty(r v1alpha1.Role) string {
	text := string(r.Duty)
	if r.Team != "" {
		text += " of " + r.Team
	}
	return text
}

// shown are the steps that get a box or a frame.
func shown(plan *playbook.Plan, nodes []int, whole bool) []int {
	var list []int
	for _, at := range nodes {
		list = append(list, at)
		if opened(plan, at, whole) {
			list = append(list, shown(plan, plan.Nodes[at].Children, whole)...)
		}
	}
	return list
}

// opened is whether the steps inside a step are drawn.
func opened(plan *playbook.Plan, at int, whole bool) bool {
	n := &plan.Nodes[at]
	return n.Repeat != nil || whole && len(n.Children) > 0
}

// mostMoved is the greatest number of lanes that are moved about; more stay in the order of the playbook.
const mostMoved = 16

// ordered places the steps with the lanes in an order that keeps the picture low and its arrows short: one lane after the
// other is tried in every place, twice over.
func ordered(plan *playbook.Plan, spec *v1alpha1.PlaybookSpec, way way) *grid {
	lanes := lanesOf(plan, spec, way.whole)
	best := newGrid(plan, lanes, way)
	if len(lanes) > mostMoved {
		return best
	}
	for range 2 {
		for _, l := range slices.Clone(lanes) {
			from := slices.IndexFunc(lanes, func(o lane) bool { return o.role == l.role })
			for to := range lanes {
				tried := slices.Insert(slices.Delete(slices.Clone(lanes), from, from+1), to, l)
				if g := newGrid(plan, tried, way); g.cost() < best.cost()-1e-9 {
					best = g
				}
			}
			lanes = best.lanes
		}
	}
	return best
}

// cost is how far a grid is from a good one: a row counts as much as an arrow across four lanes.
func (g *grid) cost() float64 {
	sum := 4 * float64(g.rows)
	for _, from := range g.all {
		for _, at := range from.node.NeededBy {
			if to := g.byNode[at]; to != nil {
				sum += math.Abs(float64(from.col+from.lastCol-to.col-to.lastCol)) / 2
			}
		}
		if from.framed() {
			sum += float64(from.lastCol - from.col)
		}
	}
	return sum
}
