package cacao

import (
	"fmt"
	"slices"
	"strings"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
)

// action writes what a step does as a command for people, whom it asks as the agent, and whom it tells as targets.
func (w *writer) action(e entry, s *step) {
	a := e.action
	say := func(agent, format string, values ...any) {
		s.Agent = agent
		s.Commands = []command{{"manual", fmt.Sprintf(format, values...) + recurrence(e.head)}}
	}
	switch {
	case a.Task != nil:
		say(w.role(a.Task.To), "%s", or(e.head.Description, e.path))
		w.outcome(e, s, a.Task.Outcomes)
	case a.Approval != nil:
		say(w.roles(a.Approval.By), "Approve or refuse; %s must approve, each a different person.", quorum(a.Approval))
		w.outcome(e, s, []v1alpha1.Identifier{v1alpha1.OutcomeApproved, v1alpha1.OutcomeRefused})
	case a.Survey != nil:
		say(w.role(a.Survey.Asks), "Ask how satisfied the complainant is.")
		s.Targets = []string{w.target("complainant")}
		w.outcome(e, s, a.Survey.Scale)
	case a.Decision != nil:
		say(w.role(a.Decision.By), "Decide: %s.", strings.Join(texts(a.Decision.Options), " or "))
		w.outcome(e, s, a.Decision.Options)
	case a.AssembleTeam != nil:
		say(w.operator(), "Call %s together.", or(teamOf(a.AssembleTeam.Team), "the incident's team"))
	case a.AssignRole != nil:
		say(w.operator(), "Have somebody take the role %s.", a.AssignRole.Role)
		s.Targets = []string{w.target(a.AssignRole.Role)}
	case a.Notify != nil:
		say(w.operator(), "Send the text %s to %s.", a.Notify.Template, strings.Join(texts(a.Notify.To), ", "))
		for _, to := range a.Notify.To {
			s.Targets = append(s.Targets, w.target(to))
		}
	case a.Wait != nil && a.Wait.For != nil:
		say(w.operator(), "Wait %s.", span(a.Wait.For))
		s.Delay = calendar.Elapsed(a.Wait.For.Elapsed).Milliseconds()
		w.doc.Summary.Temporal = true
	case a.Wait != nil:
		say(w.operator(), "Wait until this holds: %s", a.Wait.Until)
	case a.RaiseIncident != nil:
		say(w.operator(), "Raise an incident with the playbook %s for the team %s.", a.RaiseIncident.Playbook, a.RaiseIncident.Team)
	case a.ScheduleDrill != nil:
		say(w.operator(), "Plan a drill in %s.", span(&a.ScheduleDrill.After))
	case a.PostMortem != nil:
		say(w.role(a.PostMortem.Owner), "Write the post-mortem.")
	default:
		say(w.operator(), "Nothing is to be done.")
	}
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

func teamOf(name string) string {
	if name == "" {
		return ""
	}
	return "the team " + name
}

func recurrence(h *v1alpha1.StepHead) string {
	if h.Every == nil {
		return ""
	}
	return fmt.Sprintf(" Again every %s until this holds: %s", span(h.Every), h.Until)
}

func span(s *v1alpha1.Span) string {
	if s.Working != "" {
		return string(s.Working) + " of working time"
	}
	return string(s.Elapsed)
}

func quorum(a *v1alpha1.Approval) string {
	if a.Quorum == 0 || int(a.Quorum) >= len(a.By) {
		return strings.Join(texts(a.By), " and ")
	}
	return fmt.Sprintf("%d of %s", a.Quorum, strings.Join(texts(a.By), ", "))
}

func texts[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, x := range list {
		out[i] = string(x)
	}
	return out
}

// outcome declares how a step ended as a variable it sets.
func (w *writer) outcome(e entry, s *step, outcomes []v1alpha1.Identifier) {
	if len(outcomes) == 0 {
		return
	}
	s.OutArgs = []string{w.variable(e.path+"_outcome", variable{Type: "string", Description: "one of " + strings.Join(texts(outcomes), ", ")})}
}

// role is the agent of a role.
func (w *writer) role(name v1alpha1.Identifier) string {
	key := id("group", w.name, string(name))
	w.doc.Agents[key] = w.group(name)
	return key
}

func (w *writer) group(name v1alpha1.Identifier) party {
	p := party{Type: "group", Name: string(name)}
	if i := slices.IndexFunc(w.spec.Roles, func(r v1alpha1.Role) bool { return r.Name == name }); i >= 0 {
		r := w.spec.Roles[i]
		p.Description = fmt.Sprintf("One person with the duty %s of %s", r.Duty, or(teamOf(r.Team), "the incident's team"))
		if len(r.Not) > 0 {
			p.Description += ", and not who is " + strings.Join(texts(r.Not), " or ")
		}
	}
	return p
}

// roles is the agent of several roles together.
func (w *writer) roles(names []v1alpha1.Identifier) string {
	if len(names) == 1 {
		return w.role(names[0])
	}
	all := strings.Join(texts(names), " and ")
	key := id("group", w.name, all)
	w.doc.Agents[key] = party{Type: "group", Name: all, Description: fmt.Sprintf("%d different people", len(names))}
	return key
}

// operator is the agent of what no person does.
func (w *writer) operator() string {
	key := id("organization", w.name, "Tocsin")
	w.doc.Agents[key] = party{Type: "organization", Name: "Tocsin", Description: "The system that carries the playbook out"}
	return key
}

// target is who is told.
func (w *writer) target(name v1alpha1.Identifier) string {
	kind, p := "organization", party{Type: "organization", Name: string(name)}
	switch {
	case name == "complainant":
		kind, p = "individual", party{Type: "individual", Name: string(name), Description: "Whoever complains"}
	case name == "team" || slices.ContainsFunc(w.spec.Roles, func(r v1alpha1.Role) bool { return r.Name == name }):
		kind, p = "group", w.group(name)
	}
	key := id(kind, w.name, string(name))
	w.doc.Targets[key] = p
	return key
}
