package admission

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
)

func repeat(s string, n int) string { return strings.Repeat(s, n) }

func serial(i int) string { return fmt.Sprintf("%03d", i) }

// patchActs sends the whole list of acts, with these at its end, as a merge patch.
func patchActs(t *testing.T, c client.Client, o *v1alpha1.Complaint, acts ...v1alpha1.RecordAct) error {
	t.Helper()
	body, err := json.Marshal(map[string]any{"spec": map[string]any{"acts": append(o.Spec.Acts, acts...)}})
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return c.Patch(t.Context(), o.DeepCopy(), client.RawPatch(types.MergePatchType, body))
}

// apply adds acts to a task by server-side apply under a field manager of its own.
func apply(t *testing.T, c client.Client, o *v1alpha1.ResponseTask, owner string, acts ...map[string]any) error {
	t.Helper()
	list := make([]any, len(acts))
	for i, act := range acts {
		list[i] = act
	}
	u := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": v1alpha1.GroupVersion.String(),
		"kind":       "ResponseTask",
		"metadata":   map[string]any{"namespace": o.Namespace, "name": o.Name},
		"spec":       map[string]any{"acts": list},
	}}
	return c.Apply(t.Context(), client.ApplyConfigurationFromUnstructured(u), client.FieldOwner(owner), client.ForceOwnership)
}

// TestEveryKindOfWriteIsHeld: the rules do not depend on how the write is made.
func TestEveryKindOfWriteIsHeld(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	o := task(t, "default")
	fresh := func() []v1alpha1.TaskAct {
		g.Expect(manager(t).Get(t.Context(), client.ObjectKeyFromObject(o), o)).To(Succeed())
		return o.Spec.Acts
	}
	patch := func(user string, kind types.PatchType, body string) error {
		return as(t, user).Patch(t.Context(), o.DeepCopy(), client.RawPatch(kind, []byte(body)))
	}

	g.Expect(patch(amy, types.MergePatchType, `{"spec":{"acts":[{"id":"1","verb":"Acknowledge"}]}}`)).To(Succeed())
	g.Expect(patch(amy, types.JSONPatchType, `[{"op":"add","path":"/spec/acts/-","value":{"id":"2","verb":"Comment","reason":"On it."}}]`)).To(Succeed())
	g.Expect(apply(t, as(t, bob), o, "bob-3", map[string]any{"id": "3", "verb": "Comment", "reason": "Me, too."})).To(Succeed())
	g.Expect(apply(t, as(t, bob), o, "bob-0", map[string]any{"id": "0", "verb": "Comment", "reason": "Once more."})).To(Succeed())
	ids := ""
	for _, a := range fresh() {
		ids += a.ID + string(a.By) + " "
		g.Expect(a.At.IsZero()).To(BeFalse())
	}
	g.Expect(ids).To(Equal("1amy 2amy 3bob 0bob "))

	g.Expect(patch(bob, types.MergePatchType, `{"spec":{"acts":[{"id":"9","verb":"Acknowledge"}]}}`)).
		To(BeRefusedBy(taskActs, "act '1' is missing"), "a merge patch that forgets the acts before it")
	g.Expect(patch(bob, types.MergePatchType, `{"spec":{"acts":null}}`)).To(BeRefusedBy(taskActs, "act '1' is missing"))
	g.Expect(patch(bob, types.JSONPatchType, `[{"op":"remove","path":"/spec/acts/0"}]`)).To(BeRefusedBy(taskActs, "act '1' is missing"))
	g.Expect(patch(bob, types.JSONPatchType, `[{"op":"replace","path":"/spec/acts/0/by","value":"bob"}]`)).To(BeRefusedBy(taskActs, "act '1' was changed"))
	g.Expect(patch(bob, types.JSONPatchType, `[{"op":"add","path":"/spec/acts/0","value":{"id":"9","verb":"Acknowledge"}}]`)).
		To(BeRefusedBy(taskActs, "New acts go to the end"))
	g.Expect(apply(t, as(t, bob), o, "bob-3")).To(BeRefusedBy(taskActs, "act '3' is missing"), "an apply that gives up an act")
	g.Expect(apply(t, as(t, bob), o, "bob-4", map[string]any{"id": "4", "verb": "Complete", "by": amy})).
		To(BeRefusedBy(taskActs, "in the name of 'amy'"))
	g.Expect(apply(t, as(t, cai), o, "cai", map[string]any{"id": "4", "verb": "Complete"})).To(BeRefusedBy(taskActs, "'cai' may not Complete"))
	g.Expect(fresh()).To(HaveLen(4))
}
