package admission

import (
	"bytes"
	"crypto/rand"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/cli"
)

// TestAForgedHistoryHoldsNobodyUp: where plain writes of acts are refused, because their time cannot be told, the command
// line finds its way, and one write of anybody's mends the object for all others.
func TestAForgedHistoryHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	annotations := map[string]string{}
	for i := range 12 {
		annotations["a"+strconv.Itoa(i)] = "b"
	}
	o := task(t, "default", func(o *v1alpha1.ResponseTask) { o.Annotations = annotations })
	g.Expect(forgeManagedFields(t, o, 10)).To(Succeed())
	_, err := answer(t, as(t, amy), o, v1alpha1.TaskAct{ID: "1", Verb: v1alpha1.TaskAcknowledge})
	g.Expect(err).To(BeRefusedBy(timeCheck, "cannot be told"))

	kubeconfig := filepath.Join(t.TempDir(), "amy")
	g.Expect(cluster.WriteKubeconfig(kubeconfig, amy, "tocsin:responders")).To(Succeed())
	var out, errs bytes.Buffer
	env := cli.Env{In: &bytes.Buffer{}, Out: &out, Err: &errs, Clock: clock.RealClock{}, Entropy: rand.Reader, Size: func() (int, int) { return 80, 25 }}
	g.Expect(cli.Run(t.Context(), env, []string{"--kubeconfig", kubeconfig, "-n", "default", "ack", o.Name})).To(BeZero(), errs.String())
	g.Expect(manager(t).Get(t.Context(), client.ObjectKeyFromObject(o), o)).To(Succeed())
	g.Expect(o.Spec.Acts).To(HaveExactElements(HaveField("Verb", v1alpha1.TaskAcknowledge)))
	g.Expect(o.Spec.Acts[0].At.Time).To(BeTemporally("~", time.Now(), 30*time.Second))

	k := complaint(t, "default", func(o *v1alpha1.Complaint) { o.Annotations = annotations })
	g.Expect(forgeManagedFields(t, k, 10)).To(Succeed())
	raise := v1alpha1.RecordAct{ID: "1", Verb: v1alpha1.RecordRaise, Level: "L1", Reason: "Somebody was hurt."}
	_, err = decide(t, as(t, bob), k, raise)
	g.Expect(err).To(BeRefusedBy(timeCheck, "cannot be told"))
	g.Expect(cli.Run(t.Context(), env, []string{"--kubeconfig", kubeconfig, "-n", "default", "abort", k.Name, "--reason", "A hoax."})).To(BeZero(), errs.String())

	// As docs/security.md says.
	mend := client.RawPatch(types.MergePatchType, []byte(`{"metadata": {"annotations": {"mended": "yes"}, "managedFields": [{"manager": "mended", "operation": "Update",
		"apiVersion": "crisis.tocsin.dev/v1alpha1", "time": "2026-01-01T00:00:00Z", "fieldsType": "FieldsV1", "fieldsV1": {"f:spec": {}}}]}}`))
	g.Expect(as(t, cai).Patch(t.Context(), o, mend)).To(Succeed())
	o, err = answer(t, as(t, amy), o, v1alpha1.TaskAct{ID: "2", Verb: v1alpha1.TaskResume})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(o.Spec.Acts[1].At.Time).To(BeTemporally("~", time.Now(), 30*time.Second))
}
