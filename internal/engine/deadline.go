package engine

import (
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
)

// missedAfter is how long after the deadline it counts as missed: an act in the very second it falls due is in time.
const missedAfter = time.Second

// setDeadline computes the deadline of a step that begins, or later, when the step it counts from has ended.
func (t *turn) setDeadline(i int) {
	n, s := &t.plan.Nodes[i], &t.run.Steps[i]
	if n.Head.Within == nil || !s.DueAt.IsZero() {
		return
	}
	from, begun := t.deadlineStart(i)
	if !begun {
		return
	}
	due, err := t.counted(i, from, v1alpha1.Span{Elapsed: n.Head.Within.Elapsed, Working: n.Head.Within.Working})
	if err != nil {
		t.minorProblem(i, "the deadline cannot be computed: "+err.Error())
		return
	}
	s.DueAt = stamp(due)
	if until := s.HolidaysKnownUntil; until != "" {
		t.event(v1alpha1.EventDeadlineUnsure, i, "", "due "+s.DueAt.UTC().Format(time.RFC3339)+", counted by "+s.Calendar+" as if no public holiday came after "+string(until))
	}
	t.passReminders(i)
	t.reassign(i)
}

// counted adds a span in the calendar of a step, and notes on the step which calendar that was and whether it knows the
// public holidays that far.
func (t *turn) counted(i int, from time.Time, span v1alpha1.Span) (time.Time, error) {
	c, s := t.plan.Nodes[i].Calendar, &t.run.Steps[i]
	s.Calendar, s.HolidaysKnownUntil = "", ""
	at, err := calendar.AddSpan(c, from, span)
	if err == nil && span.Working != "" {
		s.Calendar = c.Stamp()
		if !c.Knows(at) {
			s.HolidaysKnownUntil, _ = c.KnownUntil()
		}
	}
	return at, err
}

// deadlineStart is the moment the deadline counts from; false while the step it counts from goes on.
func (t *turn) deadlineStart(i int) (time.Time, bool) {
	n, s := &t.plan.Nodes[i], &t.run.Steps[i]
	from := s.StartedAt.Time
	switch {
	case n.OfStep >= 0:
		from = t.run.Steps[n.OfStep].EndedAt.Time
		return from, ended(&t.run.Steps[n.OfStep])
	case n.Head.Within.Of == "received" && !t.f.ReceivedAt.IsZero():
		from = t.f.ReceivedAt
	case n.Head.Within.Of == "graded" && !t.f.GradedAt.IsZero():
		from = t.f.GradedAt
	}
	return from, true
}

// watchTime does what time alone asks of a waiting step: let a stopped clock run on, remind, note a missed deadline,
// climb the ladder. Then it says when to look again.
func (t *turn) watchTime(i int) {
	s := &t.run.Steps[i]
	t.setDeadline(i)
	t.wind(i, t.now)
	if !s.AcknowledgeBy.IsZero() && t.now.After(s.AcknowledgeBy.Time) {
		t.tellDeputies(i)
	}
	if s.PausedAt.IsZero() && !s.DueAt.IsZero() {
		t.remind(i)
		if !t.now.Before(s.DueAt.Add(missedAfter)) {
			t.miss(i)
		}
	}
	if s.State == v1alpha1.StepWaiting {
		t.schedule(i)
	}
}

// passed is whether the deadline had passed at a moment; the clock of a paused step stands still.
func (t *turn) passed(i int, at time.Time) bool {
	s := &t.run.Steps[i]
	return !s.DueAt.IsZero() && s.PausedAt.IsZero() && s.DueAt.Time.Before(at)
}

// miss notes that the deadline has passed, once, and then climbs the ladder rung by rung, or ends the step with the
// outcome the playbook gives. Where there is nobody to climb to, those asked and the leads are told.
func (t *turn) miss(i int) {
	o := t.plan.Nodes[i].Head.Overdue
	untold := t.run.Steps[i].OverdueAt.IsZero()
	t.fire(i)
	l, is := t.loss(i)
	over := is && t.pastHope(i, l)
	if o != nil && o.Outcome != "" {
		if over {
			t.tellGivenUp(i, l)
		}
		t.because(t.now)
		t.finish(i, o.Outcome, nil, t.now)
		return
	}
	if over {
		t.giveUp(i, l)
		return
	}
	hop, more := t.nextHop(i)
	for more && !t.now.Before(hop) {
		untold = !t.climb(i, hop)
		hop, more = t.nextHop(i)
	}
	if untold && !more {
		t.tellOverdue(i)
	}
}

// fire notes that the deadline has passed, once.
func (t *turn) fire(i int) {
	if s := &t.run.Steps[i]; s.OverdueAt.IsZero() {
		s.OverdueAt = stamp(t.now)
		t.event(v1alpha1.EventDeadlineMissed, i, "", t.missedText(i))
	}
}

func (t *turn) missedText(i int) string {
	s := &t.run.Steps[i]
	due := s.DueAt.UTC().Format(time.RFC3339)
	fires := s.DueAt.Add(missedAfter)
	if s.StartedAt.After(fires) {
		text := "the deadline " + due + " had passed before the step began"
		if late := t.now.Sub(s.StartedAt.Time); late > 0 {
			text += "; noticed " + spell(late) + " late"
		}
		return text
	}
	text := "the deadline " + due + " passed before an answer came"
	if late := t.now.Sub(fires); late > 0 {
		text += "; noticed " + spell(late) + " late"
	}
	return text
}

// moveDeadline moves a deadline, and tells the task. The moved deadline is another one: it reminds again, and fires
// again if it is missed too. A clock that stood still for no time at all leaves the deadline, and its reminders, alone.
func (t *turn) moveDeadline(i int, by time.Duration, actor v1alpha1.User, why string) {
	s := &t.run.Steps[i]
	if !s.DueAt.IsZero() {
		if by > 0 {
			s.DueAt = stamp(s.DueAt.Add(by))
			s.OverdueAt = metav1.Time{}
			t.passReminders(i)
		}
		why += "; now due " + s.DueAt.UTC().Format(time.RFC3339)
	}
	t.event(v1alpha1.EventDeadlineMoved, i, actor, why)
	t.reassign(i)
}

// keepsOwnTime is whether the NextAt of a step is its own: the next recurrence, or the end of a wait.
func (t *turn) keepsOwnTime(i int) bool {
	n := &t.plan.Nodes[i]
	return n.Head.Every != nil || n.Action.Wait != nil && n.Action.Wait.For != nil
}

// schedule sets when time alone changes the step next.
func (t *turn) schedule(i int) {
	if t.keepsOwnTime(i) {
		return
	}
	if s, next := &t.run.Steps[i], stamp(t.nextMoment(i)); !s.NextAt.Equal(&next) {
		s.NextAt = next
	}
}

// nextMoment is the next moment at which a sign is expected, a pause ends, a reminder is due, the deadline passes or the
// ladder is climbed; zero: never.
func (t *turn) nextMoment(i int) time.Time {
	s := &t.run.Steps[i]
	var next time.Time
	if !s.AcknowledgeBy.IsZero() {
		next = s.AcknowledgeBy.Add(missedAfter)
	}
	if !s.PausedAt.IsZero() {
		return earlier(next, t.pauseLimit(i))
	}
	if s.DueAt.IsZero() {
		return next
	}
	if at, ok := t.nextReminder(i); ok {
		next = earlier(next, at)
	}
	if s.OverdueAt.IsZero() {
		return earlier(next, s.DueAt.Add(missedAfter))
	}
	if hop, ok := t.nextHop(i); ok {
		next = earlier(next, hop)
	}
	return next
}

// passReminders leaves out the reminders of a new deadline whose moment is over already.
func (t *turn) passReminders(i int) {
	s := &t.run.Steps[i]
	s.Reminded = 0
	for _, before := range t.plan.Nodes[i].Remind {
		if s.DueAt.Add(-before).Before(t.now) {
			s.Reminded++
		}
	}
}

func (t *turn) nextReminder(i int) (time.Time, bool) {
	s := &t.run.Steps[i]
	if !s.OverdueAt.IsZero() {
		return time.Time{}, false
	}
	for k, before := range t.plan.Nodes[i].Remind {
		if at := s.DueAt.Add(-before); int32(k) >= s.Reminded && at.After(t.now) {
			return at, true
		}
	}
	return time.Time{}, false
}

// spell writes a duration for people: its two largest units.
func spell(d time.Duration) string {
	d = d.Round(time.Second)
	if d < time.Second {
		return "0s"
	}
	var parts []string
	for _, u := range []struct {
		size time.Duration
		name string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "m"}, {time.Second, "s"}} {
		if n := int64(d / u.size); n > 0 && len(parts) < 2 {
			parts = append(parts, number(n)+u.name)
			d %= u.size
		}
	}
	return strings.Join(parts, " ")
}

func spanWords(s v1alpha1.Span) string {
	if s.Working != "" {
		return string(s.Working) + " of working time"
	}
	return string(s.Elapsed)
}
