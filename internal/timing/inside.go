package timing

import (
	"slices"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// stop is when the deadline of a block at the latest stops what is inside; never where it does not.
func (p *prover) stop(i int, begin moment) moment {
	p.stops[i] = p.clock.starts.none()
	if stopsItself(&p.plan.Nodes[i]) {
		p.stops[i] = later(p.clock.starts, begin, p.due(i, begin).plus(missedAfter))
	}
	return p.stops[i]
}

// done is when a step is done at the latest that ends at a moment: no later than what is around it is stopped.
func (p *prover) done(i int, end moment) moment {
	for k := p.plan.Nodes[i].Parent; k >= 0; k = p.plan.Nodes[k].Parent {
		if stop, is := p.stops[k]; is {
			end = earlier(p.clock.starts, end, stop)
		}
	}
	return end
}

// block is when the last round of a repeat ends. Where a round may never end, a further one may begin at any time all the same.
func (p *prover) block(i int, begin moment) moment {
	rounds := int(p.plan.Nodes[i].Repeat.Max)
	if !p.again(i) {
		rounds = 1
	}
	for round := 1; round <= rounds; round++ {
		anyTime := begin.isNever()
		p.rounds[i] = round
		p.forget(i)
		if begin = p.children(i, begin); anyTime {
			break // and so is every further one
		}
	}
	delete(p.rounds, i)
	if n := &p.plan.Nodes[i]; p.course.unanswered(p.plan, n.Until, n.Scope) {
		return p.clock.starts.none()
	}
	return begin
}

// again is whether a further round of a repeat may come: all that is inside it may end, and its condition may not hold then.
func (p *prover) again(i int) bool {
	n := &p.plan.Nodes[i]
	for k := range p.plan.Nodes {
		if inside(p.plan, k, i) && p.course.states[k] == sure && unanswered(&p.plan.Nodes[k], p.conduct) {
			return false
		}
	}
	v := p.course.view(p.plan, n.Until, n.Scope)
	within := !slices.ContainsFunc(v.steps, func(k int) bool { return !inside(p.plan, k, i) })
	ended := func(k int) []v1alpha1.StepState { return p.course.ended(p.plan, k, v.skipped) }
	return v.facts || !v.plain || !within || p.course.tried(p.plan, n.Until, n.Scope, v.steps, ended, false)
}

// children is when all that is inside a step has ended.
func (p *prover) children(i int, begin moment) moment {
	p.begins[i] = begin
	end := begin
	for _, c := range p.plan.Nodes[i].Children {
		p.step(c)
		end = later(p.clock.starts, end, p.ends[c])
		p.instead[i] = later(p.clock.starts, p.instead[i], p.instead[c])
	}
	if p.rounds[i] <= 1 {
		p.inside[i] = end
	}
	return end
}

// forget has what is inside a step worked out anew.
func (p *prover) forget(i int) {
	for _, c := range p.plan.Nodes[i].Children {
		p.known[c] = false
		p.forget(c)
	}
}
