package policytest

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

// What the cast does to a record is asked of admission first. What is refused does not happen, and the test fails unless it
// expects just that.
func TestWhatTheCastMayNotDoIsRefused(t *testing.T) {
	g := NewWithT(t)
	const given = head + `
given:
  complaints: [{name: lamp, category: product-defect}]
  acts:
  - {record: lamp, after: 1h, act: {verb: Abort, by: yu.qing@example.com, reason: Enough.}}
then:
- {closed: Completed}
- {at: 3h, step: {name: settle, is: NeverBegun}}
`
	const line = "2026-03-02 10:00:00  Refused                                      Abort is refused: 'yu.qing@example.com' may not Abort this record: only its leads may"
	told := played(t, given)
	g.Expect(told.Tests[0].Failures).To(ConsistOf(And(HaveField("Line", 8), HaveField("Expected", "Abort by yu.qing@example.com on lamp, as it is given"),
		HaveField("Happened", And(HavePrefix("at 2026-03-02T10:00:00Z Abort is refused: 'yu.qing@example.com' may not Abort this record: only its leads may"),
			HaveSuffix("; let somebody else do it, take it out, or expect it with refused"))))), told.Text(true))
	g.Expect(told.Tests[0].Story).To(ContainElement(HavePrefix(line)))

	for expectation, failures := range map[string]int{
		"- {at: 1h, refused: {who: yu.qing@example.com, act: Abort, because: only its leads}}\n": 0,
		"- {at: 1h, refused: {who: lin.mei@example.com, act: Abort}}\n":                          1,
		"- {at: 1h, refused: {who: yu.qing@example.com, act: Reopen}}\n":                         1,
	} {
		told := played(t, given+expectation)
		g.Expect(told.Tests[0].Failures).To(HaveLen(failures), expectation+told.Text(true))
	}
}

// What the operator takes and leaves out is no more the story that is given than what admission refuses, whichever act it is.
func TestWhatTheCastDoesInVainFails(t *testing.T) {
	const given = head + `
given:
  complaints: [{name: lamp, category: product-defect}]
  acts:
  - {record: lamp, after: 2h, act: {verb: Comment, by: sun.li@example.com, reason: I look into it.}}
`
	const then = "then:\n- {closed: Completed}\n"
	for act, says := range map[string]string{
		"after: 2h, act: {verb: Skip, step: settle, by: sun.li@example.com, reason: x}":                                "Skip was left out: the step does not wait",
		"after: 1h, act: {verb: Raise, level: general, by: sun.li@example.com, reason: x}":                             "Raise was left out: ",
		"after: 30d, act: {verb: Raise, level: serious, by: sun.li@example.com, reason: x}":                            "Raise was left out: the record is closed; re-open it first",
		"after: 1h, act: {verb: Reopen, by: sun.li@example.com, reason: x}":                                            "Reopen was left out: the record is open",
		"after: 1h, act: {verb: HandOver, role: handler, to: wang.tao@example.com, by: sun.li@example.com, reason: x}": "HandOver was left out: the person it was to go to holds it already",
	} {
		g := NewWithT(t)
		told := played(t, given+"  - {record: lamp, "+act+"}\n"+then)
		g.Expect(told.Tests[0].Failures).To(ConsistOf(And(HaveField("Line", 9), HaveField("Happened", ContainSubstring(says)))), told.Text(true))
	}
	skip := given + "  - {record: lamp, after: 2h, act: {verb: Skip, step: settle, by: sun.li@example.com, reason: x}}\n" + then
	for expectation, failures := range map[string]int{
		"- {at: 2h, refused: {who: sun.li@example.com, act: Skip, step: settle, because: does not wait}}\n":     0,
		"- {at: 2h, refused: {who: sun.li@example.com, act: Skip, step: settle, because: is closed}}\n":         2,
		"- {at: 2h, refused: {who: sun.li@example.com, act: Skip, step: checkFacts, because: does not wait}}\n": 2,
		"- {at: 1h, refused: {who: sun.li@example.com, act: Skip, step: settle, because: does not wait}}\n":     1, // nothing was left out by then
	} {
		told := played(t, skip+expectation)
		NewWithT(t).Expect(told.Tests[0].Failures).To(HaveLen(failures), expectation+told.Text(true))
	}
	raise := given + "  - {record: lamp, after: 1h, act: {verb: Raise, level: general, by: sun.li@example.com, reason: x}}\n" + then
	for expectation, failures := range map[string]int{
		"- {at: 1h, refused: {who: sun.li@example.com, act: Raise, level: general}}\n": 0,
		"- {at: 1h, refused: {who: sun.li@example.com, act: Raise, level: serious}}\n": 2,
	} {
		told := played(t, raise+expectation)
		NewWithT(t).Expect(told.Tests[0].Failures).To(HaveLen(failures), expectation+told.Text(true))
	}
	late := played(t, given+"  - {record: lamp, after: 70d, act: {verb: Comment, by: sun.li@example.com, reason: x}}\n"+then)
	NewWithT(t).Expect(late.Tests[0].Failures).To(ConsistOf(And(HaveField("Line", 9), HaveField("Happened", HavePrefix("it was not done by 2026-05-01T09:00:00Z")))))
}

// Nobody knows before what an incident is called that is raised in a story: an act names the complaint that is part of it.
func TestTheCastActsOnTheIncidentOfAComplaint(t *testing.T) {
	const given = head + `
given:
  complaints: [{name: lamp, signals: [safety-hazard], category: product-defect}]
  acts:
  - {record: lamp/incident, after: 2h, act: {verb: Comment, by: sun.li@example.com, reason: I look into it.}}
then:
- {by: 2h, incident: {}}
`
	g := NewWithT(t)
	told := played(t, given)
	g.Expect(told.Tests[0].Failures).To(BeEmpty(), told.Text(true))
	g.Expect(told.Tests[0].Story).To(ContainElement(MatchRegexp(`2026-03-02 11:00:00  lamp-incident-\S+ +Commented .*sun.li`)))

	told = played(t, strings.NewReplacer("signals: [safety-hazard], ", "", "- {by: 2h, incident: {}}", "- {noIncident: true}").Replace(given))
	g.Expect(told.Tests[0].Failures).To(ConsistOf(And(HaveField("Line", 8), HaveField("Happened", ContainSubstring("lamp is part of no incident")))), told.Text(true))
}
