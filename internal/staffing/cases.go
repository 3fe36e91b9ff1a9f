package staffing

import (
	"fmt"
	"maps"
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
		e := earlier{plans: plans, made: map[string]*Earlier{}}
		for _, name := range slices.Sorted(maps.Keys(p.Policies)) {
			levels := p.Policies[name].Spec.Levels
			for own, before := range e.below(levels) {
				if string(levels[own].Playbook) == plan.Name {
					c.Before = append(c.Before, slices.DeleteFunc(before, func(b *Earlier) bool { return slices.Contains(c.Before, b) })...)
				}
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

// earlier finds the playbooks of lower levels; what is the same at several levels is made once.
type earlier struct {
	plans map[string]*playbook.Plan
	made  map[string]*Earlier
}

// below are, for each of the levels of a policy, the playbooks that its own may take over from, the highest first, each with what that
// may have taken over from. Between levels with one playbook the same run goes on.
func (e *earlier) below(levels []v1alpha1.Level) [][]*Earlier {
	out, at := make([][]*Earlier, len(levels)), make([]*Earlier, len(levels))
	for own := len(levels) - 1; own >= 0; own-- {
		for k := own + 1; k < len(levels); k++ {
			if at[k] != nil && levels[k].Playbook != levels[own].Playbook && !slices.Contains(out[own], at[k]) {
				out[own] = append(out[own], at[k])
			}
		}
		if plan := e.plans[string(levels[own].Playbook)]; plan != nil && plan.For == v1alpha1.RecordComplaint {
			at[own] = e.one(plan, out[own])
		}
	}
	return out
}

func (e *earlier) one(plan *playbook.Plan, before []*Earlier) *Earlier {
	key := fmt.Sprint(plan.Name, before)
	if e.made[key] == nil {
		e.made[key] = &Earlier{Plan: plan, Before: before}
	}
	return e.made[key]
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
