package admission

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// TestPoliciesTypeCheck: the cluster's own check of the expressions against the schemas finds nothing, and every policy
// is bound.
func TestPoliciesTypeCheck(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	ours := client.MatchingLabels{"app.kubernetes.io/part-of": "tocsin"}
	var bindings admissionv1.ValidatingAdmissionPolicyBindingList
	g.Expect(admin(t).List(t.Context(), &bindings, ours)).To(Succeed())
	bound := map[string]bool{}
	for _, b := range bindings.Items {
		g.Expect(b.Spec.ValidationActions).To(ConsistOf(admissionv1.Deny), b.Name)
		bound[b.Spec.PolicyName] = true
	}
	g.Eventually(func(g Gomega) {
		var policies admissionv1.ValidatingAdmissionPolicyList
		g.Expect(admin(t).List(t.Context(), &policies, ours)).To(Succeed())
		g.Expect(policies.Items).To(HaveLen(len(bound)))
		for _, p := range policies.Items {
			g.Expect(bound).To(HaveKey(p.Name))
			g.Expect(p.Status.ObservedGeneration).To(Equal(p.Generation), p.Name+" was not checked yet")
			g.Expect(p.Status.TypeChecking.ExpressionWarnings).To(BeEmpty(), p.Name)
		}
	}).WithTimeout(time.Minute).Should(Succeed())
}
