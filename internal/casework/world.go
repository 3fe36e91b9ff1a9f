package casework

import (
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/internal/roster"
	"tocsin.dev/tocsin/internal/triage"
)

// World is what lies around the records of one namespace. It is asked when something is needed and not before. Objects and
// lists it gives are read and never changed; nil, without an error, is what is not there. An error ends the turn, which is
// then tried again.
type World interface {
	// Policy grades complaints that name a TriagePolicy; empty: those that name none. There always is one (BuiltIn).
	Policy(name string) (Policy, error)
	// Counts appends the figures that a policy asks for over the complaints around one, itself included.
	Counts(c *v1alpha1.Complaint, p *triage.Policy, figures []int64) []int64
	// CaseNumber gives a complaint its number, the same one however often it is asked until the number is in the status:
	// prefix and zone are the policy's, at is when it was received. A *triage.Unusable says that somebody has to mend
	// something before there are numbers.
	CaseNumber(c *v1alpha1.Complaint, prefix string, zone *time.Location, at time.Time) (string, error)

	// Teams is who is there.
	Teams() (*roster.Roster, error)
	// Playbook is a playbook by name.
	Playbook(name string) (*v1alpha1.Playbook, error)
	// Plan is a pinned revision of a playbook, compiled. One that is not there is an error.
	Plan(revision v1alpha1.RevisionReference) (*playbook.Plan, error)
	// Calendar is the calendar of a pinned revision by its name; nil: it has none, or is gone.
	Calendar(revision string) (*calendar.Calendar, error)

	// Task is a task by name. One that was opened a moment ago may not show yet.
	Task(name string) (*v1alpha1.ResponseTask, error)
	// Notice is a notice by name, with the same delay.
	Notice(name string) (*v1alpha1.Notice, error)

	// Complaint is a complaint by name, as it was a moment ago.
	Complaint(name string) (*v1alpha1.Complaint, error)
	// NewestComplaint is a complaint by name as it is now; any text may be asked for.
	NewestComplaint(name string) (*v1alpha1.Complaint, error)
	// MergedInto lists the complaints whose status says that they were merged into one, in any order.
	MergedInto(complaint string) ([]*v1alpha1.Complaint, error)

	// Incident is an incident by name.
	Incident(name string) (*v1alpha1.CrisisIncident, error)
	// IncidentsOf lists the incidents with a correlation key, closed ones and drills too, in any order.
	IncidentsOf(key string) ([]*v1alpha1.CrisisIncident, error)
	// ComplaintsOf lists the complaints whose status says that they are part of an incident, in any order.
	ComplaintsOf(incident string) ([]*v1alpha1.Complaint, error)
}
