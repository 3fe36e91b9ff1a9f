package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// CrisisIncidentSpec is the crisis, or the exercise of one.
// +kubebuilder:validation:XValidation:rule="has(self.drill) == has(oldSelf.drill)",message="drill cannot be added or removed: a drill stays a drill"
// +kubebuilder:validation:XValidation:rule="!(has(self.correlationKey) && has(self.drill))",message="correlationKey gathers real complaints and does not go together with drill: leave one of them out"
type CrisisIncidentSpec struct {
	// title names the matter in a few words, without personal data.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=200
	Title string `json:"title,omitempty"`

	// level is how serious it is when it is raised, in the words of the regime, e.g. L1 or major. Once the run has begun it
	// stays, as playbook, team, raisedBy, correlationKey and drill do: the level in force is status.level, and changes by acts.
	// +required
	Level LevelName `json:"level,omitempty"`

	// playbook names the Playbook (for: CrisisIncident) to carry out.
	// +required
	Playbook ObjectName `json:"playbook,omitempty"`

	// team names the ResponseTeam that responds; roles without a team of their own are filled from it.
	// +required
	Team ObjectName `json:"team,omitempty"`

	// raisedBy is the record the incident was raised from. Default: raised by hand.
	// +optional
	RaisedBy *RecordReference `json:"raisedBy,omitempty"`

	// correlationKey is what complaints are correlated into this incident by while it is open.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	CorrelationKey string `json:"correlationKey,omitempty"`

	// about is who or what it is about; these people take no part.
	// +optional
	About *ComplainedAbout `json:"about,omitempty"`

	// signals are the facts known about it, in the words of the organisation.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=32
	Signals []Identifier `json:"signals,omitempty"`

	// drill makes this an exercise: the same engine, nobody outside is reached, no statistic is touched.
	// +optional
	Drill *Drill `json:"drill,omitempty"`

	// changedBy is the user who changed a fact last, of all fields but acts. Filled in at admission where the cluster has
	// mutating policies, never somebody else's name; empty: not known.
	// +optional
	ChangedBy User `json:"changedBy,omitempty"`

	// acts is what people did to the incident as a whole. Only ever added to.
	// +optional
	// +listType=map
	// +listMapKey=id
	// +kubebuilder:validation:MaxItems=128
	Acts []RecordAct `json:"acts,omitempty"`
}

// Drill says which exercise this is.
type Drill struct {
	// schedule names the DrillSchedule that called it; "manual" for one called by hand.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`
	Schedule string `json:"schedule,omitempty"`
}

// CrisisIncidentStatus is how the crisis stands.
type CrisisIncidentStatus struct {
	CaseStatus `json:",inline"`

	// level is the level in force: spec.level, or what people raised or lowered it to since.
	// +optional
	Level LevelName `json:"level,omitempty"`

	// commander is the one person who decides.
	// +optional
	Commander User `json:"commander,omitempty"`

	// spokesperson is the one voice to the outside.
	// +optional
	Spokesperson User `json:"spokesperson,omitempty"`

	// complaints is how many complaints are part of the incident. Default 0.
	// +optional
	// +kubebuilder:default=0
	// +kubebuilder:validation:Minimum=0
	Complaints *int32 `json:"complaints,omitempty"`

	// provenance lists the complaints that led to it, the first 64 of them.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=64
	Provenance []ObjectName `json:"provenance,omitempty"`

	// postMortem names the PostMortem.
	// +optional
	PostMortem ObjectName `json:"postMortem,omitempty"`
}

// CrisisIncident is a sudden event that causes or threatens serious loss, or the drill of one.
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:categories=tocsin,shortName=ci
// +kubebuilder:selectablefield:JSONPath=`.status.level`
// +kubebuilder:selectablefield:JSONPath=`.spec.team`
// +kubebuilder:selectablefield:JSONPath=`.status.state`
// +kubebuilder:printcolumn:name="Level",type=string,JSONPath=`.status.level`
// +kubebuilder:printcolumn:name="State",type=string,JSONPath=`.status.state`
// +kubebuilder:printcolumn:name="Commander",type=string,JSONPath=`.status.commander`
// +kubebuilder:printcolumn:name="Spokesperson",type=string,JSONPath=`.status.spokesperson`
// +kubebuilder:printcolumn:name="Next deadline",type=string,format=date-time,JSONPath=`.status.nextDeadline`
// +kubebuilder:printcolumn:name="Overdue",type=integer,JSONPath=`.status.overdue`
// +kubebuilder:printcolumn:name="Complaints",type=integer,JSONPath=`.status.complaints`
// +kubebuilder:printcolumn:name="Drill",type=string,JSONPath=`.spec.drill.schedule`
// +kubebuilder:printcolumn:name="Title",type=string,priority=1,JSONPath=`.spec.title`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
type CrisisIncident struct {
	metav1.TypeMeta `json:",inline"`

	// metadata is the standard object metadata.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitzero"`

	// spec is the crisis, or the exercise of one.
	// +required
	Spec CrisisIncidentSpec `json:"spec,omitzero"`

	// status is written by the controller.
	// +optional
	// +structType=atomic
	// +kubebuilder:default={}
	Status CrisisIncidentStatus `json:"status,omitzero"`
}

// LevelInForce is the level as people changed it last; until the incident is taken up, the one it was raised with.
func (ci *CrisisIncident) LevelInForce() LevelName {
	if ci.Status.Level != "" {
		return ci.Status.Level
	}
	return ci.Spec.Level
}

// ComplaintCount is how many complaints are part of the incident.
func (ci *CrisisIncident) ComplaintCount() int32 {
	if ci.Status.Complaints == nil {
		return 0
	}
	return *ci.Status.Complaints
}

// CrisisIncidentList is a list of CrisisIncidents.
// +kubebuilder:object:root=true
type CrisisIncidentList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []CrisisIncident `json:"items"`
}
