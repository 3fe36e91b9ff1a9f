package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

const recoveryRows = "testdata/history.csv"

// changedPack is the service recovery pack with one text in place of another in each file.
func changedPack(t *testing.T, from, to string) string {
	t.Helper()
	dir := t.TempDir()
	files, err := filepath.Glob(recoveryPack + "/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(f)), []byte(strings.ReplaceAll(string(text), from, to)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestAChangeIsReplayed(t *testing.T) {
	g := NewWithT(t)
	after := changedPack(t, `"rude-service" in complaint.signals`, `"rude-service" in complaint.signals && complaint.affected > 5`)
	replay := func(more ...string) result {
		return piped(t, "", append([]string{"replay", "--history", recoveryRows, "--mapping", "examples", "--before", recoveryPack, "--after", after}, more...)...)
	}
	r := replay()
	g.Expect(r.Code).To(Equal(exitOK), r.Err)
	g.Expect(r.Out).To(And(ContainSubstring("## What the change would have done"), ContainSubstring("| serious | general |"),
		MatchRegexp(`history\.csv:[0-9]+ \| serious \| general`), ContainSubstring("### What the record did not say")))
	g.Expect(replay("-o", "json").Out).To(And(ContainSubstring(`"regraded"`), ContainSubstring(`"medianSeconds"`)))
	g.Expect(replay("-o", "html").Out).To(And(HavePrefix("<!doctype html>"), ContainSubstring("<svg")))
	g.Expect(replay("--strict")).To(And(HaveField("Code", exitUsage), HaveField("Err", MatchRegexp(`does not say how \d+ of \d+ tasks were answered, e\.g\. \S*history\.csv:2, checkFacts; .*; complete it, or leave --strict out`))))
}

func TestWhatCannotBeReplayedIsSaid(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	mapping := file("desk.yaml", `kind: ImportMapping
name: desk
columns: {number: [number], received: [received], text: [text]}
require: [number, received, text]
id: row.number
receivedAt: {value: row.received}
fields: {statement: row.text}
`)
	undated := file("undated.yaml", "kind: ImportMapping\nname: desk\ncolumns: {text: [text]}\nfields: {statement: row.text}\n")
	rows := func(name, text string) []string { return []string{"--history", file(name, text), "--mapping", mapping} }
	both := []string{"--before", recoveryPack, "--after", recoveryPack}
	for name, tt := range map[string]struct {
		args []string
		says string
	}{
		"no history":          {both, "--history is needed"},
		"no policy after":     {[]string{"--history", "cluster"}, "--after is needed"},
		"no mapping":          {append([]string{"--history", "x.csv"}, both...), "--mapping is needed"},
		"no such mapping":     {append([]string{"--history", recoveryRows, "--mapping", "nothing.yaml"}, both...), "--mapping: there is no file or folder nothing.yaml; built in are cfpb and examples"},
		"no such file":        {append([]string{"--history", "nowhere.csv", "--mapping", mapping}, both...), "there is no file or folder nowhere.csv"},
		"no rows":             {append(rows("a.csv", "number,received,text\n"), both...), "there are no rows below the header"},
		"a date that is none": {append(rows("b.csv", "number,received,text\n1,2026-01-01,x\n2,soon,y\n"), both...), "b.csv:3: receivedAt: "},
		"a date to come":      {append(rows("c.csv", "number,received,text\n1,2036-01-01,x\n"), both...), "c.csv:2: receivedAt: 2036-01-01T00:00:00Z lies in the future"},
		"a missing column":    {append(rows("d.csv", "number,text\n1,x\n"), both...), "there is no column received"},
		"no statement":        {append(rows("e.csv", "number,received,text\n1,2026-01-01,\n"), both...), "e.csv:2: fields.statement: "},
		"no dates at all":     {append([]string{"--history", file("f.csv", "text\nx\n"), "--mapping", undated}, both...), "f.csv:2: it is not known when it was received; have the mapping say receivedAt"},
		"no such policy":      {append(rows("g.csv", "number,received,text\n1,2026-01-01,x\n"), "--before", recoveryPack, "--after", "nowhere"), "there is no file or folder nowhere"},
		"no policy":           {append(rows("h.csv", "number,received,text\n1,2026-01-01,x\n"), "--before", recoveryPack, "--after", recoveryExamples), "holds neither a Playbook nor a TriagePolicy"},
		"no revision":         {append(rows("i.csv", "number,received,text\n1,2026-01-01,x\n"), "--before", "never-was:policies", "--after", recoveryPack), "never-was"},
		"no cluster":          {append(rows("j.csv", "number,received,text\n1,2026-01-01,x\n"), "--after", recoveryPack), "--before names no policy"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			r := piped(t, "", append([]string{"replay"}, tt.args...)...)
			g.Expect(r.Code).To(Equal(exitUsage), r.Err)
			g.Expect(r.Err).To(ContainSubstring(tt.says))
		})
	}
}

// What a namespace holds is a history, and what it runs the policy before, for whoever may read it.
func TestANamespaceIsReplayed(t *testing.T) {
	w := newWorld(t)
	w.levels("serious", "general")
	w.worked("kettle-17")
	auditor := w.kubeconfig("otto", "tocsin:auditors")
	r := w.run(w.ctx, auditor, "replay", "--history", "cluster", "--after", recoveryPack)
	w.Expect(r.Code).To(Equal(exitOK), r.Err)
	w.Expect(r.Out).To(And(ContainSubstring("1 complaint and 0 incidents of namespace "+w.namespace), ContainSubstring("| kettle-17 | serious | general |")))
	w.Expect(w.run(w.ctx, w.kubeconfig("nobody"), "replay", "--history", "cluster", "--after", recoveryPack).Code).To(Equal(exitRefused))
}
