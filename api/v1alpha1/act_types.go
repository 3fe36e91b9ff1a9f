package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// User is a Kubernetes user name, as the API server authenticates it.
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=253
type User string

// TaskVerb is what a person does to a task.
// +kubebuilder:validation:Enum=Acknowledge;Decline;Complete;Approve;Refuse;HandOver;Extend;Pause;Resume;Comment
type TaskVerb string

// What a person does to a task.
const (
	TaskAcknowledge TaskVerb = "Acknowledge"
	TaskDecline     TaskVerb = "Decline"
	TaskComplete    TaskVerb = "Complete"
	TaskApprove     TaskVerb = "Approve"
	TaskRefuse      TaskVerb = "Refuse"
	TaskHandOver    TaskVerb = "HandOver"
	TaskExtend      TaskVerb = "Extend"
	TaskPause       TaskVerb = "Pause"
	TaskResume      TaskVerb = "Resume"
	TaskComment     TaskVerb = "Comment"
)

// TaskAct is one thing a person did to a task. Acts are only ever added; an admission policy refuses to change or
// remove one, to write one in another's name, and one by somebody who may not act.
type TaskAct struct {
	// id tells the acts of a task apart; any string the writer likes, unique in the list.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9._-]+$`
	ID string `json:"id,omitempty"`

	// verb is what was done.
	// +required
	Verb TaskVerb `json:"verb,omitempty"`

	// by is the user who did it. Filled in at admission where the cluster has mutating policies, by the CLI elsewhere;
	// always checked against the authenticated user.
	// +optional
	By User `json:"by,omitempty"`

	// at is when it was done (UTC). Filled in and checked as `by` is, against the time of the write.
	// +optional
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:Pattern=`^(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,9})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$`
	At metav1.Time `json:"at,omitzero"`

	// outcome is the chosen outcome; needed to Complete a task that offers outcomes.
	// +optional
	Outcome Identifier `json:"outcome,omitempty"`

	// digest is the digest of what is approved or refused, copied from spec.assignment.digest.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	Digest string `json:"digest,omitempty"`

	// to is the user the task is handed to (HandOver).
	// +optional
	To User `json:"to,omitempty"`

	// extension is by how much the deadline moves (Extend), in elapsed time, at most what the playbook allows.
	// +optional
	Extension Duration `json:"extension,omitempty"`

	// reason says why; needed to Decline, Refuse, HandOver, Extend, Pause.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=2048
	Reason string `json:"reason,omitempty"`
}

// RecordVerb is what a person does to a complaint or an incident as a whole.
// +kubebuilder:validation:Enum=Raise;Lower;Abort;Reopen;Comment;Skip;Withdraw;Merge;HandOver;Release;Reassign;Ask
type RecordVerb string

// What a person does to a record.
const (
	RecordRaise    RecordVerb = "Raise"
	RecordLower    RecordVerb = "Lower"
	RecordAbort    RecordVerb = "Abort"
	RecordReopen   RecordVerb = "Reopen"
	RecordComment  RecordVerb = "Comment"
	RecordSkip     RecordVerb = "Skip"
	RecordWithdraw RecordVerb = "Withdraw"
	RecordMerge    RecordVerb = "Merge"
	RecordHandOver RecordVerb = "HandOver"
	RecordRelease  RecordVerb = "Release"
	RecordReassign RecordVerb = "Reassign"
	RecordAsk      RecordVerb = "Ask"
)

// RecordAct is one thing a person did to a record. Acts are only ever added, as TaskActs are.
type RecordAct struct {
	// id tells the acts of a record apart.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9._-]+$`
	ID string `json:"id,omitempty"`

	// verb is what was done. Raise and Lower change the level; Abort ends the run; Reopen begins a new one on a closed
	// record; Skip ends a waiting step; Withdraw and Merge close a complaint; HandOver gives a role to somebody else;
	// Release allows a record to be deleted before it was archived; Reassign gives the task of a step to somebody else; Ask
	// asks somebody for work that the playbook does not foresee.
	// +required
	Verb RecordVerb `json:"verb,omitempty"`

	// by is the user who did it; see TaskAct.
	// +optional
	By User `json:"by,omitempty"`

	// at is when it was done (UTC); see TaskAct.
	// +optional
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:Pattern=`^(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,9})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$`
	At metav1.Time `json:"at,omitzero"`

	// level is the new level (Raise, Lower).
	// +optional
	Level LevelName `json:"level,omitempty"`

	// step is the step to skip (Skip), or whose task goes to somebody else (Reassign).
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	Step string `json:"step,omitempty"`

	// role is the role handed over (HandOver).
	// +optional
	Role Identifier `json:"role,omitempty"`

	// to is the user who takes the role (HandOver) or the task (Reassign), or who is asked for work (Ask).
	// +optional
	To User `json:"to,omitempty"`

	// within is until when the work is to be done (Ask), counted from when the operator takes the act in.
	// +optional
	Within *Span `json:"within,omitempty"`

	// into names the complaint this one is merged into (Merge).
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`
	Into string `json:"into,omitempty"`

	// reason says why; needed for everything but Comment, where it is the comment, and Ask, where it is what is to be done,
	// in at most 1024 characters.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=2048
	Reason string `json:"reason,omitempty"`
}
