package policytest

import (
	"fmt"
	"io/fs"
	"os"
	"strings"
	"sync"
	"testing"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/config"
	"tocsin.dev/tocsin/internal/gate"
	"tocsin.dev/tocsin/internal/pack"
	"tocsin.dev/tocsin/internal/schema"
	"tocsin.dev/tocsin/playbooks"
)

var (
	kinds    = sync.OnceValues(func() (*schema.Kinds, error) { return schema.Load(config.Files, "crd/bases") })
	policies = sync.OnceValues(func() (*gate.Policies, error) { return gate.Load(config.Files, "admission") })
)

// documents are those of the files of the service recovery pack, and of the texts given.
func documents(t testing.TB, texts ...string) []pack.Document {
	t.Helper()
	return edited(t, strings.NewReplacer(), texts...)
}

// edited are the same with some words of the pack replaced.
func edited(t testing.TB, words *strings.Replacer, texts ...string) []pack.Document {
	t.Helper()
	g := NewWithT(t)
	files, err := fs.Glob(playbooks.FS, playbooks.ServiceRecovery+"/*.yaml")
	g.Expect(err).NotTo(HaveOccurred())
	var out []pack.Document
	take := func(file string, text string) {
		documents, faults := pack.Read(file, []byte(text))
		g.Expect(faults).To(BeEmpty())
		out = append(out, documents...)
	}
	for _, f := range files {
		text, err := fs.ReadFile(playbooks.FS, f)
		g.Expect(err).NotTo(HaveOccurred())
		take(f, words.Replace(string(text)))
	}
	for i, text := range texts {
		take(fmt.Sprintf("test%d.yaml", i), text)
	}
	return out
}

func suite(t testing.TB, documents []pack.Document) (*Suite, []pack.Fault) {
	t.Helper()
	g := NewWithT(t)
	k, err := kinds()
	g.Expect(err).NotTo(HaveOccurred())
	s, faults, err := Read(t.Context(), k, documents)
	g.Expect(err).NotTo(HaveOccurred())
	return s, faults
}

// played plays one test beside the service-recovery pack.
func played(t testing.TB, text string) *Report {
	t.Helper()
	g := NewWithT(t)
	s, faults := suite(t, documents(t, text))
	g.Expect(faults).To(BeEmpty())
	p, err := policies()
	g.Expect(err).NotTo(HaveOccurred())
	r, err := s.Play(t.Context(), p, nil)
	g.Expect(err).NotTo(HaveOccurred())
	return r
}

const head = `apiVersion: test.tocsin.dev/v1alpha1
kind: PolicyTest
metadata: {name: tried}
`

// lamp is a general complaint whose supervisor is slow: the approval, due at 06:00 on the second day, is overdue, and the
// department manager is told.
const lamp = head + `
given:
  start: "2026-03-02T09:00:00Z"
  complaints: [{name: lamp, category: product-defect}]
  answers:
  - {steps: [approveRemedy], after: {median: 2d}}
then:
`

// fire are two complaints that make a crisis, and one that does not.
const fire = head + `
given:
  start: "2026-03-02T09:00:00Z"
  complaints:
  - {name: fire, category: product-defect, product: kettle, signals: [safety-hazard]}
  - {name: smoke, after: 1h, category: product-defect, product: kettle, signals: [safety-hazard]}
  - {name: rude, category: staff, signals: [rude-service], about: {users: [he.xia@example.com]}}
  acts: [{record: rude, after: 2h, act: {verb: Withdraw, by: sun.li@example.com, reason: They changed their mind.}}]
then:
`

// TestExpectations weighs what is so and what is not against two stories, each played twice.
func TestExpectations(t *testing.T) {
	so, not := map[string]string{}, map[string]string{}
	happened := map[string][]string{}
	for _, tt := range []struct{ given, so, not, happened string }{
		{lamp, "{level: general}", "{level: serious}", "level general from 2026-03-02T09:00:00Z"},
		{lamp, "{at: 1h, level: general}", "{at: 1h, level: general, rule: rude-service}", "level general from"},
		{lamp, "{by: 0h, level: general}", "{by: 1d, level: serious}", "level general from 2026-03-02T09:00:00Z"},
		{lamp, "{by: 24h, told: {complainant: true, template: acknowledgement}}", "{by: 24h, told: {role: executive}}", "told were the complainant at 2026-03-02T09:00:00Z (acknowledgement)"},
		{lamp, "{by: 2d, told: {role: departmentManager, step: recover/approveRemedy}}", "{by: 1h, told: {role: departmentManager}}", "wang.tao@example.com at 2026-03-02T09:00:00Z"},
		{lamp, "{by: 2d, told: {role: supervisor, orAbove: true, template: overdue}}", "{by: 12h, told: {role: supervisor, orAbove: true, template: overdue}}", "told were"},
		{lamp, "{by: 1h, notTold: {role: departmentManager}}", "{by: 2d, notTold: {role: departmentManager}}", "(overdue)"},
		{lamp, "{told: {complainant: true, every: 1d}}", "{by: 3d, told: {complainant: true, every: 20h}}", "nothing was heard from 2026-03-02T09:00:00Z to 2026-03-03T09:00:00Z, 1d"},
		{lamp, "{by: 1h, step: {name: checkFacts, is: Done, outcome: founded}}", "{step: {name: checkFacts, outcome: unfounded}}", "it began at 2026-03-02T09:00:00Z, was due at 2026-03-03T09:00:00Z, was done at 2026-03-02T09:30:00Z: founded"},
		{lamp, "{at: 5m, step: {name: checkFacts, is: Waiting}}", "{at: 2h, step: {name: checkFacts, is: Waiting}}", "was done"},
		{lamp, "{step: {name: recover/approveRemedy, is: Overdue}}", "{by: 20h, step: {name: recover/approveRemedy, is: Overdue}}", "waits"},
		{lamp, "{step: {name: recover/approveRemedy, is: Overdue, outcome: approved}}", "{by: 30h, step: {name: recover/approveRemedy, is: Overdue, outcome: approved}}", "was overdue at 2026-03-03T06:00:01Z, waits"},
		{lamp, "{step: {name: checkFacts, is: Begun, outcome: founded}}", "{step: {name: checkFacts, is: Overdue, outcome: founded}}", "was done at 2026-03-02T09:30:00Z: founded"},
		{lamp, "{step: {name: settle, is: Skipped}}", "{step: {name: settle}}", "it was skipped"},
		{lamp, "{step: {name: settle, is: NeverBegun}}", "{step: {name: checkFacts, is: NeverBegun}}", "it began"},
		{lamp, "{step: {name: checkFacts, asks: {role: handler}, due: 1d}}", "{step: {name: checkFacts, asks: {role: supervisor}}}", "it asked wang.tao@example.com (handler)"},
		{lamp, `{step: {name: checkFacts, due: "2026-03-03T17:00:00+08:00"}}`, "{step: {name: checkFacts, due: 2d}}", "was due at 2026-03-03T09:00:00Z"},
		{lamp, "{step: {name: recover/planRemedy, round: 1}}", "{step: {name: recover/planRemedy, round: 2}}", "round 1: it began"},
		{lamp, "{refused: {whoDid: recover/planRemedy, act: Approve, step: recover/approveRemedy, because: did the step}}",
			"{refused: {who: sun.li@example.com, act: Approve, step: recover/approveRemedy}}", "sun.li@example.com may do it"},
		{lamp, "{allowed: {who: sun.li@example.com, act: Refuse, step: recover/approveRemedy}}",
			"{allowed: {whoDid: recover/planRemedy, act: Approve, step: recover/approveRemedy}}", "wang.tao@example.com is refused it: 'wang.tao@example.com' may not act on this task: did the step"},
		{lamp, "{refused: {who: a@example.com, act: Complete, step: checkFacts, because: may not Complete}}", "{refused: {who: a@example.com, act: Complete, step: checkFacts, because: dinner}}", "for another reason"},
		{lamp, "{at: 20h, refused: {who: fiona.reed@example.com, act: Approve, step: recover/approveRemedy}}", "{at: 2d, refused: {who: fiona.reed@example.com, act: Approve, step: recover/approveRemedy}}", "may do it"},
		{lamp, "{at: 1h, refused: {who: luo.fang@example.com, act: Withdraw}}", "{at: 1h, refused: {who: sun.li@example.com, act: Lower, level: general}}", "sun.li@example.com may do it"},
		{lamp, "{noIncident: true}", "{incident: {}}", "it is part of no incident"},
		{lamp, "{closed: Completed}", "{closed: Withdrawn}", "it was closed as Completed"},

		{fire, "{record: fire, incident: {level: major, playbook: major-incident, with: [smoke]}}", "{record: fire, incident: {with: [rude]}}", "rude is not part of its incident"},
		{fire, "{record: rude, noIncident: true}", "{record: smoke, noIncident: true}", "it is part of an incident from 2026-03-02T10:00:00Z"},
		{fire, "{record: fire/incident, by: 1h, told: {role: commander}}", "{record: rude/incident, told: {role: commander}}", "rude is part of no incident"},
		{fire, "{record: fire/incident, level: major}", "{record: fire/incident, level: general}", "level major"},
		{fire, "{record: fire/incident, told: {stakeholder: regulator}}", "{record: rude, told: {stakeholder: regulator}}", "told were"},
		{fire, "{record: rude, by: 3h, closed: Withdrawn}", "{record: rude, by: 1h, closed: Withdrawn}", "it is still open"},
		{fire, "{record: rude, refused: {who: he.xia@example.com, act: Complete, step: checkFacts, because: complained about}}",
			"{record: rude, refused: {who: he.xia@example.com, act: Complete, step: settle}}", "nobody is asked by settle"},
		{fire, "{record: fire/incident, at: 30m, allowed: {who: chen.guo@example.com, act: HandOver, role: spokesperson, to: helen.ward@example.com}}",
			"{record: fire/incident, at: 30m, allowed: {who: lei.ming@example.com, act: Abort}}", "is refused it"},
		{fire, "{record: rude, told: {person: emma.hart@example.com}}", "{record: rude, told: {person: he.xia@example.com}}", "told were"},
	} {
		so[tt.given] += "- " + tt.so + "\n"
		not[tt.given] += "- " + tt.not + "\n"
		happened[tt.given] = append(happened[tt.given], tt.happened)
	}
	for given := range so {
		g := NewWithT(t)
		fine := played(t, given+so[given])
		g.Expect(fine.Tests[0].Failures).To(BeEmpty(), fine.Text(true))
		wrong := played(t, given+not[given])
		failures := map[int]Failure{}
		for _, f := range wrong.Tests[0].Failures {
			failures[f.Line] = f
		}
		for i, text := range happened[given] {
			line := 1 + i + strings.Count(given, "\n")
			g.Expect(failures).To(HaveKeyWithValue(line, HaveField("Happened", ContainSubstring(text))), strings.Split(not[given], "\n")[i])
		}
	}
}

// A failure tells what there is to tell of it: of who is told, the notices too.
func TestAFailureAboutWhoIsToldTellsOfTheNotices(t *testing.T) {
	g := NewWithT(t)
	r := played(t, lamp+"- {by: 24h, told: {role: executive}}\n- {by: 24h, level: serious}\n")
	g.Expect(r.Tests[0].Failures).To(HaveExactElements(
		HaveField("Story", ContainElement(And(ContainSubstring("NoticeRequested"), ContainSubstring("acknowledgement to complainant")))),
		HaveField("Story", Not(ContainElement(ContainSubstring("NoticeRequested"))))))
}

// TestTheExampleOfThePageIsSo plays what docs/spec/policytest.md shows.
func TestTheExampleOfThePageIsSo(t *testing.T) {
	g := NewWithT(t)
	page, err := os.ReadFile("../../docs/spec/policytest.md")
	g.Expect(err).NotTo(HaveOccurred())
	_, example, found := strings.Cut(string(page), "```yaml\n")
	g.Expect(found).To(BeTrue())
	example, _, _ = strings.Cut(example, "```")
	r := played(t, example)
	g.Expect(r.Tests).To(ConsistOf(And(HaveField("Checked", 7), HaveField("Failures", BeEmpty()))), r.Text(true))
}

// TestPromisesAreProved has a test say what must be so of any run. What is not so is told with its story, at its line.
// What a playbook keeps that only another one carries out is not proved of the matter, as verify has it.
func TestAPromiseOfAPlaybookInsideAnotherIsNotProved(t *testing.T) {
	r := played(t, head+`
assertions:
- {name: inside, playbook: inner, reached: handler, within: {elapsed: 1h}}
- {name: byItself, playbook: inner, ended: look, within: {elapsed: 1h, of: started}, given: DeadlinesKept}
---
apiVersion: crisis.tocsin.dev/v1alpha1
kind: Playbook
metadata: {name: inner}
spec:
  for: Complaint
  roles: [{name: handler, team: service-desk, duty: agent}]
  steps: [{name: look, task: {to: handler}, within: {elapsed: 1h}}]
---
apiVersion: crisis.tocsin.dev/v1alpha1
kind: Playbook
metadata: {name: outer}
spec:
  for: Complaint
  roles: [{name: handler, team: service-desk, duty: agent}]
  steps: [{name: late, wait: {for: {elapsed: 5h}}}, {name: carry, needs: [late], playbook: {name: inner}}]
`)
	NewWithT(t).Expect(r.Tests[0].Failures).To(HaveExactElements(HaveField("Happened",
		"it is not proved: inner runs only inside outer, where it begins later than the matter comes in; promise it in outer, with `within.of` the step before")))
}

// What a test promises at one level is not proved where it hangs on the level and another leads to the same playbook, nor where it relies
// on what another level may have had done.
func TestAPromiseAtALevelThatIsGivenLater(t *testing.T) {
	r := played(t, head+`
assertions:
- {name: one, level: top, reached: handler, within: {elapsed: 1h}}
- {name: hangs, level: top, reached: boss, within: {elapsed: 1h}}
- {name: both, playbook: outer, reached: handler, within: {elapsed: 1h}}
- {name: later, level: low, reached: boss, within: {elapsed: 1h}}
---
apiVersion: crisis.tocsin.dev/v1alpha1
kind: Playbook
metadata: {name: outer}
spec:
  for: Complaint
  roles: [{name: handler, team: service-desk, duty: agent}, {name: boss, team: service-desk, duty: supervisor}]
  steps:
  - {name: call, task: {to: handler}, within: {elapsed: 1h}}
  - {name: look, task: {to: handler}, within: {elapsed: 1h}}
  - {name: weigh, when: run.level == "top", task: {to: boss}, within: {elapsed: 1h}}
---
apiVersion: crisis.tocsin.dev/v1alpha1
kind: Playbook
metadata: {name: inner}
spec:
  for: Complaint
  roles: [{name: boss, team: service-desk, duty: supervisor}]
  steps: [{name: look, task: {to: boss}, within: {elapsed: 1h}}]
---
apiVersion: crisis.tocsin.dev/v1alpha1
kind: TriagePolicy
metadata: {name: mine}
spec: {levels: [{name: top, playbook: outer}, {name: mid, playbook: outer}, {name: low, playbook: inner}], defaultLevel: low}
`)
	NewWithT(t).Expect(r.Tests[0].Failures).To(HaveExactElements(
		HaveField("Happened", HavePrefix("it is not proved: it may come to another of the levels top and mid on its way and goes on with outer")),
		HaveField("Happened", HavePrefix("it is not proved: a matter may get the level low on its way, and what was done in outer by then stays done and is not begun again: look"))))
}

func TestPromisesAreProved(t *testing.T) {
	g := NewWithT(t)
	const promises = head + `
assertions:
- {name: fine, playbook: major-incident, reached: executive, within: {elapsed: 30m}, unless: [confirm]}
- {name: early, playbook: major-incident, reached: executive, within: {elapsed: 20m}, unless: [confirm]}
- {name: never, level: general, ended: checkFacts, within: {elapsed: 2d}}
`
	r := played(t, promises)
	g.Expect(r.Tests).To(HaveLen(1))
	test := r.Tests[0]
	g.Expect(test.Checked).To(Equal(3))
	g.Expect(test.Story).To(BeEmpty(), "nothing is played")
	failed := map[int]Failure{}
	for _, f := range test.Failures {
		failed[f.Line] = f
	}
	g.Expect(failed).NotTo(HaveKey(6), "it holds")
	g.Expect(failed[7].Expected).To(Equal("early: the executive is reached within 20m unless confirm is done in major-incident at level major"))
	g.Expect(failed[7].Happened).To(Equal("it does not hold: in the worst case it takes 30 min 1 s, 10 min too long"))
	g.Expect(failed[7].Story).To(ContainElement("Mon 2026-03-02 17:20  by now it should have happened (20m)"), "%q", failed[7].Story)
	g.Expect(failed[8].Happened).To(Equal("it does not hold: it may never come about"))
	g.Expect(r.Text(false)).To(ContainSubstring("1 test failed in 1 test with 3 expectations"))
}
