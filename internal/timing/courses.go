package timing

import (
	"maps"
	"slices"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/playbook"
)

// mostCourses bounds how many courses are told apart.
const mostCourses = 256

// courses are all courses of a plan at a level (empty: any) of which something can be so, that come to the end of a step (-1: any).
// What people answer inside a repeat is not told apart. before are steps that may have been done before the run began. untold are the steps of which it is not told apart either, because the
// courses would be too many; nothing is known then of how they end.
func courses(plan *playbook.Plan, level string, conduct v1alpha1.Conduct, given *premise, anchor int, before carried) (list []*course, untold []string) {
	var steps []int
	add := func(i int) {
		if i >= 0 && !slices.Contains(steps, i) && len(endings(&plan.Nodes[i])) > 1 && !repeated(plan, i) && !unanswered(&plan.Nodes[i], conduct) {
			steps = append(steps, i)
		}
	}
	look := func(e *playbook.Expr, scope int) {
		for _, path := range e.Looks().Paths {
			add(stepOf(plan, path, scope))
		}
	}
	for i := range plan.Nodes {
		look(plan.Nodes[i].When, plan.Nodes[i].Scope)
	}
	for i := range plan.Regions {
		look(plan.Regions[i].When, plan.Regions[i].Scope)
	}
	slices.Sort(steps)
	if given != nil { // what is asked about first
		rest := steps
		steps = nil
		for _, i := range append(slices.Clone(given.looks), rest...) {
			add(i)
		}
	}
	all := []map[int]v1alpha1.Identifier{{}}
	for _, i := range steps {
		ends := endings(&plan.Nodes[i])
		if o := plan.Nodes[i].Head.Overdue; !before.may(i) && conduct == v1alpha1.ConductSilence && asks(&plan.Nodes[i]) && o != nil && o.Outcome != "" {
			ends = []v1alpha1.Identifier{o.Outcome}
		}
		if len(all)*len(ends) > mostCourses {
			untold = append(untold, plan.Nodes[i].Path)
			continue
		}
		var more []map[int]v1alpha1.Identifier
		for _, chosen := range all {
			for _, outcome := range ends {
				with := maps.Clone(chosen)
				with[i] = outcome
				more = append(more, with)
			}
		}
		all = more
	}
	facts := map[*playbook.Expr]worlds{}
	for _, outcomes := range all {
		c := &course{facts: facts, outcomes: outcomes, conduct: conduct, level: level, states: slices.Repeat([]certainty{perhaps}, len(plan.Nodes)), given: given, stopped: map[int]bool{}, open: map[int]bool{}, forced: map[int]bool{}, owed: map[int]bool{}, carried: before}
		if c.force(plan, anchor) && c.follow(plan) {
			list = append(list, c)
		}
	}
	return list, untold
}

// force notes what is done in the runs that are looked at; false where there are none.
func (c *course) force(plan *playbook.Plan, anchor int) bool {
	var done []int
	if anchor >= 0 {
		done = append(done, anchor)
	}
	if c.given != nil {
		needed, possible := c.given.needed(c)
		if !possible {
			return false
		}
		done = append(done, needed...)
	}
	for _, i := range done {
		c.owe(plan, i)
		for ; i >= 0; i = plan.Nodes[i].Parent {
			c.forced[i] = true
		}
	}
	return true
}

// owe notes what has ended where a step is done.
func (c *course) owe(plan *playbook.Plan, i int) {
	if c.owed[i] {
		return
	}
	c.owed[i] = true
	for k := range plan.Nodes {
		if inside(plan, k, i) {
			c.owe(plan, k)
		}
	}
	for ; i >= 0; i = plan.Nodes[i].Parent {
		for _, need := range plan.Nodes[i].Needs {
			c.owe(plan, need)
		}
	}
}

// unanswered is whether a step never ends: it waits for people who do nothing.
func unanswered(n *playbook.Node, conduct v1alpha1.Conduct) bool {
	o := n.Head.Overdue
	return conduct == v1alpha1.ConductSilence && asks(n) && (o == nil || o.Outcome == "")
}

// asks is whether a step ends when people answer it.
func asks(n *playbook.Node) bool {
	a := &n.Action
	return a.Task != nil || a.Decision != nil || a.Survey != nil || a.Approval != nil || a.AssembleTeam != nil
}

// repeated is whether a step is inside a repeat.
func repeated(plan *playbook.Plan, i int) bool {
	for i = plan.Nodes[i].Parent; i >= 0; i = plan.Nodes[i].Parent {
		if plan.Nodes[i].Repeat != nil {
			return true
		}
	}
	return false
}

// endings are the outcomes a step can end with, as far as they are told apart.
func endings(n *playbook.Node) []v1alpha1.Identifier {
	var list []v1alpha1.Identifier
	switch a := &n.Action; {
	case a.Task != nil:
		list = a.Task.Outcomes
	case a.Decision != nil:
		list = a.Decision.Options
	case a.Survey != nil:
		list = a.Survey.Scale
	case a.Approval != nil:
		list = []v1alpha1.Identifier{v1alpha1.OutcomeApproved, v1alpha1.OutcomeRefused}
	case n.Repeat != nil:
		list = []v1alpha1.Identifier{"satisfied", "exhausted"}
	}
	if o := n.Head.Overdue; o != nil && o.Outcome != "" && !slices.Contains(list, o.Outcome) {
		list = append(slices.Clone(list), o.Outcome)
	}
	return list
}
