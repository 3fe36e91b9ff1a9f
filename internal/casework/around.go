package casework

import (
	"slices"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/playbook"
)

// ComplaintsSee says whether something changed about an incident that its complaints look at: it was closed, its level, how
// one of its steps stands. How many complaints it has is left out: each one that joins would wake all the others.
func ComplaintsSee(was, is *v1alpha1.CrisisIncident) bool {
	return !was.Status.ClosedAt.Equal(&is.Status.ClosedAt) || was.LevelInForce() != is.LevelInForce() ||
		!slices.EqualFunc(stepsOf(was), stepsOf(is), playbook.LooksTheSame)
}
