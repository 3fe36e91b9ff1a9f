package cli

import (
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"
)

const recoveryPack, recoveryExamples = "../../playbooks/service-recovery", "../../playbooks/service-recovery/examples"

func TestASimulationIsToldDrawnAndKept(t *testing.T) {
	g := NewWithT(t)
	dir := t.TempDir()
	cast := filepath.Join(dir, "slow.yaml")
	g.Expect(os.WriteFile(cast, []byte("answers:\n- {steps: [confirm], never: true}\n"), 0o600)).To(Succeed())
	story, picture := filepath.Join(dir, "crisis.story"), filepath.Join(dir, "crisis.svg")
	simulate := func(more ...string) result {
		return piped(t, "", append([]string{"simulate", recoveryPack, recoveryExamples, "--record", "example-crisis"}, more...)...)
	}

	told := simulate()
	g.Expect(told).To(And(HaveField("Code", exitOK), HaveField("Out", And(
		ContainSubstring("2026-03-02 09:00:00  Received"), MatchRegexp(`\ncrisisincident example-crisis: Closed, level major, [0-9]+ notices delivered, 0 deadlines missed\n$`)))), told.Err)
	g.Expect(simulate("-o", "json")).To(HaveField("Out", And(ContainSubstring(`"record": "example-crisis"`), ContainSubstring(`"type": "RunEnded"`))))
	g.Expect(simulate("--gantt", picture)).To(HaveField("Code", exitOK))
	drawn, err := os.ReadFile(picture)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(string(drawn)).To(And(ContainSubstring("<svg"), ContainSubstring("confirm")))

	g.Expect(simulate("--golden", story)).To(And(HaveField("Code", exitRefused), HaveField("Err", ContainSubstring("--update writes it"))))
	g.Expect(simulate("--golden", story, "--update")).To(HaveField("Code", exitOK))
	g.Expect(simulate("--golden", story)).To(And(HaveField("Code", exitOK), HaveField("Out", HavePrefix("as in "))))
	g.Expect(simulate("--golden", story, "--cast", cast)).To(And(HaveField("Code", exitRefused),
		HaveField("Out", MatchRegexp(`(?m)^\+.*DeadlineMissed +confirm`))))
}

func TestWhatCannotBeSimulatedIsSaid(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for name, tt := range map[string]struct {
		args []string
		says string
	}{
		"no such folder":        {[]string{"nowhere"}, "there is no file or folder nowhere"},
		"policies alone":        {[]string{recoveryPack}, "no complaint or incident to play"},
		"no such record":        {[]string{recoveryPack, recoveryExamples, "--record", "kettle"}, `no complaint and no incident "kettle"`},
		"several in a picture":  {[]string{recoveryPack, recoveryExamples, "--gantt", filepath.Join(dir, "x.svg")}, "name one with --record"},
		"a time that is none":   {[]string{recoveryPack, recoveryExamples, "--for", "soon"}, "--for"},
		"no such cast":          {[]string{recoveryPack, recoveryExamples, "--cast", "nobody.yaml"}, "there is no file or folder nobody.yaml"},
		"a word the cast lacks": {[]string{recoveryPack, recoveryExamples, "--cast", file("a.yaml", "answer: []")}, `unknown field "answer"`},
		"slower than slow":      {[]string{recoveryPack, recoveryExamples, "--cast", file("b.yaml", "answers: [{after: {median: 2h, slow: 1h}}]")}, "answers[0].after.slow"},
		"more than all":         {[]string{recoveryPack, recoveryExamples, "--cast", file("c.yaml", "answers: [{declines: 101}]")}, "answers[0].declines"},
		"an act by nobody":      {[]string{recoveryPack, recoveryExamples, "--cast", file("d.yaml", "acts: [{record: x, after: 1h, act: {verb: Abort}}]")}, "acts[0].act"},
		"update of nothing":     {[]string{recoveryPack, recoveryExamples, "--update"}, "--golden"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			r := piped(t, "", append([]string{"simulate"}, tt.args...)...)
			g.Expect(r.Code).NotTo(Equal(exitOK))
			g.Expect(r.Err).To(And(HavePrefix("error: "), ContainSubstring(tt.says)))
		})
	}
}
