package soundness

import (
	"regexp"
	"slices"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/playbook"
)

// cascade is what can change in one turn of the engine, together with what it begins with: a step that ends lets others
// begin, those may end at once, and so on. It errs on the side of too much.
type cascade struct {
	*lean
	*lookers
	// ends are the steps that can end in the turn, be skipped or cancelled, or come to look otherwise to a condition; begins
	// are those and the ones that can begin; forced are those of them to which that happens whatever became of what they need.
	ends, begins, forced set
	// doneSeen and undoneSeen are the steps whose end, as meant or otherwise, was followed.
	doneSeen, undoneSeen, beginSeen set
}

func (l *lean) newCascade(room int, lookers *lookers) *cascade {
	return &cascade{lean: l, lookers: lookers, ends: newSet(room), begins: newSet(room), forced: newSet(room),
		doneSeen: newSet(room), undoneSeen: newSet(room), beginSeen: newSet(room)}
}

// lookers are for each step the conditions that look at it, and the steps whose deadlines count from its end.
type lookers struct{ readers, timed [][]int }

func (l *lean) newLookers() *lookers {
	out := &lookers{readers: make([][]int, len(l.Nodes)), timed: make([][]int, len(l.Nodes))}
	for k, c := range l.exprs {
		for _, i := range c.steps {
			out.readers[i] = append(out.readers[i], k)
		}
	}
	for i := range l.Nodes {
		if of := l.Nodes[i].OfStep; of >= 0 {
			out.timed[of] = append(out.timed[of], i)
		}
	}
	return out
}

// done follows the end of a step as it is meant.
func (c *cascade) done(i int) {
	if c.doneSeen.has(i) {
		return
	}
	c.doneSeen.add(i)
	c.changed(i)
	stays := false
	for _, f := range c.Nodes[i].NeededBy {
		c.begin(f)
		stays = stays || c.keepsOpen(f)
	}
	if !stays {
		c.roundOver(c.Nodes[i].Parent)
	}
}

// undone follows that a step is skipped or cancelled, and what is inside it with it.
func (c *cascade) undone(i int) {
	if c.undoneSeen.has(i) {
		return
	}
	c.undoneSeen.add(i)
	c.changed(i)
	stays := false
	for _, f := range c.Nodes[i].NeededBy {
		if c.Nodes[f].Head.Quorum == 0 {
			c.begin(f)
		}
		if c.mayNeverBegin(f) {
			c.undone(f)
		} else {
			stays = stays || c.keepsOpen(f)
		}
	}
	if !stays {
		c.roundOver(c.Nodes[i].Parent)
	}
	for _, k := range c.Nodes[i].Children {
		c.stopped(k)
	}
}

// stopped follows that something else than what a step needs, or its condition, ends it.
func (c *cascade) stopped(i int) {
	c.forced.add(i)
	c.undone(i)
}

// keepsOpen is whether a step that needs one that has ended is open for certain when the turn is over, so that what is
// around it cannot end.
func (l *lean) keepsOpen(f int) bool {
	return l.Nodes[f].Head.Quorum == 0 && l.Nodes[f].When == nil && !l.passes(f) && !l.inRegion(f)
}

// changed follows that conditions may see something else of a step than before.
func (c *cascade) changed(i int) {
	c.ends.add(i)
	c.begins.add(i)
	for _, k := range c.readers[i] {
		c.answers(&c.exprs[k])
	}
	for _, k := range c.timed[i] { // its deadline begins
		c.ends.add(k)
		c.begins.add(k)
		c.forced.add(k)
	}
}

// answers follows that a condition may have another answer than before. A step begins by its condition only where it was
// waiting for an answer to it.
func (c *cascade) answers(e *condition) {
	switch {
	case e.region >= 0:
		for _, k := range c.Regions[e.region].Nodes {
			c.stopped(k)
		}
	case c.Nodes[e.node].When == e.expr:
		if len(e.unsettled) > 0 || e.looksAtChange() {
			c.begin(e.node)
		}
	case c.Nodes[e.node].Repeat != nil:
		c.roundOver(e.node)
	default:
		c.done(e.node)
	}
}

// begin follows the beginning of a step.
func (c *cascade) begin(i int) {
	if c.beginSeen.has(i) {
		return
	}
	c.beginSeen.add(i)
	n := &c.Nodes[i]
	c.begins.add(i)
	if n.When != nil {
		c.undone(i)
	}
	if len(n.Children) > 0 {
		c.beginInside(i)
	} else if c.passes(i) {
		c.done(i)
	}
}

// beginInside follows that the steps inside a block become pending, and the first of them begin.
func (c *cascade) beginInside(i int) {
	for k := range c.Regions {
		if c.Regions[k].Parent == i {
			for _, r := range c.Regions[k].Nodes {
				c.stopped(r)
			}
		}
	}
	for _, k := range c.Nodes[i].Children {
		c.resets(k)
		if len(c.Nodes[k].Needs) == 0 {
			c.begin(k)
		}
	}
	if c.looked[i].round {
		c.changed(i)
	}
}

// resets follows that a step becomes pending again. What cancelled it before may do so again.
func (c *cascade) resets(i int) {
	c.forced.add(i)
	c.changed(i)
	if c.inRegion(i) {
		c.stopped(i)
	}
	for _, k := range c.Nodes[i].Children {
		c.resets(k)
	}
}

// roundOver follows that every step inside a block may have ended.
func (c *cascade) roundOver(p int) {
	if p < 0 || c.doneSeen.has(p) {
		return
	}
	c.done(p)
	if c.Nodes[p].Repeat != nil {
		c.beginInside(p)
	}
}

// passes is whether a step that begins can end in the same turn.
func (l *lean) passes(i int) bool {
	n := &l.Nodes[i]
	a := &n.Action
	switch {
	case n.Repeat != nil, a.Playbook != nil:
		return !slices.ContainsFunc(n.Children, func(c int) bool { return !l.passes(c) && !l.mayEndUndone[c] })
	case n.Head.Every != nil, a.Wait != nil && a.Wait.For == nil:
		return true
	case a.Notify != nil:
		return n.Head.Within == nil || writesToComplainantOnly(a.Notify)
	}
	return a.AssignRole != nil || a.RaiseIncident != nil || a.ScheduleDrill != nil || a.PostMortem != nil
}

// findUndone marks the steps that can be skipped or cancelled, also because what they need may be.
func (l *lean) findUndone() {
	l.mayEndUndone = make([]bool, len(l.Nodes))
	for grown := true; grown; {
		grown = false
		for i := range l.Nodes {
			if !l.mayEndUndone[i] && (l.Nodes[i].When != nil || l.inRegion(i) || l.mayNeverBegin(i)) {
				l.mayEndUndone[i], grown = true, true
			}
		}
	}
}

// mayNeverBegin is whether too few of the steps that a step needs may be done.
func (l *lean) mayNeverBegin(i int) bool {
	n := &l.Nodes[i]
	undone := 0
	for _, k := range n.Needs {
		if l.mayEndUndone[k] {
			undone++
		}
	}
	if q := int(n.Head.Quorum); q > 0 {
		return len(n.Needs)-undone < q
	}
	return len(n.Needs) > 0 && undone == len(n.Needs)
}

func (l *lean) inRegion(i int) bool {
	return slices.ContainsFunc(l.Regions, func(r playbook.Region) bool { return slices.Contains(r.Nodes, i) })
}

// endedBefore collects the steps that have ended for certain when a step begins.
func (l *lean) endedBefore(i int, into map[int]bool) {
	n := &l.Nodes[i]
	if q := int(n.Head.Quorum); q == 0 || q == len(n.Needs) {
		for _, need := range n.Needs {
			if into[need] {
				continue
			}
			into[need] = true
			l.inside(need, into)
			if !l.inRegion(need) && l.Nodes[need].Head.Quorum == 0 && !l.carried[need] { // else it may have been stopped, given up, or done elsewhere, before
				l.endedBefore(need, into)
			}
		}
	}
	if n.Parent >= 0 {
		l.endedBefore(n.Parent, into)
	}
}

func (l *lean) inside(i int, into map[int]bool) {
	for _, c := range l.Nodes[i].Children {
		into[c] = true
		l.inside(c, into)
	}
}

// lasting is a condition that, once it holds, goes on to, unless what it looks at begins anew: it asks how steps of the run or
// of the incident have ended, or whether there is an incident, and nothing else.
var lasting = func() *regexp.Regexp {
	const (
		answer = `outcome (== "[^"]+"|!= ""|in \["[^"]+"(, *"[^"]+")*\])`
		ended  = `(incident\.(exists|closed)|(incident\.)?steps\.\w+\.(ended|done|skipped|` + answer + `))`
	)
	return regexp.MustCompile(`^(\(*\s*` + ended + `\s*\)*\s*(&&|\|\|)\s*)*\(*\s*` + ended + `\s*\)*$`)
}()

// onlyEnds is whether a condition does nothing but end a step that has no other end, as soon as others have ended: the step
// ends with the last of them or when it begins, whatever the order. None of the others may begin anew without it.
func (l *lean) onlyEnds(c *condition, void []set) bool {
	if c.node < 0 || !lasting.MatchString(c.expr.Source()) || c.incident() && (l.written.For != v1alpha1.RecordComplaint || l.mayRaise(c.node)) {
		return false
	}
	for _, i := range c.steps {
		for p := l.Nodes[i].Parent; p >= 0; p = l.Nodes[p].Parent {
			if l.Nodes[p].Repeat != nil && !l.isInside(c.node, p) {
				return false
			}
		}
		for _, after := range void {
			if after.has(i) && !after.has(c.node) {
				return false
			}
		}
	}
	n := &l.Nodes[c.node]
	waits := n.WaitUntil == c.expr || n.Head.Every != nil && n.Until == c.expr
	return waits && n.Head.Within == nil
}

// mayRaise is whether another incident may be raised when a step has begun, of which nothing has ended yet.
func (l *lean) mayRaise(i int) bool {
	before := map[int]bool{}
	l.endedBefore(i, before)
	return slices.ContainsFunc(indexes(l.Nodes), func(k int) bool { return l.Nodes[k].Action.RaiseIncident != nil && !before[k] })
}

// isInside is whether a step is inside a block.
func (l *lean) isInside(i, block int) bool {
	for p := l.Nodes[i].Parent; p >= 0; p = l.Nodes[p].Parent {
		if p == block {
			return true
		}
	}
	return false
}
