package engine

import (
	"slices"
	"strings"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// How the problems with notices begin that nobody can be sure of: what never arrived, and what may or may not have.
const (
	undelivered = "nothing has reached "
	unproven    = "nobody knows whether anything has reached "
)

// isUndelivered is whether a step's problem is that nobody can be sure that its notices arrived.
func isUndelivered(problem string) bool {
	return strings.HasPrefix(problem, undelivered) || strings.HasPrefix(problem, unproven)
}

// lost are the notices of a step with the same fate, and the audiences they were for.
type lost struct {
	audiences []string
	notices   []string
}

// lostWith finds the notices of a notify step that ended in a state.
func (t *turn) lostWith(i int, state v1alpha1.NoticeState) lost {
	var l lost
	for _, name := range t.run.Steps[i].Notices {
		if t.f.Notices[string(name)] == state {
			l.notices = append(l.notices, string(name))
		}
	}
	if len(l.notices) == 0 {
		return l
	}
	for _, audience := range t.plan.Nodes[i].Action.Notify.To {
		for _, r := range t.audience(i, string(audience)) {
			name := t.noticeName(i, noticeSlot(string(audience), "", r))
			if slices.Contains(l.notices, name) && !slices.Contains(l.audiences, string(audience)) {
				l.audiences = append(l.audiences, string(audience))
			}
		}
	}
	if len(l.audiences) == 0 { // whoever it was is gone from the team
		l.audiences = append(l.audiences, "somebody")
	}
	return l
}

// awaitOtherwise is what a notify step does that has a notice which will never arrive, or of which nobody will ever know,
// by what is known now: it tells somebody at once and stays open. It is not shown that anybody was told in time here, so
// its deadline is missed and climbs, until a lead skips the step because the recipient was told otherwise or has it after
// all, or everybody on the ladder knows; then the rest of the run goes on without it.
func (t *turn) awaitOtherwise(i int, failed, unknown lost, open bool) {
	outcome := Undelivered
	if len(failed.notices) > 0 {
		t.tellLost(i, undelivered, failed, "undelivered", "tell them another way and skip the step with the reason")
	} else {
		outcome = Uncertain
		t.tellLost(i, unproven, unknown, "uncertain", "ask them, tell them another way if need be, and skip the step with the reason")
	}
	if !open && t.climbedOut(i) {
		t.because(t.now)
		t.finish(i, outcome, nil, t.now)
	}
}

// tellLost tells the lowest on the ladder, but for whom it should have reached; once for each of the two fates.
func (t *turn) tellLost(i int, fate string, l lost, template, todo string) {
	if strings.HasPrefix(t.run.Steps[i].Problem, fate) {
		return
	}
	text := cut(fate+strings.Join(l.audiences, ", ")+": "+todo+"; see why with kubectl describe notice "+strings.Join(l.notices, " "), mostProblem)
	t.run.Steps[i].Problem = text
	t.event(v1alpha1.EventUndelivered, i, "", text)
	for _, role := range t.plan.Nodes[i].Ladder {
		if slices.Contains(l.audiences, role) {
			continue
		}
		if h, ok := t.holder(role, i); ok {
			who := t.reach(h, i)
			t.tell(i, template, who, template, "")
			t.event(v1alpha1.EventEscalated, i, who.User, who.Person+" ("+role+") is told that "+fate+strings.Join(l.audiences, ", "))
			return
		}
	}
	t.event(v1alpha1.EventNobody, i, "", "nobody can be told that "+fate+strings.Join(l.audiences, ", "))
}

// climbedOut is whether nobody is left to tell: the deadline was missed and the ladder climbed to its top, or there never
// was a deadline that could be computed.
func (t *turn) climbedOut(i int) bool {
	s := &t.run.Steps[i]
	if s.DueAt.IsZero() {
		_, begun := t.deadlineStart(i)
		return begun
	}
	_, more := t.nextHop(i)
	return !s.OverdueAt.IsZero() && !more
}

// fruitless is whether a step ends without what it is for being known to have come about.
func (t *turn) fruitless(i int, outcome v1alpha1.Identifier) bool {
	return t.plan.Nodes[i].Action.Notify != nil && (outcome == Undelivered || outcome == Uncertain)
}
