package cli

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/retry"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// act adds an act to a task in the caller's own name: read, add at the end, write if nobody wrote in between, else
// again. Whether the caller may is for the API server to say. A digest is taken over from what was read.
func (a *app) act(ctx context.Context, c *cluster, task *v1alpha1.ResponseTask, what v1alpha1.TaskAct, dryRun ...string) error {
	me, err := c.me(ctx)
	if err != nil {
		return err
	}
	if what.ID, err = a.newID(); err != nil {
		return err
	}
	what.By, what.At = me, metav1.NewTime(a.Clock.Now().UTC().Truncate(time.Second))
	seen := task.Spec.Assignment.Digest
	if err := missingOutcome(task, &what); err != nil {
		return err
	}
	return retry.RetryOnConflict(retry.DefaultBackoff, func() error {
		if err := c.Get(ctx, client.ObjectKeyFromObject(task), task); err != nil {
			return err
		}
		if what.Verb == v1alpha1.TaskApprove || what.Verb == v1alpha1.TaskRefuse {
			if what.Digest = task.Spec.Assignment.Digest; what.Digest != seen {
				return fmt.Errorf("what task %s asks you to decide about changed at this moment: read it again, then decide", task.Name)
			}
		}
		patch, err := addAct(task, what)
		if err != nil {
			return err
		}
		err = c.Patch(ctx, task, client.RawPatch(types.JSONPatchType, patch), &client.PatchOptions{DryRun: dryRun})
		if err != nil && strings.Contains(err.Error(), timeUnknown) {
			return c.applyAct(ctx, task, what, dryRun)
		}
		return err
	})
}

// timeUnknown is in what tocsin-time-check says of a write whose time it cannot tell, because somebody filled up
// metadata.managedFields of the task.
const timeUnknown = "the time of this write cannot be told"

// applyAct adds an act by server-side apply under a field manager of its own, whose entry in managedFields the API server
// never lumps together with others. It is not the usual way, because each such entry stays.
func (c *cluster) applyAct(ctx context.Context, task *v1alpha1.ResponseTask, what v1alpha1.TaskAct, dryRun []string) error {
	act, err := runtime.DefaultUnstructuredConverter.ToUnstructured(&what)
	if err != nil {
		return err
	}
	apply := &unstructured.Unstructured{Object: map[string]any{
		"metadata": map[string]any{"namespace": task.Namespace, "name": task.Name, "resourceVersion": task.ResourceVersion},
		"spec":     map[string]any{"acts": []any{act}},
	}}
	apply.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind("ResponseTask"))
	return c.Apply(ctx, client.ApplyConfigurationFromUnstructured(apply), &client.ApplyOptions{FieldManager: "kubectl-tocsin-" + what.ID, DryRun: dryRun})
}

// missingOutcome says which outcomes there are, to somebody who may answer and gave none of them.
func missingOutcome(task *v1alpha1.ResponseTask, what *v1alpha1.TaskAct) error {
	outcomes := task.Spec.Outcomes
	if what.Verb != v1alpha1.TaskComplete || len(outcomes) == 0 || slices.Contains(outcomes, what.Outcome) ||
		!isOpen(task) || !slices.Contains(task.Spec.Assignment.MayAct, what.By) {
		return nil
	}
	words := make([]string, len(outcomes))
	for i, o := range outcomes {
		words[i] = string(o)
	}
	return fmt.Errorf("done needs --outcome %s", strings.Join(words, " or "))
}

// newID makes the id of an act: 8 hex digits.
func (a *app) newID() (string, error) {
	var id [4]byte
	if _, err := io.ReadFull(a.Entropy, id[:]); err != nil {
		return "", fmt.Errorf("make an id for the act: %w", err)
	}
	return hex.EncodeToString(id[:]), nil
}

type patchStep struct {
	Op    string `json:"op"`
	Path  string `json:"path"`
	Value any    `json:"value"`
}

// addAct is the patch that adds one act and nothing else, so that fields this program does not know stay. The
// resourceVersion makes the server refuse it when the task was written since it was read.
func addAct(task *v1alpha1.ResponseTask, what v1alpha1.TaskAct) ([]byte, error) {
	add := patchStep{"add", "/spec/acts/-", what}
	if len(task.Spec.Acts) == 0 {
		add = patchStep{"add", "/spec/acts", []v1alpha1.TaskAct{what}}
	}
	return json.Marshal([]patchStep{{"replace", "/metadata/resourceVersion", task.ResourceVersion}, add})
}
