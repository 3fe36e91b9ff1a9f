package engine

import (
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/internal/roster"
)

// Facts is everything Decide may know about the world besides plan, run and time.
type Facts struct {
	// Record is the complaint or incident the run belongs to; its UID is part of every name the run gives.
	Record v1alpha1.RecordReference
	// Mode is Drill in an exercise.
	Mode v1alpha1.Mode
	// Title names the matter for an incident raised from it; it holds no personal data.
	Title string
	// Team is the ResponseTeam of the incident; empty for complaints.
	Team string
	// Level is the level in force.
	Level string
	// ReceivedAt and GradedAt are events deadlines count from.
	ReceivedAt, GradedAt time.Time
	// Complaint is set for a complaint, Incident for an incident or a complaint that is part of one.
	Complaint *playbook.ComplaintFacts
	Incident  *playbook.IncidentFacts
	// NoContact says of a complaint that the complainant left nothing to reach them by, e.g. stayed anonymous.
	NoContact bool
	// About says who is complained about.
	About *v1alpha1.ComplainedAbout
	// Acts are the acts on the record, in the order they were written.
	Acts []v1alpha1.RecordAct
	// Reopening says that the run begins because somebody re-opened the record.
	Reopening bool
	// NotMergeable says of complaints that somebody wants to merge this one into why that cannot be, by name.
	NotMergeable map[string]string
	// Tasks holds what is known of the run's ResponseTasks by object name.
	Tasks map[string]TaskFacts
	// Notices holds the state of the run's Notices by object name. One that is Uncertain for now and will be sent again is
	// given as Sending.
	Notices map[string]v1alpha1.NoticeState
	// Roster is who is there.
	Roster *roster.Roster
	// Digests holds the digest of each written field of the record; an empty field has none.
	Digests map[v1alpha1.WrittenField]string
	// Authors holds who wrote each written field as it is; a missing one is not known.
	Authors map[v1alpha1.WrittenField]v1alpha1.User
	// CorrelationKey is what complaints of this kind are correlated by; empty: not at all.
	CorrelationKey string
	// OpenIncident names the open incident with that key, if there is one.
	OpenIncident string
	// UnfitIncidents are the open incidents with that key that are not to be joined, because their playbook cannot begin.
	UnfitIncidents []UnfitIncident
	// FormerIncidents is how many incidents with that key there are that are not joined, because they were closed or are
	// unfit; part of the next one's name (IncidentName).
	FormerIncidents int
}

// UnfitIncident is an open incident whose playbook cannot begin.
type UnfitIncident struct {
	// Name is the incident's, Playbook the one it names, Why what keeps that from beginning.
	Name, Playbook, Why string
}

// TaskFacts is what is known of a ResponseTask.
type TaskFacts struct {
	// Seats are the seats of an approval as they were when it was last assigned.
	Seats []v1alpha1.Seat
	// Assignment is the assignment of the task as it is. Where it is given, Decide brings one that no longer fits up to
	// date: a deputy was added, somebody is back, a crash came between the task and the run. Nil: not known.
	Assignment *v1alpha1.Assignment
	// Acts are what people did, in the order it was written.
	Acts []v1alpha1.TaskAct
	// State is what the task says of itself: Done as soon as somebody completed it. Empty: not known.
	State v1alpha1.TaskState
}

// Decision is what follows from the facts.
type Decision struct {
	// Run is the state after it.
	Run v1alpha1.Run
	// Effects are to be applied before the run is written.
	Effects []Effect
	// Events go into the timeline, in this order.
	Events []Event
	// Stopped are the cancel regions whose condition held, by their place in Plan.Regions, in the order they stopped something.
	Stopped []int
	// Unanswered are the conditions that had no answer, and why.
	Unanswered []Unanswered
	// Wake is when to decide again if nothing else happens; zero: never.
	Wake time.Time

	// ownSteps is whether the list of the run's steps is not the one Decide was given.
	ownSteps bool
}

// Unanswered is a condition that could not be answered by the facts there are.
type Unanswered struct {
	Condition *playbook.Expr
	Why       error
}

// Event is one line of the timeline.
type Event struct {
	At    time.Time
	Type  v1alpha1.EventType
	Step  string
	Round int32
	Actor v1alpha1.User
	Text  string
	// Outcome is that of a step that is done; Rung is the rung of the ladder that was climbed. For whoever counts what
	// happened; the timeline has both in its text.
	Outcome v1alpha1.Identifier
	Rung    int32
}

// NotCalledFor is how the text of a StepSkipped begins where the step's own condition does not hold; the condition follows.
const NotCalledFor = "not called for: "

// Effect is a change of the world. Every effect can be applied any number of times: objects have names that follow
// from the run alone, and one that exists already is left as it is.
type Effect interface{ effect() }

// OpenTask asks somebody for something.
type OpenTask struct {
	Name string
	Spec v1alpha1.ResponseTaskSpec
}

// Reassign changes who may act on a task, or until when.
type Reassign struct {
	Name       string
	Assignment v1alpha1.Assignment
}

// CloseTask tells everybody that a task needs nobody any more.
type CloseTask struct {
	Name    string
	State   v1alpha1.TaskState
	Outcome v1alpha1.Identifier
	At      time.Time
}

// LeaveOut tells whoever acts on an open task that an act of theirs was left out, and why. A task that the act closed is
// open again.
type LeaveOut struct {
	Name string
	Act  v1alpha1.TaskAct
	Why  string
}

// SendNotice puts a notice into the outbox.
type SendNotice struct {
	Name string
	Spec v1alpha1.NoticeSpec
}

// Raise opens an incident.
type Raise struct {
	Name string
	Spec v1alpha1.CrisisIncidentSpec
}

// Join makes the complaint part of an incident that is open or about to be opened.
type Join struct {
	Incident string
}

// PlanDrill creates a DrillSchedule for one drill.
type PlanDrill struct {
	Name string
	Spec v1alpha1.DrillScheduleSpec
}

// OpenPostMortem creates a PostMortem.
type OpenPostMortem struct {
	Name string
	Spec v1alpha1.PostMortemSpec
}

func (OpenTask) effect()       {}
func (Reassign) effect()       {}
func (CloseTask) effect()      {}
func (LeaveOut) effect()       {}
func (SendNotice) effect()     {}
func (Raise) effect()          {}
func (Join) effect()           {}
func (PlanDrill) effect()      {}
func (OpenPostMortem) effect() {}
