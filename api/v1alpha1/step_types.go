package v1alpha1

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
