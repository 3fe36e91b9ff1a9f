package engine

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/playbook"
)

// Start makes the state of a new run. Nothing has happened in it yet; the first Decide begins the first steps.
func Start(plan *playbook.Plan, f *Facts, rev v1alpha1.RevisionReference, id int32, now time.Time) v1alpha1.Run {
	run := v1alpha1.Run{
		Version:   v1alpha1.RunVersion,
		ID:        id,
		Playbook:  plan.Name,
		Revision:  rev,
		StartedAt: stamp(now),
		ActsSeen:  int32(len(f.Acts)),
		Steps:     roomFor(len(plan.Nodes))[:len(plan.Nodes)],
	}
	for i := range plan.Nodes {
		run.Steps[i] = v1alpha1.StepState{Name: plan.Nodes[i].Path, State: v1alpha1.StepPending}
	}
	return run
}

// Decide says what follows from the facts now. It leaves its arguments as they are; the run it returns shares what did
// not change with the one it was given, so neither may be changed in place.
func Decide(plan *playbook.Plan, run v1alpha1.Run, f *Facts, now time.Time) Decision {
	t := newTurn(plan, run, f, now)
	t.takeRecordActs()
	if t.run.Result == "" {
		t.checkCarriedRoles()
		t.keepRoles()
		t.settle()
	}
	t.run.WakeAt = metav1.Time{}
	if t.run.Result == "" {
		t.out.Wake = t.nextWake()
		if !t.out.Wake.IsZero() {
			t.run.WakeAt = stamp(t.out.Wake)
		}
	}
	return t.end()
}

// Stop ends a run from outside, because another playbook takes over. What people did to its tasks by now is taken in
// first: it was done for this run, and the next one keeps what was done. at is when that was decided; a deadline that
// lay after it was not missed.
func Stop(plan *playbook.Plan, run v1alpha1.Run, f *Facts, result v1alpha1.RunResult, why string, at, now time.Time) Decision {
	t := newTurn(plan, run, f, now)
	if t.run.Result == "" {
		t.takeAnswers(t.now)
		t.endRun(result, "", why, earlier(at.UTC().Truncate(time.Second), t.now))
	}
	t.run.WakeAt = metav1.Time{}
	return t.end()
}

// mostPasses bounds a turn. A plan comes to rest long before, unless blocks within blocks repeat a hundred times each
// without ever waiting for anything; then the turn is broken off and goes on a second later.
const mostPasses = 10_000

// settle advances all steps until nothing moves any more. Time has its say only when people and conditions have had
// theirs: what was done in time while nobody called Decide is not late, nor is what it made superfluous.
func (t *turn) settle() {
	t.unsettled = true
	for range mostPasses {
		moved := false
		for i := range t.plan.Nodes {
			moved = t.advance(i) || moved
		}
		moved = t.cancelRegions() || moved
		if !moved && !t.passTime() {
			t.unsettled = false
			break
		}
	}
	for i := range t.run.Steps {
		t.keepAssignment(i)
	}
	t.completeRun()
}

// completeRun ends the run if nothing is left to do.
func (t *turn) completeRun() {
	if t.allEnded(t.plan.Roots) {
		t.endRun(v1alpha1.RunCompleted, "", "every step of "+t.run.Playbook+" has ended", t.now)
	}
}

// passTime does to every waiting step what time asks and says whether anything changed that other steps may look at.
func (t *turn) passTime() bool {
	moved := false
	for i := range t.run.Steps {
		if t.run.Steps[i].State == v1alpha1.StepWaiting {
			before := t.look(i)
			t.watchTime(i)
			moved = t.look(i) != before || moved
		}
	}
	return moved
}

// endRun ends the run and everything in it that still waits. at is when that was decided. Where another playbook takes over
// (CarryOver), what people were asked for besides a playbook does not end with it, and when the next word is due is kept.
func (t *turn) endRun(result v1alpha1.RunResult, by v1alpha1.User, why string, at time.Time) {
	for i := range t.run.Steps {
		s, takenOver := &t.run.Steps[i], result == v1alpha1.RunSuperseded
		if ended(s) || takenOver && t.isAsked(i) {
			continue
		}
		next := s.NextAt
		t.cancel(i, "the run ended", at)
		if takenOver && t.plan.Nodes[i].Head.Every != nil {
			s.NextAt = next
		}
	}
	t.run.Result = result
	t.run.EndedAt = stamp(t.now)
	t.event(v1alpha1.EventRunEnded, -1, by, string(result)+": "+why)
}

// nextWake is the earliest moment at which time alone changes a step: one that waits, or one that has nobody to ask, for
// whom somebody may be back.
func (t *turn) nextWake() time.Time {
	var wake time.Time
	if t.unsettled {
		wake = t.now.Add(time.Second)
	}
	for i := range t.run.Steps {
		s := &t.run.Steps[i]
		if s.Problem != "" {
			wake = earlier(wake, t.back())
		}
		if s.State != v1alpha1.StepWaiting {
			continue
		}
		next := s.NextAt.Time
		if t.keepsOwnTime(i) {
			next = earlier(next, t.nextMoment(i))
		}
		wake = earlier(wake, next)
	}
	return wake
}

// back is the first full second at which somebody who is away now is there again; zero: nobody is away.
func (t *turn) back() time.Time {
	at := t.f.Roster.NextReturn(t.now)
	if whole := at.Truncate(time.Second); whole.Before(at) {
		at = whole.Add(time.Second)
	}
	return at
}

// earlier is the earlier of two moments; zero is never.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// longest is how many characters an entry of the timeline holds at most.
const longest = 1024

// event appends a line to the timeline; i is the step it concerns, -1 for the whole record.
func (t *turn) event(typ v1alpha1.EventType, i int, actor v1alpha1.User, text string) {
	e := Event{At: t.now, Type: typ, Actor: actor, Text: cut(text, longest)}
	if i >= 0 {
		e.Step, e.Round = t.plan.Nodes[i].Path, t.run.Steps[i].Round
		if typ == v1alpha1.EventStepDone {
			e.Outcome = t.run.Steps[i].Outcome
		}
	}
	t.out.Events = append(t.out.Events, e)
}

func (t *turn) effect(e Effect) { t.out.Effects = append(t.out.Effects, e) }

// holds asks a condition on behalf of step i. One that cannot be answered is not known, and leaves a problem on the step
// until it can.
func (t *turn) holds(e *playbook.Expr, i int) (holds, known bool) {
	holds, err := t.evaluate(e, t.plan.Nodes[i].Scope, t.run.Steps[i].Round)
	if err != nil {
		t.problem(i, unanswerable(e, "")+err.Error())
		return false, false
	}
	t.answered(i, e, "")
	return holds, true
}

func (t *turn) evaluate(e *playbook.Expr, scope int, round int32) (bool, error) {
	t.env.Steps, t.env.Scope, t.env.Round = t.run.Steps, scope, int64(round)
	holds, err := e.Holds(&t.env)
	if err != nil {
		t.out.Unanswered = append(t.out.Unanswered, Unanswered{e, err})
	}
	return holds, err
}

func stamp(t time.Time) metav1.Time {
	if t.After(endOfTime) {
		t = endOfTime
	}
	return metav1.NewTime(t.UTC().Truncate(time.Second))
}

// endOfTime is the last moment the API's date-times can say. What lies beyond it is then: nobody will be there to miss it,
// and a status with a later one could not be written.
var endOfTime = time.Date(2199, 12, 31, 23, 59, 59, 0, time.UTC)

func ended(s *v1alpha1.StepState) bool {
	return s.State == v1alpha1.StepDone || s.State == v1alpha1.StepSkipped || s.State == v1alpha1.StepCancelled
}

func (t *turn) allEnded(steps []int) bool {
	for _, i := range steps {
		if !ended(&t.run.Steps[i]) {
			return false
		}
	}
	return true
}

// cut shortens a text to at most n bytes, at a character border.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xC0 == 0x80 {
		n--
	}
	return s[:n]
}
