package engine

import (
	"slices"
	"strconv"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
)

// missedAfter is how long after the deadline it counts as missed: an act in the very second it falls due is in time.
const missedAfter = time.Second

// setDeadline computes the deadline of a step that begins.
func (t *turn) setDeadline(i int) {
	n, s := &t.plan.Nodes[i], &t.run.Steps[i]
	if n.Head.Within == nil {
		return
	}
	from := s.StartedAt.Time
	switch {
	case n.OfStep >= 0:
		if end := t.run.Steps[n.OfStep].EndedAt; !end.IsZero() {
			from = end.Time
		}
	case n.Head.Within.Of == "received":
		from = t.f.ReceivedAt
	case n.Head.Within.Of == "graded":
		from = t.f.GradedAt
	}
	due, err := calendar.AddSpan(n.Calendar, from, v1alpha1.Span{Elapsed: n.Head.Within.Elapsed, Working: n.Head.Within.Working})
	if err != nil {
		t.problem(i, "the deadline cannot be computed: "+err.Error())
		return
	}
	s.DueAt = stamp(due)
}

// watchTime does what time alone asks of a waiting step: let a stopped clock run on, remind, note a missed deadline,
// climb the ladder. Then it says when to look again.
func (t *turn) watchTime(i int) {
	s := &t.run.Steps[i]
	if !s.PausedAt.IsZero() {
		if limit := t.pauseLimit(i); !t.now.Before(limit) {
			t.resume(i, limit, "")
		}
	}
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

func (t *turn) pauseLimit(i int) time.Time {
	s, policy := &t.run.Steps[i], t.plan.Nodes[i].Head.Pause
	return s.PausedAt.Add(calendar.Elapsed(policy.AtMost) - time.Duration(s.PausedSeconds)*time.Second)
}

// remind sends the reminders whose time has come; of several missed ones only the last.
func (t *turn) remind(i int) {
	s := &t.run.Steps[i]
	at := t.reminders(i)
	due := int32(0)
	for k, when := range at {
		if int32(k) >= s.Reminded && !t.now.Before(when) {
			due = int32(k) + 1
		}
	}
	if due == 0 {
		return
	}
	s.Reminded = due
	if t.now.After(s.DueAt.Time) {
		return
	}
	told := t.asked(i)
	for k, p := range told {
		t.tell(i, "remind"+strconv.Itoa(int(due))+"/"+strconv.Itoa(k), p, "reminder", t.firstTask(i))
	}
	t.event(v1alpha1.EventReminded, i, "", people(told)+" reminded, due in "+spell(s.DueAt.Sub(t.now)))
}

// reminders are the moments of the reminders, earliest first.
func (t *turn) reminders(i int) []time.Time {
	n, s := &t.plan.Nodes[i], &t.run.Steps[i]
	out := make([]time.Time, 0, len(n.Head.Remind))
	for _, d := range n.Head.Remind {
		out = append(out, s.DueAt.Add(-calendar.Elapsed(d)))
	}
	slices.SortFunc(out, time.Time.Compare)
	return out
}

// asked are the people a step waits for first.
func (t *turn) asked(i int) []v1alpha1.RoleHolder {
	s := &t.run.Steps[i]
	if s.Assignee != "" {
		if p, ok := t.personOf(s.Assignee); ok {
			return []v1alpha1.RoleHolder{{Name: p.Name, Team: p.Team, Person: p.Name, User: p.User}}
		}
	}
	var out []v1alpha1.RoleHolder
	for _, role := range askedRoles(&t.plan.Nodes[i]) {
		if h, ok := t.holder(t.ownRole(role, i), i); ok && !slices.ContainsFunc(out, func(o v1alpha1.RoleHolder) bool { return o.User == h.User }) {
			out = append(out, h)
		}
	}
	return out
}

// miss notes that the deadline has passed, once, and then climbs the ladder rung by rung, or ends the step with the
// outcome the playbook gives.
func (t *turn) miss(i int) {
	n, s := &t.plan.Nodes[i], &t.run.Steps[i]
	if s.OverdueAt.IsZero() {
		s.OverdueAt = stamp(t.now)
		text := "the deadline " + s.DueAt.UTC().Format(time.RFC3339) + " passed before an answer came"
		if late := t.now.Sub(s.DueAt.Add(missedAfter)); late > 0 {
			text += "; noticed " + spell(late) + " late"
		}
		t.event(v1alpha1.EventDeadlineMissed, i, "", text)
	}
	if n.Head.Overdue == nil {
		return
	}
	if n.Head.Overdue.Outcome != "" {
		t.finish(i, n.Head.Overdue.Outcome, nil, t.now)
		return
	}
	if n.Head.Overdue.Climb != v1alpha1.ClimbLadder {
		return
	}
	for {
		hop, ok := t.nextHop(i)
		if !ok || t.now.Before(hop) {
			return
		}
		t.climb(i)
	}
}

// nextHop is when the ladder is climbed next; false at its top.
func (t *turn) nextHop(i int) (time.Time, bool) {
	n, s := &t.plan.Nodes[i], &t.run.Steps[i]
	o := n.Head.Overdue
	if o == nil || o.Climb != v1alpha1.ClimbLadder || s.DueAt.IsZero() {
		return time.Time{}, false
	}
	base, ladder := t.rungBase(i)
	if base+1+int(s.Rung) >= len(ladder) || (s.Rung > 0 && o.Every == "") {
		return time.Time{}, false
	}
	return s.DueAt.Add(missedAfter + time.Duration(s.Rung)*calendar.Elapsed(o.Every)), true
}

// climb tells the next role up the ladder and lets it act as well.
func (t *turn) climb(i int) {
	n, s := &t.plan.Nodes[i], &t.run.Steps[i]
	base, ladder := t.rungBase(i)
	role := ladder[base+1+int(s.Rung)]
	s.Rung++
	h, ok := t.holder(role, i)
	if !ok {
		t.event(v1alpha1.EventNobody, i, "", "nobody can be told as "+role+"; the next rung follows")
		return
	}
	t.reassign(i)
	template := string(n.Head.Overdue.Template)
	if template == "" {
		template = "overdue"
	}
	t.tell(i, "rung"+strconv.Itoa(int(s.Rung)), h, template, t.firstTask(i))
	t.event(v1alpha1.EventEscalated, i, h.User, h.Person+" ("+role+") is told and may act")
}

func (t *turn) firstTask(i int) string {
	if s := &t.run.Steps[i]; len(s.Tasks) > 0 {
		return string(s.Tasks[0])
	}
	return ""
}

// schedule sets when time alone changes the step next. A recurring step and a wait for time keep their own.
func (t *turn) schedule(i int) {
	n, s := &t.plan.Nodes[i], &t.run.Steps[i]
	if n.Head.Every != nil || (n.Action.Wait != nil && n.Action.Wait.For != nil) {
		return
	}
	s.NextAt = metav1.Time{}
	sooner := func(at time.Time) {
		if s.NextAt.IsZero() || at.Before(s.NextAt.Time) {
			s.NextAt = stamp(at)
		}
	}
	if !s.AcknowledgeBy.IsZero() {
		sooner(s.AcknowledgeBy.Add(missedAfter))
	}
	if !s.PausedAt.IsZero() {
		sooner(t.pauseLimit(i))
		return
	}
	if s.DueAt.IsZero() {
		return
	}
	for k, at := range t.reminders(i) {
		if int32(k) >= s.Reminded && at.After(t.now) {
			sooner(at)
		}
	}
	if s.OverdueAt.IsZero() {
		sooner(s.DueAt.Add(missedAfter))
	} else if hop, ok := t.nextHop(i); ok {
		sooner(hop)
	}
}

// moveDeadline moves a deadline that has not been missed, and tells the task.
func (t *turn) moveDeadline(i int, by time.Duration, actor v1alpha1.User, why string) {
	s := &t.run.Steps[i]
	if !s.DueAt.IsZero() {
		s.DueAt = stamp(s.DueAt.Add(by))
		s.Reminded = 0
		why += "; now due " + s.DueAt.UTC().Format(time.RFC3339)
	}
	t.event(v1alpha1.EventDeadlineMoved, i, actor, why)
	t.reassign(i)
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
		if n := d / u.size; n > 0 && len(parts) < 2 {
			parts = append(parts, strconv.FormatInt(int64(n), 10)+u.name)
			d -= n * u.size
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

func people(hs []v1alpha1.RoleHolder) string {
	if len(hs) == 0 {
		return "nobody could be"
	}
	out := make([]string, len(hs))
	for k, h := range hs {
		out[k] = h.Person
	}
	return strings.Join(out, ", ")
}
