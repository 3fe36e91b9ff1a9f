package cacao_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	"sigs.k8s.io/yaml"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/cacao"
	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/playbooks"
)

// foreign is a playbook as another tool might write it, with parts replaced: old, new, old, new.
func foreign(t testing.TB, edits ...string) []byte {
	t.Helper()
	text, err := os.ReadFile("testdata/foreign.json")
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	for i := 0; i+1 < len(edits); i += 2 {
		NewWithT(t).Expect(string(text)).To(ContainSubstring(edits[i]))
		text = bytes.Replace(text, []byte(edits[i]), []byte(edits[i+1]), 1)
	}
	return text
}

// A playbook without the extension is read from its workflow, and what is lost is told.
func TestAForeignPlaybookIsRead(t *testing.T) {
	g := NewWithT(t)
	g.Expect(published(t, false).judge(foreign(t))).To(BeEmpty())
	name, spec, losses, err := cacao.Import(foreign(t), cacao.Options{})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(name).To(Equal("stolen-laptop"))
	text, err := yaml.Marshal(spec)
	g.Expect(err).NotTo(HaveOccurred())
	said := string(text) + "---\n"
	for _, l := range losses {
		said += l.String() + "\n"
	}
	golden(t, "testdata/foreign.golden", said)
	compiles(t, spec)
}

func golden(t testing.TB, file, is string) {
	t.Helper()
	if os.Getenv("UPDATE_GOLDEN") != "" {
		NewWithT(t).Expect(os.WriteFile(file, []byte(is), 0o600)).To(Succeed())
	}
	was, err := os.ReadFile(file)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	NewWithT(t).Expect(is).To(Equal(string(was)), "UPDATE_GOLDEN=1 writes it")
}

func compiles(t testing.TB, spec *v1alpha1.PlaybookSpec) {
	t.Helper()
	_, problems := playbook.Compile(playbook.Closure{Name: "imported", Playbook: *spec})
	NewWithT(t).Expect(problems).To(BeEmpty())
}

// The workflow alone of a shipped playbook says something that can be carried out, where it has no sub-playbook.
func TestTheWorkflowAloneCanBeRead(t *testing.T) {
	p := shipped(t, playbooks.ServiceRecovery)
	for name, pb := range p.Playbooks {
		_, spec, losses, err := cacao.Import(export(t, name, &pb.Spec), cacao.Options{Plain: true, For: pb.Spec.For, Team: "special-team"})
		NewWithT(t).Expect(err).NotTo(HaveOccurred(), name)
		NewWithT(t).Expect(losses).NotTo(BeEmpty())
		compiles(t, spec)
	}
}

func TestWhatCannotBeCarriedIsRefused(t *testing.T) {
	action := `workflow.action--00000000-0000-4000-8000-000000000001`
	p := shipped(t, playbooks.PropertyDeveloper)
	ours := string(export(t, "l2-serious", &p.Playbooks["l2-serious"].Spec))
	for name, tt := range map[string]struct {
		text    []byte
		options cacao.Options
		path    string
		says    string
	}{
		"no JSON":                {[]byte("kind: Playbook"), cacao.Options{}, "", "it is no JSON"},
		"nothing":                {nil, cacao.Options{}, "", "it ends too early"},
		"half":                   {foreign(t)[:500], cacao.Options{}, "", "it ends too early"},
		"two":                    {append(foreign(t), foreign(t)...), cacao.Options{}, "", "something follows the document"},
		"a list":                 {[]byte("[]"), cacao.Options{}, "", "the document is no object"},
		"10 MB":                  {[]byte(`{"name": "` + strings.Repeat("a", 10<<20) + `"}`), cacao.Options{}, "", "at most 8 MiB are read"},
		"deep":                   {[]byte(strings.Repeat(`{"a":`, 100) + "1" + strings.Repeat("}", 100)), cacao.Options{}, "a", "more than 64 deep"},
		"not a playbook":         {[]byte(`{"type": "bundle"}`), cacao.Options{}, "type", "it is not playbook"},
		"unknown version":        {foreign(t, "cacao-2.0", "cacao-1.1"), cacao.Options{}, "spec_version", `the version "cacao-1.1" is not known`},
		"no workflow":            {[]byte(`{"type": "playbook", "spec_version": "cacao-2.0"}`), cacao.Options{}, "workflow", "there is no workflow"},
		"revoked":                {foreign(t, `"labels"`, `"revoked": true, "labels"`), cacao.Options{}, "revoked", "the playbook was revoked"},
		"ours, revoked":          {[]byte(strings.Replace(ours, `"spec_version"`, `"revoked": true, "spec_version"`, 1)), cacao.Options{}, "revoked", "the playbook was revoked"},
		"an id twice":            {foreign(t, `"start--00000000-0000-4000-8000-000000000000": {`, `"end--00000000-0000-4000-8000-000000000009": {"type": "end"}, "start--00000000-0000-4000-8000-000000000000": {`), cacao.Options{}, "workflow.end--00000000-0000-4000-8000-000000000009", "it stands here twice"},
		"shell":                  {foreign(t, `"type": "manual"`, `"type": "bash"`), cacao.Options{}, action + ".commands[0].type", `commands of the type "bash" are not carried out`},
		"ssh":                    {foreign(t, `"type": "manual"`, `"type": "ssh"`), cacao.Options{}, action + ".commands[0].type", `commands of the type "ssh"`},
		"http-api":               {foreign(t, `"type": "manual"`, `"type": "http-api"`), cacao.Options{}, action + ".commands[0].type", `commands of the type "http-api"`},
		"encoded":                {foreign(t, `"command": "Call`, `"command_b64": "Q2FsbA==", "command": "Call`), cacao.Options{}, action + ".commands[0].command_b64", "not shown to people unread"},
		"no command":             {foreign(t, `[{"type": "manual", "command": "Call the owner."}]`, `[]`), cacao.Options{}, action + ".commands", "there is no command"},
		"no agent":               {foreign(t, `"agent": "individual--00000000-0000-4000-8000-00000000000a", "timeout"`, `"timeout"`), cacao.Options{}, action + ".agent", "there is no agent"},
		"unknown agent":          {foreign(t, `"agent": "individual--00000000-0000-4000-8000-00000000000a", "timeout"`, `"agent": "individual--00000000-0000-4000-8000-0000000000ff", "timeout"`), cacao.Options{}, action + ".agent", "there is no agent individual--"},
		"a machine":              {foreign(t, `"type": "individual"`, `"type": "ssh"`), cacao.Options{}, "agent_definitions.individual--00000000-0000-4000-8000-00000000000a.type", "is no person"},
		"unknown step":           {foreign(t, `"type": "switch-condition"`, `"type": "goto"`), cacao.Options{}, "workflow.switch-condition--00000000-0000-4000-8000-000000000006.type", `steps of the type "goto" are not known`},
		"missing reference":      {foreign(t, `"on_completion": "parallel--00000000-0000-4000-8000-000000000002"`, `"on_completion": "action--00000000-0000-4000-8000-0000000000ff"`), cacao.Options{}, action + ".on_completion", "there is no step"},
		"no start":               {foreign(t, `"workflow_start": "start--00000000-0000-4000-8000-000000000000"`, `"workflow_start": "nowhere"`), cacao.Options{}, "workflow_start", `there is no step "nowhere"`},
		"a circle":               {foreign(t, `"on_completion": "parallel--00000000-0000-4000-8000-000000000002"`, `"on_completion": "action--00000000-0000-4000-8000-000000000001"`), cacao.Options{}, action, "the steps lead in a circle"},
		"exceptions":             {foreign(t, `"labels"`, `"workflow_exception": "end--00000000-0000-4000-8000-000000000009", "labels"`), cacao.Options{}, "workflow_exception", "cannot be carried"},
		"another playbook":       {foreign(t, `"type": "switch-condition"`, `"playbook_id": "playbook--1", "type": "playbook-action"`), cacao.Options{}, "workflow.switch-condition--00000000-0000-4000-8000-000000000006.playbook_id", "which playbook playbook--1 is cannot be known"},
		"a loop in a loop":       {foreign(t, `"on_true": "action--00000000-0000-4000-8000-000000000008"`, `"on_true": "while-condition--00000000-0000-4000-8000-00000000000c"`, `"labels"`, `"x": 1, "labels"`, `"end--00000000-0000-4000-8000-000000000009": {`, `"while-condition--00000000-0000-4000-8000-00000000000c": {"type": "while-condition", "condition": "x", "on_true": "action--00000000-0000-4000-8000-000000000008", "on_completion": "end--00000000-0000-4000-8000-000000000009"}, "end--00000000-0000-4000-8000-000000000009": {`), cacao.Options{}, "workflow.while-condition--00000000-0000-4000-8000-00000000000c", "a loop inside a loop"},
		"one case":               {foreign(t, `"no": "end--00000000-0000-4000-8000-000000000009",`, ``), cacao.Options{}, "workflow.switch-condition--00000000-0000-4000-8000-000000000006.cases", "there are 1 cases"},
		"for whom":               {foreign(t), cacao.Options{For: v1alpha1.RecordComplaint}, "", "whose people play its roles"},
		"nothing to do":          {foreign(t, `"on_completion": "action--00000000-0000-4000-8000-000000000001"`, `"on_completion": "end--00000000-0000-4000-8000-000000000009"`), cacao.Options{}, "workflow", "there is no step"},
		"flow changed":           {[]byte(strings.Replace(ours, `"timeout": 604800000`, `"timeout": 1`, 1)), cacao.Options{}, "", "somebody changed the document"},
		"extension changed":      {[]byte(strings.Replace(ours, `"max": 1`, `"max": 2`, 1)), cacao.Options{}, "", "somebody changed the document"},
		"extension of the day":   {[]byte(strings.Replace(ours, `"calendar": "project-hours"`, `"calender": "project-hours"`, 1)), cacao.Options{}, "playbook_extensions.", "it is no playbook"},
		"extension of to-morrow": {[]byte(strings.Replace(ours, `"apiVersion": "crisis.tocsin.dev/v1alpha1"`, `"apiVersion": "crisis.tocsin.dev/v9"`, 1)), cacao.Options{}, "playbook_extensions.", `the version "crisis.tocsin.dev/v9" is not known`},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			_, _, _, err := cacao.Import(tt.text, tt.options)
			var f *cacao.Fault
			g.Expect(errors.As(err, &f)).To(BeTrue(), "%v", err)
			g.Expect(f.Message).To(ContainSubstring(tt.says))
			g.Expect(f.Advice).NotTo(BeEmpty())
			g.Expect(f.Path).To(HavePrefix(tt.path))
		})
	}
}

// Other tools add to a document what a playbook has no place for; the playbook comes back, and that is told.
func TestWhatOthersAddedIsTold(t *testing.T) {
	g := NewWithT(t)
	p := shipped(t, playbooks.ServiceRecovery)
	text := string(export(t, "general-recovery", &p.Playbooks["general-recovery"].Spec))
	text = strings.Replace(text, `"type": "playbook",`, `"type": "playbook", "labels": ["service"], "signatures": [{}],`, 1)
	_, spec, losses, err := cacao.Import([]byte(text), cacao.Options{})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(*spec).To(Equal(p.Playbooks["general-recovery"].Spec))
	g.Expect(fmt.Sprint(losses)).To(Equal("[labels: it has no place in a playbook signatures: it has no place in a playbook]"))
}

// Many ways to the same steps are no more work than there are steps.
func TestManyWaysAreReadSoon(t *testing.T) {
	step := func(kind string, i int) string { return fmt.Sprintf("%s--00000000-0000-4000-8000-%012d", kind, i) }
	var b strings.Builder
	const levels = 60
	for i := range levels {
		fmt.Fprintf(&b, `"%s": {"type": "parallel", "next_steps": ["%s", "%s"], "on_completion": "%s"},`, step("parallel", i), step("action", i), step("action", i), step("end", 0))
		next := step("parallel", i+1)
		if i == levels-1 {
			next = step("end", 0)
		}
		fmt.Fprintf(&b, `"%s": {"type": "action", "name": "a", "agent": "%s", "commands": [{"type": "manual", "command": "x"}], "on_completion": "%s"},`, step("action", i), step("group", 0), next)
	}
	text := fmt.Sprintf(`{"type": "playbook", "spec_version": "cacao-2.0", "name": "x", "workflow_start": "%s", "workflow": {%s "%s": {"type": "end"}}, "agent_definitions": {"%s": {"type": "group", "name": "g"}}}`,
		step("parallel", 0), b.String(), step("end", 0), step("group", 0))
	_, spec, _, err := cacao.Import([]byte(text), cacao.Options{})
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	NewWithT(t).Expect(spec.Steps).To(HaveLen(levels))
}

// FuzzImport reads whatever there is: a playbook that can be written again, or a fault that says what to do.
func FuzzImport(f *testing.F) {
	text, err := os.ReadFile("testdata/small.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add(export(f, "small", &v1alpha1.PlaybookSpec{For: v1alpha1.RecordComplaint, Steps: []v1alpha1.Step{
		{StepHead: v1alpha1.StepHead{Name: "ask"}, Action: v1alpha1.Action{Task: &v1alpha1.Task{To: "agent"}}},
	}}))
	f.Add([]byte(`{"type":"playbook","spec_version":"cacao-2.0","workflow_start":"a","workflow":{"a":{"type":"parallel","next_steps":["a","b"]},"b":{"type":"if-condition","on_true":"a"}}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, plain := range []bool{false, true} {
			name, spec, _, err := cacao.Import(text, cacao.Options{Plain: plain})
			if err != nil {
				var fault *cacao.Fault
				if !errors.As(err, &fault) || fault.Advice == "" {
					t.Fatalf("no fault: %v", err)
				}
				continue
			}
			if _, err := cacao.Export(name, spec, first, first); err != nil {
				t.Fatalf("what was read cannot be written: %v", err)
			}
		}
	})
}
