package v1alpha1

// Assertion is a promise about time that every run of a playbook keeps, whenever it begins: that somebody knows, or that a
// step has ended, by a moment. `kubectl tocsin verify` proves it over calendars, holidays and leave, or tells the story of a
// run that breaks it. No run ever looks at it, so it is no part of a playbook's revisions.
// +kubebuilder:validation:ExactlyOneOf=reached;told;ended
type Assertion struct {
	// name identifies the assertion in findings.
	// +required
	Name Identifier `json:"name,omitempty"`

	// description says whose promise it is and where it is written.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=512
	Description string `json:"description,omitempty"`

	// reached names a role of the playbook: somebody who plays it, or a role above it on the ladder, was asked or told.
	// +optional
	Reached Identifier `json:"reached,omitempty"`

	// told names an audience of `notify`: "complainant", "team", a role, or a stakeholder. A notice to it was written.
	// +optional
	Told Identifier `json:"told,omitempty"`

	// ended names a step that has ended; where it stands in a repeat, in each round.
	// +optional
	Ended StepName `json:"ended,omitempty"`

	// within is the longest time. It counts from when the matter came in ("received", the default here; the level is set and
	// the run begins in the same moment), from "started" for the start of the step in `ended`, or from the end of a step.
	// +required
	Within Deadline `json:"within,omitzero"`

	// given says what people do: "Anything" (they answer at any time, extend and pause where they may, or never answer),
	// "Silence" (nobody does anything) or "DeadlinesKept" (everybody answers in time, at the last moment at worst, and nobody
	// extends or pauses). Default: Anything.
	// +optional
	Given Conduct `json:"given,omitempty"`

	// when says in which runs it is promised, such as '"leak" in complaint.signals' or 'steps.assess.outcome == "leak"': in those
	// of which it is so at last. What it says of the complaint or incident is taken to be so from the beginning on and to stay so.
	// Default: in all.
	// +optional
	When Expression `json:"when,omitempty"`

	// unless lists steps of which none is done by then: once one is, nothing is promised any more. A step that was skipped or
	// cancelled is not done.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	Unless []StepName `json:"unless,omitempty"`

	// levels are those it is promised at. Default: all that lead to the playbook.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	Levels []LevelName `json:"levels,omitempty"`
}

// StepName is the name of a step of a playbook, inside blocks too: a letter, then letters and digits.
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=40
// +kubebuilder:validation:Pattern=`^[a-z][A-Za-z0-9]*$`
type StepName string

// Conduct is what people do in the runs that an assertion speaks of.
// +kubebuilder:validation:Enum=Anything;Silence;DeadlinesKept
type Conduct string

// What people do.
const (
	ConductAnything      Conduct = "Anything"
	ConductSilence       Conduct = "Silence"
	ConductDeadlinesKept Conduct = "DeadlinesKept"
)
