package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

const drawable = `
apiVersion: crisis.tocsin.dev/v1alpha1
kind: Playbook
metadata: {name: small}
spec:
  for: Complaint
  roles:
  - {name: handler, team: desk, duty: agent}
  steps:
  - {name: look, task: {to: handler}, within: {elapsed: 4h}}
`

func TestDraw(t *testing.T) {
	g := NewWithT(t)
	asked := piped(t, drawable, "draw", "-")
	g.Expect(asked).To(And(HaveField("Code", exitOK), HaveField("Out", ContainSubstring(`id="step:look"`)), HaveField("Err", "")))

	file := filepath.Join(t.TempDir(), "small.svg")
	g.Expect(piped(t, drawable, "draw", "-", "-o", file)).To(Equal(result{Code: exitOK}))
	written, err := os.ReadFile(file)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(string(written)).To(Equal(asked.Out))

	boxed := piped(t, "", "draw", "../../playbooks/property-developer", "--playbook", "l4-everyday")
	g.Expect(boxed.Code).To(Equal(exitOK), boxed.Err)
}

func TestDrawRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		in   string
		args []string
		code int
		says string
	}{
		"nothing to read":       {"", nil, exitUsage, "requires at least 1 arg"},
		"a file that is absent": {"", []string{"nowhere.yaml"}, exitUsage, "there is no file or folder nowhere.yaml"},
		"no YAML":               {"{", []string{"-"}, exitUsage, "-:2: it is no YAML"},
		"an unknown field":      {strings.Replace(drawable, "duty:", "dutty:", 1), []string{"-"}, exitUsage, "dutty"},
		"no playbook":           {"apiVersion: v1\nkind: ConfigMap\n", []string{"-"}, exitUsage, "the files hold no playbook; "},
		"another playbook":      {drawable, []string{"-", "--playbook", "large"}, exitUsage, `the files hold no playbook "large"; there are small`},
		"several":               {"", []string{"../../playbooks/service-recovery"}, exitUsage, "name one with --playbook: general-recovery, "},
		"one that is no plan":   {strings.Replace(drawable, "to: handler", "to: nobody", 1), []string{"-"}, exitUsage, "playbook small does not compile:\n-:10: spec.steps[0].task.to: "},
		"no place to write to":  {drawable, []string{"-", "-o", "nowhere/small.svg"}, exitUsage, "nowhere/small.svg cannot be written: no such file or directory; name another file"},
	} {
		t.Run(name, func(t *testing.T) {
			NewWithT(t).Expect(piped(t, c.in, append([]string{"draw"}, c.args...)...)).To(And(HaveField("Code", c.code), HaveField("Err", ContainSubstring(c.says)), HaveField("Out", "")))
		})
	}
}
