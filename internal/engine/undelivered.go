package engine

import (
	"slices"
	"strings"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// undelivered begins the problem with notices that never arrived.
const undelivered = "nothing has reached "

// awaitOtherwise is what a notify step does whose notice will never arrive, by what is known now: it tells somebody at
// once and stays open. Nothing was done in time here, so its deadline is missed and climbs, until a lead skips the step
// because the recipient was told otherwise, or everybody on the ladder knows; then the rest of the run goes on without it.
func (t *turn) awaitOtherwise(i int, failed []string, open bool) {
	if !strings.HasPrefix(t.run.Steps[i].Problem, undelivered) {
		t.tellUndelivered(i, failed)
	}
	if !open && t.climbedOut(i) {
		t.because(t.now)
		t.finish(i, Undelivered, nil, t.now)
	}
}

// tellUndelivered tells the lowest on the ladder that nothing arrived, but for whom it should have reached.
func (t *turn) tellUndelivered(i int, failed []string) {
	text := undelivered + strings.Join(failed, ", ") + ": see why with the Notice; tell them another way and skip the step with the reason"
	t.run.Steps[i].Problem = cut(text, mostProblem)
	t.event(v1alpha1.EventUndelivered, i, "", text)
	for _, role := range t.plan.Nodes[i].Ladder {
		if slices.Contains(failed, role) {
			continue
		}
		if h, ok := t.holder(role, i); ok {
			who := t.reach(h, i)
			t.tell(i, "undelivered", who, "undelivered", "")
			t.event(v1alpha1.EventEscalated, i, who.User, who.Person+" ("+role+") is told that nothing arrived")
			return
		}
	}
	t.event(v1alpha1.EventNobody, i, "", "nobody can be told that nothing arrived")
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

// fruitless is whether a step ends without what it is for having come about.
func (t *turn) fruitless(i int, outcome v1alpha1.Identifier) bool {
	return t.plan.Nodes[i].Action.Notify != nil && outcome == Undelivered
}
