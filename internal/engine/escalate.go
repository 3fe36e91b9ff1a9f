package engine

import (
	"strconv"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
)

func number[N int | int32 | int64](n N) string { return strconv.FormatInt(int64(n), 10) }

// remind sends the reminders whose time has come; of several missed ones only the last.
func (t *turn) remind(i int) {
	s := &t.run.Steps[i]
	due := int32(0)
	for k, before := range t.plan.Nodes[i].Remind {
		if int32(k) >= s.Reminded && !t.now.Before(s.DueAt.Add(-before)) {
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
	// A deadline that was moved reminds anew: how far it was moved is part of the name.
	slot := "remind" + number(due) + "/" + number(s.Extended) + "/" + number(s.PausedSeconds) + "/"
	var told []string
	for _, p := range t.asked(i) {
		t.tell(i, slot+p.slot, p.RoleHolder, "reminder", p.task)
		told = append(told, p.Person)
	}
	if len(told) == 0 {
		told = []string{"nobody could be"}
	}
	t.event(v1alpha1.EventReminded, i, "", strings.Join(told, ", ")+" reminded, due in "+spell(s.DueAt.Sub(t.now)))
}

// waitedFor is somebody a step waits for: slot tells them apart in names, task is what they were asked.
type waitedFor struct {
	v1alpha1.RoleHolder
	slot, task string
}

// asked are the people a step waits for first.
func (t *turn) asked(i int) []waitedFor {
	a, s := &t.plan.Nodes[i].Action, &t.run.Steps[i]
	var out []waitedFor
	switch {
	case a.AssembleTeam != nil:
		return t.missing(i)
	case a.Approval != nil:
		for k, h := range t.seatHeads(t.seats(i).Seats) {
			if h.User != "" && !t.hasVoted(i, h.User) {
				out = append(out, waitedFor{h, number(k), t.firstTask(i)})
			}
		}
	case s.Assignee != "":
		if p, ok := t.personOf(s.Assignee); ok {
			out = append(out, waitedFor{v1alpha1.RoleHolder{Team: p.Team, Person: p.Name, User: p.User}, "0", t.firstTask(i)})
		}
	}
	return out
}

// nextHop is when the ladder is climbed next; false at its top, or where it is not climbed. Where the deadline had passed
// before the step began, as with a complaint received long ago, the rungs are as far apart as ever, counted from the
// beginning: nobody could have answered before.
func (t *turn) nextHop(i int) (time.Time, bool) {
	s, o := &t.run.Steps[i], t.plan.Nodes[i].Head.Overdue
	if o == nil || o.Climb != v1alpha1.ClimbLadder || s.DueAt.IsZero() {
		return time.Time{}, false
	}
	base, ladder := t.rungBase(i)
	if base+1+int(s.Rung) >= len(ladder) || (s.Rung > 0 && o.Every == "") {
		return time.Time{}, false
	}
	return t.hop(i, s.Rung), true
}

// hop is when the rung after so many is told.
func (t *turn) hop(i int, rungs int32) time.Time {
	s := &t.run.Steps[i]
	from := s.DueAt.Add(missedAfter)
	if s.StartedAt.After(from) {
		from = s.StartedAt.Time
	}
	return from.Add(time.Duration(rungs) * calendar.Elapsed(t.plan.Nodes[i].Head.Overdue.Every))
}

// lastHop is when the last rung of the ladder is told; false where none is left to tell.
func (t *turn) lastHop(i int) (time.Time, bool) {
	if _, more := t.nextHop(i); !more {
		return time.Time{}, false
	}
	if t.plan.Nodes[i].Head.Overdue.Every == "" {
		return t.hop(i, 0), true
	}
	base, ladder := t.rungBase(i)
	return t.hop(i, int32(len(ladder)-base-2)), true
}

// expectSign sets until when whoever is asked now must give a sign.
func (t *turn) expectSign(i int) {
	if task := t.plan.Nodes[i].Action.Task; task != nil && task.AcknowledgeWithin != "" {
		t.run.Steps[i].AcknowledgeBy = stamp(t.now.Add(calendar.Elapsed(task.AcknowledgeWithin)))
	}
}

// tellDeputies tells those who may stand in for an assignee from whom no sign came in time.
func (t *turn) tellDeputies(i int) {
	s := &t.run.Steps[i]
	slot := "deputy/" + number(s.AcknowledgeBy.Unix()) + "/"
	s.AcknowledgeBy = metav1.Time{}
	p, ok := t.personOf(s.Assignee)
	if !ok {
		return
	}
	var told []string
	h := v1alpha1.RoleHolder{Name: t.roleAsked(i), Team: p.Team, Person: p.Name, User: p.User}
	for k, d := range t.standIns(h, t.declined(i)) {
		t.tellPerson(i, slot+number(k), d, "taskAssigned", t.firstTask(i))
		told = append(told, d.Name)
	}
	if len(told) > 0 {
		t.event(v1alpha1.EventEscalated, i, "", "no sign from "+p.Name+" yet; told as deputies: "+strings.Join(told, ", "))
	}
}

func (t *turn) firstTask(i int) string {
	if s := &t.run.Steps[i]; len(s.Tasks) > 0 {
		return string(s.Tasks[0])
	}
	return ""
}
