package timing

import (
	"slices"
	"strings"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/internal/soundness"
)

// certainty is whether a step comes to be carried out.
type certainty int

// Whether a step comes to be carried out: it does not, nobody knows, or it does unless something of that kind happens before.
const (
	not certainty = iota
	perhaps
	sure
)

// course is one of the courses a run can take: how steps end that conditions look at, and what follows from it.
type course struct {
	conduct  v1alpha1.Conduct
	outcomes map[int]v1alpha1.Identifier
	states   []certainty
	// begins are the steps that begin for sure, though something may stop them then.
	begins []bool
	// given is what is so in the runs that are looked at; nil: nothing in particular. forced are the steps that are then done,
	// with all they are inside.
	given  *premise
	forced map[int]bool
	// owed are the steps that have ended where those are done: what they need and what is inside them.
	owed map[int]bool
	// carried are steps that may have been done before the run began.
	carried carried
}

// follow works out which steps come about; false where one does not that is done in the runs that are looked at.
func (c *course) follow(plan *playbook.Plan, level string) bool {
	known := make([]bool, len(plan.Nodes))
	var visit func(i int)
	visit = func(i int) {
		if known[i] {
			return
		}
		known[i] = true
		n := &plan.Nodes[i]
		state := sure
		if n.Parent >= 0 {
			visit(n.Parent)
			state = c.states[n.Parent]
		}
		for _, need := range n.Needs {
			visit(need)
		}
		state = min(state, c.needed(n))
		if state != not && n.When != nil {
			for _, path := range n.When.Looks().Paths {
				if k := stepOf(plan, path, n.Scope); k >= 0 {
					visit(k)
				}
			}
			holds, is := c.holds(plan, n.When, n.Scope, level, nil)
			switch {
			case !is || !c.endedBefore(plan, i):
				state = min(state, perhaps)
			case !holds:
				state = not
			}
		}
		if c.carried.may(i) && state == not {
			state = perhaps
		}
		if state == perhaps && c.forced[i] {
			state = sure
		}
		c.states[i] = state
	}
	for i := range plan.Nodes {
		if visit(i); c.forced[i] && c.states[i] == not {
			return false
		}
	}
	c.cancel(plan, level)
	return true
}

// needed is whether what a step needs lets it begin.
func (c *course) needed(n *playbook.Node) certainty {
	if len(n.Needs) == 0 {
		return sure
	}
	quorum := max(int(n.Head.Quorum), 1)
	count := func(least certainty) (k int) {
		for _, need := range n.Needs {
			if c.states[need] >= least {
				k++
			}
		}
		return k
	}
	switch {
	case count(sure) >= quorum:
		return sure
	case count(perhaps) >= quorum:
		return perhaps
	}
	return not
}

// endedBefore is whether all steps that the condition of a step looks at have ended when it is asked.
func (c *course) endedBefore(plan *playbook.Plan, i int) bool {
	before := ancestors(plan, i, c.carried)
	for _, path := range plan.Nodes[i].When.Looks().Paths {
		if k := stepOf(plan, path, plan.Nodes[i].Scope); k >= 0 && !before[k] {
			return false
		}
	}
	return true
}

// ancestors are the steps that have ended when a step begins. What was done before the run waited for none of its steps.
func ancestors(plan *playbook.Plan, i int, done carried) map[int]bool {
	before := map[int]bool{}
	var visit func(i int)
	end := func(i int) {
		for k := range plan.Nodes {
			if k == i || inside(plan, k, i) {
				before[k] = true
			}
		}
	}
	visit = func(i int) {
		for ; i >= 0; i = plan.Nodes[i].Parent {
			if plan.Nodes[i].Head.Quorum > 0 {
				continue // the others may go on
			}
			for _, need := range plan.Nodes[i].Needs {
				if before[need] {
					continue
				}
				end(need)
				if !done.may(need) {
					visit(need)
				}
			}
		}
	}
	visit(i)
	return before
}

// inside is whether a step is inside a block or sub-playbook.
func inside(plan *playbook.Plan, i, block int) bool {
	for i = plan.Nodes[i].Parent; i >= 0; i = plan.Nodes[i].Parent {
		if i == block {
			return true
		}
	}
	return false
}

// cancel takes out of the course what a region or a deadline may stop, and what can then not be relied on either.
func (c *course) cancel(plan *playbook.Plan, level string) {
	was := slices.Clone(c.states)
	prevented := map[int]bool{}
	for i := range plan.Regions {
		r := &plan.Regions[i]
		for _, ended := range c.everHolds(plan, r, level) {
			for _, k := range r.Nodes {
				if c.forced[k] {
					continue
				}
				c.states[k] = min(c.states[k], perhaps)
				prevented[k] = prevented[k] || !slices.ContainsFunc(ended, func(last int) bool { return c.endsLater(plan, last, k) })
			}
		}
	}
	for i := range plan.Nodes {
		if b := stopper(plan, i); b >= 0 && !c.forced[i] {
			c.states[i] = min(c.states[i], perhaps)
			prevented[i] = prevented[i] || !beginsWith(plan, i, b)
		}
	}
	for again := true; again; {
		again = false
		for i := range plan.Nodes {
			if c.states[i] == sure && !c.forced[i] && !c.reached(plan, i) {
				c.states[i], again = perhaps, true
			}
		}
	}
	c.begins = make([]bool, len(plan.Nodes))
	for i := range plan.Nodes {
		c.begins[i] = c.forced[i] || was[i] == sure && !prevented[i] && c.reached(plan, i)
	}
}

// stopsItself is whether all that is inside a step is stopped when its deadline passes.
func stopsItself(n *playbook.Node) bool {
	o := n.Head.Overdue
	return len(n.Children) > 0 && n.Head.Within != nil && o != nil && o.Outcome != ""
}

// stopper is the outermost step around another whose deadline stops it; -1: none.
func stopper(plan *playbook.Plan, i int) int {
	found := -1
	for k := plan.Nodes[i].Parent; k >= 0; k = plan.Nodes[k].Parent {
		if stopsItself(&plan.Nodes[k]) {
			found = k
		}
	}
	return found
}

// beginsWith is whether a step begins at once with what it is inside, whose deadline cannot have passed by then.
func beginsWith(plan *playbook.Plan, i, block int) bool {
	if w := plan.Nodes[block].Head.Within; plan.Nodes[block].OfStep >= 0 || w.Of == "received" || w.Of == "graded" {
		return false
	}
	for ; i != block; i = plan.Nodes[i].Parent {
		if len(plan.Nodes[i].Needs) > 0 {
			return false
		}
	}
	return true
}

// reached is whether what a step needs, and what it is inside, comes about for sure.
func (c *course) reached(plan *playbook.Plan, i int) bool {
	n := &plan.Nodes[i]
	return c.needed(n) == sure && (n.Parent < 0 || c.states[n.Parent] == sure)
}

// endsLater is whether a step ends only after another one has begun: it waits, and all that the other needs has ended before
// it begins.
func (c *course) endsLater(plan *playbook.Plan, last, i int) bool {
	if n := &plan.Nodes[last]; c.carried.may(last) || !waits(n) || n.Action.Wait != nil || n.Parent != plan.Nodes[i].Parent {
		return false
	}
	before := ancestors(plan, last, c.carried)
	for _, need := range plan.Nodes[i].Needs {
		if !before[need] {
			return false
		}
	}
	return true
}

// mostLooks bounds how many steps a region may look at to be followed.
const mostLooks = 6

// everHolds are the sets of steps that have ended where the condition of a region may hold, of those it looks at.
func (c *course) everHolds(plan *playbook.Plan, r *playbook.Region, level string) (sets [][]int) {
	var looks []int
	for _, path := range r.When.Looks().Paths {
		if k := stepOf(plan, path, r.Scope); k >= 0 && !slices.Contains(looks, k) {
			looks = append(looks, k)
		}
	}
	if len(looks) > mostLooks {
		return [][]int{nil}
	}
	for open := range 1 << len(looks) {
		pending, ended := map[int]bool{}, []int{}
		for k, i := range looks {
			if open>>k&1 == 0 && !c.carried.may(i) && unanswered(&plan.Nodes[i], c.conduct) {
				pending = nil // it cannot have ended
				break
			}
			if pending[i] = open>>k&1 == 1; !pending[i] {
				ended = append(ended, i)
			}
		}
		if pending == nil {
			continue
		}
		if holds, known := c.holds(plan, r.When, r.Scope, level, pending); holds || !known {
			sets = append(sets, ended)
		}
	}
	return sets
}

// holds is whether a condition holds once everything it looks at has ended but for what is pending; known is false where that
// depends on more than the course.
func (c *course) holds(plan *playbook.Plan, e *playbook.Expr, scope int, level string, pending map[int]bool) (holds, known bool) {
	steps := make([]v1alpha1.StepState, len(plan.Nodes))
	for i := range plan.Nodes {
		steps[i] = v1alpha1.StepState{Name: plan.Nodes[i].Path, State: v1alpha1.StepDone, Outcome: c.outcomes[i]}
		if c.states[i] == not {
			steps[i] = v1alpha1.StepState{Name: plan.Nodes[i].Path, State: v1alpha1.StepSkipped}
		}
		if pending[i] {
			steps[i] = v1alpha1.StepState{Name: plan.Nodes[i].Path, State: v1alpha1.StepPending}
		}
	}
	facts := false
	for _, path := range e.Looks().Paths {
		if path == "run.level" && level != "" {
			continue
		}
		i, aspect := stepOf(plan, path, scope), path[strings.LastIndex(path, ".")+1:]
		switch {
		case i < 0 && c.given != nil:
			facts = true
			continue
		case i < 0 || repeated(plan, i):
			return false, false
		case pending[i]:
			continue
		}
		told := c.outcomes[i] != "" || aspect != "outcome"
		if !plainly(aspect) || c.states[i] != not && (!told || c.states[i] == perhaps) {
			return false, false
		}
	}
	may := worlds{list: []soundness.World{{Level: level, Complaint: playbook.ComplaintFacts{Level: level}}}, whole: true}
	if facts {
		may = c.given.beside(c, e)
	}
	for i := range may.list {
		env := envOf(plan, &may.list[i], steps)
		env.Scope = scope
		so, err := e.Holds(env)
		if err != nil || i > 0 && so != holds {
			return false, false
		}
		holds = so
	}
	return holds, may.whole && len(may.list) > 0
}
