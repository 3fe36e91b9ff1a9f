package casework

import (
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/engine"
)

// choosePlaybook begins a run: the first one, one after the record was re-opened, or one that takes over because the
// level was raised.
func (f *complaintFile) choosePlaybook() error {
	run := f.Status.Run
	switch {
	case f.levelPlaybook == "":
		switch {
		case run != nil && (run.Result == "" || !f.reopened()):
		case f.policy.isBuiltIn():
			f.hold(ReasonNoPlaybook, builtInFor(f.c.Status.Grading.Level, f.policy.Problem))
		default:
			f.hold(ReasonNoPlaybook, "level "+f.Facts.Level+" has no playbook in "+f.policy.Title()+"; give it one, and the complaint goes on")
		}
		return nil
	case run == nil, run.Result == v1alpha1.RunSuperseded:
	case run.Result == "" && run.Playbook != f.levelPlaybook:
		return f.takeOver()
	case run.Result != "" && f.reopened():
		return f.reopen()
	default:
		return nil
	}
	return f.beginRun()
}

// beginRun begins the playbook of the level, or says why it cannot.
func (f *complaintFile) beginRun() error {
	problem, err := f.begin(f.levelPlaybook, v1alpha1.RecordComplaint, f.Status.Run)
	if problem != "" {
		f.hold(ReasonPlaybookNotReady, problem)
	}
	return err
}

// takeOver stops a run whose playbook is not the level's any more and begins the new one; as long as that cannot begin
// the old one goes on.
func (f *complaintFile) takeOver() error {
	pb, problem, err := f.ready(f.levelPlaybook, v1alpha1.RecordComplaint)
	if err != nil {
		return err
	}
	if problem != "" {
		f.running = "level " + f.Facts.Level + " asks for another playbook, which cannot begin: " + problem
		return nil
	}
	old, err := f.world.Plan(f.Status.Run.Revision)
	if err != nil {
		return err
	}
	f.take(engine.Stop(old, *f.Status.Run, &f.Facts, v1alpha1.RunSuperseded, "level "+f.Facts.Level+" has playbook "+pb.Name, f.levelledAt(), f.Now))
	return f.beginRun()
}

// levelledAt is when the level became what it is, if that came to light only now; else now: a run that went on, because
// the new playbook could not begin, went on with its deadlines.
func (f *complaintFile) levelledAt() time.Time {
	if f.levelChanged {
		return f.c.Status.Grading.At.Time
	}
	return f.Now
}

// reopen begins a new run on a closed complaint. As long as none can begin the act waits.
func (f *complaintFile) reopen() error {
	f.Facts.Complaint.Reopened++
	f.Facts.Reopening = true
	if err := f.beginRun(); err != nil || f.held() {
		return err
	}
	f.Status.Reopened++
	return nil
}
