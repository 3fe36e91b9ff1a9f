package engine

import (
	"strconv"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// advance moves step i as far as it goes now and says whether anything changed that other steps may look at.
func (t *turn) advance(i int) bool {
	switch t.run.Steps[i].State {
	case v1alpha1.StepPending:
		return t.tryBegin(i)
	case v1alpha1.StepWaiting:
		return t.proceed(i)
	case v1alpha1.StepDone:
		return t.voidApproval(i)
	}
	return false
}

// proceed looks whether a waiting step has what it waits for; if not, whether its time has come.
func (t *turn) proceed(i int) bool {
	n := &t.plan.Nodes[i]
	before := t.run.Steps[i].State
	switch {
	case n.Repeat != nil:
		if t.nextRound(i) {
			return true
		}
	case n.Action.Playbook != nil:
		if t.allEnded(n.Children) {
			t.finish(i, "done", nil, t.now)
		}
	case n.Head.Every != nil:
		t.recur(i)
	case n.Action.Notify != nil:
		t.awaitDelivery(i)
	case n.Action.AssembleTeam != nil:
		t.awaitTeam(i)
	case n.Action.AssignRole != nil:
		t.assignRole(i)
	case n.Action.Wait != nil:
		t.awaitCondition(i)
	case n.Action.Approval != nil:
		t.awaitApproval(i)
	case n.Action.Task != nil, n.Action.Survey != nil, n.Action.Decision != nil:
		t.awaitAnswer(i)
	}
	if t.run.Steps[i].State == v1alpha1.StepWaiting {
		t.watchTime(i)
	}
	return t.run.Steps[i].State != before
}

// tryBegin begins a pending step whose turn has come, or skips it.
func (t *turn) tryBegin(i int) bool {
	n := &t.plan.Nodes[i]
	if n.Parent >= 0 && t.run.Steps[n.Parent].State != v1alpha1.StepWaiting {
		return false
	}
	start, never := t.needsMet(i)
	switch {
	case never:
		t.skip(i, "", "what it needs was not done")
		return true
	case !start:
		return false
	}
	if n.When != nil && !t.holds(n.When, i) {
		if t.run.Steps[i].Problem != "" {
			return false
		}
		t.skip(i, "", "not called for: "+n.When.Source())
		return true
	}
	t.begin(i)
	return true
}

// needsMet says whether the needs of a step are met, or never can be. Without a quorum a step starts once all its
// needs have ended and at least one of them is done; with a quorum once that many are done.
func (t *turn) needsMet(i int) (start, never bool) {
	n := &t.plan.Nodes[i]
	if len(n.Needs) == 0 {
		return true, false
	}
	done, open := 0, 0
	for _, need := range n.Needs {
		s := &t.run.Steps[need]
		switch {
		case s.State == v1alpha1.StepDone:
			done++
		case !ended(s):
			open++
		}
	}
	if q := int(n.Head.Quorum); q > 0 {
		return done >= q, done+open < q
	}
	return open == 0 && done > 0, open == 0 && done == 0
}

// begin starts a step: its clock, then its action.
func (t *turn) begin(i int) {
	n, s := &t.plan.Nodes[i], &t.run.Steps[i]
	s.State = v1alpha1.StepWaiting
	s.StartedAt = stamp(t.now)
	s.Problem = ""
	t.setDeadline(i)
	a := &n.Action
	switch {
	case n.Repeat != nil:
		t.beginRound(i, 1)
	case a.Playbook != nil:
		t.resetChildren(i, s.Round)
		t.event(v1alpha1.EventStepStarted, i, "", "playbook "+a.Playbook.Name+" begins")
	case n.Head.Every != nil:
		t.beginRecurring(i)
	case a.Notify != nil:
		t.beginNotify(i)
	case a.AssembleTeam != nil:
		t.beginTeam(i)
	case a.AssignRole != nil:
		t.assignRole(i)
	case a.Task != nil:
		t.ask(i, v1alpha1.TaskTypeWork, string(a.Task.To), a.Task.Outcomes)
	case a.Survey != nil:
		t.beginSurvey(i)
	case a.Decision != nil:
		t.ask(i, v1alpha1.TaskTypeDecision, string(a.Decision.By), a.Decision.Options)
	case a.Approval != nil:
		t.beginApproval(i)
	case a.Wait != nil:
		t.beginWait(i)
	case a.RaiseIncident != nil:
		t.raiseIncident(i)
	case a.ScheduleDrill != nil:
		t.scheduleDrill(i)
	case a.PostMortem != nil:
		t.openPostMortem(i)
	}
	if s.State == v1alpha1.StepWaiting {
		t.schedule(i)
	}
}

// finish ends a step as meant. at is when it was done, which may be before now.
func (t *turn) finish(i int, outcome v1alpha1.Identifier, by []v1alpha1.User, at time.Time) {
	s := &t.run.Steps[i]
	t.closeTasks(i, v1alpha1.TaskDone, outcome, at)
	s.State, s.Outcome, s.By, s.EndedAt = v1alpha1.StepDone, outcome, by, stamp(at)
	s.NextAt, s.Problem, s.PausedAt, s.AcknowledgeBy = metav1.Time{}, "", metav1.Time{}, metav1.Time{}
	var actor v1alpha1.User
	if len(by) > 0 {
		actor = by[len(by)-1]
	}
	text := "done"
	if outcome != "" && outcome != "done" {
		text = "done: " + string(outcome)
	}
	switch {
	case s.DueAt.IsZero():
		t.event(v1alpha1.EventStepDone, i, actor, text)
	case at.After(s.DueAt.Time):
		t.event(v1alpha1.EventStepDone, i, actor, text+", "+spell(at.Sub(s.DueAt.Time))+" after the deadline")
	default:
		t.event(v1alpha1.EventStepDone, i, actor, text)
		t.event(v1alpha1.EventDeadlineMet, i, "", "in time, "+spell(s.DueAt.Sub(at))+" before the deadline")
	}
}

// skip ends a step that does not apply.
func (t *turn) skip(i int, by v1alpha1.User, why string) {
	t.endUndone(i, v1alpha1.StepSkipped, by)
	t.event(v1alpha1.EventStepSkipped, i, by, why)
}

// cancel stops a step and everything inside it.
func (t *turn) cancel(i int, why string) {
	waited := t.run.Steps[i].State == v1alpha1.StepWaiting
	t.endUndone(i, v1alpha1.StepCancelled, "")
	if waited {
		t.event(v1alpha1.EventStepCancelled, i, "", why)
	}
}

func (t *turn) endUndone(i int, state v1alpha1.StepPhase, by v1alpha1.User) {
	s := &t.run.Steps[i]
	t.closeTasks(i, v1alpha1.TaskCancelled, "", t.now)
	s.State, s.EndedAt = state, stamp(t.now)
	s.NextAt, s.Problem, s.PausedAt, s.AcknowledgeBy = metav1.Time{}, "", metav1.Time{}, metav1.Time{}
	if by != "" {
		s.By = []v1alpha1.User{by}
	}
	for _, c := range t.plan.Nodes[i].Children {
		if !ended(&t.run.Steps[c]) {
			t.cancel(c, "its block was stopped")
		}
	}
}

// reset makes a step pending again, as a new attempt or for a new round.
func (t *turn) reset(i int, round, attempt int32) {
	t.closeTasks(i, v1alpha1.TaskSuperseded, "", t.now)
	t.run.Steps[i] = v1alpha1.StepState{Name: t.plan.Nodes[i].Path, State: v1alpha1.StepPending, Round: round, Attempt: attempt}
	t.resetChildren(i, round)
}

func (t *turn) resetChildren(i int, round int32) {
	for _, c := range t.plan.Nodes[i].Children {
		t.reset(c, round, 0)
	}
}

// cancelRegions stops the regions whose condition holds.
func (t *turn) cancelRegions() bool {
	stopped := false
	for _, r := range t.plan.Regions {
		if t.allEnded(r.Nodes) || !t.holds(r.When, r.Nodes[0]) {
			continue
		}
		for _, i := range r.Nodes {
			if !ended(&t.run.Steps[i]) {
				t.cancel(i, "stopped by "+r.Name+": "+r.When.Source())
				stopped = true
			}
		}
	}
	return stopped
}

// nameParts are the parts every name of a step's objects is made from; slot tells several of the same step apart.
func (t *turn) nameParts(i int, slot string) []string {
	s := &t.run.Steps[i]
	return []string{t.f.Record.UID, strconv.Itoa(int(t.run.ID)), s.Name, strconv.Itoa(int(s.Round)), strconv.Itoa(int(s.Attempt)), slot}
}
