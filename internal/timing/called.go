package timing

import (
	"slices"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/engine"
	"tocsin.dev/tocsin/internal/pack"
	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/internal/roster"
)

// CallReaches says of the teams of a pack, for Study.Calls, whether a call of one reaches somebody who has a duty in it, rather than
// in the team it belongs to. A team that is not there is taken to have somebody. A call that names no team is one of the team of the
// incident: it reaches them where it does in each that the playbook is run with, and where one is known.
func CallReaches(p *pack.Pack, teams *roster.Roster) func(plan *playbook.Plan, call *v1alpha1.AssembleTeam, duty v1alpha1.Identifier) bool {
	return func(plan *playbook.Plan, call *v1alpha1.AssembleTeam, duty v1alpha1.Identifier) bool {
		called := []string{call.Team}
		if call.Team == "" {
			called = p.TeamsOf(plan.Name)
		}
		var duties []string
		for _, d := range call.Duties {
			duties = append(duties, string(d))
		}
		missed := func(team string) bool {
			if p.Teams[team] == nil {
				return false
			}
			places := teams.Members(team, duties)
			return !slices.ContainsFunc(places[:min(len(places), engine.MostCalled)], func(p roster.Person) bool {
				return teams.Has(team, p.User, string(duty))
			})
		}
		return len(called) > 0 && !slices.ContainsFunc(called, missed)
	}
}
