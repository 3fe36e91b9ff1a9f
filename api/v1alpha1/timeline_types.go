package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// Timeline is the append-only history of a record. Each entry's hash covers the hash before it and a salted commitment
// to the entry's content, so that a changed, dropped, reordered or rewritten entry shows, and yet the content of an
// entry can be erased (salt and all) without breaking the chain.
type Timeline struct {
	// head is the hash of the newest entry, lower-case hex.
	// +optional
	// +kubebuilder:validation:MinLength=64
	// +kubebuilder:validation:MaxLength=64
	Head string `json:"head,omitempty"`

	// length is the number of entries ever appended.
	// +optional
	// +kubebuilder:validation:Minimum=1
	Length int64 `json:"length,omitempty"`

	// segments is the number of immutable segments (ConfigMaps `<record>-timeline-<n>`) that hold the older entries.
	// +optional
	// +kubebuilder:validation:Minimum=1
	Segments int32 `json:"segments,omitempty"`

	// entries are the newest entries, oldest first: usually fewer than twenty; more where much happened at once, or where
	// older ones cannot be moved into a segment. Each has seq, at, type, step, round, actor, text, salt, commitment and
	// hash. The manager alone writes them, so the API server is not asked to check them one by one: with run.steps, that
	// was a fifth of what a write of a record costs.
	// +optional
	// +kubebuilder:validation:Schemaless
	// +kubebuilder:pruning:PreserveUnknownFields
	Entries []TimelineEntry `json:"entries,omitempty"`
}

// TimelineEntry is one thing that happened.
type TimelineEntry struct {
	// seq numbers the entries of a record from 1.
	// +required
	// +kubebuilder:validation:Minimum=1
	Seq int64 `json:"seq,omitempty"`

	// at is when it happened.
	// +required
	At metav1.Time `json:"at,omitzero"`

	// type is what happened, one of the Event… constants.
	// +required
	Type EventType `json:"type,omitempty"`

	// step is the path of the step it happened to; empty when it concerns the whole record.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	Step string `json:"step,omitempty"`

	// round is the round of the repeat the step belongs to.
	// +optional
	// +kubebuilder:validation:Minimum=1
	Round int32 `json:"round,omitempty"`

	// actor is the user who did it; empty when time or the operator did. Erasable.
	// +optional
	Actor User `json:"actor,omitempty"`

	// text says it in a sentence, without personal data of the complainant. Erasable.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1024
	Text string `json:"text,omitempty"`

	// salt is 16 random bytes as hex, which keep an erased entry from being guessed. Erasable.
	// +optional
	// +kubebuilder:validation:MinLength=32
	// +kubebuilder:validation:MaxLength=32
	Salt string `json:"salt,omitempty"`

	// commitment is SHA-256 over salt and content, lower-case hex: what is left of the content once it is erased. Not set
	// before, because it follows from both.
	// +optional
	// +kubebuilder:validation:MinLength=64
	// +kubebuilder:validation:MaxLength=64
	Commitment string `json:"commitment,omitempty"`

	// hash is SHA-256 over the previous hash, seq, at, type, step, round and commitment, lower-case hex.
	// +required
	// +kubebuilder:validation:MinLength=64
	// +kubebuilder:validation:MaxLength=64
	Hash string `json:"hash,omitempty"`
}

// EventType is what happened.
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=40
// +kubebuilder:validation:Pattern=`^[A-Z][A-Za-z]*$`
type EventType string

// What can happen to a record.
const (
	EventReceived         EventType = "Received"         // the record was taken in
	EventGraded           EventType = "Graded"           // a level was set or raised by rule
	EventLevelChanged     EventType = "LevelChanged"     // a person raised or lowered the level
	EventCorrelated       EventType = "Correlated"       // the record joined an incident, or a complaint joined this one
	EventRunStarted       EventType = "RunStarted"       // a playbook began
	EventRunEnded         EventType = "RunEnded"         // the run completed, was aborted, withdrawn or merged
	EventReopened         EventType = "Reopened"         // a closed record was opened again
	EventRoleAssigned     EventType = "RoleAssigned"     // somebody took a role
	EventRoleHandedOver   EventType = "RoleHandedOver"   // a role went to somebody else
	EventStepStarted      EventType = "StepStarted"      // a step began
	EventStepDone         EventType = "StepDone"         // a step ended as meant
	EventStepSkipped      EventType = "StepSkipped"      // a step did not apply, or a person skipped it
	EventStepCancelled    EventType = "StepCancelled"    // a cancel region or the end of the run stopped a step
	EventRoundStarted     EventType = "RoundStarted"     // a repeat began another round
	EventAsked            EventType = "Asked"            // somebody was asked for work, approval, an answer
	EventActed            EventType = "Acted"            // somebody did something to a task
	EventActIgnored       EventType = "ActIgnored"       // an act came too late or did not fit
	EventReminded         EventType = "Reminded"         // a reminder went out
	EventDeadlineMet      EventType = "DeadlineMet"      // a step ended in time
	EventDeadlineMissed   EventType = "DeadlineMissed"   // a deadline passed
	EventDeadlineMoved    EventType = "DeadlineMoved"    // an extension or pause moved a deadline
	EventDeadlineUnsure   EventType = "DeadlineUnsure"   // a deadline was counted beyond the last day whose public holidays are known
	EventEscalated        EventType = "Escalated"        // the next rung was told
	EventApprovalVoid     EventType = "ApprovalVoid"     // what was approved changed afterwards
	EventNoticeRequested  EventType = "NoticeRequested"  // a notice was put into the outbox
	EventIncidentRaised   EventType = "IncidentRaised"   // an incident was opened or joined
	EventDrillScheduled   EventType = "DrillScheduled"   // a drill was planned
	EventPostMortemOpened EventType = "PostMortemOpened" // the post-mortem was opened
	EventCommented        EventType = "Commented"        // somebody left a comment
	EventNobody           EventType = "Nobody"           // nobody can be asked; somebody has to look
	EventRecused          EventType = "Recused"          // somebody takes no part any more, because it is about them
	EventFactsChanged     EventType = "FactsChanged"     // somebody changed what the record says
	EventUndelivered      EventType = "Undelivered"      // a notice that a step waits for never arrived, or may not have
	EventErased           EventType = "Erased"           // content was erased at a data subject's request
)
