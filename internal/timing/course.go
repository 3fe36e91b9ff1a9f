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
	level    string
	outcomes map[int]v1alpha1.Identifier
	states   []certainty
	// settled is whether states are worked out, so that something can follow from them.
	settled bool
	// begins are the steps that begin for sure, though something may stop them then; stopped are those that something may.
	begins  []bool
	stopped map[int]bool
	// open are the steps that may never begin, because facts may leave the condition that they begin on without an answer.
	open map[int]bool
	// given is what is so in the runs that are looked at; nil: nothing in particular. forced are the steps that are then done,
	// with all they are inside.
	given  *premise
	forced map[int]bool
	// owed are the steps that have ended where those are done: what they need and what is inside them.
	owed map[int]bool
	// carried are steps that may have been done before the run began.
	carried carried
	// facts are those that a condition tells apart, for all courses of a plan at a level.
	facts map[*playbook.Expr]worlds
}

// follow works out which steps come about; false where one does not that is done in the runs that are looked at. What may be stopped
// may not be done, on which conditions and other steps depend: until no more may be stopped, all is worked out anew.
func (c *course) follow(plan *playbook.Plan) bool {
	for stopped := -1; len(c.stopped) > stopped; {
		stopped = len(c.stopped)
		c.begins = make([]bool, len(plan.Nodes))
		known := make([]bool, len(plan.Nodes))
		for i := range plan.Nodes {
			c.visit(plan, i, known)
		}
		c.stop(plan)
	}
	for i := range c.forced {
		if c.states[i] == not {
			return false
		}
	}
	c.settled = true
	return c.given == nil || c.given.possible(c)
}

// visit works out whether a step comes about, once what it depends on is known.
func (c *course) visit(plan *playbook.Plan, i int, known []bool) {
	if known[i] {
		return
	}
	known[i], c.open[i] = true, false
	n := &plan.Nodes[i]
	state := sure
	if n.Parent >= 0 {
		c.visit(plan, n.Parent, known)
		state = c.states[n.Parent]
	}
	for _, need := range n.Needs {
		c.visit(plan, need, known)
	}
	state = min(state, c.needed(n))
	if state != not && n.When != nil {
		for _, path := range n.When.Looks().Paths {
			if k := stepOf(plan, path, n.Scope); k >= 0 {
				c.visit(plan, k, known)
			}
		}
		holds, is := c.holds(plan, n.When, n.Scope, nil)
		switch {
		case !is || !c.endedBefore(plan, i):
			state, c.open[i] = min(state, perhaps), c.unanswered(plan, n.When, n.Scope)
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
	c.begins[i] = state == sure
	if c.stopped[i] {
		state = min(state, perhaps)
	}
	c.states[i] = state
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

// stop notes what a region or a deadline may stop, and what it may keep from beginning.
func (c *course) stop(plan *playbook.Plan) {
	may := func(k int, before bool) {
		if !c.forced[k] {
			c.stopped[k], c.begins[k] = true, c.begins[k] && !before
		}
	}
	for i := range plan.Regions {
		r := &plan.Regions[i]
		for _, ended := range c.everHolds(plan, r.When, r.Scope) {
			for _, k := range r.Nodes {
				may(k, !slices.ContainsFunc(ended, func(last int) bool { return c.endsLater(plan, last, k) }))
			}
		}
	}
	for i := range plan.Nodes {
		if b := stopper(plan, i); b >= 0 {
			may(i, !beginsWith(plan, i, b))
		}
	}
}

// mayStop is whether a step, or one it is inside, may be stopped.
func (c *course) mayStop(plan *playbook.Plan, i int) bool {
	for ; i >= 0; i = plan.Nodes[i].Parent {
		if c.stopped[i] {
			return true
		}
	}
	return false
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

// holds is whether a condition holds once everything it looks at has ended but for what is pending; known is false where that
// depends on more than the course.
func (c *course) holds(plan *playbook.Plan, e *playbook.Expr, scope int, pending map[int]bool) (holds, known bool) {
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
		if path == "run.level" && c.level != "" {
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
	may := worlds{list: []soundness.World{{Level: c.level, Complaint: playbook.ComplaintFacts{Level: c.level}}}, whole: true}
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
