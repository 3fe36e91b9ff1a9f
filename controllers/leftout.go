package controllers

import (
	"context"
	"encoding/json"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/casework"
	"tocsin.dev/tocsin/internal/conditions"
	"tocsin.dev/tocsin/internal/engine"
)

// conditionActLeftOut is the condition of a task on which somebody acted without effect.
const conditionActLeftOut = "ActLeftOut"

// leaveOut says in the status of an open task why an act on it changed nothing, and opens it again if the act had closed it.
func (s *Shell) leaveOut(ctx context.Context, f *casework.File, e engine.LeaveOut) error {
	if err := s.reopenTask(ctx, f, e); err != nil {
		return err
	}
	var status v1alpha1.ResponseTaskStatus
	conditions.Set(&status.Conditions, f.Now, 0, conditionActLeftOut, metav1.ConditionTrue, string(e.Act.Verb),
		string(e.Act.Verb)+" by "+string(e.Act.By)+" was left out: "+e.Why)
	patch, err := json.Marshal(map[string]any{"status": map[string]any{"conditions": status.Conditions}})
	if err != nil {
		return err
	}
	task := &v1alpha1.ResponseTask{ObjectMeta: metav1.ObjectMeta{Namespace: f.Record.GetNamespace(), Name: e.Name}}
	return client.IgnoreNotFound(s.Status().Patch(ctx, task, client.RawPatch(types.MergePatchType, patch)))
}

// reopenTask opens a task again that was closed by an act that does not count. The version that was read goes with the
// write: somebody may have completed it rightly in between.
func (s *Shell) reopenTask(ctx context.Context, f *casework.File, e engine.LeaveOut) error {
	var task v1alpha1.ResponseTask
	err := s.APIReader.Get(ctx, types.NamespacedName{Namespace: f.Record.GetNamespace(), Name: e.Name}, &task)
	if err != nil {
		return client.IgnoreNotFound(err)
	}
	answer := task.Spec.Answer()
	if task.Spec.State != v1alpha1.TaskDone || answer == nil || answer.ID != e.Act.ID {
		return nil
	}
	patch := fmt.Sprintf(`{"metadata":{"resourceVersion":%q},"spec":{"state":%q,"outcome":null,"closedAt":null}}`, task.ResourceVersion, v1alpha1.TaskOpen)
	return client.IgnoreNotFound(s.Patch(ctx, &task, client.RawPatch(types.MergePatchType, []byte(patch))))
}
