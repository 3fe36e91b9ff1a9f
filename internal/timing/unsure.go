package timing

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/pack"
	"tocsin.dev/tocsin/internal/playbook"
)

// Unsure is why a promise that holds in every run of a playbook that begins by itself, at one level, with nothing done, is not proved
// all the same, with what to do; empty: it is. levels are those at which it is promised, plans the playbooks of the pack that compile.
func (s *Study) Unsure(p *pack.Pack, plans map[string]*playbook.Plan, name string, a *v1alpha1.Assertion, levels []v1alpha1.LevelName) (why, advice string) {
	if why, advice = elsewhere(p, plans, name, a, levels); why != "" {
		return why, advice
	}
	for _, level := range levels {
		others := Others(p, plans, name, level)
		steps := s.onTheWay(plans[name], a, level, others)
		if len(steps) == 0 {
			continue
		}
		var names, books []string
		for _, i := range steps {
			names = append(names, plans[name].Nodes[i].Head.Name)
		}
		for _, old := range others {
			if slices.ContainsFunc(old.Roots, func(k int) bool { return slices.Contains(names, old.Nodes[k].Head.Name) }) {
				books = append(books, old.Name)
			}
		}
		return fmt.Sprintf("a matter may get the level %s on its way, and what was done in %s by then stays done and is not begun again: %s", level, strings.Join(books, " or "), strings.Join(names, ", ")),
			"give what the promise relies on a name of its own, or have it tell the same people in both"
	}
	return "", ""
}

// Elsewhere is why a promise of a playbook speaks of no run at a level, where the policies of a pack lead to it at others, with what to do;
// empty: it may, or nobody knows the level. Incidents are raised by hand, too, at any level.
func Elsewhere(p *pack.Pack, plan *playbook.Plan, level v1alpha1.LevelName, leading []v1alpha1.LevelName) (why, advice string) {
	if plan.For != v1alpha1.RecordComplaint || len(leading) == 0 || slices.Contains(leading, level) {
		return "", ""
	}
	var books, at []string
	for _, policy := range slices.Sorted(maps.Keys(p.Policies)) {
		for _, l := range p.Policies[policy].Spec.Levels {
			if l.Name == level && !slices.Contains(books, string(l.Playbook)) {
				books = append(books, string(l.Playbook))
			}
		}
	}
	if len(books) == 0 {
		return "", ""
	}
	for _, l := range leading {
		at = append(at, string(l))
	}
	return fmt.Sprintf("the level %s leads to %s, not to %s: nothing is promised there", level, strings.Join(books, " and "), plan.Name),
		fmt.Sprintf("promise it in %s, or at %s", strings.Join(books, " and "), strings.Join(at, ", "))
}

// elsewhere is why it is not proved because the playbook may run elsewhere than at one level.
func elsewhere(p *pack.Pack, plans map[string]*playbook.Plan, name string, a *v1alpha1.Assertion, levels []v1alpha1.LevelName) (why, advice string) {
	fromTheMatter := slices.Contains([]string{"", "received", "graded"}, a.Within.Of) // else it is the same wherever the playbook begins
	if book := onlyInside(p, plans, name); book != "" && fromTheMatter {
		return fmt.Sprintf("%s runs only inside %s, where it begins later than the matter comes in", name, book),
			"promise it in " + book + ", with `within.of` the step before"
	}
	same := sameBook(p, name)
	if len(same) < 2 {
		return "", ""
	}
	list := strings.Join(same, " and ")
	switch left := slices.ContainsFunc(same, func(l string) bool { return !slices.Contains(levels, v1alpha1.LevelName(l)) }); {
	case left:
		return fmt.Sprintf("the levels %s lead to %s alike, and a run may come to another of them on its way", list, name), "promise it at all of them, or give each a playbook of its own"
	case looksAtLevel(plans[name]) || strings.Contains(string(a.When), "level"):
		return fmt.Sprintf("the levels %s lead to %s alike, and what counts from graded, or asks for the level, may change on the way", list, name), "give each level a playbook of its own, or count from received and ask for no level"
	}
	return "", ""
}

// onlyInside is the playbook that carries another one out, which no level leads to and nothing raises an incident with; empty: none.
func onlyInside(p *pack.Pack, plans map[string]*playbook.Plan, name string) string {
	if len(p.LevelsOf(name, plans)) > 0 {
		return ""
	}
	for _, pb := range p.Playbooks {
		for _, a := range playbook.Actions(&pb.Spec) {
			if a.RaiseIncident != nil && a.RaiseIncident.Playbook == name {
				return ""
			}
		}
	}
	return p.Inside()[name]
}

// sameBook are the levels that lead to a playbook, where one policy has several of them.
func sameBook(p *pack.Pack, name string) []string {
	for _, policy := range slices.Sorted(maps.Keys(p.Policies)) {
		var same []string
		for _, level := range p.Policies[policy].Spec.Levels {
			if string(level.Playbook) == name {
				same = append(same, string(level.Name))
			}
		}
		if len(same) > 1 {
			return same
		}
	}
	return nil
}

// looksAtLevel is whether the course of a playbook depends on its level, or on when it was graded.
func looksAtLevel(plan *playbook.Plan) bool {
	looks := func(e *playbook.Expr) bool {
		return e != nil && slices.ContainsFunc(e.Looks().Paths, func(path string) bool { return strings.HasSuffix(path, ".level") })
	}
	return slices.ContainsFunc(plan.Nodes, func(n playbook.Node) bool {
		return n.Head.Within != nil && n.Head.Within.Of == "graded" || looks(n.When) || looks(n.Until) || looks(n.WaitUntil)
	}) || slices.ContainsFunc(plan.Regions, func(r playbook.Region) bool { return looks(r.When) })
}
