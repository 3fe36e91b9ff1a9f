package engine

import (
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/internal/roster"
)

// Outcomes of a notify step that has a deadline: how its notices fared. The latter two are what it is given up as. One
// without a deadline ends as Undelivered when nobody at all could be told.
const (
	Delivered   v1alpha1.Identifier = "delivered"
	Uncertain   v1alpha1.Identifier = "uncertain"
	Undelivered v1alpha1.Identifier = "failed"
)

// mostNotices is how many notices a step remembers and waits for.
const mostNotices = 64

// beginNotify writes the notices. Without a deadline that is all; with one the step waits for their delivery.
func (t *turn) beginNotify(i int) {
	if t.toldNobodyByNature(i) {
		t.endUntold(i)
		return
	}
	if t.f.NoContact && slices.Contains(t.plan.Nodes[i].Action.Notify.To, "complainant") { // the others are told all the same
		t.event(v1alpha1.EventUndelivered, i, "", noContact)
	}
	told := t.notifyAll(i, "")
	switch {
	case t.plan.Nodes[i].Head.Within != nil:
	case told:
		t.finish(i, sent, nil, t.now)
	default:
		t.finish(i, Undelivered, nil, t.now)
	}
}

// noContact is why nothing goes to a complainant who left no way to reach them.
const noContact = "the complainant left no contact, so that nobody can write to them"

// toldNobodyByNature is whether a step writes to nobody but a complainant who left no contact. Waiting would change
// nothing.
func (t *turn) toldNobodyByNature(i int) bool {
	return t.f.NoContact && !slices.ContainsFunc(t.plan.Nodes[i].Action.Notify.To, func(to v1alpha1.Identifier) bool { return to != "complainant" })
}

// endUntold ends such a step. There is nobody to tell in time, so its deadline is neither met nor missed.
func (t *turn) endUntold(i int) {
	t.event(v1alpha1.EventUndelivered, i, "", noContact)
	t.run.Steps[i].DueAt = metav1.Time{}
	t.finish(i, Undelivered, nil, t.now)
}

// unreachable begins the problem with audiences nobody is behind.
const unreachable = "nobody to tell as "

// notifyAll writes a notice to each recipient of each audience and says whether there was any; tick tells recurrences
// apart.
func (t *turn) notifyAll(i int, tick string) bool {
	s, action := &t.run.Steps[i], t.plan.Nodes[i].Action.Notify
	had := s.Notices
	s.Notices = nil
	var told, missing []string
	for _, audience := range action.To {
		if audience == "complainant" && t.f.NoContact {
			continue
		}
		to := t.audience(i, string(audience))
		if len(to) == 0 {
			missing = append(missing, t.ownRole(string(audience), i))
			continue
		}
		for _, r := range to {
			slot := noticeSlot(string(audience), tick, r)
			name := v1alpha1.ObjectName(t.noticeName(i, slot))
			if !slices.Contains(had, name) {
				t.notice(i, slot, r, string(action.Template), "", action.Channel)
			}
			if len(s.Notices) < mostNotices {
				s.Notices = append(s.Notices, name)
			}
		}
		told = append(told, string(audience))
	}
	if len(missing) > 0 {
		t.problem(i, unreachable+strings.Join(missing, ", ")+": no such role, stakeholder or team member can be reached")
	} else if strings.HasPrefix(s.Problem, unreachable) {
		t.solved(i)
	}
	if len(told) > 0 {
		t.event(v1alpha1.EventNoticeRequested, i, "", string(action.Template)+" to "+strings.Join(told, ", "))
	}
	return len(told) > 0
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
				out = append(out, member(p.Team, p.Name))
			}
		}
		return out
	}
	if _, role := t.plan.Roles[word]; role {
		if h, ok := t.holderOrAbove(word, i); ok {
			who := t.reach(h, i)
			return []v1alpha1.NoticeRecipient{member(who.Team, who.Person)}
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

// Unheard says which notices of a plan would reach nobody, because what they are for is neither a role nor a stakeholder of
// any team; nil where there is no plan.
func Unheard(plan *playbook.Plan, teams *roster.Roster) []playbook.Problem {
	if plan == nil {
		return nil
	}
	var out []playbook.Problem
	for _, node := range plan.Nodes {
		if node.Action.Notify == nil {
			continue
		}
		for i, to := range node.Action.Notify.To {
			_, role := plan.Roles[string(to)]
			_, stakeholder := teams.StakeholderTeam(string(to))
			if to != "complainant" && to != "team" && !role && !stakeholder {
				out = append(out, playbook.Problem{
					Playbook: node.Book, Field: fmt.Sprintf("%s.notify.to[%d]", node.Field, i),
					Message: fmt.Sprintf("%q is no role of the playbook, and no ResponseTeam has such a stakeholder", to),
					Advice:  "correct the name, or add it to spec.stakeholders of a team",
				})
			}
		}
	}
	return out
}

func member(team, name string) v1alpha1.NoticeRecipient {
	return v1alpha1.NoticeRecipient{Kind: v1alpha1.RecipientMember, Team: v1alpha1.ObjectName(team), Name: name}
}

// awaitDelivery ends a notify step once none of its notices is on its way any more. While an audience is missing it waits
// for somebody to be there; what never arrives, or may not have, is awaitOtherwise's.
func (t *turn) awaitDelivery(i int) {
	s := &t.run.Steps[i]
	if t.toldNobodyByNature(i) {
		t.endUntold(i)
		return
	}
	if strings.HasPrefix(s.Problem, unreachable) {
		for _, audience := range t.plan.Nodes[i].Action.Notify.To {
			if audience == "complainant" && t.f.NoContact {
				continue
			}
			if len(t.audience(i, string(audience))) == 0 {
				return
			}
		}
		t.notifyAll(i, "")
	}
	if l, is := t.loss(i); is {
		t.awaitOtherwise(i, l)
	} else if !t.underWay(i) {
		t.because(t.now)
		t.finish(i, Delivered, nil, t.now)
	}
}

// underWay is whether the fate of some notice of a step is still open.
func (t *turn) underWay(i int) bool {
	return slices.ContainsFunc(t.run.Steps[i].Notices, func(name v1alpha1.ObjectName) bool {
		switch t.f.Notices[string(name)] {
		case v1alpha1.NoticeDelivered, v1alpha1.NoticeSuppressed, v1alpha1.NoticeFailed, v1alpha1.NoticeUncertain:
			return false
		}
		return true
	})
}

// noticeSlot tells the notices of a notify step apart; tick those of its recurrences.
func noticeSlot(audience, tick string, r v1alpha1.NoticeRecipient) string {
	slot := audience + "/" + tick
	if audience == "team" {
		slot += "/" + r.Name
	}
	return slot
}

// beginRecurring sets the first recurrence one span after the start, or sooner where the run took over from one in which it was
// due sooner.
func (t *turn) beginRecurring(i int) {
	s := &t.run.Steps[i]
	promised := s.NextAt
	s.NextAt = metav1.Time{}
	t.setNextTick(i)
	if !promised.IsZero() && promised.Before(&s.NextAt) {
		s.NextAt = promised
	}
	t.event(v1alpha1.EventStepStarted, i, "", "recurs until "+t.plan.Nodes[i].Until.Source())
}

// recur sends the notice again when its time has come, and ends the step when its condition holds. Recurrences missed
// while nobody called Decide are made up for by one.
func (t *turn) recur(i int) {
	n, s := &t.plan.Nodes[i], &t.run.Steps[i]
	if holds, _ := t.holds(n.Until, i); holds {
		t.finish(i, done, nil, t.now)
		return
	}
	if s.NextAt.IsZero() || s.NextAt.After(t.now) {
		return
	}
	s.Ticks++
	t.notifyAll(i, number(s.Ticks))
	t.setNextTick(i)
}

// setNextTick moves the next recurrence one span on from the last one, or from the start, until it lies ahead.
func (t *turn) setNextTick(i int) {
	n, s := &t.plan.Nodes[i], &t.run.Steps[i]
	next := s.NextAt.Time
	if next.IsZero() {
		next = s.StartedAt.Time
	}
	if every := calendar.Elapsed(n.Head.Every.Elapsed); every > 0 && t.now.After(next) {
		next = next.Add(t.now.Sub(next).Truncate(every))
	}
	for !next.After(t.now) {
		after, err := calendar.AddSpan(n.Calendar, next, *n.Head.Every)
		if err != nil || !after.After(next) {
			t.problem(i, "the next recurrence cannot be computed; skip the step and correct the calendar")
			next = t.now.AddDate(100, 0, 0)
			break
		}
		next = after
	}
	s.NextAt = stamp(next)
}
