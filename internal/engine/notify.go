package engine

import (
	"strconv"
	"strings"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
)

// Outcomes of a notify step that has a deadline: how its notices fared.
const (
	Delivered   v1alpha1.Identifier = "delivered"
	Uncertain   v1alpha1.Identifier = "uncertain"
	Undelivered v1alpha1.Identifier = "failed"
)

// beginNotify writes the notices. Without a deadline that is all; with one the step waits for their delivery.
func (t *turn) beginNotify(i int) {
	s := &t.run.Steps[i]
	t.notifyAll(i, "")
	if s.DueAt.IsZero() {
		t.finish(i, "sent", nil, t.now)
	}
}

// notifyAll writes a notice to each recipient of each audience; tick tells recurrences apart.
func (t *turn) notifyAll(i int, tick string) {
	s, action := &t.run.Steps[i], t.plan.Nodes[i].Action.Notify
	s.Notices = nil
	var told []string
	for _, audience := range action.To {
		to := t.audience(i, string(audience))
		if len(to) == 0 {
			t.problem(i, "nobody to tell as "+string(audience)+": no such role, stakeholder or team member can be reached")
			continue
		}
		for _, r := range to {
			slot := string(audience) + "/" + tick
			if audience == "team" {
				slot += "/" + r.Name
			}
			name := t.notice(i, slot, r, string(action.Template), "", action.Channel)
			s.Notices = append(s.Notices, v1alpha1.ObjectName(name))
		}
		told = append(told, string(audience))
	}
	if len(told) > 0 {
		t.event(v1alpha1.EventNoticeRequested, i, "", string(action.Template)+" to "+strings.Join(told, ", "))
	}
}

// audience says who is behind the word after `to`: the complainant, the whole team, a role, or a stakeholder.
func (t *turn) audience(i int, word string) []v1alpha1.NoticeRecipient {
	switch word {
	case "complainant":
		return []v1alpha1.NoticeRecipient{{Kind: v1alpha1.RecipientComplainant}}
	case "team":
		var out []v1alpha1.NoticeRecipient
		for _, p := range t.f.Roster.Members(t.f.Team, nil) {
			if !isRecused(t.recused, p.User) {
				out = append(out, v1alpha1.NoticeRecipient{Kind: v1alpha1.RecipientMember, Team: v1alpha1.ObjectName(p.Team), Name: p.Name})
			}
		}
		return out
	}
	if _, role := t.plan.Roles[word]; role {
		if h, ok := t.holderOrAbove(word, i); ok {
			return []v1alpha1.NoticeRecipient{{Kind: v1alpha1.RecipientMember, Team: v1alpha1.ObjectName(h.Team), Name: h.Person}}
		}
		return nil
	}
	prefer := []string{t.f.Team}
	for _, h := range t.run.Roles {
		prefer = append(prefer, h.Team)
	}
	if team, ok := t.f.Roster.StakeholderTeam(word, prefer...); ok {
		return []v1alpha1.NoticeRecipient{{Kind: v1alpha1.RecipientStakeholder, Team: v1alpha1.ObjectName(team), Name: word}}
	}
	return nil
}

// awaitDelivery ends a notify step once the fate of all its notices is known.
func (t *turn) awaitDelivery(i int) {
	s := &t.run.Steps[i]
	outcome := Delivered
	for _, name := range s.Notices {
		switch t.f.Notices[string(name)] {
		case v1alpha1.NoticeDelivered, v1alpha1.NoticeSuppressed:
		case v1alpha1.NoticeUncertain:
			if outcome == Delivered {
				outcome = Uncertain
			}
		case v1alpha1.NoticeFailed:
			outcome = Undelivered
		default:
			return
		}
	}
	t.finish(i, outcome, nil, t.now)
}

// beginRecurring sets the first recurrence one span after the start.
func (t *turn) beginRecurring(i int) {
	t.setNextTick(i)
	t.event(v1alpha1.EventStepStarted, i, "", "recurs until "+t.plan.Nodes[i].Until.Source())
}

// recur sends the notice again when its time has come, and ends the step when its condition holds. Recurrences missed
// while nobody called Decide are made up for by one.
func (t *turn) recur(i int) {
	n, s := &t.plan.Nodes[i], &t.run.Steps[i]
	if t.holds(n.Until, i) {
		t.finish(i, "done", nil, t.now)
		return
	}
	if s.NextAt.IsZero() || s.NextAt.After(t.now) {
		return
	}
	s.Ticks++
	t.notifyAll(i, strconv.Itoa(int(s.Ticks)))
	for !s.NextAt.IsZero() && !s.NextAt.After(t.now) {
		t.setNextTick(i)
	}
}

// setNextTick moves the next recurrence one span on from the last one, or from the start.
func (t *turn) setNextTick(i int) {
	n, s := &t.plan.Nodes[i], &t.run.Steps[i]
	from := s.StartedAt.Time
	if !s.NextAt.IsZero() {
		from = s.NextAt.Time
	}
	next, err := calendar.AddSpan(n.Calendar, from, *n.Head.Every)
	if err != nil {
		t.problem(i, "the next recurrence cannot be computed: "+err.Error())
		s.NextAt = stamp(t.now.AddDate(100, 0, 0))
		return
	}
	s.NextAt = stamp(next)
}
