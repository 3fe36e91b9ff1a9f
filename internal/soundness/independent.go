package soundness

import (
	"regexp"
	"slices"

	"tocsin.dev/tocsin/internal/playbook"
)

// independent says of each step whether what happens to it can be tried before everything else, because no other order
// would come to anything else: nothing can stop the step or offer it other answers, and nothing that follows at once from
// its end is read, or stopped, by what could happen meanwhile. Of a state with such a step only that step's moves are
// followed; what else could happen can happen after them just as well.
func (l *lean) independent(live []bool) []bool {
	hot := l.raced(live)
	after := l.voidable()
	out := make([]bool, len(l.Nodes))
	for i := range l.Nodes {
		n := &l.Nodes[i]
		block := n.Repeat != nil || n.Action.Playbook != nil
		if block || l.stoppedFromAbove(i, live) || l.writesLate(i) {
			continue
		}
		touched := map[int]bool{}
		l.touch(i, true, touched)
		out[i] = true
		for k := range touched {
			if hot[k] || after[k] {
				out[i] = false
			}
		}
	}
	return out
}

// raced marks the steps whose order with others may matter: a condition looks at a step that may or may not have ended when
// it is asked, or at the incident, which goes its own way; or a cancel region stops it.
func (l *lean) raced(live []bool) []bool {
	hot := make([]bool, len(l.Nodes))
	for k, c := range l.exprs {
		if !live[k] {
			continue
		}
		if c.region >= 0 {
			for _, i := range append(slices.Clone(l.Regions[c.region].Nodes), c.steps...) {
				hot[i] = true
			}
			continue
		}
		if l.onlyEnds(c) {
			continue
		}
		settled := map[int]bool{}
		l.endedBefore(c.node, settled)
		if l.Nodes[c.node].Repeat != nil && l.Nodes[c.node].Until == c.expr {
			l.inside(c.node, settled)
		}
		for _, i := range c.steps {
			if !settled[i] {
				hot[i], hot[c.node] = true, true
			}
		}
		if l.seesIncident && len(c.facts) > 0 {
			hot[c.node] = true
		}
	}
	for i := range l.Nodes {
		if l.seesIncident && l.Nodes[i].Action.RaiseIncident != nil {
			hot[i] = true
		}
	}
	return hot
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
			if !l.inRegion(need) {
				l.endedBefore(need, into)
			}
		}
	}
	if n.Parent >= 0 {
		l.endedBefore(n.Parent, into)
	}
}

// lasting is a condition that, once it holds, goes on to: it asks how steps have ended, and nothing else.
var lasting = regexp.MustCompile(`^(\(*\s*steps\.\w+\.(ended|done|skipped|outcome == "[^"]+")\s*\)*\s*(&&|\|\|)\s*)*\(*\s*steps\.\w+\.(ended|done|skipped|outcome == "[^"]+")\s*\)*$`)

// onlyEnds is whether a condition does nothing but end a step that has no other end, as soon as others have ended: the step
// ends with the last of them or when it begins, whatever the order.
func (l *lean) onlyEnds(c condition) bool {
	if c.node < 0 || len(c.facts) > 0 {
		return false
	}
	n := &l.Nodes[c.node]
	waits := n.WaitUntil == c.expr || n.Head.Every != nil && n.Until == c.expr
	return waits && n.Head.Within == nil && lasting.MatchString(c.expr.Source())
}

func (l *lean) inside(i int, into map[int]bool) {
	for _, c := range l.Nodes[i].Children {
		into[c] = true
		l.inside(c, into)
	}
}

func (l *lean) inRegion(i int) bool {
	return slices.ContainsFunc(l.Regions, func(r playbook.Region) bool { return slices.Contains(r.Nodes, i) })
}

// voidable marks the steps that begin anew when an approval is void.
func (l *lean) voidable() []bool {
	out := make([]bool, len(l.Nodes))
	var mark func(i int)
	mark = func(i int) {
		if out[i] {
			return
		}
		out[i] = true
		for _, k := range slices.Concat(l.Nodes[i].NeededBy, l.Nodes[i].Children) {
			mark(k)
		}
	}
	for i := range l.Nodes {
		if ap := l.Nodes[i].Action.Approval; ap != nil && ap.Of != "" && len(l.Nodes[i].NeededBy) > 0 {
			mark(i)
		}
	}
	return out
}

// stoppedFromAbove is whether something else than what happens to a step can end it: a region, or a block around it.
func (l *lean) stoppedFromAbove(i int, live []bool) bool {
	for k, c := range l.exprs {
		if live[k] && c.region >= 0 && slices.Contains(l.Regions[c.region].Nodes, i) {
			return true
		}
	}
	for p := l.Nodes[i].Parent; p >= 0; p = l.Nodes[p].Parent {
		if o := l.Nodes[p].Head.Overdue; o != nil && o.Outcome != "" {
			return true
		}
	}
	return false
}

// writesLate is whether a task writes what an approval approves that may have been given before.
func (l *lean) writesLate(i int) bool {
	task := l.Nodes[i].Action.Task
	if task == nil || task.Writes == "" {
		return false
	}
	return slices.ContainsFunc(indexes(l.Nodes), func(k int) bool {
		ap := l.Nodes[k].Action.Approval
		before := map[int]bool{}
		l.endedBefore(k, before)
		return ap != nil && ap.Of == task.Writes && !before[i]
	})
}

func indexes[T any](list []T) []int {
	out := make([]int, len(list))
	for i := range list {
		out[i] = i
	}
	return out
}

// touch collects the steps that can change in the same turn as step i, which ends in it or does not.
func (l *lean) touch(i int, ends bool, into map[int]bool) {
	if into[i] {
		return
	}
	into[i] = true
	for _, c := range l.Nodes[i].Children {
		l.touch(c, l.passes(c), into)
	}
	if !ends {
		return
	}
	for _, c := range l.exprs {
		switch {
		case !slices.Contains(c.steps, i):
		case c.region >= 0:
			for _, k := range l.Regions[c.region].Nodes {
				l.touch(k, true, into)
			}
		case l.Nodes[c.node].When != c.expr:
			l.touch(c.node, true, into)
		}
	}
	sure := false
	for _, f := range l.Nodes[i].NeededBy {
		passes := l.passes(f)
		sure = sure || !passes && l.Nodes[f].Head.Quorum == 0
		l.touch(f, passes, into)
	}
	if p := l.Nodes[i].Parent; p >= 0 && !sure {
		l.touch(p, true, into)
	}
}

// passes is whether a step can end in the turn in which its needs are met.
func (l *lean) passes(i int) bool {
	n := &l.Nodes[i]
	a := &n.Action
	switch {
	case n.When != nil, n.Head.Every != nil, a.Wait != nil && a.Wait.For == nil:
		return true
	case n.Repeat != nil, a.Playbook != nil:
		return !slices.ContainsFunc(n.Children, func(c int) bool { return !l.passes(c) })
	case a.Notify != nil:
		return n.Head.Within == nil || writesToComplainantOnly(a.Notify)
	}
	return a.AssignRole != nil || a.RaiseIncident != nil || a.ScheduleDrill != nil || a.PostMortem != nil
}

// chosen is the step whose moves are enough to follow from a state, -1 where all are needed.
func (c *codec) chosen(s state, free []bool) int {
	for i := range c.Nodes {
		if !free[i] || s[i*stepBytes]&phaseBits != 1 {
			continue
		}
		if of := c.Nodes[i].OfStep; of >= 0 && s[of*stepBytes]&phaseBits <= 1 {
			continue // its deadline has yet to begin
		}
		if len(c.movesOf(i, s)) > 0 {
			return i
		}
	}
	return -1
}

// asksFacts says of each step whether a condition may look at facts in the turn in which something happens to it. What is
// always asked, such as a cancel region, is factsAsked's.
func (l *lean) asksFacts(live []bool) []bool {
	looks := make([]bool, len(l.Nodes))
	for k, c := range l.exprs {
		if live[k] && c.node >= 0 && len(c.facts) > 0 {
			looks[c.node] = true
		}
	}
	for i := range l.Nodes {
		a := &l.Nodes[i].Action
		looks[i] = looks[i] || l.looked[i].outcome && (a.RaiseIncident != nil || a.Notify != nil)
	}
	out := make([]bool, len(l.Nodes))
	for i := range l.Nodes {
		touched := map[int]bool{}
		l.touch(i, true, touched)
		for k := range touched {
			out[i] = out[i] || looks[k]
		}
		out[i] = out[i] || l.writesLate(i)
	}
	return out
}

// choice is which steps' moves can be tried alone, and whose moves depend on facts.
type choice struct{ free, asks []bool }

// choiceIn works that out for the conditions that can still change something in a state; others no longer matter.
func (s *search) choiceIn(st state) choice {
	key := make([]byte, len(s.exprs))
	live := make([]bool, len(s.exprs))
	for k := range s.exprs {
		if live[k] = s.live(&s.exprs[k], st); live[k] {
			key[k] = 1
		}
	}
	c, known := s.choices[string(key)]
	if !known {
		c = choice{free: s.independent(live), asks: s.asksFacts(live)}
		s.choices[string(key)] = c
	}
	return c
}

// read is whether a condition may yet be asked: that of a step that is not over, or of a region with one.
func (s *search) read(c *condition, st state) bool {
	if c.region < 0 {
		return !s.over(c.node, st)
	}
	return slices.ContainsFunc(s.Regions[c.region].Nodes, func(i int) bool { return !s.over(i, st) })
}

// live is whether a condition can still change something: it may yet be asked, and that of a region may yet have another
// answer than it has had.
func (s *search) live(c *condition, st state) bool {
	return s.read(c, st) && (c.region < 0 || len(c.facts) > 0 || slices.ContainsFunc(c.steps, func(i int) bool { return !s.over(i, st) }))
}

// onceOnly marks the steps that never begin anew once they have ended: no block repeats them, no approval before them can
// be void.
func (l *lean) onceOnly() []bool {
	after := l.voidable()
	out := make([]bool, len(l.Nodes))
	for i := range l.Nodes {
		out[i] = !after[i]
		for p := l.Nodes[i].Parent; p >= 0; p = l.Nodes[p].Parent {
			out[i] = out[i] && l.Nodes[p].Repeat == nil && !after[p]
		}
	}
	return out
}
