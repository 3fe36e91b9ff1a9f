package difference

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/engine"
	"tocsin.dev/tocsin/internal/playbook"
)

// succession compares what stays done when this playbook takes over from another, because the level of a complaint became another
// one. A step stays done only under its name, so what changed nothing but a name for one playbook can change more for the next. It
// is told of steps and take-overs that both sides have: what else comes and goes is told as the step or level it is.
func (k *book) succession() {
	before, after := k.a.inheritances(k.nameA), k.b.inheritances(k.name)
	for _, is := range k.is {
		was := named(k.was, is.head.Name)
		if is.block != "" || was == nil || was.block != "" {
			continue
		}
		from := map[altered][]string{}
		for _, other := range slices.Sorted(maps.Keys(after)) {
			if before[other] == nil {
				continue
			}
			step := is.head.Name
			for _, c := range alters(before[other][cmp.Or(k.called[step], step)], after[other][step]) {
				from[c] = append(from[c], other)
			}
		}
		for _, c := range slices.SortedFunc(maps.Keys(from), func(a, b altered) int { return cmp.Or(cmp.Compare(a.what, b.what), cmp.Compare(a.because, b.because)) }) {
			k.pair(was.field, is.field).say(Course, "%s %s when %s takes over from %s%s", is.head.Name, c.what, k.name, strings.Join(from[c], " or "), c.because)
		}
	}
}

// inheritance is what a step of a playbook that takes over has of the other's step of that name: whether there is one, the outcomes
// with which it can end, and those of them with which it stays done.
type inheritance struct {
	exists      bool
	ends, stays []v1alpha1.Identifier
}

// altered is how an inheritance is another one, in words.
type altered struct{ what, because string }

// alters says how an inheritance became another one. Of single outcomes it tells those that the other's step ends with: what that no
// longer does, or did not do before, is told there.
func alters(a, b inheritance) []altered {
	switch {
	case len(a.stays) == 0 && len(b.stays) == 0:
		return nil
	case len(a.stays) == 0:
		return []altered{{what: "now stays done"}}
	case !b.exists:
		return []altered{{"no longer stays done", ", which has no step of that name"}}
	case len(b.stays) == 0:
		return []altered{{what: "no longer stays done"}}
	}
	var out []altered
	say := func(what string, outcomes []v1alpha1.Identifier) {
		if len(outcomes) > 0 {
			out = append(out, altered{what: what + " where it ended with " + strings.Join(texts(outcomes), " or ")})
		}
	}
	say("does not stay done", without(without(b.ends, a.ends), b.stays))
	say("no longer stays done", keep(b.ends, without(a.stays, b.stays)))
	say("now stays done", keep(a.ends, without(b.stays, a.stays)))
	return out
}

// inheritances are, by the playbooks from which one takes over and by step, what is inherited.
func (s *Side) inheritances(name string) map[string]map[string]inheritance {
	plan := s.plan(name)
	if plan == nil {
		return nil
	}
	out := map[string]map[string]inheritance{}
	for _, tp := range s.pack.Policies {
		levels := tp.Spec.Levels
		if !slices.ContainsFunc(levels, func(l v1alpha1.Level) bool { return string(l.Playbook) == name }) {
			continue
		}
		for _, l := range levels {
			if other := string(l.Playbook); other != name && s.plan(other) != nil {
				out[other] = inherits(plan, s.plan(other))
			}
		}
	}
	return out
}

// inherits is, by step, what a plan has of one from which it takes over. What can stay done is what the engine carries over of a run
// of which everything else is done so that it stays done where it can.
func inherits(plan, from *playbook.Plan) map[string]inheritance {
	old := engine.Start(from, &engine.Facts{}, v1alpha1.RevisionReference{}, 1, time.Time{})
	for k := range old.Steps { // each step was done by another one
		old.Steps[k].By = []v1alpha1.User{v1alpha1.User(old.Steps[k].Name)}
	}
	out, at := map[string]inheritance{}, map[string]int{}
	for _, i := range plan.Roots {
		k := slices.IndexFunc(from.Roots, func(k int) bool { return from.Nodes[k].Path == plan.Nodes[i].Path })
		if k < 0 {
			continue
		}
		k = from.Roots[k]
		node := from.Nodes[k]
		node.Head.Every = nil // one that recurred has ended, too
		ends := engine.Endings(&node)
		out[node.Path], at[node.Path] = inheritance{exists: true, ends: ends}, k
		for _, outcome := range ends {
			if engine.StandsFor(from, k, plan, i, outcome) {
				old.Steps[k].State, old.Steps[k].Outcome = v1alpha1.StepDone, outcome
			}
		}
	}
	for _, i := range plan.Roots {
		path := plan.Nodes[i].Path
		x := out[path]
		for _, outcome := range x.ends {
			run := old
			run.Steps = slices.Clone(old.Steps)
			run.Steps[at[path]].State, run.Steps[at[path]].Outcome = v1alpha1.StepDone, outcome
			if engine.CarryOver(plan, engine.Start(plan, &engine.Facts{}, v1alpha1.RevisionReference{}, 2, time.Time{}), from, run).Steps[i].State == v1alpha1.StepDone {
				x.stays = append(x.stays, outcome)
			}
		}
		if x.exists {
			out[path] = x
		}
	}
	return out
}
