package report

import (
	"cmp"
	"slices"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// DeadlineState is what became of a deadline.
type DeadlineState string

// What became of a deadline.
const (
	// DeadlineMet: the step ended in time.
	DeadlineMet DeadlineState = "met"
	// DeadlineMissed: the deadline passed before an answer came.
	DeadlineMissed DeadlineState = "missed"
	// DeadlineDropped: the step was stopped before its deadline, because nobody needed it any more.
	DeadlineDropped DeadlineState = "dropped"
)

// Deadline is one deadline of one step.
type Deadline struct {
	// Step is the path of the step, Round its round in a repeat (0 outside).
	Step  string
	Round int32
	// Due is the deadline; zero when the record does not say it any more.
	Due time.Time
	// End is when the step ended; zero when it never did.
	End time.Time
	// State is what became of it.
	State DeadlineState
	// Late is how long after Due the step ended; 0 when it was in time or never ended.
	Late time.Duration
	// Noticed is how long after Due the operator noticed; more than a moment only when it was not running.
	Noticed time.Duration
	// Escalations is how many rungs were told after it passed.
	Escalations int
}

// deadlines reads them off the timeline; run and tasks add the moment each was due.
func deadlines(entries []v1alpha1.TimelineEntry, steps map[key]v1alpha1.StepState, tasks []v1alpha1.ResponseTask) []Deadline {
	due := dueTimes(steps, tasks)
	missed := map[key]int{} // the newest missed deadline of a step, as a position in found
	seen := map[key]bool{}
	var found []Deadline
	for _, e := range entries {
		k := key{e.Step, e.Round}
		i, late := missed[k]
		switch e.Type {
		case v1alpha1.EventDeadlineMet:
			d := Deadline{Step: e.Step, Round: e.Round, End: e.At.Time, State: DeadlineMet}
			if !due[k].Before(d.End) {
				d.Due = due[k]
			}
			found, seen[k] = append(found, d), true
		case v1alpha1.EventDeadlineMissed:
			d := Deadline{Step: e.Step, Round: e.Round, Due: e.At.Time, State: DeadlineMissed}
			if !due[k].IsZero() && due[k].Before(d.Due) {
				d.Due = due[k]
			}
			d.Noticed = e.At.Sub(d.Due)
			if s := steps[k]; s.DueAt.Time.Equal(d.Due) && s.OverdueAt.After(d.Due.Add(d.Noticed)) {
				d.Noticed = s.OverdueAt.Sub(d.Due)
			}
			missed[k], seen[k] = len(found), true
			found = append(found, d)
		case v1alpha1.EventEscalated:
			if late {
				found[i].Escalations++
			}
		case v1alpha1.EventStepDone, v1alpha1.EventStepSkipped, v1alpha1.EventStepCancelled:
			if late && found[i].End.IsZero() {
				found[i].End = e.At.Time
				found[i].Late = max(0, e.At.Sub(found[i].Due))
			}
		}
	}
	for k, s := range steps {
		if !s.DueAt.IsZero() && !seen[k] && !s.EndedAt.IsZero() {
			found = append(found, Deadline{Step: s.Name, Round: s.Round, Due: s.DueAt.Time, End: s.EndedAt.Time, State: ended(s)})
		}
	}
	slices.SortFunc(found, func(a, b Deadline) int {
		return cmp.Or(a.moment().Compare(b.moment()), cmp.Compare(a.Step, b.Step), cmp.Compare(a.Round, b.Round),
			a.End.Compare(b.End))
	})
	return found
}

// ended says what became of a deadline that the timeline does not speak of.
func ended(s v1alpha1.StepState) DeadlineState {
	switch {
	case s.State != v1alpha1.StepDone:
		return DeadlineDropped
	case s.EndedAt.After(s.DueAt.Time):
		return DeadlineMissed
	default:
		return DeadlineMet
	}
}

// moment is what deadlines are sorted by.
func (d Deadline) moment() time.Time {
	if d.Due.IsZero() {
		return d.End
	}
	return d.Due
}

// dueTimes are the deadlines in force at the end, by step and round. Earlier rounds are known from their tasks.
func dueTimes(steps map[key]v1alpha1.StepState, tasks []v1alpha1.ResponseTask) map[key]time.Time {
	due := map[key]time.Time{}
	for _, t := range tasks {
		k := key{t.Spec.Step, t.Spec.Round}
		if at := t.Spec.Assignment.DueAt.Time; at.After(due[k]) {
			due[k] = at
		}
	}
	for k, s := range steps {
		if !s.DueAt.IsZero() {
			due[k] = s.DueAt.Time
		}
	}
	return due
}
