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

// loss is what never arrived of a notify step, or else may not have: how it is told, what the step is given up as.
type loss struct {
	lost
	fate, template, todo string
	outcome              v1alpha1.Identifier
	// open is whether other notices of the step are still on their way.
	open bool
}

// loss looks for notices of a step of which nobody can be sure that they arrived; false when there are none.
func (t *turn) loss(i int) (loss, bool) {
	n := &t.plan.Nodes[i]
	if n.Action.Notify == nil || n.Head.Every != nil {
		return loss{}, false
	}
	open := t.underWay(i)
	if failed := t.lostWith(i, v1alpha1.NoticeFailed); len(failed.notices) > 0 {
		return loss{failed, undelivered, "undelivered", "tell them another way and skip the step with the reason", Undelivered, open}, true
	}
	unknown := t.lostWith(i, v1alpha1.NoticeUncertain)
	return loss{unknown, unproven, "uncertain", "ask them, tell them another way if need be, and skip the step with the reason", Uncertain, open}, len(unknown.notices) > 0
}

// awaitOtherwise is what a notify step does that has a notice which will never arrive, or of which nobody will ever know,
// by what is known now: it tells somebody at once and stays open. It is not shown that anybody was told in time here, so
// its deadline is missed and climbs, until a lead skips the step because the recipient was told otherwise or has it after
// all, or everybody on the ladder knows; then the rest of the run goes on without it. Where the deadline has passed and
// the ladder ends by now, nobody is asked to skip anything: it is given up.
func (t *turn) awaitOtherwise(i int, l loss) {
	s, over := &t.run.Steps[i], t.pastHope(i, l)
	if !strings.HasPrefix(s.Problem, l.fate) {
		todo := l.todo
		if over {
			todo = givenUp
		}
		s.Problem = cut(l.fate+strings.Join(l.audiences, ", ")+": "+todo+"; see why with kubectl describe notice "+strings.Join(l.notices, " "), mostProblem)
		t.event(v1alpha1.EventUndelivered, i, "", s.Problem)
		if !over {
			t.tellLost(i, l)
		}
	}
	if over && (s.DueAt.IsZero() || !s.OverdueAt.IsZero()) { // else time says so in this turn
		t.giveUp(i, l)
	}
}

// givenUp is what is left to do about a step that is given up.
const givenUp = "given up; tell them another way"

// tellLost tells the lowest on the ladder, but for whom it should have reached; once for each of the two fates.
func (t *turn) tellLost(i int, l loss) {
	role := t.firstToldOf(i, l)
	h, ok := t.holder(role, i)
	if !ok {
		t.event(v1alpha1.EventNobody, i, "", "nobody can be told that "+l.fate+strings.Join(l.audiences, ", "))
		return
	}
	who := t.reach(h, i)
	t.tell(i, l.template, who, l.template, "")
	t.event(v1alpha1.EventEscalated, i, who.User, who.Person+" ("+role+") is told that "+l.fate+strings.Join(l.audiences, ", "))
}

// firstToldOf is the lowest role of the ladder that is told of a loss; empty: nobody can play any.
func (t *turn) firstToldOf(i int, l loss) string {
	for _, role := range t.plan.Nodes[i].Ladder {
		if _, ok := t.whoWouldBe(role); ok && !slices.Contains(l.audiences, role) {
			return role
		}
	}
	return ""
}

// pastHope is whether nobody is left to tell by now: the deadline has passed and the ladder ends, or there never was a
// deadline that could be computed.
func (t *turn) pastHope(i int, l loss) bool {
	s := &t.run.Steps[i]
	if l.open {
		return false
	}
	if s.DueAt.IsZero() {
		_, begun := t.deadlineStart(i)
		return begun
	}
	if t.now.Before(s.DueAt.Add(missedAfter)) {
		return false
	}
	last, more := t.lastHop(i)
	return !more || !t.now.Before(last)
}

// giveUp ends a step whose notices nobody can be sure of. Everybody who decides about the record knows then.
func (t *turn) giveUp(i int, l loss) {
	t.tellGivenUp(i, l)
	t.because(t.now)
	t.finish(i, l.outcome, nil, t.now)
}

// tellGivenUp tells those on the ladder and the leads who do not know yet that a notice was lost and is not waited for.
func (t *turn) tellGivenUp(i int, l loss) {
	s, ladder := &t.run.Steps[i], t.plan.Nodes[i].Ladder
	know := slices.Clone(l.audiences)
	if !strings.Contains(s.Problem, givenUp) { // who was told before that it never arrived, or climbed to since
		know = append(know, t.firstToldOf(i, l))
		know = append(know, ladder[:min(int(s.Rung), len(ladder))]...)
	}
	people := t.leads(i)
	if len(ladder) > 0 {
		if h, ok := t.whoWouldBe(ladder[0]); ok {
			people = append([]v1alpha1.RoleHolder{t.reach(h, i)}, people...)
		}
	}
	var told []string
	var users []v1alpha1.User
	for _, h := range people {
		if !slices.Contains(know, h.Name) && !slices.Contains(users, h.User) {
			t.tell(i, "givenUp/"+h.Name, h, "givenUp", "")
			told, users = append(told, h.Person+" ("+h.Name+")"), append(users, h.User)
		}
	}
	switch {
	case len(told) > 0:
		t.event(v1alpha1.EventEscalated, i, "", "told that it is given up: "+strings.Join(told, ", "))
	case strings.Contains(s.Problem, givenUp):
		t.event(v1alpha1.EventNobody, i, "", "nobody can be told that it is given up; add a ladder to the playbook, and people to the team")
	}
}

// fruitless is whether a step ends without what it is for being known to have come about.
func (t *turn) fruitless(i int, outcome v1alpha1.Identifier) bool {
	return t.plan.Nodes[i].Action.Notify != nil && (outcome == Undelivered || outcome == Uncertain)
}
