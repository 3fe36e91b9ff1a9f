package policytest

import (
	"testing"

	. "github.com/onsi/gomega"
)

// A record that was not closed as expected tells which steps keep it open and whom they wait for, and what happened last.
func TestWhatKeepsARecordOpenIsTold(t *testing.T) {
	g := NewWithT(t)
	r := played(t, lamp+"- {by: 30m, closed: Completed}\n- {by: 1d, closed: Completed}\n")
	g.Expect(r.Tests[0].Failures).To(HaveExactElements(
		HaveField("Happened", Equal("it is still open; what waits: progress: recurs until steps.recover.ended; recover/planRemedy in round 1: wang-tao (handler) is asked for work, due 2026-03-04T09:30:00Z")),
		And(HaveField("Happened", ContainSubstring("recover/approveRemedy in round 1, overdue from 2026-03-03T06:00:01Z: grace-cole (supervisor) is asked for approval")),
			HaveField("Story", And(HaveLen(mostAround), ContainElements(ContainSubstring("DeadlineMissed   recover/approveRemedy"), ContainSubstring("NoticeRequested  progress"))))),
	), r.Text(true))

	r = played(t, head+`
given:
  start: "2026-03-02T09:00:00Z"
  complaints: [{name: fire, category: product-defect, product: kettle, signals: [safety-hazard]}]
  answers:
  - {steps: [assemble], users: [lei.ming@example.com], after: {median: 5m}}
  - {steps: [assemble], never: true}
then:
- {record: fire/incident, by: 4m, closed: Completed}
- {record: fire/incident, by: 10m, closed: Completed}
`)
	g.Expect(r.Tests[0].Failures).To(HaveExactElements(
		HaveField("Happened", MatchRegexp(`6 must acknowledge \(not yet: [^)]*\blei\.ming@`)),
		HaveField("Happened", MatchRegexp(`6 must acknowledge \(not yet: [^)]*\)`)),
	), r.Text(true))
	g.Expect(r.Tests[0].Failures[1].Happened).NotTo(ContainSubstring("lei.ming"))
}
