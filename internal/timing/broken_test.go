package timing

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

// A promise of which nothing is proved has a run that breaks it found: where what comes before never ends, is done late, or is done
// in time while something else is not.
func TestARunThatBreaksAPromiseIsFound(t *testing.T) {
	const (
		notice = `{name: first, notify: {to: [complainant], template: hello}, within: {elapsed: 24h}}`
		task   = `{name: first, task: {to: clerk}, within: {elapsed: 24h}, overdue: {climb: Ladder, every: 4h}}`
		asked  = `{name: first, task: {to: clerk, outcomes: ["yes", "no"]}, within: {elapsed: 1d}}`
		block  = `{name: first, repeat: {max: 2, until: steps.ask.done, steps: [{name: ask, task: {to: clerk}, within: {elapsed: 1h}}]}}`
	)
	for name, tt := range map[string]struct{ before, promise, says, story string }{
		"a notice that never arrives": {notice, `ended: last, within: {elapsed: 3d}`,
			"may never come about", "what first tells has not arrived: its deadline passes"},
		"a task that nobody does": {task, `ended: last, within: {elapsed: 3d}`,
			"may never come about", "nothing else happens: last never ends"},
		"nobody does anything": {task, `ended: last, within: {elapsed: 3d}, given: Silence`,
			"may never come about", "nothing else happens: last never ends"},
		"what stands before a step of the premise is done late": {notice + "\n- {name: second, needs: [first], task: {to: clerk}, within: {elapsed: 1h}, overdue: {climb: Ladder}}",
			`ended: last, within: {elapsed: 3d}, when: steps.second.done`, "does not hold", "the clerk answers second"},
		"what is inside a step of the premise is done late": {block, `ended: last, within: {elapsed: 3d}, when: steps.first.done`,
			"may never come about", "the clerk answers first/ask"},
		"one that waits for what the premise does not": {asked + "\n- {name: second, needs: [first], task: {to: clerk}, within: {elapsed: 1h}}",
			`ended: last, within: {elapsed: 3d}, when: 'steps.first.outcome == "yes"'`, "may never come about", "nobody has answered second"},
		"a deadline that is moved": {`{name: first, task: {to: clerk, outcomes: ["yes", "no"]}, within: {elapsed: 1d}, extend: {atMost: 2d}, overdue: {outcome: "no"}}`, `ended: first, within: {elapsed: 2d}`,
			"in the worst case it takes 3 days 1 s", "the clerk has the deadline of first moved, once by 2d"},
		// Where nobody answers, the premise does not come about; where everybody does in time, it does.
		"only where deadlines are kept": {task, `ended: last, within: {elapsed: 3h}, when: steps.first.done || steps.last.done`,
			"a run was found in which it takes 1 day 1 h", "the clerk answers first"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			before := "first"
			if strings.Contains(tt.before, "name: second") {
				before = "second"
			}
			v, problems := judged(t, planOf(t, `
for: Complaint
roles: [{name: clerk, team: desk, duty: clerk}, {name: boss, team: desk, duty: boss}]
ladder: [clerk, boss]
steps:
- `+tt.before+`
- {name: last, needs: [`+before+`], task: {to: clerk}, within: {elapsed: 1h}}
templates: [{name: hello, texts: [{locale: en, subject: a, body: b}]}]
`), tt.promise)
			g.Expect(problems).To(BeEmpty())
			story := strings.Join(v.Story, "\n")
			g.Expect(v.Says()).To(And(HavePrefix("does not hold"), ContainSubstring(tt.says)), story)
			g.Expect(story).To(ContainSubstring(tt.story))
			g.Expect(v.Story[0]).To(HaveSuffix("; times are UTC"))
		})
	}
}

// What is answered early may skip, or stop, what would have told somebody: a run in which all answer as late as they may does not show it.
func TestAnEarlyAnswerBreaksAPromise(t *testing.T) {
	const head = `
for: Complaint
roles: [{name: clerk, team: desk, duty: clerk}, {name: boss, team: desk, duty: boss}]
templates: [{name: hello, texts: [{locale: en, subject: a, body: b}]}]
steps:
`
	for steps, story := range map[string]string{
		`
- {name: ask, task: {to: clerk, outcomes: ["yes", "no"]}, within: {elapsed: 1d}, overdue: {outcome: "no"}}
- {name: linger, wait: {for: {elapsed: 2h}}}
- {name: say, needs: [linger], notify: {to: [boss], template: hello}}
cancel: [{name: c, when: steps.ask.outcome == "yes", steps: [linger]}]
`: `09:00  the clerk answers ask with "yes"`,
		// both early
		`
- {name: one, task: {to: clerk}, within: {elapsed: 1d}}
- {name: ask, task: {to: clerk}, within: {elapsed: 1d}}
- {name: linger, wait: {for: {elapsed: 2h}}}
- {name: say, needs: [linger], notify: {to: [boss], template: hello}}
cancel: [{name: c, when: steps.one.done && steps.ask.done, steps: [linger]}]
`: "09:00  the clerk answers one\n",
		// early alone: where slow is early as well, it is over before
		`
- {name: quick, task: {to: clerk}, within: {elapsed: 2h}}
- {name: slow, task: {to: clerk}, within: {elapsed: 1h}}
- {name: say, needs: [slow], notify: {to: [boss], template: hello}}
cancel: [{name: c, when: steps.quick.done && !steps.slow.done, steps: [say]}]
`: `09:00  the clerk answers quick`,
	} {
		g := NewWithT(t)
		v, problems := judged(t, planOf(t, head+steps), "told: boss, within: {elapsed: 25h}, given: DeadlinesKept")
		g.Expect(problems).To(BeEmpty())
		g.Expect(v.Says()).To(Equal("does not hold: it may never come about"))
		g.Expect(strings.Join(v.Story, "\n")).To(ContainSubstring(story))
	}
}

// A step inside a repeat ends in every round in time, or the promise is broken: a further round may come at any time where what else is
// in it need never be answered.
func TestAFurtherRoundMayComeAtAnyTime(t *testing.T) {
	const say = "- {name: say, notify: {to: [complainant], template: hello}}\n"
	for _, tt := range []struct{ round, until, block, promise, says string }{
		{say + "- {name: look, task: {to: clerk, outcomes: [bad, good]}, within: {elapsed: 1d}}", `steps.look.outcome == "good"`, "", "", "a run was found in which it takes 1 day, 23 h too long"},
		{say + "- {name: look, task: {to: clerk, outcomes: [bad, good]}, noDeadline: whenever}", `steps.look.outcome == "good"`, "", "", "a run was found in which it takes 1 h 1 s, 1 s too long"},
		{say + "- {name: look, task: {to: clerk, outcomes: [bad, good]}, within: {elapsed: 1d}}", `steps.look.outcome == "good"`, "", ", given: DeadlinesKept", "it takes 1 day, 23 h too long"},
		{say + "- {name: look, task: {to: clerk, outcomes: [bad, good]}, within: {elapsed: 1d}}", `steps.look.outcome == "good"`, "", ", given: Silence", "holds"},
		// none comes: whatever is answered, once is enough
		{say + "- {name: look, task: {to: clerk}, within: {elapsed: 1d}}", "steps.look.done", "", "", "holds"},
		// none comes here either: another round begins at once, or not at all; which is not told apart
		{say + "- {name: look, task: {to: clerk}, when: complaint.affected > 3, within: {elapsed: 1d}}", "steps.look.done", "", "", "is not proved: a run that never comes to it cannot be ruled out"},
		// the block is over before it could
		{say + "- {name: look, task: {to: clerk, outcomes: [bad, good]}, within: {elapsed: 30m}}", `steps.look.outcome == "good"`, "within: {elapsed: 59m}, overdue: {outcome: exhausted}", "", "holds"},
		// what counts from its own start is the same in each
		{"- {name: say, task: {to: clerk, outcomes: [bad, good]}, within: {elapsed: 1h}}", `steps.say.outcome == "good"`, "", ", given: DeadlinesKept, of: started", "holds"},
	} {
		g := NewWithT(t)
		within := "{elapsed: 1h}"
		if given, is := strings.CutSuffix(tt.promise, ", of: started"); is {
			tt.promise, within = given, "{elapsed: 1h, of: started}"
		}
		v, problems := judged(t, planOf(t, `
for: Complaint
roles: [{name: clerk, team: desk, duty: clerk}]
templates: [{name: hello, texts: [{locale: en, subject: a, body: b}]}]
steps:
- name: block
  `+strings.ReplaceAll(tt.block, ", overdue", "\n  overdue")+`
  repeat:
    until: `+tt.until+`
    max: 3
    steps:
    `+strings.ReplaceAll(tt.round, "\n", "\n    ")+`
`), "ended: say, within: "+within+tt.promise)
		g.Expect(problems).To(BeEmpty())
		g.Expect(v.Says()).To(ContainSubstring(tt.says), "%s\n%s", tt.round, strings.Join(v.Story, "\n"))
	}
}

// A story goes on in the order of time, also in the second in which somebody is told of a deadline.
func TestAStoryIsInTheOrderOfTime(t *testing.T) {
	g := NewWithT(t)
	v, problems := judged(t, planOf(t, `
for: Complaint
roles: [{name: clerk, team: desk, duty: clerk}, {name: boss, team: desk, duty: boss}, {name: chief, team: desk, duty: chief}]
ladder: [clerk, boss, chief]
steps: [{name: ask, task: {to: clerk}, within: {elapsed: 1h}, overdue: {climb: Ladder, every: 1h}}]
`), "reached: chief, within: {elapsed: 1h}, given: Silence")
	g.Expect(problems).To(BeEmpty())
	g.Expect(v.Story).To(HaveExactElements(
		HavePrefix("Mon 2026-03-02 09:00  the complaint comes in"), "Mon 2026-03-02 10:00  by now it should have happened (1h)",
		HavePrefix("Mon 2026-03-02 10:00:01  nobody has answered ask"), HavePrefix("Mon 2026-03-02 11:00:01  the chief is told of ask")))
}

// What facts may leave without an answer keeps its step waiting, and what comes after it.
func TestAConditionWithoutAnAnswerWaits(t *testing.T) {
	const head = `
for: Complaint
roles: [{name: clerk, team: desk, duty: clerk}, {name: boss, team: desk, duty: boss}]
templates: [{name: hello, texts: [{locale: en, subject: a, body: b}]}]
steps:
- {name: one, notify: {to: [clerk], template: hello}}
`
	const block = "- {name: two, repeat: {max: 2, until: 'complaint.signals[0] == \"x\"', steps: [{name: say, notify: {to: [clerk], template: hello}}]}}\n"
	const asked = "- {name: two, when: 'CONDITION', notify: {to: [clerk], template: hello}}\n"
	const last = "- {name: last, needs: [one, two], notify: {to: [boss], template: hello}}\n"
	for _, tt := range []struct{ steps, promise, says, story string }{
		{strings.Replace(asked, "CONDITION", `complaint.signals[0] == "x"`, 1) + last, "told: boss, within: {elapsed: 1d}", "may never come about", "two waits: the condition"},
		{strings.Replace(asked, "CONDITION", `complaint.signals[0] == "x"`, 1) + last, "ended: last, within: {elapsed: 1d}, given: DeadlinesKept", "may never come about", "(complaint.signals: nothing)"},
		{strings.Replace(asked, "CONDITION", `complaint.signals[0] == "x"`, 1) + last, `told: boss, within: {elapsed: 1d}, when: '"x" in complaint.signals'`, "holds", ""},
		{strings.Replace(asked, "CONDITION", `size(complaint.signals) > 0 && complaint.signals[0] == "x"`, 1) + last, "told: boss, within: {elapsed: 1d}", "holds", ""},
		{strings.Replace(asked, "CONDITION", `10 / complaint.reopened > 3`, 1) + last, "told: boss, within: {elapsed: 1d}", "may never come about", "two waits: the condition"},
		{block + last, "told: boss, within: {elapsed: 1d}", "may never come about", "two waits: the condition"},
		{strings.Replace(block, "two,", "two, within: {elapsed: 1h}, overdue: {outcome: exhausted},", 1) + last, "told: boss, within: {elapsed: 1d}", "holds", ""},
	} {
		g := NewWithT(t)
		v, problems := judged(t, planOf(t, head+tt.steps), tt.promise)
		g.Expect(problems).To(BeEmpty())
		g.Expect(v.Says()).To(ContainSubstring(tt.says), "%s%s\n%s", tt.steps, tt.promise, strings.Join(v.Story, "\n"))
		g.Expect(strings.Join(v.Story, "\n")).To(ContainSubstring(tt.story))
	}
}
