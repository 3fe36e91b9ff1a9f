// Package anyplaybook draws random playbooks for property tests.
package anyplaybook

import (
	"fmt"
	"strings"

	"pgregory.net/rapid"
)

// Head is what the playbooks begin with: a playbook for complaints with the calendar office-hours, its roles and its ladder.
const Head = `
for: Complaint
calendar: office-hours
roles:
- {name: handler, team: desk, duty: agent}
- {name: supervisor, team: desk, duty: supervisor}
- {name: manager, team: management, duty: manager, not: [handler]}
- {name: executive, team: management, duty: executive}
- {name: legal, team: management, duty: lawyer}
ladder: [handler, supervisor, manager, executive]
`

// Draw draws the spec of a small playbook for complaints in YAML, with everything a playbook can hold: every action, needs with
// and without quorum, conditions, deadlines with all that belongs to them, a block, a sub-playbook with a block of its
// own, recurring steps and a cancel region. It always compiles, with its sub-playbooks and an incident's playbook crisis.
func Draw(t *rapid.T) (text string, subs map[string]string) {
	g := &generator{t: t}
	subs = map[string]string{"sub": Head + `
cancel:
- {name: stopped, when: steps.work.outcome == "bad", steps: [later]}
steps:
- {name: work, task: {to: handler, outcomes: [good, bad]}, within: {elapsed: 3h}, overdue: {climb: Ladder, every: 1h}}
- name: again
  repeat:
    until: steps.inner.outcome == "good"
    max: 2
    climb: Ladder
    steps:
    - {name: inner, task: {to: handler, outcomes: [good, bad]}, within: {elapsed: 2h}, remind: [1h]}
    - {name: seal, needs: [inner], approval: {by: [manager], of: remedy}, within: {elapsed: 2h}, overdue: {outcome: refused}}
- {name: later, needs: [work], wait: {for: {elapsed: 30m}}}
`}
	var steps []string
	for i := range rapid.IntRange(2, 6).Draw(t, "steps") {
		name := fmt.Sprintf("s%d", i)
		steps = append(steps, g.step(name, g.top))
		g.top = append(g.top, name)
	}
	text = Head
	if rapid.Bool().Draw(t, "cancel") {
		text += fmt.Sprintf("cancel:\n- {name: stop, when: '%s', steps: [%s]}\n", g.condition(g.top), rapid.SampledFrom(g.top).Draw(t, "cancelled"))
	}
	return text + "steps:\n" + strings.Join(steps, "\n") + "\n", subs
}

type generator struct {
	t   *rapid.T
	top []string
}

func (g *generator) oneOf(label string, choices ...string) string {
	return rapid.SampledFrom(choices).Draw(g.t, label)
}

// condition is about any of some steps, also of those that can never be good: startsWith is not held against what a step
// can end with.
func (g *generator) condition(about []string) string {
	of := "steps." + rapid.SampledFrom(about).Draw(g.t, "about")
	return g.oneOf("condition", of+".ended", of+".overdue", of+`.outcome.startsWith("good")`, "!"+of+".skipped", of+".rung > 0", `complaint.category == "delivery"`)
}

// step draws a step that may need those before it.
func (g *generator) step(name string, before []string) string {
	head := g.head(name, before)
	switch g.oneOf("kind", "plain", "plain", "plain", "plain", "repeat", "sub", "every") {
	case "repeat":
		inner := []string{name + "a"}
		text := fmt.Sprintf("- %s%s\n  repeat:\n    until: %q\n    max: 3\n    climb: %s\n    steps:\n", head, g.blockDeadline(),
			g.oneOf("until", "steps."+name+`a.outcome.startsWith("good")`, "steps."+name+"a.skipped", "run.round >= 2"), g.oneOf("climb", "Ladder", "None"))
		text += inside(g.head(name+"a", nil) + g.action())
		if rapid.Bool().Draw(g.t, "two inside") {
			text += inside(g.head(name+"b", inner) + g.action())
		}
		return text
	case "sub":
		return "- " + head + g.blockDeadline() + "\n  playbook: {name: sub}"
	case "every":
		if len(before) > 0 {
			until := "steps." + rapid.SampledFrom(before).Draw(g.t, "until") + ".ended"
			return fmt.Sprintf("- %s\n  every: {%s}\n  until: %s\n  notify: {to: [complainant, supervisor], template: reminder}%s",
				head, g.oneOf("rhythm", "elapsed: 90m", "working: 2h"), until, g.blockDeadline())
		}
	}
	return "- " + head + g.action()
}

// inside writes a step of a block.
func inside(step string) string { return "    - " + strings.ReplaceAll(step, "\n", "\n    ") + "\n" }

func (g *generator) head(name string, before []string) string {
	text := "name: " + name
	if len(before) > 0 && rapid.Bool().Draw(g.t, "needs") {
		needs := rapid.SliceOfNDistinct(rapid.SampledFrom(before), 1, len(before), rapid.ID[string]).Draw(g.t, "needed")
		text += "\n  needs: [" + strings.Join(needs, ", ") + "]"
		if rapid.Bool().Draw(g.t, "quorum") {
			text += fmt.Sprintf("\n  quorum: %d", rapid.IntRange(1, len(needs)).Draw(g.t, "of them"))
		}
		if rapid.IntRange(0, 3).Draw(g.t, "when") == 0 {
			text += "\n  when: '" + g.condition(needs) + "'"
		}
	}
	return text
}

func (g *generator) within() string {
	return "\n  within: {" + g.oneOf("within", "elapsed: 2h", "elapsed: 5h", "working: 3h", "elapsed: 4h, of: received") + "}"
}

// blockDeadline is what a block, a sub-playbook or a recurring step can have.
func (g *generator) blockDeadline() string {
	if rapid.IntRange(0, 2).Draw(g.t, "deadline") > 0 {
		return ""
	}
	return g.within() + "\n  overdue: {climb: Ladder, every: 1h}"
}

// leeway is what a step that asks somebody has around its deadline.
func (g *generator) leeway(outcome string) string {
	text := g.within()
	if rapid.Bool().Draw(g.t, "remind") {
		text += "\n  remind: [30m, 1h]"
	}
	switch g.oneOf("overdue", "none", "ladder", "once", "outcome") {
	case "ladder":
		text += "\n  overdue: {climb: Ladder, every: 45m}"
	case "once":
		text += "\n  overdue: {climb: Ladder}"
	case "outcome":
		text += "\n  overdue: {outcome: " + outcome + "}"
	}
	if rapid.Bool().Draw(g.t, "extend") {
		text += "\n  extend: {max: 2, atMost: 3h}"
	}
	if rapid.Bool().Draw(g.t, "pause") {
		text += "\n  pause: {atMost: 2h}"
	}
	return text
}

func (g *generator) action() string {
	role := g.oneOf("role", "handler", "supervisor", "manager", "executive", "legal")
	switch g.oneOf("action", "task", "task", "signed", "writes", "approval", "approval", "survey", "decision", "notify", "deliver", "role", "wait", "until", "team", "raise", "drill", "sub") {
	case "task":
		return fmt.Sprintf("\n  task: {to: %s, outcomes: [good, bad]}%s", role, g.leeway("bad"))
	case "signed":
		return fmt.Sprintf("\n  task: {to: %s, acknowledgeWithin: 20m}%s", role, g.leeway("done"))
	case "writes":
		return fmt.Sprintf("\n  task: {to: %s, writes: remedy}%s", role, g.leeway("done"))
	case "approval":
		return fmt.Sprintf("\n  approval: {by: [%s], %s}%s", g.oneOf("seats", "manager", "supervisor, manager", "supervisor, supervisor", "legal, manager, executive"),
			g.oneOf("of", "of: remedy", "quorum: 1", "of: remedy, quorum: 1"), g.leeway("refused"))
	case "survey":
		return fmt.Sprintf("\n  survey: {asks: %s, by: %s, scale: [good, bad]}%s", role, g.oneOf("by", "Form", "Phone"), g.leeway("unreachable"))
	case "decision":
		return fmt.Sprintf("\n  decision: {by: %s, options: [good, bad]}%s", role, g.leeway("bad"))
	case "deliver":
		return "\n  notify: {to: [complainant, handler, regulator], template: reminder}" + g.within()
	case "role":
		return fmt.Sprintf("\n  assignRole: {role: %s}", role)
	case "wait":
		return "\n  wait: {for: {" + g.oneOf("for", "elapsed: 1h", "working: 2h") + "}}"
	case "until":
		return "\n  wait: {until: \"complaint.affected > 1\"}" + g.within() + "\n  overdue: {outcome: done}"
	case "team":
		return "\n  assembleTeam: {team: crisis, " + g.oneOf("quorum", "quorum: 2", "duties: [manager, press]") + "}" + g.leeway("assembled")
	case "raise":
		return "\n  raiseIncident: {playbook: crisis, team: crisis}"
	case "sub":
		return "\n  playbook: {name: sub}"
	case "drill":
		return "\n  scheduleDrill: {playbook: crisis, team: crisis, after: {elapsed: 30d}}"
	}
	return "\n  notify: {to: [complainant, " + role + "], template: reminder}"
}
