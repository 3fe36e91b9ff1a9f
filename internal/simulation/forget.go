package simulation

import (
	"slices"
	"strings"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
	"tocsin.dev/tocsin/internal/casework"
	"tocsin.dev/tocsin/internal/engine"
	"tocsin.dev/tocsin/internal/triage"
)

// closed tells that a record was closed and, where closed ones are forgotten, lets go of what nobody reads any more: at
// once its tasks, notices and steps, and later the complaint itself.
func (s *Play) closed(d *docket, record casework.Record) {
	if s.Closed != nil {
		s.Closed(record)
	}
	if !s.Forget || s.isActedOn(record) {
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
			s.leaveNow(end)
			return nil
		})
	}
	s.leaving[end] = append(s.leaving[end], d)
}

const day = 24 * time.Hour

// leaveNow has those leave whose time has come and for whom nobody asks any more, the last first, who count for the fewest; the
// others stay for a while.
func (s *Play) leaveNow(end time.Time) {
	all := s.leaving[end]
	delete(s.leaving, end)
	for _, d := range slices.Backward(all) {
		switch c := d.complaint; {
		case c == nil || c.Status.ClosedAt.IsZero():
		case s.isMerged(c): // they stay: each says who may take no part in the other
		case s.isCounted(c) || s.isHeld(d):
			s.leaveAfter(d, s.now.Add(tryAgain))
		default:
			s.leave(d)
		}
	}
}

// tryAgain is how long a closed complaint stays that somebody may still ask for.
const tryAgain = 7 * 24 * time.Hour

// isCounted is whether a complaint counts for one that is open, or may be again.
func (s *Play) isCounted(c *v1alpha1.Complaint) bool {
	w := s.world
	for _, count := range w.counts {
		around := w.index.Neighbours(w.namespace, string(c.UID), count)
		if len(around) == triage.MaxNeighbours { // there may be more of them
			return true
		}
		for _, uid := range around {
			if other := w.complaints[w.byUID[uid]]; other != nil && (other.Status.ClosedAt.IsZero() || s.actsAhead(other)) {
				return true
			}
		}
	}
	return false
}

// isMerged is whether a complaint was merged into another, or others into it.
func (s *Play) isMerged(c *v1alpha1.Complaint) bool {
	return s.world.complaints[string(c.Status.MergedInto)] != nil || len(s.world.mergedFrom[c.Name]) > 0
}

// isHeld is whether a complaint says who may take no part in an incident that is open, or may be again, or has corrective
// actions that are not verified.
func (s *Play) isHeld(d *docket) bool {
	w, c := s.world, d.complaint
	if ref := c.Status.Incident; ref != nil {
		if ci := w.incidents[string(ref.Name)]; ci != nil && (ci.Status.ClosedAt.IsZero() || s.actsAhead(ci)) {
			return true
		}
	}
	return slices.ContainsFunc(w.reviews[d.key], func(name string) bool { return w.postMortems[name].Status.OpenActions > 0 })
}

// isActedOn is whether the cast does something to a record, which may be re-opened then, or merges others into it.
func (s *Play) isActedOn(record casework.Record) bool {
	return s.mergedInto[record.GetName()] || !s.lastAct(record).IsZero()
}

// actsAhead is whether the cast is still going to do something to a record.
func (s *Play) actsAhead(record casework.Record) bool {
	last := s.lastAct(record)
	return !last.IsZero() && !last.Before(s.now)
}

// lastAct is when the cast does something to a record for the last time, by its name or, to an incident, as that of a complaint; to
// the incident of a complaint as well. It is zero where it does nothing.
func (s *Play) lastAct(record casework.Record) (last time.Time) {
	see := func(a *RecordAct, of casework.Record) {
		if at := of.GetCreationTimestamp().Add(calendar.Elapsed(a.After)); at.After(last) {
			last = at
		}
	}
	for _, a := range s.acts[record.GetName()] {
		see(a, record)
	}
	for _, a := range s.incidentActs {
		c := s.world.complaints[strings.TrimSuffix(a.Record, OfIncident)]
		if c != nil && c.Status.Incident != nil && string(c.Status.Incident.Name) == record.GetName() {
			see(a, c)
		}
	}
	return last
}

// leave takes a complaint out of the world.
func (s *Play) leave(d *docket) {
	s.agenda.drop(&d.wake)
	delete(s.dockets, d.key)
	s.world.remove(d.complaint)
	d.complaint = nil
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
