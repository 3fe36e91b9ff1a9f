package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// RunVersion is the version of the run state this release writes. Older states are read and upgraded.
const RunVersion int32 = 1

// RunResult is how a run ended.
// +kubebuilder:validation:Enum=Completed;Aborted;Withdrawn;Merged;Superseded
type RunResult string

// How a run ended.
const (
	RunCompleted RunResult = "Completed"
	RunAborted   RunResult = "Aborted"
	RunWithdrawn RunResult = "Withdrawn"
	RunMerged    RunResult = "Merged"
	// RunSuperseded is a run that gave way to the playbook of a higher level.
	RunSuperseded RunResult = "Superseded"
)

// Run is the state of a playbook being carried out on a record: all that engine.Decide remembers between two calls.
type Run struct {
	// version is the version of this structure.
	// +required
	// +kubebuilder:validation:Minimum=1
	Version int32 `json:"version,omitempty"`

	// id tells the runs of a record apart: 1 for the first, one more after each re-opening.
	// +required
	// +kubebuilder:validation:Minimum=1
	ID int32 `json:"id,omitempty"`

	// playbook is the name of the playbook.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Playbook string `json:"playbook,omitempty"`

	// revision is the pinned revision the run executes.
	// +required
	Revision RevisionReference `json:"revision,omitzero"`

	// startedAt is when the run began.
	// +required
	StartedAt metav1.Time `json:"startedAt,omitzero"`

	// endedAt is when the run ended.
	// +optional
	EndedAt metav1.Time `json:"endedAt,omitzero"`

	// result is how the run ended; empty while it runs.
	// +optional
	Result RunResult `json:"result,omitempty"`

	// wakeAt is the next moment at which time alone changes something.
	// +optional
	WakeAt metav1.Time `json:"wakeAt,omitzero"`

	// roles are the roles filled so far, one entry a name.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=128
	Roles []RoleHolder `json:"roles,omitempty"`

	// steps is the state of every step of the revision, in the order of the compiled plan, one entry a name, and after them of
	// what people were asked for besides (asked/1, asked/2…). Each has name, state, round, startedAt, dueAt, endedAt, outcome, by, assignee, tasks, notices, problem and what else the engine has to
	// remember of it. Like timeline.entries they are not checked by the API server.
	// +optional
	// +kubebuilder:validation:Schemaless
	// +kubebuilder:pruning:PreserveUnknownFields
	Steps []StepState `json:"steps,omitempty"`

	// actsSeen is how many of the record's acts the run has taken in.
	// +optional
	// +kubebuilder:validation:Minimum=1
	ActsSeen int32 `json:"actsSeen,omitempty"`
}

// RoleHolder is who plays a role.
type RoleHolder struct {
	// name is the role.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	Name string `json:"name,omitempty"`

	// team and person are the member of a ResponseTeam who holds it.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Team string `json:"team,omitempty"`

	// person is the name of the member in the team.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	Person string `json:"person,omitempty"`

	// user is the Kubernetes user name of the holder.
	// +required
	User User `json:"user,omitempty"`

	// since is when the role was taken.
	// +required
	Since metav1.Time `json:"since,omitzero"`
}

// StepPhase is where a step stands.
// +kubebuilder:validation:Enum=Pending;Waiting;Done;Skipped;Cancelled
type StepPhase string

// Where a step stands.
const (
	StepPending   StepPhase = "Pending"
	StepWaiting   StepPhase = "Waiting"
	StepDone      StepPhase = "Done"
	StepSkipped   StepPhase = "Skipped"
	StepCancelled StepPhase = "Cancelled"
)

// StepState is the state of one step. A step of a repeated block holds the state of the current round only.
type StepState struct {
	// name is the path of the step: its name, inside a block or sub-playbook preceded by the block's and a slash.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	Name string `json:"name,omitempty"`

	// state is where the step stands.
	// +required
	State StepPhase `json:"state,omitempty"`

	// round is the current round of a repeat; in the steps of its block the round they belong to. 0 outside repeats.
	// +optional
	// +kubebuilder:validation:Minimum=1
	Round int32 `json:"round,omitempty"`

	// attempt counts how often the step was begun anew in this round, because an approval became void or somebody
	// declined; part of the names of what it creates.
	// +optional
	// +kubebuilder:validation:Minimum=1
	Attempt int32 `json:"attempt,omitempty"`

	// startedAt is when the step began.
	// +optional
	StartedAt metav1.Time `json:"startedAt,omitzero"`

	// dueAt is the deadline in force.
	// +optional
	DueAt metav1.Time `json:"dueAt,omitzero"`

	// calendar is what dueAt, or the end of a wait, was counted by: the name of the BusinessCalendar, an @ and its version.
	// Empty for elapsed time.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=320
	Calendar string `json:"calendar,omitempty"`

	// holidaysKnownUntil is the last day whose public holidays that calendar knew. It is set where the moment counted lies
	// beyond it: it was counted as if no public holiday came after that day.
	// +optional
	HolidaysKnownUntil Date `json:"holidaysKnownUntil,omitempty"`

	// endedAt is when the step ended: the time of the act that ended it, not of the moment it was noticed.
	// +optional
	EndedAt metav1.Time `json:"endedAt,omitzero"`

	// nextAt is the next moment at which time alone changes this step: a reminder, the deadline, the next rung, the next
	// recurrence, the end of a wait or of a pause.
	// +optional
	NextAt metav1.Time `json:"nextAt,omitzero"`

	// acknowledgeBy is when the deputies are told as well unless the assignee has acknowledged; empty once either happened.
	// +optional
	AcknowledgeBy metav1.Time `json:"acknowledgeBy,omitzero"`

	// reminded is how many reminders went out.
	// +optional
	// +kubebuilder:validation:Minimum=1
	Reminded int32 `json:"reminded,omitempty"`

	// overdueAt is when the deadline was found to have passed; set once for each deadline. Later than dueAt only by the
	// time the manager was away.
	// +optional
	OverdueAt metav1.Time `json:"overdueAt,omitzero"`

	// rung is how many rungs the ladder was climbed.
	// +optional
	// +kubebuilder:validation:Minimum=1
	Rung int32 `json:"rung,omitempty"`

	// ticks is how often a recurring step has recurred.
	// +optional
	// +kubebuilder:validation:Minimum=1
	Ticks int32 `json:"ticks,omitempty"`

	// extended is how often the deadline was extended.
	// +optional
	// +kubebuilder:validation:Minimum=1
	Extended int32 `json:"extended,omitempty"`

	// pausedAt is when the step's clock was stopped; empty while it runs.
	// +optional
	PausedAt metav1.Time `json:"pausedAt,omitzero"`

	// pausedSeconds is how long the clock stood still before, in seconds.
	// +optional
	// +kubebuilder:validation:Minimum=1
	PausedSeconds int64 `json:"pausedSeconds,omitempty"`

	// outcome is how the step ended.
	// +optional
	Outcome Identifier `json:"outcome,omitempty"`

	// by lists the users whose acts ended the step.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=16
	By []User `json:"by,omitempty"`

	// digest is the digest of what was approved.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	Digest string `json:"digest,omitempty"`

	// voided counts how often what is to be approved changed while the step waited; part of the names of what it sends.
	// +optional
	// +kubebuilder:validation:Minimum=1
	Voided int32 `json:"voided,omitempty"`

	// authors lists users who wrote what this step has approved, from the moment it was asked for on; they have no seat.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=16
	Authors []User `json:"authors,omitempty"`

	// passedOver lists users who were asked and then passed over, because it turned out to be about them.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=64
	PassedOver []User `json:"passedOver,omitempty"`

	// declined lists users who declined this step in this round and are not asked again.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=16
	Declined []User `json:"declined,omitempty"`

	// assignee is the user who is asked first.
	// +optional
	Assignee User `json:"assignee,omitempty"`

	// tasks names the ResponseTasks that the step waits for.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=64
	Tasks []ObjectName `json:"tasks,omitempty"`

	// notices names the Notices the step waits for.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=64
	Notices []ObjectName `json:"notices,omitempty"`

	// actsSeen is how many acts of its tasks the step has taken in.
	// +optional
	// +kubebuilder:validation:Minimum=1
	ActsSeen int32 `json:"actsSeen,omitempty"`

	// ask is the id of the act on the record that asks for this work; empty for a step of the playbook. What is asked, of
	// whom and until when stands there.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	Ask string `json:"ask,omitempty"`

	// problem says why the step cannot go on as written, e.g. nobody can be asked; empty when it can.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=512
	Problem string `json:"problem,omitempty"`
}

// AskedSteps is what the names of steps begin with that people were asked for besides the playbook; a number follows. No
// step of a playbook has such a name, because their names begin with a letter.
const AskedSteps = "asked/"

// ObjectName is the name of an object in the same namespace.
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=253
// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`
type ObjectName string
