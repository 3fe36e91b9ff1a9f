package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// RecordKind is the kind of record a playbook is for.
// +kubebuilder:validation:Enum=Complaint;CrisisIncident
type RecordKind string

// The kinds of record a playbook can run on.
const (
	RecordComplaint      RecordKind = "Complaint"
	RecordCrisisIncident RecordKind = "CrisisIncident"
)

// Identifier is the name of a step, role, duty, template or audience: a letter, then letters and digits, so that CEL
// can spell it; hyphens are allowed for duties and templates.
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=40
// +kubebuilder:validation:Pattern=`^[a-z][A-Za-z0-9-]*$`
type Identifier string

// Expression is a CEL expression over the playbook environment (docs/spec/expressions.md): `complaint`, `incident`,
// `steps.<name>`, `run`. It is type-checked and its cost bounded when the playbook is compiled.
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=1024
type Expression string

// PlaybookSpec is the course of action: who takes part, what is done in which order, by when, and what happens when
// nobody answers.
type PlaybookSpec struct {
	// for is the kind of record the playbook runs on.
	// +required
	For RecordKind `json:"for,omitempty"`

	// description says in a sentence what the playbook is for and which regime it carries out.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1024
	Description string `json:"description,omitempty"`

	// calendar names the BusinessCalendar that working time counts in. Needed as soon as a span is `working`.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Calendar string `json:"calendar,omitempty"`

	// roles are the parts people play in a run. `commander` and `spokesperson` are known to the incident's status.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=32
	Roles []Role `json:"roles,omitempty"`

	// ladder lists roles from the lowest to the highest; overdue work and each further round of a repeat climb it.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	Ladder []Identifier `json:"ladder,omitempty"`

	// steps are carried out as soon as what they need is done; their order in the list means nothing.
	// +required
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=64
	Steps []Step `json:"steps,omitempty"`

	// cancel lists regions that are stopped once a condition holds.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=8
	Cancel []CancelRegion `json:"cancel,omitempty"`

	// templates are the texts of the playbook's notices.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=64
	Templates []Template `json:"templates,omitempty"`
}

// Role is a part somebody plays in a run. Who that is comes from the team at the moment it is needed; the holder then
// stays for the run unless it is handed over.
type Role struct {
	// name is how steps refer to the role. An identifier, unique in the playbook.
	// +required
	Name Identifier `json:"name,omitempty"`

	// team names the ResponseTeam whose people can hold the role. Default: the team of the incident.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Team string `json:"team,omitempty"`

	// duty is the duty in that team that qualifies for the role.
	// +required
	Duty Identifier `json:"duty,omitempty"`

	// not lists roles whose holder cannot hold this one as well (separation of duties).
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	Not []Identifier `json:"not,omitempty"`
}

// Step is one step of a playbook: an action, or a repeated block of actions. Exactly one of the actions is set.
// +kubebuilder:validation:ExactlyOneOf=assembleTeam;assignRole;notify;task;approval;survey;decision;wait;raiseIncident;scheduleDrill;postMortem;playbook;repeat
type Step struct {
	StepHead `json:",inline"`
	Action   `json:",inline"`

	// repeat carries out a block of steps again and again until a condition holds.
	// +optional
	Repeat *Repeat `json:"repeat,omitempty"`
}

// InnerStep is a step inside a repeated block. Blocks do not nest; a sub-playbook may hold another block.
// +kubebuilder:validation:ExactlyOneOf=assembleTeam;assignRole;notify;task;approval;survey;decision;wait;raiseIncident;scheduleDrill;postMortem;playbook
type InnerStep struct {
	StepHead `json:",inline"`
	Action   `json:",inline"`
}

// StepHead is what every step has: its name, when it starts, by when it must end and what happens when it does not.
type StepHead struct {
	// name identifies the step: a letter, then letters and digits; unique in the playbook, blocks included.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=40
	// +kubebuilder:validation:Pattern=`^[a-z][A-Za-z0-9]*$`
	Name string `json:"name,omitempty"`

	// description tells a person what the step is about.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1024
	Description string `json:"description,omitempty"`

	// needs lists the steps that must have ended first. A step all of whose needs were skipped is skipped too.
	// Default: none, the step starts with its block.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=32
	Needs []Identifier `json:"needs,omitempty"`

	// quorum is how many of needs must be done for the step to start. Default: all of them have ended.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=32
	Quorum int32 `json:"quorum,omitempty"`

	// when must hold at the moment the step would start, or the step is skipped. Default: true.
	// +optional
	When Expression `json:"when,omitempty"`

	// within is the deadline of the step. A step that waits for somebody has one or says why not in noDeadline.
	// +optional
	Within *Deadline `json:"within,omitempty"`

	// noDeadline says why a waiting step has no deadline.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=512
	NoDeadline string `json:"noDeadline,omitempty"`

	// remind lists how long before the deadline the people asked are reminded, in elapsed time.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=8
	Remind []Duration `json:"remind,omitempty"`

	// overdue says what happens when the deadline passes.
	// +optional
	Overdue *Overdue `json:"overdue,omitempty"`

	// extend allows the people asked to move the deadline, with a reason. Default: not allowed.
	// +optional
	Extend *ExtendPolicy `json:"extend,omitempty"`

	// pause allows the people asked to stop the clock of this step, e.g. while the customer cannot be reached.
	// Default: not allowed.
	// +optional
	Pause *PausePolicy `json:"pause,omitempty"`

	// every makes the step recurring: its action is carried out again after each such span, for the first time one
	// span after the step starts, until `until` holds. Only notify can recur.
	// +optional
	Every *Span `json:"every,omitempty"`

	// until ends a recurring step.
	// +optional
	Until Expression `json:"until,omitempty"`
}

// Overdue says what happens when a deadline passes: the ladder is climbed rung by rung, every so often, until
// somebody acts; or the step ends with a given outcome.
type Overdue struct {
	// climb says whether the next roles up the playbook's ladder are told and may act as well. Default: None.
	// +optional
	Climb Climb `json:"climb,omitempty"`

	// every is the elapsed time between two rungs. Default: the ladder is climbed by one rung only.
	// +optional
	Every Duration `json:"every,omitempty"`

	// outcome ends the step with this outcome instead of waiting on (a survey nobody answers).
	// +optional
	Outcome Identifier `json:"outcome,omitempty"`

	// template is the notice to the next rung. Default: the built-in template `overdue`.
	// +optional
	Template Identifier `json:"template,omitempty"`
}

// Climb says whether the ladder is climbed.
// +kubebuilder:validation:Enum=Ladder;None
type Climb string

// Whether the ladder is climbed.
const (
	ClimbLadder Climb = "Ladder"
	ClimbNone   Climb = "None"
)

// ExtendPolicy bounds how a deadline may be moved.
type ExtendPolicy struct {
	// max is how many times. Default 1.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=16
	Max int32 `json:"max,omitempty"`

	// atMost is the longest a single extension may move the deadline, in elapsed time.
	// +required
	AtMost Duration `json:"atMost,omitempty"`
}

// PausePolicy bounds how long a step's clock may stand still.
type PausePolicy struct {
	// atMost is the longest the clock may stand still altogether, in elapsed time; then it runs on by itself.
	// +required
	AtMost Duration `json:"atMost,omitempty"`
}

// Repeat carries out its steps round after round. The outcome of the block is the last round's `until`: "satisfied"
// when it held, "exhausted" after the last round.
type Repeat struct {
	// until ends the repetition; it is asked at the end of each round.
	// +required
	Until Expression `json:"until,omitempty"`

	// max is the greatest number of rounds.
	// +required
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=100
	Max int32 `json:"max,omitempty"`

	// climb says whether each round is owned one rung higher: inside round n a role of the ladder is played by the
	// role n-1 rungs above it (the top one stays). Default: None.
	// +optional
	Climb Climb `json:"climb,omitempty"`

	// steps are the steps of a round. They may need each other and be needed by nobody outside.
	// +required
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=32
	Steps []InnerStep `json:"steps,omitempty"`
}

// CancelRegion stops steps once a condition holds: what waits in it is cancelled, what has not begun never begins.
type CancelRegion struct {
	// name identifies the region in the timeline.
	// +required
	Name Identifier `json:"name,omitempty"`

	// when is asked after every change of the run.
	// +required
	When Expression `json:"when,omitempty"`

	// steps are the names of the steps (top-level; a block is stopped whole) in the region.
	// +required
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=64
	Steps []Identifier `json:"steps,omitempty"`
}

// Template is a text in one or more locales. Subject and body are Go text/template over the notice data
// (docs/spec/playbook.md); personal data is masked unless `personalData: Clear` and the audience is the complainant.
type Template struct {
	// name is how steps refer to the template.
	// +required
	Name Identifier `json:"name,omitempty"`

	// personalData says how the complainant's name and contact appear. Default: Masked.
	// +optional
	PersonalData PersonalData `json:"personalData,omitempty"`

	// texts holds one text a locale; the recipient's locale is used, else the first.
	// +required
	// +listType=map
	// +listMapKey=locale
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=8
	Texts []TemplateText `json:"texts,omitempty"`
}

// PersonalData says how personal data appears in a notice.
// +kubebuilder:validation:Enum=Masked;Clear
type PersonalData string

// How personal data appears in a notice.
const (
	PersonalDataMasked PersonalData = "Masked"
	PersonalDataClear  PersonalData = "Clear"
)

// Locale is the language of a text.
// +kubebuilder:validation:Enum=en;zh-CN
type Locale string

// The locales the product ships texts in.
const (
	LocaleEnglish Locale = "en"
	LocaleChinese Locale = "zh-CN"
)

// TemplateText is a template in one language.
type TemplateText struct {
	// locale is the language of the text.
	// +required
	Locale Locale `json:"locale,omitempty"`

	// subject is the subject line, one line of at most 200 characters when rendered.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=512
	Subject string `json:"subject,omitempty"`

	// body is the text, plain with Markdown allowed.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=8192
	Body string `json:"body,omitempty"`
}

// PlaybookStatus says whether the playbook may be used and which revision new runs take.
type PlaybookStatus struct {
	// conditions are `Verified` (the spec compiles and is sound; reason and message name the field otherwise) and `Ready`
	// (some verified revision exists that new runs can take).
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=8
	Conditions []metav1.Condition `json:"conditions,omitempty"`

	// observedGeneration is the generation of the spec the status speaks of.
	// +optional
	// +kubebuilder:validation:Minimum=1
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`

	// revision is the last verified revision; new runs are pinned to it.
	// +optional
	Revision *RevisionReference `json:"revision,omitempty"`

	// steps is how many steps the verified revision has, blocks and sub-playbooks included.
	// +optional
	// +kubebuilder:validation:Minimum=1
	Steps int32 `json:"steps,omitempty"`
}

// RevisionReference names an immutable revision of a playbook.
type RevisionReference struct {
	// name is the name of the ControllerRevision that holds the playbook and all it refers to.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name,omitempty"`

	// digest is the SHA-256 of the revision's content, as lower-case hex.
	// +required
	// +kubebuilder:validation:MinLength=64
	// +kubebuilder:validation:MaxLength=64
	Digest string `json:"digest,omitempty"`
}

// Playbook is a course of action as versioned YAML: roles, steps, deadlines, escalation and notices.
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:categories=tocsin,shortName=pb
// +kubebuilder:printcolumn:name="For",type=string,JSONPath=`.spec.for`
// +kubebuilder:printcolumn:name="Verified",type=string,JSONPath=`.status.conditions[?(@.type=="Verified")].status`
// +kubebuilder:printcolumn:name="Steps",type=integer,JSONPath=`.status.steps`
// +kubebuilder:printcolumn:name="Revision",type=string,JSONPath=`.status.revision.name`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
type Playbook struct {
	metav1.TypeMeta `json:",inline"`

	// metadata is the standard object metadata.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitzero"`

	// spec is the course of action.
	// +required
	Spec PlaybookSpec `json:"spec,omitzero"`

	// status is written by the controller.
	// +optional
	Status PlaybookStatus `json:"status,omitzero"`
}

// PlaybookList is a list of Playbooks.
// +kubebuilder:object:root=true
type PlaybookList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []Playbook `json:"items"`
}

// GetName is the name of the revision; empty without one.
func (r *RevisionReference) GetName() string {
	if r == nil {
		return ""
	}
	return r.Name
}
