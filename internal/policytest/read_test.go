package policytest

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/config"
	"tocsin.dev/tocsin/internal/gate"
	"tocsin.dev/tocsin/internal/pack"
)

func TestWhatIsWrongWithATestIsSaidWithItsLine(t *testing.T) {
	given := "given: {complaints: [{name: lamp}]}\nthen:\n"
	fine := head + given + "- {level: general}\n"
	pack, faults := suite(t, documents(t))
	NewWithT(t).Expect(faults).To(BeEmpty())
	for name, tt := range map[string]struct {
		text string
		says string
	}{
		"fine":                        {fine, ""},
		"no expectation":              {head + "given: {complaints: [{name: lamp}]}\nthen: []\n", "test0.yaml:5: then: it must have at least one entry; "},
		"then left out":               {head + "given: {complaints: [{name: lamp}]}\n", "test0.yaml:1: say what must be so: then, or assertions"},
		"nothing given":               {head + "then: [{level: general}]\n", "say in given what comes in"},
		"a promise of nobody":         {head + "assertions:\n- {name: it, told: complainant, within: {elapsed: 1h}}\n", "exactly one of the fields in [playbook level] must be set"},
		"a promise of nothing":        {head + "assertions:\n- {name: it, level: major, within: {elapsed: 1h}}\n", "exactly one of the fields in [reached told ended] must be set"},
		"a promise of a stranger":     {head + "assertions:\n- {name: it, playbook: major-recoverie, told: complainant, within: {elapsed: 1h}}\n", "test0.yaml:5: assertions[0].playbook: there is no playbook \"major-recoverie\"; did you mean major-recovery?"},
		"a promise at no level":       {head + "assertions:\n- {name: it, level: mayor, told: complainant, within: {elapsed: 1h}}\n", "test0.yaml:5: assertions[0].level: there is no level \"mayor\"; did you mean major?"},
		"levels twice":                {head + "assertions:\n- {name: it, level: major, levels: [major], told: complainant, within: {elapsed: 1h}}\n", "assertions[0].levels: it names a level already"},
		"a promise at another level":  {head + "assertions:\n- {name: it, playbook: major-recovery, levels: [general], told: complainant, within: {elapsed: 1h}}\n", "test0.yaml:5: assertions[0].levels[0]: the level general leads to "},
		"a promise to nobody":         {head + "assertions:\n- {name: it, level: major, told: king, within: {elapsed: 1h}}\n", "test0.yaml:5: assertions[0].told: playbook major-recovery: no step tells king"},
		"a promise where nothing is":  {head + "assertions:\n- {name: it, level: major, told: complainant, within: {elapsed: 1h}, when: complaint.colour == 'red'}\n", "test0.yaml:5: assertions[0].when: playbook major-recovery: "},
		"nothing comes in":            {head + "given: {}\nthen: [{level: general}]\n", "test0.yaml:4: given: nothing comes in"},
		"an unknown word":             {head + given + "- {lvl: general}\n", "test0.yaml:6: then[0].lvl: there is no field lvl here; did you mean"},
		"a length that is given":      {head + "given: {for: 3d, complaints: [{name: lamp}]}\nthen: [{level: general}]\n", "test0.yaml:4: given.for: there is no field for here; write it beside given, not in it; the fields are: acts, "},
		"two things at once":          {head + given + "- {level: general, closed: Completed}\n", "exactly one of the fields in"},
		"nothing expected":            {head + given + "- {by: 1h}\n", "exactly one of the fields in"},
		"another kind":                {strings.Replace(fine, "PolicyTest", "PolicyTests", 1), "test0.yaml:2: kind: there is no PolicyTests"},
		"of the cluster":              {strings.Replace(fine, "test.tocsin.dev", "crisis.tocsin.dev", 1), "test0.yaml:1: apiVersion: there is no PolicyTest in crisis.tocsin.dev/v1alpha1; write apiVersion: test.tocsin.dev/v1alpha1"},
		"no name":                     {strings.Replace(fine, "name: tried", "labels: {}", 1), "metadata.name"},
		"the same name":               {fine + "---\n" + fine, "test0.yaml:10: metadata.name: there is another test tried in test0.yaml:1"},
		"an unknown record":           {head + given + "- {record: lam, level: general}\n", `then[0].record: there is no record "lam"; did you mean lamp?`},
		"two records, none named":     {head + "given: {complaints: [{name: a}, {name: b}]}\nthen: [{level: general}]\n", "then[0]: several records come in"},
		"the same record twice":       {head + "given: {complaints: [{name: a}, {name: a}]}\nthen: [{level: general}]\n", "given.complaints[1]: \"a\" stands in the list twice"},
		"of both kinds":               {head + "given: {complaints: [{name: a}], incidents: [{name: a, level: major, playbook: major-incident, team: special-team}]}\nthen: [{record: a, level: general}]\n", "a complaint has the name a, too"},
		"by before the start":         {head + given + "- {by: \"2020-01-01T00:00:00Z\", level: general}\n", "then[0].by: 2020-01-01T00:00:00Z is before the record comes in (2026-03-02T09:00:00Z)"},
		"a record after the end":      {head + "for: 1d\ngiven: {complaints: [{name: lamp}, {name: late, after: 25h}]}\nthen:\n- {record: late, noIncident: true}\n", "given.complaints[1]: late comes in after the end of the story (2026-03-03T10:00:00Z)"},
		"by after the end":            {head + given + "- {by: 90d, level: general}\n", "then[0].by: 90d is after the end of the story"},
		"a day that is none":          {head + given + "- {by: \"2026-02-30T00:00:00Z\", level: general}\n", "2026-02-30T00:00:00Z is no date"},
		"a round too many":            {head + given + "- {step: {name: recover/planRemedy, round: 5}}\n", "then[0].step.round: there is no round 5 of recover/planRemedy; it has 4 at most"},
		"a round of none":             {head + given + "- {step: {name: checkFacts, round: 2, is: NeverBegun}}\n", "then[0].step.round: there is no round 2 of checkFacts; it is in no repeat, leave round out"},
		"an attempt too late":         {head + given + "- {refused: {who: sun.li@example.com, act: Approve, step: recover/approveRemedy, round: 5}}\n", "then[0].refused.round: there is no round 5 of recover/approveRemedy; it has 4 at most"},
		"an answer of none":           {head + given + "- {refused: {who: sun.li@example.com, act: Complete, step: checkFacts, outcome: foundet}}\n", `test0.yaml:6: then[0].refused.outcome: there is no outcome "foundet"; did you mean founded?`},
		"an answer to an approval":    {head + given + "- {refused: {who: sun.li@example.com, act: Approve, step: recover/approveRemedy, outcome: approved}}\n", "then[0].refused.outcome: Approve has no outcome, only Complete has; take it out"},
		"raised to no level":          {head + given + "- {at: 1h, allowed: {who: sun.li@example.com, act: Raise, level: mayor}}\n", `then[0].allowed.level: there is no level "mayor"; did you mean major?`},
		"handed over as nobody":       {head + given + "- {at: 1h, allowed: {who: sun.li@example.com, act: HandOver, role: handlr, to: sun.li@example.com}}\n", `then[0].allowed.role: there is no role "handlr"; did you mean handler?`},
		"merged into nothing":         {head + given + "- {at: 1h, allowed: {who: sun.li@example.com, act: Merge, into: lampe}}\n", `then[0].allowed.into: there is no record "lampe"; did you mean lamp?`},
		"an end that is none":         {head + given + "- {step: {name: checkFacts, outcome: foundet}}\n", `then[0].step.outcome: there is no outcome "foundet"; did you mean founded?`},
		"the end of a block":          {head + given + "- {step: {name: recover, outcome: satisfeid}}\n", `then[0].step.outcome: there is no outcome "satisfeid"; did you mean satisfied?`},
		"a misspelt template":         {head + given + "- {told: {complainant: true, template: acknowledgment}}\n", `then[0].told.template: there is no template "acknowledgment"; did you mean acknowledgement? there are: `},
		"no moment at all":            {head + given + "- {by: soon, level: general}\n", "then[0].by: it has the wrong form; write how long after, or a date with its time zone, e.g. 4h, 1d12h, 2026-03-02T17:00:00+08:00"},
		"by and at":                   {head + given + "- {by: 1h, at: 1h, level: general}\n", "it has both by and at"},
		"a story of ten years":        {head + "for: 3650d\n" + given + "- {level: general}\n", "test0.yaml:4: for: a story is played for 800d at most"},
		"an unknown level":            {head + given + "- {level: generall}\n", `there is no level "generall"; did you mean general?`},
		"nearly a person":             {head + given + "- {refused: {who: sun.lo@example.com, act: Approve, step: recover/approveRemedy}}\n", `then[0].refused.who: there is no person "sun.lo@example.com"; did you mean sun.li@example.com?`},
		"nearly a person who acts":    {head + "given: {complaints: [{name: a}], acts: [{record: a, after: 1h, act: {verb: Abort, by: sun.lo@example.com, reason: x}}]}\nthen: [{level: general}]\n", `test0.yaml:4: given.acts[0].act.by: there is no person "sun.lo@example.com"; did you mean sun.li@example.com?`},
		"skipping what is no step":    {head + "given: {complaints: [{name: a}], acts: [{record: a, after: 1h, act: {verb: Skip, step: setle, by: sun.li@example.com, reason: x}}]}\nthen: [{level: general}]\n", `given.acts[0].act.step: there is no step "setle"; did you mean settle?`},
		"an incident at no level":     {head + given + "- {incident: {level: mayor}}\n", `test0.yaml:6: then[0].incident.level: there is no level "mayor"; did you mean major?`},
		"an unknown rule":             {head + given + "- {level: serious, rule: rude}\n", `there is no rule "rude"`},
		"a rule without a level":      {head + given + "- {rule: rude-service, closed: Completed}\n", "rule needs level: write the level that the rule gave"},
		"a rule alone":                {head + given + "- {rule: rude-service}\n", "rule needs level: write the level that the rule gave"},
		"an unknown step":             {head + given + "- {step: {name: checkFact}}\n", `there is no step "checkFact"; did you mean checkFacts?`},
		"a step of another kind":      {head + given + "- {step: {name: takeCommand, is: NeverBegun}}\n", `then[0].step.name: no playbook that lamp may carry out has a step "takeCommand"; there are: acknowledge, `},
		"a step by half its name":     {head + given + "- {at: 1h, notTold: {complainant: true, step: planRemedy}}\n", `then[0].notTold.step: no playbook that lamp may carry out has a step "planRemedy"; there are: acknowledge, `},
		"an incident of an incident":  {head + given + "- {record: lamp/incident, noIncident: true}\n", "then[0]: lamp/incident is an incident, and part of none; ask it of a complaint"},
		"who complains of incidents":  {head + given + "- {record: lamp/incident, notTold: {complainant: true}}\n", "then[0]: lamp/incident is an incident, and has no complainant"},
		"together with itself":        {head + given + "- {incident: {with: [lamp]}}\n", "then[0].incident.with[0]: lamp is always part of the same incident as itself"},
		"an unknown role":             {head + given + "- {told: {role: boss}}\n", `there is no role "boss"`},
		"an unknown person":           {head + given + "- {told: {person: nobody@example.com}}\n", `there is no person "nobody@example.com"`},
		"an unknown stakeholder":      {head + given + "- {told: {stakeholder: king}}\n", `there is no stakeholder "king"; there are: customers, media, regulator, staff`},
		"an unknown template":         {head + given + "- {told: {complainant: true, template: ack}}\n", `there is no template "ack"`},
		"a step that is none":         {head + given + "- {step: {name: checkFacts, is: Finished}}\n", `"Finished" is not possible here`},
		"an outcome of none":          {head + given + "- {step: {name: checkFacts, is: Skipped, outcome: founded}}\n", "a step that has an outcome is Done"},
		"overdue and done at once":    {head + given + "- {at: 1d, step: {name: checkFacts, is: Overdue, outcome: founded}}\n", "at a moment a step is Overdue as long as it waits, and has no outcome yet; write by instead of at, or take one of the two out"},
		"closed by no end of its own": {head + given + "- {closed: Superseded}\n", `"Superseded" is not possible here; possible are: Completed, Aborted, Withdrawn, Merged`},
		"no task to approve":          {head + given + "- {at: 1h, refused: {who: a, act: Approve}}\n", "Approve is done to the task of a step"},
		"no moment to lower":          {head + given + "- {refused: {who: a, act: Lower, level: general}}\n", "it does not say when somebody tries it"},
		"lowering a task":             {head + given + "- {refused: {who: a, act: Lower, step: checkFacts}}\n", "Lower is done to a record and not to a task"},
		"a complaint no cluster has":  {head + "given: {complaints: [{name: a, channel: Pigeon}]}\nthen: [{level: general}]\n", "test0.yaml:4: given.complaints[0].channel: \"Pigeon\" is not possible here"},
		"an unknown policy":           {head + "given: {complaints: [{name: a, policy: x}]}\nthen: [{level: general}]\n", `there is no triage policy "x"`},
		"a cast of strangers":         {head + "given: {complaints: [{name: a}], answers: [{users: [x@example.com]}]}\nthen: [{level: general}]\n", `given.answers[0].users[0]: there is no person "x@example.com"`},
		"received in another age":     {head + "given: {complaints: [{name: a, receivedAt: \"1950-01-01T00:00:00Z\"}]}\nthen: [{level: general}]\n", "test0.yaml:4: given.complaints[0].receivedAt: 1950-01-01T00:00:00Z is not in the years 1970 to 2199, of which stories are told; mend the date"},
		"played in another age":       {head + "given: {start: \"2300-01-01T00:00:00Z\", complaints: [{name: a}]}\nthen: [{level: general}]\n", "test0.yaml:4: given.start: 2300-01-01T00:00:00Z is not in the years"},
		"a cast that is impossible":   {head + "given: {complaints: [{name: a}], answers: [{declines: 101}]}\nthen: [{level: general}]\n", "given.answers[0].declines: 101 is no share of a hundred"},
		"a step nobody answers":       {head + "given: {complaints: [{name: a}], answers: [{steps: [chekFacts]}]}\nthen: [{level: general}]\n", `given.answers[0].steps[0]: there is no step "chekFacts"; did you mean checkFacts?`},
		"an answer nobody can give":   {head + "given: {complaints: [{name: a}], answers: [{steps: [checkFacts], outcomes: [foundet]}]}\nthen: [{level: general}]\n", `test0.yaml:4: given.answers[0].outcomes[0]: none of the steps it speaks of has the outcome "foundet"; did you mean founded?`},
		"a signal nobody declared":    {head + "given: {complaints: [{name: a, signals: [safety-hazard, colour]}]}\nthen: [{level: general}]\n", `test0.yaml:4: given.complaints[0].signals[1]: there is no declared signal "colour"; there are: agitated, `},
		"a misspelt signal":           {head + "given: {incidents: [{name: a, level: major, playbook: major-incident, team: special-team, signals: [safety-hasard]}]}\nthen: [{level: major}]\n", `test0.yaml:4: given.incidents[0].signals[0]: there is no declared signal "safety-hasard"; did you mean safety-hazard? there are: agitated, `},
		"handed to nobody":            {head + given + "- {at: 1h, allowed: {who: sun.li@example.com, act: Reassign, step: checkFacts, to: nobody@example.com}}\n", `test0.yaml:6: then[0].allowed.to: there is no person "nobody@example.com"`},
		"handed to whom it is about":  {head + "given: {complaints: [{name: a, about: {users: [nobody@example.com]}}]}\nthen:\n- {at: 1h, refused: {who: sun.li@example.com, act: Reassign, step: checkFacts, to: nobody@example.com}}\n", ""},
		"an act that gives to nobody": {head + "given: {complaints: [{name: a}], acts: [{record: a, after: 1h, act: {verb: Ask, by: sun.li@example.com, to: sun.lo@example.com, within: {elapsed: 1h}, reason: Look.}}]}\nthen: [{level: general}]\n", `test0.yaml:4: given.acts[0].act.to: there is no person "sun.lo@example.com"; did you mean sun.li@example.com?`},
		"an act to no level":          {head + "given: {complaints: [{name: a}], acts: [{record: a, after: 1h, act: {verb: Raise, by: sun.li@example.com, level: mayor, reason: Look.}}]}\nthen: [{level: general}]\n", `test0.yaml:4: given.acts[0].act.level: there is no level "mayor"; did you mean major?`},
		"an act as no role":           {head + "given: {complaints: [{name: a}], acts: [{record: a, after: 1h, act: {verb: HandOver, by: sun.li@example.com, to: sun.li@example.com, role: handlr, reason: Look.}}]}\nthen: [{level: general}]\n", `test0.yaml:4: given.acts[0].act.role: there is no role "handlr"; did you mean handler?`},
		"an act into nothing":         {head + "given: {complaints: [{name: a}], acts: [{record: a, after: 1h, act: {verb: Merge, by: sun.li@example.com, into: b, reason: Look.}}]}\nthen: [{level: general}]\n", `test0.yaml:4: given.acts[0].act.into: there is no record "b"; there are: a`},
		"an act on nothing":           {head + "given: {complaints: [{name: a}], acts: [{record: b, after: 1h, act: {verb: Abort, by: sun.li@example.com, reason: Look.}}]}\nthen: [{level: general}]\n", `test0.yaml:4: given.acts[0].record: there is no record "b"; there are: a`},
		"hours of no calendar":        {head + "given: {complaints: [{name: a}], hours: ofice-hours}\nthen: [{level: general}]\n", `test0.yaml:4: given.hours: there is no BusinessCalendar "ofice-hours"; did you mean office-hours?`},
		"an outage of no channel":     {head + "given: {complaints: [{name: a}], outages: [{channel: post, from: \"2026-03-02T00:00:00Z\", to: \"2026-03-09T00:00:00Z\"}]}\nthen: [{level: general}]\n", `test0.yaml:4: given.outages[0].channel: there is no NoticeChannel "post"`},
		"a stranger who is away":      {head + "given: {complaints: [{name: a}], away: [{user: nobody@example.com, from: \"2026-03-02T00:00:00Z\", to: \"2026-03-09T00:00:00Z\"}]}\nthen: [{level: general}]\n", `test0.yaml:4: given.away[0].user: there is no person "nobody@example.com"`},
		"a record that is raised":     {head + "given: {complaints: [{name: a}], acts: [{record: incident-1, after: 1h, act: {verb: Abort, by: sun.li@example.com, reason: Look.}}]}\nthen: [{level: general}]\n", ""},
		"the incident of an incident": {head + "given: {incidents: [{name: a, level: major, playbook: major-incident, team: special-team}], acts: [{record: a/incident, after: 1h, act: {verb: Abort, by: sun.li@example.com, reason: Look.}}]}\nthen: [{level: major}]\n", `test0.yaml:4: given.acts[0].record: a is part of no incident, as it is no complaint; name it without /incident`},
		"a pattern no step fits":      {head + "given: {complaints: [{name: a}], answers: [{steps: ['chek*']}]}\nthen: [{level: general}]\n", `given.answers[0].steps[0]: no step fits "chek*"`},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			faults := beside(t, pack, tt.text)
			var lines []string
			for _, f := range faults {
				lines = append(lines, f.Error())
			}
			if tt.says == "" {
				g.Expect(lines).To(BeEmpty())
				return
			}
			g.Expect(strings.Join(lines, "\n")).To(ContainSubstring(tt.says))
		})
	}
}

// beside are the faults of tests beside a pack that was read before.
func beside(t *testing.T, s *Suite, text string) []pack.Fault {
	t.Helper()
	documents, faults := pack.Read("test0.yaml", []byte(text))
	one := *s
	one.Tests = nil
	for _, d := range documents {
		more, err := one.takeTest(t.Context(), d)
		NewWithT(t).Expect(err).NotTo(HaveOccurred())
		faults = append(faults, more...)
	}
	for _, test := range one.Tests {
		faults = append(faults, one.check(test)...)
	}
	return faults
}

func TestAPackThatDoesNotCompileHasNoTests(t *testing.T) {
	g := NewWithT(t)
	docs := documents(t, head+"given: {complaints: [{name: lamp}]}\nthen: [{level: general}]\n")
	for i := range docs {
		if docs[i].Name == "general-recovery" {
			docs[i].Object["spec"].(map[string]any)["ladder"] = []any{"handler", "king"}
		}
		if docs[i].Name == "office-hours" {
			docs[i].Object["spec"].(map[string]any)["timeZone"] = nil
		}
	}
	_, faults := suite(t, docs)
	g.Expect(faults).To(ContainElement(HaveField("Error()", ContainSubstring("businesscalendar.yaml:"))))
	for i := range docs {
		if docs[i].Name == "office-hours" {
			docs[i].Object["spec"].(map[string]any)["timeZone"] = "Asia/Shanghai"
		}
	}
	_, faults = suite(t, docs)
	g.Expect(faults).To(ContainElement(HaveField("Error()", ContainSubstring(`playbook-general-recovery.yaml:20: spec.ladder[1]: there is no role "king"`))))
}

// TestAStoryThatNeverRestsEnds: a notice that recurs every second until nothing is.
func TestAStoryThatNeverRestsEnds(t *testing.T) {
	g := NewWithT(t)
	const restless = `apiVersion: crisis.tocsin.dev/v1alpha1
kind: Playbook
metadata: {name: restless}
spec:
  for: Complaint
  steps:
  - {name: ring, every: {elapsed: 1m}, until: "complaint.affected > 1000", notify: {to: [complainant], template: undelivered}}
---
apiVersion: crisis.tocsin.dev/v1alpha1
kind: TriagePolicy
metadata: {name: one}
spec: {levels: [{name: only, playbook: restless}], defaultLevel: only}
---
`
	documents, faults := pack.Read("restless.yaml", []byte(restless+head+"for: 800d\ngiven: {complaints: [{name: lamp}]}\nthen: [{closed: Completed}]\n"))
	g.Expect(faults).To(BeEmpty())
	s, faults := suite(t, documents)
	g.Expect(faults).To(BeEmpty())
	p, err := policies()
	g.Expect(err).NotTo(HaveOccurred())
	r, err := s.Play(t.Context(), p, nil)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(r.Tests[0].Failures).To(ConsistOf(HaveField("Happened", ContainSubstring("it goes on; let people answer, or play a shorter story"))))
}

// FuzzPolicyTest feeds any text: it is read or explained with its place; what is read can be played.
func FuzzPolicyTest(f *testing.F) {
	base, faults := suite(f, documents(f))
	if len(faults) > 0 {
		f.Fatal(faults)
	}
	policies, err := gate.Load(config.Files, "admission")
	if err != nil {
		f.Fatal(err)
	}
	for _, then := range []string{"- {level: general}", "- {by: 4h, told: {role: handler, every: 1h}}", "- {step: {name: checkFacts, is: Done, due: 1d}}", "- {refused: {whoDid: checkFacts, act: Complete, step: checkFacts}}"} {
		f.Add([]byte(head + "given: {complaints: [{name: lamp}], answers: [{steps: [check*], after: {median: 1h, slow: 9h}}]}\nthen:\n" + then + "\n"))
	}
	f.Add([]byte(head + "given: {incidents: [{name: a, level: major, playbook: major-incident, team: special-team}]}\nfor: 1d\nthen: [{closed: Completed}]\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		read, faults := pack.Read("f.yaml", text)
		s := &Suite{Pack: base.Pack, plans: base.plans, documents: base.documents}
		for _, d := range read {
			wrong, err := s.takeTest(t.Context(), d)
			if err != nil {
				t.Fatal(err)
			}
			faults = append(faults, wrong...)
		}
		for _, test := range s.Tests {
			wrong := s.check(test)
			if faults = append(faults, wrong...); len(wrong) > 0 {
				continue
			}
			test.For = "4h"
			if _, err := s.Play(t.Context(), policies, func(name string) bool { return name == test.Name }); err != nil {
				t.Fatal(err)
			}
		}
		for _, fault := range faults {
			if fault.File != "f.yaml" || fault.Line < 0 || fault.Message == "" {
				t.Errorf("%+v", fault)
			}
		}
	})
}
