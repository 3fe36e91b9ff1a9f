package verify

import (
	"fmt"
	"slices"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/staffing"
)

// staffing proves of every playbook that people are found for everything it asks, whoever is complained about and whoever is
// away. What is the same in several playbooks, because they carry out one sub-playbook, is told once.
func (s *Subject) staffing() {
	for _, name := range sorted(s.Pack.Playbooks) {
		roles := slices.Clone(s.Pack.Playbooks[name].Spec.Roles)
		for i := range roles {
			if team := roles[i].Team; s.Pack.Teams[team] == nil && s.among("ResponseTeam", team) {
				roles[i].Team = "" // who is in it is not known
			}
		}
		for _, sentence := range s.Teams.Unfilled(roles) {
			s.say(RoleFilled, "Playbook", name, sentence)
		}
	}
	told := map[string]bool{}
	inside := s.Pack.Inside()
	for _, name := range sorted(s.Plans) {
		for _, c := range staffing.Cases(s.Plans[name], s.Pack, s.Plans) {
			if c.Team != "" {
				s.rolesOfRecord(c)
			} else if c.Plan.For == v1alpha1.RecordCrisisIncident && inside[name] == "" {
				s.unled(c.Plan)
			}
			v := staffing.Check(c, s.Teams, staffing.Options{Absent: s.options.Absent, Now: s.Now, Stop: s.stop})
			if v.Unlooked != "" {
				s.find(ProofBounded, "Playbook", name, "spec.roles", "staffing: "+v.Unlooked, "let fewer be away (--absent), or let fewer roles exclude each other")
			}
			for _, f := range v.Findings {
				s.unstaffed(name, f, told)
			}
		}
	}
}

// unstaffed notes what nobody is left for, unless it was told already.
func (s *Subject) unstaffed(name string, f staffing.Finding, told map[string]bool) {
	book := name
	if f.Book != "" {
		book = f.Book
	}
	rule, field := RoleFilled, f.Field
	if len(f.Away) > 0 {
		rule = AbsenceCovered
	}
	spec := &s.Pack.Playbooks[book].Spec
	switch role := slices.IndexFunc(spec.Roles, func(r v1alpha1.Role) bool { return string(r.Name) == f.Role }); {
	case f.Kind == staffing.Approval:
		field += ".approval"
	case f.Kind == staffing.Call:
		field += ".assembleTeam"
	case role < 0:
	case f.Kind == staffing.Role, f.Kind == staffing.Rung:
		field = fmt.Sprintf("spec.roles[%d]", role)
	case f.Kind == staffing.Audience:
		field += ".notify.to"
		if rule == RoleFilled {
			rule = NoticeHeard
		}
	}
	key := rule + " " + book + " " + field
	if told[key] {
		return
	}
	told[key] = true
	s.find(rule, "Playbook", book, field, f.Message, f.Advice)
	s.findings[len(s.findings)-1].Story = f.Story
}
