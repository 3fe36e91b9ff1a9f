package controllers

import (
	"context"
	"encoding/json"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/engine"
)

// reasonActLeftOut is the reason of a task's condition Complete, which is False, after an act that changed nothing.
const reasonActLeftOut = "ActLeftOut"

// leaveOut says in the status of an open task why an act on it changed nothing. Its end replaces that.
func (s *Shell) leaveOut(ctx context.Context, f *caseFile, e engine.LeaveOut) error {
	var status v1alpha1.ResponseTaskStatus
	setCondition(&status.Conditions, f.now, 0, "Complete", metav1.ConditionFalse, reasonActLeftOut,
		string(e.Act.Verb)+" by "+string(e.Act.By)+" was left out: "+e.Why)
	patch, err := json.Marshal(map[string]any{"status": map[string]any{"conditions": status.Conditions}})
	if err != nil {
		return err
	}
	task := &v1alpha1.ResponseTask{ObjectMeta: metav1.ObjectMeta{Namespace: f.namespace(), Name: e.Name}}
	return client.IgnoreNotFound(s.Status().Patch(ctx, task, client.RawPatch(types.MergePatchType, patch)))
}
