package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// OnUncertain says what happens to a notice when nobody knows whether an attempt arrived (the manager died, the
// connection broke after the message was handed over).
// +kubebuilder:validation:Enum=Hold;Resend
type OnUncertain string

// What happens to a notice of unknown fate.
const (
	// OnUncertainHold sends nothing more: at most once.
	OnUncertainHold OnUncertain = "Hold"
	// OnUncertainResend tries again with the same idempotency key: at least once.
	OnUncertainResend OnUncertain = "Resend"
)

// NoticeChannelSpec is a way to reach people: e-mail over SMTP or a signed HTTP webhook.
// +kubebuilder:validation:ExactlyOneOf=email;webhook
type NoticeChannelSpec struct {
	// mode marks a channel for drills. Notices of drills use drill channels only, real ones never do. Default: Live.
	// +optional
	// +kubebuilder:default=Live
	Mode Mode `json:"mode,omitempty"`

	// priority orders channels that can both reach a recipient: lower first, then by name. Default 0.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000
	Priority int32 `json:"priority,omitempty"`

	// onUncertain is what happens to a notice of unknown fate. Default: Hold.
	// +optional
	// +kubebuilder:default=Hold
	OnUncertain OnUncertain `json:"onUncertain,omitempty"`

	// maxAttempts is how often a notice is tried. Default 6.
	// +optional
	// +kubebuilder:default=6
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=50
	MaxAttempts int32 `json:"maxAttempts,omitempty"`

	// backoff is the elapsed time before the second attempt; it doubles each time, up to one hour. Default 30s.
	// +optional
	// +kubebuilder:default="30s"
	Backoff Duration `json:"backoff,omitempty"`

	// timeout is the longest an attempt may take. Default 20s.
	// +optional
	// +kubebuilder:default="20s"
	Timeout Duration `json:"timeout,omitempty"`

	// email sends mail over SMTP.
	// +optional
	Email *EmailChannel `json:"email,omitempty"`

	// webhook posts JSON, signed as Standard Webhooks says.
	// +optional
	Webhook *WebhookChannel `json:"webhook,omitempty"`
}

// TLSMode is how an SMTP connection is protected.
// +kubebuilder:validation:Enum=Implicit;StartTLS;None
type TLSMode string

// How an SMTP connection is protected.
const (
	TLSImplicit TLSMode = "Implicit"
	TLSStart    TLSMode = "StartTLS"
	TLSNone     TLSMode = "None"
)

// EmailChannel is an SMTP server.
type EmailChannel struct {
	// host is the server's name.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Host string `json:"host,omitempty"`

	// port is the server's port. Default 587.
	// +optional
	// +kubebuilder:default=587
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=65535
	Port int32 `json:"port,omitempty"`

	// from is the sender's address.
	// +required
	// +kubebuilder:validation:MinLength=3
	// +kubebuilder:validation:MaxLength=320
	From string `json:"from,omitempty"`

	// tls is how the connection is protected. Default StartTLS.
	// +optional
	// +kubebuilder:default=StartTLS
	TLS TLSMode `json:"tls,omitempty"`

	// secret names the Secret with keys username, password and, where the server's certificate is not publicly trusted,
	// ca.crt. Default: no authentication, system roots.
	// +optional
	Secret ObjectName `json:"secret,omitempty"`
}

// WebhookChannel is an HTTP receiver.
type WebhookChannel struct {
	// url is where to post; recipients with a webhook contact of their own get theirs instead.
	// +required
	// +kubebuilder:validation:MinLength=8
	// +kubebuilder:validation:MaxLength=2048
	// +kubebuilder:validation:Pattern=`^https?://`
	URL string `json:"url,omitempty"`

	// secret names the Secret with key signingKey (`whsec_…`) and, where needed, ca.crt.
	// +required
	Secret ObjectName `json:"secret,omitempty"`
}

// NoticeChannelStatus says whether the channel can be used.
type NoticeChannelStatus struct {
	// conditions are `Ready` (the secret exists and is complete; reason SecretMissing, SecretIncomplete or, for
	// spec.email.from, AddressInvalid otherwise).
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=8
	Conditions []metav1.Condition `json:"conditions,omitempty"`

	// observedGeneration is the generation of the spec the status speaks of.
	// +optional
	// +kubebuilder:validation:Minimum=1
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`
}

// NoticeChannel is a way to reach people.
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:categories=tocsin,shortName=nch
// +kubebuilder:printcolumn:name="Mode",type=string,JSONPath=`.spec.mode`
// +kubebuilder:printcolumn:name="Uncertain",type=string,JSONPath=`.spec.onUncertain`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
type NoticeChannel struct {
	metav1.TypeMeta `json:",inline"`

	// metadata is the standard object metadata.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitzero"`

	// spec is the way to reach people.
	// +required
	Spec NoticeChannelSpec `json:"spec,omitzero"`

	// status is written by the controller.
	// +optional
	Status NoticeChannelStatus `json:"status,omitzero"`
}

// NoticeChannelList is a list of NoticeChannels.
// +kubebuilder:object:root=true
type NoticeChannelList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []NoticeChannel `json:"items"`
}
