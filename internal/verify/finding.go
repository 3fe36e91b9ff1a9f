// Package verify says what is wrong with policies in files, without a cluster: what the API server would refuse, what conditions
// would say once they were applied, and what only all files together show. It is pure but for the CRDs it is handed.
package verify

import (
	"cmp"
	"slices"
	"strings"
)

// Severity is how bad a finding is.
type Severity string

// How bad a finding is: an error keeps something from working as written, a warning does not yet.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
)

// Finding is one thing that is wrong.
type Finding struct {
	// Rule is the id of the rule that is broken.
	Rule string `json:"rule"`
	// Severity is how bad it is.
	Severity Severity `json:"severity"`
	// File and Line say where to change something; line 0 is the file as a whole.
	File string `json:"file"`
	Line int    `json:"line,omitempty"`
	// Object is kind/name; empty where a file has none.
	Object string `json:"object,omitempty"`
	// Field is the path in the object, e.g. spec.steps[3].when; empty for the object as a whole.
	Field string `json:"field,omitempty"`
	// Message says what is wrong, Advice what to do.
	Message string `json:"message"`
	Advice  string `json:"advice,omitempty"`
	// Story is how it comes to pass, a dated line each; empty where there is nothing to tell.
	Story []string `json:"story,omitempty"`
}

// Text is the finding as a sentence, without its place.
func (f Finding) Text() string {
	var parts []string
	for _, part := range []string{f.Object, f.Field, f.Message} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	text := strings.Join(parts, ": ")
	if f.Advice != "" {
		text += "; " + f.Advice
	}
	return text
}

// String is the finding with its place: file:line: object: field: what; what to do.
func (f Finding) String() string {
	return f.place() + ": " + f.Text()
}

// inOrder sorts findings by file and line, and leaves out what is said twice.
func inOrder(all []Finding) []Finding {
	slices.SortStableFunc(all, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Field, b.Field), cmp.Compare(a.Message, b.Message))
	})
	return slices.CompactFunc(all, func(a, b Finding) bool {
		return a.Rule == b.Rule && a.File == b.File && a.Line == b.Line && a.Object == b.Object && a.Field == b.Field && a.Message == b.Message
	})
}

// Rule is something that is held to.
type Rule struct {
	// ID is its name in findings.
	ID string
	// Severity is that of its findings.
	Severity Severity
	// Holds says in a sentence what is so where nothing is found.
	Holds string
	// Input is whether what breaks it is no policy that could be judged any further, as other errors are.
	Input bool
}

// The rules.
const (
	Readable           = "readable"
	Schema             = "schema"
	UniqueName         = "unique-name"
	PlaybookCompiles   = "playbook-compiles"
	PlaybookSound      = "playbook-sound"
	StepHappens        = "step-happens"
	ConditionAnswered  = "condition-answered"
	ProofBounded       = "proof-bounded"
	AssertionHolds     = "assertion-holds"
	DeadlinesFit       = "deadlines-fit"
	HorizonKnown       = "horizon-known"
	DeadlineClimbs     = "deadline-climbs"
	DeadlineHeard      = "deadline-heard"
	LadderAsked        = "ladder-asked"
	AcknowledgedInTime = "acknowledged-in-time"
	RemedyWritten      = "remedy-written"
	RoleFilled         = "role-filled"
	AbsenceCovered     = "absence-covered"
	NoticeHeard        = "notice-heard"
	OneVoice           = "one-voice"
	TemplateLocale     = "template-locale"
	TemplateUsed       = "template-used"
	GradingCompiles    = "grading-compiles"
	RuleDecides        = "rule-decides"
	LevelPlaybook      = "level-playbook"
	LevelHasPlaybook   = "level-has-playbook"
	StepLeads          = "step-leads"
	IncidentRaised     = "incident-raised"
	LevelDeclared      = "level-declared"
	SignalDeclared     = "signal-declared"
	TeamComplete       = "team-complete"
	DutyTwice          = "duty-twice"
	OnCall             = "on-call"
	CalendarUsable     = "calendar-usable"
	HolidaysAreKnown   = "holidays-known"
	ChannelUsable      = "channel-usable"
	ChannelUsed        = "channel-used"
	RecipientReached   = "recipient-reached"
	DrillTakesPlace    = "drill-takes-place"
	NothingUnverified  = "something-to-verify"
)

// Rules are all rules, in the order they are weighed.
var Rules = []Rule{
	{NothingUnverified, Error, "The files hold policies.", false},
	{Readable, Error, "Every file is YAML or JSON that people and kubectl read alike.", true},
	{Schema, Error, "The API server takes every object.", true},
	{UniqueName, Error, "No two objects of a kind have one name.", true},
	{CalendarUsable, Error, "Every calendar has working time, for 400 days ahead, in a time zone that exists.", true},
	{HolidaysAreKnown, Warning, "Public holidays are known for the coming weeks.", false},
	{TeamComplete, Error, "Teams, deputies, rotations, parents and contacts refer to what exists.", false},
	{DutyTwice, Warning, "Every duty has two people.", false},
	{OnCall, Warning, "Every duty has somebody at any time of the coming weeks.", false},
	{PlaybookCompiles, Error, "Every playbook compiles, with its sub-playbooks, calendar, conditions and texts.", true},
	{PlaybookSound, Error, "From wherever a run can come to it can finish, and nothing is left running then.", false},
	{StepHappens, Error, "Every step can happen, every block can be satisfied, every cancel region can stop something.", false},
	{ConditionAnswered, Warning, "Every condition has an answer, whatever the facts are.", false},
	{AssertionHolds, Error, "Every assertion of a playbook holds, whenever a matter comes in.", false},
	{DeadlinesFit, Error, "No deadline passes before its step begins, or before what is inside it has ended, while everybody keeps theirs.", false},
	{HorizonKnown, Warning, "Public holidays are known as far as something is promised in working time.", false},
	{ProofBounded, Warning, "Every proof looked at everything it had to.", false},
	{DeadlineClimbs, Warning, "Every deadline that climbs the ladder has somebody above.", false},
	{DeadlineHeard, Warning, "Somebody is told of every deadline that passes.", false},
	{LadderAsked, Warning, "Where somebody on a ladder is asked or told, the lowest on it is, too: it is written lowest first.", false},
	{AcknowledgedInTime, Warning, "No task may be acknowledged later than it must be done, whenever it begins.", false},
	{RemedyWritten, Warning, "A remedy that is approved is written by a step.", false},
	{RoleFilled, Error, "Every role, task, approval and rung has somebody, whoever is complained about, and every call as many as must acknowledge.", false},
	{AbsenceCovered, Error, "The same while as many people are away as `--absent` says.", false},
	{NoticeHeard, Error, "Every notice is for a role or stakeholder that exists, and somebody is left to be told.", false},
	{OneVoice, Error, "Where an incident is told of outside, every run of it has a commander and a spokesperson.", false},
	{TemplateLocale, Warning, "Texts exist in the languages of those who get them.", false},
	{TemplateUsed, Warning, "Every text of a playbook is sent by a step.", false},
	{GradingCompiles, Error, "Every triage policy compiles.", true},
	{RuleDecides, Warning, "Every rule of a triage policy decides of some complaint.", false},
	{LevelPlaybook, Error, "Every playbook that a level names exists, and is for complaints.", false},
	{LevelHasPlaybook, Warning, "The default level has a playbook, and so has every level above one that has.", false},
	{StepLeads, Error, "Every incident and drill that a step calls for has a playbook and a team that exist.", false},
	{IncidentRaised, Warning, "No level raises another incident than a level below it, of which a complaint would still be part.", false},
	{LevelDeclared, Error, "Every level a playbook asks for is one of a triage policy, and one that it runs at.", false},
	{SignalDeclared, Warning, "Every signal a playbook asks for is declared by a triage policy.", false},
	{ChannelUsable, Error, "Every channel has a sender and, where its Secret is among the files, complete credentials.", false},
	{ChannelUsed, Warning, "Every channel is the way to somebody.", false},
	{RecipientReached, Warning, "Everybody in the teams is reached by a channel, in real matters and not in drills alone.", false},
	{DrillTakesPlace, Error, "Every drill schedule names a playbook and a team that exist, and a time that comes.", false},
}

// severity is that of a rule.
func severity(rule string) Severity {
	i := slices.IndexFunc(Rules, func(r Rule) bool { return r.ID == rule })
	if i < 0 {
		return Error
	}
	return Rules[i].Severity
}

// Input is whether something was found that could not be judged any further.
func (r *Report) Input() bool {
	return slices.ContainsFunc(Rules, func(rule Rule) bool {
		return rule.Input && slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Rule == rule.ID })
	})
}
