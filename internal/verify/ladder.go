package verify

import (
	"fmt"
	"slices"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/playbook"
)

// ladders says where a ladder seems to be written the wrong way round: no step has anything to do with the lowest on it, from whom it
// would be climbed, but one asks somebody above. Who stands above leads, and counts as reaching those below.
func (s *Subject) ladders() {
	for _, name := range sorted(s.Plans) {
		plan, ladder := s.Plans[name], s.Pack.Playbooks[name].Spec.Ladder
		if len(ladder) < 2 || takesPart(plan, ladder[0]) {
			continue
		}
		for _, above := range ladder[1:] {
			if takesPart(plan, above) {
				s.find(LadderAsked, "Playbook", name, "spec.ladder", fmt.Sprintf("no step asks or tells the %s, the lowest on the ladder, but one does the %s, above", ladder[0], above),
					"write the lowest first, who is asked first; or take "+string(ladder[0])+" off the ladder")
				break
			}
		}
	}
}

// takesPart is whether a step asks, tells or calls those who have a role.
func takesPart(plan *playbook.Plan, role v1alpha1.Identifier) bool {
	return slices.ContainsFunc(plan.Nodes, func(n playbook.Node) bool {
		told, call := n.Action.Notify, n.Action.AssembleTeam
		return slices.Contains(n.Asks, string(role)) || told != nil && slices.Contains(told.To, role) || call != nil && call.Team == plan.Roles[string(role)].Team
	})
}
