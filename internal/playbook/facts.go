package playbook

import "tocsin.dev/tocsin/api/v1alpha1"

// ComplaintFacts is what expressions see as `complaint`; the names in CEL are the Go names with a small first letter.
type ComplaintFacts struct {
	Channel, Category, Product, Place, Order, Class, Level string
	Expectation, Signals                                   []string
	Affected, Reopened                                     int64
	Remedy                                                 RemedyFacts
}

// RemedyFacts is what expressions see as `complaint.remedy`.
type RemedyFacts struct {
	Kinds       []string
	AmountCents int64
	Currency    string
}

// IncidentFacts is what expressions see as `incident`: the incident of the run, or the one the complaint is part of.
type IncidentFacts struct {
	// Exists is false when the complaint is part of no incident; the other fields are then empty.
	Exists bool
	// Closed is whether it was closed.
	Closed     bool
	Drill      bool
	Level      string
	Signals    []string
	Complaints int64
	// Steps is the step list of its run, for the complaints that are part of it.
	Steps []v1alpha1.StepState
}

// Env is what an expression is asked about.
type Env struct {
	// Complaint is nil in a playbook for incidents.
	Complaint *ComplaintFacts
	Incident  *IncidentFacts
	// Steps is the run's step list. `steps.<name>` has the fields outcome (string), done, ended, skipped, overdue (bool),
	// round, rung (int): done is State Done, ended is Done, Skipped or Cancelled.
	Steps []v1alpha1.StepState
	// Round is the round of the repeat the expression stands in: `run.round`.
	Round int64
	// Level is the level of the record: `run.level`.
	Level string
	// Scope is the Node.Scope of the node the expression belongs to.
	Scope int
}
