package soundness

import (
	"fmt"
	"testing"

	. "github.com/onsi/gomega"
)

// What another playbook could bring about is not wrong by the text alone; what none could is.
func TestWhatNoOtherPlaybookCouldBringAbout(t *testing.T) {
	const chain = `
- {name: a, task: {to: handler, outcomes: [aa, bb]}, noDeadline: None.}
- {name: b, needs: [a], task: {to: handler}, noDeadline: None.}
- {name: c, needs: [b], task: {to: handler}, noDeadline: None.}
- {name: d, needs: [c], task: {to: handler}, noDeadline: None.}
`
	const told = "notify: {to: [complainant], template: reminder}}\n"
	for _, c := range []struct{ steps, wrong, byTakeOver string }{
		{`- {name: x, when: steps.b.done && !steps.a.ended, ` + told, "", "NeverHappens x"},
		{`- {name: x, needs: [d], when: steps.d.done && steps.c.done && !steps.b.ended, ` + told, "", "NeverHappens x"},
		{`- {name: x, when: steps.a.outcome == "aa" && steps.a.outcome == "bb", ` + told, "NeverHappens x", ""},
		{`- {name: x, when: steps.a.skipped, ` + told, "NeverHappens x", ""},
		{`- {name: x, needs: [d], when: complaint.affected > 5 && complaint.affected < 3, ` + told, "NeverHappens x", ""},
		{`- {name: x, needs: [c], when: complaint.affected > 5 && complaint.affected < 3 || steps.c.done && !steps.a.ended, ` + told, "", "NeverHappens x"},
		{`- {name: x, when: incident.exists, ` + told, "", "NeverHappens x"},
		{`- {name: x, when: incident.closed && steps.b.done, ` + told, "", "NeverHappens x"},
		{`- {name: x, when: incident.closed && !incident.exists, ` + told, "NeverHappens x", ""},
		{`- {name: x, when: steps.b.done && !steps.a.ended, ` + told + `- {name: z, needs: [x], when: steps.c.skipped, ` + told, "", "NeverHappens x"},
	} {
		g := NewWithT(t)
		plan := compiled(t, "\nsteps:\n"+chain+c.steps)
		v := Check(plan, Options{TextAlone: true})
		g.Expect(summary(v)).To(Equal(c.wrong), c.steps)
		g.Expect(summary(Verdict{Findings: v.ByTakeOver})).To(Equal(c.byTakeOver), c.steps)
	}
}

// In a playbook for incidents, from which none takes over, it is wrong by the text alone.
func TestNoPlaybookTakesOverAnIncident(t *testing.T) {
	g := NewWithT(t)
	v := Check(compiledForIncident(t, `
steps:
- {name: a, task: {to: handler}, noDeadline: None.}
- {name: b, needs: [a], task: {to: handler}, noDeadline: None.}
- {name: x, when: steps.b.done && !steps.a.ended, notify: {to: [staff], template: reminder}}
`), Options{TextAlone: true})
	g.Expect(summary(v)).To(Equal("NeverHappens x"))
}

// Where what could have been done is too much to try, nothing is called wrong by the text alone that depends on it.
func TestTooMuchThatCouldHaveBeenDone(t *testing.T) {
	steps, all, needs := "\nsteps:\n", "", ""
	for k := range 13 {
		steps += fmt.Sprintf("- {name: s%d, task: {to: handler}, noDeadline: None.}\n", k)
		all, needs = all+fmt.Sprintf(" && steps.s%d.skipped", k), needs+fmt.Sprintf("s%d, ", k)
	}
	for when, byTakeOver := range map[string]bool{"steps.s0.ended" + all: true, "complaint.affected > 5 && complaint.affected < 3": false} {
		g := NewWithT(t)
		v := Check(compiled(t, steps+"- {name: x, needs: ["+needs+"], when: "+when+", notify: {to: [complainant], template: reminder}}\n"), Options{TextAlone: true})
		by, wrong := summary(Verdict{Findings: v.ByTakeOver}), summary(v)
		if !byTakeOver {
			by, wrong = wrong, by
		}
		g.Expect(by).To(Equal("NeverHappens x"), when)
		g.Expect(wrong).To(BeEmpty(), when)
	}
}
