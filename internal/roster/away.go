package roster

import (
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// Away is whether a user is away at a moment, whichever team says so.
func (r *Roster) Away(user v1alpha1.User, at time.Time) bool {
	return r != nil && r.away(user, at)
}

// OnlyAway is a roster of the same teams in which these users are always away and nobody else ever is.
func (r *Roster) OnlyAway(users ...v1alpha1.User) *Roster {
	out := &Roster{teams: r.teams, names: r.names, absences: map[v1alpha1.User][]absence{}}
	for _, u := range users {
		out.absences[u] = []absence{{from: time.Time{}, to: endOfTime}}
	}
	return out
}

// endOfTime is later than any moment that is asked about.
var endOfTime = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)
