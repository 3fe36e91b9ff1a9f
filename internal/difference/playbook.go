package difference

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// book is a playbook on both sides: b as it is, a as it was, with the names that b has for what only changed its name.
type book struct {
	subject
	before, after *v1alpha1.PlaybookSpec
	was, is       []written
	// called are the names that steps had before, by those they have now.
	called map[string]string
}

// written is a step and where it stands.
type written struct {
	field  string
	block  string // the repeat it is inside; empty at the top
	head   *v1alpha1.StepHead
	action *v1alpha1.Action
	repeat *v1alpha1.Repeat
}

// stepsOf are all steps of a playbook, a block before what is inside it.
func stepsOf(spec *v1alpha1.PlaybookSpec) []written {
	var out []written
	for i := range spec.Steps {
		s := &spec.Steps[i]
		field := fmt.Sprintf("spec.steps[%d]", i)
		out = append(out, written{field, "", &s.StepHead, &s.Action, s.Repeat})
		if s.Repeat == nil {
			continue
		}
		for j := range s.Repeat.Steps {
			inner := &s.Repeat.Steps[j]
			out = append(out, written{fmt.Sprintf("%s.repeat.steps[%d]", field, j), s.Name, &inner.StepHead, &inner.Action, nil})
		}
	}
	return out
}

func named(steps []written, name string) *written {
	i := slices.IndexFunc(steps, func(w written) bool { return w.head.Name == name })
	if i < 0 {
		return nil
	}
	return &steps[i]
}

func (d *differ) playbooks() {
	objects(d, "Playbook", "playbook", d.a.pack.Playbooks, d.b.pack.Playbooks, Course,
		func(p *v1alpha1.Playbook) string { return ", with " + count(len(stepsOf(&p.Spec)), "step") },
		func(s subject, a, b *v1alpha1.Playbook) {
			k := &book{subject: s, before: normal(&a.Spec), after: normal(&b.Spec), called: map[string]string{}}
			k.compiles()
			k.match()
			k.head()
			k.roles()
			k.steps()
			k.succession()
			k.regions()
			k.templates()
			k.promises()
		})
	for _, name := range slices.Sorted(maps.Keys(d.a.pack.Playbooks)) {
		if d.b.pack.Playbooks[name] != nil {
			continue
		}
		s := subject{differ: d, group: "playbook " + name, kind: "Playbook", name: name, nameA: name}
		for i, p := range normal(&d.a.pack.Playbooks[name].Spec).Assertions {
			s.at(fmt.Sprintf("spec.assertions[%d]", i)).withdrawn(&p)
		}
	}
}

// compiles tells of a playbook that can no longer be carried out, or can be again.
func (k *book) compiles() {
	before, after := k.a.fault(k.nameA), k.b.fault(k.name)
	switch {
	case before == "" && after != "":
		k.say(Broken, "it no longer compiles: %s", after)
	case before != "" && after == "":
		k.say(Broken, "it compiles now; before: %s", before)
	case after != "":
		k.note("playbook %s compiles on neither side, so who is told when is not known: %s", k.name, after)
	}
}

func (k *book) head() {
	a, b := k.before, k.after
	k.at("spec.for").value(Course, string(a.For), string(b.For), "it is for a %s, before for a %s", "it is for a %s", "it was for a %s")
	k.at("spec.calendar").value(Due, a.Calendar, b.Calendar, "working time counts in the calendar %s, before in %s", "working time counts in the calendar %s", "it has no calendar any more, before %s")
	if words(a.Description) != words(b.Description) {
		k.at("spec.description").say(Words, "its description reads differently")
	}
	k.ladder(a.Ladder, b.Ladder)
}

// words are the words of a text: how its lines are broken makes no difference.
func words(text string) string { return strings.Join(strings.Fields(text), " ") }

func (k *book) ladder(a, b []v1alpha1.Identifier) {
	s := k.at("spec.ladder")
	switch {
	case slices.Equal(a, b):
	case len(a) == 0:
		s.come(Told, "it has a ladder now: %s", rungs(b))
	case len(b) == 0:
		s.gone(Told, "it has no ladder any more, before %s: nobody above is told of what is overdue", rungs(a))
	case len(b) == len(a)+1 && len(without(b, a)) == 1 && slices.Equal(keep(b, a), a):
		s.say(Told, "the ladder has a new rung, %s: it is now %s", role(without(b, a)[0]), rungs(b))
	case len(a) == len(b)+1 && len(without(a, b)) == 1 && slices.Equal(keep(a, b), b):
		s.say(Told, "the ladder lost a rung, %s: it is now %s", role(without(a, b)[0]), rungs(b))
	default:
		s.say(Told, "the ladder is now %s, before %s", rungs(b), rungs(a))
	}
}

func rungs(ladder []v1alpha1.Identifier) string {
	list := make([]string, len(ladder))
	for i, r := range ladder {
		list[i] = plain(string(r))
	}
	return strings.Join(list, " → ")
}

// without are the words of a list that are not in another; keep are those that are.
func without[T comparable](list, other []T) []T {
	return slices.DeleteFunc(slices.Clone(list), func(x T) bool { return slices.Contains(other, x) })
}

func keep[T comparable](list, other []T) []T {
	return slices.DeleteFunc(slices.Clone(list), func(x T) bool { return !slices.Contains(other, x) })
}

func (k *book) roles() {
	for j, r := range k.after.Roles {
		i := slices.IndexFunc(k.before.Roles, func(x v1alpha1.Role) bool { return x.Name == r.Name })
		if i < 0 {
			k.at(fmt.Sprintf("spec.roles[%d]", j)).come(Course, "there is a new role, %s: %s", role(r.Name), filledBy(r))
			continue
		}
		old, s := k.before.Roles[i], k.pair(fmt.Sprintf("spec.roles[%d]", i), fmt.Sprintf("spec.roles[%d]", j))
		if old.Team != r.Team || old.Duty != r.Duty {
			s.say(Decides, "%s is now %s, before %s", role(r.Name), filledBy(r), filledBy(old))
		}
		for _, other := range without(old.Not, r.Not) {
			s.say(Decides, "%s may now be the same person as %s", role(r.Name), role(other))
		}
		for _, other := range without(r.Not, old.Not) {
			s.say(Decides, "%s may no longer be the same person as %s", role(r.Name), role(other))
		}
	}
	for i, r := range k.before.Roles {
		if !slices.ContainsFunc(k.after.Roles, func(x v1alpha1.Role) bool { return x.Name == r.Name }) {
			k.at(fmt.Sprintf("spec.roles[%d]", i)).gone(Course, "the role of %s is gone: it was %s", role(r.Name), filledBy(r))
		}
	}
}

func filledBy(r v1alpha1.Role) string {
	team := "the incident's team"
	if r.Team != "" {
		team = "the team " + r.Team
	}
	return "somebody of " + team + " with the duty " + string(r.Duty)
}

func (k *book) regions() {
	for j, r := range k.after.Cancel {
		i := slices.IndexFunc(k.before.Cancel, func(x v1alpha1.CancelRegion) bool { return x.Name == r.Name })
		s := k.at(fmt.Sprintf("spec.cancel[%d]", j))
		if i < 0 {
			s.come(Course, "once %s, %s now stop (%s)", yes(r.When), and(r.Steps), r.Name)
			continue
		}
		old := k.before.Cancel[i]
		s = k.pair(fmt.Sprintf("spec.cancel[%d]", i), fmt.Sprintf("spec.cancel[%d]", j))
		s.at("when").value(Course, yes(old.When), yes(r.When), string(r.Name)+" stops its steps once %s, before once %s", "", "")
		if more := without(r.Steps, old.Steps); len(more) > 0 {
			s.at("steps").say(Course, "%s stops %s as well", r.Name, and(more))
		}
		if less := without(old.Steps, r.Steps); len(less) > 0 {
			s.at("steps").say(Course, "%s no longer stops %s", r.Name, and(less))
		}
	}
	for i, r := range k.before.Cancel {
		if !slices.ContainsFunc(k.after.Cancel, func(x v1alpha1.CancelRegion) bool { return x.Name == r.Name }) {
			k.at(fmt.Sprintf("spec.cancel[%d]", i)).gone(Course, "%s no longer stop once %s (%s)", and(r.Steps), yes(r.When), r.Name)
		}
	}
}

func (k *book) templates() {
	for j, t := range k.after.Templates {
		i := slices.IndexFunc(k.before.Templates, func(x v1alpha1.Template) bool { return x.Name == t.Name })
		s := k.at(fmt.Sprintf("spec.templates[%d]", j))
		if i < 0 {
			s.come(Words, "there is a new text, %s%s", t.Name, k.usedBy(t.Name))
			continue
		}
		s = k.pair(fmt.Sprintf("spec.templates[%d]", i), fmt.Sprintf("spec.templates[%d]", j))
		k.text(s, k.before.Templates[i], t)
	}
	for i, t := range k.before.Templates {
		if !slices.ContainsFunc(k.after.Templates, func(x v1alpha1.Template) bool { return x.Name == t.Name }) {
			k.at(fmt.Sprintf("spec.templates[%d]", i)).gone(Words, "the text %s is gone", t.Name)
		}
	}
}

func (k *book) text(s subject, a, b v1alpha1.Template) {
	shown := map[v1alpha1.PersonalData]string{v1alpha1.PersonalDataMasked: "masked", v1alpha1.PersonalDataClear: "in clear"}
	s.at("personalData").value(Words, shown[a.PersonalData], shown[b.PersonalData], "the text "+string(b.Name)+" shows the complainant's name and contact %s, before %s", "", "")
	for j, t := range b.Texts {
		i := slices.IndexFunc(a.Texts, func(x v1alpha1.TemplateText) bool { return x.Locale == t.Locale })
		switch {
		case i < 0:
			s.at(fmt.Sprintf("texts[%d]", j)).come(Words, "the text %s is there in %s, too", b.Name, t.Locale)
		case strings.TrimSpace(a.Texts[i].Subject) != strings.TrimSpace(t.Subject) || strings.TrimSpace(a.Texts[i].Body) != strings.TrimSpace(t.Body):
			s.pair(fmt.Sprintf("texts[%d]", i), fmt.Sprintf("texts[%d]", j)).say(Words, "the text %s reads differently in %s%s", b.Name, t.Locale, k.usedBy(b.Name))
		}
	}
	for i, t := range a.Texts {
		if !slices.ContainsFunc(b.Texts, func(x v1alpha1.TemplateText) bool { return x.Locale == t.Locale }) {
			s.at(fmt.Sprintf("texts[%d]", i)).gone(Words, "the text %s is no longer there in %s", b.Name, t.Locale)
		}
	}
}

// usedBy says where a text goes.
func (k *book) usedBy(template v1alpha1.Identifier) string {
	var uses []string
	for _, w := range k.is {
		a := w.action
		switch {
		case a.Notify != nil && a.Notify.Template == template:
			uses = append(uses, w.head.Name+" sends it to "+roles(a.Notify.To))
		case a.Survey != nil && a.Survey.Template == template, a.AssembleTeam != nil && a.AssembleTeam.Template == template,
			a.AssignRole != nil && a.AssignRole.Template == template, w.head.Overdue != nil && w.head.Overdue.Template == template:
			uses = append(uses, w.head.Name+" sends it")
		}
	}
	if len(uses) == 0 {
		return ""
	}
	return " (" + strings.Join(uses, "; ") + ")"
}
