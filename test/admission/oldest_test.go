package admission

import (
	"path/filepath"
	"testing"

	"github.com/google/cel-go/cel"
	. "github.com/onsi/gomega"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/version"
	"k8s.io/apiserver/pkg/cel/environment"
	"k8s.io/apiserver/pkg/cel/library"
)

// TestTheOldestClusterKnowsTheExpressions: every expression of the validating policies compiles with what the API
// server of Kubernetes 1.30 offers.
func TestTheOldestClusterKnowsTheExpressions(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	oldest := version.MajorMinor(1, 30)
	set, err := environment.MustBaseEnvSet(oldest).Extend(environment.VersionedOptions{
		IntroducedVersion: oldest,
		EnvOptions: []cel.EnvOption{
			cel.Variable("object", cel.DynType), cel.Variable("oldObject", cel.DynType), cel.Variable("params", cel.DynType),
			cel.Variable("request", cel.DynType), cel.Variable("variables", cel.DynType),
			cel.Variable("authorizer", library.AuthorizerType),
		},
	})
	g.Expect(err).NotTo(HaveOccurred())
	env := set.NewExpressionsEnv()
	compiles := func(where, expression string) {
		if expression == "" {
			return
		}
		_, issues := env.Compile(expression)
		g.Expect(issues.Err()).NotTo(HaveOccurred(), "%s: %s", where, expression)
	}

	files, err := filepath.Glob("../../config/admission/*.yaml")
	g.Expect(err).NotTo(HaveOccurred())
	policies := 0
	for _, file := range files {
		for _, object := range documents(t, file) {
			if object.GetKind() != "ValidatingAdmissionPolicy" {
				continue
			}
			policies++
			var p admissionv1.ValidatingAdmissionPolicy
			g.Expect(runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, &p)).To(Succeed())
			for _, c := range p.Spec.MatchConditions {
				compiles(p.Name, c.Expression)
			}
			for _, v := range p.Spec.Variables {
				compiles(p.Name, v.Expression)
			}
			for _, v := range p.Spec.Validations {
				compiles(p.Name, v.Expression)
				compiles(p.Name, v.MessageExpression)
			}
		}
	}
	g.Expect(policies).To(BeNumerically(">=", 12))
}
