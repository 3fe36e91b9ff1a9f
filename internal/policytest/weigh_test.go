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
  levels: [{name: L1, playbook: p}]
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

// weighed plays a test beside the small pack, whose playbook goes on with the text given, and says how many failures each
// of some expectations has when it stands there alone.
func weighed(t *testing.T, book, given string, expectations map[string]string) {
	t.Helper()
	for then, happened := range expectations {
		g := NewWithT(t)
		var all []pack.Document
		for file, text := range map[string]string{"p.yaml": desk + book, "tests/t.yaml": head + given + "then:\n- " + then + "\n"} {
			documents, faults := pack.Read(file, []byte(text))
			g.Expect(faults).To(BeEmpty())
			all = append(all, documents...)
		}
		s, faults := suite(t, all)
		g.Expect(faults).To(BeEmpty(), then)
		p, err := policies()
		g.Expect(err).NotTo(HaveOccurred())
		r, err := s.Play(t.Context(), p, nil)
		g.Expect(err).NotTo(HaveOccurred())
		if happened == "" {
			g.Expect(r.Tests[0].Failures).To(BeEmpty(), then+"\n"+r.Text(true))
			continue
		}
		g.Expect(r.Tests[0].Failures).To(ConsistOf(HaveField("Happened", ContainSubstring(happened))), then+"\n"+r.Text(true))
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
