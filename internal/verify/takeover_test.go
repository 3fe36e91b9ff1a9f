package verify

import (
	"context"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/internal/pack"
)

const twoLevels = `
apiVersion: crisis.tocsin.dev/v1alpha1
kind: ResponseTeam
metadata: {name: t}
spec:
  members:
  - {name: a, user: a@x.example, duties: [d], contacts: [{kind: Email, address: a@x.example}]}
  - {name: b, user: b@x.example, duties: [d, e], contacts: [{kind: Email, address: b@x.example}]}
  - {name: c, user: c@x.example, duties: [e], contacts: [{kind: Email, address: c@x.example}]}
---
apiVersion: crisis.tocsin.dev/v1alpha1
kind: NoticeChannel
metadata: {name: mail}
spec: {email: {host: m.x.example, port: 587, from: c@x.example, tls: StartTLS, secret: s}}
---
apiVersion: crisis.tocsin.dev/v1alpha1
kind: TriagePolicy
metadata: {name: default}
spec: {levels: [{name: high, playbook: hi}, {name: middle, playbook: mid}, {name: low, playbook: lo}], defaultLevel: low}
`

// levelBook is a playbook of a level.
func levelBook(name, steps string) string {
	return `---
apiVersion: crisis.tocsin.dev/v1alpha1
kind: Playbook
metadata: {name: ` + name + `}
spec:
  for: Complaint
  roles: [{name: handler, team: t, duty: d}, {name: boss, team: t, duty: e}]
  ladder: [handler, boss]
  templates: [{name: w, texts: [{locale: en, subject: "{{.Case}}", body: x}]}]
  steps:
  - {name: end, notify: {to: [complainant], template: w}}
` + steps
}

// What a higher level's playbook does with what was done under a lower one is found: a dead end with the whole story, also where a
// level between hands it on; and a step is not called one that never happens because it happens only then.
func TestWhatALowerLevelHandsOver(t *testing.T) {
	const (
		lower  = "  - {name: two, task: {to: handler}, within: {elapsed: 3d}}\n  - {name: three, needs: [two], task: {to: handler}, within: {elapsed: 3d}}\n"
		middle = "  - {name: before, task: {to: handler}, within: {elapsed: 1d}}\n  - {name: two, needs: [before], task: {to: handler}, within: {elapsed: 3d}}\n  - {name: after, needs: [two], task: {to: handler}, within: {elapsed: 3d}}\n"
		stuck  = `
  - {name: one, task: {to: handler, outcomes: [aa, bb]}, within: {elapsed: 1d}}
  - {name: two, needs: [one], when: steps.one.outcome == "aa", task: {to: handler}, within: {elapsed: 1d}}
  - name: hear
    wait: {until: steps.one.outcome == "aa" && steps.two.ended || steps.one.outcome == "bb" && steps.two.skipped}
    within: {elapsed: 5d}
    overdue: {climb: Ladder}
`
		looks = `
  - {name: known, when: steps.two.done, notify: {to: [boss], template: w}}
  - {name: two, task: {to: handler}, within: {elapsed: 1d}}
`
	)
	nothing := "  - {name: other, task: {to: handler}, within: {elapsed: 3d}}\n"
	said := func(lo, mid, hi string) (rules []string, story string) {
		text := []byte(twoLevels + levelBook("lo", lo) + levelBook("mid", mid) + levelBook("hi", hi))
		for _, f := range verified(t, []File{{"pack.yaml", text}}).Findings {
			rules, story = append(rules, f.Rule), strings.Join(f.Story, "\n")
		}
		alive := pack.New()
		NewWithT(t).Expect(alive.Add("namespace", text)).To(Succeed())
		var inCluster []string
		for _, f := range TakeOvers(t.Context(), alive, 1<<20)["hi"] {
			inCluster = append(inCluster, f.Rule)
			NewWithT(t).Expect(strings.Join(f.Story, "\n")).To(Equal(story))
		}
		NewWithT(t).Expect(inCluster).To(Equal(rules), "a namespace that lives is judged alike")
		return rules, story
	}
	g := NewWithT(t)
	rules, story := said(lower, nothing, stuck)
	g.Expect(rules).To(Equal([]string{PlaybookSound}))
	g.Expect(story).To(MatchRegexp(`(?s)handler does two.*playbook hi takes over from lo; done already: .*two as "done".*answers one with "bb"`))
	rules, story = said(lower, middle, nothing)
	g.Expect(rules).To(BeEmpty(), story)
	rules, story = said(nothing, middle, stuck)
	g.Expect(rules).To(Equal([]string{PlaybookSound}))
	g.Expect(story).To(ContainSubstring("takes over from mid"))
	rules, _ = said(nothing, nothing, stuck)
	g.Expect(rules).To(BeEmpty())

	rules, _ = said(nothing, nothing, looks)
	g.Expect(rules).To(Equal([]string{StepHappens}))
	rules, _ = said(lower, nothing, looks)
	g.Expect(rules).To(BeEmpty())
}

// What the text of a playbook says alone is not said again of its namespace, and a proof that ran out of time or room says so.
func TestTakeOversSayWhatTheTextDoesNot(t *testing.T) {
	const (
		stuck = "  - {name: one, task: {to: handler, outcomes: [aa, bb]}, within: {elapsed: 1d}}\n  - {name: hope, needs: [one], noDeadline: None., wait: {until: 'steps.one.outcome == \"aa\"'}}\n"
		never = "  - {name: one, task: {to: handler}, within: {elapsed: 1d}}\n  - {name: x, when: steps.one.skipped, notify: {to: [boss], template: w}}\n"
		fine  = "  - {name: one, task: {to: handler}, within: {elapsed: 1d}}\n  - {name: two, task: {to: handler}, within: {elapsed: 1d}}\n"
	)
	g := NewWithT(t)
	for _, hi := range []string{stuck, never, fine} {
		p := pack.New()
		g.Expect(p.Add("namespace", []byte(twoLevels+levelBook("lo", fine)+levelBook("mid", fine)+levelBook("hi", hi)))).To(Succeed())
		g.Expect(TakeOvers(t.Context(), p, 1<<20)).To(BeEmpty(), hi)
		g.Expect(TakeOvers(t.Context(), p, 2_000)["hi"]).To(ContainElement(HaveField("Rule", ProofBounded)))
		ended, end := context.WithCancel(t.Context())
		end()
		g.Expect(TakeOvers(ended, p, 1<<20)["hi"]).To(ContainElement(HaveField("Message", ContainSubstring("for which the time did not suffice"))))
	}
	g.Expect(TakeOvers(t.Context(), pack.New(), 1<<20)).To(BeEmpty())
}

// A complaint is part of one incident: what a higher level would raise besides is not raised, and the policy owner is told.
func TestAnotherIncidentOfAHigherLevel(t *testing.T) {
	raises := func(book string) string {
		return "  - {name: raise, raiseIncident: {playbook: " + book + ", team: t}}\n"
	}
	crisis := func(name string) string {
		return "---\napiVersion: crisis.tocsin.dev/v1alpha1\nkind: Playbook\nmetadata: {name: " + name + "}\nspec:\n  for: CrisisIncident\n  roles: [{name: commander, team: t, duty: d}]\n" +
			"  steps: [{name: look, task: {to: commander}, within: {elapsed: 1h}}]\n"
	}
	const nothing = "  - {name: other, task: {to: handler}, within: {elapsed: 3d}}\n"
	for _, c := range []struct{ lo, mid, hi, told string }{
		{raises("small"), nothing, raises("big"), "when hi takes over from lo, whose step raise has raised an incident with playbook small"},
		{raises("small"), nothing, raises("small"), ""},
		{nothing, nothing, raises("big"), ""},
		{raises("small"), nothing, nothing, ""},
	} {
		g := NewWithT(t)
		text := twoLevels + levelBook("lo", c.lo) + levelBook("mid", c.mid) + levelBook("hi", c.hi) + crisis("small") + crisis("big")
		var told []string
		for _, f := range verified(t, []File{{"pack.yaml", []byte(text)}}).Findings {
			if f.Rule == IncidentRaised {
				told = append(told, f.Message)
			}
		}
		if c.told == "" {
			g.Expect(told).To(BeEmpty())
		} else {
			g.Expect(told).To(ConsistOf(HavePrefix(c.told)))
		}
	}
}

// What could happen at most where a person lowers the level is not called a mistake, because that is not looked at, and this is said.
func TestWhatHappensOnlyAfterLowering(t *testing.T) {
	const (
		looks   = "  - {name: first, task: {to: handler}, within: {elapsed: 1d}}\n  - {name: two, needs: [first], task: {to: handler}, within: {elapsed: 1d}}\n  - {name: known, when: steps.two.done && !steps.first.ended, notify: {to: [boss], template: w}}\n"
		nothing = "  - {name: other, task: {to: handler}, within: {elapsed: 3d}}\n"
	)
	for _, c := range []struct{ lo, hi, rule, says string }{
		{looks, nothing, ProofBounded, "unless it does in a run that takes over because the level was lowered, which is not looked at"},
		{nothing, looks, StepHappens, "the step known never happens"},
	} {
		g := NewWithT(t)
		text := []byte(twoLevels + levelBook("lo", c.lo) + levelBook("mid", nothing) + levelBook("hi", c.hi))
		found := verified(t, []File{{"pack.yaml", text}}).Findings
		g.Expect(found).To(ConsistOf(And(HaveField("Rule", c.rule), HaveField("Message", ContainSubstring(c.says)))))
		p := pack.New()
		g.Expect(p.Add("namespace", text)).To(Succeed())
		for _, list := range TakeOvers(t.Context(), p, 1<<20) {
			g.Expect(list).To(ConsistOf(And(HaveField("Rule", c.rule), HaveField("Message", found[0].Message))))
		}
	}
}
