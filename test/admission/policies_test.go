package admission

import (
	"slices"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
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

// TestInvariant1NoFaultOfAPolicyTurnsAComplaintAway: whatever looks at a new complaint ignores its own faults and needs no
// parameters, so that a slip in an expression or a lost ConfigMap lets it in.
func TestInvariant1NoFaultOfAPolicyTurnsAComplaintAway(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	looks := func(c *admissionv1.MatchResources) bool {
		return slices.ContainsFunc(c.ResourceRules, func(r admissionv1.NamedRuleWithOperations) bool {
			has := func(list []string, word string) bool {
				return slices.Contains(list, word) || slices.Contains(list, "*")
			}
			return has(r.APIGroups, v1alpha1.Group) && has(r.Resources, "complaints") &&
				(slices.Contains(r.Operations, admissionv1.Create) || slices.Contains(r.Operations, admissionv1.OperationAll))
		})
	}
	looking := 0
	judge := func(name string, c *admissionv1.MatchResources, onFailure *admissionv1.FailurePolicyType, params *admissionv1.ParamKind) {
		if !looks(c) {
			return
		}
		looking++
		g.Expect(onFailure).To(HaveValue(Equal(admissionv1.Ignore)), "%s looks at new complaints, so its failurePolicy is Ignore", name)
		g.Expect(params).To(BeNil(), "%s looks at new complaints, so it needs no parameters", name)
	}
	var validating admissionv1.ValidatingAdmissionPolicyList
	g.Expect(admin(t).List(t.Context(), &validating)).To(Succeed())
	for _, p := range validating.Items {
		judge(p.Name, p.Spec.MatchConstraints, p.Spec.FailurePolicy, p.Spec.ParamKind)
	}
	var mutating admissionv1.MutatingAdmissionPolicyList
	g.Expect(admin(t).List(t.Context(), &mutating)).To(Succeed())
	for _, p := range mutating.Items {
		judge(p.Name, p.Spec.MatchConstraints, p.Spec.FailurePolicy, p.Spec.ParamKind)
	}
	g.Expect(looking).To(BeNumerically(">=", 3), "record-created, time-received and author-fill")
}
