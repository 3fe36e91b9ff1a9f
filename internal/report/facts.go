package report

import (
	"fmt"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// most is how many missed deadlines are told one by one.
const most = 20

// wentWell derives what helped.
func wentWell(r Report, run *v1alpha1.Run) []string {
	var facts []string
	met, missed := countDeadlines(r.Deadlines)
	switch {
	case met > 1 && missed == 0:
		facts = append(facts, fmt.Sprintf("All %d deadlines were met.", met))
	case met > 0 && missed == 0:
		facts = append(facts, "The one deadline was met.")
	case met > 0:
		facts = append(facts, fmt.Sprintf("%d of %d deadlines were met.", met, met+missed))
	}
	if run != nil {
		for _, h := range run.Roles {
			if h.Name == "commander" || h.Name == "spokesperson" || h.Name == "handler" {
				facts = append(facts, fmt.Sprintf("A %s was in place %s after the matter was taken in.", h.Name, Words(h.Since.Sub(r.From))))
			}
		}
	}
	if asked, answered, ok := firstAnswer(r.Entries); ok {
		facts = append(facts, fmt.Sprintf("The first answer came %s after the first request.", Words(answered.Sub(asked))))
	}
	var delivered, trouble int
	for _, a := range r.Audiences {
		delivered += a.Delivered
		trouble += a.Uncertain + a.Failed + a.Pending
	}
	if delivered > 0 && trouble == 0 {
		facts = append(facts, fmt.Sprintf("Everything meant to be sent was delivered (%s).", plural(delivered, "notice", "notices")))
	}
	return facts
}

// slowed derives what cost time.
func slowed(r Report, steps map[key]v1alpha1.StepState) []string {
	facts := missedFacts(r.Deadlines)
	facts = append(facts, roundFacts(r.Entries)...)
	counted := []struct {
		event v1alpha1.EventType
		one   string
		many  string
	}{
		{v1alpha1.EventEscalated, "Once somebody further up or a deputy had to be told.", "%d times somebody further up or a deputy had to be told."},
		{v1alpha1.EventDeadlineMoved, "A deadline was moved, by an extension or a pause.", "Deadlines were moved %d times, by an extension or a pause."},
		{v1alpha1.EventApprovalVoid, "An approval became void because what was approved changed afterwards.", "Approvals became void %d times because what was approved changed afterwards."},
		{v1alpha1.EventNobody, "Once nobody could be asked.", "%d times nobody could be asked."},
		{v1alpha1.EventReopened, "The matter was opened again after it was closed.", "The matter was opened again %d times after it was closed."},
		{v1alpha1.EventLevelChanged, "The level was changed while the work ran.", "The level was changed %d times while the work ran."},
	}
	for _, c := range counted {
		switch n := countEvents(r.Entries, c.event); n {
		case 0:
		case 1:
			facts = append(facts, c.one)
		default:
			facts = append(facts, fmt.Sprintf(c.many, n))
		}
	}
	if n := declines(steps); n > 0 {
		facts = append(facts, plural(n, "request was passed on to somebody else.", "requests were passed on to somebody else."))
	}
	return append(facts, noticeFacts(r.Audiences)...)
}

func missedFacts(deadlines []Deadline) []string {
	var facts []string
	for _, d := range deadlines {
		if d.State != DeadlineMissed {
			continue
		}
		fact := stepName(d.Step, d.Round) + ": the deadline passed before an answer came"
		switch {
		case d.Late > 0:
			fact += "; it came " + Words(d.Late) + " later"
		case d.End.IsZero():
			fact += "; none has come yet"
		}
		if d.Escalations > 0 {
			fact += ", after " + plural(d.Escalations, "rung of the ladder was told", "rungs of the ladder were told")
		}
		if d.Noticed > time.Minute {
			fact += ". This was noticed " + Words(d.Noticed) + " after the deadline, because the operator was not running"
		}
		facts = append(facts, fact+".")
	}
	if n := len(facts); n > most {
		facts = append(facts[:most], fmt.Sprintf("%d further deadlines passed before an answer came; the table above has them.", n-most))
	}
	return facts
}

// roundFacts names the blocks that were done more than once, in order of appearance.
func roundFacts(entries []v1alpha1.TimelineEntry) []string {
	rounds := map[string]int32{}
	var order []string
	for _, e := range entries {
		if e.Type != v1alpha1.EventRoundStarted {
			continue
		}
		if _, seen := rounds[e.Step]; !seen {
			order = append(order, e.Step)
		}
		rounds[e.Step] = max(rounds[e.Step], e.Round)
	}
	var facts []string
	for _, step := range order {
		if rounds[step] > 1 {
			facts = append(facts, fmt.Sprintf("%s took %d rounds until it was settled.", step, rounds[step]))
		}
	}
	return facts
}

func noticeFacts(audiences []Audience) []string {
	var facts []string
	say := func(n int, audience, what string) {
		if n > 0 {
			facts = append(facts, fmt.Sprintf("%s to %s %s.", plural(n, "notice", "notices"), audience, what))
		}
	}
	for _, a := range audiences {
		say(a.Uncertain, a.Name, "may or may not have arrived")
		say(a.Failed, a.Name, "could not be delivered")
		say(a.Pending, a.Name, "not yet delivered when this was written")
	}
	return facts
}

// firstAnswer finds the first request and the first thing after it that a person did: an act, or the end of a step that
// they brought about.
func firstAnswer(entries []v1alpha1.TimelineEntry) (asked, answered time.Time, ok bool) {
	for _, e := range entries {
		switch {
		case e.Type == v1alpha1.EventAsked && asked.IsZero():
			asked = e.At.Time
		case (e.Type == v1alpha1.EventActed || e.Type == v1alpha1.EventStepDone) && e.Actor != "" && !asked.IsZero():
			return asked, e.At.Time, true
		}
	}
	return asked, time.Time{}, false
}

func countDeadlines(deadlines []Deadline) (met, missed int) {
	for _, d := range deadlines {
		switch d.State {
		case DeadlineMet:
			met++
		case DeadlineMissed:
			missed++
		}
	}
	return met, missed
}

func countEvents(entries []v1alpha1.TimelineEntry, typ v1alpha1.EventType) int {
	n := 0
	for _, e := range entries {
		if e.Type == typ {
			n++
		}
	}
	return n
}

func declines(steps map[key]v1alpha1.StepState) int {
	n := 0
	for _, s := range steps {
		n += len(s.Declined)
	}
	return n
}
