package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// RecipientKind is what sort of recipient a notice has.
// +kubebuilder:validation:Enum=Complainant;Member;Stakeholder
type RecipientKind string

// What sort of recipient a notice has. Complainants and stakeholders are outside, members inside.
const (
	RecipientComplainant RecipientKind = "Complainant"
	RecipientMember      RecipientKind = "Member"
	RecipientStakeholder RecipientKind = "Stakeholder"
)

// NoticeRecipient refers to the recipient; the address is looked up when the notice is sent and kept nowhere.
// +kubebuilder:validation:XValidation:rule="self.kind == 'Complainant' || (has(self.team) && has(self.name))",message="team and name are needed for a Member or Stakeholder"
type NoticeRecipient struct {
	// kind is the sort of recipient.
	// +required
	Kind RecipientKind `json:"kind,omitempty"`

	// team names the ResponseTeam that lists the member or stakeholder.
	// +optional
	Team ObjectName `json:"team,omitempty"`

	// name is the member's or stakeholder's name in the team.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	Name string `json:"name,omitempty"`
}

// NoticeSpec is one message to one recipient: what to say by reference, to whom by reference. It cannot be changed; the
// admission policy tocsin-notice-writer sees to that, because a rule here would be weighed at every write of the status too.
type NoticeSpec struct {
	// record is the complaint or incident the notice is about; missing in the test of a channel only.
	// +optional
	Record RecordReference `json:"record,omitzero"`

	// test makes the notice the test of a channel: the product's own text, about no record, sent to an address that whoever
	// tests it names. Policy owners create it; the admission policy tocsin-notice-writer says what else it may hold.
	// +optional
	Test *ChannelTest `json:"test,omitempty"`

	// step is the path of the step that sends it.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	Step string `json:"step,omitempty"`

	// round is the round of the repeat the step belongs to.
	// +optional
	// +kubebuilder:validation:Minimum=1
	Round int32 `json:"round,omitempty"`

	// to is the recipient; missing in the test of a channel only.
	// +optional
	To NoticeRecipient `json:"to,omitzero"`

	// template is the name of the text in the pinned revision, or a built-in one.
	// +required
	Template Identifier `json:"template,omitempty"`

	// revision is the ControllerRevision that holds the template; empty for built-in ones.
	// +optional
	Revision ObjectName `json:"revision,omitempty"`

	// channel names the NoticeChannel to use; empty: chosen when it is sent.
	// +optional
	Channel ObjectName `json:"channel,omitempty"`

	// mode is Drill when the notice belongs to an exercise. Default: Live.
	// +optional
	Mode Mode `json:"mode,omitempty"`

	// task names the ResponseTask the notice is about.
	// +optional
	Task ObjectName `json:"task,omitempty"`

	// postMortem names the PostMortem the notice is about.
	// +optional
	PostMortem ObjectName `json:"postMortem,omitempty"`

	// action is the id of the corrective action in the post-mortem the notice is about.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	Action string `json:"action,omitempty"`

	// dueAt is the deadline the notice speaks of.
	// +optional
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:Pattern=`^(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,9})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$`
	DueAt metav1.Time `json:"dueAt,omitzero"`

	// requestedAt is when the notice was asked for.
	// +required
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:Pattern=`^(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,9})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$`
	RequestedAt metav1.Time `json:"requestedAt,omitzero"`
}

// TemplateChannelTest is the template of the test of a channel, whose text is the product's own.
const TemplateChannelTest Identifier = "channelTest"

// ChannelTest is where the test of a channel goes.
type ChannelTest struct {
	// address is an e-mail address or a URL, as the channel needs it; "channel" stands for the URL of a webhook channel.
	// +required
	// +kubebuilder:validation:MinLength=3
	// +kubebuilder:validation:MaxLength=2048
	Address string `json:"address,omitempty"`

	// locale is the language of the text. Default: en.
	// +optional
	Locale Locale `json:"locale,omitempty"`
}

// NoticeState is where a notice stands.
// +kubebuilder:validation:Enum=Pending;Sending;Delivered;Uncertain;Failed;Suppressed
type NoticeState string

// Where a notice stands. Delivered, Uncertain (with policy Hold), Failed and Suppressed are final.
const (
	NoticePending    NoticeState = "Pending"    // waiting for its first or next attempt
	NoticeSending    NoticeState = "Sending"    // an attempt was claimed and may be under way
	NoticeDelivered  NoticeState = "Delivered"  // the receiver took it
	NoticeUncertain  NoticeState = "Uncertain"  // an attempt may or may not have arrived; nothing more is sent
	NoticeFailed     NoticeState = "Failed"     // refused for good, or attempts used up
	NoticeSuppressed NoticeState = "Suppressed" // not sent on purpose: a drill's notice to somebody outside
)

// NoticeStatus is what became of the notice.
type NoticeStatus struct {
	// conditions are `Delivered` (True when taken; False with reason Pending, NoChannel, NoContact, ChannelNotReady,
	// TemplateInvalid, Refused, Exhausted, Suppressed; Unknown with reason Uncertain).
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=8
	Conditions []metav1.Condition `json:"conditions,omitempty"`

	// state is where the notice stands; empty is Pending.
	// +optional
	State NoticeState `json:"state,omitempty"`

	// channel is the NoticeChannel the last attempt used.
	// +optional
	Channel ObjectName `json:"channel,omitempty"`

	// attempts is how many attempts were claimed.
	// +optional
	// +kubebuilder:validation:Minimum=1
	Attempts int32 `json:"attempts,omitempty"`

	// possibleDuplicates is how many attempts of unknown fate were followed by another one (channel policy Resend).
	// +optional
	// +kubebuilder:validation:Minimum=1
	PossibleDuplicates int32 `json:"possibleDuplicates,omitempty"`

	// claimedAt is when the last attempt was claimed.
	// +optional
	ClaimedAt metav1.Time `json:"claimedAt,omitzero"`

	// claimedBy tells which manager process claimed it.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	ClaimedBy string `json:"claimedBy,omitempty"`

	// nextAttemptAt is when the next attempt is made.
	// +optional
	NextAttemptAt metav1.Time `json:"nextAttemptAt,omitzero"`

	// endedAt is when the final state was reached.
	// +optional
	EndedAt metav1.Time `json:"endedAt,omitzero"`

	// receipt is what the receiver answered, without personal data: SMTP code, HTTP status, their message id.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	Receipt string `json:"receipt,omitempty"`
}

// Notice is one message on its way to one recipient: the outbox. Its UID is the idempotency key the receiver gets.
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:categories=tocsin,shortName=nt
// +kubebuilder:selectablefield:JSONPath=`.status.state`
// +kubebuilder:printcolumn:name="Record",type=string,JSONPath=`.spec.record.name`
// +kubebuilder:printcolumn:name="Step",type=string,JSONPath=`.spec.step`
// +kubebuilder:printcolumn:name="To",type=string,JSONPath=`.spec.to.kind`
// +kubebuilder:printcolumn:name="Template",type=string,JSONPath=`.spec.template`
// +kubebuilder:printcolumn:name="Mode",type=string,JSONPath=`.spec.mode`
// +kubebuilder:printcolumn:name="State",type=string,JSONPath=`.status.state`
// +kubebuilder:printcolumn:name="Attempts",type=integer,JSONPath=`.status.attempts`
// +kubebuilder:printcolumn:name="Channel",type=string,priority=1,JSONPath=`.status.channel`
// +kubebuilder:printcolumn:name="Receipt",type=string,priority=1,JSONPath=`.status.receipt`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
type Notice struct {
	metav1.TypeMeta `json:",inline"`

	// metadata is the standard object metadata.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitzero"`

	// spec is the message.
	// +required
	// +structType=atomic
	Spec NoticeSpec `json:"spec,omitzero"`

	// status is written by the controller.
	// +optional
	// +structType=atomic
	Status NoticeStatus `json:"status,omitzero"`
}

// NoticeList is a list of Notices.
// +kubebuilder:object:root=true
type NoticeList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []Notice `json:"items"`
}
