package roster

import (
	"fmt"
	"slices"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/playbook"
)

// Lacking says why nobody at all could have a duty of a team, however many are there: there is no such team, or neither
// it nor a team above it lists the duty. Empty: somebody has it.
func (r *Roster) Lacking(team, duty string) string {
	if r.team(team) == nil {
		return fmt.Sprintf("there is no ResponseTeam %q; %sapply it, or correct the role's team", team, playbook.DidYouMean(team, r.teamNames()))
	}
	var asked, known []string
	for t := team; r.team(t) != nil && !slices.Contains(asked, t); t = string(r.team(t).Parent) {
		if len(r.Members(t, []string{duty})) > 0 {
			return ""
		}
		asked = append(asked, t)
		for m := range r.members(t) {
			for _, d := range m.Duties {
				known = append(known, string(d))
			}
		}
	}
	return fmt.Sprintf("nobody in team %s has the duty %q; %sgive it to a member, or correct the role's duty", team, duty, playbook.DidYouMean(duty, known))
}

func (r *Roster) teamNames() []string {
	if r == nil {
		return nil
	}
	return r.names
}

// Unfilled says which roles nobody could ever play, because their team or their duty in it does not exist, as sentences that
// name the field. A role without a team is the incident's to fill.
func (r *Roster) Unfilled(roles []v1alpha1.Role) []string {
	var out []string
	for i, role := range roles {
		if role.Team == "" {
			continue
		}
		if why := r.Lacking(role.Team, string(role.Duty)); why != "" {
			out = append(out, fmt.Sprintf("spec.roles[%d] (%s): %s", i, role.Name, why))
		}
	}
	return out
}
