package playbook

import (
	"strings"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// resolveNeeds finds the steps that needs name. What it cannot find, checkHead reports.
func (b *book) resolveNeeds() {
	for _, s := range b.steps {
		for _, name := range s.head.Needs {
			if need := b.byName[string(name)]; need != nil && need.block == s.block {
				s.needs = append(s.needs, need)
			}
		}
	}
}

// checkHead checks what a step says about itself, its start and its deadline. Steps of a cycle that was reported are
// noted in reported.
func (b *book) checkHead(s *step, reported map[*step]bool) {
	b.checkName(s)
	b.checkNeeds(s, reported)
	s.when = b.checkExpression(s.field+".when", s.head.When)
	b.checkDeadline(s)
	b.checkReminders(s)
	b.checkOverdue(s)
	b.checkLeeway(s)
	b.checkRecurrence(s)
}

func (b *book) checkName(s *step) {
	name, field := s.head.Name, s.field+".name"
	switch {
	case !stepName.MatchString(name):
		b.report(field, "use a small letter, then letters and digits, 40 at most", "%q is no name for a step", name)
	case unspellable[name]:
		b.report(field, "choose another name", "%s means something else in expressions", name)
	case events[name]:
		b.report(field, "choose another name", "%s is an event that deadlines count from", name)
	case b.byName[name] != s:
		b.report(field, "give each step a name of its own, inside blocks too", "there is another step %s", b.byName[name].describe())
	}
}

func (b *book) checkNeeds(s *step, reported map[*step]bool) {
	seen := map[v1alpha1.Identifier]bool{}
	for i, name := range s.head.Needs {
		field := at(s.field+".needs", i)
		need := b.byName[string(name)]
		switch {
		case seen[name]:
			b.report(field, "name it once", "the step %s is needed twice", name)
		case need == nil:
			b.report(field, "the steps are: "+b.stepNames(b.siblings(s)), "there is no step %s", name)
		case need == s:
			b.report(field, "leave it out", "the step %s needs itself, so it could never start", name)
		case need == s.block:
			b.report(field, "leave it out: a step inside a block starts with the block", "the step %s is inside the block %s, which ends only after it", s.head.Name, name)
		case need.block != s.block && need.block != nil:
			b.report(field, "need the block "+need.block.head.Name+" instead", "the step %s is inside the block %s, and needs do not reach into a block", name, need.block.head.Name)
		case need.block != s.block:
			b.report(field, "let the block "+s.block.head.Name+" need it instead", "the step %s is outside the block %s, and needs do not reach out of a block", name, s.block.head.Name)
		}
		seen[name] = true
	}
	if path := needsPath(s, s, map[*step]bool{}); path != nil && !reported[s] && len(path) > 1 {
		var way []string
		for _, other := range path {
			reported[other] = true
			way = append(way, other.head.Name)
		}
		b.report(s.field+".needs", "take one of these needs away", "the steps need each other in a circle, so none could ever start: %s → %s", s.head.Name, strings.Join(way, " → "))
	}
	if q := int(s.head.Quorum); q > len(s.head.Needs) || q < 0 {
		b.report(s.field+".quorum", "ask for at most as many as needs lists", "the quorum is %d, but the step needs %d steps", q, len(s.head.Needs))
	}
}

// needsPath is a way from a step to target over needs, target included; nil when there is none.
func needsPath(from, target *step, seen map[*step]bool) []*step {
	if seen[from] {
		return nil
	}
	seen[from] = true
	for _, need := range from.needs {
		if need == target {
			return []*step{need}
		}
		if path := needsPath(need, target, seen); path != nil {
			return append([]*step{need}, path...)
		}
	}
	return nil
}
