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

// Who was given a role under the lowest level plays it also where the level is raised twice and the playbook between does not know
// the role.
func TestTheLevelIsRaisedTwice(t *testing.T) {
	g := NewWithT(t)
	p := pack.New()
	g.Expect(p.Add("pack", []byte(`
apiVersion: crisis.tocsin.dev/v1alpha1
kind: TriagePolicy
metadata: {name: default}
spec: {levels: [{name: high, playbook: high}, {name: mid, playbook: mid}, {name: low, playbook: low}], defaultLevel: low}
---
apiVersion: crisis.tocsin.dev/v1alpha1
kind: ResponseTeam
metadata: {name: desk}
spec:
  members:
  - {name: ana, user: ana, duties: [a, c]}
  - {name: ben, user: ben, duties: [b, c]}
  - {name: cem, user: cem, duties: [c]}
  - {name: dee, user: dee, duties: [a]}
  - {name: eli, user: eli, duties: [b]}
  - {name: fay, user: fay, duties: [a]}
  - {name: gus, user: gus, duties: [b]}
---
apiVersion: crisis.tocsin.dev/v1alpha1
kind: Playbook
metadata: {name: low}
spec:
  for: Complaint
  roles: [{name: ra, team: desk, duty: a}]
  steps: [{name: look, task: {to: ra}, noDeadline: None.}]
---
apiVersion: crisis.tocsin.dev/v1alpha1
kind: Playbook
metadata: {name: mid}
spec:
  for: Complaint
  roles: [{name: ra, team: desk, duty: a}, {name: rb, team: desk, duty: b}]
  steps: [{name: hear, task: {to: rb}, noDeadline: None.}]
---
apiVersion: crisis.tocsin.dev/v1alpha1
kind: Playbook
metadata: {name: high}
spec:
  for: Complaint
  roles: [{name: ra, team: desk, duty: a}, {name: rb, team: desk, duty: b}, {name: rc, team: desk, duty: c, not: [ra, rb]}]
  steps:
  - {name: one, task: {to: rc}, noDeadline: None.}
  - {name: two, needs: [one], task: {to: ra}, noDeadline: None.}
  - {name: three, needs: [two], task: {to: rb}, noDeadline: None.}
`))).To(Succeed())
	found := map[string][]Finding{}
	proved(t, p, Options{Now: now}, func(book string, v Verdict) {
		g.Expect(v.Unlooked).To(BeEmpty())
		found[book] = v.Findings
	})
	g.Expect(found["low"]).To(BeEmpty())
	g.Expect(found["mid"]).To(BeEmpty())
	g.Expect(found["high"]).To(HaveLen(1))
	g.Expect(found["high"][0].Story).To(Equal([]string{
		"at level high", "the complaint is about cem",
		"the level changes, and mid takes over from low, where ana is ra",
		"the level changes, and this playbook takes over from mid, where ana is ra, ben is rb",
		"nobody is left to be asked as rc for one",
	}))

	high := planOf(t, p, "high")
	once := []*Earlier{{Plan: planOf(t, p, "mid")}, {Plan: planOf(t, p, "low")}}
	g.Expect(Check(Case{Plan: high, Before: once}, rosterOf(p), Options{Now: now}).Findings).To(BeEmpty(), "taking over once it is fine")
}
