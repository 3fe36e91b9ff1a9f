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
	fromTheMatter := slices.Contains([]string{"", "received", "graded"}, a.Within.Of) // else it is the same wherever the playbook begins
	if book := onlyInside(p, plans, name); book != "" && fromTheMatter {
		return fmt.Sprintf("%s runs only inside %s, where it begins later than the matter comes in", name, book),
			"promise it in " + book + ", with `within.of` the step before"
	}
	stays := true
	if on := GoesOn(p, plans[name]); len(on) > 1 {
		if why, advice = s.regraded(plans[name], a, on); why != "" {
			return why, advice
		}
		stays = false
	}
	for _, level := range levels {
		others := Others(p, plans, name, level)
		at := level
		if !stays {
			at = ""
		}
		steps := s.onTheWay(plans[name], a, at, others)
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
	declared := false
	for _, policy := range slices.Sorted(maps.Keys(p.Policies)) {
		for _, l := range p.Policies[policy].Spec.Levels {
			declared = declared || l.Name == level
			if l.Name == level && l.Playbook != "" && !slices.Contains(books, string(l.Playbook)) {
				books = append(books, string(l.Playbook))
			}
		}
	}
	if !declared {
		return "", ""
	}
	for _, l := range leading {
		at = append(at, string(l))
	}
	if len(books) == 0 {
		return fmt.Sprintf("the level %s leads to no playbook: nothing is promised there", level),
			"promise it at " + strings.Join(at, ", ") + ", also for what goes on there"
	}
	return fmt.Sprintf("the level %s leads to %s, not to %s: nothing is promised there", level, strings.Join(books, " and "), plan.Name),
		fmt.Sprintf("promise it in %s, or at %s", strings.Join(books, " and "), strings.Join(at, ", "))
}

// GoesOn are the levels that a run of a playbook can come to from one another while it goes on: of a complaint those of one policy that
// lead to the playbook, or to none; of an incident, which keeps its playbook, all. Fewer than two: its level stays.
func GoesOn(p *pack.Pack, plan *playbook.Plan) []v1alpha1.LevelName {
	for _, policy := range slices.Sorted(maps.Keys(p.Policies)) {
		leads := plan.For == v1alpha1.RecordCrisisIncident
		var on []v1alpha1.LevelName
		for _, level := range p.Policies[policy].Spec.Levels {
			own := string(level.Playbook) == plan.Name
			leads = leads || own
			if own || level.Playbook == "" || plan.For == v1alpha1.RecordCrisisIncident {
				on = append(on, level.Name)
			}
		}
		if leads && len(on) > 1 {
			return on
		}
	}
	return nil
}

// regraded is why a promise is not proved of runs that go on at some levels, because their course hangs on the level: it is not
// where it holds whatever the level is whenever it is asked for.
func (s *Study) regraded(plan *playbook.Plan, a *v1alpha1.Assertion, on []v1alpha1.LevelName) (why, advice string) {
	q, problems := ask(plan, a)
	nobody := plan.For == v1alpha1.RecordCrisisIncident && q.conduct == v1alpha1.ConductSilence // only people change the level of an incident
	promised := q.given != nil && asksLevel(q.given.when)
	if len(problems) > 0 || nobody || !promised && (!looksAtLevel(plan) || s.proves(q, "", nil)) {
		return "", ""
	}
	advice = "give each level a playbook of its own, or count from received and ask for no level"
	if plan.For == v1alpha1.RecordCrisisIncident {
		advice = "ask for no level there: an incident keeps its playbook at every one"
	}
	names := make([]string, len(on))
	for i, level := range on {
		names[i] = string(level)
	}
	return fmt.Sprintf("it may come to another of the levels %s on its way and goes on with %s, and what asks for the level, or counts from graded, may change then",
		strings.Join(names, " and "), plan.Name), advice
}

// proves is whether a question holds of runs that begin with some steps done. No level: whatever it is, and it may change.
func (s *Study) proves(q *question, level string, done carried) bool {
	q.level, q.regraded, q.carried = level, level == "", done
	if q.given != nil {
		q.given.level, q.given.worlds = level, map[*playbook.Expr]worlds{}
	}
	v, _, err := s.proved(q)
	return err == nil && v.Holds && !done.may(q.anchor)
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

// asksLevel is whether a condition asks for a level.
func asksLevel(e *playbook.Expr) bool {
	return e != nil && slices.ContainsFunc(e.Looks().Paths, func(path string) bool { return strings.HasSuffix(path, ".level") })
}

// looksAtLevel is whether the course of a playbook depends on its level, or on when it was graded.
func looksAtLevel(plan *playbook.Plan) bool {
	return slices.ContainsFunc(plan.Nodes, func(n playbook.Node) bool {
		return n.Head.Within != nil && n.Head.Within.Of == "graded" || asksLevel(n.When) || asksLevel(n.Until) || asksLevel(n.WaitUntil)
	}) || slices.ContainsFunc(plan.Regions, func(r playbook.Region) bool { return asksLevel(r.When) })
}
