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
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`
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

	// assertions are promises about time that every run keeps. They are proved by `kubectl tocsin verify`; no run looks at
	// them, and changing them makes no new revision.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=32
	Assertions []Assertion `json:"assertions,omitempty"`
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
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`
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

// PlaybookStatus says whether the playbook may be used and which revision new runs take.
type PlaybookStatus struct {
	// conditions are `Verified` (the spec compiles and is sound; False with the reason DoesNotCompile or NotSound, and a message
	// that names the field and tells how a run gets stuck; Unknown while it is being proved), `Ready`
	// (some verified revision exists that new runs can take), `Workable` (False: something in it does not work with the teams,
	// calendars and channels there are, or when a run of it takes over from another playbook, as `kubectl tocsin verify` would say), `Covered` (False: one person's absence leaves a role to
	// people whom another role excludes from it) and `Escalates` (False: the steps named climb the ladder from
	// its top, so that nobody is above; when they are overdue those asked and the leads are told).
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

	// proof is what the verdict in condition Verified is about; what was proved once is not proved again. It is empty while
	// the spec does not compile and while it is being proved.
	// +optional
	Proof *Proof `json:"proof,omitempty"`
}

// Proof says what was proved, and by whom.
type Proof struct {
	// digest is the SHA-256 of the playbook with its sub-playbooks as lower-case hex. Calendars are left out: what is proved
	// holds whatever the hours are.
	// +required
	// +kubebuilder:validation:MinLength=64
	// +kubebuilder:validation:MaxLength=64
	Digest string `json:"digest,omitempty"`

	// release is the release of the manager that proved it; another one proves it again.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	Release string `json:"release,omitempty"`
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
// +kubebuilder:printcolumn:name="Escalates",type=string,JSONPath=`.status.conditions[?(@.type=="Escalates")].status`
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
