package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// TriagePolicySpec is how complaints are graded, counted, correlated, and given a playbook.
type TriagePolicySpec struct {
	// levels are the levels, the highest first, each with what follows from it.
	// +required
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	Levels []Level `json:"levels,omitempty"`

	// defaultLevel is the level when no rule matches.
	// +required
	DefaultLevel LevelName `json:"defaultLevel,omitempty"`

	// signals are the words rules may look for in spec.signals; a rule that names another does not compile.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=64
	Signals []Identifier `json:"signals,omitempty"`

	// counts are figures over the complaints around this one; rules use them as counts.<name>.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=8
	Counts []Count `json:"counts,omitempty"`

	// rules are tried all; the highest level of those that match wins, among equals the first.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=64
	Rules []GradingRule `json:"rules,omitempty"`

	// correlation says which complaints belong to one incident. Default: each is its own.
	// +optional
	Correlation *Correlation `json:"correlation,omitempty"`

	// caseNumbers says how case numbers look.
	// +optional
	CaseNumbers *CaseNumbers `json:"caseNumbers,omitempty"`
}

// Level is a level of seriousness.
type Level struct {
	// name is the level, e.g. L1 or major.
	// +required
	Name LevelName `json:"name,omitempty"`

	// description says in a sentence what the level means.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=512
	Description string `json:"description,omitempty"`

	// playbook names the Playbook (for: Complaint) that complaints of this level follow. A complaint whose level is
	// raised while another playbook runs changes over: what waits is cancelled and the new playbook begins. Default: none.
	// +optional
	Playbook ObjectName `json:"playbook,omitempty"`
}

// Count is a figure over the complaints of the namespace received within a window before this one (itself included).
type Count struct {
	// name is how rules refer to it: counts.<name>.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=40
	// +kubebuilder:validation:Pattern=`^[a-z][A-Za-z0-9]*$`
	Name string `json:"name,omitempty"`

	// window is how far back complaints are counted, in elapsed time, e.g. 30d.
	// +required
	Window Duration `json:"window,omitempty"`

	// by lists the fields that must be the same for a complaint to count.
	// +required
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=4
	By []CountField `json:"by,omitempty"`

	// of says what is counted. Default: Complaints.
	// +optional
	Of Counted `json:"of,omitempty"`

	// signal is what a complaint must carry in spec.signals to count; it is declared in spec.signals of the policy. The
	// complaint counted for need not carry it. Default: all count.
	// +optional
	Signal Identifier `json:"signal,omitempty"`
}

// CountField is a field of the complaint that complaints can share.
// +kubebuilder:validation:Enum=category;product;place;order;complainant;channel
type CountField string

// Counted is what a count counts.
// +kubebuilder:validation:Enum=Complaints;Complainants
type Counted string

// What a count counts: complaints, or distinct complainants (those without a pseudonym count once each).
const (
	CountedComplaints   Counted = "Complaints"
	CountedComplainants Counted = "Complainants"
)

// GradingRule gives a level to complaints it matches.
type GradingRule struct {
	// name names the rule in status.grading.rule.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[a-z][A-Za-z0-9-]*$`
	Name string `json:"name,omitempty"`

	// level is the level given.
	// +required
	Level LevelName `json:"level,omitempty"`

	// when is a CEL condition over `complaint`, `counts` and `incident`. Default: true.
	// +optional
	When Expression `json:"when,omitempty"`

	// openFor makes the rule a time criterion: it can only match once the complaint has been open that long (elapsed),
	// and fires by itself at that moment.
	// +optional
	OpenFor Duration `json:"openFor,omitempty"`

	// reason says in a sentence why the rule gives the level; it appears in status.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=512
	Reason string `json:"reason,omitempty"`
}

// Correlation says which complaints belong to one incident.
type Correlation struct {
	// by lists the fields that must be the same.
	// +required
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=4
	By []CountField `json:"by,omitempty"`

	// levels are the levels whose complaints are correlated. Default: the highest only.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	Levels []LevelName `json:"levels,omitempty"`
}

// LevelName is the name of a level of a policy, e.g. L1 or major.
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=40
// +kubebuilder:validation:Pattern=`^[A-Za-z][A-Za-z0-9-]*$`
type LevelName string

// CaseNumbers says how case numbers look: prefix, date (YYYYMMDD in the time zone), serial of at least three digits.
type CaseNumbers struct {
	// prefix stands before the date. Default TS.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=8
	// +kubebuilder:validation:Pattern=`^[A-Z]+$`
	Prefix string `json:"prefix,omitempty"`

	// timeZone is the IANA time zone whose date counts. Default UTC.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	TimeZone string `json:"timeZone,omitempty"`
}

// TriagePolicyStatus says whether the policy can be used.
type TriagePolicyStatus struct {
	// conditions are `Verified` (the rules compile; the message names rule and mistake otherwise, and rules that never decide or that
	// some complaints leave without an answer), `Ready` (Verified, and
	// the playbooks of all levels can begin; reason DoesNotCompile or PlaybookNotReady otherwise). A policy that is not
	// Verified keeps grading with its last verified generation, or with the built-in default.
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=8
	Conditions []metav1.Condition `json:"conditions,omitempty"`

	// observedGeneration is the generation of the spec the status speaks of.
	// +optional
	// +kubebuilder:validation:Minimum=1
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`

	// revision is the last verified revision; complaints are graded by it.
	// +optional
	Revision *RevisionReference `json:"revision,omitempty"`
}

// TriagePolicy is how complaints are graded, counted, correlated, and given a playbook.
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:categories=tocsin,shortName=tp
// +kubebuilder:printcolumn:name="Default",type=string,JSONPath=`.spec.defaultLevel`
// +kubebuilder:printcolumn:name="Verified",type=string,JSONPath=`.status.conditions[?(@.type=="Verified")].status`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
type TriagePolicy struct {
	metav1.TypeMeta `json:",inline"`

	// metadata is the standard object metadata.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitzero"`

	// spec is how complaints are graded.
	// +required
	Spec TriagePolicySpec `json:"spec,omitzero"`

	// status is written by the controller.
	// +optional
	Status TriagePolicyStatus `json:"status,omitzero"`
}

// TriagePolicyList is a list of TriagePolicies.
// +kubebuilder:object:root=true
type TriagePolicyList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []TriagePolicy `json:"items"`
}
