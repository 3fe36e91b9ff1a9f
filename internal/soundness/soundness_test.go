package soundness

import (
	"bytes"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	"sigs.k8s.io/yaml"

	"tocsin.dev/tocsin/api/v1alpha1"
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
	return compiledText(t, head+"  "+strings.ReplaceAll(strings.TrimSpace(steps), "\n", "\n  ")+"\n")
}

func compiledText(t tb, text string) *playbook.Plan {
	t.Helper()
	plan, problems := playbook.Compile(closureOf(t, []byte(text), "it"))
	if plan == nil {
		t.Fatalf("%v\n%s", problems, text)
	}
	return plan
}

// closureOf is a playbook with everything else that a YAML text holds.
func closureOf(t tb, text []byte, name string) playbook.Closure {
	t.Helper()
	c := playbook.Closure{Name: name, Subs: map[string]v1alpha1.PlaybookSpec{}, Calendars: map[string]v1alpha1.BusinessCalendarSpec{}, Raised: map[string]playbook.Endings{}}
	read := func(part []byte, into any) {
		if err := yaml.UnmarshalStrict(part, into); err != nil {
			t.Fatalf("%v\n%s", err, part)
		}
	}
	for _, part := range bytes.Split(append([]byte("\n"), text...), []byte("\n---")) {
		switch {
		case bytes.Contains(part, []byte("\nkind: Playbook\n")):
			var pb v1alpha1.Playbook
			read(part, &pb)
			c.Subs[pb.Name], c.Raised[pb.Name] = pb.Spec, playbook.EndingsOf(pb.Spec)
		case bytes.Contains(part, []byte("\nkind: BusinessCalendar\n")):
			var cal v1alpha1.BusinessCalendar
			read(part, &cal)
			c.Calendars[cal.Name] = cal.Spec
		}
	}
	c.Playbook = c.Subs[name]
	return c
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
		documents, err := playbooks.Documents(name)
		if err != nil {
			t.Fatal(err)
		}
		var text []byte
		for _, d := range documents {
			text = append(append(text, "\n---\n"...), d.YAML...)
		}
		all := closureOf(t, text, "")
		for book := range all.Subs {
			c := all
			c.Name, c.Playbook = book, all.Subs[book]
			plan, problems := playbook.Compile(c)
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

// What is forgotten of a step that has ended must not make a condition hold: tell is done, so stop never stops work.
func TestWhatIsForgottenMakesNoConditionHold(t *testing.T) {
	g := NewWithT(t)
	v := Check(compiled(t, `
cancel:
- {name: stop, when: steps.tell.skipped, steps: [work]}
steps:
- {name: check, noDeadline: None., task: {to: handler}}
- {name: work, needs: [check], noDeadline: None., task: {to: handler}}
- {name: tell, notify: {to: [handler], template: reminder}}
`), Options{})
	g.Expect(summary(v)).To(Equal("NeverFires stop"))
	g.Expect(v.Findings[0].String()).To(HavePrefix(`spec.cancel[0].when: the cancel region stop never stops anything: "steps.tell.skipped" holds in no run`))
}

// A wait that is over begins anew in the next round, in the same turn: the story has its dates all the same.
func TestAStoryOfSeveralRoundsIsDated(t *testing.T) {
	g := NewWithT(t)
	v := Check(compiled(t, `
steps:
- name: rounds
  repeat:
    max: 2
    until: steps.tell.skipped
    steps:
    - {name: tell, notify: {to: [handler], template: reminder}}
    - {name: pause, wait: {for: {elapsed: 1h}}}
- {name: settled, needs: [rounds], noDeadline: None., wait: {until: steps.rounds.outcome == "satisfied"}}
`), Options{})
	g.Expect(v.Findings).NotTo(BeEmpty())
	g.Expect(v.Findings[0].Step).To(Equal("settled"))
	var story []string
	for _, l := range v.Findings[0].Story {
		story = append(story, l.String())
	}
	g.Expect(story[:3]).To(Equal([]string{"Mon 01 Jun 09:00  the run begins", "Mon 01 Jun 10:00  the time of rounds/pause is over", "Mon 01 Jun 11:00  the time of rounds/pause is over"}))
}

// A deadline that counts from a step that ended before its own step began is still ahead then, or over: both are looked at.
func TestADeadlineThatCountsFromAnEarlierStep(t *testing.T) {
	g := NewWithT(t)
	v := Check(compiled(t, `
steps:
- {name: first, noDeadline: None., task: {to: handler}}
- {name: second, needs: [first], noDeadline: None., task: {to: handler}}
- {name: ask, needs: [second], within: {elapsed: 2h, of: first}, overdue: {outcome: late}, task: {to: handler, outcomes: [good, late]}}
- {name: thank, needs: [ask], when: steps.ask.outcome == "good", noDeadline: None., task: {to: handler}}
- {name: remind, needs: [ask], when: steps.ask.overdue, noDeadline: None., task: {to: handler}}
`), Options{})
	g.Expect(told(v)).To(BeEmpty())
}
