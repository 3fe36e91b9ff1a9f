package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// ComplaintChannel is the way a complaint came in.
// +kubebuilder:validation:Enum=Phone;Email;OnlineForm;OnlineChat;SocialMedia;Counter;Letter;Referral;Regulator;Media;Other
type ComplaintChannel string

// CustomerClass is the organisation's class of customer.
// +kubebuilder:validation:Enum=A;B;C;D;VIP
type CustomerClass string

// ComplaintSpec is what is known about the complaint. Facts may be corrected; acts are only ever added.
type ComplaintSpec struct {
	// policy names the TriagePolicy that grades the complaint. Default: the only TriagePolicy of the namespace, else the
	// one named "default", else the built-in grading (one level, "unclassified", no playbook).
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`
	Policy string `json:"policy,omitempty"`

	// channel is the way the complaint came in. Default: Other.
	// +optional
	// +kubebuilder:default=Other
	Channel ComplaintChannel `json:"channel,omitempty"`

	// receivedAt is when it came in; deadlines "of: received" count from it. Default: the creation of the object.
	// +optional
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:Pattern=`^(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,9})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$`
	ReceivedAt metav1.Time `json:"receivedAt,omitzero"`

	// takenBy is the user who took it.
	// +optional
	TakenBy User `json:"takenBy,omitempty"`

	// complainant is who complains, without name or contacts.
	// +optional
	Complainant *Complainant `json:"complainant,omitempty"`

	// statement is what the complainant says happened, in their words. At most 32 Ki characters; longer text belongs into
	// evidence.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=32768
	Statement string `json:"statement,omitempty"`

	// occurredAt is when it happened.
	// +optional
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:Pattern=`^(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,9})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$`
	OccurredAt metav1.Time `json:"occurredAt,omitzero"`

	// place is where it happened: an outlet, a project, a region.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	Place string `json:"place,omitempty"`

	// category is the organisation's own category, e.g. product-defect.
	// +optional
	Category Identifier `json:"category,omitempty"`

	// product is the product or service.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	Product string `json:"product,omitempty"`

	// order is the order or contract number.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	Order string `json:"order,omitempty"`

	// expectation is what the complainant wants, e.g. refund, exchange, apology, compensation.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=8
	Expectation []Identifier `json:"expectation,omitempty"`

	// signals are the facts that grading looks for, in the words the TriagePolicy declares, e.g. safety-hazard,
	// media-exposure, agitated.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=32
	Signals []Identifier `json:"signals,omitempty"`

	// affected is how many persons or households are affected. Default 1.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000000000
	Affected int32 `json:"affected,omitempty"`

	// about is who or what is complained about; these people never handle, approve or follow up the complaint.
	// +optional
	About *ComplainedAbout `json:"about,omitempty"`

	// evidence is what was handed in, by reference.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=64
	Evidence []Evidence `json:"evidence,omitempty"`

	// remedy is what is offered. Approvals are bound to its digest.
	// +optional
	Remedy *Remedy `json:"remedy,omitempty"`

	// changedBy is the user who changed a fact last, of all fields but acts. Filled in at admission where the cluster has
	// mutating policies, never somebody else's name; empty: not known.
	// +optional
	ChangedBy User `json:"changedBy,omitempty"`

	// acts is what people did to the complaint as a whole. Only ever added to.
	// +optional
	// +listType=map
	// +listMapKey=id
	// +kubebuilder:validation:MaxItems=128
	Acts []RecordAct `json:"acts,omitempty"`
}

// Complainant is who complains. Names and contacts are in the Secret, never here.
type Complainant struct {
	// pseudonym stands for the person: an opaque number or word (a customer number, a keyed digest) that is the same for the same
	// person. Counts of distinct complainants use it.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9._-]+$`
	Pseudonym string `json:"pseudonym,omitempty"`

	// class is the class of customer.
	// +optional
	Class CustomerClass `json:"class,omitempty"`

	// locale is the language the complainant is written to. Default: en.
	// +optional
	Locale Locale `json:"locale,omitempty"`

	// contactSecret names the Secret with keys name, email, phone (each optional) of the complainant. Who complains is
	// written to by e-mail only.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`
	ContactSecret string `json:"contactSecret,omitempty"`
}

// ComplainedAbout is who or what is complained about.
type ComplainedAbout struct {
	// users are the Kubernetes user names of the persons complained about.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	Users []User `json:"users,omitempty"`

	// teams are the ResponseTeams complained about as a whole; none of their members takes part.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	Teams []ObjectName `json:"teams,omitempty"`

	// department is the department held responsible, for reports.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	Department string `json:"department,omitempty"`
}

// Evidence is something handed in.
type Evidence struct {
	// name tells pieces of evidence apart.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	Name string `json:"name,omitempty"`

	// location is where it is kept, as a URI or a path the organisation understands.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1024
	Location string `json:"location,omitempty"`

	// sha256 is the digest of the content, lower-case hex.
	// +optional
	// +kubebuilder:validation:MinLength=64
	// +kubebuilder:validation:MaxLength=64
	SHA256 string `json:"sha256,omitempty"`

	// characters is the length of a text.
	// +optional
	// +kubebuilder:validation:Minimum=1
	Characters int64 `json:"characters,omitempty"`
}

// RemedyKind is the kind of a remedy: money, service or feelings.
// +kubebuilder:validation:Enum=Refund;Exchange;Repair;Compensation;Voucher;Apology;Gift;Visit;Upgrade;Explanation
type RemedyKind string

// Remedy is what is offered to the complainant.
type Remedy struct {
	// kinds are the parts of the offer.
	// +required
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=10
	Kinds []RemedyKind `json:"kinds,omitempty"`

	// amountCents is the worth of the offer in hundredths of the currency. Default 0.
	// +optional
	// +kubebuilder:validation:Minimum=1
	AmountCents int64 `json:"amountCents,omitempty"`

	// currency is the ISO 4217 code. Needed with an amount.
	// +optional
	// +kubebuilder:validation:MinLength=3
	// +kubebuilder:validation:MaxLength=3
	// +kubebuilder:validation:Pattern=`^[A-Z]{3}$`
	Currency string `json:"currency,omitempty"`

	// reason says what is offered and why.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=4096
	Reason string `json:"reason,omitempty"`

	// by is the user who wrote the remedy as it is: whoever changed it last. They do not approve it. Filled in at admission
	// where the cluster has mutating policies, by the CLI elsewhere; always checked against the authenticated user. Not part
	// of the digest.
	// +optional
	By User `json:"by,omitempty"`
}

// ComplaintStatus is what became of the complaint.
type ComplaintStatus struct {
	CaseStatus `json:",inline"`

	// caseNumber is the number people quote, e.g. TS20240521001: unique in the namespace, never reused.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=40
	CaseNumber string `json:"caseNumber,omitempty"`

	// grading is the level in force and why.
	// +optional
	// +structType=atomic
	Grading *Grading `json:"grading,omitempty"`

	// handler is the user who handles the complaint.
	// +optional
	Handler User `json:"handler,omitempty"`

	// incident is the crisis the complaint became part of.
	// +optional
	Incident *RecordReference `json:"incident,omitempty"`

	// correlationKey is what the TriagePolicy correlates this complaint by.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	CorrelationKey string `json:"correlationKey,omitempty"`

	// mergedInto names the complaint this one was merged into.
	// +optional
	MergedInto ObjectName `json:"mergedInto,omitempty"`

	// mergedFrom lists the complaints that were merged into this one, the first 64 of them. Whom they are about takes no
	// part here either.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=64
	MergedFrom []ObjectName `json:"mergedFrom,omitempty"`
}

// Complaint is a statement that our failing hurt somebody, and what becomes of it.
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:categories=tocsin,shortName=cpl
// +kubebuilder:selectablefield:JSONPath=`.status.grading.level`
// +kubebuilder:selectablefield:JSONPath=`.status.state`
// +kubebuilder:printcolumn:name="Case",type=string,JSONPath=`.status.caseNumber`
// +kubebuilder:printcolumn:name="Level",type=string,JSONPath=`.status.grading.level`
// +kubebuilder:printcolumn:name="State",type=string,JSONPath=`.status.state`
// +kubebuilder:printcolumn:name="Handler",type=string,JSONPath=`.status.handler`
// +kubebuilder:printcolumn:name="Next deadline",type=string,format=date-time,JSONPath=`.status.nextDeadline`
// +kubebuilder:printcolumn:name="Overdue",type=integer,JSONPath=`.status.overdue`
// +kubebuilder:printcolumn:name="Incident",type=string,JSONPath=`.status.incident.name`
// +kubebuilder:printcolumn:name="Channel",type=string,priority=1,JSONPath=`.spec.channel`
// +kubebuilder:printcolumn:name="Reason",type=string,priority=1,JSONPath=`.status.grading.reason`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
type Complaint struct {
	metav1.TypeMeta `json:",inline"`

	// metadata is the standard object metadata.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitzero"`

	// spec is what is known about the complaint.
	// +required
	Spec ComplaintSpec `json:"spec,omitzero"`

	// status is written by the controller.
	// +optional
	// +structType=atomic
	// +kubebuilder:default={}
	Status ComplaintStatus `json:"status,omitzero"`
}

// ComplaintList is a list of Complaints.
// +kubebuilder:object:root=true
type ComplaintList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []Complaint `json:"items"`
}
