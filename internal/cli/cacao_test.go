package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

func TestAPlaybookGoesOutAsCACAOAndComesBack(t *testing.T) {
	g := NewWithT(t)
	out := piped(t, "", "cacao", "export", recoveryPack, "--playbook", "major-incident", "--created", "2026-01-05T08:00:00Z", "--modified", "2026-03-02T10:30:00+01:00")
	g.Expect(out.Code).To(Equal(exitOK), out.Err)
	g.Expect(out.Out).To(And(ContainSubstring(`"created": "2026-01-05T08:00:00.000Z"`), ContainSubstring(`"modified": "2026-03-02T09:30:00.000Z"`)))
	g.Expect(piped(t, "", "cacao", "export", recoveryPack, "--playbook", "major-incident").Out).To(ContainSubstring(`"created": "1970-01-01T00:00:00.000Z"`))

	back := piped(t, out.Out, "cacao", "import", "-")
	g.Expect(back).To(And(HaveField("Code", exitOK), HaveField("Err", ""), HaveField("Out", HavePrefix("apiVersion: crisis.tocsin.dev/v1alpha1\nkind: Playbook\nmetadata:\n  name: major-incident\n"))))
	without := copied(t, recoveryPack, func(name, text string) string {
		if name == "playbook-major-incident.yaml" {
			return back.Out
		}
		return text
	})
	g.Expect(piped(t, "", "diff", recoveryPack, without)).To(HaveField("Out", "no difference\n"))
	g.Expect(piped(t, back.Out, "cacao", "export", "-", "--created", "2026-01-05T08:00:00Z", "--modified", "2026-03-02T09:30:00Z").Out).To(Equal(out.Out))
}

func TestAPlaybookThatDoesNotCompileGoesOutWithAWarning(t *testing.T) {
	g := NewWithT(t)
	broken := copied(t, recoveryPack, func(_, text string) string {
		return strings.ReplaceAll(text, "steps.confirm.outcome", "steps.confrim.outcome")
	})
	r := piped(t, "", "cacao", "export", broken, "--playbook", "major-incident")
	g.Expect(r).To(And(HaveField("Code", exitOK), HaveField("Out", HavePrefix("{")), HaveField("Err", And(HavePrefix("written as it stands, though playbook major-incident does not compile:\n"), ContainSubstring("confrim")))))
	g.Expect(piped(t, "", "cacao", "export", recoveryPack, "--playbook", "major-incident").Err).To(BeEmpty())
}

func TestTheLossesOfAForeignPlaybookAreListed(t *testing.T) {
	g := NewWithT(t)
	r := piped(t, "", "cacao", "import", "../cacao/testdata/foreign.json", "--for", "Complaint", "--team", "service-desk")
	g.Expect(r.Code).To(Equal(exitOK), r.Err)
	g.Expect(r.Out).To(And(ContainSubstring("  name: stolen-laptop\n"), ContainSubstring("team: service-desk\n")))
	g.Expect(r.Err).To(And(HavePrefix("lost: agent_definitions."), ContainSubstring("lost: labels: it has no place in a playbook\n"), HaveSuffix("9 things left out; look the playbook through before you apply it\n")))
	g.Expect(piped(t, r.Out, "verify", "-").Code).NotTo(Equal(exitUsage), "it is a playbook")
}

func TestWhatCannotBeExchangedIsSaid(t *testing.T) {
	dir := t.TempDir()
	foreign, err := os.ReadFile("../cacao/testdata/foreign.json")
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	shell := filepath.Join(dir, "shell.json")
	NewWithT(t).Expect(os.WriteFile(shell, []byte(strings.Replace(string(foreign), `"manual"`, `"bash"`, 1)), 0o600)).To(Succeed())
	huge := filepath.Join(dir, "huge.json")
	NewWithT(t).Expect(os.WriteFile(huge, []byte(strings.Repeat(" ", 9<<20)), 0o600)).To(Succeed())
	for name, tt := range map[string]struct {
		args []string
		says string
	}{
		"no such file":     {[]string{"import", "nowhere.json"}, "there is no file or folder nowhere.json"},
		"no CACAO":         {[]string{"import", recoveryPack + "/triagepolicy.yaml"}, "it is no JSON"},
		"shell":            {[]string{"import", shell}, `commands[0].type: commands of the type "bash" are not carried out; have a person do it`},
		"huge":             {[]string{"import", huge}, "longer than 8 MiB"},
		"another kind":     {[]string{"import", shell, "--for", "Task"}, "use Complaint or CrisisIncident"},
		"several":          {[]string{"export", recoveryPack}, "name one with --playbook"},
		"no such playbook": {[]string{"export", recoveryPack, "--playbook", "kettle"}, `no playbook "kettle"`},
		"no time":          {[]string{"export", recoveryPack, "--playbook", "major-incident", "--created", "soon"}, `--created: "soon" is no time`},
		"backwards":        {[]string{"export", recoveryPack, "--playbook", "major-incident", "--created", "2026-01-05T08:00:00Z", "--modified", "2025-01-05T08:00:00Z"}, "--modified is before --created"},
		"nothing":          {[]string{"import"}, "See 'kubectl tocsin cacao import --help'"},
	} {
		t.Run(name, func(t *testing.T) {
			r := piped(t, "", append([]string{"cacao"}, tt.args...)...)
			NewWithT(t).Expect(r).To(And(HaveField("Code", exitUsage), HaveField("Err", ContainSubstring(tt.says))))
		})
	}
}
