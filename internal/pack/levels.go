package pack

import (
	"maps"
	"slices"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/playbook"
)

// Inside says of each playbook that others carry out which is the first of them.
func (p *Pack) Inside() map[string]string {
	out := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(p.Playbooks)) {
		for _, a := range playbook.Actions(&p.Playbooks[name].Spec) {
			if sub := a.Playbook; sub != nil && sub.Name != name && out[sub.Name] == "" {
				out[sub.Name] = name
			}
		}
	}
	return out
}

// LevelsOf are the levels that lead to a playbook: those of policies that name it, or one that raises incidents with it. None:
// they are not known. plans are the playbooks that compile.
func (p *Pack) LevelsOf(name string, plans map[string]*playbook.Plan) []v1alpha1.LevelName {
	raises := func(n playbook.Node) bool {
		return n.Action.RaiseIncident != nil && n.Action.RaiseIncident.Playbook == name
	}
	var levels []v1alpha1.LevelName
	for _, policy := range slices.Sorted(maps.Keys(p.Policies)) {
		for _, level := range p.Policies[policy].Spec.Levels {
			from := string(level.Playbook)
			leads := from == name || plans[from] != nil && slices.ContainsFunc(plans[from].Nodes, raises)
			if leads && !slices.Contains(levels, level.Name) {
				levels = append(levels, level.Name)
			}
		}
	}
	return levels
}
