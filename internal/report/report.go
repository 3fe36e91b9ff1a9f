// Package report turns the run of an incident or complaint into its post-mortem: a document in Markdown and in HTML,
// and a picture of the timeline in SVG. It is pure: the same input gives the same bytes.
//
// The wording is blameless. A deadline "passed before an answer came"; nobody "failed". The complainant's statement,
// name and contact are not part of the input's used fields, so they cannot appear.
package report

import (
	"slices"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// Input is what a report is made from.
type Input struct {
	// Incident or Complaint is the record; the other one is nil.
	Incident  *v1alpha1.CrisisIncident
	Complaint *v1alpha1.Complaint
	// Entries are all entries of the record's timeline, the oldest first, those of the segments included.
	Entries []v1alpha1.TimelineEntry
	// Tasks are the record's tasks, in any order.
	Tasks []v1alpha1.ResponseTask
	// Notices are the record's notices, in any order.
	Notices []v1alpha1.Notice
	// PostMortem holds what people wrote: summary, owner, corrective actions.
	PostMortem v1alpha1.PostMortemSpec
	// Zone is the time zone the times are written in, which the report names. Default: UTC.
	Zone *time.Location
}

// Report is what there is to tell, ready to be written down.
type Report struct {
	// Kind and Name are the record's; Title is what the matter is called.
	Kind  v1alpha1.RecordKind
	Name  string
	Title string
	// Drill is true when the record was an exercise.
	Drill bool
	// Level is the level in force at the end.
	Level string
	// Roles are the parts people played, as the record names them: commander, spokesperson or handler, post-mortem owner.
	Roles []Role
	// Team, Playbook and Revision say who responded by which policy; Digest is the revision's.
	Team, Playbook, Revision, Digest string
	// Result is how the run ended; empty while it runs.
	Result v1alpha1.RunResult
	// Complaints is how many complaints were part of an incident.
	Complaints int32
	// From is the first moment known of the record and To its end; To is zero while it is open.
	From, To time.Time
	// Zone is the time zone the times are written in; nil: UTC.
	Zone *time.Location
	// Summary is the owner's own text.
	Summary string
	// Entries are the timeline, in order.
	Entries []v1alpha1.TimelineEntry
	// Deadlines are all deadlines that were set, the earliest first.
	Deadlines []Deadline
	// People are those who acted, by user name.
	People []Person
	// Audiences are the notices by audience.
	Audiences []Audience
	// WentWell and Slowed are sentences that follow from the record.
	WentWell, Slowed []string
	// Actions are the corrective actions, in the order of the post-mortem.
	Actions []v1alpha1.CorrectiveAction
	// Head and Length are those of the timeline the report was computed from; Erased counts entries without content.
	Head   string
	Length int64
	Erased int

	lanes []lane
}

// Role is a part somebody played.
type Role struct {
	Name string
	User v1alpha1.User
}

// Build derives the report. An input without a record gives an empty report.
func Build(in Input) Report {
	r := Report{
		Zone:    in.Zone,
		Summary: in.PostMortem.Summary,
		Entries: slices.Clone(in.Entries),
		Actions: slices.Clone(in.PostMortem.Actions),
	}
	slices.SortStableFunc(r.Entries, func(a, b v1alpha1.TimelineEntry) int { return int(a.Seq - b.Seq) })
	status := r.describe(in)
	if in.PostMortem.Owner != "" {
		r.Roles = append(r.Roles, Role{"Owner of this document", in.PostMortem.Owner})
	}
	r.span(status)
	r.Head, r.Length = status.Timeline.Head, status.Timeline.Length
	for _, e := range r.Entries {
		if e.Salt == "" {
			r.Erased++
		}
	}
	steps := steps(status.Run)
	r.Deadlines = deadlines(r.Entries, steps, in.Tasks)
	r.lanes = lanes(r, steps)
	r.People = people(in, status.Run)
	r.Audiences = audiences(in.Notices)
	r.WentWell = wentWell(r, status.Run)
	r.Slowed = slowed(r, steps)
	return r
}

// describe fills in what the record says about itself and returns the part of the status all records share.
func (r *Report) describe(in Input) v1alpha1.CaseStatus {
	var status v1alpha1.CaseStatus
	switch {
	case in.Incident != nil:
		i := in.Incident
		status = i.Status.CaseStatus
		r.Kind, r.Name, r.Title = v1alpha1.RecordCrisisIncident, i.Name, i.Spec.Title
		r.Drill = i.Spec.Drill != nil
		r.Level, r.Team = string(i.LevelInForce()), string(i.Spec.Team)
		r.Complaints = i.ComplaintCount()
		r.addRole("Commander", i.Status.Commander)
		r.addRole("Spokesperson", i.Status.Spokesperson)
	case in.Complaint != nil:
		c := in.Complaint
		status = c.Status.CaseStatus
		r.Kind, r.Name, r.Title = v1alpha1.RecordComplaint, c.Name, c.Status.CaseNumber
		if c.Status.Grading != nil {
			r.Level = string(c.Status.Grading.Level)
		}
		r.addRole("Handler", c.Status.Handler)
	}
	if r.Title == "" {
		r.Title = r.Name
	}
	if status.Run != nil {
		r.Playbook, r.Revision, r.Digest = status.Run.Playbook, status.Run.Revision.Name, status.Run.Revision.Digest
		r.Result = status.Run.Result
	}
	return status
}

// addRole notes who played a part; one that nobody played is said to be so.
func (r *Report) addRole(name string, user v1alpha1.User) {
	r.Roles = append(r.Roles, Role{name, user})
}

// span finds when the matter began and ended.
func (r *Report) span(status v1alpha1.CaseStatus) {
	if len(r.Entries) > 0 {
		r.From = r.Entries[0].At.Time
	}
	if run := status.Run; run != nil {
		if r.From.IsZero() || run.StartedAt.Time.Before(r.From) {
			r.From = run.StartedAt.Time
		}
		r.To = run.EndedAt.Time
	}
	if r.To.IsZero() {
		r.To = status.ClosedAt.Time
	}
}

// end is the last moment the report knows of: the end of the matter, or its newest entry while it is open.
func (r *Report) end() time.Time {
	end := r.To
	for _, e := range r.Entries {
		if e.At.After(end) {
			end = e.At.Time
		}
	}
	return end
}

// key identifies one go at a step.
type key struct {
	step  string
	round int32
}

// steps are the states of a run's steps by step and round; only the current round of a repeat is there.
func steps(run *v1alpha1.Run) map[key]v1alpha1.StepState {
	found := map[key]v1alpha1.StepState{}
	if run == nil {
		return found
	}
	for _, s := range run.Steps {
		found[key{s.Name, s.Round}] = s
	}
	return found
}
