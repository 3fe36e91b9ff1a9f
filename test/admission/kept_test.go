package admission

import (
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
)

const (
	recordKept = "tocsin-record-kept"
	timeline   = "tocsin-timeline-segments"
)

// TestInvariant7ACaseThatIsNotArchivedIsKept: nobody deletes it by accident, system:masters included.
func TestInvariant7ACaseThatIsNotArchivedIsKept(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	ns := namespace(t)
	o := complaint(t, ns)
	g.Expect(admin(t).Delete(t.Context(), o)).To(BeRefusedBy(recordKept, "is not archived yet", "Let a lead add the act Release with a reason, or wait until its condition Archived is True"))
	g.Expect(admin(t).DeleteAllOf(t.Context(), o, client.InNamespace(ns))).To(BeRefusedBy(recordKept, "is not archived yet"))
	g.Expect(as(t, audit).Delete(t.Context(), o)).To(BeRefusedBy(recordKept, "is not archived yet"))
	i := incident(t, ns)
	g.Expect(admin(t).Delete(t.Context(), i)).To(BeRefusedBy(recordKept, "CrisisIncident '"+i.Name+"' is not archived yet"))

	o.Status.Conditions = []metav1.Condition{archived(metav1.ConditionFalse)}
	g.Expect(manager(t).Status().Update(t.Context(), o)).To(Succeed())
	g.Expect(admin(t).Delete(t.Context(), o)).To(BeRefusedBy(recordKept))
	o.Status.Conditions = []metav1.Condition{archived(metav1.ConditionTrue)}
	g.Expect(manager(t).Status().Update(t.Context(), o)).To(Succeed())
	g.Expect(admin(t).Delete(t.Context(), o)).To(Succeed(), "archived")

	talked, err := decide(t, as(t, amy), complaint(t, ns), v1alpha1.RecordAct{ID: "1", Verb: v1alpha1.RecordComment, Reason: "a test"})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(admin(t).Delete(t.Context(), talked)).To(BeRefusedBy(recordKept), "a comment lets nothing go")
	released, err := decide(t, as(t, amy), complaint(t, ns), v1alpha1.RecordAct{ID: "1", Verb: v1alpha1.RecordRelease, Reason: "a test"})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(admin(t).Delete(t.Context(), released)).To(Succeed(), "released")
}

func archived(status metav1.ConditionStatus) metav1.Condition {
	return metav1.Condition{Type: "Archived", Status: status, Reason: "Verified", LastTransitionTime: metav1.Now()}
}

// TestInvariant7ANamespaceWaits: its deletion removes neither the record nor what belongs to it, until somebody lets
// the record go; then everything goes.
func TestInvariant7ANamespaceWaits(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	ns := namespace(t)
	o := complaint(t, ns)
	w := task(t, ns, func(w *v1alpha1.ResponseTask) { w.OwnerReferences = ownedBy(o) })
	s := segment(ns)
	s.OwnerReferences = ownedBy(o)
	g.Expect(manager(t).Create(t.Context(), s)).To(Succeed())
	n := newNotice()
	n.Namespace, n.OwnerReferences = ns, ownedBy(o)
	g.Expect(manager(t).Create(t.Context(), n)).To(Succeed())

	space := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: ns}}
	g.Expect(admin(t).Delete(t.Context(), space)).To(Succeed())
	g.Eventually(func(g Gomega) {
		g.Expect(admin(t).Get(t.Context(), client.ObjectKeyFromObject(space), space)).To(Succeed())
		g.Expect(whyNotDeleted(space)).To(ContainSubstring("is not archived yet"), "the namespace says what it waits for")
	}).WithTimeout(2 * time.Minute).Should(Succeed())
	for _, kept := range []client.Object{o, w, s, n} {
		g.Expect(admin(t).Get(t.Context(), client.ObjectKeyFromObject(kept), kept)).To(Succeed(), "%T %s", kept, kept.GetName())
	}

	_, err := decide(t, as(t, amy), o, v1alpha1.RecordAct{ID: "1", Verb: v1alpha1.RecordRelease, Reason: "The project is over."})
	g.Expect(err).NotTo(HaveOccurred(), "a record can be let go in a namespace that is being deleted")
	// The namespace controller comes back in its own time, or a little sooner when the namespace changes.
	nudge := client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"labels":{"look":"again"}}}`))
	g.Eventually(func() bool {
		return apierrors.IsNotFound(admin(t).Patch(t.Context(), space.DeepCopy(), nudge))
	}).WithTimeout(2*time.Minute).WithPolling(time.Second).Should(BeTrue(), "the namespace is gone")
}

func whyNotDeleted(ns *corev1.Namespace) string {
	var why []string
	for _, c := range ns.Status.Conditions {
		why = append(why, c.Message)
	}
	return strings.Join(why, "; ")
}

func segment(ns string) *corev1.ConfigMap {
	return &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, GenerateName: "case-timeline-", Labels: map[string]string{"crisis.tocsin.dev/segment": "0"}},
		Data:       map[string]string{"entries.json": "[]"},
	}
}

func TestTimelineSegmentsAreWrittenOnce(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	s := segment("default")
	g.Expect(manager(t).Create(t.Context(), s)).To(Succeed())
	g.Expect(admin(t).Create(t.Context(), segment("default"))).To(BeRefusedBy(timeline, "written by the manager only"))

	for who, c := range map[string]client.Client{"admin": admin(t), "manager": manager(t)} {
		changed := s.DeepCopy()
		changed.Data["entries.json"] = "[{}]"
		g.Expect(c.Update(t.Context(), changed)).To(BeRefusedBy(timeline, "written once and never changed"), who)
		unlabelled := s.DeepCopy()
		unlabelled.Labels = nil
		g.Expect(c.Update(t.Context(), unlabelled)).To(BeRefusedBy(timeline, "written once and never changed"), who)
	}
	plain := segment("default")
	plain.Labels, plain.GenerateName = nil, "plain-"
	g.Expect(admin(t).Create(t.Context(), plain)).To(Succeed(), "other ConfigMaps are nobody's business here")
	plain.Labels = s.Labels
	g.Expect(admin(t).Update(t.Context(), plain)).To(BeRefusedBy(timeline), "one that is made to look like a segment")

	g.Expect(admin(t).Delete(t.Context(), s)).To(BeRefusedBy(timeline, "is evidence"))
	collector := as(t, "system:serviceaccount:kube-system:generic-garbage-collector", "system:masters")
	g.Expect(collector.Delete(t.Context(), s)).To(Succeed())
}

// TestReservedNames: what the manager will need a name for is not created by others, in whatever namespace.
func TestReservedNames(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	ns := namespace(t)
	named := func(name string) *corev1.ConfigMap {
		return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: name}}
	}
	for _, name := range []string{"kettle-timeline-0", "a.b-timeline-17", "tocsin-case-numbers"} {
		g.Expect(admin(t).Create(t.Context(), named(name))).To(BeRefusedBy("tocsin-reserved-names", "Give yours another name"), name)
		g.Expect(manager(t).Create(t.Context(), named(name))).To(Succeed(), name)
	}
	for _, name := range []string{"kettle-timeline-0-notes", "timeline-3", "my-tocsin-case-numbers"} {
		g.Expect(admin(t).Create(t.Context(), named(name))).To(Succeed(), name)
	}
}

// TestCaseNumbersOnlyGrow: somebody may mend a value, but no number is given twice.
func TestCaseNumbersOnlyGrow(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	ns := namespace(t)
	table := &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "tocsin-case-numbers", Labels: map[string]string{"app.kubernetes.io/managed-by": "tocsin"}},
		Data:       map[string]string{"20260302": "50", "20260303": "many", "earlier": "20260301.7"},
	}
	g.Expect(manager(t).Create(t.Context(), table)).To(Succeed())
	try := func(change func(*corev1.ConfigMap)) error {
		changed := table.DeepCopy()
		change(changed)
		return admin(t).Update(t.Context(), changed, client.DryRunAll)
	}
	mended := func(c *corev1.ConfigMap) { c.Data["20260303"] = "120" }
	g.Expect(try(mended)).To(Succeed())
	g.Expect(try(func(c *corev1.ConfigMap) { mended(c); c.Data["20260302"] = "51" })).To(Succeed())
	for why, change := range map[string]func(*corev1.ConfigMap){
		"lowered":   func(c *corev1.ConfigMap) { c.Data["20260302"] = "49" },
		"removed":   func(c *corev1.ConfigMap) { delete(c.Data, "20260302") },
		"emptied":   func(c *corev1.ConfigMap) { c.Data = nil },
		"no number": func(c *corev1.ConfigMap) { c.Data["20260302"] = "fifty" },
		"earlier":   func(c *corev1.ConfigMap) { c.Data["earlier"] = "20260301.6" },
		"unlabelled": func(c *corev1.ConfigMap) {
			c.Labels = nil
		},
		"immutable": func(c *corev1.ConfigMap) { yes := true; c.Immutable = &yes },
	} {
		g.Expect(try(func(c *corev1.ConfigMap) { mended(c); change(c) })).To(BeRefusedBy("tocsin-case-numbers", "may be raised, not lowered"), why)
	}
	g.Expect(admin(t).Delete(t.Context(), table)).To(BeRefusedBy("tocsin-case-numbers", "given twice"))
	table.Data["20260302"] = "100"
	g.Expect(manager(t).Update(t.Context(), table)).To(Succeed())
	collection := client.InNamespace(ns)
	g.Expect(admin(t).DeleteAllOf(t.Context(), &corev1.ConfigMap{}, collection)).To(BeRefusedBy("tocsin-case-numbers", "given twice"))
}

// TestInvariant7AKindIsNotDeletedWithItsRecords: what `kubectl delete -k config/default` would do first.
func TestInvariant7AKindIsNotDeletedWithItsRecords(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	kind := &unstructured.Unstructured{}
	kind.SetGroupVersionKind(schema.GroupVersionKind{Group: "apiextensions.k8s.io", Version: "v1", Kind: "CustomResourceDefinition"})
	kind.SetName("drillschedules." + v1alpha1.Group)
	g.Expect(admin(t).Delete(t.Context(), kind, client.DryRunAll)).
		To(BeRefusedBy("tocsin-kinds-kept", "would delete every object of that kind", "delete-all-records=true"))
	annotate := client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"annotations":{"crisis.tocsin.dev/delete-all-records":"true"}}}`))
	g.Expect(admin(t).Patch(t.Context(), kind, annotate)).To(Succeed())
	g.Expect(admin(t).Delete(t.Context(), kind, client.DryRunAll)).To(Succeed())
}
