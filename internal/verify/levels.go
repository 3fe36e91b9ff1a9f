package verify

import (
	"fmt"
	"slices"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// followed says which levels of a triage policy name a playbook that cannot begin, and which name none where work is expected. Below
// all others a level may go without: what nobody works on there is what its author wants.
func (s *Subject) followed(policy string, spec *v1alpha1.TriagePolicySpec) {
	for i, level := range spec.Levels {
		field := fmt.Sprintf("spec.levels[%d]", i)
		below := slices.IndexFunc(spec.Levels[i:], func(l v1alpha1.Level) bool { return l.Playbook != "" })
		switch {
		case level.Playbook != "":
			s.begins(LevelPlaybook, "TriagePolicy", policy, field+".playbook", string(level.Playbook), v1alpha1.RecordComplaint)
		case below > 0:
			s.find(LevelHasPlaybook, "TriagePolicy", policy, field,
				fmt.Sprintf("the level %s has no playbook, and stands above %s, which has one: a complaint that is raised to it goes on as before, and nobody is asked for one that comes in with it", level.Name, spec.Levels[i+below].Name),
				"name its playbook, or move it below the levels that have one")
		case level.Name == spec.DefaultLevel:
			s.find(LevelHasPlaybook, "TriagePolicy", policy, field, fmt.Sprintf("the default level %s has no playbook: nobody is asked for a complaint that no rule matches", level.Name),
				"name its playbook, or make a level the default that has one")
		}
	}
}
