package soundness

import (
	"slices"
	"strings"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/playbook"
)

// World is one combination of the facts that some conditions tell apart.
type World struct {
	Complaint playbook.ComplaintFacts
	Incident  playbook.IncidentFacts
	Level     string
	// NoContact is that the complainant left no contact, OpenIncident that there is an incident to join.
	NoContact, OpenIncident bool
	// Settled is the same in all worlds that agree in the facts that a run begins with and keeps: it never goes from one to another of
	// which it differs.
	Settled int
	// Facts are those that are told apart, each as a path and its value in words.
	Facts []string
}

// Worlds lists the combinations of facts that conditions of a plan tell apart, and says whether that is all of them. It is not
// where a condition looks at an incident that a run may raise or join, or at the round it is asked in.
func Worlds(plan *playbook.Plan, conditions []*playbook.Expr) (worlds []World, whole bool) {
	bare := *plan
	bare.Nodes, bare.Regions = nil, nil
	l := &lean{Plan: &bare, written: &bare}
	whole = true
	var paths []string
	for _, e := range conditions {
		c := condition{expr: e, node: -1}
		for _, path := range e.Looks().Paths {
			switch {
			case strings.HasPrefix(path, "steps."):
				c.steps = []int{-1} // asked about nothing, it says nothing: its facts are told apart by what they are
			case strings.HasPrefix(path, "incident.") && plan.For == v1alpha1.RecordComplaint, path == "run.round":
				whole = false
			default:
				c.facts = append(c.facts, path)
			}
		}
		l.exprs, paths = append(l.exprs, c), append(paths, c.facts...)
	}
	list, untried := l.combinations()
	slices.Sort(paths)
	for _, v := range list {
		w := World{Complaint: v.complaint, Incident: v.incident, Level: v.level, Settled: int(v.world)}
		w.Incident.Exists = plan.For == v1alpha1.RecordCrisisIncident
		for _, path := range slices.Compact(slices.Clone(paths)) {
			if text := v.text(path); text != "" {
				w.Facts = append(w.Facts, path+": "+text)
			}
		}
		worlds = append(worlds, w)
	}
	return worlds, whole && len(untried) == 0
}
