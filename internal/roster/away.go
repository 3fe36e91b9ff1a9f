package roster

import (
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// Away is whether a user is away at a moment, whichever team says so.
func (r *Roster) Away(user v1alpha1.User, at time.Time) bool {
	return r != nil && r.away(user, at)
}
