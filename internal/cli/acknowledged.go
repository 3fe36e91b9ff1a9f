package cli

import (
	"context"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// acknowledged is whether the caller has acknowledged a task and nobody waits for another sign: the task was not passed on
// since, and its step does not ask anew.
func (c *cluster) acknowledged(ctx context.Context, task *v1alpha1.ResponseTask) (bool, error) {
	me, err := c.me(ctx)
	if err != nil {
		return false, err
	}
	at := -1
	for i, act := range task.Spec.Acts {
		switch {
		case act.Verb == v1alpha1.TaskHandOver, act.Verb == v1alpha1.TaskDecline:
			at = -1
		case act.Verb == v1alpha1.TaskAcknowledge && act.By == me:
			at = i
		}
	}
	if at < 0 {
		return false, nil
	}
	r, err := c.readRecord(ctx, task.Spec.Record.Kind, string(task.Spec.Record.Name))
	if apierrors.IsNotFound(err) || apierrors.IsForbidden(err) {
		return true, nil
	}
	if err != nil || r.status.Run == nil {
		return err == nil, err
	}
	steps := r.status.Run.Steps
	i := slices.IndexFunc(steps, func(s v1alpha1.StepState) bool { return s.Name == task.Spec.Step })
	asksAnew := i >= 0 && !steps[i].AcknowledgeBy.IsZero() && int(steps[i].ActsSeen) > at
	return !asksAnew, nil
}
