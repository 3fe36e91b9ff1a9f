package cli

import (
	"context"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// timeUnknown is in what tocsin-time-check says of a write whose time it cannot tell, because somebody filled up
// metadata.managedFields of the object.
const timeUnknown = "the time of this write cannot be told"

// writeAct adds an act to a task or a record: by the JSON patch given, or where the time of such a write cannot be told,
// by server-side apply under a field manager of its own, whose entry in managedFields the API server never lumps together
// with others. That is not the usual way, because each such entry stays.
func (c *cluster) writeAct(ctx context.Context, obj client.Object, id string, act any, patch []byte, dryRun ...string) error {
	err := c.Patch(ctx, obj, client.RawPatch(types.JSONPatchType, patch), &client.PatchOptions{DryRun: dryRun})
	if err == nil || !strings.Contains(err.Error(), timeUnknown) {
		return err
	}
	fields, err := runtime.DefaultUnstructuredConverter.ToUnstructured(act)
	if err != nil {
		return err
	}
	kind, err := c.GroupVersionKindFor(obj)
	if err != nil {
		return err
	}
	apply := &unstructured.Unstructured{Object: map[string]any{
		"metadata": map[string]any{"namespace": obj.GetNamespace(), "name": obj.GetName(), "resourceVersion": obj.GetResourceVersion()},
		"spec":     map[string]any{"acts": []any{fields}},
	}}
	apply.SetGroupVersionKind(kind)
	return c.Apply(ctx, client.ApplyConfigurationFromUnstructured(apply), &client.ApplyOptions{FieldManager: "kubectl-tocsin-" + id, DryRun: dryRun})
}
