package engine

import "tocsin.dev/tocsin/api/v1alpha1"

// TakeTask does to the tasks of a run that is played in memory what an effect asks for: open are those that wait, by name, facts
// what the next turn is told of all of them. Effects on anything else are the caller's.
func TakeTask(e Effect, open map[string]v1alpha1.ResponseTaskSpec, facts map[string]TaskFacts) {
	switch e := e.(type) {
	case OpenTask:
		open[e.Name] = e.Spec
		facts[e.Name] = TaskFacts{Seats: e.Spec.Assignment.Seats}
	case Reassign:
		spec := open[e.Name]
		spec.Assignment = e.Assignment
		open[e.Name] = spec
		facts[e.Name] = TaskFacts{Seats: e.Assignment.Seats, Acts: facts[e.Name].Acts}
	case CloseTask:
		delete(open, e.Name)
	}
}
