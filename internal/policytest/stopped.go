package policytest

import (
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/casework"
	"tocsin.dev/tocsin/internal/engine"
)

// stopping is one time that a step of a record was stopped, in a run.
type stopping struct {
	record, step string
	run, round   int32
	at           time.Time
}

// lookForStops writes a line for each step that was stopped before it began, for expectations about it: no timeline has one.
func (c *chronicle) lookForStops(record casework.Record) {
	run := statusOf(record).Run
	if run == nil {
		return
	}
	for i := range run.Steps {
		s := &run.Steps[i]
		is := stopping{record: record.GetName(), step: s.Name, run: run.ID, round: s.Round, at: s.EndedAt.UTC()}
		if s.State != v1alpha1.StepCancelled || !s.StartedAt.IsZero() || c.stops[is] {
			continue
		}
		c.stops[is] = true
		c.lines = append(c.lines, line{record: is.record, playbook: run.Playbook, untold: true,
			Event: engine.Event{At: is.at, Type: v1alpha1.EventStepCancelled, Step: is.step, Round: is.round}})
	}
}
