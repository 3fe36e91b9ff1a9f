package casework

import (
	"fmt"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/conditions"
	"tocsin.dev/tocsin/internal/drill"
	"tocsin.dev/tocsin/internal/engine"
	"tocsin.dev/tocsin/internal/names"
)

// Exercise is one turn of a drill schedule.
type Exercise struct {
	// Call is the drill that is to be called now; nil: none.
	Call *engine.Raise
	// Wake is when the next one is due; zero: never.
	Wake time.Time
}

// DrillLevel is what a drill pretends of which the schedule says nothing.
const DrillLevel = "drill"

// CallDrills takes a drill schedule one turn further: it says which drill is due and when the next one is. A drill missed
// while nobody looked, or while its playbook or team was not there, is called once, late; several missed ones are called
// once together. What lay before a change of the schedule is never called.
func CallDrills(world World, ds *v1alpha1.DrillSchedule, now time.Time) (*Exercise, error) {
	st := &ds.Status
	due, next, wrong := drill.Times(ds, now)
	if ds.Spec.Suspend == v1alpha1.SuspendYes {
		due, next = time.Time{}, time.Time{}
	}
	held := false
	if wrong == nil {
		var err error
		if wrong, err = drillLacks(world, ds); err != nil {
			return nil, err
		}
		if held = wrong != nil && !due.IsZero(); held {
			wrong.Message += fmt.Sprintf("\nthe drill of %s is called as soon as that is mended", due.UTC().Format(time.RFC3339))
		}
	}
	st.ObservedGeneration = ds.Generation
	if wrong != nil {
		conditions.Set(&st.Conditions, now, ds.Generation, "Ready", metav1.ConditionFalse, wrong.Reason, wrong.Message)
	} else {
		conditions.Set(&st.Conditions, now, ds.Generation, "Ready", metav1.ConditionTrue, drill.Scheduled, "")
	}
	out := &Exercise{Wake: next}
	announced := next
	switch {
	case held:
		announced = due
	case !due.IsZero():
		out.Call = drillOf(ds, due)
		if string(st.LastIncident) != out.Call.Name {
			st.Drills++
		}
		st.LastIncident, st.LastAt = v1alpha1.ObjectName(out.Call.Name), metav1.NewTime(due.UTC())
	}
	st.NextAt = metav1.Time{}
	if !announced.IsZero() {
		st.NextAt = metav1.NewTime(announced.UTC())
	}
	return out, nil
}

// drillLacks says why a drill could not begin: its playbook or its team is not there. Nil when both are.
func drillLacks(world World, ds *v1alpha1.DrillSchedule) (*drill.Defect, error) {
	where, name := "namespace "+ds.Namespace, string(ds.Spec.Playbook)
	pb, err := world.Playbook(name)
	if err != nil {
		return nil, err
	}
	if problem := Unready(pb, where, name, v1alpha1.RecordCrisisIncident); problem != "" {
		return &drill.Defect{Reason: drill.PlaybookNotReady, Message: "spec.playbook: " + problem}, nil
	}
	teams, err := world.Teams()
	if err != nil {
		return nil, err
	}
	if !slices.Contains(teams.Teams(), string(ds.Spec.Team)) {
		return &drill.Defect{Reason: drill.UnknownTeam, Message: fmt.Sprintf("spec.team: there is no ResponseTeam %q in %s; apply it or name another one", ds.Spec.Team, where)}, nil
	}
	return nil, nil
}

// drillOf is the drill that was due at a moment, from which its name follows.
func drillOf(ds *v1alpha1.DrillSchedule, due time.Time) *engine.Raise {
	level := ds.Spec.Level
	if level == "" {
		level = DrillLevel
	}
	return &engine.Raise{Name: names.Child(ds.Name, "drill", string(ds.UID), due.UTC().Format(time.RFC3339)), Spec: v1alpha1.CrisisIncidentSpec{
		Title: "Drill of " + string(ds.Spec.Playbook), Level: level, Playbook: ds.Spec.Playbook, Team: ds.Spec.Team,
		Drill: &v1alpha1.Drill{Schedule: ds.Name},
	}}
}
