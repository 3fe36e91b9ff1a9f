package difference

import (
	"encoding/json"
	"regexp"
	"slices"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// match finds what only changed its name: a role with the same team and duty, then a step that does the same. From then on
// before has the names of after.
func (k *book) match() {
	k.renameRoles()
	k.was, k.is = stepsOf(k.before), stepsOf(k.after)
	for k.renameStep() {
		k.was = stepsOf(k.before)
	}
}

func (k *book) renameRoles() {
	gone := slices.DeleteFunc(slices.Clone(k.before.Roles), func(r v1alpha1.Role) bool { return hasRole(k.after.Roles, r.Name) })
	come := slices.DeleteFunc(slices.Clone(k.after.Roles), func(r v1alpha1.Role) bool { return hasRole(k.before.Roles, r.Name) })
	for _, old := range gone {
		same := func(r v1alpha1.Role) bool { return r.Team == old.Team && r.Duty == old.Duty }
		i := slices.IndexFunc(come, same)
		if i < 0 || only(come, same) != 1 || only(gone, same) != 1 {
			continue
		}
		at := func(roles []v1alpha1.Role, name v1alpha1.Identifier) int {
			return slices.IndexFunc(roles, func(r v1alpha1.Role) bool { return r.Name == name })
		}
		k.pair("spec.roles["+itoa(at(k.before.Roles, old.Name))+"]", "spec.roles["+itoa(at(k.after.Roles, come[i].Name))+"]").
			say(Words, "the role %s is now called %s", old.Name, come[i].Name)
		renameRole(k.before, old.Name, come[i].Name)
	}
}

func hasRole(roles []v1alpha1.Role, name v1alpha1.Identifier) bool {
	return slices.ContainsFunc(roles, func(r v1alpha1.Role) bool { return r.Name == name })
}

func only[T any](list []T, is func(T) bool) int {
	n := 0
	for _, x := range list {
		if is(x) {
			n++
		}
	}
	return n
}

func renameRole(spec *v1alpha1.PlaybookSpec, from, to v1alpha1.Identifier) {
	one := func(name *v1alpha1.Identifier) {
		if *name == from {
			*name = to
		}
	}
	all := func(names []v1alpha1.Identifier) {
		for i := range names {
			one(&names[i])
		}
	}
	for i := range spec.Roles {
		one(&spec.Roles[i].Name)
		all(spec.Roles[i].Not)
		slices.Sort(spec.Roles[i].Not)
	}
	all(spec.Ladder)
	for _, w := range stepsOf(spec) {
		switch a := w.action; {
		case a.AssignRole != nil:
			one(&a.AssignRole.Role)
		case a.Notify != nil:
			all(a.Notify.To)
			slices.Sort(a.Notify.To)
		case a.Task != nil:
			one(&a.Task.To)
		case a.Approval != nil:
			all(a.Approval.By)
		case a.Survey != nil:
			one(&a.Survey.Asks)
		case a.Decision != nil:
			one(&a.Decision.By)
		case a.PostMortem != nil:
			one(&a.PostMortem.Owner)
		}
	}
	for i := range spec.Assertions {
		one(&spec.Assertions[i].Reached)
		one(&spec.Assertions[i].Told)
	}
}

// renameStep finds one step that changed its name and nothing else, or whose description shows that it is the same. It is
// false where there is none left.
func (k *book) renameStep() bool {
	gone := slices.DeleteFunc(slices.Clone(k.was), func(w written) bool { return named(k.is, w.head.Name) != nil })
	come := slices.DeleteFunc(slices.Clone(k.is), func(w written) bool { return named(k.was, w.head.Name) != nil })
	for _, print := range []func(written) string{whole, deed, told} {
		for _, old := range gone {
			mark := print(old)
			same := func(w written) bool { return print(w) == mark }
			if mark == "" || only(gone, same) != 1 || only(come, same) != 1 {
				continue
			}
			is := come[slices.IndexFunc(come, same)]
			k.pair(old.field, is.field).say(Words, "the step %s is now called %s", old.head.Name, is.head.Name)
			k.called[is.head.Name] = old.head.Name
			renameIn(k.before, old.head.Name, is.head.Name)
			return true
		}
	}
	return false
}

// whole is all a step says but its name.
func whole(w written) string {
	head := *w.head
	head.Name, head.Description = "", ""
	return asJSON(struct {
		H v1alpha1.StepHead
		A v1alpha1.Action
		R *v1alpha1.Repeat
	}{head, *w.action, w.repeat})
}

// deed is what a step does and by when, whatever it waits for.
func deed(w written) string {
	head := *w.head
	head.Name, head.Description, head.Needs, head.When, head.Until = "", "", nil, "", ""
	if w.repeat != nil {
		return ""
	}
	return asJSON(struct {
		H v1alpha1.StepHead
		A v1alpha1.Action
	}{head, *w.action})
}

// told is what people are told a step is about, and what sort of step it is.
func told(w written) string {
	if w.head.Description == "" {
		return ""
	}
	return kindOf(w) + ": " + words(w.head.Description)
}

func asJSON(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return err.Error() // plain types have none
	}
	return string(text)
}

// renameIn gives a step another name wherever the playbook speaks of it.
func renameIn(spec *v1alpha1.PlaybookSpec, from, to string) {
	spoken := regexp.MustCompile(`\bsteps\.` + regexp.QuoteMeta(from) + `\b`)
	say := func(e *v1alpha1.Expression) {
		*e = v1alpha1.Expression(spoken.ReplaceAllString(string(*e), "steps."+to))
	}
	all := func(names []v1alpha1.Identifier) {
		for i := range names {
			if string(names[i]) == from {
				names[i] = v1alpha1.Identifier(to)
			}
		}
		slices.Sort(names)
	}
	for _, w := range stepsOf(spec) {
		if w.head.Name == from {
			w.head.Name = to
		}
		all(w.head.Needs)
		say(&w.head.When)
		say(&w.head.Until)
		if w.head.Within != nil && w.head.Within.Of == from {
			w.head.Within.Of = to
		}
		if w.repeat != nil {
			say(&w.repeat.Until)
		}
		if w.action.Wait != nil {
			say(&w.action.Wait.Until)
		}
	}
	for i := range spec.Cancel {
		all(spec.Cancel[i].Steps)
		say(&spec.Cancel[i].When)
	}
	for i := range spec.Assertions {
		p := &spec.Assertions[i]
		say(&p.When)
		if string(p.Ended) == from {
			p.Ended = v1alpha1.StepName(to)
		}
		if p.Within.Of == from {
			p.Within.Of = to
		}
		for j := range p.Unless {
			if string(p.Unless[j]) == from {
				p.Unless[j] = v1alpha1.StepName(to)
			}
		}
	}
}
