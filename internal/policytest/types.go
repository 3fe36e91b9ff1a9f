package policytest

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/simulation"
)

// APIVersion and Kind are what the file of a test says it is. No cluster knows them: a test is a file and nothing to apply.
const (
	APIVersion = "test.tocsin.dev/v1alpha1"
	Kind       = "PolicyTest"
)

// PolicyTest says what must come of some facts, and what must be so of any run.
// +kubebuilder:resource:scope=Cluster
// +kubebuilder:validation:XValidation:rule="has(self.then) || has(self.assertions)",message="say what must be so: then, or assertions"
// +kubebuilder:validation:XValidation:rule="!has(self.then) || has(self.given)",message="say in given what comes in"
type PolicyTest struct {
	metav1.TypeMeta `json:",inline"`

	// metadata holds the name of the test, which no other test beside the pack has.
	metav1.ObjectMeta `json:"metadata,omitzero"`

	// because says whose rule this is and where it is written, for whoever reads the test or sees it fail.
	// +optional
	// +kubebuilder:validation:MaxLength=1024
	Because string `json:"because,omitempty"`

	// given is what comes in and how people behave.
	// +optional
	Given Given `json:"given,omitzero"`

	// for is how long the story is played at most. Default: 60d.
	// +optional
	For v1alpha1.Duration `json:"for,omitempty"`

	// then is what must be so, in any order.
	// +optional
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=256
	Then []Expectation `json:"then,omitempty"`

	// assertions are promises about time. They are not played but proved, for whatever comes in during the 400 days from
	// `given.start` on, whoever complains of what.
	// +optional
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=64
	Assertions []Promise `json:"assertions,omitempty"`
}

// Promise is an assertion about time, as a playbook makes it, and whose it is.
// +kubebuilder:validation:ExactlyOneOf=playbook;level
type Promise struct {
	// playbook is whose runs keep it, at all levels that lead to it, or at those of `levels`.
	// +optional
	Playbook v1alpha1.ObjectName `json:"playbook,omitempty"`

	// level is at which level it is kept, by the playbook of that level.
	// +optional
	Level v1alpha1.LevelName `json:"level,omitempty"`

	v1alpha1.Assertion `json:",inline"`
}

// Given is what a story begins with: a cast, and what comes in.
type Given struct {
	simulation.Cast `json:",inline"`

	// complaints come in.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=256
	Complaints []GivenComplaint `json:"complaints,omitempty"`

	// incidents are raised by hand.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=64
	Incidents []GivenIncident `json:"incidents,omitempty"`
}

// GivenComplaint is a complaint that comes in: the fields of a Complaint's spec beside its name. Without a statement it has
// one of no matter; without a complainant, one who left an address.
type GivenComplaint struct {
	// name is what expectations call it.
	Name v1alpha1.ObjectName `json:"name"`

	// after is how long after the start it comes in. Default: at once; with receivedAt: then.
	// +optional
	After v1alpha1.Duration `json:"after,omitempty"`

	v1alpha1.ComplaintSpec `json:",inline"`
}

// GivenIncident is an incident that somebody raises: the fields of a CrisisIncident's spec beside its name. Without a title
// it has its name as one.
type GivenIncident struct {
	// name is what expectations call it.
	Name v1alpha1.ObjectName `json:"name"`

	// after is how long after the start it is raised. Default: at once.
	// +optional
	After v1alpha1.Duration `json:"after,omitempty"`

	v1alpha1.CrisisIncidentSpec `json:",inline"`
}

// Moment is a time: how long after the record came in, such as 4h or 1d12h, or a date such as 2026-03-02T17:00:00+08:00.
// +kubebuilder:validation:MinLength=2
// +kubebuilder:validation:MaxLength=32
// +kubebuilder:validation:Pattern=`^(([0-9]{1,4}d)?([0-9]{1,4}h)?([0-9]{1,4}m)?([0-9]{1,5}s)?|(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9]))$`
type Moment string

// Expectation is one thing that must be so.
// +kubebuilder:validation:ExactlyOneOf=level;told;notTold;step;refused;allowed;incident;noIncident;closed
// +kubebuilder:validation:XValidation:rule="!has(self.rule) || has(self.level)",message="rule needs level: write the level that the rule gave"
type Expectation struct {
	// record names the record it speaks of. `lamp/incident` is the incident that the complaint lamp is part of. Default: the
	// only one that is given.
	// +optional
	// +kubebuilder:validation:MaxLength=263
	Record string `json:"record,omitempty"`

	// by is until when it must be so at the latest, and may be no more afterwards. Default: the end of the story.
	// +optional
	By Moment `json:"by,omitempty"`

	// at is when it must be so.
	// +optional
	At Moment `json:"at,omitempty"`

	// level is the level of the record.
	// +optional
	Level v1alpha1.LevelName `json:"level,omitempty"`

	// rule is the rule of the triage policy that gave that level.
	// +optional
	// +kubebuilder:validation:MaxLength=253
	Rule string `json:"rule,omitempty"`

	// told is who must have been told: a notice was delivered to them.
	// +optional
	Told *Audience `json:"told,omitempty"`

	// notTold is who must not have been told by then.
	// +optional
	NotTold *Audience `json:"notTold,omitempty"`

	// step is how a step must stand.
	// +optional
	Step *StepStanding `json:"step,omitempty"`

	// refused is what somebody tries and the API server refuses.
	// +optional
	Refused *Attempt `json:"refused,omitempty"`

	// allowed is what somebody tries and the API server takes. Nothing comes of it in the story.
	// +optional
	Allowed *Attempt `json:"allowed,omitempty"`

	// incident is the incident that the complaint must be part of.
	// +optional
	Incident *IncidentStanding `json:"incident,omitempty"`

	// noIncident says that the complaint is part of no incident.
	// +optional
	// +kubebuilder:validation:Enum=true
	NoIncident bool `json:"noIncident,omitempty"`

	// closed is how the record must have been closed.
	// +optional
	Closed Closing `json:"closed,omitempty"`
}

// Closing is how a record is closed: a result of its run, but not that of one from which another playbook takes over.
// +kubebuilder:validation:Enum=Completed;Aborted;Withdrawn;Merged
type Closing string

// Audience is who is told.
// +kubebuilder:validation:ExactlyOneOf=complainant;role;person;stakeholder
type Audience struct {
	// complainant is who complained.
	// +optional
	// +kubebuilder:validation:Enum=true
	Complainant bool `json:"complainant,omitempty"`

	// role is whoever could play a role of the record's playbook.
	// +optional
	Role v1alpha1.Identifier `json:"role,omitempty"`

	// orAbove counts the roles above that one on the ladder, too.
	// +optional
	OrAbove bool `json:"orAbove,omitempty"`

	// person is a user name.
	// +optional
	Person v1alpha1.User `json:"person,omitempty"`

	// stakeholder is a stakeholder of a team.
	// +optional
	// +kubebuilder:validation:MaxLength=253
	Stakeholder string `json:"stakeholder,omitempty"`

	// template counts notices of that text alone.
	// +optional
	Template v1alpha1.Identifier `json:"template,omitempty"`

	// step counts notices of that step alone.
	// +optional
	// +kubebuilder:validation:MaxLength=128
	Step string `json:"step,omitempty"`

	// every says that they must be told again and again, at the latest so long after the time before, as long as the record is
	// open: from when it came in, and from each re-opening, until it is closed, or until `by`.
	// +optional
	Every v1alpha1.Duration `json:"every,omitempty"`
}

// StepStanding is how a step stands.
type StepStanding struct {
	// name is the path of the step, e.g. recover/planRemedy.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	Name string `json:"name"`

	// round is the round of the repeat that is meant. Default: the first one of which it is so.
	// +optional
	// +kubebuilder:validation:Minimum=1
	Round int32 `json:"round,omitempty"`

	// is says how it stands. Default: Begun.
	// +optional
	Is StepIs `json:"is,omitempty"`

	// outcome is how the step ended: it is Done, and with `is` Overdue its deadline passed before.
	// +optional
	Outcome v1alpha1.Identifier `json:"outcome,omitempty"`

	// asks is whom the step asked when it began: a role or a person.
	// +optional
	Asks *Asked `json:"asks,omitempty"`

	// due is its deadline when it began: how long after that, or a date.
	// +optional
	Due Moment `json:"due,omitempty"`
}

// StepIs is how a step stands.
// +kubebuilder:validation:Enum=Begun;Waiting;Done;Skipped;Cancelled;Overdue;NeverBegun
type StepIs string

// How a step stands.
const (
	StepBegun      StepIs = "Begun"
	StepWaiting    StepIs = "Waiting"
	StepDone       StepIs = "Done"
	StepSkipped    StepIs = "Skipped"
	StepCancelled  StepIs = "Cancelled"
	StepOverdue    StepIs = "Overdue"
	StepNeverBegun StepIs = "NeverBegun"
)

// Asked is whom a step asks.
// +kubebuilder:validation:ExactlyOneOf=role;person
type Asked struct {
	// role is a role of the playbook.
	// +optional
	Role v1alpha1.Identifier `json:"role,omitempty"`

	// person is a user name.
	// +optional
	Person v1alpha1.User `json:"person,omitempty"`
}

// Attempt is something somebody tries to do to a task or a record.
// +kubebuilder:validation:ExactlyOneOf=who;whoDid
type Attempt struct {
	// who tries: a user name.
	// +optional
	Who v1alpha1.User `json:"who,omitempty"`

	// whoDid names a step; who did it last tries.
	// +optional
	// +kubebuilder:validation:MaxLength=128
	WhoDid string `json:"whoDid,omitempty"`

	// act is what they try: what is done to a task, such as Approve, or to a record, such as Lower.
	// +kubebuilder:validation:Enum=Acknowledge;Decline;Complete;Approve;Refuse;HandOver;Extend;Pause;Resume;Comment;Raise;Lower;Abort;Reopen;Skip;Withdraw;Merge;Release;Reassign;Ask
	Act string `json:"act"`

	// step is the step whose task they try it on; for Skip and Reassign the step it is about. Default: none, it is done to the
	// record. The task is looked at when it was asked for, or at `at`.
	// +optional
	// +kubebuilder:validation:MaxLength=128
	Step string `json:"step,omitempty"`

	// round is the round of the repeat that is meant. Default: the first; with `at`, the last one that has begun by then.
	// +optional
	// +kubebuilder:validation:Minimum=1
	Round int32 `json:"round,omitempty"`

	// outcome is the answer (Complete).
	// +optional
	Outcome v1alpha1.Identifier `json:"outcome,omitempty"`

	// to is to whom it goes (HandOver, Reassign, Ask).
	// +optional
	To v1alpha1.User `json:"to,omitempty"`

	// level is the new level (Raise, Lower).
	// +optional
	Level v1alpha1.LevelName `json:"level,omitempty"`

	// into is the complaint it is merged into (Merge).
	// +optional
	Into v1alpha1.ObjectName `json:"into,omitempty"`

	// role is what is handed over (HandOver of a record).
	// +optional
	Role v1alpha1.Identifier `json:"role,omitempty"`

	// because are words the refusal must hold.
	// +optional
	// +kubebuilder:validation:MaxLength=512
	Because string `json:"because,omitempty"`
}

// IncidentStanding is how an incident stands.
type IncidentStanding struct {
	// level is its level. Default: any.
	// +optional
	Level v1alpha1.LevelName `json:"level,omitempty"`

	// playbook is the one it carries out. Default: any.
	// +optional
	Playbook v1alpha1.ObjectName `json:"playbook,omitempty"`

	// with names other complaints that must be part of the same one.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=64
	With []v1alpha1.ObjectName `json:"with,omitempty"`
}
