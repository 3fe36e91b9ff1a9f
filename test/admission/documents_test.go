package admission

import (
	"testing"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
)

const documentsPolicy = "tocsin-documents"

// TestTheDocumentOfAPostMortemIsTheManagers: nobody else writes it, and it goes with the post-mortem.
func TestTheDocumentOfAPostMortemIsTheManagers(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	ns := namespace(t)
	owner := []metav1.OwnerReference{*metav1.NewControllerRef(postMortem(t, ns), v1alpha1.GroupVersion.WithKind("PostMortem"))}
	document := func() *corev1.ConfigMap {
		return &corev1.ConfigMap{
			ObjectMeta: metav1.ObjectMeta{
				Namespace: ns, GenerateName: "review-", Labels: map[string]string{"crisis.tocsin.dev/document": "true"}, OwnerReferences: owner,
			},
			Data: map[string]string{"postmortem.md": "# What happened"},
		}
	}
	o := document()
	g.Expect(manager(t).Create(t.Context(), o)).To(Succeed())
	g.Expect(admin(t).Create(t.Context(), document())).To(BeRefusedBy(documentsPolicy, "written by the manager only"))
	changed := func(f func(*corev1.ConfigMap)) *corev1.ConfigMap {
		changed := o.DeepCopy()
		f(changed)
		return changed
	}
	rewritten := changed(func(o *corev1.ConfigMap) { o.Data["postmortem.md"] = "# Nothing happened" })
	g.Expect(admin(t).Update(t.Context(), rewritten)).To(BeRefusedBy(documentsPolicy, "written by the manager only", "spec of the PostMortem"))
	g.Expect(admin(t).Update(t.Context(), changed(func(o *corev1.ConfigMap) { o.Labels = nil }))).To(BeRefusedBy(documentsPolicy))
	g.Expect(admin(t).Update(t.Context(), changed(func(o *corev1.ConfigMap) { o.OwnerReferences = nil }))).To(BeRefusedBy(documentsPolicy))
	plain := document()
	plain.Labels, plain.OwnerReferences = nil, nil
	g.Expect(admin(t).Create(t.Context(), plain)).To(Succeed(), "other ConfigMaps are nobody's business here")
	plain.Labels = o.Labels
	g.Expect(admin(t).Update(t.Context(), plain)).To(BeRefusedBy(documentsPolicy), "one that is made to look like a document")
	g.Expect(manager(t).Update(t.Context(), changed(func(o *corev1.ConfigMap) { o.Data["postmortem.md"] = "# And then" }))).To(Succeed())

	g.Expect(admin(t).Delete(t.Context(), o)).To(BeRefusedBy(documentsPolicy, "goes with the PostMortem"))
	namespaces := as(t, "system:serviceaccount:kube-system:namespace-controller", "system:masters")
	g.Expect(namespaces.Delete(t.Context(), o)).To(BeRefusedBy(documentsPolicy))
	collector := as(t, "system:serviceaccount:kube-system:generic-garbage-collector", "system:masters")
	g.Expect(collector.Delete(t.Context(), o)).To(Succeed())
}

// TestAPostMortemOfNoRecordIsLetGoByAnAuditor, and by nobody who may only delete.
func TestAPostMortemOfNoRecordIsLetGoByAnAuditor(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	ns := namespace(t)
	byHand := func() *v1alpha1.PostMortem {
		o := &v1alpha1.PostMortem{
			ObjectMeta: metav1.ObjectMeta{Namespace: ns, GenerateName: "review-"},
			Spec:       v1alpha1.PostMortemSpec{Incident: v1alpha1.RecordReference{Kind: v1alpha1.RecordCrisisIncident, Name: "kettles"}},
		}
		g.Expect(admin(t).Create(t.Context(), o)).To(Succeed())
		return o
	}
	o := byHand()
	for _, right := range rights(ns, "eve", "postmortems", "delete") {
		g.Expect(admin(t).Create(t.Context(), right)).To(Succeed())
	}
	g.Eventually(func() error { return as(t, "eve").Delete(t.Context(), o, client.DryRunAll) }).
		Should(BeRefusedBy(metadataPolicy, "users with the RBAC verb release", "ask an auditor"))
	g.Expect(as(t, audit).Delete(t.Context(), o)).To(Succeed())
	namespaces := as(t, "system:serviceaccount:kube-system:namespace-controller", "system:masters")
	g.Expect(namespaces.Delete(t.Context(), byHand())).To(Succeed())
}
