package engine

import (
	"strconv"

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

// visible is what conditions see of a step.
type visible struct {
	state       v1alpha1.StepPhase
	round, rung int32
	overdue     bool
}

func (t *turn) look(i int) visible {
	s := &t.run.Steps[i]
	return visible{s.State, s.Round, s.Rung, !s.OverdueAt.IsZero()}
}

// proceed looks whether a waiting step has what it waits for.
func (t *turn) proceed(i int) bool {
	before := t.look(i)
	t.await(i)
	return t.look(i) != before
}

func (t *turn) await(i int) {
	n := &t.plan.Nodes[i]
	switch {
	case n.Repeat != nil:
		t.nextRound(i)
	case n.Action.Playbook != nil:
		if t.allEnded(n.Children) {
			t.finish(i, done, nil, t.now)
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
	case n.Action.RaiseIncident != nil, n.Action.ScheduleDrill != nil, n.Action.PostMortem != nil:
		t.carryOut(i)
	}
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
		t.skip(i, "", "what it needs was not done", t.now)
		return true
	case !start:
		return false
	}
	if n.When != nil {
		holds, known := t.holds(n.When, i)
		if !known {
			return false
		}
		if !holds {
			t.skip(i, "", NotCalledFor+n.When.Source(), t.now)
			return true
		}
	}
	t.begin(i)
	return true
}

// needsMet says whether the needs of a step are met, or never can be. Without a quorum a step starts once all its
// needs have ended and at least one of them is done; with a quorum once that many are done. Telling somebody counts as
// done when a lead skipped it: they know another way.
func (t *turn) needsMet(i int) (start, never bool) {
	n := &t.plan.Nodes[i]
	if len(n.Needs) == 0 {
		return true, false
	}
	done, open := 0, 0
	for _, need := range n.Needs {
		s := &t.run.Steps[need]
		switch {
		case s.State == v1alpha1.StepDone, t.toldOtherwise(need):
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

// toldOtherwise is whether a step that was to tell somebody was skipped by a person.
func (t *turn) toldOtherwise(i int) bool {
	s := &t.run.Steps[i]
	return t.plan.Nodes[i].Action.Notify != nil && s.State == v1alpha1.StepSkipped && len(s.By) > 0
}

// begin starts a step: its clock, then its action.
func (t *turn) begin(i int) {
	n, s := &t.plan.Nodes[i], &t.run.Steps[i]
	s.State = v1alpha1.StepWaiting
	s.StartedAt = stamp(t.now)
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
	case a.Task != nil, a.Decision != nil, a.Approval != nil:
		t.put(i)
	case a.Survey != nil:
		t.sendForm(i)
		t.put(i)
	case a.Wait != nil:
		t.beginWait(i)
	default:
		t.carryOut(i)
	}
}

// carryOut does what ends at once. Where a date cannot be computed the step keeps a problem and waits.
func (t *turn) carryOut(i int) {
	switch a := &t.plan.Nodes[i].Action; {
	case a.RaiseIncident != nil:
		t.raiseIncident(i)
	case a.ScheduleDrill != nil:
		t.scheduleDrill(i)
	case a.PostMortem != nil:
		t.openPostMortem(i)
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
	for k := range t.plan.Regions {
		r := &t.plan.Regions[k]
		var round int32
		if r.Parent >= 0 {
			if t.run.Steps[r.Parent].State != v1alpha1.StepWaiting {
				continue
			}
			round = t.run.Steps[r.Parent].Round
		}
		first := t.firstOpen(r.Nodes)
		if first < 0 {
			continue
		}
		holds, err := t.evaluate(r.When, r.Scope, round)
		if err != nil {
			t.minorProblem(first, unanswerable(r.When, " of "+r.Name)+err.Error())
			continue
		}
		t.answered(first, r.When, " of "+r.Name)
		if !holds {
			continue
		}
		at := t.now
		if !t.cause.IsZero() {
			at = t.cause
		}
		t.out.Stopped = append(t.out.Stopped, k)
		for _, i := range r.Nodes {
			if !ended(&t.run.Steps[i]) {
				t.cancel(i, "stopped by "+r.Name+": "+r.When.Source(), at)
				stopped = true
			}
		}
	}
	return stopped
}

// firstOpen is the first of some steps that has not ended, -1 when all have.
func (t *turn) firstOpen(steps []int) int {
	for _, i := range steps {
		if !ended(&t.run.Steps[i]) {
			return i
		}
	}
	return -1
}

// nameParts are the parts every name of a step's objects is made from: the record, the run, the step with round and
// attempt of it and of everything it is inside, and the slot, which tells several objects of the same step apart.
func (t *turn) nameParts(i int, slot string) []string {
	parts := []string{t.f.Record.UID, strconv.Itoa(int(t.run.ID)), t.run.Steps[i].Name}
	for p := i; p >= 0; p = t.plan.Nodes[p].Parent {
		s := &t.run.Steps[p]
		parts = append(parts, strconv.Itoa(int(s.Round))+"."+strconv.Itoa(int(s.Attempt)))
	}
	if act := t.run.Steps[i].Ask; act != "" { // the number alone would not tell what was asked for
		parts = append(parts, act)
	}
	return append(parts, slot)
}
