package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// DrillScheduleSpec is which playbook is exercised by which team, and when.
// +kubebuilder:validation:ExactlyOneOf=cron;at
type DrillScheduleSpec struct {
	// playbook names the Playbook (for: CrisisIncident) to exercise.
	// +required
	Playbook ObjectName `json:"playbook,omitempty"`

	// team names the ResponseTeam that exercises.
	// +required
	Team ObjectName `json:"team,omitempty"`

	// level is the level the drill pretends. Default: drill.
	// +optional
	Level LevelName `json:"level,omitempty"`

	// cron is when drills take place, five fields, in timeZone.
	// +optional
	// +kubebuilder:validation:MinLength=9
	// +kubebuilder:validation:MaxLength=128
	Cron string `json:"cron,omitempty"`

	// at is when a single drill takes place.
	// +optional
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:Pattern=`^(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,9})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$`
	At metav1.Time `json:"at,omitzero"`

	// timeZone is the IANA time zone of cron. Default UTC.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	TimeZone string `json:"timeZone,omitempty"`

	// suspend stops new drills while it is Yes. Default: No.
	// +optional
	Suspend Suspend `json:"suspend,omitempty"`
}

// Suspend says whether something is suspended.
// +kubebuilder:validation:Enum=Yes;No
type Suspend string

// Whether something is suspended.
const (
	SuspendYes Suspend = "Yes"
	SuspendNo  Suspend = "No"
)

// DrillScheduleStatus says what was exercised and when the next drill is.
type DrillScheduleStatus struct {
	// conditions are `Ready` (drills will be called; reason BadCron, UnknownTimeZone, NeverFires, PlaybookNotReady or
	// UnknownTeam otherwise).
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=8
	Conditions []metav1.Condition `json:"conditions,omitempty"`

	// observedGeneration is the generation of the spec the status speaks of.
	// +optional
	// +kubebuilder:validation:Minimum=1
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`

	// lastAt is when the last drill was due, lastIncident its name.
	// +optional
	LastAt metav1.Time `json:"lastAt,omitzero"`

	// lastIncident names the last drill.
	// +optional
	LastIncident ObjectName `json:"lastIncident,omitempty"`

	// nextAt is when the next drill is due. One that has passed waits for playbook or team, as condition Ready says.
	// +optional
	NextAt metav1.Time `json:"nextAt,omitzero"`

	// drills is how many drills were called.
	// +optional
	// +kubebuilder:validation:Minimum=1
	Drills int32 `json:"drills,omitempty"`
}

// DrillSchedule calls drills: the same kind, the same engine, nobody outside reached.
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:categories=tocsin,shortName=drill
// +kubebuilder:printcolumn:name="Playbook",type=string,JSONPath=`.spec.playbook`
// +kubebuilder:printcolumn:name="Team",type=string,JSONPath=`.spec.team`
// +kubebuilder:printcolumn:name="Next",type=string,format=date-time,JSONPath=`.status.nextAt`
// +kubebuilder:printcolumn:name="Last",type=string,JSONPath=`.status.lastIncident`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Drills",type=integer,JSONPath=`.status.drills`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
type DrillSchedule struct {
	metav1.TypeMeta `json:",inline"`

	// metadata is the standard object metadata.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitzero"`

	// spec is which playbook is exercised by which team, and when.
	// +required
	Spec DrillScheduleSpec `json:"spec,omitzero"`

	// status is written by the controller.
	// +optional
	Status DrillScheduleStatus `json:"status,omitzero"`
}

// DrillScheduleList is a list of DrillSchedules.
// +kubebuilder:object:root=true
type DrillScheduleList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []DrillSchedule `json:"items"`
}
