package casework

import (
	"slices"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/engine"
)

// incidentFile is one turn of an incident.
type incidentFile struct {
	File
	ci *v1alpha1.CrisisIncident
}

// Incident takes an incident, or a drill, one turn further.
func Incident(world World, ci *v1alpha1.CrisisIncident, now time.Time) (*File, error) {
	f := openIncident(world, ci, now)
	for _, phase := range incidentTurn {
		if err := phase(f); err != nil {
			return nil, err
		}
	}
	f.describe()
	return &f.File, nil
}

// incidentTurn is the phases of a turn.
var incidentTurn = []func(*incidentFile) error{
	(*incidentFile).grade, (*incidentFile).countComplaints, (*incidentFile).gatherFacts, (*incidentFile).choosePlaybook, (*incidentFile).carryOut,
}

func openIncident(world World, ci *v1alpha1.CrisisIncident, now time.Time) *incidentFile {
	f := &incidentFile{ci: ci}
	f.File = File{Record: ci, Status: &ci.Status.CaseStatus, Now: now, world: world, acts: ci.Spec.Acts}
	f.Facts = engine.Facts{
		Record:     v1alpha1.RecordReference{Kind: v1alpha1.RecordCrisisIncident, Name: v1alpha1.ObjectName(ci.Name), UID: string(ci.UID)},
		Mode:       v1alpha1.ModeLive,
		Title:      ci.Spec.Title,
		Team:       string(ci.Spec.Team),
		Level:      string(ci.LevelInForce()),
		ReceivedAt: now,
		GradedAt:   now,
		Incident:   incidentFacts(ci),
		About:      ci.Spec.About,
	}
	if ci.Status.Run != nil {
		f.Facts.ReceivedAt, f.Facts.GradedAt = ci.Status.Run.StartedAt.Time, ci.Status.Run.StartedAt.Time
	}
	if ci.Spec.Drill != nil {
		f.Facts.Mode = v1alpha1.ModeDrill
	}
	return f
}

// mostProvenance is how many complaints an incident names; it counts all of them.
const mostProvenance = 64

// countComplaints looks which complaints are part of the incident, oldest first. Whom one of them, or one that was merged
// into it, is about takes no part in the incident either.
func (f *incidentFile) countComplaints() error {
	complaints, err := f.world.ComplaintsOf(f.ci.Name)
	if err != nil {
		return err
	}
	st := &f.ci.Status
	for _, c := range byAge(complaints) {
		merged, err := f.mergedFrom(c.Name)
		if err != nil {
			return err
		}
		for _, other := range merged {
			f.Facts.About = joined(f.Facts.About, other.Spec.About)
		}
		f.Facts.About = joined(f.Facts.About, c.Spec.About)
		name := v1alpha1.ObjectName(c.Name)
		if len(st.Provenance) < mostProvenance && !slices.Contains(st.Provenance, name) {
			st.Provenance = append(st.Provenance, name)
			f.event(v1alpha1.EventCorrelated, "", "complaint "+caseOf(c)+" is part of the incident")
		}
	}
	count := max(f.ci.ComplaintCount(), int32(len(complaints)))
	st.Complaints, f.Facts.Incident.Complaints = &count, int64(count)
	return nil
}

func (f *incidentFile) gatherFacts() error { return f.gather() }

// choosePlaybook begins the run, or a new one after the incident was re-opened.
func (f *incidentFile) choosePlaybook() error {
	run := f.Status.Run
	reopened := run != nil && run.Result != "" && f.reopened()
	if run != nil && !reopened {
		return nil
	}
	if f.Status.Timeline.Length == 0 {
		f.Events = append([]engine.Event{{At: f.Now, Type: v1alpha1.EventReceived, Text: f.ci.Spec.Title}}, f.Events...)
	}
	f.Facts.Reopening = reopened
	problem, err := f.begin(string(f.ci.Spec.Playbook), v1alpha1.RecordCrisisIncident, run)
	if err != nil {
		return err
	}
	if problem != "" {
		f.hold(ReasonPlaybookNotReady, problem)
		if run == nil {
			f.condition("Staffed", false, "Stuck", "nobody is called: "+problem)
		}
		return nil
	}
	f.Facts.Incident.Closed = false
	if reopened {
		f.Status.Reopened++
	}
	return nil
}

func (f *incidentFile) carryOut() error {
	if err := f.decide(); err != nil {
		return err
	}
	for _, e := range f.Effects {
		if pm, ok := e.(engine.OpenPostMortem); ok {
			f.ci.Status.PostMortem = v1alpha1.ObjectName(pm.Name)
		}
	}
	return nil
}

// describe brings the rest of the status up to date.
func (f *incidentFile) describe() {
	f.stand()
	st := &f.ci.Status
	st.ObservedGeneration = f.ci.Generation
	st.State = v1alpha1.CaseNew
	run := st.Run
	if run == nil {
		f.condition("Ready", false, "Waiting", "")
		return
	}
	f.condition("Ready", true, "TakenUp", "")
	st.Commander = engine.Holder(run, engine.RoleCommander)
	st.Spokesperson = engine.Holder(run, engine.RoleSpokesperson)
	st.State = stateOf(run.Result, st.Overdue > 0, false)
}
