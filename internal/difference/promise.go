package difference

import (
	"fmt"
	"slices"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/timing"
)

// promises compares what a playbook promises. No run looks at it; but what is promised no more, nobody proves any more.
func (k *book) promises() {
	find := func(list []v1alpha1.Assertion, name v1alpha1.Identifier) int {
		return slices.IndexFunc(list, func(a v1alpha1.Assertion) bool { return a.Name == name })
	}
	field := func(i int) string { return fmt.Sprintf("spec.assertions[%d]", i) }
	for j, p := range k.after.Assertions {
		if i := find(k.before.Assertions, p.Name); i >= 0 {
			k.pair(field(i), field(j)).promise(&k.before.Assertions[i], &k.after.Assertions[j])
		} else {
			k.at(field(j)).come(Promise, "it promises something new: %s, %s", p.Name, promised(&p))
		}
	}
	for i, p := range k.before.Assertions {
		if find(k.after.Assertions, p.Name) < 0 {
			k.at(field(i)).withdrawn(&p)
		}
	}
}

// withdrawn tells of a promise that is no longer made.
func (s subject) withdrawn(p *v1alpha1.Assertion) {
	s.gone(Promise, "it no longer promises %s: %s", p.Name, promised(p))
	s.weaker(p.Name)
}

// promise compares one promise.
func (s subject) promise(a, b *v1alpha1.Assertion) {
	if words(a.Description) != words(b.Description) {
		s.at("description").say(Words, "the description of the promise %s reads differently", b.Name)
	}
	if promised(a) == promised(b) {
		return
	}
	switch {
	case timing.Implies(b, a):
		s.say(Promise, "it promises %s more strictly: %s; before: %s", b.Name, promised(b), promised(a))
		return
	case timing.Implies(a, b):
		s.say(Promise, "it promises %s less strictly: %s; before: %s", b.Name, promised(b), promised(a))
	default:
		s.say(Promise, "it promises something else as %s: %s; before: %s", b.Name, promised(b), promised(a))
	}
	s.weaker(b.Name)
}

// weaker marks what was said last: what was promised is so no more.
func (s subject) weaker(promise v1alpha1.Identifier) {
	last := &s.report.Differences[len(s.report.Differences)-1]
	last.Weaker, last.promise = true, string(promise)
}

// promised is a promise in words, with the levels it is made at.
func promised(a *v1alpha1.Assertion) string {
	text := timing.Promise(a)
	if len(a.Levels) > 0 {
		text += " at " + and(a.Levels)
	}
	return text
}
