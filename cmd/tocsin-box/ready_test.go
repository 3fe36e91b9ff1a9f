package main

import (
	"testing"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// What the manager said of an earlier generation, or in an earlier life, of what has changed since, does not count.
func TestReadinessIsThatOfTheNewestGeneration(t *testing.T) {
	g := NewWithT(t)
	object := func(generation, seen int64, status string) *unstructured.Unstructured {
		return &unstructured.Unstructured{Object: map[string]any{
			"metadata": map[string]any{"generation": generation},
			"status": map[string]any{"conditions": []any{
				map[string]any{"type": "Verified", "status": "True"},
				map[string]any{"type": "Ready", "status": status, "observedGeneration": seen, "message": "spec.steps[0]: no"},
			}},
		}}
	}
	ready, _ := readiness(object(2, 2, "True"))
	g.Expect(ready).To(BeTrue())
	ready, message := readiness(object(2, 2, "False"))
	g.Expect(ready).To(BeFalse())
	g.Expect(message).To(Equal("spec.steps[0]: no"))
	ready, message = readiness(object(3, 2, "True"))
	g.Expect(ready).To(BeFalse())
	g.Expect(message).To(ContainSubstring("not judged it yet"))
	ready, _ = readiness(&unstructured.Unstructured{Object: map[string]any{}})
	g.Expect(ready).To(BeFalse())
}
