package timing

import (
	"slices"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/playbook"
)

// Raised is when somebody in a role, or else an audience, is told at the latest where nobody does anything, of a matter that gets
// this playbook while it has one of some others. What was done there is not done again: it tells only whom it told.
func (s *Study) Raised(plan *playbook.Plan, role, audience string, level v1alpha1.LevelName, from []*playbook.Plan) (Answer, error) {
	whom := target{audience: audience}
	if role != "" {
		whom = rank(plan, role)
	}
	mute := map[int]bool{}
	for _, i := range plan.Roots {
		for _, old := range from {
			k := slices.IndexFunc(old.Roots, func(k int) bool { return old.Nodes[k].Head.Name == plan.Nodes[i].Head.Name })
			if k >= 0 && mayBeDone(&old.Nodes[old.Roots[k]]) && !whom.toldOf(plan, i, old, old.Roots[k]) {
				mute[i] = true
			}
		}
	}
	return s.latest(plan, whom, level, v1alpha1.ConductSilence, mute)
}

// mayBeDone is whether a step may have been done where nobody did anything, so that it stays done.
func mayBeDone(n *playbook.Node) bool {
	return n.Repeat == nil && n.Action.Playbook == nil && n.Head.Every == nil && !unanswered(n, v1alpha1.ConductSilence)
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
