package casework

import (
	"slices"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/engine"
	"tocsin.dev/tocsin/internal/playbook"
)

// crisisOf is the open incident that the complaint is part of, or that has its matter, where the policy asks for it; nil:
// there is none. An exercise is none.
func (f *complaintFile) crisisOf() (*playbook.IncidentFacts, error) {
	if !f.policy.LooksAtIncidents() {
		return nil, nil
	}
	var list []*v1alpha1.CrisisIncident
	if ref := f.c.Status.Incident; ref != nil {
		ci, err := f.world.Incident(string(ref.Name))
		if err != nil {
			return nil, err
		}
		if ci != nil {
			list = append(list, ci)
		}
	} else if key := f.policy.Matter(f.fields); key != "" {
		var err error
		if list, err = f.world.IncidentsOf(key); err != nil {
			return nil, err
		}
	}
	for _, ci := range byAge(list) {
		if ci.Spec.Drill == nil && ci.Status.ClosedAt.IsZero() {
			return incidentFacts(ci), nil
		}
	}
	return nil, nil
}

// readIncident looks at the incident the complaint is part of, or could join.
func (f *complaintFile) readIncident() error {
	if ref := f.c.Status.Incident; ref != nil {
		ci, err := f.world.Incident(string(ref.Name))
		if err != nil {
			return err
		}
		if ci == nil { // it was raised a moment ago, or is no more
			f.Facts.Incident, f.Facts.OpenIncident = incidentFacts(&v1alpha1.CrisisIncident{}), string(ref.Name)
			return nil
		}
		f.Facts.Incident = incidentFacts(ci)
		if ci.Status.ClosedAt.IsZero() {
			f.Facts.OpenIncident = string(ref.Name)
			f.stuck, err = f.whyUnfit(ci)
			return err
		}
	}
	f.Facts.CorrelationKey = f.c.Status.CorrelationKey
	if f.Facts.CorrelationKey == "" {
		return nil
	}
	list, err := f.world.IncidentsOf(f.Facts.CorrelationKey)
	if err != nil {
		return err
	}
	return f.sortIncidents(byAge(list))
}

// sortIncidents tells the incident that the complaint could join from those it cannot. Of several the one that runs comes
// first, then the oldest.
func (f *complaintFile) sortIncidents(list []*v1alpha1.CrisisIncident) error {
	former, runs := []string{}, false
	for _, ci := range list {
		switch {
		case ci.Spec.Drill != nil:
			continue // a real matter is never part of an exercise
		case f.c.Status.Incident == nil && RaisedBy(ci, f.Facts.Record.UID):
			// This complaint raised it and the manager stopped before it could say so. It is raised once more, under the same
			// name, which changes nothing.
			continue
		case !ci.Status.ClosedAt.IsZero():
			former = append(former, ci.Name)
			continue
		}
		why, err := f.whyUnfit(ci)
		switch {
		case err != nil:
			return err
		case why != "":
			former = append(former, ci.Name)
			f.Facts.UnfitIncidents = append(f.Facts.UnfitIncidents, engine.UnfitIncident{Name: ci.Name, Playbook: string(ci.Spec.Playbook), Why: why})
		case f.Facts.OpenIncident == "" || !runs && ci.Status.Run != nil:
			f.Facts.OpenIncident, runs = ci.Name, ci.Status.Run != nil
		}
	}
	// Somebody may have given one of those the name that the next one would have.
	for n := len(former); ; n++ {
		if !slices.Contains(former, engine.IncidentName(f.Facts.CorrelationKey, n)) {
			f.Facts.FormerIncidents = n
			return nil
		}
	}
}

// whyUnfit says why an incident has not begun and cannot; empty if it has, or will as soon as it is looked at.
func (f *complaintFile) whyUnfit(ci *v1alpha1.CrisisIncident) (string, error) {
	if ci.Status.Run != nil {
		return "", nil
	}
	_, problem, err := f.ready(string(ci.Spec.Playbook), v1alpha1.RecordCrisisIncident)
	return problem, err
}

// RaisedBy is whether the record with a UID raised an incident.
func RaisedBy(ci *v1alpha1.CrisisIncident, uid string) bool {
	return ci.Spec.RaisedBy != nil && ci.Spec.RaisedBy.UID == uid
}
