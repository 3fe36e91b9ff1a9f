package simulation

import (
	"maps"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/casework"
)

// Kinds of what takes turns besides records.
const (
	kindPostMortem    v1alpha1.RecordKind = "PostMortem"
	kindDrillSchedule v1alpha1.RecordKind = "DrillSchedule"
)

// Exercise has drills called from now on, those of the pack's schedules and those that playbooks plan. A schedule that comes
// round never ends, so that there is always something left to happen.
func (s *Play) Exercise() {
	s.drills = true
	for _, name := range slices.Sorted(maps.Keys(s.world.pack.Drills)) {
		ds := s.world.pack.Drills[name].DeepCopy()
		ds.Status, ds.ManagedFields = v1alpha1.DrillScheduleStatus{}, nil
		s.schedule(ds, nil)
	}
}

// schedule has a drill schedule come in; owner is the record whose playbook plans it, nil: somebody wrote it.
func (s *Play) schedule(ds *v1alpha1.DrillSchedule, owner *metav1.OwnerReference) {
	if !s.drills || s.world.drills[ds.Name] != nil {
		return
	}
	s.exist(ds, kindDrillSchedule)
	if owner != nil {
		ds.OwnerReferences = []metav1.OwnerReference{*owner}
	}
	s.world.drills[ds.Name] = ds
	s.mark(key{kindDrillSchedule, ds.Name})
}

// reference names a record as the owner of what it makes.
func (s *Play) reference(k key) *metav1.OwnerReference {
	yes := true
	return &metav1.OwnerReference{Kind: string(k.kind), Name: k.name, UID: s.uid(k.kind, k.name), Controller: &yes}
}

// turnDrills looks at a drill schedule.
func (s *Play) turnDrills(d *docket) error {
	turn, err := casework.CallDrills(s.world, s.world.drills[d.key.name], s.now)
	if err != nil {
		return err
	}
	if call := turn.Call; call != nil && s.world.incidents[call.Name] == nil {
		s.raise(&v1alpha1.CrisisIncident{ObjectMeta: metav1.ObjectMeta{Name: call.Name}, Spec: call.Spec})
	}
	s.wake(d, turn.Wake)
	return nil
}

// DrillSchedules are the schedules by which drills are called, by name.
func (s *Play) DrillSchedules() []*v1alpha1.DrillSchedule { return sorted(s.world.drills) }
