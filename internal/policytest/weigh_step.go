package policytest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// once is one time that a step was begun, or not: in one round.
type once struct {
	round                int32
	began, missed, ended time.Time
	due                  time.Time
	how                  v1alpha1.EventType // it ended
	outcome              v1alpha1.Identifier
}

// rounds are what became of a step of a record by a moment, round by round: in the run of then, or in all.
func (w *weigher) rounds(record, step string, until time.Time, inAll bool) []once {
	var out []once
	for _, l := range w.lines {
		if l.record == record && l.Type == v1alpha1.EventRunStarted && !l.At.After(until) && !inAll && !slices.Contains(l.stays, step) {
			out = nil
		}
		if l.record != record || l.Step != step || l.At.After(until) || l.Type == v1alpha1.EventActIgnored { // which did nothing to it
			continue
		}
		again := len(out) > 0 && !out[len(out)-1].ended.IsZero() && l.Type != v1alpha1.EventDeadlineMet && l.Type != v1alpha1.EventDeadlineMissed
		if len(out) == 0 || again {
			out = append(out, once{})
		}
		out[len(out)-1].take(l)
	}
	return out
}

// take takes in a line about the step. A repeat goes through all its rounds in one.
func (o *once) take(l line) {
	o.round = l.Round
	switch l.Type {
	case v1alpha1.EventStepSkipped, v1alpha1.EventStepCancelled, v1alpha1.EventStepDone:
		o.how, o.outcome, o.ended = l.Type, l.Outcome, l.At
	case v1alpha1.EventDeadlineMissed:
		o.missed = l.At
	}
	if o.began.IsZero() && l.begun() {
		o.began = l.At
		if !l.began.IsZero() {
			o.began = l.began
		}
	}
	if o.due.IsZero() {
		o.due = l.due
	}
}

// begun is whether a line about a step says that it has begun: it does not where it says why it has not, or could not.
func (l *line) begun() bool {
	switch l.Type {
	case v1alpha1.EventStepSkipped:
		return false
	case v1alpha1.EventNobody, v1alpha1.EventActIgnored:
		return !l.began.IsZero()
	}
	return !l.untold
}

func (w *weigher) step(e *Expectation, record string, until time.Time) verdict {
	want := e.Step
	rounds := w.rounds(record, want.Name, until, e.By != "" || want.Is == StepNeverBegun)
	if want.Is == StepNeverBegun {
		if !slices.ContainsFunc(rounds, func(o once) bool { return !o.began.IsZero() && (want.Round == 0 || want.Round == o.round) }) {
			return asExpected
		}
		return verdict{happened: strings.Join(roundsInWords(rounds), "; "), step: want.Name}
	}
	for _, o := range rounds {
		if want.Round != 0 && want.Round != o.round {
			continue
		}
		if w.stands(e, o, record, until) {
			return asExpected
		}
	}
	happened := orElse(strings.Join(roundsInWords(rounds), "; "), "it never began")
	if all := w.rounds(record, want.Name, until, true); len(all) > len(rounds) {
		happened += "; in a run before: " + strings.Join(roundsInWords(all[:len(all)-len(rounds)]), "; ")
	}
	if want.Asks != nil {
		happened += "; " + w.askedInstead(record, want, rounds, until)
	}
	return verdict{happened: happened, step: want.Name}
}

// stands is whether a step stands as expected in one of its rounds.
func (w *weigher) stands(e *Expectation, o once, record string, until time.Time) bool {
	want := e.Step
	at := e.At != ""
	holds := false
	switch want.stands() {
	case StepWaiting:
		holds = !o.began.IsZero() && (o.ended.IsZero() || e.By != "" && o.ended.After(o.began))
	case StepDone:
		holds = o.how == v1alpha1.EventStepDone
	case StepSkipped:
		holds = o.how == v1alpha1.EventStepSkipped
	case StepCancelled:
		holds = o.how == v1alpha1.EventStepCancelled
	case StepOverdue:
		holds = !o.missed.IsZero() && (!at || o.ended.IsZero())
	default:
		holds = !o.began.IsZero()
	}
	holds = holds && (want.Outcome == "" || o.how == v1alpha1.EventStepDone && want.Outcome == o.outcome)
	if want.Due != "" && holds {
		due, err := want.Due.after(o.began)
		holds = err == nil && o.due.Equal(due)
	}
	return holds && (want.Asks == nil || slices.ContainsFunc(w.tasksOf(record, want.Name, &o, until), want.Asks.is))
}

// tasksOf are the tasks that a step opened once.
func (w *weigher) tasksOf(record, step string, o *once, until time.Time) []*v1alpha1.ResponseTask {
	var out []*v1alpha1.ResponseTask
	for _, a := range w.asked {
		spec := &a.task.Spec
		over := a.at.After(until) || !o.ended.IsZero() && !a.at.Before(o.ended) && a.at.After(o.began)
		if a.record == record && spec.Step == step && (o.round == 0 || spec.Round == o.round) && !a.at.Before(o.began) && !over {
			out = append(out, a.task)
		}
	}
	return out
}

// is whether a task asks a role or a person.
func (a *Asked) is(task *v1alpha1.ResponseTask) bool {
	as := &task.Spec.Assignment
	if a.Person != "" {
		return as.Assignee == a.Person || slices.ContainsFunc(as.Seats, func(s v1alpha1.Seat) bool { return slices.Contains(s.Users, a.Person) })
	}
	return as.Role == string(a.Role) || slices.ContainsFunc(as.Seats, func(s v1alpha1.Seat) bool { return s.Role == string(a.Role) })
}

// askedInstead is whom a step asked.
func (w *weigher) askedInstead(record string, want *StepStanding, rounds []once, until time.Time) string {
	var tasks []*v1alpha1.ResponseTask
	for _, o := range rounds {
		if want.Round == 0 || want.Round == o.round {
			tasks = append(tasks, w.tasksOf(record, want.Name, &o, until)...)
		}
	}
	var out []string
	for _, task := range tasks {
		as := &task.Spec.Assignment
		if as.Assignee != "" {
			out = append(out, fmt.Sprintf("%s (%s)", as.Assignee, as.Role))
		}
		for _, seat := range as.Seats {
			out = append(out, "a "+seat.Role)
		}
	}
	if len(out) == 0 {
		return "it asked nobody"
	}
	return "it asked " + strings.Join(out, ", ")
}

// roundsInWords says what became of a step, round by round.
func roundsInWords(rounds []once) []string {
	var out []string
	for _, o := range rounds {
		var is []string
		if !o.began.IsZero() {
			is = append(is, "began at "+date(o.began))
		}
		if !o.due.IsZero() {
			is = append(is, "was due at "+date(o.due))
		}
		if !o.missed.IsZero() {
			is = append(is, "was overdue at "+date(o.missed))
		}
		switch o.how {
		case v1alpha1.EventStepDone:
			is = append(is, strings.TrimSuffix("was done at "+date(o.ended)+": "+string(o.outcome), ": "))
		case v1alpha1.EventStepSkipped:
			is = append(is, "was skipped at "+date(o.ended))
		case v1alpha1.EventStepCancelled:
			is = append(is, "was cancelled at "+date(o.ended))
		default:
			if o.began.IsZero() {
				is = append(is, "has not begun")
			} else {
				is = append(is, "waits")
			}
		}
		text := "it " + strings.Join(is, ", ")
		if o.round > 0 {
			text = fmt.Sprintf("round %d: %s", o.round, text)
		}
		out = append(out, text)
	}
	return out
}
