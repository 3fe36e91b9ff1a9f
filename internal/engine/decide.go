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
		Steps:     make([]v1alpha1.StepState, len(plan.Nodes)),
	}
	for i := range plan.Nodes {
		run.Steps[i] = v1alpha1.StepState{Name: plan.Nodes[i].Path, State: v1alpha1.StepPending}
	}
	return run
}

// CarryOver lets a run that takes over from another one (the level was raised) keep what was done: a top-level step of
// the same name that is done stays done, a role that is filled stays filled.
func CarryOver(plan *playbook.Plan, run, old v1alpha1.Run) v1alpha1.Run {
	run.Roles = old.Roles
	run.ActsSeen = old.ActsSeen
	for _, i := range plan.Roots {
		for _, was := range old.Steps {
			if was.Name == run.Steps[i].Name && was.State == v1alpha1.StepDone && plan.Nodes[i].Repeat == nil && plan.Nodes[i].Action.Playbook == nil {
				run.Steps[i] = was
			}
		}
	}
	return run
}

// Decide says what follows from the facts now. It leaves its arguments as they are.
func Decide(plan *playbook.Plan, run v1alpha1.Run, f *Facts, now time.Time) Decision {
	t := newTurn(plan, run, f, now)
	t.takeRecordActs()
	if t.run.Result == "" {
		t.settle()
	}
	t.out.Run = *t.run
	t.out.Run.WakeAt = metav1.Time{}
	if t.run.Result == "" {
		t.out.Wake = t.nextWake()
		if !t.out.Wake.IsZero() {
			t.out.Run.WakeAt = stamp(t.out.Wake)
		}
	}
	return t.out
}

// Stop ends a run from outside, because the record is withdrawn, merged, or taken over by another playbook.
func Stop(plan *playbook.Plan, run v1alpha1.Run, f *Facts, result v1alpha1.RunResult, why string, now time.Time) Decision {
	t := newTurn(plan, run, f, now)
	if t.run.Result == "" {
		t.endRun(result, "", why)
	}
	t.out.Run = *t.run
	t.out.Run.WakeAt = metav1.Time{}
	return t.out
}

// turn is one call of Decide while it is being worked out.
type turn struct {
	plan *playbook.Plan
	f    *Facts
	now  time.Time
	run  *v1alpha1.Run
	out  Decision
	env  playbook.Env
	// recused lists who takes no part and why, in a fixed order.
	recused []v1alpha1.Recusal
}

func newTurn(plan *playbook.Plan, run v1alpha1.Run, f *Facts, now time.Time) *turn {
	t := &turn{plan: plan, f: f, now: now.UTC().Truncate(time.Second), run: run.DeepCopy()}
	t.env = playbook.Env{Complaint: f.Complaint, Incident: f.Incident, Level: f.Level}
	t.recused = recusedBy(f)
	return t
}

// settle advances all steps until nothing moves any more. Each pass ends at least one step or begins one, so the
// number of passes is bounded by what the plan can do in one instant: its steps, times the rounds of its repeats.
func (t *turn) settle() {
	const mostPasses = 100_000
	for range mostPasses {
		moved := false
		for i := range t.plan.Nodes {
			moved = t.advance(i) || moved
		}
		moved = t.cancelRegions() || moved
		if !moved {
			break
		}
	}
	if t.allEnded(t.plan.Roots) {
		t.endRun(v1alpha1.RunCompleted, "", "every step of "+t.run.Playbook+" has ended")
	}
}

// endRun ends the run and everything in it that still waits.
func (t *turn) endRun(result v1alpha1.RunResult, by v1alpha1.User, why string) {
	for i := range t.run.Steps {
		if !ended(&t.run.Steps[i]) {
			t.cancel(i, "the run ended")
		}
	}
	t.run.Result = result
	t.run.EndedAt = stamp(t.now)
	t.event(v1alpha1.EventRunEnded, -1, by, string(result)+": "+why)
}

// nextWake is the earliest moment at which time alone changes a waiting step.
func (t *turn) nextWake() time.Time {
	var wake time.Time
	for i := range t.run.Steps {
		s := &t.run.Steps[i]
		if s.State != v1alpha1.StepWaiting || s.NextAt.IsZero() {
			continue
		}
		if wake.IsZero() || s.NextAt.Time.Before(wake) {
			wake = s.NextAt.Time
		}
	}
	return wake
}

// event appends a line to the timeline; i is the step it concerns, -1 for the whole record.
func (t *turn) event(typ v1alpha1.EventType, i int, actor v1alpha1.User, text string) {
	e := Event{At: t.now, Type: typ, Actor: actor, Text: text}
	if i >= 0 {
		e.Step, e.Round = t.plan.Nodes[i].Path, t.run.Steps[i].Round
	}
	t.out.Events = append(t.out.Events, e)
}

func (t *turn) effect(e Effect) { t.out.Effects = append(t.out.Effects, e) }

// holds asks a condition on behalf of step i. A condition that cannot be answered holds nothing and leaves a problem
// on the step that asked.
func (t *turn) holds(e *playbook.Expr, i int) bool {
	t.env.Steps = t.run.Steps
	t.env.Scope = t.plan.Nodes[i].Scope
	t.env.Round = int64(t.run.Steps[i].Round)
	ok, err := e.Holds(&t.env)
	if err != nil {
		t.problem(i, "the condition "+e.Source()+" cannot be answered: "+err.Error())
		return false
	}
	return ok
}

// problem notes on a step why it cannot go on as written; the timeline gets it once.
func (t *turn) problem(i int, text string) {
	text = cut(text, 512)
	if s := &t.run.Steps[i]; s.Problem != text {
		s.Problem = text
		t.event(v1alpha1.EventNobody, i, "", text)
	}
}

func stamp(t time.Time) metav1.Time { return metav1.NewTime(t.UTC().Truncate(time.Second)) }

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
