package soundness

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// anyBook draws a small playbook, sound or not: steps that wait for what may be skipped, conditions that exclude each
// other, quorums, blocks, regions that stop what the end needs, recurring steps, notices, waits, and facts.
func anyBook(t *rapid.T) string {
	var text strings.Builder
	n := rapid.IntRange(2, 6).Draw(t, "steps")
	var names []string
	for i := range n {
		names = append(names, fmt.Sprintf("s%d", i))
	}
	pick := func(label string, of []string) string { return rapid.SampledFrom(of).Draw(t, label) }
	condition := func() string {
		of := "steps." + pick("about", names)
		return pick("condition", []string{of + ".ended", of + ".done", of + ".skipped", of + `.outcome.startsWith("g")`, "!" + of + ".done",
			of + ".overdue", `complaint.category == "x"`, "complaint.affected > 2", "incident.closed", of + ".ended && !" + of + ".done",
			of + ".rung > 0", of + ".round > 1"})
	}
	late := func(outcome string) string {
		return pick("deadline", []string{"\n  noDeadline: None.", "\n  within: {elapsed: 2h}\n  overdue: {outcome: " + outcome + "}",
			"\n  within: {elapsed: 2h}\n  overdue: {climb: Ladder, every: 1h}"})
	}
	action := func() string {
		kinds := []string{"task", "task", "task", "writes", "approval", "notify", "deliver", "wait", "until", "raise", "team"}
		switch pick("action", kinds) {
		case "writes":
			return "\n  task: {to: handler, writes: remedy}" + late("done")
		case "approval":
			return "\n  approval: {by: [manager, handler], " + pick("of", []string{"quorum: 1", "of: remedy", "quorum: 2"}) + "}" + late("refused")
		case "notify":
			return "\n  notify: {to: [complainant], template: reminder}"
		case "deliver":
			return "\n  notify: {to: [handler], template: reminder}\n  within: {elapsed: 2h}"
		case "wait":
			return "\n  wait: {for: {elapsed: 1h}}"
		case "until":
			return "\n  wait: {until: '" + condition() + "'}" + late("done")
		case "raise":
			return "\n  raiseIncident: {playbook: crisis, team: desk}"
		case "team":
			return "\n  assembleTeam: {team: desk}" + late("assembled")
		}
		return "\n  task: {to: handler, outcomes: [good, bad]}" + late("bad")
	}
	headOf := func(name string, before []string) string {
		text := "name: " + name
		if len(before) > 0 && rapid.IntRange(0, 2).Draw(t, "needs") > 0 {
			needs := rapid.SliceOfNDistinct(rapid.SampledFrom(before), 1, min(3, len(before)), rapid.ID[string]).Draw(t, "needed")
			slices.Sort(needs)
			text += "\n  needs: [" + strings.Join(needs, ", ") + "]"
			if rapid.IntRange(0, 3).Draw(t, "quorum") == 0 {
				text += fmt.Sprintf("\n  quorum: %d", rapid.IntRange(1, len(needs)).Draw(t, "of"))
			}
		}
		if rapid.IntRange(0, 2).Draw(t, "when") == 0 {
			text += "\n  when: '" + condition() + "'"
		}
		return text
	}
	text.WriteString(head)
	if rapid.IntRange(0, 3).Draw(t, "region") == 0 {
		fmt.Fprintf(&text, "  cancel:\n  - {name: stop, when: '%s', steps: [%s]}\n", condition(), pick("stopped", names))
	}
	text.WriteString("  steps:\n")
	for i, name := range names {
		step := "- " + headOf(name, names[:i])
		switch pick("kind", []string{"plain", "plain", "plain", "plain", "repeat", "every"}) {
		case "plain":
			step += action()
		case "every":
			step += "\n  every: {elapsed: 1h}\n  until: '" + condition() + "'\n  notify: {to: [handler], template: reminder}"
		case "repeat":
			inner := []string{name + "a", name + "b"}
			step += fmt.Sprintf("\n  repeat:\n    max: %d\n    until: '%s'\n    steps:", rapid.IntRange(1, 3).Draw(t, "max"),
				pick("until", []string{"steps." + name + `a.outcome.startsWith("g")`, condition(), "run.round > 1"}))
			for k := range rapid.IntRange(1, 2).Draw(t, "inside") {
				step += "\n    - " + strings.ReplaceAll(headOf(inner[k], inner[:k])+action(), "\n", "\n    ")
			}
		}
		text.WriteString("  " + strings.ReplaceAll(step, "\n", "\n  ") + "\n")
	}
	return text.String() + crisisBook
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

// summary is what a verdict comes to: which steps can be in the way of the end, and which never happen.
func summary(v Verdict) string {
	var out []string
	for _, f := range v.Findings {
		out = append(out, string(f.Reason)+" "+f.Step)
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

// Leaving out orders that come to the same changes no verdict: the plain search, which tries every order of everything,
// finds the same steps in the way and the same steps that never happen.
func TestEveryOrderComesToTheSame(t *testing.T) {
	sound, unsound, reduced, plain, stories, undated := 0, 0, 0, 0, 0, 0
	rapid.Check(t, func(t *rapid.T) {
		text := anyBook(t)
		plan := compiledText(t, text)
		oracle := Check(plan, Options{Limit: 3000, plain: true})
		if len(oracle.Bounds) > 0 {
			t.Skip("too large for the plain search")
		}
		v := Check(plan, Options{Limit: 3000})
		if summary(v) != summary(oracle) {
			t.Fatalf("reduced: %s\nplain: %s\n%s", summary(v), summary(oracle), text)
		}
		for _, f := range v.Findings {
			if len(f.Story) > 0 {
				stories++
				if f.Story[0].At.IsZero() {
					undated++
					if !strings.Contains(text, "within") {
						t.Fatalf("the story of %s does not come about\n%v\n%s", f, f.Story, text)
					}
				}
			}
		}
		reduced, plain = reduced+v.States, plain+oracle.States
		if v.Sound() {
			sound++
		} else {
			unsound++
		}
	})
	t.Logf("%d sound, %d not; %d states, %d in the plain search", sound, unsound, reduced, plain)
	t.Logf("%d stories of dead ends, %d of them in another order than the deadlines have now", stories, undated)
}
