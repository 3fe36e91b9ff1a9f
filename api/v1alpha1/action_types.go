package v1alpha1

// Action is what a step does. Exactly one field is set.
type Action struct {
	// assembleTeam calls the people of a team together and waits for enough of them to acknowledge.
	// +optional
	AssembleTeam *AssembleTeam `json:"assembleTeam,omitempty"`

	// assignRole fills a role now and tells the holder.
	// +optional
	AssignRole *AssignRole `json:"assignRole,omitempty"`

	// notify sends a notice. With a deadline the step ends when every notice was handed over to its channel's
	// receiver; without one it ends when the notices are written.
	// +optional
	Notify *Notify `json:"notify,omitempty"`

	// task asks somebody to do something and waits until it is done.
	// +optional
	Task *Task `json:"task,omitempty"`

	// approval asks for approval by different people, none of whom asked for it. Outcome: approved or refused.
	// +optional
	Approval *Approval `json:"approval,omitempty"`

	// survey asks how satisfied somebody is. Outcome: the answer.
	// +optional
	Survey *Survey `json:"survey,omitempty"`

	// decision asks one person to choose; the choice is the outcome and goes into the decision log.
	// +optional
	Decision *DecisionAction `json:"decision,omitempty"`

	// wait lets time pass or waits for a condition.
	// +optional
	Wait *Wait `json:"wait,omitempty"`

	// raiseIncident opens a CrisisIncident, or joins the open one with the same correlation key.
	// +optional
	RaiseIncident *RaiseIncident `json:"raiseIncident,omitempty"`

	// scheduleDrill plans a drill of a playbook.
	// +optional
	ScheduleDrill *ScheduleDrill `json:"scheduleDrill,omitempty"`

	// postMortem opens the PostMortem of the incident.
	// +optional
	PostMortem *PostMortemAction `json:"postMortem,omitempty"`

	// playbook carries out another playbook as a step of this one, in the same run.
	// +optional
	Playbook *PlaybookAction `json:"playbook,omitempty"`
}

// AssembleTeam calls a team together: each member gets a notice and a task to acknowledge.
type AssembleTeam struct {
	// team names the ResponseTeam. Default: the team of the incident.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`
	Team string `json:"team,omitempty"`

	// duties restricts the call to members with one of these duties. Default: everybody.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	Duties []Identifier `json:"duties,omitempty"`

	// quorum is how many must acknowledge for the step to end. Default: all who were called.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=64
	Quorum int32 `json:"quorum,omitempty"`

	// template is the call. Default: the built-in template `assemble`.
	// +optional
	Template Identifier `json:"template,omitempty"`
}

// AssignRole fills a role.
type AssignRole struct {
	// role is the role to fill.
	// +required
	Role Identifier `json:"role,omitempty"`

	// template tells the holder. Default: the built-in template `roleAssigned`.
	// +optional
	Template Identifier `json:"template,omitempty"`
}

// Notify sends a notice to each of its audiences.
type Notify struct {
	// to lists audiences: `complainant`, a role of the playbook, `team` (everybody in the incident's team), or a
	// stakeholder of a team in this run (regulator, media, staff…).
	// +required
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	To []Identifier `json:"to,omitempty"`

	// template is the text.
	// +required
	Template Identifier `json:"template,omitempty"`

	// channel names the NoticeChannel to use. Default: the first channel of the namespace that can reach the recipient
	// and fits the case (drill channels for drills, others otherwise).
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`
	Channel string `json:"channel,omitempty"`
}

// Task asks the holder of a role to do something.
type Task struct {
	// to is the role that does it.
	// +required
	To Identifier `json:"to,omitempty"`

	// outcomes are the answers to choose from. Default: done.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=12
	Outcomes []Identifier `json:"outcomes,omitempty"`

	// writes names the field of the record that the task is to fill: the task can only be completed once it is set.
	// +optional
	Writes WrittenField `json:"writes,omitempty"`

	// acknowledgeWithin is the elapsed time in which the assignee must acknowledge; else the deputy is told as well.
	// +optional
	AcknowledgeWithin Duration `json:"acknowledgeWithin,omitempty"`
}

// WrittenField is a field of the record that people fill during the work.
// +kubebuilder:validation:Enum=remedy
type WrittenField string

// WritesRemedy is the complaint's spec.remedy.
const WritesRemedy WrittenField = "remedy"

// Approval asks for approval.
type Approval struct {
	// by lists the roles that approve: one person for each entry, all different; a role may be listed several times.
	// People who completed a step this one needs are never asked.
	// +required
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=8
	By []Identifier `json:"by,omitempty"`

	// quorum is how many of the entries of by must approve. Default: all of them.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=8
	Quorum int32 `json:"quorum,omitempty"`

	// of is the field of the record that is approved: the approval is bound to its digest and void when it changes.
	// +optional
	Of WrittenField `json:"of,omitempty"`
}

// Survey asks the complainant, through somebody, how satisfied they are.
type Survey struct {
	// asks is the role that asks and enters the answer.
	// +required
	Asks Identifier `json:"asks,omitempty"`

	// by is the way the question is put. With Form the complainant is sent the template as well. Default: Phone.
	// +optional
	By SurveyMeans `json:"by,omitempty"`

	// scale are the possible answers, best first, e.g. [satisfied, basicallySatisfied, dissatisfied].
	// +required
	// +listType=set
	// +kubebuilder:validation:MinItems=2
	// +kubebuilder:validation:MaxItems=12
	Scale []Identifier `json:"scale,omitempty"`

	// template is what the complainant is sent when by is Form.
	// +optional
	Template Identifier `json:"template,omitempty"`
}

// SurveyMeans is how a survey is put.
// +kubebuilder:validation:Enum=Phone;Form
type SurveyMeans string

// How a survey is put.
const (
	SurveyPhone SurveyMeans = "Phone"
	SurveyForm  SurveyMeans = "Form"
)

// DecisionAction asks one person to choose.
type DecisionAction struct {
	// by is the role that decides.
	// +required
	By Identifier `json:"by,omitempty"`

	// options are the choices.
	// +required
	// +listType=set
	// +kubebuilder:validation:MinItems=2
	// +kubebuilder:validation:MaxItems=12
	Options []Identifier `json:"options,omitempty"`
}

// Wait lets time pass or waits for a condition.
// +kubebuilder:validation:ExactlyOneOf=for;until
type Wait struct {
	// for is the time to let pass.
	// +optional
	For *Span `json:"for,omitempty"`

	// until is the condition to wait for.
	// +optional
	Until Expression `json:"until,omitempty"`
}

// RaiseIncident opens a crisis.
type RaiseIncident struct {
	// playbook names the playbook (for CrisisIncident) of the incident.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`
	Playbook string `json:"playbook,omitempty"`

	// team names the ResponseTeam that responds.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`
	Team string `json:"team,omitempty"`

	// level is the level of the incident. Default: the level of the complaint.
	// +optional
	Level LevelName `json:"level,omitempty"`
}

// ScheduleDrill plans a drill.
type ScheduleDrill struct {
	// playbook names the playbook to exercise. Default: the playbook of the run.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`
	Playbook string `json:"playbook,omitempty"`

	// team names the ResponseTeam that exercises. Default: the team of the incident.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`
	Team string `json:"team,omitempty"`

	// after is how long from now the drill takes place.
	// +required
	After Span `json:"after,omitzero"`
}

// PostMortemAction opens the post-mortem.
type PostMortemAction struct {
	// owner is the role that owns the post-mortem and its corrective actions until others are named.
	// +required
	Owner Identifier `json:"owner,omitempty"`

	// due is how long the corrective actions have by default, those added later too, each counted from when it was listed.
	// +required
	Due Span `json:"due,omitzero"`

	// actions are the corrective actions every post-mortem of this playbook starts with.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	Actions []ActionText `json:"actions,omitempty"`
}

// ActionText is what a corrective action is to achieve, in one sentence.
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=512
type ActionText string

// PlaybookAction runs another playbook inside this run.
type PlaybookAction struct {
	// name is the name of the playbook, for the same kind of record; its roles are its own, roles of the same name are
	// shared.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`
	Name string `json:"name,omitempty"`
}
