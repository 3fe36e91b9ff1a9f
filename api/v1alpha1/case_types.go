package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// CaseState is the one word a person reads; derived from the conditions and the run.
// +kubebuilder:validation:Enum=New;Open;Overdue;Crisis;Closed;Withdrawn;Merged;Aborted
type CaseState string

// The one word a person reads.
const (
	CaseNew       CaseState = "New"
	CaseOpen      CaseState = "Open"
	CaseOverdue   CaseState = "Overdue"
	CaseCrisis    CaseState = "Crisis"
	CaseClosed    CaseState = "Closed"
	CaseWithdrawn CaseState = "Withdrawn"
	CaseMerged    CaseState = "Merged"
	CaseAborted   CaseState = "Aborted"
)

// Grading is how the level came about.
type Grading struct {
	// level is the level in force.
	// +required
	Level LevelName `json:"level,omitempty"`

	// rule is the rule that decided; empty when a person did or no rule matched.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	Rule string `json:"rule,omitempty"`

	// reason says in a sentence why, with the figures that counted.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1024
	Reason string `json:"reason,omitempty"`

	// policy is the TriagePolicy and its generation, as name@generation; "built-in" without one.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=300
	Policy string `json:"policy,omitempty"`

	// overruled is the level that rules had given when a person lowered it; only a higher one raises it again by rule.
	// +optional
	Overruled LevelName `json:"overruled,omitempty"`

	// at is when the level was set.
	// +required
	At metav1.Time `json:"at,omitzero"`

	// nextAt is when a time criterion may raise the level, if nothing else happens.
	// +optional
	NextAt metav1.Time `json:"nextAt,omitzero"`
}

// RecordReference names a record.
type RecordReference struct {
	// kind is Complaint or CrisisIncident.
	// +required
	Kind RecordKind `json:"kind,omitempty"`

	// name is the object's name, in the same namespace.
	// +required
	Name ObjectName `json:"name,omitempty"`

	// uid is the object's UID.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	UID string `json:"uid,omitempty"`
}

// FactDigest is the name of a field of the spec and the beginning of its digest, as name=digest. It tells a change and
// nothing about the value: a few dozen bits, and the record's UID is part of what is digested.
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=80
// +kubebuilder:validation:Pattern=`^[A-Za-z]+=[0-9a-f]{8}$`
type FactDigest string

// CaseStatus is what complaints and incidents have in common.
type CaseStatus struct {
	// conditions are `Graded`, `Running` (a playbook is carried out), `Overdue` (a deadline has passed unanswered),
	// `Staffed` (False when a step finds nobody to ask, or, reason NoticeUndelivered, when a notice it waits for may not
	// have arrived), `Ready` (kstatus: True once the record was taken up),
	// `Obstructed` (there and True only while an object of somebody else is in the record's way: reason NameTaken or
	// CaseNumbersUnusable, the message names it), `Closed`, `Archived`.
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=16
	Conditions []metav1.Condition `json:"conditions,omitempty"`

	// observedGeneration is the generation of the spec the status speaks of.
	// +optional
	// +kubebuilder:validation:Minimum=1
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`

	// state is the one word a person reads. Default: New, until the manager has taken the record up.
	// +optional
	// +kubebuilder:default=New
	State CaseState `json:"state,omitempty"`

	// nextDeadline is the earliest deadline that is still ahead.
	// +optional
	NextDeadline metav1.Time `json:"nextDeadline,omitzero"`

	// overdue is how many waiting steps are past their deadline.
	// +optional
	// +kubebuilder:validation:Minimum=1
	Overdue int32 `json:"overdue,omitempty"`

	// closedAt is when the record was closed.
	// +optional
	ClosedAt metav1.Time `json:"closedAt,omitzero"`

	// reopened is how often the record was opened again.
	// +optional
	// +kubebuilder:validation:Minimum=1
	Reopened int32 `json:"reopened,omitempty"`

	// run is the playbook being carried out, or the last one that was.
	// +optional
	// +structType=atomic
	Run *Run `json:"run,omitempty"`

	// responders are the users who work on the record now: they may comment, raise, withdraw, merge and hand over a role
	// they hold.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=256
	Responders []User `json:"responders,omitempty"`

	// leads are the users who may also lower the level, abort, skip a step, re-open, hand over any role and release.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=256
	Leads []User `json:"leads,omitempty"`

	// facts is what the fields of the spec were when they were looked at last, acts left out: a change leaves an entry in
	// the timeline.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=64
	Facts []FactDigest `json:"facts,omitempty"`

	// levelActsSeen is how many of the record's acts were looked at for what they say about the level.
	// +optional
	// +kubebuilder:validation:Minimum=1
	LevelActsSeen int32 `json:"levelActsSeen,omitempty"`

	// timeline is what happened.
	// +optional
	// +structType=atomic
	Timeline Timeline `json:"timeline,omitzero"`
}
