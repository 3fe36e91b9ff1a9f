package pack

import (
	"cmp"
	"maps"
	"slices"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/playbook"
)

// Inside says of each playbook that others carry out which is the first of them.
func (p *Pack) Inside() map[string]string {
	out := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(p.Playbooks)) {
		for _, a := range playbook.Actions(&p.Playbooks[name].Spec) {
			if sub := a.Playbook; sub != nil && sub.Name != name && out[sub.Name] == "" {
				out[sub.Name] = name
			}
		}
	}
	return out
}

// Below are the playbooks that one may take over from when the level of a complaint is raised, by one or several: those of the levels
// below its own, in any policy.
func (p *Pack) Below(name string) []string {
	return p.around(name, func(i, own int) bool { return i > own })
}

// Above are those it may take over from when the level is lowered.
func (p *Pack) Above(name string) []string {
	return p.around(name, func(i, own int) bool { return i < own })
}

// around are the playbooks of the levels that lie so to one that names a playbook, in any policy; the highest level has place 0.
func (p *Pack) around(name string, lies func(i, own int) bool) []string {
	var out []string
	for _, policy := range slices.Sorted(maps.Keys(p.Policies)) {
		levels := p.Policies[policy].Spec.Levels
		for i, l := range levels {
			other := string(l.Playbook)
			if other == "" || other == name || slices.Contains(out, other) {
				continue
			}
			for own := range levels {
				if string(levels[own].Playbook) == name && lies(i, own) {
					out = append(out, other)
					break
				}
			}
		}
	}
	return out
}

// LevelsOf are the levels that lead to a playbook: those of policies that name it, and those of the incidents that one of them raises
// with it. None: they are not known. plans are the playbooks that compile.
func (p *Pack) LevelsOf(name string, plans map[string]*playbook.Plan) []v1alpha1.LevelName {
	var levels []v1alpha1.LevelName
	add := func(level v1alpha1.LevelName) {
		if !slices.Contains(levels, level) {
			levels = append(levels, level)
		}
	}
	for _, policy := range slices.Sorted(maps.Keys(p.Policies)) {
		for _, level := range p.Policies[policy].Spec.Levels {
			from := string(level.Playbook)
			if from == name {
				add(level.Name)
			}
			if plans[from] == nil {
				continue
			}
			for i := range plans[from].Nodes {
				if raise := plans[from].Nodes[i].Action.RaiseIncident; raise != nil && raise.Playbook == name {
					add(cmp.Or(raise.Level, level.Name))
				}
			}
		}
	}
	return levels
}

// TeamsOf are the teams that incidents with a playbook are raised or exercised with, as the playbooks and drill schedules of the pack
// say. None: they are not known.
func (p *Pack) TeamsOf(name string) []string {
	teams, asked := map[string]bool{}, map[string]bool{}
	var look func(name string)
	look = func(name string) {
		if asked[name] {
			return
		}
		asked[name] = true
		for book, pb := range p.Playbooks {
			for _, a := range playbook.Actions(&pb.Spec) {
				if r := a.RaiseIncident; r != nil && r.Playbook == name {
					teams[r.Team] = true
				}
				switch d := a.ScheduleDrill; {
				case d == nil || cmp.Or(d.Playbook, book) != name:
				case d.Team == "": // the team of the incident that it is planned in
					look(book)
				default:
					teams[d.Team] = true
				}
			}
		}
		for _, d := range p.Drills {
			if string(d.Spec.Playbook) == name {
				teams[string(d.Spec.Team)] = true
			}
		}
	}
	look(name)
	return slices.Sorted(maps.Keys(teams))
}
