package soundness

import (
	"slices"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/playbook"
)

// Where the incident of a complaint stands.
const (
	noIncident = iota
	openIncident
	closedIncident
)

// How a step of the incident has ended; further ones are the outcomes it was done with.
const (
	notEnded = iota
	wasSkipped
	wasCancelled
	wasDone
)

// keepsIncident is whether it is part of a state where the incident stands, because this plan or one that takes over looks at it.
func (l *lean) keepsIncident() bool { return l.seesIncident || l.handsIncident }

// movesOfIncident lists what can happen to the incident where it stands so and its steps have ended so.
func (l *lean) movesOfIncident(stands byte, steps []byte) []move {
	switch stands {
	case noIncident:
		return []move{{kind: joins}}
	case openIncident:
		var out []move
		for k, step := range l.incident {
			if steps[k] != notEnded {
				continue
			}
			first := wasSkipped
			if !step.ends { // skipped and cancelled, it has no outcome, as it has none before
				first = wasDone
			}
			for choice := first; choice < wasDone+len(step.outcomes); choice++ {
				out = append(out, move{kind: incidentStepEnds, step: int16(k), choice: int16(choice)})
			}
		}
		return append(out, move{kind: incidentCloses})
	}
	return nil
}

// incidentAfter is where the incident stands after a move, and how its steps have ended.
func incidentAfter(stands byte, steps []byte, m move) (byte, []byte) {
	steps = slices.Clone(steps)
	switch m.kind {
	case joins:
		stands = openIncident
	case incidentStepEnds:
		steps[m.step] = byte(m.choice)
	case incidentCloses:
		stands = closedIncident
		for k := range steps {
			if steps[k] == notEnded {
				steps[k] = wasCancelled
			}
		}
	}
	return stands, steps
}

// comesOf is all that may have become of an incident by the time a run looks at it that begins; what it was first. A run that does not
// look at it hands it on as it was.
func (l *lean) comesOf(f playbook.IncidentFacts) (out []playbook.IncidentFacts) {
	type way struct {
		stands byte
		steps  string
	}
	stands, steps := l.incidentState(&f)
	ways := []way{{stands, string(steps)}}
	known := map[way]bool{ways[0]: true}
	for k := 0; k < len(ways); k++ {
		w := ways[k]
		out = append(out, l.incidentFacts(w.stands, []byte(w.steps)))
		if !l.seesIncident {
			break
		}
		for _, m := range l.movesOfIncident(w.stands, []byte(w.steps)) {
			stands, steps := incidentAfter(w.stands, []byte(w.steps), m)
			if next := (way{stands, string(steps)}); !known[next] && len(ways) <= mostGiven {
				known[next] = true
				ways = append(ways, next)
			}
		}
	}
	return out
}

// incidentFacts are what conditions see of an incident that stands so.
func (l *lean) incidentFacts(stands byte, steps []byte) playbook.IncidentFacts {
	f := playbook.IncidentFacts{Exists: stands != noIncident, Closed: stands == closedIncident}
	if f.Exists {
		f.Steps = l.incidentSteps(steps)
	}
	return f
}

// incidentState is where an incident stands, and how those of its steps have ended that conditions look at.
func (l *lean) incidentState(f *playbook.IncidentFacts) (stands byte, steps []byte) {
	steps = make([]byte, len(l.incident))
	switch {
	case !f.Exists || !l.keepsIncident():
		return noIncident, steps
	case f.Closed:
		stands = closedIncident
	default:
		stands = openIncident
	}
	for _, s := range f.Steps {
		if k := slices.IndexFunc(l.incident, func(of incidentStep) bool { return of.name == s.Name }); k >= 0 && ended(&s) {
			steps[k] = l.howEnded(k, &s)
		}
	}
	return stands, steps
}

func (l *lean) howEnded(k int, s *v1alpha1.StepState) byte {
	switch s.State {
	case v1alpha1.StepSkipped:
		return wasSkipped
	case v1alpha1.StepCancelled:
		return wasCancelled
	}
	return byte(wasDone + max(slices.Index(l.incident[k].outcomes, string(s.Outcome)), 0)) // the first stands for all that nobody asks for
}

func (l *lean) incidentSteps(how []byte) []v1alpha1.StepState {
	if len(how) == 0 {
		return nil
	}
	out := make([]v1alpha1.StepState, 0, len(how))
	for k, b := range how {
		s := v1alpha1.StepState{Name: l.incident[k].name, State: v1alpha1.StepPending}
		switch b {
		case notEnded:
		case wasSkipped:
			s.State = v1alpha1.StepSkipped
		case wasCancelled:
			s.State = v1alpha1.StepCancelled
		default:
			s.State, s.Outcome = v1alpha1.StepDone, v1alpha1.Identifier(l.incident[k].outcomes[b-wasDone])
		}
		out = append(out, s)
	}
	return out
}
