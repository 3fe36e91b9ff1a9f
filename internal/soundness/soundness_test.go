package soundness

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/internal/pack"
	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/playbooks"
)

const head = `apiVersion: crisis.tocsin.dev/v1alpha1
kind: Playbook
metadata: {name: it}
spec:
  for: Complaint
  roles:
  - {name: handler, team: desk, duty: agent}
  - {name: manager, team: desk, duty: manager}
  ladder: [handler, manager]
`

// tb is what compiling needs of a test; rapid's T has it too.
type tb interface {
	Helper()
	Fatalf(format string, args ...any)
}

// compiled is the plan of a playbook for complaints with these steps.
func compiled(t tb, steps string) *playbook.Plan {
	t.Helper()
	return compiledText(t, head+"  "+strings.ReplaceAll(strings.TrimSpace(steps), "\n", "\n  ")+"\n", "it")
}

func compiledText(t tb, text, name string) *playbook.Plan {
	t.Helper()
	p := pack.New()
	if err := p.Add("it.yaml", []byte(text)); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	plan, problems := playbook.Compile(p.Closure(name))
	if plan == nil {
		t.Fatalf("%v\n%s", problems, text)
	}
	return plan
}

// The thinnest dead end: who waits for the end of a step that was skipped.
func TestADeadEndIsFound(t *testing.T) {
	g := NewWithT(t)
	v := Check(compiled(t, `
steps:
- {name: check, noDeadline: It takes what it takes., task: {to: handler, outcomes: [founded, unfounded]}}
- {name: repair, needs: [check], when: steps.check.outcome == "founded", noDeadline: It takes what it takes., task: {to: handler}}
- {name: thank, noDeadline: It comes., wait: {until: steps.repair.done}}
`), Options{})
	g.Expect(v.Findings).To(HaveLen(1))
	f := v.Findings[0]
	g.Expect(f.Reason).To(Equal(Stuck))
	g.Expect(f.Field).To(Equal("spec.steps[2].wait.until"))
	g.Expect(f.Message).To(Equal("step thank waits until steps.repair.done, but repair was skipped"))
	for _, l := range f.Story {
		t.Log(l)
	}
}

// The shipped playbooks cannot get stuck.
func TestShippedPlaybooksAreSound(t *testing.T) {
	for _, name := range []string{"property-developer", "service-recovery"} {
		p := pack.New()
		documents, err := playbooks.Documents(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range documents {
			if err := p.Add(d.File, d.YAML); err != nil {
				t.Fatal(err)
			}
		}
		for book := range p.Playbooks {
			plan, problems := playbook.Compile(p.Closure(book))
			if plan == nil {
				t.Fatal(problems)
			}
			v := Check(plan, Options{})
			t.Logf("%s: %d steps, %d states, %d moves", book, len(plan.Nodes), v.States, v.Moves)
			for _, f := range v.Findings {
				t.Errorf("%s: %s", book, f)
				for _, l := range f.Story {
					t.Log("   ", l)
				}
			}
			if len(v.Bounds) > 0 {
				t.Errorf("%s: %v", book, v.Bounds)
			}
		}
	}
}
