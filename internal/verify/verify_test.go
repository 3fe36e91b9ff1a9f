package verify

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/config"
	"tocsin.dev/tocsin/internal/junit"
	"tocsin.dev/tocsin/internal/schema"
	"tocsin.dev/tocsin/playbooks"
)

var now = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

var kinds, kindsErr = schema.Load(config.Files, "crd/bases")

// knownDays is how far the packs know all holidays by which they promise something.
const knownDays = 120

func verified(t testing.TB, files []File) *Report {
	t.Helper()
	g := NewWithT(t)
	g.Expect(kindsErr).NotTo(HaveOccurred())
	r, err := Verify(t.Context(), kinds, files, now, Options{Absent: 1, Horizon: knownDays})
	g.Expect(err).NotTo(HaveOccurred())
	return r
}

// samples are the files of config/samples, by their short names.
func samples(t testing.TB) []File {
	t.Helper()
	var files []File
	for _, name := range []string{"playbook", "triagepolicy", "responseteam", "businesscalendar", "noticechannel", "drillschedule"} {
		text, err := os.ReadFile(filepath.Join("../../config/samples", name+".yaml"))
		NewWithT(t).Expect(err).NotTo(HaveOccurred())
		files = append(files, File{name, text})
	}
	return files
}

// known are mistakes in the samples: a piece of a file written otherwise, and what is then said, of which place.
var known = []struct {
	file, old, new string
	rule, place    string
	says           string
}{
	{"playbook", "ladder: [h", "lader: [h", Schema, "playbook:13", "Playbook/complaint: spec.lader: there is no field lader here; did you mean ladder?"},
	{"playbook", "task: {to: handler, outcomes:", "task: {to: handler, within: {working: 1d}, outcomes:", Schema, "playbook:21", "spec.steps[1].task.within: there is no field within here; write it beside task, not in it; the fields are: "},
	{"playbook", "task: {to: handler, outcomes:", "task: {to: handler, kind: x, outcomes:", Schema, "playbook:21", "spec.steps[1].task.kind: there is no field kind here; the fields are: "},
	{"playbook", "apiVersion: crisis.tocsin.dev/v1alpha1", "apiVersion: crisis.tocsin.dv/v1alpha1", Schema, "playbook:1", "apiVersion: there is no Playbook in \"crisis.tocsin.dv/v1alpha1\"; did you mean crisis.tocsin.dev/v1alpha1?"},
	{"playbook", "kind: Playbook", "kind: Playbok", Schema, "playbook:2", "kind: there is no kind \"Playbok\"; did you mean Playbook?"},
	{"playbook", "v1alpha1", "v1beta1", Schema, "playbook:1", "apiVersion: there is no version crisis.tocsin.dev/v1beta1; write crisis.tocsin.dev/v1alpha1"},
	{"playbook", "for: Complaint", "for: Complaint\n  for: CrisisIncident", Readable, "playbook:7", "spec.for: it stands here twice: on line 6, too"},
	{"playbook", "name: crisis", "name: complaint", UniqueName, "playbook:46", "there are two objects Playbook complaint"},
	{"playbook", `when: steps.checkFacts.outcome == "founded"`, `when: steps.checkFact.outcome == "founded"`, PlaybookCompiles, "playbook:27", "spec.steps[2].when: "},
	{"playbook", `outcome == "founded"`, `outcome == "true"`, PlaybookCompiles, "playbook:27", `never has the outcome "true"`},
	{"playbook", "calendar: office-hours", "calendar: offic-hours", PlaybookCompiles, "playbook:8", "spec.calendar: the calendar offic-hours cannot be used: there is no BusinessCalendar of that name; did you mean office-hours? create or repair the BusinessCalendar; there are: office-hours"},
	{"playbook", "needs: [checkFacts]", "needs: [checkFact]", PlaybookCompiles, "playbook:26", "spec.steps[2].needs[0]"},
	{"playbook", "body: We have received your complaint and will answer within two working days.", "body: |\n        Hello,\n\n        {{.Nam}}\n", PlaybookCompiles, "playbook:44", "there is no field Nam"},
	{"playbook", "template: acknowledgement}", "template: acknowledgment}", PlaybookCompiles, "playbook:16", "there is no template acknowledgment; did you mean acknowledgement? write it under spec.templates; there are: acknowledgement"},
	{"playbook", "assignRole: {role: spokesperson}", "playbook: {name: crisis}", PlaybookCompiles, "playbook:60", "spec.steps[1].playbook.name"},
	{"playbook", `when: steps.checkFacts.outcome == "founded"`, "when: steps.checkFacts.skipped", StepHappens, "playbook:27", `spec.steps[2].when: the step planRemedy never happens: "steps.checkFacts.skipped" holds in no run`},
	{"playbook", "  roles:\n  - {name: handler", "  cancel:\n  - {name: never, when: incident.exists && !incident.exists, steps: [checkFacts]}\n  roles:\n  - {name: handler", StepHappens, "playbook:10", "spec.cancel[0].when: the cancel region never never stops anything"},
	{"playbook", `when: steps.checkFacts.outcome == "founded"`, `when: sets.intersects(complaint.signals, ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"])`, ProofBounded, "playbook:1", "not every combination of them was tried; simplify its conditions"},
	{"playbook", `when: steps.checkFacts.outcome == "founded"`, `when: complaint.category == complaint.product`, ProofBounded, "playbook:1", `not every value of complaint.category was tried, because "complaint.category == complaint.product" does more than compare it`},
	{"playbook", `when: steps.checkFacts.outcome == "founded"`, `when: complaint.signals[0] == "agitated"`, ConditionAnswered, "playbook:27", `has no answer where there is nothing at that place; ask before how long the list is| planRemedy waits, and says so`},
	{"playbook", `when: steps.checkFacts.outcome == "founded"`, `when: complaint.channel == "Fone"`, PlaybookCompiles, "playbook:27", `complaint.channel is never "Fone"; did you mean Phone?`},
	{"playbook", "  - name: planRemedy\n", "  - {name: more, needs: [acknowledge], noDeadline: None., wait: {until: steps.planRemedy.done}}\n  - name: planRemedy\n", PlaybookSound, "playbook:25", "spec.steps[2].wait.until: step more waits until steps.planRemedy.done, but planRemedy was skipped"},
	{"playbook", "    assignRole: {role: spokesperson}\n", "    when: incident.complaints > 3\n    assignRole: {role: spokesperson}\n  - name: tell\n    needs: [voice]\n    notify: {to: [media], template: reminder}\n", OneVoice, "playbook:55", "tell tells somebody outside, and in some runs nobody is spokesperson"},
	{"playbook", "notify: {to: [complainant]", "notify: {to: [complainant, media]", NoticeHeard, "playbook:16", `spec.steps[0].notify.to[1]: "media" is no role of the playbook`},
	{"playbook", "team: service-desk, duty: agent", "team: service-dsk, duty: agent", RoleFilled, "playbook:10", `spec.roles[0]: there is no ResponseTeam "service-dsk"; did you mean service-desk? apply it`},
	{"playbook", "duty: agent", "duty: agnt", RoleFilled, "playbook:10", `nobody in team service-desk has the duty "agnt"; did you mean agent? give it to a member`},
	{"playbook", "duty: spokesperson, not: [commander]", "duty: executive, not: [commander, executive]", AbsenceCovered, "playbook:52", "spec.roles[1]: with cai complained about and dana away, nobody is left to be spokesperson: eve is commander"},
	{"responseteam", "    deputies: [cai, eve]", "    deputies: [cai]", AbsenceCovered, "playbook:52", "spec.roles[1]: with bob complained about and cai away, nobody is left to be spokesperson: bob is complained about, dana is commander and so not spokesperson, cai is away; give the duty spokesperson to one more person"},
	{"playbook", "ladder: [handler, supervisor, executive]", "ladder: [supervisor, executive, handler]", DeadlineClimbs, "playbook:24", "spec.steps[1].overdue"},
	{"playbook", "ladder: [handler, supervisor, executive]", "ladder: [executive, supervisor, handler]", LadderAsked, "playbook:13", "spec.ladder: no step asks or tells the executive, the lowest on the ladder, but one does the supervisor, above; write the lowest first"},
	{"playbook", "ladder: [handler, supervisor, executive]\n  steps:\n", "ladder: [handler]\n  steps:\n  - {name: await, wait: {until: complaint.affected > 3}, within: {elapsed: 1d}}\n", DeadlineHeard, "playbook:15", "spec.steps[0].within: the deadline of await passes and nobody is told: it asks nobody, and nobody leads the record, because handler is alone on the ladder; write overdue: {climb: Ladder}, or list a second role under spec.ladder"},
	{"playbook", "task: {to: handler, outcomes: [founded, unfounded]}\n    within: {working: 1d}", "task: {to: handler, acknowledgeWithin: 90d, outcomes: [founded, unfounded]}\n    within: {elapsed: 1d}", AcknowledgedInTime, "playbook:21", "spec.steps[1].task.acknowledgeWithin: checkFacts may be acknowledged within 90d and must be done within 1d; write less than 1d, or leave it out"},
	{"playbook", "task: {to: handler, outcomes: [founded, unfounded]}", "task: {to: handler, acknowledgeWithin: 30d, outcomes: [founded, unfounded]}", AcknowledgedInTime, "playbook:21", "checkFacts may be acknowledged within 30d and must be done within 1d of working time, which is 3 days 15 h 30 min at most; write less than that, or leave it out"},
	{"playbook", "handler, writes: remedy}", "handler}", RemedyWritten, "playbook:33", "spec.steps[3].approval.of: approveRemedy approves the remedy, and no step has anybody write one: what is approved may be empty; let a task before it write the remedy (task.writes: remedy), or leave of out"},
	{"playbook", "  - name: approveRemedy\n", "  - {name: alarm, needs: [planRemedy], raiseIncident: {playbook: crisis, team: service-desk, level: urgnt}}\n  - name: approveRemedy\n", LevelDeclared, "playbook:31", `spec.steps[3].raiseIncident.level: there is no level "urgnt": no TriagePolicy in these files has it; did you mean urgent? the levels are: normal, urgent`},
	{"playbook", "  templates:\n", "  templates:\n  - {name: farewell, texts: [{locale: en, subject: Bye, body: Bye.}]}\n", TemplateUsed, "playbook:37", "spec.templates[0]: no step sends the template farewell; name it in a step, or take it out"},
	{"triagepolicy", "level: urgent", "level: urgnt", GradingCompiles, "triagepolicy:13", `spec.rules[0].level: there is no level "urgnt"`},
	{"triagepolicy", `'"safety-hazard" in`, `'"safety-hazrd" in`, GradingCompiles, "triagepolicy:14", `signal "safety-hazrd" is not declared`},
	{"triagepolicy", "in complaint.signals'", "in complaint.sinals'", GradingCompiles, "triagepolicy:14", "spec.rules[0].when"},
	{"triagepolicy", `in complaint.signals'`, `in complaint.signals && complaint.channel == "Phone" && complaint.channel == "Email"'`, RuleDecides, "triagepolicy:14", `spec.rules[0].when: the rule safety-hazard never matches: "\"safety-hazard\" in complaint.signals`},
	{"triagepolicy", "  rules:\n", "  rules:\n  - {name: any, level: urgent, reason: whatever it is}\n", RuleDecides, "triagepolicy:15", "spec.rules[1].when: the rule safety-hazard never decides: whenever it matches any does, too, which comes first; take it out"},
	{"triagepolicy", `'"safety-hazard" in complaint.signals'`, `complaint.signals[0] == "safety-hazard"`, ConditionAnswered, "triagepolicy:14", "has no answer where there is nothing at that place, and the rule does not match then; ask before how long the list is, e.g. size(complaint.signals) > 0"},
	{"triagepolicy", "urgent, playbook: complaint", "urgent, playbook: complain", LevelPlaybook, "triagepolicy:7", `spec.levels[0].playbook: there is no Playbook "complain" in these files; did you mean complaint? apply it`},
	{"triagepolicy", "urgent, playbook: complaint", "urgent, playbook: crisis", LevelPlaybook, "triagepolicy:7", `Playbook "crisis" is for CrisisIncident, not for Complaint`},
	{"triagepolicy", "urgent, playbook: complaint", "urgent", LevelHasPlaybook, "triagepolicy:7", "spec.levels[0]: the level urgent has no playbook, and stands above normal, which has one: a complaint that is raised to it goes on as before"},
	{"triagepolicy", "normal, playbook: complaint", "normal", LevelHasPlaybook, "triagepolicy:8", "spec.levels[1]: the default level normal has no playbook: nobody is asked for a complaint that no rule matches; name its playbook"},
	{"playbook", `when: steps.checkFacts.outcome == "founded"`, `when: complaint.level in ["urgent", "nrmal"]`, LevelDeclared, "playbook:27", `spec.steps[2].when: complaint.level is never "nrmal": no TriagePolicy in these files has that level; did you mean normal? the levels are: normal, urgent`},
	{"playbook", `when: steps.checkFacts.outcome == "founded"`, `when: run.level == "L9" || steps.checkFacts.done`, LevelDeclared, "playbook:27", `run.level is never "L9"`},
	{"playbook", "  roles:\n  - {name: handler", "  assertions:\n  - {name: heard, told: complainant, within: {elapsed: 1d}, when: run.level != \"urgnt\"}\n  roles:\n  - {name: handler", LevelDeclared, "playbook:10", `spec.assertions[0].when: run.level is never "urgnt": no TriagePolicy in these files has that level; did you mean urgent? the levels are: normal, urgent`},
	{"playbook", "    assignRole: {role: spokesperson}\n", "    assignRole: {role: spokesperson}\n  - {name: quiet, noDeadline: None., wait: {until: incident.level != \"lound\"}}\n", LevelDeclared, "playbook:61", `spec.steps[2].wait.until: incident.level is never "lound": neither a TriagePolicy nor a DrillSchedule in these files has that level`},
	{"playbook", `when: steps.checkFacts.outcome == "founded"`, `when: '["safety-hazrd"].exists(s, s in complaint.signals) || steps.checkFacts.done'`, SignalDeclared, "playbook:27", `no TriagePolicy in these files declares the signal "safety-hazrd"; did you mean safety-hazard? add it to spec.signals of the policy, or use one of: safety-hazard`},
	{"playbook", `when: steps.checkFacts.outcome == "founded"`, `when: complaint.signals.exists(s, s.startsWith("hazards-"))`, SignalDeclared, "playbook:27", `no signal that a TriagePolicy in these files declares begins with "hazards-"; correct it, the signals are: safety-hazard`},
	{"playbook", "  - name: approveRemedy\n", "  - {name: alarm, needs: [planRemedy], raiseIncident: {playbook: crises, team: service-desk}}\n  - name: approveRemedy\n", StepLeads, "playbook:31", `spec.steps[3].raiseIncident.playbook: there is no Playbook "crises" in these files`},
	{"playbook", "  - name: approveRemedy\n", "  - {name: alarm, needs: [planRemedy], raiseIncident: {playbook: complaint, team: service-desk}}\n  - name: approveRemedy\n", StepLeads, "playbook:31", `Playbook "complaint" is for Complaint, not for CrisisIncident`},
	{"playbook", "  - name: approveRemedy\n", "  - {name: alarm, needs: [planRemedy], raiseIncident: {playbook: crisis, team: service-dsk}}\n  - name: approveRemedy\n", StepLeads, "playbook:31", `spec.steps[3].raiseIncident.team: there is no ResponseTeam "service-dsk" in these files; did you mean service-desk?`},
	{"playbook", "  - name: voice\n", "  - {name: again, needs: [command], scheduleDrill: {playbook: crises, after: {elapsed: 90d}}}\n  - name: voice\n", StepLeads, "playbook:58", `spec.steps[1].scheduleDrill.playbook: there is no Playbook "crises"`},
	{"playbook", "{name: spokesperson, team: service-desk, duty: spokesperson,", "{name: spokesperson, duty: speaker,", RoleFilled, "playbook:52", `spec.roles[1]: spokesperson: nobody in team service-desk has the duty "speaker"`},
	{"playbook", "assignRole: {role: commander}", "assembleTeam: {duties: [executive, medic]}\n    noDeadline: None.", RoleFilled, "playbook:57", `spec.steps[0].assembleTeam.duties[1]: nobody in team service-desk itself has the duty "medic", so nobody is called for it`},
	{"playbook", "assignRole: {role: commander}", "assembleTeam: {duties: [executive], quorum: 3}\n    noDeadline: None.", RoleFilled, "playbook:57", `spec.steps[0].assembleTeam.quorum: 3 must acknowledge, and team service-desk has 1 to call, even while everybody is there; write 1 or less`},
	{"playbook", "assignRole: {role: commander}", "assembleTeam: {team: medics}\n    noDeadline: None.", RoleFilled, "playbook:57", `spec.steps[0].assembleTeam.team: there is no ResponseTeam "medics"`},
	{"playbook", "apiVersion: crisis.tocsin.dev/v1alpha1\nkind: Playbook\nmetadata:\n  name: complaint", "apiVersion: crisis.tocsin.dev/v1alpha1\nkind: Playbook\nmetadata: {name: fire}\nspec:\n  for: CrisisIncident\n  roles: [{name: commander, duty: commander}]\n  steps: [{name: lead, assignRole: {role: commander}}]\n---\napiVersion: crisis.tocsin.dev/v1alpha1\nkind: Playbook\nmetadata:\n  name: complaint", ProofBounded, "playbook:6", "no step raises an incident with it and no DrillSchedule exercises it, so it is not known which team fills the roles that name none"},
	{"playbook", "apiVersion: crisis.tocsin.dev/v1alpha1\nkind: Playbook\nmetadata:\n  name: complaint", "apiVersion: crisis.tocsin.dev/v1alpha1\nkind: Playbook\nmetadata: {name: fire}\nspec:\n  for: CrisisIncident\n  roles: [{name: commander, team: service-desk, duty: executive}]\n  steps: [{name: tell, notify: {to: [team], template: overdue}}]\n---\napiVersion: crisis.tocsin.dev/v1alpha1\nkind: Playbook\nmetadata:\n  name: complaint", ProofBounded, "playbook:6", "so it is not known which team fills the roles that name none, or is called or told as the incident's"},
	{"responseteam", "deputies: [bob]", "deputies: [bop]", TeamComplete, "responseteam:12", `spec.members[0].deputies[0]: there is no member "bop" in the team; did you mean bob? name a member or add one`},
	{"responseteam", "deputies: [bob]", "deputies: [amy]", TeamComplete, "responseteam:12", "amy is their own deputy"},
	{"responseteam", "user: bob@example.com", "user: amy@example.com", TeamComplete, "responseteam:12", "amy and the deputy bob are one user, amy@example.com"},
	{"responseteam", "  members:", "  parent: board\n  members:", TeamComplete, "responseteam:8", `spec.parent: there is no ResponseTeam "board" in these files`},
	{"responseteam", "  members:", "  parent: service-dask\n  members:", TeamComplete, "responseteam:8", `spec.parent: there is no ResponseTeam "service-dask" in these files; did you mean service-desk? apply it`},
	{"playbook", "task: {to: handler, outcomes:", "task: {to: handlr, outcomes:", PlaybookCompiles, "playbook:21", `spec.steps[1].task.to: there is no role "handlr"; did you mean handler? define it under spec.roles`},
	{"playbook", "task: {to: handler, outcomes:", "task: {to: handler, acknowledgeWithin: {elapsed: 2h}, outcomes:", Schema, "playbook:21", "spec.steps[1].task.acknowledgeWithin: it must be a text and has no fields; write what stands behind elapsed by itself, e.g. 1d"},
	{"responseteam", "  members:", "  parent: service-desk\n  members:", TeamComplete, "responseteam:8", "the teams above lead into a circle: service-desk → service-desk"},
	{"responseteam", "  members:", "  timeZone: Europe/Lodnon\n  members:", TeamComplete, "responseteam:8", "spec.timeZone: "},
	{"responseteam", "address: eve@example.com", "address: eve", TeamComplete, "responseteam:38", "spec.members[4].contacts[0]"},
	{"responseteam", "    duties: [executive]\n    deputies: [dana, cai]", "    duties: [executive]", DutyTwice, "responseteam:33", "only one person can take executive; add a deputy"},
	{"responseteam", "    deputies: [dana, cai]\n    contacts:\n    - {kind: Email, address: eve", "    away: [{firstDay: '2026-03-09', lastDay: '2026-03-13'}]\n    contacts:\n    - {kind: Email, address: eve", OnCall, "responseteam:33", "executive: nobody from 2026-03-09 00:00 to 2026-03-14 00:00 (UTC)"},
	{"responseteam", "- {kind: Email, address: eve@example.com}", "- {kind: Webhook, address: channel}", RecipientReached, "responseteam:37", "eve is not reached: no NoticeChannel with mode Live fits an address"},
	{"responseteam", "    contacts:\n    - {kind: Email, address: eve@example.com}", "", RecipientReached, "responseteam:33", "eve is not reached: the list of contacts is empty"},
	{"businesscalendar", "Europe/London", "Europe/Lundon", CalendarUsable, "businesscalendar:6", "spec.timeZone"},
	{"businesscalendar", `from: "09:00", to: "17:30"`, `from: "17:30", to: "09:00"`, Schema, "businesscalendar:8", "spec.hours[0]: "},
	{"businesscalendar", "  hours:\n  - {days: [Mon, Tue, Wed, Thu, Fri], from: \"09:00\", to: \"17:30\"}", "", Schema, "businesscalendar:5", "spec.hours: it is missing"},
	{"businesscalendar", "DTSTART;VALUE=DATE:20261225", "DTSTART;VALUE=DATE:20261325", CalendarUsable, "businesscalendar:14", "spec.publicHolidays[0].iCal"},
	{"businesscalendar", "FREQ=YEARLY", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;UNTIL=20300101", CalendarUsable, "businesscalendar:7", "spec.hours: holidays leave no working time in the 800 days from"},
	{"businesscalendar", "  publicHolidays:", "  publicHolidays:\n  - country: DE", Schema, "businesscalendar:10", `spec.publicHolidays[0].country: "DE" is not possible here; possible are: CN; country takes the days from what is built in. Give those of any other country as iCal`},
	{"businesscalendar", "  - iCal: |", "  - knownUntil: '2026-03-31'\n    iCal: |", HolidaysAreKnown, "businesscalendar:9", "public holidays are known until 2026-03-31 only"},
	{"noticechannel", "from: care@example.com", "from: care at example", ChannelUsable, "noticechannel:10", "spec.email.from: is not an e-mail address"},
	{"noticechannel", "apiVersion", "apiVersion: v1\nkind: Secret\nmetadata: {name: smtp-credentials}\nstringData: {username: a}\n---\napiVersion", ChannelUsable, "noticechannel:17", "has key username and no key password"},
	{"noticechannel", "apiVersion", "apiVersion: crisis.tocsin.dev/v1alpha1\nkind: NoticeChannel\nmetadata: {name: pager}\nspec:\n  webhook: {url: 'https://p.example', secret: s}\n---\napiVersion", ChannelUsed, "noticechannel:5", "no contact of anybody in these files is reached by this channel"},
	{"noticechannel", "spec:\n  email:", "spec:\n  mode: Drill\n  email:", RecipientReached, "noticechannel:20", "no notice of a real matter is sent: every NoticeChannel in these files has mode Drill; add one with mode Live"},
	{"drillschedule", "playbook: crisis", "playbook: complaint", DrillTakesPlace, "drillschedule:6", "is for Complaint, not for CrisisIncident"},
	{"drillschedule", "team: service-desk", "team: board", DrillTakesPlace, "drillschedule:7", `spec.team: there is no ResponseTeam "board" in these files`},
	{"drillschedule", `"0 10 2 3`, `"0 10 32 3`, DrillTakesPlace, "drillschedule:8", "spec.cron: "},
	{"drillschedule", `"0 10 2 3,6,9,12 *"`, `"0 10 30 2 *"`, DrillTakesPlace, "drillschedule:8", "no day in sight fits"},
	{"drillschedule", "timeZone: Europe/London", "timeZone: Europe/Rome2", DrillTakesPlace, "drillschedule:9", "is no IANA time zone"},
}

func TestKnownMistakesAreFound(t *testing.T) {
	NewWithT(t).Expect(verified(t, samples(t)).Findings).To(BeEmpty())
	tried := map[string]bool{}
	for _, c := range slices.Concat(known, late) {
		tried[c.rule] = true
		t.Run(c.rule+"/"+c.says[:min(len(c.says), 40)], func(t *testing.T) {
			g := NewWithT(t)
			files := samples(t)
			at := slices.IndexFunc(files, func(f File) bool { return f.Name == c.file })
			g.Expect(string(files[at].Text)).To(ContainSubstring(c.old))
			files[at].Text = []byte(strings.Replace(string(files[at].Text), c.old, c.new, 1))
			var said []string
			for _, f := range verified(t, files).Findings {
				g.Expect(f.Severity).To(Equal(severity(f.Rule)))
				g.Expect(f.Advice).NotTo(BeEmpty(), f.Text())
				if f.Rule == c.rule {
					said = append(said, f.place()+" "+f.Text()+"\n"+strings.Join(f.Story, "\n"))
				}
			}
			says, story, _ := strings.Cut(c.says, "| ")
			found := slices.ContainsFunc(said, func(line string) bool {
				return strings.HasPrefix(line, c.place+" ") && strings.Contains(line, says) && strings.Contains(line, story)
			})
			g.Expect(found).To(BeTrue(), "%s: %s\nnot among:\n%s", c.place, c.says, strings.Join(said, "\n"))
		})
	}
	for _, rule := range Rules {
		if !slices.Contains([]string{NothingUnverified, TemplateLocale, IncidentRaised}, rule.ID) {
			NewWithT(t).Expect(tried).To(HaveKey(rule.ID), "no known mistake breaks it")
		}
	}
}

func shipped(t testing.TB, name string) []File {
	t.Helper()
	g := NewWithT(t)
	names, err := fs.Glob(playbooks.FS, path.Join(name, "*.yaml"))
	g.Expect(err).NotTo(HaveOccurred())
	var files []File
	for _, n := range names {
		text, err := fs.ReadFile(playbooks.FS, n)
		g.Expect(err).NotTo(HaveOccurred())
		files = append(files, File{n, text})
	}
	return files
}

func TestTheShippedPacksAreClean(t *testing.T) {
	for _, name := range []string{playbooks.ServiceRecovery, playbooks.PropertyDeveloper} {
		g := NewWithT(t)
		r := verified(t, shipped(t, name))
		g.Expect(r.Text()).To(MatchRegexp(`^nothing found in \d+ files, \d+ objects\n$`))
		g.Expect(r.Objects).To(BeNumerically(">", 10))
	}
}

// The handler is amy or bob, who are written to in English.
func TestATextThatIsMissingInALanguage(t *testing.T) {
	g := NewWithT(t)
	files := samples(t)
	text := strings.Replace(string(files[0].Text), "notify: {to: [complainant]", "notify: {to: [complainant, handler]", 1)
	files[0].Text = []byte(strings.Replace(text, "locale: en", "locale: zh-CN", 1))
	g.Expect(verified(t, files).Text()).To(HavePrefix("playbook:38: warning: Playbook/complaint: spec.templates[0].texts: " +
		"the template acknowledgement has no text in en, the language of amy, bob; write one; until then they get the first text [template-locale]\n0 errors, 1 warning in"))
}

func TestFilesWithoutPoliciesAreAFinding(t *testing.T) {
	g := NewWithT(t)
	g.Expect(verified(t, []File{{"a.yaml", []byte("kind: Kustomization\n")}}).Text()).To(Equal(
		"a.yaml: error: the files hold nothing of Tocsin; name the folder of a pack [something-to-verify]\n1 error, 0 warnings in 1 file, 0 objects\n"))
}

func broken(t *testing.T) *Report {
	t.Helper()
	files := samples(t)
	files[0].Text = []byte(strings.Replace(string(files[0].Text), "duty: agent", "duty: ag|nt<b>", 1))
	files[1].Text = []byte(strings.Replace(string(files[1].Text), "urgent, playbook: complaint", "urgent, playbook: a", 1))
	files[2].Text = []byte(strings.Replace(string(files[2].Text), "    duties: [executive]\n    deputies: [dana, cai]", "    duties: [executive]", 1))
	r := verified(t, files)
	r.Findings[0].Story = []string{"2026-03-02 09:00 it begins"}
	return r
}

func TestReportsForPrograms(t *testing.T) {
	g := NewWithT(t)
	r := broken(t)
	n := len(r.Findings)
	g.Expect(n).To(BeNumerically(">=", 3))
	g.Expect(r.Count(Warning)).To(BeNumerically(">=", 1))

	text, err := r.SARIF("v1")
	g.Expect(err).NotTo(HaveOccurred())
	var log sarifLog
	g.Expect(json.Unmarshal(text, &log)).To(Succeed())
	g.Expect(log.Version).To(Equal("2.1.0"))
	g.Expect(log.Runs[0].Results).To(HaveLen(n))
	for i, result := range log.Runs[0].Results {
		g.Expect(log.Runs[0].Tool.Driver.Rules[result.RuleIndex].ID).To(Equal(r.Findings[i].Rule))
		g.Expect(result.Locations[0].Physical.Region.StartLine).To(BeNumerically(">=", 1))
		g.Expect([]Severity{Error, Warning}).To(ContainElement(result.Level))
	}
	g.Expect(uri("-") + " " + uri("a b/ü.yaml")).To(Equal("stdin a%20b/%C3%BC.yaml"))
	empty, err := (&Report{}).SARIF("")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(string(empty)).To(ContainSubstring(`"results": []`))

	text, err = r.JUnit()
	g.Expect(err).NotTo(HaveOccurred())
	var suites junit.Results
	g.Expect(xml.Unmarshal(text, &suites)).To(Succeed())
	g.Expect(suites.Tests).To(Equal(len(r.Files) * len(Rules)))
	g.Expect(suites.Failures).To(BeNumerically(">=", 2))
	g.Expect(suites.Failures).To(BeNumerically("<", n), "warnings fail nothing")

	page := r.Markdown()
	g.Expect(strings.Count(page, "\n| ")).To(Equal(n+1), page)
	g.Expect(page).To(And(ContainSubstring("<br>2026-03-02 09:00 it begins"), Not(ContainSubstring("<b>"))))
	r.Strict()
	g.Expect(r.Count(Warning)).To(BeZero())
}

func TestAPullRequestTakesAnyReport(t *testing.T) {
	r := &Report{Files: []string{"a"}}
	for i := range 5000 {
		r.Findings = append(r.Findings, Finding{Rule: Schema, Severity: Error, File: "a", Line: i, Message: strings.Repeat("字", 2000)})
	}
	NewWithT(t).Expect(r.Markdown()).To(And(WithTransform(func(s string) int { return len([]rune(s)) }, BeNumerically("<", 65536)), ContainSubstring("4900 more")))
}

func TestWhatNobodyWroteByHandIsBounded(t *testing.T) {
	head := "apiVersion: crisis.tocsin.dev/v1alpha1\nkind: BusinessCalendar\nmetadata: {name: a}\nspec:\n"
	var fields, objects strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&fields, "  x%d: 1\n", i)
	}
	for i := range 2 * mostObjects {
		fmt.Fprintf(&objects, "%s---\n", strings.Replace(head, "name: a", fmt.Sprintf("name: a%d", i), 1))
	}
	for text, says := range map[string]string{
		head + fields.String(): "19900 more faults are not listed",
		objects.String():       "there are more than 2000 objects of Tocsin; verify fewer in one go",
	} {
		g := NewWithT(t)
		r := verified(t, []File{{"f", []byte(text)}})
		g.Expect(len(r.Findings)).To(BeNumerically("<=", mostFindings+1))
		g.Expect(r.Text()).To(ContainSubstring(says))
	}
}

func FuzzVerify(f *testing.F) {
	for _, file := range []string{"playbook", "triagepolicy", "responseteam", "businesscalendar", "noticechannel", "drillschedule"} {
		text, err := os.ReadFile(fmt.Sprintf("../../config/samples/%s.yaml", file))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, finding := range verified(t, []File{{"f", text}}).Findings {
			if finding.File != "f" || finding.Line < 0 || finding.Message == "" {
				t.Errorf("%+v", finding)
			}
		}
	})
}

// docs/spec/verify.md lists every rule with what holds where nothing is found.
func TestEveryRuleIsDocumented(t *testing.T) {
	g := NewWithT(t)
	page, err := os.ReadFile("../../docs/spec/verify.md")
	g.Expect(err).NotTo(HaveOccurred())
	_, input, _ := strings.Cut(string(page), "Exit code 2 says ")
	input, _, _ = strings.Cut(input, "Other errors")
	for _, rule := range Rules {
		g.Expect(string(page)).To(ContainSubstring(fmt.Sprintf("| `%s` | %s | %s |\n", rule.ID, rule.Severity, rule.Holds)))
		g.Expect(strings.Contains(input, "`"+rule.ID+"`")).To(Equal(rule.Input), rule.ID)
	}
}

func BenchmarkVerify(b *testing.B) {
	files := shipped(b, playbooks.ServiceRecovery)
	for b.Loop() {
		verified(b, files)
	}
}
