package roster

import (
	"slices"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// pool is a duty of a team in the time between two changes of who is away.
type pool struct {
	team, duty string
	span       int
}

// Able lists the users who can take a duty at a moment, whoever is on call: those of Candidates, in an order that only
// absences change. It is worked out once for the time in which nobody comes or goes, and must not be changed.
func (r *Roster) Able(team, duty string, at time.Time) []v1alpha1.User {
	if r == nil {
		return nil
	}
	span, exact := slices.BinarySearchFunc(r.changes, at, time.Time.Compare)
	if exact { // a change counts from its moment on
		span++
	}
	p := pool{team, duty, span}
	if known, ok := r.pools.Load(p); ok {
		if users, is := known.([]v1alpha1.User); is {
			return users
		}
	}
	var users []v1alpha1.User
	for _, c := range r.Candidates(Query{Team: team, Duty: duty, At: at, OnCall: longAgo}) {
		users = append(users, c.User)
	}
	r.pools.Store(p, users)
	return users
}

// longAgo is a moment before every rotation.
var longAgo = time.Unix(0, 0).UTC()
