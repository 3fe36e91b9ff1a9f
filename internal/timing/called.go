package timing

import (
	"slices"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/engine"
	"tocsin.dev/tocsin/internal/pack"
	"tocsin.dev/tocsin/internal/roster"
)

// CallReaches says of the teams of a pack, for Study.Calls, whether a call of one reaches somebody who has a duty in it, rather than
// in the team it belongs to. A team that is not there is taken to have somebody.
func CallReaches(p *pack.Pack, teams *roster.Roster) func(team string, duties []v1alpha1.Identifier, duty v1alpha1.Identifier) bool {
	return func(team string, duties []v1alpha1.Identifier, duty v1alpha1.Identifier) bool {
		if p.Teams[team] == nil {
			return true
		}
		var called []string
		for _, d := range duties {
			called = append(called, string(d))
		}
		places := teams.Members(team, called)
		return slices.ContainsFunc(places[:min(len(places), engine.MostCalled)], func(p roster.Person) bool {
			return teams.Has(team, p.User, string(duty))
		})
	}
}
