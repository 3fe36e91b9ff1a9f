package soundness

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/internal/playbook"
)

// compiledForIncident is the plan of a playbook for incidents with these steps.
func compiledForIncident(t tb, steps string) *playbook.Plan {
	t.Helper()
	incident := strings.Replace(head, "for: Complaint", "for: CrisisIncident", 1)
	return compiledText(t, incident+"  "+strings.ReplaceAll(strings.TrimSpace(steps), "\n", "\n  ")+"\n")
}

// eitherOr has a step where a condition holds and a later one where it does not; its end waits for one of them.
const eitherOr = `
steps:
- {name: first, noDeadline: None., task: {to: handler}}
- {name: here, when: 'THIS', noDeadline: None., task: {to: handler}}
- {name: there, needs: [first], when: '!(THIS)', noDeadline: None., task: {to: handler}}
- {name: close, noDeadline: None., wait: {until: steps.here.done || steps.there.done}}
`

// A drill does not become a real incident, and what was opened again stays so: of a condition on that and its contrary one holds,
// whenever they are asked. Where another fact counts as well, which can change, neither may have.
func TestFactsThatStayAsTheRunBegan(t *testing.T) {
	for when, want := range map[string]string{
		"incident.drill":                            "",
		"incident.drill && incident.drill":          "",
		"incident.complaints > 3":                   "Stuck close",
		"incident.drill && incident.complaints > 3": "NeverHappens here", // nothing real is part of a drill
		"incident.drill || incident.complaints > 3": "Stuck close",
	} {
		v := Check(compiledForIncident(t, strings.ReplaceAll(eitherOr, "THIS", when)), Options{})
		if summary(v) != want || len(v.Bounds) > 0 {
			t.Errorf("%s: %q %v", when, told(v), v.Bounds)
		}
	}
	for when, want := range map[string]string{
		"complaint.reopened > 0":                             "",
		"complaint.reopened in [1, 3]":                       "",
		"complaint.affected > 3":                             "Stuck close",
		"complaint.reopened > 0 && complaint.affected > 3":   "Stuck close",
		"complaint.reopened > 0 || complaint.category == ''": "Stuck close",
	} {
		v := Check(compiled(t, strings.ReplaceAll(eitherOr, "THIS", strings.ReplaceAll(when, "''", `""`))), Options{})
		if summary(v) != want || len(v.Bounds) > 0 {
			t.Errorf("%s: %q %v", when, told(v), v.Bounds)
		}
	}
}

// No complaint becomes part of a drill, and any playbook for incidents can be exercised: a wait for complaints ends there only where
// it says what else ends it.
func TestADrillGathersNoComplaints(t *testing.T) {
	for until, want := range map[string]string{
		"incident.complaints > 1":                      "Stuck more",
		"incident.complaints == 0":                     "",
		"incident.complaints > 1 || incident.drill":    "",
		"incident.complaints > 1 || steps.first.ended": "",
	} {
		v := Check(compiledForIncident(t, `
steps:
- {name: first, noDeadline: None., task: {to: handler}}
- {name: more, needs: [first], noDeadline: None., wait: {until: '`+until+`'}}
`), Options{})
		if summary(v) != want || len(v.Bounds) > 0 {
			t.Errorf("%s: %q %v", until, told(v), v.Bounds)
		}
	}
}

// A story says once, as the run begins, what stays so; it says nothing else of it when nothing asks for it any more.
func TestAStoryNamesOnceWhatStays(t *testing.T) {
	g := NewWithT(t)
	v := Check(compiledForIncident(t, `
steps:
- {name: rehearse, when: incident.drill, noDeadline: None., task: {to: handler}}
- {name: prepare, needs: [rehearse], noDeadline: None., task: {to: handler}}
- {name: check, needs: [prepare], when: incident.level != "L1", noDeadline: None., task: {to: handler}}
- {name: close, needs: [rehearse], noDeadline: None., wait: {until: steps.check.done}}
`), Options{})
	g.Expect(v.Findings).To(HaveLen(1))
	var story []string
	for _, l := range v.Findings[0].Story {
		story = append(story, l.Text)
	}
	g.Expect(story[:3]).To(HaveExactElements(
		"the run begins (incident.drill is true; incident.level is something-else)",
		"the handler does rehearse",
		HavePrefix("the handler does prepare (incident.level is L1); check is skipped"),
	))
}
