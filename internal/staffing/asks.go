package staffing

import (
	"slices"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/engine"
	"tocsin.dev/tocsin/internal/playbook"
)

// ask is a moment at which a playbook needs people: a step begins, in a round of its block, or its ladder is climbed.
type ask struct {
	node   int
	round  int32
	climbs bool
	// after are the asks that have certainly been made before.
	after []int
}

// asksOf lists what a plan asks of people.
func asksOf(plan *playbook.Plan) []ask {
	var out []ask
	at := map[moment]int{}
	for i := range plan.Nodes {
		n := &plan.Nodes[i]
		if !needsPeople(plan, i) {
			continue
		}
		for round := int32(1); round <= rounds(plan, i); round++ {
			at[moment{i, round, false}] = len(out)
			out = append(out, ask{node: i, round: round})
			if o := n.Head.Overdue; o != nil && o.Climb == v1alpha1.ClimbLadder {
				at[moment{i, round, true}] = len(out)
				out = append(out, ask{node: i, round: round, climbs: true})
			}
		}
	}
	for k := range out {
		out[k].after = before(plan, out[k], at)
	}
	return out
}

type moment struct {
	node   int
	round  int32
	climbs bool
}

func needsPeople(plan *playbook.Plan, i int) bool {
	a := &plan.Nodes[i].Action
	if a.Notify != nil {
		return slices.ContainsFunc(a.Notify.To, func(to v1alpha1.Identifier) bool { _, role := plan.Roles[string(to)]; return role || to == "team" })
	}
	return len(plan.Nodes[i].Asks) > 0 || a.AssembleTeam != nil
}

// roles are those an ask looks for in the round it is made: its own, or with above those above on the ladder, which it may
// come to where nobody can play its own, or is climbed to.
func (a ask) roles(plan *playbook.Plan, above bool) []string {
	n := &plan.Nodes[a.node]
	asked := slices.Clone(n.Asks)
	if n.Action.Notify != nil {
		for _, to := range n.Action.Notify.To {
			if _, role := plan.Roles[string(to)]; role {
				asked = append(asked, string(to))
			}
		}
	}
	lowest, top := len(n.Ladder), -1
	for k, role := range asked {
		if at := slices.Index(n.Ladder, role); at >= 0 {
			at = min(at+int(a.round)-1, len(n.Ladder)-1)
			asked[k], lowest, top = n.Ladder[at], min(lowest, at), max(top, at)
		}
	}
	switch {
	case !above:
		return asked
	case a.climbs:
		return slices.Clone(n.Ladder[top+1:])
	}
	return slices.Clone(n.Ladder[min(lowest+1, len(n.Ladder)):])
}

// climbing is the block that climbs the ladder a step is inside, -1 for none.
func climbing(plan *playbook.Plan, i int) int {
	for p := plan.Nodes[i].Parent; p >= 0; p = plan.Nodes[p].Parent {
		if r := plan.Nodes[p].Repeat; r != nil && r.Climb == v1alpha1.ClimbLadder {
			return p
		}
	}
	return -1
}

// rounds is in how many rounds of a climbing block a step asks somebody else.
func rounds(plan *playbook.Plan, i int) int32 {
	if p := climbing(plan, i); p >= 0 {
		return max(min(plan.Nodes[p].Repeat.Max, int32(len(plan.Nodes[p].Ladder))), 1)
	}
	return 1
}

// before lists the asks that have certainly been made when an ask is: those of the steps that must have been done, and of earlier
// rounds.
func before(plan *playbook.Plan, a ask, at map[moment]int) []int {
	done := map[int]bool{}
	certain(plan, a.node, done)
	var out []int
	add := func(i int, round int32) {
		if k, is := at[moment{i, min(round, rounds(plan, i)), false}]; is && i != a.node {
			out = append(out, k)
		}
	}
	for i := range plan.Nodes {
		if done[i] {
			add(i, a.round)
		}
	}
	if a.climbs {
		out = append(out, at[moment{a.node, a.round, false}])
	}
	if a.round > 1 {
		if k, is := at[moment{a.node, a.round - 1, false}]; is && unconditional(plan, a.node) {
			out = append(out, k)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// certain collects the steps that were certainly done when a step begins.
func certain(plan *playbook.Plan, i int, into map[int]bool) {
	n := &plan.Nodes[i]
	if q := int(n.Head.Quorum); q == 0 || q == len(n.Needs) {
		for _, need := range n.Needs {
			if !into[need] && (q > 0 || len(n.Needs) == 1 || unconditional(plan, need)) {
				into[need] = true
				inside(plan, need, into)
				certain(plan, need, into)
			}
		}
	}
	if n.Parent >= 0 {
		certain(plan, n.Parent, into)
	}
}

func inside(plan *playbook.Plan, i int, into map[int]bool) {
	for _, c := range plan.Nodes[i].Children {
		if unconditional(plan, c) {
			into[c] = true
			inside(plan, c, into)
		}
	}
}

// unconditional is whether a step begins in every run that comes to its block.
func unconditional(plan *playbook.Plan, i int) bool {
	stopped := slices.ContainsFunc(plan.Regions, func(r playbook.Region) bool { return slices.Contains(r.Nodes, i) })
	return plan.Nodes[i].When == nil && !stopped && plan.Nodes[i].Head.Quorum == 0 &&
		!slices.ContainsFunc(plan.Nodes[i].Needs, func(k int) bool { return !unconditional(plan, k) })
}

// requesters are the steps whose doers an ask shuts out.
func (a ask) requesters(plan *playbook.Plan) []int {
	return engine.Requesters(plan, a.node)
}
