package policytest

import (
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
  - {record: lamp, after: 2h, act: {verb: Skip, step: settle, by: sun.li@example.com, reason: Not needed.}}
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
	g.Expect(told.Tests[0].Story).To(ContainElement(ContainSubstring("Skip was left out: the step does not wait")))

	for expectation, failures := range map[string]int{
		"- {at: 1h, refused: {who: yu.qing@example.com, act: Abort, because: only its leads}}\n": 0,
		"- {at: 1h, refused: {who: lin.mei@example.com, act: Abort}}\n":                          1,
		"- {at: 1h, refused: {who: yu.qing@example.com, act: Reopen}}\n":                         1,
	} {
		told := played(t, given+expectation)
		g.Expect(told.Tests[0].Failures).To(HaveLen(failures), expectation+told.Text(true))
	}
}
