package staffing

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/internal/pack"
)

// Who was given a role under a lower level goes on playing it, also where the higher one fills another first.
func TestWhoPlaysARoleAlreadyIsNotLeftForAnother(t *testing.T) {
	g := NewWithT(t)
	const team = "- {name: ana, user: ana, duties: [lead, expert]}\n- {name: ben, user: ben, duties: [lead, expert]}\n- {name: cem, user: cem, duties: [expert]}\n"
	p := pack.New()
	g.Expect(p.Add("pack", []byte(`
apiVersion: crisis.tocsin.dev/v1alpha1
kind: TriagePolicy
metadata: {name: default}
spec: {levels: [{name: high, playbook: high}, {name: low, playbook: low}], defaultLevel: low}
---
apiVersion: crisis.tocsin.dev/v1alpha1
kind: ResponseTeam
metadata: {name: desk}
spec:
  members:
  `+strings.ReplaceAll(strings.TrimSpace(team), "\n", "\n  ")+`
---
apiVersion: crisis.tocsin.dev/v1alpha1
kind: Playbook
metadata: {name: low}
spec:
  for: Complaint
  roles: [{name: expert, team: desk, duty: expert}]
  steps: [{name: look, task: {to: expert}, noDeadline: None.}]
---
apiVersion: crisis.tocsin.dev/v1alpha1
kind: Playbook
metadata: {name: high}
spec:
  for: Complaint
  roles: [{name: lead, team: desk, duty: lead, not: [expert]}, {name: expert, team: desk, duty: expert}]
  steps:
  - {name: start, assignRole: {role: lead}}
  - {name: work, needs: [start], task: {to: expert}, noDeadline: None.}
`))).To(Succeed())
	found := map[string][]Finding{}
	proved(t, p, Options{Now: now}, func(book string, v Verdict) { found[book] = v.Findings })
	g.Expect(found["low"]).To(BeEmpty())
	g.Expect(found["high"]).To(HaveLen(1))
	g.Expect(found["high"][0].Message).To(Equal("with ana complained about, nobody is left to be lead: ana is complained about, ben is expert and so not lead"))
	g.Expect(found["high"][0].Story).To(ContainElement("the level changes, and this playbook takes over from low, where ben is expert"))

	plan := planOf(t, p, "high")
	g.Expect(Check(Case{Plan: plan}, rosterOf(p), Options{Now: now}).Findings).To(BeEmpty(), "by itself it is fine")
}
