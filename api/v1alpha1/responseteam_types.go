package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// ResponseTeamSpec is who is there: people with duties and deputies, and the stakeholders outside.
type ResponseTeamSpec struct {
	// parent names the team above this one; where nobody here can take a duty, the parent's people are asked.
	// +optional
	Parent ObjectName `json:"parent,omitempty"`

	// members are the people, in the order they are asked.
	// +required
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=256
	Members []Member `json:"members,omitempty"`

	// selection says who of several people with the same duty is asked. Default: First.
	// +optional
	Selection Selection `json:"selection,omitempty"`

	// timeZone is the IANA name of the zone that whole days of leave and rotations are in, unless they name another. Default:
	// UTC.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	TimeZone string `json:"timeZone,omitempty"`

	// rotations say who is asked first for a duty at what time, one rotation a duty. Where one has nobody for a time, and
	// for duties without one, people are asked in the order of selection.
	// +optional
	// +listType=map
	// +listMapKey=duty
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	Rotations []Rotation `json:"rotations,omitempty"`

	// stakeholders are those outside who are told: regulator, media, staff, customers…
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=32
	Stakeholders []Stakeholder `json:"stakeholders,omitempty"`
}

// Selection says who of several people with the same duty is asked.
// +kubebuilder:validation:Enum=First;Spread
type Selection string

// Who of several people with the same duty is asked: the first of the list who is there, or spread evenly over cases.
const (
	SelectionFirst  Selection = "First"
	SelectionSpread Selection = "Spread"
)

// Member is a person in a team.
type Member struct {
	// name is the person's short name in the team; it appears in tasks and timelines.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([a-z0-9-]*[a-z0-9])?$`
	Name string `json:"name,omitempty"`

	// user is the person's Kubernetes user name.
	// +required
	User User `json:"user,omitempty"`

	// duties are what the person can be asked for.
	// +required
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	Duties []Identifier `json:"duties,omitempty"`

	// deputies are the names of the members who stand in, in this order.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=8
	Deputies []MemberName `json:"deputies,omitempty"`

	// away lists when the person is not there.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=32
	Away []Absence `json:"away,omitempty"`

	// timeZone is the IANA name of the zone that whole days of the person's leave are in. Default: the team's.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	TimeZone string `json:"timeZone,omitempty"`

	// locale is the language the person is written to. Default: en.
	// +optional
	Locale Locale `json:"locale,omitempty"`

	// contacts are where the person is reached, best first.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=8
	Contacts []Contact `json:"contacts,omitempty"`
}

// MemberName is the name of a member of the same team.
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=63
type MemberName string

// Absence is a time somebody is not there: between two moments, or whole days.
// +kubebuilder:validation:ExactlyOneOf=from;firstDay
// +kubebuilder:validation:XValidation:rule="has(self.from) == has(self.to) && (has(self.firstDay) || !has(self.lastDay))",message="write from and to, or firstDay with or without lastDay"
// +kubebuilder:validation:XValidation:rule="!has(self.from) || !has(self.to) || self.from < self.to",message="from must be before to"
// +kubebuilder:validation:XValidation:rule="!has(self.firstDay) || !has(self.lastDay) || self.firstDay <= self.lastDay",message="firstDay must not be after lastDay"
type Absence struct {
	// firstDay and lastDay are whole days in the person's time zone; both belong to the absence.
	// +optional
	FirstDay Date `json:"firstDay,omitempty"`

	// lastDay is the last day of the absence. Default: firstDay.
	// +optional
	LastDay Date `json:"lastDay,omitempty"`

	// from is the first moment of the absence.
	// +optional
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:Pattern=`^(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,9})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$`
	From metav1.Time `json:"from,omitzero"`

	// to is the first moment the person is back.
	// +optional
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:Pattern=`^(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,9})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$`
	To metav1.Time `json:"to,omitzero"`
}

// ContactKind is the kind of a contact point.
// +kubebuilder:validation:Enum=Email;Webhook
type ContactKind string

// The kinds of contact points.
const (
	ContactEmail   ContactKind = "Email"
	ContactWebhook ContactKind = "Webhook"
)

// Contact is where somebody is reached.
type Contact struct {
	// kind says which channels can use it.
	// +required
	Kind ContactKind `json:"kind,omitempty"`

	// address is the e-mail address, or the URL; for Webhook "channel" stands for the channel's own URL.
	// +required
	// +kubebuilder:validation:MinLength=3
	// +kubebuilder:validation:MaxLength=2048
	Address string `json:"address,omitempty"`
}

// Stakeholder is somebody outside who is told.
type Stakeholder struct {
	// name is how playbooks refer to the stakeholder, e.g. regulator.
	// +required
	Name Identifier `json:"name,omitempty"`

	// locale is the language they are written to. Default: en.
	// +optional
	Locale Locale `json:"locale,omitempty"`

	// contacts are where they are reached, best first.
	// +required
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=8
	Contacts []Contact `json:"contacts,omitempty"`
}

// ResponseTeamStatus says whether the team can do its work.
type ResponseTeamStatus struct {
	// conditions are `Ready` (references resolve and contacts can be used; reason UnknownMember, OwnDeputy, UnusableRotation,
	// UnusableContact, UnknownParent or ParentCircle otherwise), `OnCall` (in the next eight weeks every duty has somebody at
	// any time; False names the first hole of each duty that has one, reason Hole), `Covered` (every duty has a second person or a deputy; False names the
	// duties that hang on one person. What playbooks exclude by `not` is for their condition `Covered`).
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=8
	Conditions []metav1.Condition `json:"conditions,omitempty"`

	// observedGeneration is the generation of the spec the status speaks of.
	// +optional
	// +kubebuilder:validation:Minimum=1
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`

	// members is how many people the team has.
	// +optional
	// +kubebuilder:validation:Minimum=1
	Members int32 `json:"members,omitempty"`
}

// ResponseTeam is a group of people with duties, deputies and contact points.
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:categories=tocsin,shortName=team
// +kubebuilder:printcolumn:name="Parent",type=string,JSONPath=`.spec.parent`
// +kubebuilder:printcolumn:name="Members",type=integer,JSONPath=`.status.members`
// +kubebuilder:printcolumn:name="Covered",type=string,JSONPath=`.status.conditions[?(@.type=="Covered")].status`
// +kubebuilder:printcolumn:name="On call",type=string,JSONPath=`.status.conditions[?(@.type=="OnCall")].status`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
type ResponseTeam struct {
	metav1.TypeMeta `json:",inline"`

	// metadata is the standard object metadata.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitzero"`

	// spec is who is there.
	// +required
	Spec ResponseTeamSpec `json:"spec,omitzero"`

	// status is written by the controller.
	// +optional
	Status ResponseTeamStatus `json:"status,omitzero"`
}

// ResponseTeamList is a list of ResponseTeams.
// +kubebuilder:object:root=true
type ResponseTeamList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []ResponseTeam `json:"items"`
}
