package policytest

import (
	"testing"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/internal/pack"
)

// desk is a small pack of three duties with two people each. A playbook is written behind it.
const desk = `apiVersion: crisis.tocsin.dev/v1alpha1
kind: ResponseTeam
metadata: {name: desk}
spec:
  timeZone: Europe/London
  members:
  - {name: ana, user: ana@x, duties: [agent], contacts: [{kind: Email, address: ana@example.com}]}
  - {name: abe, user: abe@x, duties: [agent], contacts: [{kind: Email, address: abe@example.com}]}
  - {name: lea, user: lea@x, duties: [lead], contacts: [{kind: Email, address: lea@example.com}]}
  - {name: leo, user: leo@x, duties: [lead], contacts: [{kind: Email, address: leo@example.com}]}
  - {name: bea, user: bea@x, duties: [boss], contacts: [{kind: Email, address: bea@example.com}]}
  - {name: bob, user: bob@x, duties: [boss], contacts: [{kind: Email, address: bob@example.com}]}
---
apiVersion: crisis.tocsin.dev/v1alpha1
kind: NoticeChannel
metadata: {name: mail}
spec:
  email: {host: mail.example.org, port: 587, from: "Care <care@example.org>", tls: StartTLS, secret: mail-login}
---
apiVersion: crisis.tocsin.dev/v1alpha1
kind: TriagePolicy
metadata: {name: default}
spec:
  levels: [{name: L2}, {name: L1, playbook: p}]
  defaultLevel: L1
---
apiVersion: crisis.tocsin.dev/v1alpha1
kind: Playbook
metadata: {name: p}
spec:
  roles: [{name: clerk, team: desk, duty: agent}, {name: lead, team: desk, duty: lead}, {name: boss, team: desk, duty: boss}]
  ladder: [clerk, lead, boss]
  templates:
  - {name: t, texts: [{locale: en, subject: "s {{.Case}}", body: b}]}
`

// alone plays a test beside the small pack, whose playbook goes on with the text given.
func alone(t *testing.T, book, test string) *Report {
	t.Helper()
	g := NewWithT(t)
	var all []pack.Document
	for file, text := range map[string]string{"p.yaml": desk + book, "tests/t.yaml": head + test} {
		documents, faults := pack.Read(file, []byte(text))
		g.Expect(faults).To(BeEmpty())
		all = append(all, documents...)
	}
	s, faults := suite(t, all)
	g.Expect(faults).To(BeEmpty(), test)
	p, err := policies()
	g.Expect(err).NotTo(HaveOccurred())
	r, err := s.Play(t.Context(), p, nil)
	g.Expect(err).NotTo(HaveOccurred())
	return r
}

// weighed plays each of some expectations alone, and says what happened instead of it; empty: it is so.
func weighed(t *testing.T, book, given string, expectations map[string]string) {
	t.Helper()
	for then, happened := range expectations {
		g := NewWithT(t)
		r := alone(t, book, given+"then:\n- "+then+"\n")
		if happened == "" {
			g.Expect(r.Tests[0].Failures).To(BeEmpty(), "%s\n%s", then, r.Text(true))
			continue
		}
		g.Expect(r.Tests[0].Failures).To(ConsistOf(HaveField("Happened", ContainSubstring(happened))), "%s\n%s", then, r.Text(true))
	}
}

// Who is told while away is still who they are.
func TestToldLooksAtWhoSomebodyIsAndNotAtWhetherTheyAreThere(t *testing.T) {
	weighed(t, `
  for: CrisisIncident
  steps:
  - {name: tell, notify: {to: [team], template: t}}
  - {name: do, task: {to: boss}, within: {elapsed: 1h}}
`, `
given:
  incidents: [{name: i, playbook: p, team: desk, level: L1}]
  away:
  - {user: lea@x, from: "2026-01-01T00:00:00Z", to: "2027-01-01T00:00:00Z"}
  - {user: leo@x, from: "2026-01-01T00:00:00Z", to: "2027-01-01T00:00:00Z"}
`, map[string]string{
		"{notTold: {role: lead}}":                                 "lea@x at 2026-03-02T09:00:00Z (t)",
		"{told: {role: lead}}":                                    "",
		"{told: {role: clerk, orAbove: true, template: t}}":       "",
		"{told: {role: lead, orAbove: true, template: assemble}}": "told were",
	})
}

// A rhythm is kept as long as the record is open: each time anew, and not while it is closed.
func TestARhythmIsThatOfTheTimesTheRecordIsOpen(t *testing.T) {
	const book = `
  for: Complaint
  steps:
  - {name: end, task: {to: clerk}, within: {elapsed: 1h}, overdue: {climb: Ladder, every: 1h}}
`
	given := func(again string) string {
		return `
given:
  complaints: [{name: c}]
  answers: [{never: true}]
  acts:
  - {record: c, after: 5h, act: {verb: Abort, by: bea@x, reason: stop}}
  - {record: c, after: ` + again + `, act: {verb: Reopen, by: bea@x, reason: again}}
`
	}
	weighed(t, book, given("6h"), map[string]string{
		"{told: {role: clerk, every: 12h}}":          "nothing was heard from 2026-03-02T15:00:00Z to 2026-05-01T09:00:00Z, 59d18h",
		"{by: 7h, told: {role: clerk, every: 5h}}":   "",
		"{by: 7h, told: {role: clerk, every: 299m}}": "nothing was heard from 2026-03-02T09:00:00Z to 2026-03-02T14:00:00Z, 5h",
	})
	weighed(t, book, given("9d"), map[string]string{
		"{by: 9d12h, told: {role: clerk, every: 12h}}": "",
		"{by: 10d, told: {role: clerk, every: 12h}}":   "nothing was heard from 2026-03-11T09:00:00Z to 2026-03-12T09:00:00Z, 1d",
	})
}

// A step that is stopped before it began is Cancelled from then on and not before; no timeline says so.
func TestAStepIsCancelledFromWhenItIsStopped(t *testing.T) {
	weighed(t, `
  for: Complaint
  steps:
  - {name: check, task: {to: clerk, outcomes: [good, bad]}, within: {elapsed: 9h}}
  - {name: hold, wait: {for: {elapsed: 40h}}}
  - {name: alarm, needs: [hold], task: {to: boss}, within: {elapsed: 9h}}
  cancel:
  - {name: bad, when: steps.check.outcome == "bad", steps: [alarm]}
`, `
given:
  complaints: [{name: c}]
  answers: [{steps: [check], after: {median: 30h}, outcomes: [bad]}, {never: true}]
  acts:
  - {record: c, after: 60h, act: {verb: Reopen, by: bea@x, reason: again}}
`, map[string]string{
		"{by: 29h, step: {name: alarm, is: Cancelled}}": "it never began",
		"{at: 29h, step: {name: alarm, is: Cancelled}}": "it never began",
		"{by: 30h, step: {name: alarm, is: Cancelled}}": "",
		"{at: 41h, step: {name: alarm, is: Cancelled}}": "",
		"{at: 41h, step: {name: alarm}}":                "it was cancelled at 2026-03-03T15:00:00Z",
		"{step: {name: alarm, is: NeverBegun}}":         "",
		"{step: {name: check, is: Cancelled}}":          "was done at",
	})
}

// A step for which nobody is found has begun: it waits for somebody, and its deadline runs. One whose condition has no answer has
// not, whatever somebody tries to do to it.
func TestAStepForWhichNobodyIsFoundHasBegun(t *testing.T) {
	const book = `
  for: Complaint
  steps:
  - {name: call, task: {to: boss}, within: {elapsed: 9h}}
  - {name: ask, when: 'complaint.signals[0] == "x"', task: {to: clerk}, within: {elapsed: 9h}}
`
	const given = `
given:
  complaints: [{name: c}]
  away:
  - {user: bea@x, from: "2026-01-01T00:00:00Z", to: "2027-01-01T00:00:00Z"}
  - {user: bob@x, from: "2026-01-01T00:00:00Z", to: "2027-01-01T00:00:00Z"}
`
	weighed(t, book, given, map[string]string{
		"{at: 1h, step: {name: call, is: Waiting, due: 9h}}": "",
		"{at: 1h, step: {name: call, is: NeverBegun}}":       "it began at 2026-03-02T09:00:00Z, was due at 2026-03-02T18:00:00Z, waits",
		"{step: {name: ask, is: NeverBegun}}":                "",
		"{step: {name: ask}}":                                "it has not begun",
	})
	r := alone(t, book, given+`
  acts: [{record: c, after: 1h, act: {verb: Reassign, step: ask, to: ana@x, by: lea@x, reason: go on}}]
then:
- {at: 1h, refused: {who: lea@x, act: Reassign, step: ask}}
- {step: {name: ask, is: NeverBegun}}
`)
	NewWithT(t).Expect(r.Text(true)).To(And(ContainSubstring("all as expected"), ContainSubstring("ask: never begins")))
}

// Nothing stays done when a record is opened again: what was so before is not so at a moment after that, nor at the end.
func TestWhatWasSoBeforeTheRecordWasOpenedAgain(t *testing.T) {
	weighed(t, `
  for: Complaint
  steps:
  - {name: one, task: {to: clerk}, within: {elapsed: 9h}}
  - {name: two, needs: [one], task: {to: lead}, within: {elapsed: 9h}}
  - {name: tell, notify: {to: [complainant], template: t}}
`, `
given:
  complaints: [{name: c}]
  answers: [{steps: [one], after: {median: 1h}}, {never: true}]
  away: [{user: ana@x, from: "2026-03-02T14:30:00Z", to: "2027-01-01T00:00:00Z"}]
  acts:
  - {record: c, after: 5h, act: {verb: Abort, by: bea@x, reason: stop}}
  - {record: c, after: 6h, act: {verb: Reopen, by: bea@x, reason: again}}
`, map[string]string{
		"{closed: Aborted}":                                       "it was closed as Aborted at 2026-03-02T14:00:00Z, it was opened again at 2026-03-02T15:00:00Z; what waits: two",
		"{by: 60d, closed: Aborted}":                              "",
		"{at: 330m, closed: Aborted}":                             "",
		"{at: 390m, closed: Aborted}":                             "opened again",
		"{at: 390m, step: {name: one, is: Done}}":                 "it began at 2026-03-02T15:00:00Z, was due at 2026-03-03T00:00:00Z, waits",
		"{by: 390m, step: {name: one, is: Done}}":                 "",
		"{at: 390m, step: {name: one, is: Waiting}}":              "",
		"{at: 390m, step: {name: two}}":                           "it never began; in a run before: it began at 2026-03-02T10:00:00Z",
		"{at: 390m, step: {name: one, asks: {person: ana@x}}}":    "it asked abe@x (clerk)",
		"{at: 2h, step: {name: one, asks: {person: ana@x}}}":      "",
		"{at: 390m, step: {name: two, is: NeverBegun}}":           "it began at 2026-03-02T10:00:00Z",
		"{step: {name: two, is: Cancelled}}":                      "waits",
		"{by: 1h, step: {name: tell, is: Waiting}}":               "was done at 2026-03-02T09:00:00Z: sent",
		"{by: 2h, step: {name: one, is: Waiting}}":                "",
		"{step: {name: two, is: Overdue, asks: {person: lea@x}}}": "",
	})
}

// Where another playbook takes over, what counts at a moment is how its steps stand; what was done stays done where it says so.
func TestWhatWasSoBeforeAnotherPlaybookTookOver(t *testing.T) {
	weighed(t, `
  for: Complaint
  steps:
  - {name: same, task: {to: lead}, within: {elapsed: 9h}}
  - {name: one, task: {to: clerk}, within: {elapsed: 9h}}
---
apiVersion: crisis.tocsin.dev/v1alpha1
kind: Playbook
metadata: {name: q}
spec:
  for: Complaint
  roles: [{name: captain, team: desk, duty: boss}, {name: lead, team: desk, duty: lead}]
  steps:
  - {name: same, task: {to: lead}, within: {elapsed: 9h}}
  - {name: one, task: {to: captain}, within: {elapsed: 9h}}
---
apiVersion: crisis.tocsin.dev/v1alpha1
kind: TriagePolicy
metadata: {name: other}
spec:
  levels: [{name: L2, playbook: q}, {name: L1, playbook: p}]
  defaultLevel: L1
`, `
given:
  complaints: [{name: c, policy: other}]
  answers: [{steps: [same], after: {median: 1h}}, {never: true}]
  acts:
  - {record: c, after: 2h, act: {verb: Raise, level: L2, by: bea@x, reason: worse}}
`, map[string]string{
		"{at: 1h, step: {name: one, is: Waiting, asks: {role: clerk}}}":     "",
		"{at: 3h, step: {name: one, is: Cancelled}}":                        "it began at 2026-03-02T11:00:00Z, was due at 2026-03-02T20:00:00Z, waits; in a run before: it began at 2026-03-02T09:00:00Z, was due at 2026-03-02T18:00:00Z, was cancelled at 2026-03-02T11:00:00Z",
		"{by: 3h, step: {name: one, is: Cancelled}}":                        "",
		"{at: 3h, step: {name: one, is: Waiting, asks: {role: clerk}}}":     "it asked bea@x (captain)",
		"{step: {name: one, asks: {role: captain}, due: 9h}}":               "",
		"{by: 3h, step: {name: one, is: Cancelled, asks: {role: captain}}}": "it asked ana@x (clerk), bea@x (captain)",
		"{at: 3h, step: {name: same, is: Done, asks: {role: lead}}}":        "",
	})
}

// A role that the playbook of a record does not have is the one of the playbook that has it: whoever was told has it all the same.
func TestToldLooksAtARoleOfAnotherPlaybook(t *testing.T) {
	const book = `
  for: Complaint
  steps:
  - {name: one, task: {to: clerk}, within: {elapsed: 9h}}
---
apiVersion: crisis.tocsin.dev/v1alpha1
kind: Playbook
metadata: {name: q}
spec:
  for: CrisisIncident
  roles: [{name: worker, team: desk, duty: agent}, {name: captain, team: desk, duty: boss}, {name: scribe, duty: agent}]
  ladder: [worker, captain]
  steps:
  - {name: three, task: {to: captain}, within: {elapsed: 9h}}
`
	weighed(t, book, `
given:
  complaints: [{name: c}]
`, map[string]string{
		"{notTold: {role: worker}}":                 "ana@x at 2026-03-02T09:00:00Z (taskAssigned)",
		"{told: {role: worker}}":                    "",
		"{notTold: {role: captain}}":                "",
		"{notTold: {role: worker, orAbove: true}}":  "ana@x",
		"{notTold: {role: captain, orAbove: true}}": "",
		"{notTold: {role: scribe}}":                 "nobody knows who scribe would be: c is no incident, and the role names no team",
	})
	weighed(t, book, `
given:
  incidents: [{name: i, playbook: q, team: desk, level: L1}]
`, map[string]string{
		"{notTold: {role: scribe}}":                "",
		"{notTold: {role: lead}}":                  "",
		"{notTold: {role: boss}}":                  "bea@x at 2026-03-02T09:00:00Z (taskAssigned)",
		"{notTold: {role: worker}}":                "",
		"{notTold: {role: worker, orAbove: true}}": "bea@x",
	})
}

// What somebody tries they try on the task that asks them, and at a moment on the one that is open then.
func TestAnAttemptIsMadeOnTheTaskThatIsMeant(t *testing.T) {
	weighed(t, `
  for: Complaint
  steps:
  - {name: call, noDeadline: none, assembleTeam: {team: desk, duties: [agent, boss]}}
  - name: loop
    repeat:
      max: 3
      until: steps.check.outcome == "good"
      steps:
      - {name: work, task: {to: clerk}, within: {elapsed: 2h}}
      - {name: check, needs: [work], task: {to: lead, outcomes: [good, bad]}, within: {elapsed: 2h}}
`, `
given:
  complaints: [{name: c}]
  answers:
  - {steps: [work, check], after: {median: 1h}, outcomes: [bad]}
  - {never: true}
`, map[string]string{
		"{allowed: {who: bea@x, act: Acknowledge, step: call}}":                       "",
		"{refused: {who: bea@x, act: Acknowledge, step: call}}":                       "bea@x may do it",
		"{at: 1h, refused: {who: abe@x, act: Acknowledge, step: call}}":               "abe@x may do it",
		"{refused: {who: lea@x, act: Acknowledge, step: call}}":                       "",
		"{at: 30m, refused: {who: ana@x, act: Complete, step: loop/work}}":            "ana@x may do it",
		"{at: 150m, refused: {who: ana@x, act: Complete, step: loop/work}}":           "ana@x may do it",
		"{at: 150m, allowed: {who: ana@x, act: Complete, step: loop/work, round: 2}}": "",
		"{at: 150m, refused: {who: ana@x, act: Complete, step: loop/work, round: 1}}": "",
		"{at: 210m, refused: {who: ana@x, act: Complete, step: loop/work}}":           "",
		"{at: 210m, refused: {whoDid: loop/work, act: Complete, step: loop/check}}":   "",
		"{at: 210m, allowed: {who: lea@x, act: Complete, step: loop/check}}":          "",
	})
}

// By a moment an incident had a level, at a moment it has it.
func TestTheLevelOfAnIncident(t *testing.T) {
	weighed(t, `
  for: Complaint
  steps:
  - {name: alarm, raiseIncident: {playbook: q, team: desk}}
---
apiVersion: crisis.tocsin.dev/v1alpha1
kind: Playbook
metadata: {name: q}
spec:
  for: CrisisIncident
  roles: [{name: commander, duty: boss}]
  ladder: [commander]
  steps:
  - {name: three, task: {to: commander}, within: {elapsed: 9h}}
`, `
given:
  complaints: [{name: c}]
  answers: [{never: true}]
  acts:
  - {record: c/incident, after: 2h, act: {verb: Raise, level: L2, by: bea@x, reason: worse}}
  - {record: c/incident, after: 4h, act: {verb: Lower, level: L1, by: bea@x, reason: better}}
`, map[string]string{
		"{by: 5h, incident: {level: L2, playbook: q}}": "",
		"{at: 3h, incident: {level: L2}}":              "",
		"{at: 5h, incident: {level: L2}}":              "its incident has the level L1",
		"{by: 1h, incident: {level: L2}}":              "its incident has the level L1",
		"{incident: {level: L2}}":                      "its incident has the level L1",
	})
}
