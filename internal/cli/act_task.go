package cli

import (
	"context"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// actOnTask carries out a verb on a task as it was read, and says what was done. The commands and the terminal view both
// act through it. The digest of an approval is that of the task as it was read: what was shown is what is decided about.
func (a *app) actOnTask(ctx context.Context, c *cluster, v verb, task *v1alpha1.ResponseTask, act v1alpha1.TaskAct, remedy *v1alpha1.Remedy) (string, error) {
	if err := complete(v, act); err != nil {
		return "", err
	}
	if v.act == v1alpha1.TaskAcknowledge {
		switch already, err := c.acknowledged(ctx, task); {
		case err != nil:
			return "", err
		case already:
			return fmt.Sprintf("responsetask/%s already acknowledged", task.Name), nil
		}
	}
	if v.act == v1alpha1.TaskComplete {
		if err := a.writeRemedy(ctx, c, task, act, remedy); err != nil {
			return "", err
		}
	}
	if err := a.act(ctx, c, task, act); err != nil {
		return "", err
	}
	return fmt.Sprintf("responsetask/%s %s%s", task.Name, v.done, outcomeOf(act)), nil
}

func outcomeOf(act v1alpha1.TaskAct) string {
	if act.Outcome == "" {
		return ""
	}
	return fmt.Sprintf(" (%s)", act.Outcome)
}

// writeRemedy fills in the remedy before the task that is to write it is completed. The completion is tried first, as
// a dry run: a remedy is not written by somebody who then may not complete the task.
func (a *app) writeRemedy(ctx context.Context, c *cluster, task *v1alpha1.ResponseTask, act v1alpha1.TaskAct, remedy *v1alpha1.Remedy) error {
	wanted := task.Spec.Writes == v1alpha1.WritesRemedy
	switch {
	case !wanted && remedy != nil:
		return usagef("task %s does not write a remedy: leave out --remedy-kind and what belongs to it", task.Name)
	case !wanted:
		return nil
	case task.Spec.Record.Kind != v1alpha1.RecordComplaint:
		return fmt.Errorf("task %s is to write the remedy of %s %s, which has none", task.Name, task.Spec.Record.Kind, task.Spec.Record.Name)
	}
	var complaint v1alpha1.Complaint
	if err := c.Get(ctx, c.key(string(task.Spec.Record.Name)), &complaint); err != nil {
		return err
	}
	written := complaint.Spec.Remedy
	switch {
	case remedy == nil && written == nil:
		return usagef("task %s is to write the remedy and complaint %s has none yet: give --remedy-kind and --remedy-reason", task.Name, complaint.Name)
	case remedy == nil || sameWords(remedy, written):
		return nil
	}
	if err := a.act(ctx, c, task.DeepCopy(), act, metav1.DryRunAll); err != nil {
		return err
	}
	return c.setRemedy(ctx, complaint.Name, remedy)
}
