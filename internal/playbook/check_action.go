package playbook

import (
	"strings"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// checkAction checks what a step does. Exactly one thing.
func (b *book) checkAction(s *step) {
	a, set := s.action, s.actions()
	if len(set) != 1 {
		b.report(s.field, "write one of: "+actionNames, "the step %s does %d things (%s); a step does exactly one", s.head.Name, len(set), strings.Join(set, ", "))
	}
	if a.AssembleTeam != nil {
		b.checkAssembleTeam(s, a.AssembleTeam)
	}
	if a.AssignRole != nil {
		b.checkRole(s.field+".assignRole.role", a.AssignRole.Role)
		b.checkTemplate(s.field+".assignRole.template", a.AssignRole.Template)
	}
	if a.Notify != nil {
		b.checkNotify(s, a.Notify)
	}
	if a.Task != nil {
		b.checkTask(s, a.Task)
	}
	if a.Approval != nil {
		b.checkApproval(s, a.Approval)
	}
	if a.Survey != nil {
		b.checkSurvey(s, a.Survey)
	}
	if a.Decision != nil {
		b.checkRole(s.field+".decision.by", a.Decision.By)
		b.checkChoices(s.field+".decision.options", a.Decision.Options, 2)
	}
	if a.Wait != nil {
		b.checkWait(s, a.Wait)
	}
	if a.RaiseIncident != nil {
		b.checkRaise(s, a.RaiseIncident)
	}
	if a.ScheduleDrill != nil {
		b.checkDrill(s, a.ScheduleDrill)
	}
	if a.PostMortem != nil {
		b.checkRole(s.field+".postMortem.owner", a.PostMortem.Owner)
		b.checkSpan(s.field+".postMortem.due", a.PostMortem.Due)
	}
	if a.Playbook != nil {
		b.checkSubPlaybook(s, a.Playbook.Name)
	}
	if s.repeat != nil {
		b.checkRepeat(s)
	}
}

const actionNames = "assembleTeam, assignRole, notify, task, approval, survey, decision, wait, raiseIncident, scheduleDrill, postMortem, playbook, repeat (not inside a repeat)"

// actions names what a step does.
func (s *step) actions() []string {
	var set []string
	add := func(name string, present bool) {
		if present {
			set = append(set, name)
		}
	}
	a := s.action
	add("assembleTeam", a.AssembleTeam != nil)
	add("assignRole", a.AssignRole != nil)
	add("notify", a.Notify != nil)
	add("task", a.Task != nil)
	add("approval", a.Approval != nil)
	add("survey", a.Survey != nil)
	add("decision", a.Decision != nil)
	add("wait", a.Wait != nil)
	add("raiseIncident", a.RaiseIncident != nil)
	add("scheduleDrill", a.ScheduleDrill != nil)
	add("postMortem", a.PostMortem != nil)
	add("playbook", a.Playbook != nil)
	add("repeat", s.repeat != nil)
	return set
}

func (b *book) checkAssembleTeam(s *step, a *v1alpha1.AssembleTeam) {
	if a.Team == "" && b.forComplaint() {
		b.report(s.field+".assembleTeam.team", "name a ResponseTeam", "a complaint has no team of its own to assemble")
	}
	b.checkTemplate(s.field+".assembleTeam.template", a.Template)
}

func (b *book) checkNotify(s *step, a *v1alpha1.Notify) {
	field := s.field + ".notify"
	if len(a.To) == 0 {
		b.report(field+".to", "name an audience: complainant, a role, team, or a stakeholder", "the notice goes to nobody")
	}
	for i, audience := range a.To {
		switch {
		case audience == audienceComplainant && !b.forComplaint():
			b.report(at(field+".to", i), "notify a stakeholder of the team, e.g. customers; each complaint's own playbook tells its complainant", "an incident has no complainant")
		case audience == audienceTeam && b.forComplaint():
			b.report(at(field+".to", i), "name roles or a stakeholder", "a complaint has no team of its own to notify")
		case !identifier.MatchString(string(audience)):
			b.report(at(field+".to", i), "name complainant, a role, team, or a stakeholder", "%q is no audience", audience)
		}
	}
	if a.Template == "" {
		b.report(field+".template", "name a template", "the notice has no text")
	}
	b.checkTemplate(field+".template", a.Template)
}

func (b *book) checkTask(s *step, a *v1alpha1.Task) {
	b.checkRole(s.field+".task.to", a.To)
	if len(a.Outcomes) > 0 {
		b.checkChoices(s.field+".task.outcomes", a.Outcomes, 1)
	}
	b.checkWritten(s.field+".task.writes", a.Writes)
	if a.AcknowledgeWithin != "" {
		b.checkDuration(s.field+".task.acknowledgeWithin", a.AcknowledgeWithin)
	}
}

func (b *book) checkApproval(s *step, a *v1alpha1.Approval) {
	field := s.field + ".approval"
	if len(a.By) == 0 {
		b.report(field+".by", "name the roles that approve", "nobody approves")
	}
	for i, role := range a.By {
		b.checkRole(at(field+".by", i), role)
	}
	if q := int(a.Quorum); q > len(a.By) || q < 0 {
		b.report(field+".quorum", "ask for at most as many as by lists", "the quorum is %d, but only %d are asked", q, len(a.By))
	}
	b.checkWritten(field+".of", a.Of)
}

func (b *book) checkSurvey(s *step, a *v1alpha1.Survey) {
	field := s.field + ".survey"
	if !b.forComplaint() {
		b.report(field, "ask in the playbook of the complaints", "a survey asks the complainant, and an incident has none")
	}
	b.checkRole(field+".asks", a.Asks)
	b.checkChoices(field+".scale", a.Scale, 2)
	b.checkTemplate(field+".template", a.Template)
}

func (b *book) checkWait(s *step, a *v1alpha1.Wait) {
	field := s.field + ".wait"
	if (a.For == nil) == (a.Until == "") {
		b.report(field, "write for: with a time, or until: with a condition", "a wait has either a time or a condition")
	}
	if a.For != nil {
		b.checkSpan(field+".for", *a.For)
	}
	s.waitUntil = b.checkExpression(field+".until", a.Until)
}

func (b *book) checkRaise(s *step, a *v1alpha1.RaiseIncident) {
	field := s.field + ".raiseIncident"
	if !b.forComplaint() {
		b.report(field, "use it in a playbook for complaints; raise the level of an incident by an act on it", "an incident is raised from a complaint, and this playbook is for incidents")
	}
	if a.Playbook == "" {
		b.report(field+".playbook", "name a playbook for CrisisIncident", "the incident has no playbook")
	}
	if a.Team == "" {
		b.report(field+".team", "name a ResponseTeam", "nobody responds to the incident")
	}
}

func (b *book) checkDrill(s *step, a *v1alpha1.ScheduleDrill) {
	field := s.field + ".scheduleDrill"
	if b.forComplaint() && a.Playbook == "" {
		b.report(field+".playbook", "name a playbook for CrisisIncident", "a drill exercises an incident, and this playbook is for complaints")
	}
	if b.forComplaint() && a.Team == "" {
		b.report(field+".team", "name a ResponseTeam", "a complaint has no team of its own to exercise")
	}
	b.checkSpan(field+".after", a.After)
}

func (b *book) checkSubPlaybook(s *step, name string) {
	field := s.field + ".playbook.name"
	if path := b.cyclePath(name); path != nil {
		b.report(field, "take one of these steps away", "the playbooks carry out each other in a circle: %s", b.name+" → "+strings.Join(path, " → "))
	} else if b.books[name] == nil {
		b.reportMissing("Playbook/"+name, field, "create the Playbook, or correct the name", "there is no playbook %q", name)
	}
}

func (b *book) checkRepeat(s *step) {
	field := s.field + ".repeat"
	if s.repeat.Until == "" {
		b.report(field+".until", "say when to stop, e.g. steps.followUp.outcome != \"dissatisfied\"", "the block never ends before its last round")
	}
	s.until = b.checkExpression(field+".until", s.repeat.Until)
	if s.repeat.Max < 1 {
		b.report(field+".max", "write the greatest number of rounds", "the block has no greatest number of rounds")
	}
	if s.repeat.Climb == v1alpha1.ClimbLadder && len(b.spec.Ladder) == 0 {
		b.report(field+".climb", "list the roles to climb under spec.ladder, lowest first", "the playbook has no ladder to climb")
	}
	if len(s.inside) == 0 {
		b.report(field+".steps", "add a step", "the block has no steps")
	}
}

// checkChoices checks a list of outcomes.
func (b *book) checkChoices(field string, choices []v1alpha1.Identifier, least int) {
	if len(choices) < least {
		b.report(field, "offer at least two", "there is nothing to choose from")
	}
	seen := map[v1alpha1.Identifier]bool{}
	for i, choice := range choices {
		switch {
		case !identifier.MatchString(string(choice)):
			b.report(at(field, i), "use a small letter, then letters, digits and hyphens, 40 at most", "%q is no name for an outcome", choice)
		case seen[choice]:
			b.report(at(field, i), "list it once", "%s is listed twice", choice)
		}
		seen[choice] = true
	}
}

// checkWritten checks a field of the record that people fill.
func (b *book) checkWritten(field string, written v1alpha1.WrittenField) {
	switch {
	case written == "":
	case written != v1alpha1.WritesRemedy:
		b.report(field, "write remedy, or leave it out", "%q is no field that people fill during the work", written)
	case !b.forComplaint():
		b.report(field, "leave it out", "the remedy belongs to a complaint, and this playbook is for incidents")
	}
}

func (b *book) forComplaint() bool { return b.spec.For == v1alpha1.RecordComplaint }
