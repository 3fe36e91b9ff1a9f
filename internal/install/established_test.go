package install

import (
	"testing"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

func TestAFreshDefinitionIsNotEstablished(t *testing.T) {
	g := NewWithT(t)
	definition := func(status any) *unstructured.Unstructured {
		return &unstructured.Unstructured{Object: map[string]any{"status": status}}
	}
	condition := func(status string) map[string]any {
		return map[string]any{"conditions": []any{
			map[string]any{"type": "NamesAccepted", "status": "True"}, map[string]any{"type": "Established", "status": status},
		}}
	}
	g.Expect(isEstablished(definition(nil))).To(BeFalse())
	g.Expect(isEstablished(definition(map[string]any{"conditions": nil}))).To(BeFalse(), "what the API server answers at first")
	g.Expect(isEstablished(definition(condition("False")))).To(BeFalse())
	g.Expect(isEstablished(definition(condition("True")))).To(BeTrue())
}
