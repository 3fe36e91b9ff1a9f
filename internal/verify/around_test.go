package verify

import (
	"context"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/internal/pack"
)

// alive is a namespace that lives: a promise that people keep, a wait that nothing ends, and a team.
const alive = `apiVersion: crisis.tocsin.dev/v1alpha1
kind: ResponseTeam
metadata: {name: desk}
spec:
  members:
  - {name: amy, user: amy, duties: [agent], deputies: [bob]}
  - {name: bob, user: bob, duties: [agent], deputies: [amy]}
  - {name: cleo, user: cleo, duties: [supervisor], deputies: [dan]}
  - {name: dan, user: dan, duties: [supervisor], deputies: [cleo]}
  - {name: eva, user: eva, duties: [agent, supervisor]}
---
apiVersion: crisis.tocsin.dev/v1alpha1
kind: Playbook
metadata: {name: general}
spec:
  for: Complaint
  roles:
  - {name: handler, team: desk, duty: agent}
  - {name: boss, team: desk, duty: supervisor}
  ladder: [handler, boss]
  steps:
  - {name: ask, within: {elapsed: 4h}, overdue: {climb: Ladder}, task: {to: handler, outcomes: [good, bad]}}
  - {name: hope, needs: [ask], noDeadline: None., wait: {until: 'steps.ask.outcome == "good"'}}
`

// A namespace that lives is judged by the same checks as files, but for what the texts say by themselves.
func TestAround(t *testing.T) {
	g := NewWithT(t)
	look := func(change ...string) []Finding {
		p := pack.New()
		g.Expect(p.Add("namespace", []byte(strings.NewReplacer(change...).Replace(alive)))).To(Succeed())
		found, err := Around(t.Context(), p, time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))
		g.Expect(err).NotTo(HaveOccurred())
		return found["general"]
	}
	g.Expect(look()).To(BeEmpty(), "that it gets stuck is condition Verified's to tell")
	g.Expect(look("duties: [supervisor]", "duties: [agent]", "[agent, supervisor]", "[agent]")).To(ContainElement(And(HaveField("Rule", RoleFilled), HaveField("Object", "Playbook/general"))))
	g.Expect(look("duties: [agent, supervisor]", "duties: [agent]")).
		To(ContainElement(And(HaveField("Rule", AbsenceCovered), HaveField("Severity", Warning), HaveField("Story", Not(BeEmpty())))), "it works as long as two of them are there")
	const promise = "  steps:\n  - {name: ask"
	kept := strings.Replace(promise, "  steps:", "  assertions:\n  - {name: soon, reached: boss, within: {elapsed: 5h}, unless: [ask]}\n  steps:", 1)
	g.Expect(look(promise, kept)).To(BeEmpty())
	g.Expect(look(promise, strings.Replace(kept, "5h", "3h", 1))).To(ContainElement(And(HaveField("Rule", AssertionHolds), HaveField("Story", Not(BeEmpty())))))

	ended, end := context.WithCancel(t.Context())
	end()
	_, err := Around(ended, pack.New(), time.Time{})
	g.Expect(err).To(MatchError(context.Canceled))
}
