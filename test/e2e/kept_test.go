package e2e

import (
	"slices"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// A case that is not archived cannot be deleted by accident, by nobody: not the record, not what belongs to it, not with
// its namespace; a lead may let it go, with a reason.
func TestInvariant7NotDeletedByAccident(t *testing.T) {
	w := newWorld(t)
	manager := w.manage()
	w.complain("kept")
	w.complain("released")
	w.raise("fire", false)
	w.task("kept", "checkFacts")
	w.task("fire", "contain")
	w.until("released", HaveField("Leads", ContainElement(BeEquivalentTo(cleo))))
	w.told()

	for _, o := range []client.Object{w.complaint("kept"), w.incident("fire"), w.task("kept", "checkFacts"), w.task("fire", "contain")} {
		w.Expect(apierrors.IsForbidden(admin.Delete(w.ctx, o))).To(BeTrue(), "%T %s", o, o.GetName())
	}
	w.Expect(admin.DeleteAllOf(w.ctx, &v1alpha1.Complaint{}, client.InNamespace(w.ns))).NotTo(Succeed())
	w.Expect(admin.DeleteAllOf(w.ctx, &v1alpha1.Notice{}, client.InNamespace(w.ns))).NotTo(Succeed())
	w.Expect(w.complaints()).To(HaveLen(2))

	t.Log("released by a lead it goes")
	w.decide(&v1alpha1.Complaint{}, "released", cleo, v1alpha1.RecordAct{Verb: v1alpha1.RecordRelease, Reason: "entered twice"})
	w.Expect(admin.Delete(w.ctx, w.complaint("released"))).To(Succeed())
	manager.stop()
	had := w.belongings("kept", "fire")
	w.Expect(had).To(ContainElements(HavePrefix("task kept"), HavePrefix("task fire"), HavePrefix("notice kept"), HavePrefix("notice fire")))

	t.Log("the namespace waits for what is left")
	w.Expect(cluster.StartControllerManager()).To(Succeed())
	t.Cleanup(func() { w.Expect(cluster.StopControllerManager()).To(Succeed()) })
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: w.ns}}
	w.Expect(admin.Delete(w.ctx, ns)).To(Succeed())
	w.Eventually(func(g Gomega) {
		g.Expect(admin.Get(w.ctx, client.ObjectKeyFromObject(ns), ns)).To(Succeed())
		g.Expect(ns.Status.Conditions).To(ContainElement(And(HaveField("Type", corev1.NamespaceDeletionContentFailure), HaveField("Status", corev1.ConditionTrue))))
	}, 2*time.Minute).Should(Succeed())
	w.Expect(w.complaint("kept").Spec.Statement).NotTo(BeEmpty())
	w.Expect(w.incident("fire").Status.Run).NotTo(BeNil())
	w.Expect(w.belongings("kept", "fire")).To(Equal(had), "nor does anything go that belongs to them")
}

// belongings are the tasks and notices of some records.
func (w *world) belongings(records ...string) (out []string) {
	var tasks v1alpha1.ResponseTaskList
	w.Expect(admin.List(w.ctx, &tasks, client.InNamespace(w.ns))).To(Succeed())
	for _, t := range tasks.Items {
		if slices.Contains(records, string(t.Spec.Record.Name)) {
			out = append(out, "task "+t.Name)
		}
	}
	for _, n := range w.notices() {
		if slices.Contains(records, string(n.Spec.Record.Name)) {
			out = append(out, "notice "+n.Name)
		}
	}
	return out
}
