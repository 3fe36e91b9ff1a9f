package controllers

import (
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// The people of these tests: agents and supervisors of the desk, the crisis team. Everybody has a deputy.
const (
	amy  = "amy"  // agent, asked first
	bob  = "bob"  // agent
	cleo = "cleo" // supervisor
	dan  = "dan"  // supervisor
	eve  = "eve"  // commander, asked first
	fay  = "fay"  // commander
	gil  = "gil"  // spokesperson
	hal  = "hal"  // spokesperson
)

const teamsYAML = `
kind: ResponseTeam
metadata: {name: desk}
spec:
  members:
  - {name: amy, user: amy, duties: [agent], deputies: [bob]}
  - {name: bob, user: bob, duties: [agent], deputies: [amy]}
  - {name: cleo, user: cleo, duties: [supervisor], deputies: [dan]}
  - {name: dan, user: dan, duties: [supervisor], deputies: [cleo]}
---
kind: ResponseTeam
metadata: {name: crisis}
spec:
  members:
  - {name: eve, user: eve, duties: [commander], deputies: [fay]}
  - {name: fay, user: fay, duties: [commander], deputies: [eve]}
  - {name: gil, user: gil, duties: [spokesperson], deputies: [hal]}
  - {name: hal, user: hal, duties: [spokesperson], deputies: [gil]}
  stakeholders:
  - {name: regulator, contacts: [{kind: Email, address: duty@regulator.example}]}
`

const triageYAML = `
kind: TriagePolicy
metadata: {name: default}
spec:
  levels:
  - {name: crisis, playbook: crisis-case}
  - {name: serious, playbook: serious-case}
  - {name: general, playbook: general-case}
  defaultLevel: general
  signals: [safety-hazard, agitated]
  counts:
  - {name: people, window: 30d, by: [product], of: Complainants}
  rules:
  - {name: hazard, level: crisis, when: "'safety-hazard' in complaint.signals", reason: somebody may come to harm}
  - {name: agitated, level: serious, when: "'agitated' in complaint.signals", reason: the customer is upset}
  - {name: several, level: serious, when: counts.people >= 3, reason: three different people complain of the same product}
  - {name: a-month, level: serious, openFor: 30d, reason: unresolved for a month}
  correlation: {by: [product]}
`

// The general playbook has a part in common with the serious one, so that a take-over has something to keep.
const generalYAML = `
kind: Playbook
metadata: {name: general-case}
spec:
  for: Complaint
  roles:
  - {name: handler, team: desk, duty: agent}
  - {name: supervisor, team: desk, duty: supervisor, not: [handler]}
  ladder: [handler, supervisor]
  steps:
  - name: acknowledge
    notify: {to: [complainant], template: hello}
  - name: checkFacts
    task: {to: handler, outcomes: [founded, unfounded]}
    within: {elapsed: 24h, of: received}
    remind: [4h]
    overdue: {climb: Ladder, every: 4h}
  - name: settle
    needs: [checkFacts]
    task: {to: handler}
    within: {elapsed: 48h}
    overdue: {climb: Ladder}
  templates:
  - name: hello
    texts:
    - {locale: en, subject: "Your case {{.Case}}", body: "We have your complaint."}
`

const seriousYAML = `
kind: Playbook
metadata: {name: serious-case}
spec:
  for: Complaint
  roles:
  - {name: handler, team: desk, duty: agent}
  - {name: supervisor, team: desk, duty: supervisor, not: [handler]}
  ladder: [handler, supervisor]
  steps:
  - name: acknowledge
    notify: {to: [complainant], template: hello}
  - name: checkFacts
    task: {to: handler, outcomes: [founded, unfounded]}
    within: {elapsed: 24h, of: received}
    overdue: {climb: Ladder, every: 4h}
  - name: visit
    needs: [checkFacts]
    task: {to: supervisor}
    within: {elapsed: 48h}
    overdue: {climb: Ladder}
  templates:
  - name: hello
    texts:
    - {locale: en, subject: "Your case {{.Case}}", body: "We have your complaint."}
`

const crisisYAML = `
kind: Playbook
metadata: {name: crisis-case}
spec:
  for: Complaint
  roles:
  - {name: handler, team: desk, duty: agent}
  - {name: supervisor, team: desk, duty: supervisor, not: [handler]}
  ladder: [handler, supervisor]
  steps:
  - name: raise
    raiseIncident: {playbook: crisis-response, team: crisis}
  - name: over
    needs: [raise]
    wait: {until: incident.closed}
    noDeadline: The incident has deadlines of its own.
  - name: close
    needs: [over]
    task: {to: handler}
    within: {elapsed: 24h}
    overdue: {climb: Ladder}
---
kind: Playbook
metadata: {name: crisis-response}
spec:
  for: CrisisIncident
  roles:
  - {name: commander, duty: commander}
  - {name: spokesperson, duty: spokesperson, not: [commander]}
  ladder: [spokesperson, commander]
  steps:
  - name: takeCommand
    assignRole: {role: commander}
    within: {elapsed: 15m}
    overdue: {climb: Ladder}
  - name: takeVoice
    needs: [takeCommand]
    assignRole: {role: spokesperson}
    within: {elapsed: 15m}
    overdue: {climb: Ladder}
  - name: contain
    needs: [takeVoice]
    task: {to: commander}
    within: {elapsed: 4h}
    overdue: {climb: Ladder}
  - name: tell
    needs: [takeVoice]
    notify: {to: [regulator], template: report}
  - name: review
    needs: [contain]
    postMortem: {owner: commander, due: {elapsed: 30d}, actions: [Look at the cause.]}
  templates:
  - name: report
    texts:
    - {locale: en, subject: "Report", body: "Something happened."}
`

// furnish gives the namespace teams, a triage policy and verified playbooks.
func (w *world) furnish() {
	w.apply(teamsYAML)
	w.apply(triageYAML)
	for _, text := range []string{generalYAML, seriousYAML, crisisYAML} {
		w.apply(text)
	}
	w.verify()
}

// complain creates a complaint received now. Each comes from another person.
func (w *world) complain(name string, change ...func(*v1alpha1.ComplaintSpec)) *v1alpha1.Complaint {
	c := &v1alpha1.Complaint{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: v1alpha1.ComplaintSpec{
		Statement: "The kettle broke.", Channel: "Phone", ReceivedAt: metav1.NewTime(w.clock.Now()),
		Complainant: &v1alpha1.Complainant{Pseudonym: fmt.Sprintf("customer-%s", name), ContactSecret: name + "-contact"},
	}}
	for _, f := range change {
		f(&c.Spec)
	}
	w.create(c)
	return c
}

func signal(words ...v1alpha1.Identifier) func(*v1alpha1.ComplaintSpec) {
	return func(s *v1alpha1.ComplaintSpec) { s.Signals = words }
}

func product(name string) func(*v1alpha1.ComplaintSpec) {
	return func(s *v1alpha1.ComplaintSpec) { s.Product = name }
}
