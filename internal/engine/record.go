package engine

import (
	"slices"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// mostReason is how much of a reason the timeline shows; all of it stays with the act.
const mostReason = 512

// takeRecordActs takes in what people did to the record as a whole since the last turn, in the order it was written.
// Changes of level and re-openings are the caller's; of these only the latter reach the timeline here.
func (t *turn) takeRecordActs() {
	acts := t.f.Acts
	if len(acts) <= int(t.run.ActsSeen) {
		return
	}
	wasOpen := t.run.Result == ""
	for _, act := range acts[t.run.ActsSeen:] {
		if wasOpen && t.run.Result != "" && act.Verb == v1alpha1.RecordReopen {
			return // it begins another run, at the next turn
		}
		t.takeRecordAct(act)
		t.run.ActsSeen++
	}
}

func (t *turn) takeRecordAct(act v1alpha1.RecordAct) {
	switch act.Verb {
	case v1alpha1.RecordComment:
		t.event(v1alpha1.EventCommented, -1, act.By, "commented")
		return
	case v1alpha1.RecordRaise, v1alpha1.RecordLower: // the caller knows the levels, and says what became of it
		return
	case v1alpha1.RecordRelease:
		t.event(v1alpha1.EventCommented, -1, act.By, "released the record for deletion: "+cut(act.Reason, mostReason))
		return
	case v1alpha1.RecordReopen:
		if t.run.Result == "" && (t.reopened || !t.f.Reopening) {
			t.event(v1alpha1.EventActIgnored, -1, act.By, "Reopen was left out: the record is open")
			return
		}
		t.reopened = true
		t.event(v1alpha1.EventReopened, -1, act.By, cut(act.Reason, mostReason))
		return
	}
	if t.run.Result == "" {
		t.takeAnswers(t.recordTime(act))
		t.completeRun()
	}
	if t.run.Result != "" {
		t.event(v1alpha1.EventActIgnored, -1, act.By, string(act.Verb)+" was left out: the record is closed; re-open it first")
		return
	}
	switch act.Verb {
	case v1alpha1.RecordAbort:
		t.endRun(v1alpha1.RunAborted, act.By, cut(act.Reason, mostReason), t.recordTime(act))
	case v1alpha1.RecordWithdraw:
		t.endRun(v1alpha1.RunWithdrawn, act.By, cut(act.Reason, mostReason), t.recordTime(act))
	case v1alpha1.RecordMerge:
		if why := t.f.NotMergeable[act.Into]; why != "" {
			t.event(v1alpha1.EventActIgnored, -1, act.By, "Merge was left out: "+act.Into+" "+why)
			return
		}
		t.endRun(v1alpha1.RunMerged, act.By, "merged into "+act.Into, t.recordTime(act))
	case v1alpha1.RecordSkip:
		t.skipStep(act)
	case v1alpha1.RecordHandOver:
		t.handOverRole(act)
	case v1alpha1.RecordReassign:
		t.reassignTask(act)
	case v1alpha1.RecordAsk:
		t.takeAsk(act)
	}
}

// takeAnswers takes in what people did to the tasks of waiting steps up to a moment, before something ends those steps that
// was decided only then: acts count in the order they were written. Nothing begins yet.
func (t *turn) takeAnswers(until time.Time) {
	all := t.f
	before := *all
	before.Tasks = writtenUntil(all.Tasks, until)
	t.f, t.answersOnly = &before, true
	for i := range t.run.Steps {
		if s := &t.run.Steps[i]; s.State == v1alpha1.StepWaiting && len(s.Tasks) > 0 {
			t.await(i)
		}
	}
	t.f, t.answersOnly = all, false
}

// writtenUntil leaves of each task's acts those that were written by a moment.
func writtenUntil(tasks map[string]TaskFacts, until time.Time) map[string]TaskFacts {
	out := make(map[string]TaskFacts, len(tasks))
	for name, task := range tasks {
		if later := slices.IndexFunc(task.Acts, func(a v1alpha1.TaskAct) bool { return a.At.Truncate(time.Second).After(until) }); later >= 0 {
			task.Acts = task.Acts[:later]
		}
		out[name] = task
	}
	return out
}

// skipStep ends a step that waits, or one that cannot begin because its condition has no answer.
func (t *turn) skipStep(act v1alpha1.RecordAct) {
	i := t.stepNamed(act.Step)
	switch {
	case i < 0:
		t.event(v1alpha1.EventActIgnored, -1, act.By, "Skip was left out: there is no step "+cut(act.Step, 100))
	case t.run.Steps[i].State != v1alpha1.StepWaiting && t.run.Steps[i].Problem == "":
		t.event(v1alpha1.EventActIgnored, i, act.By, "Skip was left out: the step does not wait")
	default:
		t.skip(i, act.By, "skipped: "+cut(act.Reason, mostReason), t.recordTime(act))
	}
}

// recordTime is when an act on the record happened: as it is stamped, but not after now.
func (t *turn) recordTime(act v1alpha1.RecordAct) time.Time {
	if at := act.At.UTC().Truncate(time.Second); !act.At.IsZero() && at.Before(t.now) {
		return at
	}
	return t.now
}
