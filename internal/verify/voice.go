package verify

import (
	"fmt"
	"slices"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/engine"
	"tocsin.dev/tocsin/internal/playbook"
)

// voice holds playbooks for incidents to one command and one voice: where somebody outside is told, there is a commander and a
// spokesperson in every run. That there are never two is the engine's doing: a role has one holder, and handing it over is an act.
func (s *Subject) voice() {
	inside := s.Pack.Inside()
	for _, name := range sorted(s.Plans) {
		plan := s.Plans[name]
		if plan.For != v1alpha1.RecordCrisisIncident || inside[name] != "" { // who carries it out fills the roles
			continue
		}
		tells := slices.IndexFunc(plan.Nodes, func(n playbook.Node) bool { return tellsOutside(plan, &n) })
		if tells < 0 {
			continue
		}
		for _, role := range []string{engine.RoleCommander, engine.RoleSpokesperson} {
			if !alwaysFilled(plan, role) {
				s.find(OneVoice, "Playbook", name, "spec.steps", fmt.Sprintf("%s tells somebody outside, and in some runs nobody is %s", plan.Nodes[tells].Path, role),
					fmt.Sprintf("begin with a step that nothing keeps from happening: assignRole: {role: %s}", role))
			}
		}
	}
}

// tellsOutside is whether a step tells a stakeholder, who belongs to no team.
func tellsOutside(plan *playbook.Plan, n *playbook.Node) bool {
	return n.Action.Notify != nil && slices.ContainsFunc(n.Action.Notify.To, func(to v1alpha1.Identifier) bool {
		_, role := plan.Roles[string(to)]
		return !role && to != "team"
	})
}

// alwaysFilled is whether a step that every run comes to gives the role to somebody.
func alwaysFilled(plan *playbook.Plan, role string) bool {
	for i := range plan.Nodes {
		n := &plan.Nodes[i]
		fills := n.Action.AssignRole != nil && string(n.Action.AssignRole.Role) == role || slices.Contains(n.Asks, role)
		if fills && unconditional(plan, i, map[int]bool{}) {
			return true
		}
	}
	return false
}

// unconditional is whether no condition stands at a step, at what it needs, and around it. looked are those already looked at.
func unconditional(plan *playbook.Plan, i int, looked map[int]bool) bool {
	n := &plan.Nodes[i]
	if looked[i] {
		return true // whoever looked first answers for it
	}
	looked[i] = true
	return n.When == nil && (n.Parent < 0 || unconditional(plan, n.Parent, looked)) &&
		!slices.ContainsFunc(n.Needs, func(k int) bool { return !unconditional(plan, k, looked) })
}
