package demo

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/notice/receivers"
)

// What the pack of the property developer calls things.
const (
	decisionForAll = "decideForAll"
	monthRule      = "a-month"
	month          = 30 * 24 * time.Hour
)

// decisionSubject is what the mail of the decision says, by language.
var decisionSubject = map[v1alpha1.Locale]string{v1alpha1.LocaleChinese: "决定给您补偿", v1alpha1.LocaleEnglish: "you are compensated"}

// decisionReachesHouseholds: what was decided for all in a crisis of many households reached each of them once, in its own
// language, and not before it was decided.
func (w *World) decisionReachesHouseholds() Invariant {
	const name = "2b what is decided for all reaches each household once"
	var wrong []string
	told := 0
	for i := range w.Complaints {
		c := &w.Complaints[i]
		decided := w.decidedAt(c)
		if decided.IsZero() {
			continue
		}
		mail := w.decisionMail(c)
		switch {
		case len(mail) != 1:
			wrong = append(wrong, fmt.Sprintf("%s was told the decision %d times", c.Name, len(mail)))
		case mail[0].At.Before(decided):
			wrong = append(wrong, c.Name+" was told before it was decided")
		default:
			told++
		}
	}
	if told == 0 {
		wrong = append(wrong, "there was no crisis of households")
	}
	return verdict(name, wrong, count(told, "household")+" told, each from its own case")
}

// decidedAt is when it was decided for all in the crisis of a complaint; zero: it was not, or it is part of none.
func (w *World) decidedAt(c *v1alpha1.Complaint) time.Time {
	if c.Namespace != estate || c.Status.Incident == nil {
		return time.Time{}
	}
	for i := range w.Incidents {
		ci := &w.Incidents[i]
		if ci.Namespace != c.Namespace || ci.Name != string(c.Status.Incident.Name) || ci.Status.Run == nil {
			continue
		}
		for _, s := range ci.Status.Run.Steps {
			if s.Name == decisionForAll && s.State == v1alpha1.StepDone {
				return s.EndedAt.Time
			}
		}
	}
	return time.Time{}
}

// decisionMail is the mail that tells a complainant of the decision, in the language they asked for.
func (w *World) decisionMail(c *v1alpha1.Complaint) []receivers.Received {
	subject := decisionSubject[c.Spec.Complainant.Locale]
	return slices.DeleteFunc(slices.Clone(w.Mail), func(m receivers.Received) bool {
		return !strings.Contains(m.Subject, c.Status.CaseNumber) || !strings.Contains(m.Subject, subject)
	})
}

// households counts the complaints that were part of a crisis in which it was decided for all, and those told of it once.
func (w *World) households() (inCrisis, toldOnce int) {
	for i := range w.Complaints {
		if c := &w.Complaints[i]; !w.decidedAt(c).IsZero() {
			inCrisis++
			if len(w.decisionMail(c)) == 1 {
				toldOnce++
			}
		}
	}
	return inCrisis, toldOnce
}

// raisedByTheMonth are the complaints whose level rose because a month had passed.
func (w *World) raisedByTheMonth() []*v1alpha1.Complaint {
	var out []*v1alpha1.Complaint
	for i := range w.Complaints {
		if g := w.Complaints[i].Status.Grading; g != nil && g.Rule == monthRule {
			out = append(out, &w.Complaints[i])
		}
	}
	return out
}

// monthIsOverByItself: the level of a case that nobody answers rises the second a month has passed, with nobody's act on it.
func (w *World) monthIsOverByItself() Invariant {
	const name = "3b a month over raises the level by itself"
	var wrong []string
	raised := w.raisedByTheMonth()
	for _, c := range raised {
		if at := c.Status.Grading.At.Time; !at.Equal(c.Spec.ReceivedAt.Add(month)) {
			wrong = append(wrong, fmt.Sprintf("%s was raised at %s, received %s", c.Name, at.UTC().Format(time.RFC3339), c.Spec.ReceivedAt.UTC().Format(time.RFC3339)))
		}
		if len(c.Spec.Acts) > 0 {
			wrong = append(wrong, "somebody acted on "+c.Name)
		}
	}
	if len(raised) == 0 {
		wrong = append(wrong, "no case waited that long")
	}
	return verdict(name, wrong, count(len(raised), "case")+" raised to the second")
}
