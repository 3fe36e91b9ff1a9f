package crash

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// The complaints of the scenario: one that is settled at the desk, one that becomes a crisis, one that becomes part of it.
const (
	mild = "mild"
	hot  = "hot"
	warm = "warm"
)

// seen is everything people look at.
type seen struct {
	complaints  v1alpha1.ComplaintList
	incidents   v1alpha1.CrisisIncidentList
	tasks       v1alpha1.ResponseTaskList
	notices     v1alpha1.NoticeList
	postMortems v1alpha1.PostMortemList
}

// requestTimeout is how long people wait for an answer of the API server before they try again.
const requestTimeout = 10 * time.Second

func (w *world) look() (*seen, error) {
	s := &seen{}
	ctx, cancel := context.WithTimeout(w.ctx, requestTimeout)
	defer cancel()
	for _, list := range []client.ObjectList{&s.complaints, &s.incidents, &s.tasks, &s.notices, &s.postMortems} {
		if err := admin.List(ctx, list, client.InNamespace(w.ns)); err != nil {
			return s, err
		}
	}
	return s, nil
}

func (w *world) complain(name string, signals ...v1alpha1.Identifier) error {
	intake, err := w.as("hotline")
	if err != nil {
		return err
	}
	return intake.Create(w.ctx, &v1alpha1.Complaint{ObjectMeta: metav1.ObjectMeta{Namespace: w.ns, Name: name}, Spec: v1alpha1.ComplaintSpec{
		Statement: "The kettle broke.", Channel: "Phone", ReceivedAt: metav1.NewTime(w.now()), Signals: signals, Product: "kettle",
		Complainant: &v1alpha1.Complainant{Pseudonym: "customer-" + name, ContactSecret: "contact"},
	}})
}

// act lets one person do the next thing there is to do: intake, answers to tasks, corrective actions. What people do
// follows from what they see and from nothing else. False: nobody has anything to do.
func (w *world) act(s *seen) (bool, error) {
	if done, err := w.takeIn(s); done || err != nil {
		return done, err
	}
	tasks := slices.Clone(s.tasks.Items)
	slices.SortFunc(tasks, func(a, b v1alpha1.ResponseTask) int {
		return cmp.Or(cmp.Compare(a.Spec.Record.Kind, b.Spec.Record.Kind), cmp.Compare(a.Spec.Step, b.Spec.Step), cmp.Compare(a.Spec.Assignment.Assignee, b.Spec.Assignment.Assignee), cmp.Compare(a.Name, b.Name))
	})
	for i := range tasks {
		if late(&tasks[i]) && !s.climbed(&tasks[i]) {
			continue
		}
		if done, err := w.answer(&tasks[i]); done || err != nil {
			return done, err
		}
	}
	for i := range s.postMortems.Items {
		if done, err := w.learn(&s.postMortems.Items[i]); done || err != nil {
			return done, err
		}
	}
	return false, nil
}

// takeIn takes complaints in: two at first, the third once the crisis has begun.
func (w *world) takeIn(s *seen) (bool, error) {
	is := map[string]*v1alpha1.Complaint{}
	for i := range s.complaints.Items {
		is[s.complaints.Items[i].Name] = &s.complaints.Items[i]
	}
	switch {
	case is[mild] == nil:
		return true, w.complain(mild)
	case is[hot] == nil && is[mild].Status.Run != nil:
		return true, w.complain(hot, "safety-hazard")
	case is[warm] == nil && is[hot] != nil && is[hot].Status.Incident != nil:
		return true, w.complain(warm, "safety-hazard")
	}
	return false, nil
}

// late are the steps nobody answers before their deadline has passed and the ladder was climbed.
func late(task *v1alpha1.ResponseTask) bool {
	return task.Spec.Mode == v1alpha1.ModeLive && (task.Spec.Step == "contain" || task.Spec.Step == "carryOut")
}

// climbed is whether the ladder was climbed for a task, and that was written down: whoever is told acts no sooner.
func (s *seen) climbed(task *v1alpha1.ResponseTask) bool {
	var runs []*v1alpha1.Run
	for i := range s.complaints.Items {
		if s.complaints.Items[i].Name == string(task.Spec.Record.Name) {
			runs = append(runs, s.complaints.Items[i].Status.Run)
		}
	}
	for i := range s.incidents.Items {
		if s.incidents.Items[i].Name == string(task.Spec.Record.Name) {
			runs = append(runs, s.incidents.Items[i].Status.Run)
		}
	}
	return slices.ContainsFunc(runs, func(r *v1alpha1.Run) bool {
		return r != nil && slices.ContainsFunc(r.Steps, func(step v1alpha1.StepState) bool { return step.Name == task.Spec.Step && step.Rung > 0 })
	})
}

// answer does what a task asks for, if nobody did.
func (w *world) answer(task *v1alpha1.ResponseTask) (bool, error) {
	a := task.Spec.Assignment
	if !task.IsOpen() || len(task.Spec.Acts) > 0 || len(a.MayAct) == 0 {
		return false, nil
	}
	who, act := a.MayAct[0], v1alpha1.TaskAct{Verb: v1alpha1.TaskComplete}
	switch {
	case task.Spec.Type == v1alpha1.TaskTypeAcknowledgement:
		who, act.Verb = a.Assignee, v1alpha1.TaskAcknowledge
	case task.Spec.Type == v1alpha1.TaskTypeApproval:
		who, act.Verb, act.Digest = a.Seats[0].Users[0], v1alpha1.TaskApprove, a.Digest
	case len(task.Spec.Outcomes) > 0:
		act.Outcome = task.Spec.Outcomes[0]
	}
	if a.Rung > 0 {
		who = a.MayAct[len(a.MayAct)-1]
	}
	c, err := w.as(who)
	if err != nil {
		return true, err
	}
	if task.Spec.Writes == v1alpha1.WritesRemedy {
		var complaint v1alpha1.Complaint
		if err := c.Get(w.ctx, client.ObjectKey{Namespace: w.ns, Name: string(task.Spec.Record.Name)}, &complaint); err != nil {
			return true, err
		}
		if complaint.Spec.Remedy == nil {
			complaint.Spec.Remedy = &v1alpha1.Remedy{Kinds: []v1alpha1.RemedyKind{"Exchange"}, By: who, Reason: "A new kettle."}
			return true, gone(c.Update(w.ctx, &complaint))
		}
	}
	act.ID, act.By, act.At = "act-0", who, metav1.NewTime(w.now())
	changed := task.DeepCopy()
	changed.Spec.Acts = append(changed.Spec.Acts, act)
	return true, gone(c.Update(w.ctx, changed))
}

// learn carries out the corrective actions of a post-mortem, and has somebody else verify them.
func (w *world) learn(pm *v1alpha1.PostMortem) (bool, error) {
	if pm.Status.Document == "" {
		return false, nil
	}
	for i := range pm.Spec.Actions {
		a, who := &pm.Spec.Actions[i], pm.Spec.Owner
		switch a.State {
		case v1alpha1.CorrectiveVerified:
			continue
		case v1alpha1.CorrectiveDone:
			who = "hal"
			a.State = v1alpha1.CorrectiveVerified
		default:
			a.State, a.Owner = v1alpha1.CorrectiveDone, pm.Spec.Owner
		}
		c, err := w.as(who)
		if err != nil {
			return true, err
		}
		return true, gone(c.Update(w.ctx, pm))
	}
	return false, nil
}

// gone forgives a write that met a newer version, or a task that somebody closed: people look again.
func gone(err error) error {
	if apierrors.IsConflict(err) {
		return nil
	}
	return err
}

// open says what is not at its end yet; empty: everything is.
func (s *seen) open() string {
	if len(s.complaints.Items) < 3 || len(s.incidents.Items) < 2 || len(s.postMortems.Items) < 2 {
		return fmt.Sprintf("%d complaints, %d incidents, %d post-mortems", len(s.complaints.Items), len(s.incidents.Items), len(s.postMortems.Items))
	}
	for _, c := range s.complaints.Items {
		if c.Status.ClosedAt.IsZero() {
			return "complaint " + c.Name
		}
	}
	for _, ci := range s.incidents.Items {
		if ci.Status.ClosedAt.IsZero() {
			return "incident " + ci.Name
		}
	}
	for _, n := range s.notices.Items {
		if n.Status.EndedAt.IsZero() {
			return "notice " + n.Name + " " + string(n.Status.State)
		}
	}
	for _, pm := range s.postMortems.Items {
		if pm.Status.Document == "" || pm.Status.OpenActions > 0 || pm.Status.ObservedGeneration != pm.Generation {
			return "post-mortem " + pm.Name
		}
	}
	return ""
}

// play brings the scenario to its end, the manager dying as planned.
func (s *stage) play() error {
	if err := s.live(); err != nil {
		return err
	}
	for {
		if alive, err := s.settle(); err != nil {
			return err
		} else if !alive {
			continue
		}
		now, err := s.look()
		if err != nil {
			return err
		}
		if done, err := s.act(now); err != nil {
			return err
		} else if done {
			continue
		}
		open := now.open()
		if open == "" {
			return nil
		}
		if still, err := s.still(); err != nil {
			return err
		} else if !still {
			continue
		}
		next, some := s.op.Wheel.Next()
		if !some {
			return fmt.Errorf("nothing is going to happen any more, and %s is still open", open)
		}
		if next.Sub(start) > mostTime {
			return errors.New("the scenario does not end: " + open + " is still open")
		}
		s.clock.SetTime(next)
	}
}

// stillness is how long nothing may have been written before the clock jumps: an event may be on its way from a cache to a
// queue, and a jump of hours would make late what is to come of it.
const stillness = 50 * time.Millisecond

// still looks once more whether nothing moves.
func (s *stage) still() (bool, error) {
	before := len(s.knife.writes())
	timer := clock.RealClock{}.NewTimer(stillness)
	select {
	case <-s.ctx.Done():
	case <-timer.C():
	}
	alive, err := s.settle()
	return alive && before == len(s.knife.writes()), err
}

// mostTime is longer than the scenario can take: its last moment is the drill's.
const mostTime = 7 * 24 * time.Hour
