package playbook

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	"sigs.k8s.io/yaml"
)

// soundBase is a sound playbook; each case adds a fault to it. Its one step has index 0.
const soundBase = `
name: base
playbook:
  for: Complaint
  calendar: office
  roles:
  - {name: handler, team: desk, duty: agent}
  - {name: boss, team: desk, duty: boss}
  ladder: [handler, boss]
  steps:
  - {name: first, task: {to: handler}, within: {elapsed: 4h}}
#STEPS
#MORE
subs:
  sub:
    for: Complaint
    roles:
    - {name: handler, team: desk, duty: agent}
    steps:
    - {name: write, task: {to: handler}, noDeadline: It takes as long as it takes.}
raised:
  storm: {decide: [pay, refuse]}
calendars:
  office:
    timeZone: Asia/Shanghai
    hours:
    - {days: [Mon], from: "09:00", to: "17:00"}
`

// badPlaybook is a fault and what is to be said about it.
type badPlaybook struct {
	// steps and more are added to the base: steps to its list of steps, more behind it.
	steps, more string
	// edits replace text of the base: old, new, old, new…
	edits []string
	// field and message are what the one problem must say; playbook names the sub-playbook it is in.
	field, message, advice, playbook string
}

func (tt badPlaybook) closure(t *testing.T) Closure {
	t.Helper()
	text := strings.Replace(soundBase, "#STEPS", indent(tt.steps), 1)
	text = strings.Replace(text, "#MORE", indent(tt.more), 1)
	for i := 0; i+1 < len(tt.edits); i += 2 {
		if strings.Count(text, tt.edits[i]) < 1 {
			t.Fatalf("the base does not hold %q", tt.edits[i])
		}
		text = strings.Replace(text, tt.edits[i], tt.edits[i+1], 1)
	}
	var c Closure
	if err := yaml.UnmarshalStrict([]byte(text), &c); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return c
}

func indent(text string) string {
	var lines []string
	for line := range strings.SplitSeq(strings.Trim(text, "\n"), "\n") {
		lines = append(lines, "  "+line)
	}
	return strings.Join(lines, "\n")
}

func (tt badPlaybook) test(t *testing.T) {
	g := NewWithT(t)
	plan, problems := Compile(tt.closure(t))
	g.Expect(plan).To(BeNil())
	g.Expect(problems).To(HaveLen(1), "%v", problems)
	g.Expect(problems[0].Playbook).To(Equal(tt.playbook))
	g.Expect(problems[0].Field).To(Equal(tt.field))
	g.Expect(problems[0].Message).To(ContainSubstring(tt.message))
	g.Expect(problems[0].Advice).To(ContainSubstring(tt.advice))
	g.Expect(problems[0].String()).NotTo(HaveSuffix("; "))
}

func TestTheBaseOfTheFaultsIsSound(t *testing.T) {
	mustCompile(t, badPlaybook{}.closure(t))
	mustCompile(t, badPlaybook{steps: `- {name: second, playbook: {name: sub}}`}.closure(t))
	mustCompile(t, badPlaybook{steps: `- {name: second, raiseIncident: {playbook: storm, team: crew}}
- {name: third, when: incident.steps.decide.outcome == "pay", assignRole: {role: boss}}`}.closure(t))
}

func TestFaultsOfThePlaybook(t *testing.T) {
	for name, tt := range map[string]badPlaybook{
		"no kind":             {edits: []string{"for: Complaint", "for: Letter"}, field: "spec.for", message: `"Letter" is no kind of record`},
		"calendar missing":    {edits: []string{"calendar: office", "calendar: moon"}, field: "spec.calendar", message: "moon cannot be used: there is no BusinessCalendar"},
		"calendar refused":    {edits: []string{"Asia/Shanghai", "Moon/Crater"}, field: "spec.calendar", message: "office cannot be used"},
		"no steps":            {edits: []string{"steps:\n  - {name: first, task: {to: handler}, within: {elapsed: 4h}}", "steps: []"}, field: "spec.steps", message: "no steps"},
		"role twice":          {edits: []string{"name: boss, team: desk, duty: boss}", "name: handler, team: desk, duty: agent}", "ladder: [handler, boss]", ""}, field: "spec.roles[1].name", message: "two roles handler"},
		"role named audience": {edits: []string{"ladder: [handler, boss]", "", "name: boss", "name: team"}, field: "spec.roles[1].name", message: "audience"},
		"role without team":   {edits: []string{"name: boss, team: desk,", "name: boss,"}, field: "spec.roles[1].team", message: "has no team"},
		"role without duty":   {edits: []string{"name: boss, team: desk, duty: boss", "name: boss, team: desk"}, field: "spec.roles[1].duty", message: "no duty"},
		"role not itself":     {edits: []string{"duty: boss}", "duty: boss, not: [boss]}"}, field: "spec.roles[1].not[0]", message: "excludes itself"},
		"role not unknown":    {edits: []string{"duty: boss}", "duty: boss, not: [nobody]}"}, field: "spec.roles[1].not[0]", message: "no role nobody", advice: "boss, handler"},
		"ladder unknown":      {edits: []string{"ladder: [handler, boss]", "ladder: [handler, chief]"}, field: "spec.ladder[1]", message: `no role "chief"`},
		"ladder twice":        {edits: []string{"ladder: [handler, boss]", "ladder: [handler, handler]"}, field: "spec.ladder[1]", message: "twice"},
		"cancel unknown step": {more: "cancel:\n- {name: over, when: incident.exists, steps: [nowhere]}", field: "spec.cancel[0].steps[0]", message: "no step nowhere", advice: "first"},
		"cancel inner step": {steps: loop, more: "cancel:\n- {name: over, when: incident.exists, steps: [inner]}",
			field: "spec.cancel[0].steps[0]", message: "stopped whole", advice: "name the block loop"},
		"cancel bad condition": {more: "cancel:\n- {name: over, when: incident.gone, steps: [first]}", field: "spec.cancel[0].when", message: "no field gone"},
		"cancel no condition":  {more: "cancel:\n- {name: over, steps: [first]}", field: "spec.cancel[0].when", message: "no condition"},
		"cancel twice": {more: "cancel:\n- {name: over, when: incident.exists, steps: [first]}\n- {name: over, when: incident.exists, steps: [first]}",
			field: "spec.cancel[1].name", message: "two cancel regions"},
		"template does not parse":   {more: textOf("{{.Case"), field: "spec.templates[0].texts[0].body", message: "line 1: unclosed action"},
		"template unknown field":    {more: textOf("a\\n{{.Name}}"), field: "spec.templates[0].texts[0].body", message: "line 2: there is no field Name; the fields are: Case"},
		"template unknown function": {more: textOf("{{printf \\\"%9999999d\\\" 1}}"), field: "spec.templates[0].texts[0].body", message: "there is no function printf"},
		"template range":            {more: textOf("{{range 9}}x{{end}}"), field: "spec.templates[0].texts[0].body", message: "can only use fields"},
		"template twice":            {more: textOf("a") + textOf("a")[len("templates:"):], field: "spec.templates[1].name", message: "two templates news"},
		"template language twice":   {more: textOf("a") + "\n  - {locale: en, subject: b, body: b}", field: "spec.templates[0].texts[1].locale", message: "two texts in en"},
	} {
		t.Run(name, tt.test)
	}
}

// loop is a block with two steps; it is step 1 of the playbook.
const loop = `
- name: loop
  repeat:
    until: steps.inner.done
    max: 2
    steps:
    - {name: inner, task: {to: handler}, within: {elapsed: 1h}}
    - {name: after, needs: [inner], assignRole: {role: boss}}`

func textOf(body string) string {
	return "templates:\n- name: news\n  texts:\n  - {locale: en, subject: a, body: \"" + body + "\"}"
}

func TestFaultsOfSteps(t *testing.T) {
	const s = "spec.steps[1]"
	for name, tt := range map[string]badPlaybook{
		"name":              {steps: `- {name: do-it, assignRole: {role: boss}}`, field: s + ".name", message: `"do-it" is no name`},
		"name in CEL":       {steps: `- {name: in, assignRole: {role: boss}}`, field: s + ".name", message: "something else in expressions"},
		"name of event":     {steps: `- {name: received, assignRole: {role: boss}}`, field: s + ".name", message: "event"},
		"name twice":        {steps: `- {name: first, assignRole: {role: boss}}`, field: s + ".name", message: "another step first"},
		"name twice inside": {steps: strings.ReplaceAll(loop, "after", "first"), field: s + ".repeat.steps[1].name", message: "another step first"},
		"name twice across": {steps: loop + "\n- {name: inner, assignRole: {role: boss}}", field: "spec.steps[2].name", message: "another step inner (inside the block loop)"},

		"needs unknown":       {steps: `- {name: second, needs: [zeroth], assignRole: {role: boss}}`, field: s + ".needs[0]", message: "no step zeroth", advice: "first, second"},
		"needs itself":        {steps: `- {name: second, needs: [second], assignRole: {role: boss}}`, field: s + ".needs[0]", message: "needs itself"},
		"needs twice":         {steps: `- {name: second, needs: [first, first], assignRole: {role: boss}}`, field: s + ".needs[1]", message: "needed twice"},
		"needs into a block":  {steps: loop + "\n- {name: last, needs: [inner], assignRole: {role: boss}}", field: "spec.steps[2].needs[0]", message: "do not reach into", advice: "need the block loop"},
		"needs out of block":  {steps: strings.Replace(loop, "needs: [inner]", "needs: [first]", 1), field: s + ".repeat.steps[1].needs[0]", message: "do not reach out", advice: "let the block loop need it"},
		"needs its own block": {steps: strings.Replace(loop, "needs: [inner]", "needs: [loop]", 1), field: s + ".repeat.steps[1].needs[0]", message: "ends only after it"},
		"needs cycle": {steps: "- {name: a, needs: [c], assignRole: {role: boss}}\n- {name: b, needs: [a], assignRole: {role: boss}}\n- {name: c, needs: [b], assignRole: {role: boss}}",
			field: s + ".needs", message: "circle, so none could ever start: a → c → b → a"},
		"quorum too large": {steps: `- {name: second, needs: [first], quorum: 2, assignRole: {role: boss}}`, field: s + ".quorum", message: "quorum is 2, but the step needs 1"},

		"when unknown step":  {steps: `- {name: second, when: steps.zeroth.done, assignRole: {role: boss}}`, field: s + ".when", message: "no step zeroth", advice: "first, second"},
		"when unknown field": {steps: `- {name: second, when: steps.first.result == "x", assignRole: {role: boss}}`, field: s + ".when", message: "no field result"},
		"when no bool":       {steps: `- {name: second, when: steps.first.outcome, assignRole: {role: boss}}`, field: s + ".when", message: "not true or false"},
		"when inside":        {steps: strings.Replace(loop, "needs: [inner]", "when: steps.nowhere.done", 1), field: s + ".repeat.steps[1].when", message: "no step nowhere", advice: "first, loop, inner, after"},
		"when too dear": {steps: `- {name: second, when: 'complaint.signals.all(a, complaint.signals.all(b, complaint.signals.all(c, a + b != c)))', assignRole: {role: boss}}`,
			field: s + ".when", message: "may cost more"},

		"no deadline":              {steps: `- {name: second, task: {to: handler}}`, field: s + ".within", message: "waits and has no deadline", advice: "noDeadline"},
		"no deadline for a wait":   {steps: `- {name: second, wait: {until: incident.exists}}`, field: s + ".within", message: "waits and has no deadline"},
		"deadline and reason":      {steps: `- {name: second, task: {to: handler}, within: {elapsed: 1h}, noDeadline: because}`, field: s + ".noDeadline", message: "has a deadline and says why it has none"},
		"deadline on a timed wait": {steps: `- {name: second, wait: {for: {elapsed: 1h}}, within: {elapsed: 1h}}`, field: s + ".within", message: "its own time"},
		"working time without calendar": {edits: []string{"calendar: office", ""}, steps: `- {name: second, task: {to: handler}, within: {working: 1d}}`,
			field: s + ".within.working", message: "the playbook names none"},
		"working recurrence without calendar": {edits: []string{"calendar: office", ""}, steps: `- {name: second, notify: {to: [handler], template: reminder}, every: {working: 1d}, until: steps.first.done}`,
			field: s + ".every.working", message: "the playbook names none"},
		"working wait without calendar": {edits: []string{"calendar: office", ""}, steps: `- {name: second, wait: {for: {working: 1d}}}`,
			field: s + ".wait.for.working", message: "the playbook names none"},
		"both kinds of time":  {steps: `- {name: second, task: {to: handler}, within: {working: 1d, elapsed: 1d}}`, field: s + ".within", message: "both"},
		"no kind of time":     {steps: `- {name: second, task: {to: handler}, within: {of: received}}`, field: s + ".within", message: "missing"},
		"bad duration":        {steps: `- {name: second, task: {to: handler}, within: {elapsed: soon}}`, field: s + ".within.elapsed", message: `"soon" is not a duration`},
		"no time at all":      {steps: `- {name: second, task: {to: handler}, within: {elapsed: 0h}}`, field: s + ".within.elapsed", message: "no time at all"},
		"deadline of unknown": {steps: `- {name: second, task: {to: handler}, within: {elapsed: 1h, of: paid}}`, field: s + ".within.of", message: "neither an event nor a step"},
		"deadline of itself":  {steps: `- {name: second, task: {to: handler}, within: {elapsed: 1h, of: second}}`, field: s + ".within.of", message: "own end"},
		"deadline of a later step": {steps: "- {name: second, task: {to: handler}, within: {elapsed: 1h, of: third}}\n- {name: third, needs: [second], assignRole: {role: boss}}",
			field: s + ".within.of", message: "cannot end before second"},

		"deadline inside a block of a later step": {steps: strings.Replace(loop, "within: {elapsed: 1h}", "within: {elapsed: 1h, of: third}", 1) + "\n- {name: third, needs: [loop], assignRole: {role: boss}}",
			field: s + ".repeat.steps[0].within.of", message: "cannot end before inner"},

		"overdue outcome no name": {steps: `- {name: second, wait: {until: incident.exists}, within: {elapsed: 2h}, overdue: {outcome: "Gave up"}}`, field: s + ".overdue.outcome", message: "no name for an outcome"},
		"remind too early":        {steps: `- {name: second, task: {to: handler}, within: {elapsed: 2h}, remind: [1h, 3h]}`, field: s + ".remind[1]", message: "3h before the deadline, but the deadline is only 2h"},
		"remind at the start":     {steps: `- {name: second, task: {to: handler}, within: {elapsed: 1d}, remind: [24h]}`, field: s + ".remind[0]", message: "24h before the deadline, but the deadline is only 1d", advice: "less than 1d"},
		"remind before work":      {steps: `- {name: second, task: {to: handler}, within: {working: 4h}, remind: [1h, 4h]}`, field: s + ".remind[1]", message: "4h before the deadline, but the deadline is only 4h of working time", advice: "less than 4h"},
		"remind a day too early":  {steps: `- {name: second, task: {to: handler}, within: {working: 1d}, remind: [1d]}`, field: s + ".remind[0]", message: "only 1d of working time"},
		"remind without deadline": {steps: `- {name: second, task: {to: handler}, noDeadline: because, remind: [1h]}`, field: s + ".remind", message: "does not have"},
		"remind nobody":           {steps: `- {name: second, notify: {to: [handler], template: reminder}, within: {elapsed: 2h}, remind: [1h]}`, field: s + ".remind", message: "asks nobody"},
		"remind twice":            {steps: `- {name: second, task: {to: handler}, within: {elapsed: 2h}, remind: [1h, 1h]}`, field: s + ".remind[1]", message: "two reminders"},

		"climb without ladder": {edits: []string{"ladder: [handler, boss]", ""}, steps: `- {name: second, task: {to: handler}, within: {elapsed: 2h}, overdue: {climb: Ladder}}`,
			field: s + ".overdue.climb", message: "no ladder"},
		"climb time without climb":  {steps: `- {name: second, task: {to: handler}, within: {elapsed: 2h}, overdue: {every: 1h}}`, field: s + ".overdue.every", message: "no ladder is climbed"},
		"climb and outcome":         {steps: `- {name: second, task: {to: handler}, within: {elapsed: 2h}, overdue: {climb: Ladder, outcome: done}}`, field: s + ".overdue.outcome", message: "both"},
		"overdue without deadline":  {steps: `- {name: second, task: {to: handler}, noDeadline: because, overdue: {climb: Ladder}}`, field: s + ".overdue", message: "never overdue"},
		"overdue unknown outcome":   {steps: `- {name: second, task: {to: handler, outcomes: [yes2, no2]}, within: {elapsed: 2h}, overdue: {outcome: maybe}}`, field: s + ".overdue.outcome", message: "maybe is no outcome", advice: "yes2, no2"},
		"overdue unknown template":  {steps: `- {name: second, task: {to: handler}, within: {elapsed: 2h}, overdue: {climb: Ladder, template: shout}}`, field: s + ".overdue.template", message: "no template shout"},
		"extension without people":  {steps: `- {name: second, assignRole: {role: boss}, extend: {atMost: 1h}}`, field: s + ".extend", message: "nobody could extend"},
		"extension without end":     {steps: `- {name: second, task: {to: handler}, noDeadline: because, extend: {atMost: 1h}}`, field: s + ".extend", message: "nothing to extend"},
		"pause without people":      {steps: `- {name: second, wait: {for: {elapsed: 1h}}, pause: {atMost: 1h}}`, field: s + ".pause", message: "nobody could pause"},
		"recurring without until":   {steps: `- {name: second, notify: {to: [handler], template: reminder}, every: {elapsed: 1h}}`, field: s + ".until", message: "never ends"},
		"recurring at once":         {steps: `- {name: second, notify: {to: [handler], template: reminder}, every: {elapsed: 0s}, until: steps.first.done}`, field: s + ".every.elapsed", message: "no time at all"},
		"recurring too often":       {steps: `- {name: second, notify: {to: [handler], template: reminder}, every: {elapsed: 59s}, until: steps.first.done}`, field: s + ".every.elapsed", message: "nobody reads that many"},
		"recurring task":            {steps: `- {name: second, assignRole: {role: boss}, every: {elapsed: 1h}, until: steps.first.done}`, field: s + ".every", message: "only notify can recur"},
		"until without recurrence":  {steps: `- {name: second, assignRole: {role: boss}, until: steps.first.done}`, field: s + ".until", message: "does not recur"},
		"recurring until not known": {steps: `- {name: second, notify: {to: [handler], template: reminder}, every: {elapsed: 1h}, until: steps.first.over}`, field: s + ".until", message: "no field over"},
	} {
		t.Run(name, tt.test)
	}
}

func TestFaultsOfActions(t *testing.T) {
	const s = "spec.steps[1]"
	forIncidents := []string{"for: Complaint", "for: CrisisIncident"}
	for name, tt := range map[string]badPlaybook{
		"nothing done": {steps: `- {name: second}`, field: s, message: "does 0 things"},
		"two things":   {steps: `- {name: second, assignRole: {role: boss}, wait: {for: {elapsed: 1h}}}`, field: s, message: "does 2 things (assignRole, wait)"},

		"task for nobody":       {steps: `- {name: second, task: {to: nobody}, within: {elapsed: 1h}}`, field: s + ".task.to", message: `no role "nobody"`},
		"approval by nobody":    {steps: `- {name: second, approval: {by: [boss, nobody]}, within: {elapsed: 1h}}`, field: s + ".approval.by[1]", message: `no role "nobody"`},
		"survey by nobody":      {steps: `- {name: second, survey: {asks: nobody, scale: [good, bad]}, within: {elapsed: 1h}}`, field: s + ".survey.asks", message: `no role "nobody"`},
		"decision by nobody":    {steps: `- {name: second, decision: {by: nobody, options: [go, stay]}, within: {elapsed: 1h}}`, field: s + ".decision.by", message: `no role "nobody"`},
		"nobody assigned":       {steps: `- {name: second, assignRole: {role: nobody}}`, field: s + ".assignRole.role", message: `no role "nobody"`},
		"post-mortem of nobody": {steps: `- {name: second, postMortem: {owner: nobody, due: {elapsed: 1d}}}`, field: s + ".postMortem.owner", message: `no role "nobody"`},

		"approval quorum":         {steps: `- {name: second, approval: {by: [boss], quorum: 2}, within: {elapsed: 1h}}`, field: s + ".approval.quorum", message: "quorum is 2, but only 1"},
		"outcome twice":           {steps: `- {name: second, task: {to: boss, outcomes: [go, go]}, within: {elapsed: 1h}}`, field: s + ".task.outcomes[1]", message: "twice"},
		"one choice":              {steps: `- {name: second, decision: {by: boss, options: [go]}, within: {elapsed: 1h}}`, field: s + ".decision.options", message: "nothing to choose"},
		"acknowledge at once":     {steps: `- {name: second, task: {to: boss, acknowledgeWithin: 0m}, within: {elapsed: 1h}}`, field: s + ".task.acknowledgeWithin", message: "no time at all"},
		"template unknown":        {steps: `- {name: second, notify: {to: [complainant], template: poem}}`, field: s + ".notify.template", message: "no template poem", advice: "assemble"},
		"assignment text unknown": {steps: `- {name: second, assignRole: {role: boss, template: poem}}`, field: s + ".assignRole.template", message: "no template poem"},
		"notify the team":         {steps: `- {name: second, notify: {to: [team], template: reminder}}`, field: s + ".notify.to[0]", message: "no team of its own"},
		"assemble no team":        {steps: `- {name: second, assembleTeam: {}, within: {elapsed: 1h}}`, field: s + ".assembleTeam.team", message: "no team of its own"},
		"wait for nothing":        {steps: `- {name: second, wait: {}}`, field: s + ".wait", message: "either a time or a condition"},
		"wait condition":          {steps: `- {name: second, wait: {until: run.stage == 2}, noDeadline: because}`, field: s + ".wait.until", message: "no field stage", advice: "round, level"},
		"incident step unknown": {steps: `- {name: second, raiseIncident: {playbook: storm, team: crew}}
- {name: third, when: incident.steps.decid.done, assignRole: {role: boss}}`, field: "spec.steps[2].when", message: "the incident has no step decid", advice: "did you mean decide?"},
		"incident step outcome": {steps: `- {name: second, raiseIncident: {playbook: storm, team: crew}}
- {name: third, when: incident.steps.decide.outcome == "paid", assignRole: {role: boss}}`, field: "spec.steps[2].when", message: `never has the outcome "paid"`, advice: "pay, refuse"},
		"incident step of nothing raised": {steps: `- {name: second, when: incident.steps.decide.done, assignRole: {role: boss}}`,
			field: s + ".when", message: "raises no incident whose steps", advice: "raiseIncident"},
		"drill of what": {steps: `- {name: second, scheduleDrill: {team: desk, after: {elapsed: 1d}}}`, field: s + ".scheduleDrill.playbook", message: "exercises an incident"},
		"field unknown": {steps: `- {name: second, task: {to: boss, writes: verdict}, within: {elapsed: 1h}}`, field: s + ".task.writes", message: "verdict"},

		"incident raises incident": {edits: forIncidents, steps: `- {name: second, raiseIncident: {playbook: storm, team: crew}}`, field: s + ".raiseIncident", message: "this playbook is for incidents"},
		"incident asks complainant": {edits: forIncidents, steps: `- {name: second, survey: {asks: boss, scale: [good, bad]}, within: {elapsed: 1h}}`,
			field: s + ".survey", message: "an incident has none"},
		"incident tells complainant": {edits: forIncidents, steps: `- {name: second, notify: {to: [complainant], template: reminder}}`,
			field: s + ".notify.to[0]", message: "no complainant", advice: "stakeholder"},
		"incident has no remedy": {edits: forIncidents, steps: `- {name: second, task: {to: boss, writes: remedy}, within: {elapsed: 1h}}`, field: s + ".task.writes", message: "belongs to a complaint"},
		"incident asks complaint": {edits: forIncidents, steps: `- {name: second, when: complaint.level == "x", assignRole: {role: boss}}`,
			field: s + ".when", message: "no complaint in a playbook for incidents"},

		"repeat until":   {steps: strings.Replace(loop, "steps.inner.done", "steps.inner.ok", 1), field: s + ".repeat.until", message: "no field ok"},
		"repeat max":     {steps: strings.Replace(loop, "max: 2", "max: 0", 1), field: s + ".repeat.max", message: "no greatest number"},
		"repeat climbs":  {edits: []string{"ladder: [handler, boss]", ""}, steps: strings.Replace(loop, "max: 2", "max: 2\n    climb: Ladder", 1), field: s + ".repeat.climb", message: "no ladder"},
		"repeat nothing": {steps: "- {name: loop, repeat: {until: steps.first.done, max: 1, steps: []}}", field: s + ".repeat.steps", message: "no steps"},

		"sub-playbook unknown":    {steps: `- {name: second, playbook: {name: other}}`, field: s + ".playbook.name", message: `no playbook "other"`},
		"sub-playbook of itself":  {steps: `- {name: second, playbook: {name: base}}`, field: s + ".playbook.name", message: "circle: base → base"},
		"sub-playbook other kind": {steps: `- {name: second, playbook: {name: sub}}`, edits: []string{"sub:\n    for: Complaint", "sub:\n    for: CrisisIncident"}, playbook: "sub", field: "spec.for", message: "carried out in a run for Complaint"},
		"sub-playbook other role": {steps: `- {name: second, playbook: {name: sub}}`, edits: []string{"    - {name: handler, team: desk, duty: agent}", "    - {name: handler, team: shop, duty: agent}"},
			playbook: "sub", field: "spec.roles[0]", message: "another one in the playbook base"},
		"sub-playbook fault": {steps: `- {name: second, playbook: {name: sub}}`, edits: []string{", noDeadline: It takes as long as it takes.", ""}, playbook: "sub", field: "spec.steps[0].within", message: "no deadline"},
	} {
		t.Run(name, tt.test)
	}
}

// A condition on an outcome the step can never have would silently always, or never, hold.
func TestOutcomesThatCanNeverBe(t *testing.T) {
	look := `- {name: look, task: {to: handler, outcomes: [found, lost]}, within: {elapsed: 2h}}`
	late := `- {name: look, survey: {asks: handler, scale: [good, bad]}, within: {elapsed: 2h}, overdue: {outcome: unreachable}}`
	act := func(action string) string { return "- {name: look, " + action + "}" }
	for name, tt := range map[string]struct {
		step, when, message, advice string
	}{
		"misspelt":          {look, `steps.look.outcome == "losst"`, `the step look never has the outcome "losst"`, "did you mean lost? its outcomes are: found, lost"},
		"other way round":   {look, `"Lost" != steps.look.outcome`, `"Lost"`, "did you mean lost?"},
		"one of a list":     {look, `steps.look.outcome in ["found", "gone"]`, `"gone"`, "its outcomes are: found, lost"},
		"deep inside":       {look, `run.round > 1 || !(steps.look.done && steps.look.outcome == "gone")`, `"gone"`, ""},
		"of a plain task":   {act(`task: {to: handler}, within: {elapsed: 2h}`), `steps.look.outcome == "ok"`, `"ok"`, "outcomes are: done"},
		"of an approval":    {act(`approval: {by: [boss]}, within: {elapsed: 2h}`), `steps.look.outcome == "aproved"`, `"aproved"`, "did you mean approved? its outcomes are: approved, refused"},
		"of a survey":       {late, `steps.look.outcome == "fair"`, `"fair"`, "outcomes are: good, bad, unreachable"},
		"of a decision":     {act(`decision: {by: boss, options: [go, stay]}, within: {elapsed: 2h}`), `steps.look.outcome == "left"`, `"left"`, "go, stay"},
		"of a notice":       {act(`notify: {to: [handler], template: reminder}`), `steps.look.outcome == "delivered"`, `"delivered"`, "sent, failed"},
		"of a late notice":  {act(`notify: {to: [handler], template: reminder}, within: {elapsed: 2h}`), `steps.look.outcome == "sent"`, `"sent"`, "delivered, uncertain, failed"},
		"of an assignment":  {act(`assignRole: {role: boss}`), `steps.look.outcome == "done"`, `"done"`, "assigned"},
		"of a team":         {act(`assembleTeam: {team: desk}, within: {elapsed: 2h}`), `steps.look.outcome == "there"`, `"there"`, "assembled"},
		"of an incident":    {act(`raiseIncident: {playbook: storm, team: desk}`), `steps.look.outcome == "opened"`, `"opened"`, "raised, joined"},
		"of a wait":         {act(`wait: {until: incident.exists}, within: {elapsed: 2h}, overdue: {outcome: gaveUp}`), `steps.look.outcome == "gaveup"`, `"gaveup"`, "did you mean gaveUp? its outcomes are: done, gaveUp"},
		"of a sub-playbook": {act(`playbook: {name: sub}`), `steps.look.outcome == "written"`, `"written"`, "done"},
	} {
		t.Run(name, func(t *testing.T) {
			second := "\n- {name: second, assignRole: {role: boss}, when: '" + tt.when + "'}"
			badPlaybook{steps: tt.step + second, field: "spec.steps[2].when", message: tt.message, advice: tt.advice}.test(t)
		})
	}
	badPlaybook{steps: strings.Replace(loop, "steps.inner.done", `steps.inner.outcome == "dome"`, 1),
		field: "spec.steps[1].repeat.until", message: `the step inner never has the outcome "dome"`, advice: "did you mean done?"}.test(t)
	for _, when := range []string{`steps.look.outcome != ""`, `steps.look.outcome in ["found", ""]`, `steps.look.outcome == run.level`, `run.level == "losst"`} {
		mustCompile(t, badPlaybook{steps: look + "\n- {name: second, assignRole: {role: boss}, when: '" + when + "'}"}.closure(t))
	}
	mustCompile(t, badPlaybook{steps: late + "\n- {name: second, assignRole: {role: boss}, when: 'steps.look.outcome == \"unreachable\"'}"}.closure(t))
}

// A later release that looks more closely than the one that pinned a playbook leaves no run without it.
func TestAPinnedPlaybookGoesOn(t *testing.T) {
	for name, steps := range map[string]string{
		"an outcome that can never be": `- {name: look, task: {to: handler}, within: {elapsed: 2h}, when: 'steps.first.outcome == "losst"'}`,
		"a reminder before the start":  `- {name: look, task: {to: handler}, within: {elapsed: 2h}, remind: [3h]}`,
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			c := badPlaybook{steps: steps}.closure(t)
			_, problems := Compile(c)
			g.Expect(problems).To(HaveLen(1))
			plan, problems := CompilePinned(c)
			g.Expect(problems).To(BeEmpty())
			g.Expect(plan).NotTo(BeNil())
		})
	}
	_, problems := CompilePinned(badPlaybook{steps: `- {name: look, task: {to: nobody}, within: {elapsed: 2h}}`}.closure(t))
	NewWithT(t).Expect(problems).NotTo(BeEmpty(), "what cannot be carried out stays a problem")
}

func TestPlaybooksInACircle(t *testing.T) {
	g := NewWithT(t)
	tt := badPlaybook{steps: `- {name: second, playbook: {name: sub}}`, edits: []string{"    - {name: write,", "    - {name: back, playbook: {name: base}}\n    - {name: write,"}}
	_, problems := Compile(tt.closure(t))
	g.Expect(problems).To(HaveLen(2))
	g.Expect(problems[0].String()).To(ContainSubstring("spec.steps[1].playbook.name: the playbooks carry out each other in a circle: base → sub → base"))
	g.Expect(problems[1].String()).To(HavePrefix("playbook sub: spec.steps[0].playbook.name: "))
}

func TestAllProblemsAtOnceInOrder(t *testing.T) {
	g := NewWithT(t)
	tt := badPlaybook{
		edits: []string{"ladder: [handler, boss]", "ladder: [chief]", "within: {elapsed: 4h}", "within: {elapsed: 4x}"},
		steps: `- {name: second, needs: [nowhere], when: steps.first, task: {to: nobody}, remind: [1h]}`,
		more:  "cancel:\n- {name: over, when: 'true', steps: [none]}\n" + textOf("{{.Nothing}}"),
	}
	_, problems := Compile(tt.closure(t))
	var fields []string
	for _, p := range problems {
		fields = append(fields, p.Field)
		g.Expect(p.Message).NotTo(BeEmpty())
	}
	g.Expect(fields).To(Equal([]string{
		"spec.ladder[0]", "spec.steps[0].within.elapsed",
		"spec.steps[1].needs[0]", "spec.steps[1].when", "spec.steps[1].within", "spec.steps[1].remind", "spec.steps[1].task.to",
		"spec.cancel[0].steps[0]", "spec.templates[0].texts[0].body",
	}))
}
