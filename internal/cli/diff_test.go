package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/internal/difference"
)

func TestDiffSaysWhatChanges(t *testing.T) {
	g := NewWithT(t)
	changed := copied(t, recoveryPack, func(name, text string) string {
		if name != "playbook-major-incident.yaml" {
			return text
		}
		return strings.Replace(text, "by: [commander, legal]", "by: [commander]", 1)
	})

	same := piped(t, "", "diff", recoveryPack, recoveryPack)
	g.Expect(same).To(And(HaveField("Code", exitOK), HaveField("Out", "no difference\n")), same.Err)

	text := piped(t, "", "diff", recoveryPack, changed)
	g.Expect(text.Code).To(Equal(exitRefused), text.Err)
	g.Expect(text.Err).To(BeEmpty())
	g.Expect(text.Out).To(MatchRegexp(`^Playbook major-incident\n  approveStatement lost its second approver, legal; it lets out the notice firstStatement to customers and media\n` +
		`      was .*service-recovery/playbook-major-incident.yaml:\d+, now .*playbook-major-incident.yaml:\d+\n$`))

	var report difference.Report
	g.Expect(json.Unmarshal([]byte(piped(t, "", "diff", recoveryPack, changed, "-o", "json").Out), &report)).To(Succeed())
	g.Expect(report.Differences).To(HaveLen(1))
	g.Expect(report.Differences[0]).To(And(HaveField("About", difference.Decides), HaveField("After.Line", report.Differences[0].Before.Line)))
	g.Expect(piped(t, "", "diff", changed, recoveryPack, "-o", "markdown").Out).To(HavePrefix("**What changes:** 1 difference\n\n**Playbook major-incident**\n\n- approveStatement has a second approver now, legal;"))
}

// copied is a folder like another, with its files changed.
func copied(t *testing.T, folder string, change func(name, text string) string) string {
	t.Helper()
	g := NewWithT(t)
	entries, err := os.ReadDir(folder)
	g.Expect(err).NotTo(HaveOccurred())
	to := t.TempDir()
	for _, e := range entries {
		if !isYAML(e.Name()) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(folder, e.Name()))
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(os.WriteFile(filepath.Join(to, e.Name()), []byte(change(e.Name(), string(text))), 0o600)).To(Succeed())
	}
	return to
}

func TestWhatCannotBeComparedIsSaid(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"anchors.yaml": "kind: &a Playbook\napiVersion: crisis.tocsin.dev/v1alpha1\n", "other.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n"} {
		NewWithT(t).Expect(os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600)).To(Succeed())
	}
	for name, tt := range map[string]struct {
		before, says string
	}{
		"no folder":         {"nowhere", "there is no file or folder nowhere"},
		"no revision":       {"no-such-branch:playbooks", `no revision "no-such-branch"`},
		"anchors":           {filepath.Join(dir, "anchors.yaml"), "anchors.yaml:1: kind: it has the anchor &a"},
		"nothing of policy": {filepath.Join(dir, "other.yaml"), "holds no policies"},
	} {
		t.Run(name, func(t *testing.T) {
			r := piped(t, "", "diff", tt.before, recoveryPack)
			NewWithT(t).Expect(r).To(And(HaveField("Code", exitUsage), HaveField("Err", ContainSubstring(tt.says))))
		})
	}
	NewWithT(t).Expect(piped(t, "", "diff", recoveryPack)).To(HaveField("Code", exitUsage))
	NewWithT(t).Expect(piped(t, "", "diff", recoveryPack, recoveryPack, "-o", "yaml")).To(HaveField("Code", exitUsage))
}
