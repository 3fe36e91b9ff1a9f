package soundness

import (
	"fmt"
	"slices"
	"strings"

	"pgregory.net/rapid"
)

// anyBook draws a small playbook, sound or not: steps that wait for what may be skipped, conditions that exclude each
// other, quorums, blocks, sub-playbooks, regions that stop what the end needs, recurring steps, notices, waits, incidents,
// facts, deadlines that count from another step or stop a whole block; and reminders, signs and ladders, which change nothing of it.
func anyBook(t *rapid.T, least, most int) string {
	d := drawn{t}
	text := head + d.steps("s", rapid.IntRange(least, most).Draw(t, "steps"))
	if strings.Contains(text, "{name: sub}") {
		text += "---\n" + strings.Replace(head, "name: it", "name: sub", 1) + d.steps("u", rapid.IntRange(1, max(most/2, 3)).Draw(t, "sub"))
	}
	if strings.Contains(text, "incident.steps") && !strings.Contains(text, "raiseIncident") {
		text = strings.Replace(text, "  steps:\n", "  steps:\n  - {name: raise, raiseIncident: {playbook: crisis, team: few}}\n", 1)
	}
	if d.one(6, "for incidents") {
		text = forIncidents.Replace(text)
	}
	return text + crisisBook
}

// forIncidents makes of a playbook for complaints one for incidents: a drill stays one, and has no complaints.
var forIncidents = strings.NewReplacer("for: Complaint", "for: CrisisIncident", "[complainant]", "[handler]", ", writes: remedy", "", "of: remedy", "quorum: 1",
	"raiseIncident: {playbook: crisis, team: few}", "notify: {to: [handler], template: reminder}", `complaint.category == "x"`, "incident.drill",
	"complaint.affected > 2", "incident.complaints > 2", "complaint.reopened > 0", "incident.complaints > 2",
	"incident.steps.act.ended", "incident.complaints > 2", "incident.steps.act.done || incident.closed", "incident.complaints > 2 || incident.drill", "incident.closed", "!incident.drill", "!incident.exists", "incident.drill", "incident.exists", "!incident.drill")

// drawn draws the parts of a playbook.
type drawn struct{ *rapid.T }

func (t drawn) pick(label string, of ...string) string {
	return rapid.SampledFrom(of).Draw(t.T, label)
}

// one is true once in n times.
func (t drawn) one(n int, label string) bool { return rapid.IntRange(1, n).Draw(t.T, label) == n }

// steps are n steps named after a letter, with a cancel region sometimes.
func (t drawn) steps(letter string, n int) string {
	var text strings.Builder
	var names []string
	for i := range n {
		names = append(names, fmt.Sprintf("%s%d", letter, i))
	}
	if t.one(4, "region") {
		fmt.Fprintf(&text, "  cancel:\n  - {name: stop, when: '%s', steps: [%s]}\n", t.condition(names, names), t.pick("stopped", names...))
	}
	text.WriteString("  steps:\n")
	for i, name := range names {
		text.WriteString("  " + strings.ReplaceAll(t.step(name, names[:i], names), "\n", "\n  ") + "\n")
	}
	return text.String()
}

func (t drawn) step(name string, before, names []string) string {
	step := "- " + t.head(name, before, names)
	switch t.pick("kind", "plain", "plain", "plain", "plain", "repeat", "every", "sub") {
	case "plain":
		return step + t.action(before, names)
	case "sub":
		if name[0] == 's' {
			return step + "\n  playbook: {name: sub}" + t.blockDeadline("over")
		}
		return step + t.action(before, names)
	case "every":
		return step + "\n  every: {elapsed: 1h}\n  until: '" + t.condition(before, names) + "'\n  notify: {to: [handler], template: reminder}" +
			t.pick("deadline", "", "\n  within: {elapsed: 5h}\n  overdue: {outcome: late}")
	}
	inner := []string{name + "a", name + "b"}
	step += t.blockDeadline("exhausted")
	step += fmt.Sprintf("\n  repeat:\n    max: %d\n    climb: %s\n    until: '%s'\n    steps:", rapid.IntRange(1, 3).Draw(t.T, "max"), t.pick("climb", "Ladder", "None"),
		t.pick("until", "steps."+name+`a.outcome.startsWith("g")`, t.condition(before, names), "run.round > 1"))
	for k := range rapid.IntRange(1, 2).Draw(t.T, "inside") {
		step += "\n    - " + strings.ReplaceAll(t.head(inner[k], inner[:k], names)+t.action(before, names), "\n", "\n    ")
	}
	return step
}

// head is the name of a step, what it needs, and its condition.
func (t drawn) head(name string, before, names []string) string {
	text := "name: " + name
	if len(before) > 0 && !t.one(3, "needs nothing") {
		needs := rapid.SliceOfNDistinct(rapid.SampledFrom(before), 1, min(3, len(before)), rapid.ID[string]).Draw(t.T, "needed")
		slices.Sort(needs)
		text += "\n  needs: [" + strings.Join(needs, ", ") + "]"
		if t.one(4, "quorum") {
			text += fmt.Sprintf("\n  quorum: %d", rapid.IntRange(1, len(needs)).Draw(t.T, "of"))
		}
		names = append(slices.Repeat(needs, 3), names...)
	}
	if t.one(4, "when") {
		text += "\n  when: '" + t.condition(before, names) + "'"
	}
	return text
}

func (t drawn) condition(before, names []string) string {
	if len(before) > 0 && !t.one(4, "about any") {
		names = before
	}
	of := "steps." + t.pick("about", names...)
	kinds := []string{of + ".ended", of + ".ended", of + ".done", of + ".skipped", of + `.outcome.startsWith("g")`, "!" + of + ".done",
		of + ".overdue", `complaint.category == "x"`, "complaint.affected > 2", "complaint.reopened > 0", "incident.closed", "incident.exists", "!incident.exists", of + ".ended && !" + of + ".done",
		of + ".rung > 0", of + ".round > 1"}
	return t.pick("condition", kinds...)
}

// blockDeadline is when a block or a sub-playbook is stopped, if it is.
func (t drawn) blockDeadline(outcome string) string {
	return t.pick("block deadline", "", "", "", "\n  within: {elapsed: 9h}\n  overdue: {outcome: "+outcome+"}", "\n  within: {elapsed: 9h}\n  overdue: {climb: Ladder}")
}

func (t drawn) late(outcome string, before ...string) string {
	text := t.pick("deadline", "\n  noDeadline: None.", "\n  within: {elapsed: 2h}\n  overdue: {outcome: "+outcome+"}",
		"\n  within: {elapsed: 2h}\n  overdue: {climb: Ladder, every: 1h}", "\n  within: {elapsed: 2h}\n  overdue: {climb: Ladder}")
	if len(before) > 0 && t.one(4, "of another") {
		text = strings.Replace(text, "{elapsed: 2h}", "{elapsed: 2h, of: "+t.pick("of", before...)+"}", 1)
	}
	if strings.Contains(text, "within") {
		text += t.pick("remind", "", "\n  remind: [1h]", "\n  remind: [30m, 90m]")
	}
	return text
}

func (t drawn) action(before, names []string) string {
	switch t.pick("action", "task", "task", "task", "signed", "writes", "approval", "notify", "deliver", "wait", "until", "raise", "decided", "team", "decision", "survey") {
	case "decision":
		return "\n  decision: {by: handler, options: [good, bad]}" + t.late("bad", before...)
	case "survey":
		return "\n  survey: {asks: handler, scale: [good, bad]}" + t.late("bad", before...)
	case "writes":
		return "\n  task: {to: handler, writes: remedy}" + t.late("done")
	case "signed":
		return "\n  task: {to: handler, acknowledgeWithin: 10m}" + t.late("done")
	case "approval":
		return "\n  approval: {by: [manager, handler], " + t.pick("of", "quorum: 1", "of: remedy", "quorum: 2") + "}" + t.late("refused", before...)
	case "notify":
		return "\n  notify: {to: [complainant], template: reminder}"
	case "deliver":
		return "\n  notify: {to: [handler], template: reminder}\n  within: {elapsed: 2h}"
	case "wait":
		return "\n  wait: {for: {elapsed: 1h}}"
	case "until":
		return "\n  wait: {until: '" + t.condition(before, names) + "'}" + t.late("done")
	case "raise":
		return "\n  raiseIncident: {playbook: crisis, team: few}"
	case "decided":
		return "\n  wait: {until: '" + t.pick("decided", "incident.steps.act.ended", "incident.steps.act.done || incident.closed", "!incident.exists") + "'}" + t.late("done")
	case "team":
		return "\n  assembleTeam: {team: few}" + t.late("assembled")
	}
	return "\n  task: {to: handler, outcomes: [good, bad]}" + t.late("bad", before...)
}

const crisisBook = `---
apiVersion: crisis.tocsin.dev/v1alpha1
kind: Playbook
metadata: {name: crisis}
spec:
  for: CrisisIncident
  roles: [{name: lead, duty: lead}]
  steps:
  - {name: act, noDeadline: None., task: {to: lead}}
`
