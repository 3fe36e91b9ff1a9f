package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/internal/policytest"
)

const testHead = `apiVersion: test.tocsin.dev/v1alpha1
kind: PolicyTest
metadata: {name: lamp}
given: {complaints: [{name: lamp}]}
then:
`

func TestPolicyTestsLeaveWithTheCodeTheyDocument(t *testing.T) {
	dir := t.TempDir()
	file := func(name, then string) string {
		path := filepath.Join(dir, name)
		NewWithT(t).Expect(os.WriteFile(path, []byte(testHead+then), 0o600)).To(Succeed())
		return path
	}
	fine, wrong, broken := file("fine.yaml", "- {level: general}\n"), file("wrong.yaml", "- {level: serious}\n"), file("broken.yaml", "- {lvl: general}\n")
	coverage := filepath.Join(dir, "coverage.json")
	pack := []string{"../../playbooks/service-recovery/triagepolicy.yaml", "../../playbooks/service-recovery/playbook-general-recovery.yaml",
		"../../playbooks/service-recovery/playbook-serious-recovery.yaml", "../../playbooks/service-recovery/responseteams.yaml",
		"../../playbooks/service-recovery/businesscalendar.yaml", "../../playbooks/service-recovery/noticechannels.yaml"}
	lost := filepath.Join(dir, "before")
	NewWithT(t).Expect(os.CopyFS(lost, os.DirFS("../../playbooks/service-recovery"))).To(Succeed())
	NewWithT(t).Expect(os.RemoveAll(filepath.Join(lost, "tests"))).To(Succeed())
	NewWithT(t).Expect(os.WriteFile(filepath.Join(lost, "test.yaml"), []byte(strings.Replace(testHead, "lamp", "kettle", 1)+"- {level: serious}\n"), 0o600)).To(Succeed())
	for name, c := range map[string]struct {
		args []string
		code int
		says string
	}{
		"as expected":       {[]string{fine}, exitOK, "all as expected in 1 test with 1 expectation"},
		"not as expected":   {[]string{wrong}, exitRefused, wrong + ":6: level serious\n    but level general from 2026-03-02T09:00:00Z\n"},
		"the story around":  {[]string{wrong}, exitRefused, "| 2026-03-02 09:00:00  Graded"},
		"the whole story":   {[]string{fine, "-v"}, exitOK, "NoticeRequested  acknowledge"},
		"an unknown word":   {[]string{broken}, exitUsage, broken + ":6: then[0].lvl: there is no field lvl here; did you mean level?"},
		"no test":           {nil, exitUsage, "there is no PolicyTest in"},
		"no policies":       {[]string{"-"}, exitUsage, "there is no PolicyTest in"},
		"no test is wanted": {[]string{fine, "--run", "kettle"}, exitUsage, `no test matches --run "kettle"; there are lamp`},
		"no expression":     {[]string{fine, "--run", "("}, exitUsage, "--run: "},
		"some are wanted":   {[]string{fine, "--run", "^la"}, exitOK, "all as expected"},
		"too little":        {[]string{fine, "--min-coverage", "95"}, exitRefused, "and --min-coverage asks for 95 %"},
		"of some":           {[]string{fine, "--min-coverage", "5", "--run", "lamp"}, exitUsage, "leave one out"},
		"enough":            {[]string{fine, "--min-coverage", "1", "--coverage", coverage}, exitOK, "all as expected"},
		"for programs":      {[]string{wrong, "-o", "json"}, exitRefused, `"happened": "level general from`},
		"for build servers": {[]string{wrong, "-o", "junit"}, exitRefused, `<testsuites name="kubectl tocsin test" tests="1" failures="1">`},
		"a comment":         {[]string{wrong, "-o", "markdown"}, exitRefused, "| lamp<br>"},
		"what was before":   {[]string{fine, "--before", lost}, exitOK, "mind: 1 test removed, 1 of which does not hold any more"},
		"some and before":   {[]string{fine, "--before", lost, "--run", "lamp"}, exitUsage, "leave one out"},
		"nothing before":    {[]string{fine, "--before", "nowhere"}, exitUsage, "there is no file or folder nowhere"},
		"an unknown format": {[]string{fine, "-o", "tap"}, exitUsage, "-o tap is unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			got := piped(t, "", append(append([]string{"test"}, pack...), c.args...)...)
			g.Expect(got.Code).To(Equal(c.code), got.Out+got.Err)
			g.Expect(got.Out + got.Err).To(ContainSubstring(c.says))
		})
	}
	g := NewWithT(t)
	text, err := os.ReadFile(coverage)
	g.Expect(err).NotTo(HaveOccurred())
	written, err := os.ReadFile("../../playbooks/service-recovery/playbook-general-recovery.yaml")
	g.Expect(err).NotTo(HaveOccurred())
	above, _, found := strings.Cut(string(written), "  - name: acknowledge\n")
	g.Expect(found).To(BeTrue())
	var read policytest.Coverage
	g.Expect(json.Unmarshal(text, &read)).To(Succeed())
	g.Expect(read.Policies[0]).To(And(HaveField("Name", "general-recovery"), HaveField("Items", ContainElement(
		And(HaveField("Step", "acknowledge"), HaveField("What", "begins"), HaveField("Line", strings.Count(above, "\n")+1), HaveField("Tests", 1))))))
}
