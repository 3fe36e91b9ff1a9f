package casework_test

const teamsYAML = `
desk:
  members:
  - {name: amy, user: amy, duties: [agent], deputies: [bob]}
  - {name: bob, user: bob, duties: [agent], deputies: [amy]}
  - {name: cleo, user: cleo, duties: [supervisor], deputies: [dan]}
  - {name: dan, user: dan, duties: [supervisor], deputies: [cleo]}
crisis:
  members:
  - {name: eve, user: eve, duties: [commander], deputies: [fay]}
  - {name: fay, user: fay, duties: [commander], deputies: [eve]}
  - {name: gil, user: gil, duties: [spokesperson], deputies: [hal]}
  - {name: hal, user: hal, duties: [spokesperson], deputies: [gil]}
`

const triageYAML = `
levels:
- {name: crisis, playbook: crisis-case}
- {name: general, playbook: general-case}
defaultLevel: general
signals: [safety-hazard]
counts:
- {name: people, window: 30d, by: [product], of: Complainants}
rules:
- {name: hazard, level: crisis, when: "'safety-hazard' in complaint.signals", reason: somebody may come to harm}
- {name: many, level: crisis, when: counts.people >= 1000, reason: everybody complains}
- {name: old, level: crisis, openFor: 60d, reason: it takes too long}
correlation: {by: [product]}
`

const playbooksYAML = `
general-case:
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
crisis-case:
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
crisis-response:
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
  - name: contain
    needs: [takeCommand]
    task: {to: commander}
    within: {elapsed: 4h}
    overdue: {climb: Ladder}
  - name: review
    needs: [contain]
    postMortem: {owner: commander, due: {elapsed: 30d}, actions: [Look at the cause.]}
`
