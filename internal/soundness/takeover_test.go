package soundness

import (
	"fmt"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	"pgregory.net/rapid"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/engine"
	"tocsin.dev/tocsin/internal/playbook"
)

// raised is the verdict over a playbook whose runs may take over from those of another.
func raised(low, high *playbook.Plan) Verdict {
	return Check(high, Options{Succession: NewSuccession([]*playbook.Plan{low, high}, map[*playbook.Plan][]*playbook.Plan{low: {high}}, Options{})})
}

// takeOver are the worlds in which runs begin that take over from those another oracle has seen.
func (o *oracle) takeOver(from *oracle) (out []oracleWorld) {
	seen := map[string]bool{}
	for _, was := range from.worlds {
		if was.run.Result != "" {
			continue
		}
		stopped := engine.Stop(from.plan, was.run, was.given(from.facts[0]), v1alpha1.RunSuperseded, "", oracleNow, oracleNow)
		run := engine.CarryOver(o.plan, engine.Start(o.plan, &engine.Facts{}, v1alpha1.RevisionReference{Name: "r"}, 2, oracleNow), from.plan, stopped.Run)
		for _, w := range whereIncidentsGo(was) { // what became of it since is learnt in the same turn
			w.tasks, w.specs, w.notices = map[string]engine.TaskFacts{}, map[string]v1alpha1.ResponseTaskSpec{}, map[string]v1alpha1.NoticeState{}
			w.run = run
			if key := o.key(&w); !seen[key] {
				seen[key] = true
				for _, v := range o.facts {
					out = append(out, o.after(w, v))
				}
			}
		}
	}
	return out
}

// whereIncidentsGo is a world and all that can become of its incident.
func whereIncidentsGo(w oracleWorld) []oracleWorld {
	out := []oracleWorld{w}
	for k := 0; k < len(out); k++ {
		out = append(out, incidentGoesOn(out[k])...)
	}
	return out
}

// The search that begins with what another playbook hands over says the same as the oracle that plays both.
func TestTheOracleSaysTheSameOfTakeOvers(t *testing.T) {
	played, large, other, worse, brought := 0, 0, 0, 0, 0
	one := func(t *rapid.T) {
		low, high := strings.Replace(lowBook(t), "name: it", "name: low", 1), anyBook(t, 2, 3)
		both := low + high
		if strings.Contains(strings.ReplaceAll(both, crisisBook, ""), "for: CrisisIncident") ||
			strings.Contains(low, "complaint.reopened") && strings.Contains(high, "complaint.reopened") {
			t.Skip("not of this kind")
		}
		lower, _ := playbook.Compile(closureOf(t, []byte(low), "low"))
		higher, _ := playbook.Compile(closureOf(t, []byte(high), "it"))
		if lower == nil || higher == nil {
			t.Skip("it looks at an incident that it does not raise")
		}
		before, o := newOracle(lower, both, mostOfPair), newOracle(higher, both, mostOfPair)
		if !before.run(before.start()) || !o.run(append(o.start(), o.takeOver(before)...)) {
			large++
			t.Skip("too large for the oracle")
		}
		v := raised(lower, higher)
		if len(v.Bounds) > 0 {
			t.Fatalf("the oracle sees %d worlds, the search %v\n%s", len(o.worlds), v.Bounds, both)
		}
		if summary(v) != o.verdict() {
			t.Fatalf("search: %s\noracle: %s\n%s\n%s", summary(v), o.verdict(), told(v), both)
		}
		played++
		alone := Check(higher, Options{})
		if summary(alone) != summary(v) {
			other++
		}
		text := Check(higher, Options{TextAlone: true})
		brought += len(text.ByTakeOver)
		for _, f := range text.Findings {
			if f.Reason != Stuck && !strings.Contains(summary(v), string(f.Reason)+" "+f.Step) {
				t.Fatalf("wrong by the text alone: %s\nafter the other playbook: %s\n%s", summary(text), summary(v), both)
			}
		}
		for _, f := range v.Findings {
			if f.Reason == Stuck && (f.After == "") != strings.Contains(summary(alone), "Stuck "+f.Step) {
				t.Fatalf("after %q, and alone %s\n%s", f.After, summary(alone), both)
			}
			if f.Reason == Stuck && !strings.Contains(summary(alone), "Stuck "+f.Step) {
				worse++
				if !strings.Contains(told(v), "takes over from low") {
					t.Fatalf("the story does not tell it\n%s", told(v))
				}
			}
		}
	}
	rapid.Check(t, one)
	t.Logf("%d pairs, %d too large; of %d the verdict is another than without, %d stories only by a take-over; %d things that only another playbook could bring about", played, large, other, worse, brought)
}

// mostOfPair is how many worlds the oracle looks at of each of two playbooks.
const mostOfPair = 1_500

// lowBook draws a playbook of which much stays done under another: answers of the same roles, in any order.
func lowBook(t *rapid.T) string {
	d := drawn{t}
	if d.one(3, "anything") {
		return anyBook(t, 2, 3)
	}
	text := head + "  steps:\n" + d.pick("incident", "", "", "  - {name: alarm, raiseIncident: {playbook: crisis, team: few}}\n",
		"  - {name: alarm, needs: [s0], raiseIncident: {playbook: crisis, team: few}}\n",
		"  - {name: joined, wait: {until: incident.exists}, noDeadline: None.}\n  - {name: s2, needs: [joined], noDeadline: None., task: {to: handler}}\n")
	for k := range rapid.IntRange(1, 2).Draw(t, "steps") {
		text += fmt.Sprintf("  - {name: s%d, noDeadline: None., task: {to: handler, %s}", k, d.pick("answers", "outcomes: [good, bad]", "outcomes: [good, bad]", "writes: remedy"))
		if k > 0 && d.one(2, "in order") {
			text += fmt.Sprintf(", needs: [s%d]", k-1)
		}
		text += "}\n"
	}
	return text + crisisBook
}

// A step that stays done may never be skipped, and may have an outcome nobody gives any more: what happened before is told first,
// with its dates.
func TestAStoryTellsWhatWasDoneBefore(t *testing.T) {
	g := NewWithT(t)
	low := *compiled(t, `
steps:
- {name: two, task: {to: handler}, noDeadline: None.}
- {name: three, needs: [two], task: {to: handler}, noDeadline: None.}
`)
	low.Name = "low"
	high := compiled(t, `
steps:
- {name: one, task: {to: handler, outcomes: [aa, bb]}, noDeadline: None.}
- {name: two, needs: [one], when: steps.one.outcome == "aa", task: {to: handler}, noDeadline: None.}
- {name: hear, wait: {until: steps.one.outcome == "aa" && steps.two.ended || steps.one.outcome == "bb" && steps.two.skipped}, noDeadline: None.}
- {name: known, when: steps.two.done && !steps.one.ended, notify: {to: [complainant], template: reminder}}
`)
	g.Expect(summary(Check(high, Options{}))).To(Equal("NeverHappens known"))
	v := raised(&low, high)
	g.Expect(summary(v)).To(Equal("Stuck hear"))
	var story []string
	for _, l := range v.Findings[0].Story {
		story = append(story, l.String())
	}
	g.Expect(story[:4]).To(Equal([]string{
		"Mon 01 Jun 09:00  the run begins",
		"Mon 01 Jun 09:01  the handler does two",
		`Mon 01 Jun 09:02  the level changes, and playbook it takes over from low; done already: two as "done"`,
		`Mon 01 Jun 09:03  the handler answers one with "bb"`,
	}))
}

// What a step needs has ended when it has, unless it was done elsewhere: then who comes first matters again.
func TestWhatAStepNeededMayBeOpen(t *testing.T) {
	const first, second = "- {name: k, task: {to: handler}, noDeadline: None.}\n", "- {name: x, task: {to: handler}, noDeadline: None.}\n"
	low := compiled(t, `
steps:
- {name: i, task: {to: handler}, noDeadline: None.}
- {name: rest, task: {to: handler}, noDeadline: None.}
`)
	for _, both := range []string{first + second, second + first} {
		high := compiled(t, "\nsteps:\n"+both+`
- {name: i, needs: [k], task: {to: handler}, noDeadline: None.}
- {name: c, needs: [i, x], when: steps.k.done, task: {to: handler}, noDeadline: None.}
- {name: hear, wait: {until: steps.c.done}, noDeadline: None.}
`)
		g := NewWithT(t)
		g.Expect(Check(high, Options{}).Findings).To(BeEmpty())
		v := raised(low, high)
		g.Expect(summary(v)).To(Equal("Stuck hear"), told(v))
	}
}

// What is not known of what may be handed over is said, and then no step is said never to happen.
func TestWhatIsHandedOverBeyondTheBound(t *testing.T) {
	g := NewWithT(t)
	low, high := compiled(t, handedLow), compiled(t, handedLow+"- {name: known, when: steps.a.done && !steps.a.done, notify: {to: [complainant], template: reminder}}\n")
	g.Expect(summary(raised(low, high))).To(Equal("NeverHappens known"))
	asked := 0
	o := Options{Succession: NewSuccession([]*playbook.Plan{low, high}, map[*playbook.Plan][]*playbook.Plan{low: {high}}, Options{Stop: func() bool { asked++; return asked > 3 }})}
	v := Check(high, o)
	g.Expect(v.Findings).To(BeEmpty())
	g.Expect(v.Bounds).To(ConsistOf(HavePrefix("not proved of runs that take over from playbook it beyond what that one comes to in ")))
}

const handedLow = `
steps:
- {name: a, task: {to: handler}, noDeadline: None.}
- {name: b, task: {to: handler}, noDeadline: None.}
`
