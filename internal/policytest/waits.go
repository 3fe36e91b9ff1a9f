package policytest

import (
	"slices"
	"strings"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// waiting is a step that has begun and not ended.
type waiting struct {
	step  string
	round int32
	// began and late are when it was put as words say, and when its deadline was missed; zero: it was not.
	began, late time.Time
	words       []string
	// several is whether several people are asked at once, whom the words do not name.
	several bool
}

// waits says what keeps a record open at a moment: the steps that have begun and not ended, and whom or what they wait for.
func (w *weigher) waits(record string, until time.Time) string {
	var open []*waiting
	for _, l := range w.lines {
		if l.record != record || l.At.After(until) {
			continue
		}
		if l.Type == v1alpha1.EventRunEnded {
			open = nil
		}
		i := slices.IndexFunc(open, func(s *waiting) bool { return s.step == l.Step })
		switch {
		case l.Step == "":
		case slices.Contains([]v1alpha1.EventType{v1alpha1.EventStepDone, v1alpha1.EventStepSkipped, v1alpha1.EventStepCancelled}, l.Type):
			if i >= 0 {
				open = slices.Delete(open, i, i+1)
			}
		case i >= 0:
			open[i].take(l)
		default:
			if s := (&waiting{step: l.Step, round: l.Round}); s.take(l) {
				open = append(open, s)
			}
		}
	}
	if len(open) == 0 {
		return ""
	}
	texts := make([]string, len(open))
	for i, s := range open {
		texts[i] = s.text() + w.notYet(record, s, until)
	}
	return "; what waits: " + strings.Join(texts, "; ")
}

// take takes in a line about the step; false: it does not say that the step waits.
func (s *waiting) take(l line) bool {
	switch l.Type {
	case v1alpha1.EventAsked:
		if !l.At.Equal(s.began) { // an approval asks several people one by one
			s.words = nil
		}
		s.several = l.Actor == ""
	case v1alpha1.EventStepStarted, v1alpha1.EventNobody, v1alpha1.EventUndelivered:
		s.words = nil
	case v1alpha1.EventNoticeRequested:
		if len(s.words) > 0 { // it recurs, or has a form sent
			return true
		}
	case v1alpha1.EventDeadlineMissed:
		s.late = l.At
		return false
	case v1alpha1.EventDeadlineMoved:
		s.late, s.words = time.Time{}, append(s.words, l.Text)
		return false
	default:
		return false
	}
	s.round, s.began, s.words = l.Round, l.At, append(s.words, l.Text)
	return true
}

func (s *waiting) text() string {
	text := s.step + roundOf(s.round)
	if !s.late.IsZero() {
		text += ", overdue from " + date(s.late)
	}
	return text + ": " + strings.Join(s.words, ", ")
}

// notYet names those of several people who were asked and have not answered.
func (w *weigher) notYet(record string, s *waiting, until time.Time) string {
	if !s.several {
		return ""
	}
	answered := map[string]bool{}
	for _, task := range w.play.Tasks() {
		answered[task.Name] = !task.Spec.ClosedAt.IsZero() && !task.Spec.ClosedAt.After(until)
	}
	var users []string
	for _, task := range w.tasksOf(record, s.step, &once{round: s.round}, until) {
		if !answered[task.Name] {
			users = append(users, string(task.Spec.Assignment.Assignee))
		}
	}
	slices.Sort(users)
	return " (not yet: " + strings.Join(users, ", ") + ")"
}
