package simulation

import (
	"slices"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
	"tocsin.dev/tocsin/internal/casework"
	"tocsin.dev/tocsin/internal/engine"
)

// closed tells that a record was closed and, where closed ones are forgotten, lets go of what nobody reads any more: at
// once its tasks, notices and steps, and the complaint itself when it counts for no other any more.
func (s *Play) closed(d *docket, record casework.Record) {
	if s.Closed != nil {
		s.Closed(record)
	}
	if !s.Forget || s.isActedOn(d.key.name) {
		return
	}
	s.clear(d)
	if c := d.complaint; c != nil { // the steps of an incident are looked at by its complaints
		run := *c.Status.Run // a run is replaced, never changed in place
		engine.ReuseSteps(run.Steps)
		run.Steps = nil
		c.Status.Run = &run
		s.leaveAfter(d, c.Spec.ReceivedAt.Add(s.world.longest+time.Second))
	}
}

// leaveAfter plans that a complaint leaves the play at the end of the day of a moment, together with the others of that day:
// so many stand and wait for it that they would be most of the agenda.
func (s *Play) leaveAfter(d *docket, at time.Time) {
	end := s.notBefore(at).Truncate(day).Add(day)
	if s.leaving[end] == nil {
		s.agenda.plan(end, func() error {
			all := s.leaving[end]
			delete(s.leaving, end)
			for _, d := range all {
				s.leave(d)
			}
			return nil
		})
	}
	s.leaving[end] = append(s.leaving[end], d)
}

const day = 24 * time.Hour

// isActedOn is whether the cast does something to a record, which may be re-opened then.
func (s *Play) isActedOn(record string) bool {
	return slices.ContainsFunc(s.cast.Acts, func(a RecordAct) bool { return a.Record == record })
}

// tryAgain is how long a closed complaint stays that is part of something open, or has open corrective actions.
const tryAgain = 7 * 24 * time.Hour

// leave takes a closed complaint out of the world. One that is part of an open incident, or was merged with others, says
// who may take no part there, and stays as long.
func (s *Play) leave(d *docket) {
	w := s.world
	c := d.complaint
	if c == nil || c.Status.ClosedAt.IsZero() {
		return
	}
	if ref := c.Status.Incident; ref != nil {
		if ci := w.incidents[string(ref.Name)]; ci != nil && ci.Status.ClosedAt.IsZero() {
			s.leaveAfter(d, s.now.Add(tryAgain))
			return
		}
	}
	if slices.ContainsFunc(w.reviews[d.key], func(name string) bool { return w.postMortems[name].Status.OpenActions > 0 }) {
		s.leaveAfter(d, s.now.Add(tryAgain))
		return
	}
	if into := w.complaints[string(c.Status.MergedInto)]; into != nil || len(w.mergedFrom[c.Name]) > 0 {
		return
	}
	s.agenda.drop(&d.wake)
	delete(s.dockets, d.key)
	d.complaint = nil
	w.remove(c)
}

// remove takes a complaint out of every list.
func (w *world) remove(c *v1alpha1.Complaint) {
	if ref := c.Status.Incident; ref != nil {
		w.partOf[string(ref.Name)] = without(w.partOf[string(ref.Name)], c.Name)
	}
	if matter := w.matterOf[c.Name]; matter != "" {
		if w.matters[matter] = without(w.matters[matter], c.Name); len(w.matters[matter]) == 0 {
			delete(w.matters, matter)
		}
		delete(w.matterOf, c.Name)
	}
	w.index.Remove(string(c.UID))
	delete(w.byUID, string(c.UID))
	delete(w.complaints, c.Name)
}

func without(list []string, name string) []string {
	return slices.DeleteFunc(list, func(other string) bool { return other == name })
}

// longestWindow is how far back any policy of the pack counts.
func longestWindow(policies map[string]casework.Policy) (longest time.Duration) {
	for _, p := range policies {
		for count := range p.Counts() {
			longest = max(longest, calendar.Elapsed(count.Window))
		}
	}
	return longest
}
