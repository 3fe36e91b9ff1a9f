package admission

import (
	"strconv"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
)

const metadataPolicy = "tocsin-metadata"

func postMortem(t *testing.T, ns string) *v1alpha1.PostMortem {
	t.Helper()
	of := incident(t, ns)
	o := &v1alpha1.PostMortem{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: ns, GenerateName: "postmortem-", Labels: map[string]string{"crisis.tocsin.dev/record": string(of.UID)},
			OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(of, v1alpha1.GroupVersion.WithKind("CrisisIncident"))},
		},
		Spec: v1alpha1.PostMortemSpec{Incident: v1alpha1.RecordReference{Kind: v1alpha1.RecordCrisisIncident, Name: v1alpha1.ObjectName(of.Name)}},
	}
	NewWithT(t).Expect(manager(t).Create(t.Context(), o)).To(Succeed())
	return o
}

// TestNobodyHandsARecordToTheGarbageCollector: an owner that is not there would have it deleted.
func TestNobodyHandsARecordToTheGarbageCollector(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	ns := namespace(t)
	collector := as(t, "system:serviceaccount:kube-system:generic-garbage-collector", "system:masters")
	for _, o := range []client.Object{complaint(t, ns), incident(t, ns), postMortem(t, ns)} {
		for body, word := range map[string]string{
			`{"metadata":{"ownerReferences":[{"apiVersion":"v1","kind":"ConfigMap","name":"gone","uid":"7e57"}]}}`: "ownerReferences",
			`{"metadata":{"finalizers":["example.com/keep"]}}`:                                                     "finalizers",
			`{"metadata":{"labels":{"crisis.tocsin.dev/record":"another"}}}`:                                       "crisis.tocsin.dev/record",
			`{"metadata":{"labels":{"app.kubernetes.io/managed-by":"me"}}}`:                                        "app.kubernetes.io/managed-by",
		} {
			try := func(c client.Client) error {
				return c.Patch(t.Context(), o.DeepCopyObject().(client.Object), client.RawPatch(types.MergePatchType, []byte(body)), client.DryRunAll)
			}
			g.Expect(try(as(t, amy))).To(BeRefusedBy(metadataPolicy, word, "by the manager only"), body)
			g.Expect(try(admin(t))).To(BeRefusedBy(metadataPolicy, word), body)
			g.Expect(try(collector)).To(Succeed(), body)
		}
		free := client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"labels":{"colour":"red"},"annotations":{"a":"b"}}}`))
		g.Expect(as(t, amy).Patch(t.Context(), o, free)).To(Succeed())
	}

	owned := newComplaint(ns)
	owned.OwnerReferences = owners()
	g.Expect(as(t, "hotline", "tocsin:intake").Create(t.Context(), owned)).To(BeRefusedBy("tocsin-record-created", "ownerReferences"))
	held := newIncident(ns)
	held.Finalizers = []string{"example.com/keep"}
	g.Expect(as(t, amy).Create(t.Context(), held)).To(BeRefusedBy("tocsin-record-created", "finalizers"))
}

// TestAPostMortemGoesWithItsRecord, not before it.
func TestAPostMortemGoesWithItsRecord(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	ns := namespace(t)
	o := postMortem(t, ns)
	g.Expect(admin(t).Delete(t.Context(), o)).To(BeRefusedBy(metadataPolicy, "goes with its record"))
	g.Expect(admin(t).DeleteAllOf(t.Context(), o, client.InNamespace(ns))).To(BeRefusedBy(metadataPolicy, "goes with its record"))
	of := &v1alpha1.CrisisIncident{ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: string(o.Spec.Incident.Name)}}
	g.Expect(admin(t).Get(t.Context(), client.ObjectKeyFromObject(of), of)).To(Succeed())
	of.Spec.Acts = []v1alpha1.RecordAct{{ID: "1", Verb: v1alpha1.RecordRelease, Reason: "a test"}}
	g.Expect(as(t, amy).Update(t.Context(), of)).To(Succeed())
	g.Expect(admin(t).Delete(t.Context(), of, client.PropagationPolicy(metav1.DeletePropagationForeground))).To(Succeed())
	g.Eventually(func() error { return admin(t).Get(t.Context(), client.ObjectKeyFromObject(o), o) }, 30*time.Second).Should(MatchError(ContainSubstring("not found")))
}

// TestManagedFieldsAreNotEmptied: without them no act could be written any more.
func TestManagedFieldsAreNotEmptied(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	for _, o := range []client.Object{complaint(t, "default"), incident(t, "default"), task(t, "default")} {
		empty := client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"managedFields":[{}]}}`))
		g.Expect(as(t, cai).Patch(t.Context(), o, empty)).To(BeRefusedBy(metadataPolicy, "managedFields is not emptied"))
		without := client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"managedFields":null,"annotations":{"a":"b"}}}`))
		g.Expect(as(t, cai).Patch(t.Context(), o, without)).To(Succeed(), "left out, they stay")
	}
}

// forgeManagedFields adds an entry of the future, or puts so many in place of all, in a write without acts.
func forgeManagedFields(t *testing.T, o client.Object, n int) error {
	t.Helper()
	then := metav1.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	entries := o.GetManagedFields()
	if n > 1 {
		entries = nil
	}
	for i := range n {
		entries = append(entries, metav1.ManagedFieldsEntry{
			Manager: "forger-" + strconv.Itoa(i), Operation: metav1.ManagedFieldsOperationUpdate, APIVersion: v1alpha1.GroupVersion.String(),
			Time: &then, FieldsType: "FieldsV1", FieldsV1: metav1.NewFieldsV1(`{"f:metadata":{"f:annotations":{"f:a` + strconv.Itoa(i) + `":{}}}}`),
		})
	}
	o.SetManagedFields(entries)
	return as(t, cai).Update(t.Context(), o)
}

// TestATimeOfTheFutureInManagedFieldsMovesNoLaterAct: the time of an act is that of the entry which holds the act.
func TestATimeOfTheFutureInManagedFieldsMovesNoLaterAct(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	annotations := map[string]string{}
	for i := range 12 {
		annotations["a"+strconv.Itoa(i)] = "b"
	}
	o := task(t, "default", func(o *v1alpha1.ResponseTask) { o.Annotations = annotations })
	g.Expect(forgeManagedFields(t, o, 1)).To(Succeed())
	g.Expect(o.ManagedFields).To(ContainElement(HaveField("Manager", "forger-0")), "the forged entry is there")
	o, err := answer(t, as(t, amy), o, v1alpha1.TaskAct{ID: "1", Verb: v1alpha1.TaskAcknowledge})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(o.Spec.Acts[0].At.Time).To(BeTemporally("~", time.Now(), 30*time.Second))
	o, err = answer(t, as(t, amy), o, v1alpha1.TaskAct{ID: "2", Verb: v1alpha1.TaskResume})
	g.Expect(err).NotTo(HaveOccurred(), "twice in the same second")
	g.Expect(o.Spec.Acts[1].At.Time).To(BeTemporally("~", time.Now(), 30*time.Second))
	c := complaint(t, "default", func(o *v1alpha1.Complaint) { o.Spec.ReceivedAt = metav1.Time{}; o.Annotations = annotations })
	g.Expect(forgeManagedFields(t, c, 1)).To(Succeed())
	c.Spec.ReceivedAt = metav1.NewTime(time.Now().Add(time.Hour).Truncate(time.Second))
	g.Expect(as(t, cai).Update(t.Context(), c.DeepCopy())).To(BeRefusedBy("tocsin-time-received"))
	c.Spec.ReceivedAt = metav1.Time{}
	c, err = decide(t, as(t, bob), c, v1alpha1.RecordAct{ID: "1", Verb: v1alpha1.RecordComment, Reason: "Hello."})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(c.Spec.Acts[0].At.Time).To(BeTemporally("~", time.Now(), 30*time.Second))

	// So many that the API server lumps this write's own entry together with a forged one: refused, not misdated.
	o = task(t, "default", func(o *v1alpha1.ResponseTask) { o.Annotations = annotations })
	g.Expect(forgeManagedFields(t, o, 10)).To(Succeed())
	_, err = answer(t, as(t, amy), o, v1alpha1.TaskAct{ID: "1", Verb: v1alpha1.TaskAcknowledge})
	g.Expect(err).To(BeRefusedBy(timeCheck, "cannot be told", "--server-side"))
	g.Expect(apply(t, as(t, amy), o, "amy-1", map[string]any{"id": "1", "verb": "Acknowledge"})).To(Succeed())
	g.Expect(manager(t).Get(t.Context(), client.ObjectKeyFromObject(o), o)).To(Succeed())
	g.Expect(o.Spec.Acts[0].At.Time).To(BeTemporally("~", time.Now(), 30*time.Second))
}
