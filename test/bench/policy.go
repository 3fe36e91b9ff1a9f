package main

import "strings"

// policy is what is measured: five steps one after the other, each asking somebody, one of them for approval; an alarm; one
// step that waits for ever. Its only blank is the address of the webhook.
const policy = `
kind: NoticeChannel
apiVersion: crisis.tocsin.dev/v1alpha1
metadata: {name: pager}
spec:
  onUncertain: Resend
  webhook: {url: %q, secret: pager-key}
---
kind: BusinessCalendar
apiVersion: crisis.tocsin.dev/v1alpha1
metadata: {name: office-hours}
spec:
  timeZone: Europe/Berlin
  hours:
  - {days: [Mon, Tue, Wed, Thu, Fri], from: "09:00", to: "17:00"}
---
kind: ResponseTeam
apiVersion: crisis.tocsin.dev/v1alpha1
metadata: {name: desk}
spec:
  selection: Spread
  members:
  - {name: amy, user: amy, duties: [agent], deputies: [bob], contacts: [{kind: Webhook, address: channel}]}
  - {name: bob, user: bob, duties: [agent], deputies: [amy], contacts: [{kind: Webhook, address: channel}]}
  - {name: cai, user: cai, duties: [supervisor, commander], deputies: [dan], contacts: [{kind: Webhook, address: channel}]}
  - {name: dan, user: dan, duties: [supervisor, commander], deputies: [cai], contacts: [{kind: Webhook, address: channel}]}
---
kind: TriagePolicy
apiVersion: crisis.tocsin.dev/v1alpha1
metadata: {name: default}
spec:
  levels:
  - {name: high, playbook: five}
  - {name: normal, playbook: five}
  - {name: low, playbook: open}
  defaultLevel: normal
  counts:
  - {name: samePeople, of: Complainants, window: 30d, by: [category, place]}
  rules:
  - {name: many, level: high, when: counts.samePeople >= 1000, reason: many}
  - {name: waits, level: normal, when: complaint.channel != "Letter", reason: not a letter}
  - {name: letters, level: low, reason: a letter}
  caseNumbers: {prefix: TS, timeZone: Europe/Berlin}
---
kind: Playbook
apiVersion: crisis.tocsin.dev/v1alpha1
metadata: {name: five}
spec:
  for: Complaint
  calendar: office-hours
  roles:
  - {name: handler, team: desk, duty: agent}
  - {name: approver, team: desk, duty: supervisor, not: [handler]}
  ladder: [handler, approver]
  steps:
  - name: check
    task: {to: handler, outcomes: [founded, unfounded]}
    within: {working: 1d}
    remind: [4h]
    overdue: {climb: Ladder, every: 4h}
  - name: plan
    needs: [check]
    task: {to: handler}
    within: {working: 1d}
    overdue: {climb: Ladder, every: 4h}
  - name: approve
    needs: [plan]
    approval: {by: [approver]}
    within: {working: 4h}
    overdue: {climb: Ladder, every: 4h}
  - name: carryOut
    needs: [approve]
    task: {to: handler}
    within: {working: 2d}
    overdue: {climb: Ladder, every: 4h}
  - name: followUp
    needs: [carryOut]
    task: {to: handler, outcomes: [satisfied, dissatisfied]}
    within: {working: 1d}
    overdue: {climb: Ladder, every: 4h}
---
kind: Playbook
apiVersion: crisis.tocsin.dev/v1alpha1
metadata: {name: open}
spec:
  for: Complaint
  roles:
  - {name: handler, team: desk, duty: agent}
  - {name: approver, team: desk, duty: supervisor, not: [handler]}
  ladder: [handler, approver]
  steps:
  - name: check
    task: {to: handler, outcomes: [founded, unfounded]}
    within: {elapsed: 30d}
    overdue: {climb: Ladder, every: 4h}
---
kind: Playbook
apiVersion: crisis.tocsin.dev/v1alpha1
metadata: {name: alarm}
spec:
  for: CrisisIncident
  roles:
  - {name: commander, team: desk, duty: commander}
  ladder: [commander]
  steps:
  - name: contain
    task: {to: commander}
    within: {elapsed: 1h}
    overdue: {climb: Ladder, every: 15m}
`

func documents(text string) []string { return strings.Split(text, "\n---\n") }
