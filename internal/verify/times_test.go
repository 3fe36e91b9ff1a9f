package verify

import (
	"fmt"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/internal/timing"
)

const complaintLadder, crisisLadder = "ladder: [handler, supervisor, executive]", "ladder: [commander, executive]"

// late are mistakes about time in the samples: a promise below the ladder of a playbook, or a field written otherwise. The
// story has to hold the piece that stands behind its bar.
var late = []struct {
	file, old, new string
	rule, place    string
	says           string
}{
	promised("reached: executive, within: {elapsed: 30m}", "15: it: the executive is reached within 30m at level urgent does not hold: it may never come about| the run is over, and the executive was not told"),
	promised("reached: executive, within: {working: 1d}, unless: [checkFacts]", "15: in the worst case it takes 1 day 4 h 1 s, 4 h too long; shorten the way to checkFacts (playbook:24), or promise less| the executive is told of checkFacts: "),
	promised("reached: supervisor, within: {working: 2h}, unless: [checkFacts]", "15: is reached within 2h of working time unless checkFacts is done at level urgent does not hold"),
	promised("reached: supervisor, within: {elapsed: 1d}, unless: [checkFacts]", "15: in the worst case it takes 3 days 15 h 30 min 1 s, 2 days 15 h 30 min too long| Thu 2026-03-05 17:30  the complaint comes in"),
	promised("reached: executive, within: {working: 1d}, given: Silence", "15: within 1d of working time where nobody does anything at level urgent does not hold"),
	promised("ended: checkFacts, within: {working: 1d}", "15: does not hold: it may never come about| nothing else happens: checkFacts never ends"),
	promised("ended: checkFacts, within: {working: 4h}, given: DeadlinesKept", "15: has ended within 4h of working time where everybody keeps their deadlines"),
	promised("ended: approveRemedy, within: {working: 2d}, given: DeadlinesKept", "15: shorten the way to approveRemedy (playbook:36)| approveRemedy has ended: "),
	promised("ended: planRemedy, within: {working: 4h, of: checkFacts}, given: DeadlinesKept", "15: planRemedy has ended within 4h of working time of the end of checkFacts"),
	promised("ended: planRemedy, within: {working: 7h, of: started}, given: DeadlinesKept", "15: within 7h of working time of its start"),
	promised("reached: exective, within: {elapsed: 1h}", "15: spec.assertions[0].reached: there is no role exective; did you mean executive?"),
	promised("told: complainent, within: {elapsed: 1h}", "15: spec.assertions[0].told: no step tells complainent; did you mean complainant?"),
	promised("ended: checkFact, within: {elapsed: 1h}", "15: spec.assertions[0].ended: there is no step checkFact; did you mean checkFacts?"),
	promised("reached: executive, within: {elapsed: 1h, of: chekFacts}", "15: spec.assertions[0].within.of: there is no step chekFacts; did you mean checkFacts?"),
	promised("reached: executive, within: {elapsed: 1h, of: receivd}", "15: spec.assertions[0].within.of: there is no step receivd; did you mean received? the steps are: acknowledge"),
	promised("ended: checkFacts, within: {elapsed: 1h, of: strated}", "15: spec.assertions[0].within.of: there is no step strated; did you mean started?"),
	promised("reached: executive, within: {elapsed: 1h, of: started}", "15: spec.assertions[0].within.of: only a step has a start"),
	promised("ended: checkFacts, within: {elapsed: 1h, of: checkFacts}", "15: spec.assertions[0].within.of: it counts from the end of checkFacts itself; write started"),
	promised("reached: executive, within: {elapsed: 1h}, unless: [nothing]", "15: spec.assertions[0].unless[0]: there is no step nothing; the steps are: acknowledge"),
	promised("told: complainant, within: {elapsed: 30m, of: checkFacts}, when: 'steps.chekFacts.done'", "15: spec.assertions[0].when: there is no step chekFacts"),
	promised("told: complainant, within: {elapsed: 30m, of: checkFacts}, when: 'steps.checkFacts.done && steps.checkFacts.skipped'", "15: promises nothing: there is no run of which it speaks; correct `when` or `within.of`"),
	promised("ended: checkFacts, within: {working: 4h}, given: DeadlinesKept, when: '\"rude\" in complaint.signals'", "15: in the worst case it takes 3 days 15 h 30 min, 2 days 20 h too long"),
	promised("reached: handler, within: {elapsed: 1h}, levels: [urgnt]", "15: spec.assertions[0].levels[0]: no TriagePolicy has a level urgnt; did you mean urgent?"),
	{"playbook", crisisLadder, crisisLadder + "\n  assertions:\n  - {name: soon, reached: executive, within: {working: 1d}}", AssertionHolds, "playbook:56", "spec.assertions[0].within.working: working time needs a calendar; name one in spec.calendar"},
	{"playbook", crisisLadder, crisisLadder + "\n  assertions:\n  - {name: soon, told: media, within: {elapsed: 1h}}", AssertionHolds, "playbook:56", "no step tells media; no step tells anybody anything: add a notify"},
	{"playbook", crisisLadder, crisisLadder + "\n  assertions:\n  - {name: soon, reached: executive, within: {elapsed: 30m}, unless: [safety]}", AssertionHolds, "playbook:56", "in the worst case it takes 1 h 1 s, 30 min too long; shorten the way to safety (playbook:67)"},
	{"playbook", "within: {working: 4h}", "within: {working: 4h, of: received}", DeadlinesFit, "playbook:34", "approveRemedy can begin 3 days 20 h after its deadline although everybody keeps theirs: checkFacts 1 day 15 h 30 min + planRemedy 3 days"},
	{"playbook", "within: {working: 4h}", "within: {elapsed: 1d, of: checkFacts}", DeadlinesFit, "playbook:34", "although everybody keeps theirs: checkFacts"},
	{"businesscalendar", "apiVersion: crisis.tocsin.dev/v1alpha1\nkind: BusinessCalendar\nmetadata:\n  name: office-hours\nspec:\n  timeZone: Europe/London\n  hours:\n  - {days: [Mon, Tue, Wed, Thu, Fri], from: \"09:00\", to: \"17:30\"}\n  publicHolidays:\n  - iCal: |",
		"apiVersion: crisis.tocsin.dev/v1alpha1\nkind: Playbook\nmetadata: {name: more}\nspec:\n  for: Complaint\n  calendar: office-hours\n  roles: [{name: handler, team: service-desk, duty: agent}]\n  assertions: [{name: it, ended: look, within: {working: 1d}, given: DeadlinesKept}]\n  steps:\n  - {name: look, task: {to: handler}, within: {working: 1d}}\n---\napiVersion: crisis.tocsin.dev/v1alpha1\nkind: BusinessCalendar\nmetadata:\n  name: office-hours\nspec:\n  timeZone: Europe/London\n  hours:\n  - {days: [Mon, Tue, Wed, Thu, Fri], from: \"09:00\", to: \"17:30\"}\n  publicHolidays:\n  - knownUntil: '2026-06-30'\n    iCal: |",
		HorizonKnown, "businesscalendar:20", "what is promised in working time is unknown after 2026-06-30"},
}

// promised is a promise of the first sample that is wrong: what it says, and behind a number of a line what is found there.
func promised(assertion, found string) (m struct {
	file, old, new string
	rule, place    string
	says           string
}) {
	line, says, _ := strings.Cut(found, ": ")
	m.file, m.old, m.new = "playbook", complaintLadder, complaintLadder+"\n  assertions:\n  - {name: it, "+assertion+"}"
	m.rule, m.place, m.says = AssertionHolds, "playbook:"+line, says
	return m
}

// A horizon ends what is proved in working time where no later holidays are published, and says so; the rest holds.
func TestTheShippedPromisesAreProved(t *testing.T) {
	for _, pack := range []string{"service-recovery", "property-developer"} {
		g := NewWithT(t)
		files := shipped(t, pack)
		r, err := Verify(t.Context(), kinds, files, now, Options{Horizon: timing.DefaultDays, Times: true})
		g.Expect(err).NotTo(HaveOccurred())
		var rules []string
		for _, f := range r.Findings {
			rules = append(rules, f.Rule)
		}
		g.Expect(rules).To(Equal([]string{HorizonKnown}), r.Text())
		g.Expect(r.Findings[0].Message).To(ContainSubstring("unknown after 2026-12-31"))
		g.Expect(r.Times).NotTo(BeEmpty())
	}
}

// A promise that is neither proved nor broken is easy to overlook among warnings: the summary counts it.
func TestTheSummaryCountsPromisesThatAreNotProved(t *testing.T) {
	g := NewWithT(t)
	r := Report{Files: []string{"a"}, Objects: 2, Findings: []Finding{
		{Rule: ProofBounded, Severity: Warning, Field: "spec.assertions[1]"}, {Rule: ProofBounded, Severity: Warning, Field: "spec.steps"},
		{Rule: AssertionHolds, Severity: Error, Field: "spec.assertions[0]"},
	}}
	g.Expect(r.Summary()).To(Equal("1 error, 2 warnings, 1 promise not proved in 1 file, 2 objects"))
	r.Findings = append(r.Findings, r.Findings[0])
	g.Expect(r.Summary()).To(ContainSubstring("2 promises not proved"))
}

// A table says of every role at every level by when it knows; what nobody can say is no number.
func TestTheTableOfTimes(t *testing.T) {
	g := NewWithT(t)
	r, err := Verify(t.Context(), kinds, samples(t), now, Options{Horizon: timing.DefaultDays, Times: true})
	g.Expect(err).NotTo(HaveOccurred())
	rows := map[string]Time{}
	for _, row := range r.Times {
		rows[strings.TrimRight(fmt.Sprintf("%s %s %s %s", row.Playbook, row.Level, row.who(), row.Rule), " ")] = row
	}
	g.Expect(rows["complaint urgent executive"]).To(Equal(Time{Playbook: "complaint", Level: "urgent", Role: "executive",
		Silence: "4 days 19 h 30 min 1 s", Start: "Wed 2026-12-23 17:30"}))
	g.Expect(rows["complaint normal handler"].Anything).To(Equal("0 s"))
	g.Expect(rows["crisis  executive"].Silence).To(Equal("1 h 1 s"))
	g.Expect(r.Text()).To(MatchRegexp(`(?m)^crisis +any +executive +1 h 1 s +Mon 2026-03-02 09:00 +maybe never +-$`))
	g.Expect(rows["complaint normal complainant"].Anything).To(Equal("0 s"), "who is no role is listed, too")
	const says = "\nA role is who plays it, or a role above it on its ladder, as for `reached`. Moments are those of the playbook's calendar; without one, UTC.\n"
	g.Expect(r.Text()).To(ContainSubstring(says))
	g.Expect(r.Markdown()).To(ContainSubstring(says))
	g.Expect(r.Markdown()).To(ContainSubstring("| complaint | urgent | executive | 4 days 19 h 30 min 1 s | Wed 2026-12-23 17:30 |"))
}

// What is open for so long gets a level by itself, and then somebody knows: counted from when it came in.
func TestTheTableCountsFromWhenAMatterCameIn(t *testing.T) {
	g := NewWithT(t)
	r, err := Verify(t.Context(), kinds, shipped(t, "property-developer"), now, Options{Horizon: timing.DefaultDays, Times: true})
	g.Expect(err).NotTo(HaveOccurred())
	rows := map[string]Time{}
	for _, row := range r.Times {
		if row.Rule != "" {
			g.Expect(row.Rule).To(Equal("a-month"))
			rows[row.who()] = row
		}
	}
	g.Expect(rows["generalManager"]).To(Equal(Time{Playbook: "l2-serious", Level: "L2", Role: "generalManager", Rule: "a-month",
		Silence: "30 days", Start: "Sat 2026-01-31 17:00"}))
	g.Expect(rows["complainant"].Silence).To(Equal("30 days"))
	g.Expect(r.Text()).To(MatchRegexp(`(?m)^l2-serious +L2 by a-month +generalManager +30 days +Sat 2026-01-31 17:00 +- +-$`))
}

// A step that was done before a matter was raised stays done: whom it would have told is not told by it. One that told the same
// people has told them, whatever they are called.
func TestWhatWasDoneAtALowerLevelTellsNobodyAnew(t *testing.T) {
	g := NewWithT(t)
	const small, big = `
apiVersion: crisis.tocsin.dev/v1alpha1
kind: Playbook
metadata: {name: small}
spec:
  for: Complaint
  roles: [{name: guard, team: watch, duty: guard}, {name: head, team: watch, duty: head}]
  steps:
  - {name: greet, notify: {to: [guard, head, police], template: ack}}
  - {name: look, task: {to: guard}, within: {elapsed: 60d}}
  templates: [{name: ack, texts: [{locale: en, subject: a, body: b}]}]
`, `
apiVersion: crisis.tocsin.dev/v1alpha1
kind: Playbook
metadata: {name: big}
spec:
  for: Complaint
  roles: [{name: chief, team: watch, duty: chief}, {name: leader, team: watch, duty: head}, {name: owner, team: watch, duty: owner}]
  steps:
  - {name: greet, notify: {to: [chief, leader, police, press], template: ack}}
  - {name: look, task: {to: owner}, within: {elapsed: 1d}}
  assertions:
  - {name: pressKnows, told: press, within: {elapsed: 1h}}
  - {name: policeKnow, told: police, within: {elapsed: 1h}}
  templates: [{name: ack, texts: [{locale: en, subject: a, body: b}]}]
`
	r, err := Verify(t.Context(), kinds, []File{{"p.yaml", []byte(small + "---" + big + `---
apiVersion: crisis.tocsin.dev/v1alpha1
kind: TriagePolicy
metadata: {name: default}
spec:
  levels: [{name: high, playbook: big}, {name: low, playbook: small}]
  defaultLevel: low
  rules: [{name: old, level: high, openFor: 10d, reason: ten days}]
`)}}, now, Options{Horizon: 30, Times: true})
	g.Expect(err).NotTo(HaveOccurred())
	rows, regraded := map[string]string{}, map[string]string{}
	for _, row := range r.Times {
		if row.Rule != "" {
			rows[row.who()] = row.Silence
		}
		if row.Regraded {
			regraded[row.Playbook+" "+row.who()] = row.Silence + "/" + row.Anything
		}
	}
	g.Expect(rows).To(Equal(map[string]string{
		"chief": "", "press": "", // nobody greets twice
		"leader": "10 days", "police": "10 days", // greeted at the lower level
		"owner": "10 days", // nobody had looked
	}))
	// Whatever people do, the other level may have had it looked at already, and it may be lowered.
	g.Expect(regraded).To(Equal(map[string]string{"big chief": "/", "big press": "/", "big owner": "0 s/", "small guard": "0 s/"}))
	g.Expect(r.Text()).To(MatchRegexp(`(?m)^big +high if regraded +press +maybe never +- +maybe never +-$`))
	var said []string
	for _, f := range r.Findings {
		if f.Rule == ProofBounded && strings.HasPrefix(f.Field, assertions) {
			said = append(said, f.Text())
		}
	}
	g.Expect(said).To(ConsistOf(HaveSuffix("pressKnows: the press is told within 1h is not proved: a matter may get the level high on its way, and what was done in small by then stays done " +
		"and is not begun again: greet; give what the promise relies on a name of its own, or have it tell the same people in both")))
}

// Where not every course is told apart, the table says so: it may all be earlier.
func TestTheTableSaysWhatItDoesNotTellApart(t *testing.T) {
	g := NewWithT(t)
	r := Report{Times: []Time{{Playbook: "wide", Role: "boss", Untold: []string{"d8"}}, {Playbook: "wide", Role: "clerk", Untold: []string{"d8"}}}}
	const says = "wide: it may all be earlier; not told apart was how d8 ends"
	g.Expect(strings.Count(r.Text(), says)).To(Equal(1))
	g.Expect(strings.Count(r.Markdown(), says)).To(Equal(1))
}
