package demo

import (
	"context"
	"fmt"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/retry"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// planSpecial plans what a script has happen besides the answer. It says whether the answer is not to be planned now,
// because the task goes to somebody else or the case ends; the lock is held.
func (c *Cast) planSpecial(key types.NamespacedName, seen *seenTask, s Script, at *time.Time) bool {
	task := &seen.task
	a := task.Spec.Assignment
	soon := c.Now().Add(2 * shortGrid)
	first := task.Spec.Step == "checkFacts"
	on := func(name string, do func(ctx context.Context) error) { c.plan(soon, name+" "+key.Name, do) }
	act := func(who v1alpha1.User, act v1alpha1.TaskAct) func(context.Context) error {
		return func(ctx context.Context) error { return c.write(ctx, who, key, act) }
	}
	switch {
	case s.Special == SpecialDecline && first:
		on("decline", act(a.Assignee, v1alpha1.TaskAct{Verb: v1alpha1.TaskDecline, Reason: "On the road today; somebody at the desk is faster."}))
		return true
	case s.Special == SpecialHandOver && first && len(a.MayAct) > 1:
		on("hand over", act(a.Assignee, v1alpha1.TaskAct{Verb: v1alpha1.TaskHandOver, To: a.MayAct[1], Reason: "Knows the customer."}))
		return true
	case s.Special == SpecialExtend && first:
		on("extend", act(a.Assignee, v1alpha1.TaskAct{Verb: v1alpha1.TaskExtend, Extension: "4h", Reason: "The department answers this afternoon."}))
	case s.Special == SpecialPause && lastPart(task.Spec.Step) == "agreeRemedy":
		on("pause", act(a.Assignee, v1alpha1.TaskAct{Verb: v1alpha1.TaskPause, Reason: "The customer calls back tomorrow."}))
		c.plan(soon.Add(20*time.Hour), "resume "+key.Name, act(a.Assignee, v1alpha1.TaskAct{Verb: v1alpha1.TaskResume, Reason: "The customer called."}))
		*at = soon.Add(21 * time.Hour)
	case s.Special == SpecialRecused && first:
		for _, r := range a.Recused {
			on("recused", c.forbidden(r.User, key, v1alpha1.TaskAct{Verb: v1alpha1.TaskComplete, Outcome: "unfounded"}, func(n *Refusals) { n.Recused++ }))
		}
	case s.Special == SpecialForge && first:
		if forger := stranger(a); forger != "" {
			on("forge", c.forbidden(forger, key, v1alpha1.TaskAct{By: a.Assignee, Verb: v1alpha1.TaskComplete, Outcome: "unfounded"}, func(n *Refusals) { n.ForgedName++ }))
		}
	case s.Special == SpecialSelfApprove && task.Spec.Type == v1alpha1.TaskTypeApproval:
		for _, r := range a.Recused {
			on("approve own request", c.forbidden(r.User, key, v1alpha1.TaskAct{Verb: v1alpha1.TaskApprove, Digest: a.Digest}, func(n *Refusals) { n.SelfApproval++ }))
		}
	case s.Special == SpecialRefuse && task.Spec.Type == v1alpha1.TaskTypeApproval && task.Spec.Round <= 1 && len(a.Seats) > 0 && len(a.Seats[0].Users) > 0:
		on("refuse", act(a.Seats[0].Users[0], v1alpha1.TaskAct{Verb: v1alpha1.TaskRefuse, Digest: a.Digest, Reason: "Too little for the damage done."}))
		return true
	case s.Special == SpecialWithdraw && first:
		on("withdraw", c.onRecord(a.Assignee, task, v1alpha1.RecordAct{Verb: v1alpha1.RecordWithdraw, Reason: "The customer has withdrawn the complaint."}))
		return true
	case s.Special == SpecialMerge && first && s.Into != "":
		on("merge", c.onRecord(a.Assignee, task, v1alpha1.RecordAct{Verb: v1alpha1.RecordMerge, Into: s.Into, Reason: "The same matter, told twice."}))
	}
	return false
}

// stranger is somebody who works here and has nothing to do with the task.
func stranger(a v1alpha1.Assignment) v1alpha1.User {
	const outsider = v1alpha1.User("temp.worker@example.com")
	if slices.Contains(a.MayAct, outsider) {
		return ""
	}
	return outsider
}

func lastPart(path string) string {
	for i := len(path) - 1; i >= 0; i-- {
		if path[i] == '/' {
			return path[i+1:]
		}
	}
	return path
}

// forbidden makes an act that must be refused, and counts the refusal.
func (c *Cast) forbidden(who v1alpha1.User, key types.NamespacedName, act v1alpha1.TaskAct, count func(*Refusals)) func(context.Context) error {
	return func(ctx context.Context) error {
		err := c.write(ctx, who, key, act)
		c.mu.Lock()
		defer c.mu.Unlock()
		switch {
		case refused(err):
			count(&c.refusals)
			c.refused = append(c.refused, refusal{at: c.Now(), who: who, act: act, task: key.Name, said: inItsWords(err)})
			return nil
		case err == nil:
			c.accepted = append(c.accepted, fmt.Sprintf("%s of %s was accepted on %s", act.Verb, who, key.Name))
		}
		return err
	}
}

// onRecord adds an act to the record of a task.
func (c *Cast) onRecord(who v1alpha1.User, task *v1alpha1.ResponseTask, act v1alpha1.RecordAct) func(context.Context) error {
	key := types.NamespacedName{Namespace: task.Namespace, Name: string(task.Spec.Record.Name)}
	return func(ctx context.Context) error { return c.ActOnComplaint(ctx, who, key, act) }
}

// ActOnComplaint adds an act to a complaint under a user's name.
func (c *Cast) ActOnComplaint(ctx context.Context, who v1alpha1.User, key types.NamespacedName, act v1alpha1.RecordAct) error {
	cl, err := c.Clients(who)
	if err != nil {
		return err
	}
	act.By, act.At = who, metav1.NewTime(c.Now())
	err = retry.RetryOnConflict(retry.DefaultRetry, func() error {
		var complaint v1alpha1.Complaint
		if err := cl.Get(ctx, key, &complaint); err != nil {
			return err
		}
		act.ID = fmt.Sprintf("act-%d", len(complaint.Spec.Acts)+1)
		before := complaint.DeepCopy()
		complaint.Spec.Acts = append(complaint.Spec.Acts, act)
		return cl.Patch(ctx, &complaint, client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{}))
	})
	c.count(err)
	return err
}

// SeeComplaint takes in a complaint as the cache shows it: one that the script re-opens is re-opened once it is closed.
func (c *Cast) SeeComplaint(o client.Object) {
	complaint, ok := o.(*v1alpha1.Complaint)
	if !ok || complaint.Status.State != v1alpha1.CaseClosed || complaint.Status.Reopened > 0 || len(complaint.Status.Leads) == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.scripts[complaint.Name]
	if s.Special != SpecialReopen {
		return
	}
	s.Special = ""
	s.Satisfaction = []string{"satisfied"}
	c.scripts[complaint.Name] = s
	lead, key := complaint.Status.Leads[0], client.ObjectKeyFromObject(complaint)
	c.plan(c.Now().Add(26*time.Hour), "reopen "+complaint.Name, func(ctx context.Context) error {
		return c.ActOnComplaint(ctx, lead, key, v1alpha1.RecordAct{Verb: v1alpha1.RecordReopen, Reason: "The same fault came back."})
	})
}
