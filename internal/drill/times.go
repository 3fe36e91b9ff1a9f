package drill

import (
	"fmt"
	"time"

	cron "github.com/netresearch/go-cron"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// Reasons of condition Ready of a DrillSchedule.
const (
	Scheduled        = "Scheduled"
	BadCron          = "BadCron"
	UnknownTimeZone  = "UnknownTimeZone"
	NeverFires       = "NeverFires"
	PlaybookNotReady = "PlaybookNotReady"
	UnknownTeam      = "UnknownTeam"
)

// Defect is what is wrong with an object: the reason of a condition, and a sentence that names the field first.
type Defect struct{ Reason, Message string }

// justNow is how long ago a single drill may lie when it is written: somebody who writes the time of day means now.
const justNow = time.Minute

// Times is the newest time a drill was due and has not been called, and the next time one is.
func Times(ds *v1alpha1.DrillSchedule, now time.Time) (due, next time.Time, wrong *Defect) {
	if at := ds.Spec.At.Time; !at.IsZero() {
		switch {
		case !ds.Status.LastAt.Time.Before(at):
			return due, next, nil
		case at.After(now):
			return due, at, nil
		case at.After(countFrom(ds, now).Add(-justNow)):
			return at, next, nil
		}
		return due, next, &Defect{NeverFires, fmt.Sprintf("spec.at: %s lies before the last change of this schedule, so no drill is called; write a time to come", at.UTC().Format(time.RFC3339))}
	}
	if ds.Spec.Cron == "" {
		return due, next, &Defect{NeverFires, "spec.at: 0001-01-01T00:00:00Z stands for no time at all, so no drill is called; write a time to come, or write cron instead"}
	}
	zone, err := time.LoadLocation(ds.Spec.TimeZone)
	if err != nil || ds.Spec.TimeZone == "Local" {
		return due, next, &Defect{UnknownTimeZone, fmt.Sprintf("spec.timeZone: %q is no IANA time zone; write one such as Asia/Shanghai", ds.Spec.TimeZone)}
	}
	schedule, wrong := readCron(ds.Spec.Cron)
	if wrong != nil {
		return due, next, wrong
	}
	from := countFrom(ds, now).In(zone)
	if at := planned(ds); !at.IsZero() {
		// It is not looked for again: a time of day that the clocks jump over is later on that day, and found from before the jump alone.
		if at.After(now) {
			return due, at, nil
		}
		due, from = at.In(zone), at.In(zone)
	}
	due, next = missed(schedule, due, from, now)
	if due.IsZero() && next.IsZero() {
		return due, next, &Defect{NeverFires, fmt.Sprintf("spec.cron: no day in sight fits %q, so no drill is ever called; correct day of month and month", ds.Spec.Cron)}
	}
	return due, next, nil
}

// countFrom is the moment after which drills were not called yet: just before the one that was announced; else the last
// one or the last change of the schedule, whichever was later.
func countFrom(ds *v1alpha1.DrillSchedule, now time.Time) time.Time {
	st := &ds.Status
	if !st.NextAt.IsZero() && st.ObservedGeneration == ds.Generation {
		return st.NextAt.Add(-time.Second)
	}
	from := changedAt(ds, now)
	if st.LastAt.After(from) {
		return st.LastAt.Time
	}
	return from
}

// changedAt is when somebody changed the schedule last; never after now. What a playbook scheduled and nobody changed is
// as old as can be: its drill is called however late it was written.
func changedAt(ds *v1alpha1.DrillSchedule, now time.Time) time.Time {
	if ds.Generation <= 1 && metav1.GetControllerOf(ds) != nil {
		return time.Time{}
	}
	at := now
	if ds.Status.ObservedGeneration == 0 {
		at = ds.CreationTimestamp.Time
	}
	var newest time.Time
	for _, m := range ds.ManagedFields {
		if m.Subresource == "" && m.Time != nil && m.Time.After(newest) {
			newest = m.Time.Time
		}
	}
	if !newest.IsZero() {
		at = newest
	}
	if at.After(now) {
		return now
	}
	return at
}

// mostMissed is how many missed drills are gone through one by one.
const mostMissed = 200

// planned is the next drill as the schedule last said it; zero: it did not, or was changed since.
func planned(ds *v1alpha1.DrillSchedule) time.Time {
	if ds.Status.ObservedGeneration != ds.Generation {
		return time.Time{}
	}
	return ds.Status.NextAt.Time
}

// missed is the newest time of the schedule after from that has passed, or one that was found due before, and the next one that has not. A time of day that
// comes twice when the clocks go back counts once. Of very many missed ones it jumps over half of the time that is left again and
// again; what it finds then is one of the newest.
func missed(schedule cron.Schedule, due, from, now time.Time) (newest, next time.Time) {
	for {
		next = after(schedule, due, from)
		for range mostMissed {
			if next.IsZero() || next.After(now) {
				return due, next
			}
			due = next
			next = after(schedule, due, due)
		}
		from = due.Add(now.Sub(due) / 2)
	}
}

// after is the next time of the schedule after a moment that is not the time of day of the one before it once more.
func after(schedule cron.Schedule, due, from time.Time) time.Time {
	next := schedule.Next(from)
	if !next.IsZero() && next.Format(wallClock) == due.Format(wallClock) {
		return schedule.Next(next)
	}
	return next
}

const wallClock = "200601021504"
