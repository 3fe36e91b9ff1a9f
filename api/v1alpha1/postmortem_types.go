package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// PostMortemSpec is what is learned from an incident: the document is written from the run, the corrective actions by
// people.
// +kubebuilder:validation:XValidation:rule="self.incident == oldSelf.incident",message="incident cannot be changed"
type PostMortemSpec struct {
	// incident is the record the post-mortem is about.
	// +required
	Incident RecordReference `json:"incident,omitzero"`

	// owner is the user who owns the post-mortem.
	// +optional
	Owner User `json:"owner,omitempty"`

	// summary is what happened and why, in the owner's words, without blame.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=16384
	Summary string `json:"summary,omitempty"`

	// due is how long a corrective action has that names no dueAt, counted from when it was listed. Set by the playbook that
	// opened the post-mortem. Default: such an action has no date.
	// +optional
	Due *Span `json:"due,omitempty"`

	// revision is the pinned playbook that opened the post-mortem: due is counted in its calendar, and its templates come
	// before the built-in ones.
	// +optional
	Revision ObjectName `json:"revision,omitempty"`

	// actions are the corrective actions; each stays open until it was verified.
	// +optional
	// +listType=map
	// +listMapKey=id
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=64
	Actions []CorrectiveAction `json:"actions,omitempty"`
}

// CorrectiveState is where a corrective action stands.
// +kubebuilder:validation:Enum=Open;Done;Verified
type CorrectiveState string

// Where a corrective action stands.
const (
	CorrectiveOpen     CorrectiveState = "Open"
	CorrectiveDone     CorrectiveState = "Done"
	CorrectiveVerified CorrectiveState = "Verified"
)

// CorrectiveAction is a change, with owner and date, that stops the cause.
type CorrectiveAction struct {
	// id tells the actions apart.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	ID string `json:"id,omitempty"`

	// text is what is to be achieved.
	// +required
	Text ActionText `json:"text,omitempty"`

	// owner is the user who sees to it.
	// +optional
	Owner User `json:"owner,omitempty"`

	// dueAt is the date it must be done by. Default: spec.due after the action was listed; status.actions shows it.
	// +optional
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:Pattern=`^(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,9})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$`
	DueAt metav1.Time `json:"dueAt,omitzero"`

	// state is where it stands. Default: Open.
	// +optional
	State CorrectiveState `json:"state,omitempty"`
}

// CorrectiveStanding is what the manager knows of a corrective action.
type CorrectiveStanding struct {
	// id is the id of the action.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	ID string `json:"id,omitempty"`

	// listedAt is when the manager first saw the action.
	// +required
	ListedAt metav1.Time `json:"listedAt,omitzero"`

	// dueAt is the date in force: the action's own, else spec.due after it was listed. Empty: it has none.
	// +optional
	DueAt metav1.Time `json:"dueAt,omitzero"`

	// told is the user who was told that the action is theirs.
	// +optional
	Told User `json:"told,omitempty"`

	// toldOverdue is the date of which somebody was told that it has passed.
	// +optional
	ToldOverdue metav1.Time `json:"toldOverdue,omitzero"`
}

// PostMortemStatus says where the document is and what is still open.
type PostMortemStatus struct {
	// conditions are `Written` (the document exists), `ActionsVerified` (every corrective action was verified), `OwnersTold`
	// (False: an owner is in no ResponseTeam, so that nobody knows where to reach them), `Ready`.
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=8
	Conditions []metav1.Condition `json:"conditions,omitempty"`

	// observedGeneration is the generation of the spec the status speaks of.
	// +optional
	// +kubebuilder:validation:Minimum=1
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`

	// document names the ConfigMap with postmortem.md and postmortem.html.
	// +optional
	Document ObjectName `json:"document,omitempty"`

	// timelineHead is the head of the incident's timeline the document was written from.
	// +optional
	// +kubebuilder:validation:MinLength=64
	// +kubebuilder:validation:MaxLength=64
	TimelineHead string `json:"timelineHead,omitempty"`

	// openActions is how many corrective actions are not verified yet.
	// +optional
	// +kubebuilder:validation:Minimum=1
	OpenActions int32 `json:"openActions,omitempty"`

	// nextDueAt is the earliest date of an open action.
	// +optional
	NextDueAt metav1.Time `json:"nextDueAt,omitzero"`

	// ownerTold is the user who was told that the post-mortem is theirs.
	// +optional
	OwnerTold User `json:"ownerTold,omitempty"`

	// actions is how the corrective actions stand, those without a date of their own included.
	// +optional
	// +listType=map
	// +listMapKey=id
	// +kubebuilder:validation:MaxItems=64
	Actions []CorrectiveStanding `json:"actions,omitempty"`
}

// PostMortem is what is learned from an incident, and the corrective actions until they are verified.
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:categories=tocsin,shortName=pm
// +kubebuilder:printcolumn:name="Incident",type=string,JSONPath=`.spec.incident.name`
// +kubebuilder:printcolumn:name="Owner",type=string,JSONPath=`.spec.owner`
// +kubebuilder:printcolumn:name="Written",type=string,JSONPath=`.status.conditions[?(@.type=="Written")].status`
// +kubebuilder:printcolumn:name="Open actions",type=integer,JSONPath=`.status.openActions`
// +kubebuilder:printcolumn:name="Next due",type=string,format=date-time,JSONPath=`.status.nextDueAt`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
type PostMortem struct {
	metav1.TypeMeta `json:",inline"`

	// metadata is the standard object metadata.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitzero"`

	// spec is what is learned.
	// +required
	Spec PostMortemSpec `json:"spec,omitzero"`

	// status is written by the controller.
	// +optional
	Status PostMortemStatus `json:"status,omitzero"`
}

// PostMortemList is a list of PostMortems.
// +kubebuilder:object:root=true
type PostMortemList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []PostMortem `json:"items"`
}
