package verify

import (
	"fmt"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/playbook"
)

// incidents says which incidents a playbook does not raise where it takes over from one that raised another: a complaint is part of one.
func (s *Subject) incidents() {
	for _, name := range sorted(s.Plans) {
		plan := s.Plans[name]
		for i := range plan.Nodes {
			n := &plan.Nodes[i]
			if n.Action.RaiseIncident == nil || n.Book != "" {
				continue
			}
			for _, below := range s.Pack.Below(name) {
				if other := raisesAnother(s.Plans[below], n.Action.RaiseIncident); other != nil {
					s.find(IncidentRaised, "Playbook", name, n.Field+".raiseIncident.playbook",
						fmt.Sprintf("when %s takes over from %s, whose step %s has raised an incident with playbook %s, the step %s raises none with %s as long as that one is open: a complaint is part of one incident",
							name, below, other.Path, other.Action.RaiseIncident.Playbook, n.Path, n.Action.RaiseIncident.Playbook),
						"raise the same playbook at both levels and let it ask for incident.level, or have the level of that incident raised by hand")
				}
			}
		}
	}
}

// raisesAnother is the step of a plan that raises an incident with another playbook, nil where none does.
func raisesAnother(plan *playbook.Plan, than *v1alpha1.RaiseIncident) *playbook.Node {
	if plan == nil {
		return nil
	}
	for i := range plan.Nodes {
		if r := plan.Nodes[i].Action.RaiseIncident; r != nil && r.Playbook != than.Playbook {
			return &plan.Nodes[i]
		}
	}
	return nil
}
