package verify

import (
	"fmt"
	"maps"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	"sigs.k8s.io/yaml"

	"tocsin.dev/tocsin/api/v1alpha1"
)

var yamlBlock = regexp.MustCompile("(?s)```yaml\n(.*?)```")

// ofItself are the rules about what is written in a playbook, as against the people and channels around it.
var ofItself = []string{"readable", "schema", "unique-name", "playbook-compiles", "playbook-sound", "step-happens", "condition-answered"}

// Every YAML block of the page about playbooks is a sound playbook, or a part that makes one with the rest of the first.
// Together they show every action, and the page names every field of a playbook and of a step.
func TestPlaybooksOfTheSpecAreSound(t *testing.T) {
	g := NewWithT(t)
	page, err := os.ReadFile("../../docs/spec/playbook.md")
	g.Expect(err).NotTo(HaveOccurred())
	calendar, err := os.ReadFile("../../config/samples/businesscalendar.yaml")
	g.Expect(err).NotTo(HaveOccurred())
	files := []File{{"calendar", calendar}}
	shown := map[string]bool{}
	var first map[string]any
	for i, m := range yamlBlock.FindAllSubmatch(page, -1) {
		var block map[string]any
		g.Expect(yaml.UnmarshalStrict(m[1], &block)).To(Succeed())
		if block["kind"] == nil { // a part of spec
			part := block
			g.Expect(first).NotTo(BeNil())
			block = maps.Clone(first)
			block["metadata"] = map[string]any{"name": fmt.Sprintf("part-%d", i)}
			spec := maps.Clone(first["spec"].(map[string]any))
			maps.Copy(spec, part)
			block["spec"] = spec
		} else if first == nil {
			first = block
		}
		text, err := yaml.Marshal(block)
		g.Expect(err).NotTo(HaveOccurred())
		files = append(files, File{fmt.Sprintf("block %d", i+1), text})
		for _, step := range block["spec"].(map[string]any)["steps"].([]any) {
			for field := range step.(map[string]any) {
				shown[field] = true
			}
		}
	}
	for _, finding := range verified(t, files).Findings {
		g.Expect(ofItself).NotTo(ContainElement(finding.Rule), "%+v", finding)
	}
	for _, action := range fieldsOf(v1alpha1.Action{}) {
		g.Expect(shown).To(HaveKey(action), "no example shows it")
		g.Expect(string(page)).To(ContainSubstring("\n| `" + action + "` | "))
	}
	_, tables, _ := strings.Cut(string(page), "\n## Fields\n")
	tables, _, _ = strings.Cut(tables, "\n## ")
	for _, field := range append(fieldsOf(v1alpha1.PlaybookSpec{}), fieldsOf(v1alpha1.StepHead{})...) {
		g.Expect(tables).To(ContainSubstring("`" + field + "`"))
	}
}

// fieldsOf are the names the fields of a struct have in YAML.
func fieldsOf(of any) []string {
	var names []string
	for field := range reflect.TypeOf(of).Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		names = append(names, name)
	}
	return names
}
