package simulation

import (
	"cmp"
	"maps"
	"slices"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/report"
)

// Complaints are the complaints that have come in by now, by name.
func (s *Play) Complaints() []*v1alpha1.Complaint {
	return sorted(s.world.complaints)
}

// Incidents are the incidents there are by now, by name.
func (s *Play) Incidents() []*v1alpha1.CrisisIncident {
	return sorted(s.world.incidents)
}

// Playbook is a playbook of the pack, with its revision where it compiles; nil where there is none of that name.
func (s *Play) Playbook(name string) *v1alpha1.Playbook { return s.world.playbooks[name] }

// Tasks are the tasks there are by now, by name.
func (s *Play) Tasks() (out []*v1alpha1.ResponseTask) {
	for _, task := range sorted(s.world.tasks) {
		out = append(out, &task.ResponseTask)
	}
	return out
}

// Notices are the notices that were asked for by now, by name.
func (s *Play) Notices() []*v1alpha1.Notice { return sorted(s.world.notices) }

func sorted[T any](byName map[string]T) []T {
	out := make([]T, 0, len(byName))
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		out = append(out, byName[name])
	}
	return out
}

// Report is what there is to tell of a record, for its picture and its document; ok is false where there is no such
// record.
func (s *Play) Report(kind v1alpha1.RecordKind, name string, story Story) (r report.Report, ok bool) {
	in := report.Input{Entries: story.Of(kind, name)}
	switch kind {
	case v1alpha1.RecordComplaint:
		in.Complaint = s.world.complaints[name]
	case v1alpha1.RecordCrisisIncident:
		in.Incident = s.world.incidents[name]
	}
	if in.Complaint == nil && in.Incident == nil {
		return r, false
	}
	for _, task := range s.Tasks() {
		if of := task.Spec.Record; of.Kind == kind && string(of.Name) == name {
			in.Tasks = append(in.Tasks, *task)
		}
	}
	for _, n := range sorted(s.world.notices) {
		if of := n.Spec.Record; of.Kind == kind && string(of.Name) == name && n.Spec.PostMortem == "" { // is about it, not in it
			in.Notices = append(in.Notices, *n)
		}
	}
	if s.world.hours != nil {
		in.Zone = s.world.hours.Location()
	}
	return report.Build(in), true
}

// Result is how a record stands at the end of a simulation.
type Result struct {
	Kind   v1alpha1.RecordKind `json:"kind"`
	Record string              `json:"record"`
	Level  string              `json:"level"`
	State  v1alpha1.CaseState  `json:"state"`
	// Waits is why no run of it has begun; empty: one has.
	Waits string `json:"waits,omitempty"`
	// Drill is whether it is an exercise.
	Drill bool `json:"drill,omitempty"`
	// Lines is how long its timeline is, Missed how many deadlines passed before an answer came, Notices how many were
	// delivered.
	Lines   int `json:"lines"`
	Missed  int `json:"missed"`
	Notices int `json:"notices"`
}

// Results are all records, in the order of kind and name.
func (s *Play) Results(story Story) []Result {
	by := map[key]*Result{}
	for name, c := range s.world.complaints {
		k := key{v1alpha1.RecordComplaint, name}
		by[k] = &Result{Kind: k.kind, Record: name, State: c.Status.State, Waits: waits(c.Status.Run, c.Status.Conditions)}
		if c.Status.Grading != nil {
			by[k].Level = string(c.Status.Grading.Level)
		}
	}
	for name, ci := range s.world.incidents {
		k := key{v1alpha1.RecordCrisisIncident, name}
		by[k] = &Result{Kind: k.kind, Record: name, State: ci.Status.State, Level: string(ci.LevelInForce()), Drill: ci.Spec.Drill != nil,
			Waits: waits(ci.Status.Run, ci.Status.Conditions)}
	}
	for _, l := range story {
		if r := by[key{l.Kind, l.Record}]; r != nil && !l.Refused {
			r.Lines++
			if l.Entry.Type == v1alpha1.EventDeadlineMissed {
				r.Missed++
			}
		}
	}
	for _, n := range s.world.notices {
		if n.Spec.PostMortem != "" {
			continue
		}
		if r := by[key{n.Spec.Record.Kind, string(n.Spec.Record.Name)}]; r != nil && n.Status.State == v1alpha1.NoticeDelivered {
			r.Notices++
		}
	}
	out := make([]Result, 0, len(by))
	for _, r := range by {
		out = append(out, *r)
	}
	slices.SortFunc(out, func(a, b Result) int { return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Record, b.Record)) })
	return out
}

// waits is why no run of a record has begun.
func waits(run *v1alpha1.Run, conditions []metav1.Condition) string {
	c := meta.FindStatusCondition(conditions, "Running")
	if run != nil || c == nil || c.Status != metav1.ConditionFalse {
		return ""
	}
	return c.Message
}
