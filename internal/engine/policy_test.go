package engine_test

import (
	"sigs.k8s.io/yaml"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/test/anyplaybook"
)

// people is the roster of the tests.
const people = `
desk:
  parent: management
  members:
  - {name: lin, user: lin, duties: [agent], deputies: [wang]}
  - {name: wang, user: wang, duties: [agent], deputies: [lin]}
  - {name: sun, user: sun, duties: [supervisor], deputies: [qian]}
  - {name: qian, user: qian, duties: [supervisor], deputies: [sun]}
management:
  members:
  - {name: ma, user: ma, duties: [manager], deputies: [zhou]}
  - {name: zhou, user: zhou, duties: [manager], deputies: [ma]}
  - {name: gao, user: gao, duties: [executive, commander], deputies: [ma]}
  - {name: hua, user: hua, duties: [lawyer]}
crisis:
  parent: management
  members:
  - {name: gao, user: gao, duties: [executive, commander], deputies: [ma]}
  - {name: ma, user: ma, duties: [manager], deputies: [gao]}
  - {name: pei, user: pei, duties: [press], deputies: [ren]}
  - {name: ren, user: ren, duties: [press]}
  stakeholders:
  - {name: regulator, contacts: [{kind: Email, address: desk@regulator.example.org}]}
  - {name: media, contacts: [{kind: Email, address: news@media.example.org}]}
`

// officeHours is a calendar in UTC: nine to five with an hour off, Mondays to Fridays, one holiday.
const officeHours = `
timeZone: UTC
hours:
- {days: [Mon, Tue, Wed, Thu, Fri], from: "09:00", to: "12:00"}
- {days: [Mon, Tue, Wed, Thu, Fri], from: "13:00", to: "18:00"}
holidays:
- {date: "2026-06-19", name: Midsummer}
`

// complaintHead and incidentHead are what the playbooks of the tests begin with; each adds its steps.
const complaintHead = anyplaybook.Head

const incidentHead = `
for: CrisisIncident
calendar: office-hours
roles:
- {name: commander, duty: commander}
- {name: spokesperson, duty: press, not: [commander]}
ladder: [spokesperson, commander]
`

// yamlInto reads YAML that the test itself wrote.
func yamlInto(t tb, text string, into any) {
	t.Helper()
	if err := yaml.UnmarshalStrict([]byte(text), into); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
}

func compile(t tb, name, text string, subs map[string]string) *playbook.Plan {
	t.Helper()
	c := playbook.Closure{Name: name, Subs: map[string]v1alpha1.PlaybookSpec{}, Calendars: map[string]v1alpha1.BusinessCalendarSpec{}, Raised: map[string]playbook.Endings{}}
	yamlInto(t, text, &c.Playbook)
	for sub, text := range subs {
		var spec v1alpha1.PlaybookSpec
		yamlInto(t, text, &spec)
		c.Subs[sub] = spec
		c.Raised[sub] = playbook.EndingsOf(spec)
	}
	for name, text := range map[string]string{"office-hours": officeHours, "known-hours": knownHours} {
		var hours v1alpha1.BusinessCalendarSpec
		yamlInto(t, text, &hours)
		c.Calendars[name] = hours
	}
	plan, problems := playbook.Compile(c)
	if plan == nil {
		t.Fatalf("%v\n%s", problems, text)
	}
	return plan
}
