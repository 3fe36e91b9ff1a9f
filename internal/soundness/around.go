package soundness

import (
	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/playbook"
)

// Surroundings are what lies around a run, as far as a condition of its plan could tell it apart.
type Surroundings struct {
	Worlds []World
	// Outcomes says of each step whether a condition looks at how it ended.
	Outcomes []bool
	// Incident is whether something looks at the incident of a complaint, Steps which of its steps.
	Incident bool
	Steps    []IncidentStep
	// Whole is false where not every combination that could matter is listed.
	Whole bool
}

// IncidentStep is a step of an incident, and the ways it can have ended.
type IncidentStep struct {
	Name string
	Ends []v1alpha1.StepState
}

// Around says what around a run of a plan its conditions could tell apart.
func Around(plan *playbook.Plan) Surroundings {
	l := newLean(plan)
	list, untried := l.combinations()
	out := Surroundings{Incident: l.seesIncident, Whole: len(untried) == 0}
	for _, v := range list {
		out.Worlds = append(out.Worlds, World{Complaint: v.complaint, Incident: v.incident, Level: v.level, NoContact: v.noContact, OpenIncident: v.open, Settled: int(v.world)})
	}
	for _, looked := range l.looked {
		out.Outcomes = append(out.Outcomes, looked.outcome)
	}
	for _, step := range l.incident {
		s := IncidentStep{Name: step.name}
		if step.ends {
			s.Ends = append(s.Ends, v1alpha1.StepState{Name: step.name, State: v1alpha1.StepSkipped}, v1alpha1.StepState{Name: step.name, State: v1alpha1.StepCancelled})
		}
		for _, outcome := range step.outcomes {
			s.Ends = append(s.Ends, v1alpha1.StepState{Name: step.name, State: v1alpha1.StepDone, Outcome: v1alpha1.Identifier(outcome)})
		}
		out.Steps = append(out.Steps, s)
	}
	return out
}
