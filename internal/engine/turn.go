package engine

import (
	"slices"
	"sync"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/playbook"
)

// turn is one call of Decide while it is being worked out.
type turn struct {
	// plan is what the run carries out: the playbook as written, and what people were asked for besides (withAsked).
	plan, written *playbook.Plan
	// longer is plan where people were asked for something, with lists of its own.
	longer playbook.Plan
	f      *Facts
	now    time.Time
	// given is the run as Decide was given it, which stays as it is; run is the run as it becomes, with lists of steps and
	// roles of its own. Lists inside a step are never written to, only replaced.
	given, run v1alpha1.Run
	out        Decision
	env        playbook.Env
	// recused lists who takes no part and why, in a fixed order.
	recused []v1alpha1.Recusal
	// cause is when the latest thing happened that people or time did to a step in this turn; zero: nothing did. What follows
	// from it in the same turn is as early as that, however late the turn is.
	cause time.Time
	// reopened is set once the act was taken in that the run begins with; another one finds the record open.
	reopened bool
	// answersOnly is set while nothing but what people did is taken in: nobody else is asked yet, and no role changes hands.
	answersOnly bool
	// rehearsed is set while it is only asked who would be asked: nobody is told of it.
	rehearsed bool
	// unsettled is set when the turn was broken off because it did not come to rest.
	unsettled bool
}

// turns are turns that are over, for the room their lists have. In most turns nothing happens, and most of what such a turn
// would cost is new room for steps that stay as they are.
var turns = sync.Pool{New: func() any { return new(turn) }}

func newTurn(plan *playbook.Plan, run v1alpha1.Run, f *Facts, now time.Time) *turn {
	t, ok := turns.Get().(*turn)
	if !ok {
		t = new(turn)
	}
	t.given = run
	run.Steps = append(roomFor(len(run.Steps)), run.Steps...)
	run.Roles = append(t.run.Roles, run.Roles...)
	t.run = run
	t.written, t.f, t.now = plan, f, now.UTC().Truncate(time.Second)
	t.plan = t.withAsked()
	t.env = playbook.Env{Complaint: f.Complaint, Incident: f.Incident, Level: f.Level}
	t.recused = recusedBy(f)
	return t
}

// end gives out what was decided, and the turn back. The lists of the run are those it was given where they are still the same,
// else the turn's own, which it leaves to whoever asked.
func (t *turn) end() Decision {
	d := t.out
	d.Run = t.run
	if sameSteps(t.given.Steps, t.run.Steps) {
		d.Run.Steps = t.given.Steps
	} else {
		t.run.Steps, d.ownSteps = nil, true
	}
	if d.Run.Roles = t.given.Roles; !slices.Equal(t.given.Roles, t.run.Roles) {
		d.Run.Roles = slices.Clone(t.run.Roles)
	}
	t.giveBack()
	return d
}

// giveBack lets another turn have the lists of this one.
func (t *turn) giveBack() {
	ReuseSteps(t.run.Steps)
	*t = turn{
		run:    v1alpha1.Run{Roles: t.run.Roles[:0]},
		longer: playbook.Plan{Nodes: t.longer.Nodes[:0], Roots: t.longer.Roots[:0]},
	}
	turns.Put(t)
}

// Reuse gives back what a decision says was done and told, for whoever took it over and decides a hundred thousand times.
// Neither list may be looked at afterwards.
func Reuse(d Decision) {
	t, ok := turns.Get().(*turn)
	if !ok {
		t = new(turn)
	}
	clear(d.Effects)
	clear(d.Events)
	t.out = Decision{Effects: d.Effects[:0], Events: d.Events[:0]}
	turns.Put(t)
}

// ReuseRun gives back the steps of a decision too, for whoever does not keep its run.
func ReuseRun(d Decision) {
	if d.ownSteps {
		ReuseSteps(d.Run.Steps)
	}
	Reuse(d)
}

// rooms are lists of steps that nobody looks at any more.
var rooms sync.Pool

// ReuseSteps gives back the steps of a run that was replaced or forgotten. Nothing that shares the list may be looked at
// afterwards.
func ReuseSteps(steps []v1alpha1.StepState) {
	if cap(steps) > 0 {
		rooms.Put(&steps)
	}
}

// roomFor is an empty list that so many steps fit into.
func roomFor(n int) []v1alpha1.StepState {
	if room, ok := rooms.Get().(*[]v1alpha1.StepState); ok && cap(*room) >= n {
		return (*room)[:0]
	}
	return make([]v1alpha1.StepState, 0, n)
}

func sameSteps(a, b []v1alpha1.StepState) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !sameStep(&a[i], &b[i]) {
			return false
		}
	}
	return true
}

// sameStep is whether two states of a step say the same. Times are the same only if they are written in the same zone,
// too.
func sameStep(a, b *v1alpha1.StepState) bool {
	return a.Name == b.Name && a.State == b.State && a.Round == b.Round && a.Attempt == b.Attempt &&
		a.StartedAt == b.StartedAt && a.DueAt == b.DueAt && a.EndedAt == b.EndedAt && a.NextAt == b.NextAt &&
		a.AcknowledgeBy == b.AcknowledgeBy && a.OverdueAt == b.OverdueAt && a.PausedAt == b.PausedAt &&
		a.Calendar == b.Calendar && a.HolidaysKnownUntil == b.HolidaysKnownUntil &&
		a.Reminded == b.Reminded && a.Rung == b.Rung && a.Ticks == b.Ticks && a.Extended == b.Extended &&
		a.PausedSeconds == b.PausedSeconds && a.Outcome == b.Outcome && a.Digest == b.Digest && a.Voided == b.Voided &&
		a.Assignee == b.Assignee && a.ActsSeen == b.ActsSeen && a.Ask == b.Ask && a.Problem == b.Problem &&
		slices.Equal(a.By, b.By) && slices.Equal(a.Authors, b.Authors) && slices.Equal(a.PassedOver, b.PassedOver) &&
		slices.Equal(a.Declined, b.Declined) && slices.Equal(a.Tasks, b.Tasks) && slices.Equal(a.Notices, b.Notices)
}
