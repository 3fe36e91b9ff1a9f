package triage

import (
	"os"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	"sigs.k8s.io/yaml"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// The example of the spec page compiles.
func TestExampleOfTheSpecCompiles(t *testing.T) {
	g := NewWithT(t)
	page, err := os.ReadFile("../../docs/spec/triagepolicy.md")
	g.Expect(err).NotTo(HaveOccurred())
	_, rest, _ := strings.Cut(string(page), "```yaml\n")
	example, _, _ := strings.Cut(rest, "```")
	var policy v1alpha1.TriagePolicy
	g.Expect(yaml.UnmarshalStrict([]byte(example), &policy)).To(Succeed())
	compiled, problems := Compile(policy.Name, 1, policy.Spec)
	g.Expect(problems).To(BeEmpty())
	result := compiled.Grade(Facts{ReceivedAt: epoch, Open: true, Counts: []int64{3}}, epoch)
	g.Expect(string(page)).To(ContainSubstring("> "+result.Reason), "the reason the page quotes")
}
