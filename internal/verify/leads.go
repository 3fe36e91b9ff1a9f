package verify

import (
	"fmt"
	"slices"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/internal/staffing"
)

// leads says which incidents and drills that steps call for can never run, because their playbook or team is not there, and which
// teams that steps call together are not.
func (s *Subject) leads() {
	for _, name := range sorted(s.Pack.Playbooks) {
		for field, a := range playbook.Actions(&s.Pack.Playbooks[name].Spec) {
			switch {
			case a.RaiseIncident != nil:
				s.leadsTo(name, field+".raiseIncident", a.RaiseIncident.Playbook, a.RaiseIncident.Team)
			case a.ScheduleDrill != nil:
				s.leadsTo(name, field+".scheduleDrill", a.ScheduleDrill.Playbook, a.ScheduleDrill.Team)
			case a.AssembleTeam != nil && a.AssembleTeam.Team != "":
				s.calls(name, field+".assembleTeam", a.AssembleTeam, a.AssembleTeam.Team)
			}
		}
	}
}

// leadsTo looks for the playbook and the team of an incident or drill; empty: those of the run.
func (s *Subject) leadsTo(name, field, pb, team string) {
	if pb != "" {
		s.begins(StepLeads, "Playbook", name, field+".playbook", pb, v1alpha1.RecordCrisisIncident)
	}
	s.hasTeam(StepLeads, "Playbook", name, field+".team", team)
}

// hasTeam says that a team which a field names is not there; empty: none is named.
func (s *Subject) hasTeam(rule, kind, name, field, team string) {
	if team == "" || s.Pack.Teams[team] != nil || s.among("ResponseTeam", team) {
		return
	}
	s.find(rule, kind, name, field, fmt.Sprintf("there is no ResponseTeam %q in %s", team, s.where()), playbook.DidYouMean(team, sorted(s.Pack.Teams))+"add it or name another one")
}

// calls says of a call of a team that nobody is called for some duty of it, or fewer people than must acknowledge.
func (s *Subject) calls(name, field string, a *v1alpha1.AssembleTeam, team string) {
	s.hasTeam(RoleFilled, "Playbook", name, field+".team", team)
	if s.Pack.Teams[team] == nil {
		return
	}
	var duties []string
	lacking := false
	for i, duty := range a.Duties {
		if len(s.Teams.Members(team, []string{string(duty)})) == 0 {
			lacking = true
			s.find(RoleFilled, "Playbook", name, fmt.Sprintf("%s.duties[%d]", field, i), fmt.Sprintf("nobody in team %s itself has the duty %q, so nobody is called for it", team, duty),
				"give it to a member, or correct the duty")
		}
		duties = append(duties, string(duty))
	}
	called := map[v1alpha1.User]bool{}
	for _, m := range s.Teams.Members(team, duties) {
		called[m.User] = true
	}
	if most := len(called); most < int(a.Quorum) && !lacking {
		s.find(RoleFilled, "Playbook", name, field+".quorum", fmt.Sprintf("%d must acknowledge, and team %s has %d to call, even while everybody is there", a.Quorum, team, most),
			fmt.Sprintf("write %d or less, leave it out for all who are called, or have more people called", most))
	}
}

// rolesOfRecord says of a playbook for incidents which roles nobody plays in the team that an incident is raised or exercised with,
// and for which duties of that team nobody is called.
func (s *Subject) rolesOfRecord(c staffing.Case) {
	if s.Pack.Teams[c.Team] == nil {
		return // nothing leads here, or what does names a team that is not there, of which it is said
	}
	closure := s.Pack.Closure(c.Plan.Name)
	books := map[string]v1alpha1.PlaybookSpec{c.Plan.Name: closure.Playbook}
	for sub, spec := range closure.Subs {
		books[sub] = spec
	}
	for _, name := range sorted(books) {
		spec := books[name]
		for i, role := range spec.Roles {
			if role.Team != "" {
				continue
			}
			if why := s.Teams.Lacking(c.Team, string(role.Duty)); why != "" {
				s.find(RoleFilled, "Playbook", name, fmt.Sprintf("spec.roles[%d]", i), fmt.Sprintf("%s: %s", role.Name, why), "")
			}
		}
		for field, a := range playbook.Actions(&spec) {
			if a.AssembleTeam != nil && a.AssembleTeam.Team == "" {
				s.calls(name, field+".assembleTeam", a.AssembleTeam, c.Team)
			}
		}
	}
}

// unled says of a playbook for incidents that nothing among the files leads to it: who would fill its roles is not known. In a
// namespace incidents are raised by hand, too.
func (s *Subject) unled(plan *playbook.Plan) {
	if s.around || !asksTheTeam(plan) {
		return
	}
	s.find(ProofBounded, "Playbook", plan.Name, "spec.roles", "no step raises an incident with it and no DrillSchedule exercises it, so it is not known which team fills the roles that name none, or is called or told as the incident's",
		"verify it together with what raises it, or name a team in each role and call")
}

// asksTheTeam is whether a playbook needs the team of its incident.
func asksTheTeam(plan *playbook.Plan) bool {
	for _, role := range plan.Roles {
		if role.Team == "" {
			return true
		}
	}
	for i := range plan.Nodes {
		a := &plan.Nodes[i].Action
		if call := a.AssembleTeam; call != nil && call.Team == "" || a.Notify != nil && slices.Contains(a.Notify.To, "team") {
			return true
		}
	}
	return false
}

// where is how sentences call the place in which something was looked for.
func (s *Subject) where() string {
	if s.around {
		return "this namespace"
	}
	return "these files"
}
