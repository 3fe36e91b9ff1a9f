package staffing

import (
	"slices"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/pack"
	"tocsin.dev/tocsin/internal/playbook"
)

// Cases are the ways a playbook can come to run, as the policies of a pack lead to it: for complaints once; for incidents once
// for each team they are raised or exercised with. Where nothing leads to it, it is judged by itself. plans are those that compile.
func Cases(plan *playbook.Plan, p *pack.Pack, plans map[string]*playbook.Plan) []Case {
	if plan.For == v1alpha1.RecordComplaint {
		c := Case{Plan: plan, Levels: levelsOf(plan.Name, p)}
		for _, name := range p.Below(plan.Name) {
			if b := plans[name]; b != nil && b.For == v1alpha1.RecordComplaint {
				c.Before = append(c.Before, b)
			}
		}
		return []Case{c}
	}
	teams, byTeam := p.TeamsOf(plan.Name), map[string][]string{}
	for name, pb := range p.Playbooks {
		for _, a := range playbook.Actions(&pb.Spec) {
			if r := a.RaiseIncident; r != nil && r.Playbook == plan.Name {
				byTeam[r.Team] = append(byTeam[r.Team], levelsOf(name, p)...)
			}
		}
	}
	if len(teams) == 0 {
		return []Case{{Plan: plan}}
	}
	var out []Case
	for _, team := range teams {
		levels := byTeam[team]
		slices.Sort(levels)
		out = append(out, Case{Plan: plan, Team: team, Levels: slices.Compact(levels)})
	}
	return out
}

// levelsOf are the levels of all policies that name a playbook.
func levelsOf(name string, p *pack.Pack) []string {
	var out []string
	for _, policy := range p.Policies {
		for _, level := range policy.Spec.Levels {
			if string(level.Playbook) == name && !slices.Contains(out, string(level.Name)) {
				out = append(out, string(level.Name))
			}
		}
	}
	slices.Sort(out)
	return out
}
