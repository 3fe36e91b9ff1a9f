package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// TaskType is what a person is asked for.
// +kubebuilder:validation:Enum=Work;Approval;Survey;Decision;Acknowledgement
type TaskType string

// What a person is asked for.
const (
	TaskTypeWork            TaskType = "Work"
	TaskTypeApproval        TaskType = "Approval"
	TaskTypeSurvey          TaskType = "Survey"
	TaskTypeDecision        TaskType = "Decision"
	TaskTypeAcknowledgement TaskType = "Acknowledgement"
)

// Mode tells a real case from a drill.
// +kubebuilder:validation:Enum=Live;Drill
type Mode string

// Whether a case is real.
const (
	ModeLive  Mode = "Live"
	ModeDrill Mode = "Drill"
)

// ResponseTaskSpec is what is asked, of whom, and what they did. Only the manager creates tasks and changes anything
// but acts; people only add acts, and with the one that completes the task its state. Admission policies hold both.
// +kubebuilder:validation:XValidation:rule="self.record == oldSelf.record && self.step == oldSelf.step && self.type == oldSelf.type",message="record, step and type cannot be changed"
type ResponseTaskSpec struct {
	// record is the complaint or incident the task belongs to.
	// +required
	Record RecordReference `json:"record,omitzero"`

	// step is the path of the step that asks.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	Step string `json:"step,omitempty"`

	// round is the round of the repeat the step belongs to; 0 outside repeats.
	// +optional
	// +kubebuilder:validation:Minimum=1
	Round int32 `json:"round,omitempty"`

	// type is what is asked for.
	// +required
	Type TaskType `json:"type,omitempty"`

	// mode tells a drill from a real case. Default: Live.
	// +optional
	Mode Mode `json:"mode,omitempty"`

	// instructions says what to do, in the words of the playbook or of whoever asks for it besides.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1024
	Instructions string `json:"instructions,omitempty"`

	// outcomes are the answers to choose from; none means the task is simply done.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=12
	Outcomes []Identifier `json:"outcomes,omitempty"`

	// writes names the field of the record that must be filled before the task can be completed.
	// +optional
	Writes WrittenField `json:"writes,omitempty"`

	// assignment says who may act now and until when. Written by the manager only.
	// +required
	// +structType=atomic
	Assignment Assignment `json:"assignment,omitzero"`

	// acts is what people did, in the order it was written. Only ever added to.
	// +optional
	// +listType=map
	// +listMapKey=id
	// +kubebuilder:validation:MaxItems=64
	Acts []TaskAct `json:"acts,omitempty"`

	// state is where the task stands. Default: Open. Done comes with the act that completes the task: from the CLI, filled in
	// at admission where the cluster has mutating policies, by the manager elsewhere. All else is the manager's.
	// +optional
	// +kubebuilder:default=Open
	State TaskState `json:"state,omitempty"`

	// outcome is the answer; it comes with the state.
	// +optional
	Outcome Identifier `json:"outcome,omitempty"`

	// closedAt is when the task was closed, where that was not the moment somebody completed it; see ResponseTask.ClosedAt.
	// +optional
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:Pattern=`^(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,9})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$`
	ClosedAt metav1.Time `json:"closedAt,omitzero"`
}

// Assignment says who may act on a task.
type Assignment struct {
	// assignee is the user who is asked first; empty when an approval asks several.
	// +optional
	Assignee User `json:"assignee,omitempty"`

	// role is the role the assignee plays.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	Role string `json:"role,omitempty"`

	// mayAct lists everybody who may act now: the assignee, deputies, and those the ladder was climbed to. Everybody else
	// is refused at admission.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=128
	MayAct []User `json:"mayAct,omitempty"`

	// recused lists users who may not act and why, for the message they get.
	// +optional
	// +listType=map
	// +listMapKey=user
	// +kubebuilder:validation:MaxItems=64
	Recused []Recusal `json:"recused,omitempty"`

	// seats lists, for an approval, who may sit on each seat; one different person a seat.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=8
	Seats []Seat `json:"seats,omitempty"`

	// quorum is how many seats must approve. 0 stands for all.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=8
	Quorum int32 `json:"quorum,omitempty"`

	// digest is the digest of what is to be approved; an Approve or Refuse must carry it.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	Digest string `json:"digest,omitempty"`

	// dueAt is the deadline in force. While the clock is stopped it moves on with it.
	// +optional
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:Pattern=`^(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,9})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$`
	DueAt metav1.Time `json:"dueAt,omitzero"`

	// stoppedAt is when somebody stopped the clock of the task; empty while it runs.
	// +optional
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:Pattern=`^(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,9})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$`
	StoppedAt metav1.Time `json:"stoppedAt,omitzero"`

	// stoppedUntil is when a stopped clock runs on by itself, unless somebody lets it run on earlier.
	// +optional
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:Pattern=`^(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,9})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$`
	StoppedUntil metav1.Time `json:"stoppedUntil,omitzero"`

	// rung is how many rungs the ladder was climbed.
	// +optional
	// +kubebuilder:validation:Minimum=1
	Rung int32 `json:"rung,omitempty"`
}

// Recusal says why somebody may not act.
type Recusal struct {
	// user is who may not act.
	// +required
	User User `json:"user,omitempty"`

	// reason says why, e.g. "is complained about", "did the step that is to be approved", "declined".
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	Reason string `json:"reason,omitempty"`
}

// Seat is one of the approvals asked for.
type Seat struct {
	// role is the role that approves.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	Role string `json:"role,omitempty"`

	// users may sit on it.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=64
	Users []User `json:"users,omitempty"`
}

// TaskState is where a task stands.
// +kubebuilder:validation:Enum=Open;Done;Cancelled;Superseded
type TaskState string

// Where a task stands.
const (
	TaskOpen       TaskState = "Open"
	TaskDone       TaskState = "Done"
	TaskCancelled  TaskState = "Cancelled"
	TaskSuperseded TaskState = "Superseded"
)

// ResponseTaskStatus is what the manager has to say about the task besides.
type ResponseTaskStatus struct {
	// conditions are `ActLeftOut` (True: somebody acted and it changed nothing; the reason is the verb, the message says
	// why).
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

// ResponseTask is everything a person is asked to do: work, an approval, a survey, a decision, an acknowledgement.
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:categories=tocsin,shortName=rt
// +kubebuilder:selectablefield:JSONPath=`.spec.assignment.assignee`
// +kubebuilder:selectablefield:JSONPath=`.spec.state`
// +kubebuilder:printcolumn:name="Type",type=string,JSONPath=`.spec.type`
// +kubebuilder:printcolumn:name="Record",type=string,JSONPath=`.spec.record.name`
// +kubebuilder:printcolumn:name="Step",type=string,JSONPath=`.spec.step`
// +kubebuilder:printcolumn:name="Assignee",type=string,JSONPath=`.spec.assignment.assignee`
// +kubebuilder:printcolumn:name="Due",type=string,format=date-time,JSONPath=`.spec.assignment.dueAt`
// +kubebuilder:printcolumn:name="Rung",type=integer,JSONPath=`.spec.assignment.rung`
// +kubebuilder:printcolumn:name="State",type=string,JSONPath=`.spec.state`
// +kubebuilder:printcolumn:name="Outcome",type=string,JSONPath=`.spec.outcome`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
type ResponseTask struct {
	metav1.TypeMeta `json:",inline"`

	// metadata is the standard object metadata.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitzero"`

	// spec is what is asked, of whom, and what they did.
	// +required
	Spec ResponseTaskSpec `json:"spec,omitzero"`

	// status is written by the controller.
	// +optional
	// +structType=atomic
	Status ResponseTaskStatus `json:"status,omitzero"`
}

// ResponseTaskList is a list of ResponseTasks.
// +kubebuilder:object:root=true
type ResponseTaskList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []ResponseTask `json:"items"`
}
