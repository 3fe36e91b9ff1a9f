package roster

import (
	"fmt"
	"slices"
)

// Lacking says why nobody at all could have a duty of a team, however many are there: there is no such team, or neither
// it nor a team above it lists the duty. Empty: somebody has it.
func (r *Roster) Lacking(team, duty string) string {
	if r.team(team) == nil {
		return fmt.Sprintf("there is no ResponseTeam %q; apply it, or correct the role's team", team)
	}
	var asked []string
	for t := team; r.team(t) != nil && !slices.Contains(asked, t); t = string(r.team(t).Parent) {
		if len(r.Members(t, []string{duty})) > 0 {
			return ""
		}
		asked = append(asked, t)
	}
	return fmt.Sprintf("nobody in team %s has the duty %q; give it to a member, or correct the role's duty", team, duty)
}
