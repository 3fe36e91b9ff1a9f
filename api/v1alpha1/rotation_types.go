package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// Rotation says who is on call for a duty, and when. All times of day are of its time zone, also on a day on which the
// clocks change: a time that is jumped over is at the jump, one that comes twice is the first of the two.
type Rotation struct {
	// duty is what it is for. Who is in the rotation has the duty.
	// +required
	Duty Identifier `json:"duty,omitempty"`

	// timeZone is the IANA name of the zone of its times of day. Default: the team's.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	TimeZone string `json:"timeZone,omitempty"`

	// layers lie over each other: of those that are in force at a moment the last says who is on call.
	// +required
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=8
	Layers []RotationLayer `json:"layers,omitempty"`

	// overrides put one member on call between two moments, whatever the layers say: somebody swaps a shift. Of two at the
	// same moment the last counts.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=128
	Overrides []RotationOverride `json:"overrides,omitempty"`

	// unstaffed are the times of the week at which nobody needs to be on call, so that a hole there is none.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	Unstaffed []WeekTime `json:"unstaffed,omitempty"`
}

// RotationLayer is a list of members who take turns.
// +kubebuilder:validation:XValidation:rule="!has(self.end) || self.start < self.end",message="start must be before end"
type RotationLayer struct {
	// name tells the layers of a rotation apart, e.g. nights.
	// +required
	Name Identifier `json:"name,omitempty"`

	// members take turns in this order. The same member may be listed more than once.
	// +required
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=64
	Members []MemberName `json:"members,omitempty"`

	// start is the day on which the first member takes over, at handOver. Before it the layer is not in force.
	// +required
	Start Date `json:"start,omitempty"`

	// end is the day on which the layer ends, at handOver. Default: it does not.
	// +optional
	End Date `json:"end,omitempty"`

	// handOver is the time of day at which one member hands over to the next. Default: 09:00.
	// +optional
	// +kubebuilder:validation:XValidation:rule="self != '24:00'",message="write 00:00 for midnight"
	HandOver ClockTime `json:"handOver,omitempty"`

	// everyDays is after how many days a member hands over. Default: 7.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=366
	EveryDays int32 `json:"everyDays,omitempty"`

	// only are the times of the week at which the layer is in force, e.g. nights and weekends. Default: always. Turns go on
	// in between.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	Only []WeekTime `json:"only,omitempty"`
}

// WeekTime is a stretch of a day that comes every week. One whose end is not after its beginning ends on the next day.
type WeekTime struct {
	// days are the days of the week on which it begins.
	// +required
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=7
	Days []Weekday `json:"days,omitempty"`

	// from is when it begins.
	// +required
	From ClockTime `json:"from,omitempty"`

	// to is when it ends: on the same day if that is after from, else on the next.
	// +required
	To ClockTime `json:"to,omitempty"`
}

// RotationOverride puts a member on call between two moments.
// +kubebuilder:validation:XValidation:rule="self.from < self.to",message="from must be before to"
type RotationOverride struct {
	// member is on call.
	// +required
	Member MemberName `json:"member,omitempty"`

	// from is the first moment.
	// +required
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:Pattern=`^(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,9})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$`
	From metav1.Time `json:"from,omitzero"`

	// to is the first moment at which the layers count again.
	// +required
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:Pattern=`^(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,9})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$`
	To metav1.Time `json:"to,omitzero"`
}
