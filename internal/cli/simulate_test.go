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
		ContainSubstring("2026-03-02 09:00:00  Received"), ContainSubstring("\nTimes are UTC.\n"), MatchRegexp(`\ncrisisincident example-crisis: Closed, level major, [0-9]+ notices delivered, 0 deadlines missed\npost-mortem of example-crisis: 3 of 3 corrective actions verified, 0 overdue\n$`)))), told.Err)
	g.Expect(simulate("-o", "json")).To(HaveField("Out", And(ContainSubstring(`"record": "example-crisis"`), ContainSubstring(`"type": "RunEnded"`))))
	g.Expect(simulate("--gantt", picture)).To(HaveField("Code", exitOK))
	drawn, err := os.ReadFile(picture)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(string(drawn)).To(And(ContainSubstring("<svg"), ContainSubstring("confirm")))

	g.Expect(told.Out).NotTo(ContainSubstring("drill quarterly-drill"))
	exercised := simulate("--drills", "--gantt", picture)
	g.Expect(exercised).To(And(HaveField("Code", exitOK), HaveField("Out", MatchRegexp(`\ndrill quarterly-drill-[a-z0-9-]+: Closed, level drill, `))), exercised.Err)

	g.Expect(simulate("--golden", story)).To(And(HaveField("Code", exitUsage), HaveField("Err", ContainSubstring("--update writes it"))))
	g.Expect(simulate("--golden", story, "--update")).To(HaveField("Code", exitOK))
	g.Expect(simulate("--golden", story)).To(And(HaveField("Code", exitOK), HaveField("Out", HavePrefix("as in "))))
	g.Expect(simulate("--golden", story, "--cast", cast)).To(And(HaveField("Code", exitRefused),
		HaveField("Out", MatchRegexp(`(?m)^\+.*DeadlineMissed +confirm`))))
}

func TestAYearIsToldInFigures(t *testing.T) {
	g := NewWithT(t)
	load := filepath.Join(t.TempDir(), "year.yaml")
	g.Expect(os.WriteFile(load, []byte("complaints: 50\nkinds: [{like: example-lamp, products: 5}, {like: example-hotline}]\n"), 0o600)).To(Succeed())
	r := piped(t, "", "simulate", recoveryPack, recoveryExamples, "--load", load)
	g.Expect(r.Code).To(Equal(exitOK), r.Err)
	g.Expect(r.Out).To(And(MatchRegexp(`^2026-03-02 to 2027-0[23]-[0-9]+: 50 complaints, 0 open at the end, [0-9]+ incidents? raised, [1-9][0-9]* drills called\.`),
		MatchRegexp(`(?m)^LEVEL +COMPLAINTS`), MatchRegexp(`(?m)^service-desk +wang-tao +[0-9]+`)))
	g.Expect(r.Err).To(ContainSubstring("played until 2026-04-02: "))
	g.Expect(piped(t, "", "simulate", recoveryPack, recoveryExamples, "--load", load, "--drills=false").Out).To(ContainSubstring(" 0 drills called."))
	g.Expect(piped(t, "", "simulate", recoveryPack, recoveryExamples, "--load", load, "-o", "json").Out).To(And(ContainSubstring(`"complaints": 50`), ContainSubstring(`"p90Seconds"`)))
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
	const one = "---\n{apiVersion: crisis.tocsin.dev/v1alpha1, kind: Complaint, metadata: {name: c}, spec: {channel: Phone, statement: x, policy: t}}\n"
	const of = "{apiVersion: crisis.tocsin.dev/v1alpha1, kind: "
	for name, tt := range map[string]struct {
		args []string
		says string
	}{
		"a playbook that is not there": {[]string{file("one.yaml", of+"TriagePolicy, metadata: {name: t}, spec: {defaultLevel: L, levels: [{name: L, playbook: none}]}}\n"+one)},
			`one.yaml:1: TriagePolicy/t: spec.levels[0].playbook: there is no Playbook "none" in these files`},
		"a playbook that does not compile": {[]string{file("two.yaml", of+"Playbook, metadata: {name: p}, spec: {for: Complaint, steps: [{name: a, needs: [b], wait: {for: {elapsed: 1h}}}]}}\n"+one)},
			"two.yaml:1: Playbook/p: spec.steps[0].needs"},
		"an incident without a playbook": {[]string{file("three.yaml", of+"CrisisIncident, metadata: {name: i}, spec: {title: x, level: L, playbook: none, team: t}}\n")},
			`CrisisIncident/i: spec.playbook: there is no Playbook "none" in these files`},
		"no such folder":        {[]string{"nowhere"}, "there is no file or folder nowhere"},
		"policies alone":        {[]string{recoveryPack}, "no complaint or incident to play"},
		"no such record":        {[]string{recoveryPack, recoveryExamples, "--record", "kettle"}, `no complaint and no incident "kettle"`},
		"several in a picture":  {[]string{recoveryPack, recoveryExamples, "--gantt", filepath.Join(dir, "x.svg")}, "name one with --record"},
		"a time that is none":   {[]string{recoveryPack, recoveryExamples, "--for", "soon"}, "--for"},
		"no such cast":          {[]string{recoveryPack, recoveryExamples, "--cast", "nobody.yaml"}, "there is no file or folder nobody.yaml"},
		"a word the cast lacks": {[]string{recoveryPack, recoveryExamples, "--cast", file("a.yaml", "answer: []")}, "a.yaml:1: answer: there is no such field"},
		"slower than slow":      {[]string{recoveryPack, recoveryExamples, "--cast", file("b.yaml", "answers: [{after: {median: 2h, slow: 1h}}]")}, "answers[0].after.slow"},
		"more than all":         {[]string{recoveryPack, recoveryExamples, "--cast", file("c.yaml", "answers: [{declines: 101}]")}, "answers[0].declines"},
		"an act by nobody":      {[]string{recoveryPack, recoveryExamples, "--cast", file("d.yaml", "acts: [{record: x, after: 1h, act: {verb: Abort}}]")}, "acts[0].act"},
		"no such load":          {[]string{recoveryPack, recoveryExamples, "--load", "nothing.yaml"}, "there is no file or folder nothing.yaml"},
		"a load of nothing":     {[]string{recoveryPack, recoveryExamples, "--load", file("e.yaml", "days: 3")}, "e.yaml:1: complaints: say how many"},
		"like nothing":          {[]string{recoveryPack, recoveryExamples, "--load", file("f.yaml", "complaints: 3\nkinds: [{like: x}]")}, `f.yaml:2: kinds[0].like: the files hold no complaint "x"`},
		"a load and a picture":  {[]string{recoveryPack, recoveryExamples, "--load", file("g.yaml", "complaints: 3"), "--gantt", "x.svg"}, "--load tells figures"},
		"update of nothing":     {[]string{recoveryPack, recoveryExamples, "--update"}, "--golden"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			r := piped(t, "", append([]string{"simulate"}, tt.args...)...)
			g.Expect(r.Code).To(Equal(exitUsage))
			g.Expect(r.Err).To(And(HavePrefix("error: "), ContainSubstring(tt.says)))
		})
	}
}

// A story begins when the first record was received. Where a cast begins it long before, nothing would be told, and why is said.
func TestAStoryBeginsWithItsFirstRecord(t *testing.T) {
	g := NewWithT(t)
	file := func(name, text string) string {
		path := filepath.Join(t.TempDir(), name)
		g.Expect(os.WriteFile(path, []byte(text), 0o600)).To(Succeed())
		return path
	}
	complaint := func(name, received string) string {
		return "---\n{apiVersion: crisis.tocsin.dev/v1alpha1, kind: Complaint, metadata: {name: " + name + "}, spec: {statement: x" + received + "}}\n"
	}
	const later, latest = `, receivedAt: "2027-03-24T16:31:00+01:00"`, `, receivedAt: "2027-03-25T16:31:00+01:00"`
	both := file("both.yaml", complaint("second", latest)+complaint("first", later))
	g.Expect(piped(t, "", "simulate", recoveryPack, both).Out).To(MatchRegexp(`^2027-03-24 15:31:00  first +Received`))
	g.Expect(piped(t, "", "simulate", recoveryPack, both, "--record", "second").Out).To(HavePrefix("2027-03-25 15:31:00  Received"))
	g.Expect(piped(t, "", "simulate", recoveryPack, file("one.yaml", complaint("first", later)+complaint("second", ""))).Out).To(HavePrefix("2026-03-02 09:00:00  Received"))

	cast := file("cast.yaml", `start: "2026-06-01T09:00:00Z"`)
	g.Expect(piped(t, "", "simulate", recoveryPack, both, "--cast", cast)).To(And(HaveField("Code", exitUsage), HaveField("Err", ContainSubstring(
		"no record came in by 2026-07-31T09:00:00Z: the first says that it was received 2027-03-24T15:31:00Z; write a start in the cast that is later, or play longer with --for"))))
	g.Expect(piped(t, "", "simulate", recoveryPack, both, "--cast", cast, "--for", "400d")).To(HaveField("Code", exitOK))
}

// A record without a run does nothing, and the end of the story says why.
func TestAStorySaysWhyARecordWaits(t *testing.T) {
	g := NewWithT(t)
	pack := filepath.Join(t.TempDir(), "pack.yaml")
	g.Expect(os.WriteFile(pack, []byte(`
{apiVersion: crisis.tocsin.dev/v1alpha1, kind: Playbook, metadata: {name: fall}, spec: {for: Complaint, steps: [{name: alarm, raiseIncident: {playbook: emergancy, team: ward}}]}}
---
{apiVersion: crisis.tocsin.dev/v1alpha1, kind: TriagePolicy, metadata: {name: default}, spec: {defaultLevel: one, levels: [{name: one, playbook: fall}]}}
---
{apiVersion: crisis.tocsin.dev/v1alpha1, kind: Complaint, metadata: {name: c}, spec: {statement: x}}
`), 0o600)).To(Succeed())
	told := piped(t, "", "simulate", pack)
	g.Expect(told.Out).To(MatchRegexp(`\ncrisisincident (c-incident-[0-9a-f]+): New, level one, .*\ncrisisincident c-incident-[0-9a-f]+ waits: there is no Playbook "emergancy"`), told.Err)
	g.Expect(told.Out).NotTo(ContainSubstring("complaint c waits"))
}
