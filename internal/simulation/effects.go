package simulation

import (
	"fmt"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/casework"
	"tocsin.dev/tocsin/internal/engine"
)

// apply changes the world as an effect says. Names tell what exists already, as in a cluster.
func (s *Play) apply(d *docket, e engine.Effect) error {
	w := s.world
	switch e := e.(type) {
	case engine.OpenTask:
		if w.tasks[e.Name] == nil {
			task := s.spare.work()
			task.ObjectMeta, task.Spec = s.meta(e.Name), e.Spec
			task.Spec.State = v1alpha1.TaskOpen
			w.tasks[e.Name] = task
			if s.Forget {
				d.works = append(d.works, task)
			}
			s.ask(task, nil)
		}
	case engine.Reassign:
		if task := w.tasks[e.Name]; task != nil {
			before := task.Spec.Assignment
			task.Spec.Assignment = e.Assignment
			s.ask(task, &before)
		}
	case engine.CloseTask:
		if task := w.tasks[e.Name]; task != nil {
			task.Spec.State, task.Spec.Outcome, task.Spec.ClosedAt = e.State, e.Outcome, metav1.NewTime(e.At)
			s.forget(task)
		}
	case engine.LeaveOut:
		s.leaveOut(e)
	case engine.SendNotice:
		s.send(d, e)
	case engine.Raise:
		if w.incidents[e.Name] == nil {
			s.raise(&v1alpha1.CrisisIncident{ObjectMeta: metav1.ObjectMeta{Name: e.Name}, Spec: e.Spec})
		}
	case engine.PlanDrill:
		s.schedule(&v1alpha1.DrillSchedule{ObjectMeta: s.meta(e.Name), Spec: e.Spec}, s.reference(d.key))
	case engine.OpenPostMortem:
		s.openReview(d.key, &v1alpha1.PostMortem{ObjectMeta: s.meta(e.Name), Spec: e.Spec})
	case engine.Join: // the complaint's own status says so
	default:
		return fmt.Errorf("unknown effect %T", e)
	}
	return nil
}

func (s *Play) meta(name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: s.world.namespace, Name: name, CreationTimestamp: metav1.NewTime(s.now)}
}

// leaveOut opens a task again that an act had closed which does not count.
func (s *Play) leaveOut(e engine.LeaveOut) {
	task := s.world.tasks[e.Name]
	if task == nil || task.Spec.State != v1alpha1.TaskDone {
		return
	}
	if answer := task.Spec.Answer(); answer != nil && answer.ID == e.Act.ID {
		task.Spec.State, task.Spec.Outcome, task.Spec.ClosedAt = v1alpha1.TaskOpen, "", metav1.Time{}
		if e.Act.Digest != task.Spec.Assignment.Digest { // they approved what was written anew at that moment
			s.forget(task)
		}
		s.ask(task, nil)
	}
}

// send puts a notice into the outbox. What becomes of it is known in the same second.
func (s *Play) send(d *docket, e engine.SendNotice) {
	if s.world.notices[e.Name] != nil {
		return
	}
	n := s.spare.notice()
	n.ObjectMeta, n.Spec = s.meta(e.Name), e.Spec
	if n.Spec.PostMortem == "" || !s.Forget { // nobody looks again at what is said after the end of a case
		s.world.notices[n.Name] = n
		if s.Forget {
			d.notices = append(d.notices, n)
		}
	}
	s.agenda.plan(s.now, func() error {
		n.Status.State = s.fate(n)
		if n.Status.State == v1alpha1.NoticePending {
			return nil
		}
		n.Status.EndedAt = metav1.NewTime(s.now)
		if s.Sent != nil {
			s.Sent(n)
		}
		if s.careful || s.awaits(d, n.Name) {
			s.look(d)
		}
		return nil
	})
}

// awaits is whether a waiting step of a record asks what became of a notice.
func (s *Play) awaits(d *docket, notice string) bool {
	var status *v1alpha1.CaseStatus
	if d.complaint != nil {
		status = &d.complaint.Status.CaseStatus
	} else {
		status = s.status(d.key)
	}
	if status == nil || status.Run == nil {
		return false
	}
	for i := range status.Run.Steps {
		step := &status.Run.Steps[i]
		if step.State == v1alpha1.StepWaiting && slices.Contains(step.Notices, v1alpha1.ObjectName(notice)) {
			return true
		}
	}
	return false
}

// record is a record of the play; nil where it is no more.
func (s *Play) record(k key) casework.Record {
	if k.kind == v1alpha1.RecordComplaint {
		if c := s.world.complaints[k.name]; c != nil {
			return c
		}
	} else if ci := s.world.incidents[k.name]; ci != nil {
		return ci
	}
	return nil
}

// Follows is the playbook that a record follows, from the turn on in which its run begins; empty: none, or the record has
// left the play.
func (s *Play) Follows(of v1alpha1.RecordReference) string {
	if c := s.status(key{of.Kind, string(of.Name)}); c != nil && c.Run != nil {
		return c.Run.Playbook
	}
	return ""
}

// status is the status of a record; nil where it is no more.
func (s *Play) status(k key) *v1alpha1.CaseStatus {
	switch r := s.record(k).(type) {
	case *v1alpha1.Complaint:
		return &r.Status.CaseStatus
	case *v1alpha1.CrisisIncident:
		return &r.Status.CaseStatus
	}
	return nil
}
