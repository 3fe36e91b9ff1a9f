package timing

import (
	"maps"
	"slices"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/pack"
	"tocsin.dev/tocsin/internal/playbook"
)

// carried are the top-level steps that may have been done before a run began, because its matter had another level with another
// playbook: what was done there stays done. Each says whether somebody in question was told by it then.
type carried map[int]bool

func (c carried) may(i int) bool {
	_, may := c[i]
	return may
}

// silently is whether a step may have been done without a word to those in question, who are not told by it any more.
func (c carried) silently(i int) bool {
	told, may := c[i]
	return may && !told
}

// carriedFrom are the steps that a question finds done where one of some other playbooks was carried out before.
func carriedFrom(q *question, from []*playbook.Plan) carried {
	out := carried{}
	for _, i := range q.plan.Roots {
		for _, old := range from {
			k := slices.IndexFunc(old.Roots, func(k int) bool { return old.Nodes[k].Head.Name == q.plan.Nodes[i].Head.Name })
			if k < 0 || !keeps(&q.plan.Nodes[i]) || !keeps(&old.Nodes[old.Roots[k]]) || unanswered(&old.Nodes[old.Roots[k]], q.conduct) {
				continue
			}
			told := q.target.toldOf(q.plan, i, old, old.Roots[k])
			out[i] = told && !out.silently(i)
		}
	}
	return out
}

// keeps is whether a step stays done when another playbook takes over.
func keeps(n *playbook.Node) bool {
	return n.Repeat == nil && n.Action.Playbook == nil && n.Head.Every == nil
}

// Others are the playbooks that a matter may have had before its level leads to a playbook, by the policies that do: those of their
// other levels. An incident keeps its playbook, whatever becomes of its level.
func Others(p *pack.Pack, plans map[string]*playbook.Plan, name string, level v1alpha1.LevelName) []*playbook.Plan {
	found := map[string]*playbook.Plan{}
	for _, policy := range p.Policies {
		levels := policy.Spec.Levels
		if !slices.ContainsFunc(levels, func(l v1alpha1.Level) bool { return l.Name == level && string(l.Playbook) == name }) {
			continue
		}
		for _, l := range levels {
			if old := plans[string(l.Playbook)]; old != nil && string(l.Playbook) != name {
				found[old.Name] = old
			}
		}
	}
	var out []*playbook.Plan
	for _, name := range slices.Sorted(maps.Keys(found)) {
		out = append(out, found[name])
	}
	return out
}

// onTheWay are the steps for which a promise that holds in every run that begins with nothing done is not proved where the level
// changes on the way: they may have been done under one of some other playbooks. None: it is.
func (s *Study) onTheWay(plan *playbook.Plan, a *v1alpha1.Assertion, level v1alpha1.LevelName, from []*playbook.Plan) []int {
	q, problems := ask(plan, a)
	if len(problems) > 0 {
		return nil
	}
	all := carriedFrom(q, from)
	if len(all) == 0 || s.proves(q, string(level), all) {
		return nil
	}
	var alone []int
	for _, i := range slices.Sorted(maps.Keys(all)) {
		if !s.proves(q, string(level), carried{i: all[i]}) {
			alone = append(alone, i)
		}
	}
	if len(alone) == 0 { // only together
		return slices.Sorted(maps.Keys(all))
	}
	return alone
}

// toldOf is whether a step of another playbook told somebody in question whom a step tells.
func (t target) toldOf(plan *playbook.Plan, i int, old *playbook.Plan, k int) bool {
	told := tellsWhom(old, k)
	for who, name := range tellsWhom(plan, i) {
		if _, was := told[who]; was && (name == t.audience || t.has(name)) {
			return true
		}
	}
	return false
}

// listener is whom a step tells, whatever a playbook calls them: whoever has a duty in a team, or an audience that is no role.
type listener struct {
	team     string
	duty     v1alpha1.Identifier
	audience string
}

// tellsWhom are those whom a step tells as it begins, with the names they have in its playbook.
func tellsWhom(plan *playbook.Plan, i int) map[listener]string {
	n := &plan.Nodes[i]
	names := slices.Clone(n.Asks)
	if n.Action.Notify != nil {
		for _, to := range n.Action.Notify.To {
			names = append(names, string(to))
		}
	}
	out := map[listener]string{}
	for _, name := range names {
		if def, is := plan.Roles[name]; is {
			out[listener{team: def.Team, duty: def.Duty}] = name
			continue
		}
		out[listener{audience: name}] = name
	}
	return out
}
