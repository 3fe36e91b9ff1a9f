package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/retry"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// answer completes a task: by the assignee, or by whoever the ladder was climbed to.
func (c *Cast) answer(ctx context.Context, key types.NamespacedName) error {
	task, open := c.current(key)
	if !open || answered(&task) {
		return nil
	}
	may := task.Spec.Assignment.MayAct
	if len(may) == 0 {
		return nil
	}
	who := may[0]
	if task.Spec.Assignment.Rung > 0 {
		who = may[len(may)-1]
	}
	c.mu.Lock()
	s := c.script(string(task.Spec.Record.Name))
	c.mu.Unlock()
	act := v1alpha1.TaskAct{Verb: v1alpha1.TaskComplete, Outcome: outcomeOf(&task, s)}
	if task.Spec.Type == v1alpha1.TaskTypeAcknowledgement {
		act = v1alpha1.TaskAct{Verb: v1alpha1.TaskAcknowledge}
	}
	if task.Spec.Writes == v1alpha1.WritesRemedy {
		if err := c.writeRemedy(ctx, who, &task, s); err != nil {
			return err
		}
	}
	return c.tooLate(ctx, who, key, c.write(ctx, who, key, act))
}

// outcomeOf is what the script answers.
func outcomeOf(task *v1alpha1.ResponseTask, s Script) v1alpha1.Identifier {
	offered := task.Spec.Outcomes
	switch {
	case len(offered) == 0:
		return ""
	case slices.Contains(offered, "founded"):
		return v1alpha1.Identifier(s.Founded)
	case task.Spec.Type == v1alpha1.TaskTypeSurvey:
		said := v1alpha1.Identifier(pick(s.Satisfaction, int(max(task.Spec.Round, 1))-1))
		if slices.Contains(offered, said) {
			return said
		}
	}
	return offered[0]
}

// approve takes the first seat that nobody sits on yet.
func (c *Cast) approve(ctx context.Context, key types.NamespacedName) error {
	task, open := c.current(key)
	if !open || answered(&task) {
		return nil
	}
	var by []v1alpha1.User
	for _, a := range task.Spec.Acts {
		if a.Verb == v1alpha1.TaskApprove {
			by = append(by, a.By)
		}
	}
	seats := task.Spec.Assignment.Seats
	for k := len(by); k < len(seats); k++ {
		for _, u := range seats[k].Users {
			if slices.Contains(by, u) {
				continue
			}
			act := v1alpha1.TaskAct{Verb: v1alpha1.TaskApprove, Digest: task.Spec.Assignment.Digest}
			return c.tooLate(ctx, u, key, c.write(ctx, u, key, act))
		}
	}
	return nil
}

// writeRemedy writes what is offered into the complaint.
func (c *Cast) writeRemedy(ctx context.Context, who v1alpha1.User, task *v1alpha1.ResponseTask, s Script) error {
	cl, err := c.Clients(who)
	if err != nil {
		return err
	}
	round := int(max(task.Spec.Round, 1))
	remedy := &v1alpha1.Remedy{By: who, Reason: fmt.Sprintf("Offer of round %d: what was checked shows that this puts it right.", round)}
	for _, k := range pick(s.Remedy, round-1) {
		remedy.Kinds = append(remedy.Kinds, v1alpha1.RemedyKind(k))
	}
	if s.AmountCents > 0 {
		remedy.AmountCents, remedy.Currency = s.AmountCents*int64(round), s.Currency
	}
	patch, err := json.Marshal([]map[string]any{{"op": "add", "path": "/spec/remedy", "value": remedy}})
	if err != nil {
		return err
	}
	complaint := &v1alpha1.Complaint{ObjectMeta: metav1.ObjectMeta{Namespace: task.Namespace, Name: string(task.Spec.Record.Name)}}
	return cl.Patch(ctx, complaint, client.RawPatch(types.JSONPatchType, patch))
}

// write adds an act to a task under a user's own name, unless the act names somebody else.
func (c *Cast) write(ctx context.Context, who v1alpha1.User, key types.NamespacedName, act v1alpha1.TaskAct) error {
	cl, err := c.Clients(who)
	if err != nil {
		return err
	}
	if act.By == "" {
		act.By = who
	}
	act.At = metav1.NewTime(c.Now())
	task, known := c.seen(key)
	err = retry.RetryOnConflict(retry.DefaultRetry, func() error {
		if !known {
			if err := cl.Get(ctx, key, &task); err != nil {
				return err
			}
		}
		known = false
		act.ID = fmt.Sprintf("%s-%d", strings.ToLower(string(act.Verb)), len(task.Spec.Acts)+1)
		before := task.DeepCopy()
		task.Spec.Acts = append(task.Spec.Acts, act)
		return cl.Patch(ctx, &task, client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{}))
	})
	c.count(err)
	return err
}

// seen is a task as the cache showed it last.
func (c *Cast) seen(key types.NamespacedName) (v1alpha1.ResponseTask, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t, ok := c.tasks[key]; ok {
		return *t.task.DeepCopy(), true
	}
	return v1alpha1.ResponseTask{}, false
}

// tooLate forgives an act that was refused because somebody was faster and the task is closed.
func (c *Cast) tooLate(ctx context.Context, who v1alpha1.User, key types.NamespacedName, err error) error {
	if !refused(err) {
		return err
	}
	if cl, e := c.Clients(who); e == nil && closed(ctx, cl, key) {
		return nil
	}
	return err
}

// closed says whether a task needs nobody any more.
func closed(ctx context.Context, cl client.Client, key types.NamespacedName) bool {
	var task v1alpha1.ResponseTask
	err := cl.Get(ctx, key, &task)
	return err == nil && !task.IsOpen()
}

func (c *Cast) count(err error) {
	if err == nil {
		c.mu.Lock()
		c.acts++
		c.mu.Unlock()
	}
}

// refused says whether an error is the API server's refusal.
func refused(err error) bool { return apierrors.IsForbidden(err) || apierrors.IsInvalid(err) }
