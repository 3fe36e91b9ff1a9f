package timing

import (
	"fmt"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	"sigs.k8s.io/yaml"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/playbook"
)

// gas is a complaint that may be of a leak: what the complainant says, and what a look at it shows.
const gas = `
for: Complaint
roles: [{name: clerk, team: desk, duty: clerk}, {name: boss, team: desk, duty: boss}]
ladder: [clerk, boss]
steps:
- {name: look, decision: {by: clerk, options: [leak, nothing]}, within: {elapsed: 2h}, overdue: {outcome: leak}}
- {name: calm, needs: [look], when: steps.look.outcome == "nothing", task: {to: clerk}, within: {elapsed: 1d}}
- {name: measure, needs: [look], when: steps.look.outcome == "leak", task: {to: clerk}, within: {elapsed: 1d}, overdue: {climb: Ladder}}
- {name: tell, needs: [look], when: steps.look.outcome == "leak", notify: {to: [regulator], template: hello}}
- {name: warn, when: '"leak" in complaint.signals && complaint.affected >= 10', notify: {to: [police], template: hello}}
templates: [{name: hello, texts: [{locale: en, subject: a, body: b}]}]
`

func planOf(t testing.TB, text string) *playbook.Plan {
	t.Helper()
	g := NewWithT(t)
	var spec v1alpha1.PlaybookSpec
	g.Expect(yaml.UnmarshalStrict([]byte(text), &spec)).To(Succeed())
	plan, problems := playbook.Compile(playbook.Closure{Name: "it", Playbook: spec})
	g.Expect(problems).To(BeEmpty())
	return plan
}

func judged(t testing.TB, plan *playbook.Plan, assertion string) (Verdict, []playbook.Problem) {
	t.Helper()
	g := NewWithT(t)
	a := v1alpha1.Assertion{Name: "it"}
	g.Expect(yaml.UnmarshalStrict([]byte("{"+assertion+"}"), &a)).To(Succeed())
	s, err := New(now, 7)
	g.Expect(err).NotTo(HaveOccurred())
	v, problems := s.Check(plan, &a, nil)
	if len(problems) > 0 {
		return Verdict{}, problems
	}
	return v[0], nil
}

// A promise may speak of some runs alone: of those in which something is known of the complaint, or in which a step ends in a way.
func TestPromisesOfSomeRuns(t *testing.T) {
	var plan *playbook.Plan
	for _, tt := range []struct{ assertion, says, story string }{
		{`told: regulator, within: {elapsed: 3h}, when: 'steps.look.outcome == "leak"'`, "holds", ""},
		{`told: regulator, within: {elapsed: 1h}, when: 'steps.look.outcome == "leak"'`, "in the worst case it takes 2 h 1 s, 1 h too long", "the regulator is told of tell: 2 h 1 s after the beginning"},
		{`told: regulator, within: {elapsed: 1h1s}, when: 'steps.look.outcome == "leak"'`, "in the worst case it takes 2 h 1 s, 1 h too long", ""},
		{`ended: measure, within: {elapsed: 1h, of: started}, given: DeadlinesKept`, "in the worst case it ends 1 day after the beginning of the run, 23 h too long", ""},
		{`told: regulator, within: {elapsed: 3h}`, "does not hold: it may never come about", `the clerk answers look with "nothing"`},
		{`told: regulator, within: {elapsed: 3h}, when: 'steps.look.outcome == "nothing"'`, "does not hold: it may never come about", "the regulator is never told"},
		{`told: police, within: {elapsed: 1h}, when: '"leak" in complaint.signals && complaint.affected > 10'`, "holds", ""},
		{`told: police, within: {elapsed: 1h}, when: '"leak" in complaint.signals'`, "does not hold: it may never come about", "complaint.affected: 1; complaint.signals: leak"},
		{`told: police, within: {elapsed: 1h}`, "does not hold: it may never come about", "the complaint comes in (complaint.affected: 1; complaint.signals: nothing)"},
		{`told: police, within: {elapsed: 1h}, when: 'steps.tell.done && steps.tell.skipped'`, "promises nothing: there is no run of which it speaks", ""},
		{`told: police, within: {elapsed: 1h}, when: 'steps.look.outcome == "nothing" && steps.tell.done'`, "promises nothing", ""},
		{`told: police, within: {elapsed: 1h}, when: 'steps.look.skipped'`, "promises nothing: there is no run of which it speaks", ""},
		{`told: police, within: {elapsed: 1h}, when: 'steps.look.outcome == "leak" && steps.tell.skipped'`, "promises nothing", ""},
		{`told: police, within: {elapsed: 1h}, when: 'steps.look.outcome == "leak" && (steps.calm.done || steps.tell.skipped)'`, "promises nothing", ""},
		{`told: police, within: {elapsed: 1h}, when: 'steps.warn.skipped'`, "does not hold: it may never come about", ""},
		{`told: regulator, within: {elapsed: 3h}, when: '!steps.calm.skipped'`, "does not hold: it may never come about", ""},
		{`reached: boss, within: {elapsed: 27h}, when: 'steps.look.outcome == "leak"'`, "does not hold: it may never come about", "answers measure"},
		{`reached: boss, within: {elapsed: 27h}, when: 'steps.look.outcome == "leak"', unless: [measure]`, "holds", ""},
		// Where it is not sure that somebody looks, it is in the runs in which somebody has.
		{`told: regulator, within: {elapsed: 3h}, when: 'steps.look.outcome == "leak"' # at all`, "holds", ""},
		{`told: regulator, within: {elapsed: 0s, of: tell} # at all`, "holds", ""},
	} {
		g := NewWithT(t)
		assertion, unsure := strings.CutSuffix(tt.assertion, " # at all")
		if plan = planOf(t, gas); unsure {
			plan = planOf(t, strings.Replace(gas, "name: look,", "name: look, when: complaint.affected > 1,", 1))
		}
		v, problems := judged(t, plan, assertion)
		g.Expect(problems).To(BeEmpty(), tt.assertion)
		g.Expect(v.Says()).To(ContainSubstring(tt.says), "%s\n%s", tt.assertion, strings.Join(v.Story, "\n"))
		g.Expect(strings.Join(v.Story, "\n")).To(ContainSubstring(tt.story), tt.assertion)
	}
}

// What cannot be asked about the runs of a promise is said, with what to do.
func TestWhatAPremiseCannotLookAt(t *testing.T) {
	plan := planOf(t, strings.Replace(gas, "- {name: warn,", "- {name: again, repeat: {max: 2, until: 'steps.part.done', steps: [{name: part, task: {to: clerk}, within: {elapsed: 1d}}]}}\n- {name: warn,", 1))
	for when, says := range map[string]string{
		`steps.lok.done`:                   "there is no step lok",
		`complaint.signals`:                "not true or false",
		`complaint.remedy.amountCents > 5`: "complaint.remedy.amountCents comes about during a run",
		`incident.exists`:                  "incident.exists comes about during a run",
		`steps.look.overdue`:               "steps.look.overdue changes while the step goes on",
		`steps.part.done`:                  "again/part may end otherwise in every round",
		`steps.tell.outcome == ""`:         "how tell ends is not told apart",
		`steps.look.done || steps.calm.done || steps.measure.done || steps.tell.done || steps.warn.done`: "it looks at 5 steps; look at 4 steps at most",
	} {
		g := NewWithT(t)
		_, problems := judged(t, plan, fmt.Sprintf("told: police, within: {elapsed: 1h}, when: '%s'", when))
		g.Expect(problems).To(HaveLen(1), when)
		g.Expect(problems[0].String()).To(And(HavePrefix("when: "), ContainSubstring(says)))
	}
}

// What becomes of an incident while it is worked on is so at last, and was not when its steps were begun: complaints join it.
func TestAPremiseAboutAnIncident(t *testing.T) {
	plan := planOf(t, `
for: CrisisIncident
roles: [{name: boss, duty: boss}]
steps: [{name: tell, when: incident.complaints > 2, task: {to: boss}, within: {elapsed: 1h}}]
`)
	for when, says := range map[string]string{"incident.complaints > 2": "when: incident.complaints comes about during a run", "incident.closed": "when: incident.closed comes about", "incident.drill": "", `"leak" in incident.signals`: ""} {
		g := NewWithT(t)
		_, problems := judged(t, plan, fmt.Sprintf("reached: boss, within: {elapsed: 1h}, when: '%s'", when))
		if says == "" {
			g.Expect(problems).To(BeEmpty(), when)
			continue
		}
		g.Expect(problems).To(HaveLen(1), when)
		g.Expect(problems[0].String()).To(HavePrefix(says))
	}
}

// A step that is skipped excuses nobody.
func TestASkippedStepIsNoExcuse(t *testing.T) {
	g := NewWithT(t)
	v, _ := judged(t, planOf(t, gas), `told: regulator, within: {elapsed: 3h}, unless: [measure]`)
	g.Expect(v.Says()).To(Equal("does not hold: it may never come about"))
	v, _ = judged(t, planOf(t, gas), `told: regulator, within: {elapsed: 3h}, unless: [calm]`)
	g.Expect(v.Says()).To(Equal("does not hold: it may never come about"), "somebody may never be done with it")
}

// Where nobody does anything, nothing comes of an answer: what one would cancel goes on.
func TestSilenceAnswersNothing(t *testing.T) {
	g := NewWithT(t)
	plan := planOf(t, `
for: Complaint
roles: [{name: clerk, team: desk, duty: clerk}, {name: boss, team: desk, duty: boss}]
ladder: [clerk, boss]
steps:
- {name: check, decision: {by: clerk, options: [founded, unfounded]}, within: {elapsed: 9h}}
- {name: plan, task: {to: clerk}, within: {elapsed: 2h}, overdue: {climb: Ladder}}
cancel: [{name: nothing, when: steps.check.outcome == "unfounded", steps: [plan]}]
`)
	v, _ := judged(t, plan, `reached: boss, within: {elapsed: 2h}, given: Silence`)
	g.Expect(v.Says()).To(Equal("holds"))
	v, _ = judged(t, planOf(t, gas), `reached: boss, within: {elapsed: 1h, of: look}, given: Silence`)
	g.Expect(v.Says()).NotTo(Equal("holds"), "what ends by itself tells nobody but whom it tells")
	v, _ = judged(t, plan, `reached: boss, within: {elapsed: 2h}, unless: [plan]`)
	g.Expect(v.Says()).NotTo(Equal("holds"), "somebody may answer check")
}

// What is called the worst case is the latest of all runs, not the first that was found.
func TestTheWorstCaseIsTheLatestOfAll(t *testing.T) {
	g := NewWithT(t)
	v, _ := judged(t, planOf(t, `
for: Complaint
roles: [{name: clerk, team: desk, duty: clerk}, {name: boss, team: desk, duty: boss}]
steps:
- name: agree
  repeat:
    max: 3
    until: steps.ask.outcome == "yes"
    steps: [{name: ask, decision: {by: clerk, options: ["yes", "no"]}, within: {elapsed: 3h}}]
- {name: way, needs: [agree], decision: {by: clerk, options: [short, long]}, within: {elapsed: 1h}}
- {name: think, needs: [way], when: steps.way.outcome == "long", task: {to: clerk}, within: {elapsed: 5h}}
- {name: tell, needs: [way, think], task: {to: boss}, within: {elapsed: 1h}}
`), `ended: tell, within: {elapsed: 4h}, given: DeadlinesKept`)
	g.Expect(v.Says()).To(Equal("does not hold: in the worst case it takes 16 h, 12 h too long"), "three rounds and the long way")
}

// More decisions than can be told apart are a bound, which the verdict names.
func TestCoursesThatAreNotToldApartAreSaid(t *testing.T) {
	g := NewWithT(t)
	var b strings.Builder
	b.WriteString("for: Complaint\nroles: [{name: clerk, team: desk, duty: clerk}, {name: boss, team: desk, duty: boss}]\nsteps:\n")
	for i := range 9 {
		fmt.Fprintf(&b, "- {name: d%d, decision: {by: clerk, options: [up, down]}, within: {elapsed: 1h}}\n", i)
		fmt.Fprintf(&b, "- {name: t%d, needs: [d%d], when: steps.d%d.outcome == \"up\", notify: {to: [boss], template: hello}}\n", i, i, i)
		fmt.Fprintf(&b, "- {name: u%d, needs: [d%d], when: steps.d%d.outcome != \"up\", notify: {to: [boss], template: hello}}\n", i, i, i)
	}
	b.WriteString("templates: [{name: hello, texts: [{locale: en, subject: a, body: b}]}]\n")
	plan := planOf(t, b.String())
	v, _ := judged(t, plan, `reached: boss, within: {elapsed: 2h, of: d8}`)
	g.Expect(v.Says()).To(Equal("is not proved: a run that never comes to it cannot be ruled out, and none was found; " +
		"not told apart was how d8 ends, because a run could take more than 256 courses"))
	v, _ = judged(t, plan, `reached: boss, within: {elapsed: 2h, of: d7}`)
	g.Expect(v.Says()).To(Equal("holds"), "what was told apart is proved all the same")
	v, _ = judged(t, plan, `reached: boss, within: {elapsed: 2h, of: d8}, when: 'steps.d8.done && steps.d8.outcome == "up"'`)
	g.Expect(v.Says()).To(Equal("holds"), "what is asked about is told apart first")
	s, err := New(now, 7)
	g.Expect(err).NotTo(HaveOccurred())
	_, bound, err := s.Misfits(planOf(t, strings.Replace(b.String(), "name: d8, decision", "name: d8, needs: [d7], decision", 1)), "")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(bound).To(BeEmpty(), "no deadline counts from what comes before")
	_, bound, err = s.Misfits(planOf(t, strings.Replace(b.String(), "name: d8, decision: {by: clerk, options: [up, down]}, within: {elapsed: 1h}", "name: d8, needs: [d7], decision: {by: clerk, options: [up, down]}, within: {elapsed: 9h, of: received}", 1)), "")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(bound).To(Equal("not told apart was how d8 ends, because a run could take more than 256 courses"))
}

// Who keeps their deadlines keeps those that were set: what could begin later in another run is not answered later for that.
func TestDeadlinesAreKeptInRunsThatArePlayed(t *testing.T) {
	g := NewWithT(t)
	v, _ := judged(t, planOf(t, `
for: Complaint
roles: [{name: clerk, team: desk, duty: clerk}, {name: boss, team: desk, duty: boss}]
steps:
- name: agree
  repeat:
    max: 3
    until: steps.ask.outcome == "yes"
    steps: [{name: ask, decision: {by: clerk, options: ["yes", "no"]}, within: {elapsed: 3h}}]
- {name: extra, needs: [agree], when: steps.agree.round == 1, task: {to: clerk}, within: {elapsed: 5h}}
- {name: tell, needs: [agree, extra], task: {to: boss}, within: {elapsed: 1h}}
`), `ended: tell, within: {elapsed: 12h}, given: DeadlinesKept`)
	g.Expect(v.Says()).To(Equal("is not proved: 15 h cannot be ruled out, and no run was found that takes so long"))
}
