package simulation

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// Cast says how people and channels behave in a simulation. The zero value is a cast in which everybody who is asked
// answers half an hour later, with the first answer there is.
type Cast struct {
	// Seed is what chance is drawn from. Two runs with the same seed are the same; what happens in one case does not depend
	// on the other cases. Default 0.
	Seed uint64 `json:"seed,omitempty"`
	// Start is when the first case comes in, where the cases do not say so themselves. Default: 2026-03-02T09:00:00Z, a
	// Monday; the command simulate takes when the first record was received, where all say so.
	Start metav1.Time `json:"start,omitzero"`
	// Hours names the BusinessCalendar people keep: who would answer outside of its hours answers when they begin. Default:
	// people answer around the clock. In a crisis they always do.
	Hours v1alpha1.ObjectName `json:"hours,omitempty"`
	// Answers say who answers what, how soon and how. The first entry that fits a task counts; where none does, somebody
	// answers half an hour later.
	Answers []Answer `json:"answers,omitempty"`
	// Away says who is away, and the teams know it.
	Away []Away `json:"away,omitempty"`
	// Outages say when a channel delivers nothing: what is sent then fails.
	Outages []Outage `json:"outages,omitempty"`
	// Remedy is what is written where a task asks for a remedy. Default: an explanation and an apology.
	Remedy *v1alpha1.Remedy `json:"remedy,omitempty"`
	// Acts is what people do to records besides answering tasks.
	Acts []RecordAct `json:"acts,omitempty"`
}

// Answer says how some people answer some tasks.
type Answer struct {
	// Users are the people it speaks of. Default: everybody.
	Users []v1alpha1.User `json:"users,omitempty"`
	// Steps are the steps it speaks of: the last word of their path, or a pattern such as `check*`. Default: every step.
	Steps []string `json:"steps,omitempty"`
	// Records are the records it speaks of: names or patterns. Default: every record.
	Records []string `json:"records,omitempty"`
	// After is how long the answer takes. Default: 30m.
	After Delay `json:"after,omitzero"`
	// Never says that these people do not answer.
	Never bool `json:"never,omitempty"`
	// Declines is how many of a hundred tasks are declined; the answer to the others is not. Default 0.
	Declines int `json:"declines,omitempty"`
	// Outcomes are the answers, one a round, the last one for all further rounds. An approval knows approved and refused.
	// Default: the first outcome the task offers, approved.
	Outcomes []v1alpha1.Identifier `json:"outcomes,omitempty"`
	// Shares give each outcome's share among many cases, in place of Outcomes.
	Shares map[v1alpha1.Identifier]int `json:"shares,omitempty"`
}

// Delay is how long something takes: always the same, or spread around a median.
type Delay struct {
	// Median is the time that half of all take. Where there is no Slow, all take it. Default: 30m.
	Median v1alpha1.Duration `json:"median,omitempty"`
	// Slow is the time that nine of ten do not exceed; the others are spread as the times of human answers are, evenly on a
	// logarithmic scale around the median.
	Slow v1alpha1.Duration `json:"slow,omitempty"`
}

// Away is when somebody is away.
type Away struct {
	// User is who is away.
	User v1alpha1.User `json:"user"`
	// From and To bound the absence; To is the first moment they are back.
	From metav1.Time `json:"from"`
	To   metav1.Time `json:"to"`
}

// Outage is when a channel delivers nothing.
type Outage struct {
	// Channel is the name of the NoticeChannel.
	Channel v1alpha1.ObjectName `json:"channel"`
	// From and To bound the outage; To is the first moment the channel works again.
	From metav1.Time `json:"from"`
	To   metav1.Time `json:"to"`
}

// RecordAct is something a person does to a record at a time of the simulation.
type RecordAct struct {
	// Record is the name of the record. `lamp/incident` is the incident that the complaint lamp is part of then.
	Record string `json:"record"`
	// After is how long after the record came in it is done; on lamp/incident after lamp came in.
	After v1alpha1.Duration `json:"after"`
	// Act is what is done; its id and time are filled in.
	Act v1alpha1.RecordAct `json:"act"`
}

// Begins is when the first case can come in.
func (c *Cast) Begins() time.Time {
	if c.Start.IsZero() {
		return time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)
	}
	return c.Start.UTC()
}
