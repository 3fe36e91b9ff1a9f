package playbook

import (
	"slices"
	"strings"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
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

func (b *book) checkDeadline(s *step) {
	d, field := s.head.Within, s.field+".within"
	if d == nil {
		if waits(s) && s.head.NoDeadline == "" {
			b.report(field, "give it a deadline (within), or say in noDeadline why it has none", "the step %s waits and has no deadline", s.head.Name)
		}
		return
	}
	if s.head.NoDeadline != "" {
		b.report(s.field+".noDeadline", "keep one of them", "the step %s has a deadline and says why it has none", s.head.Name)
	}
	if why := endsAlone(s); why != "" {
		b.report(field, "leave it out", "the step %s %s, so a deadline means nothing", s.head.Name, why)
	}
	b.checkSpan(field, v1alpha1.Span{Elapsed: d.Elapsed, Working: d.Working})
	b.checkDeadlineStart(s)
}

// checkDeadlineStart finds the step that the deadline counts from, if it does not count from an event.
func (b *book) checkDeadlineStart(s *step) {
	of, field := s.head.Within.Of, s.field+".within.of"
	if of == "" || events[of] {
		return
	}
	from := b.byName[of]
	switch {
	case from == nil:
		b.report(field, "write started, received, graded, or the name of a step: "+b.stepNames(b.steps), "the deadline counts from %s, which is neither an event nor a step", of)
	case from == s:
		b.report(field, "write started to count from its start", "the deadline of %s counts from its own end", of)
	case from == s.block || from.block == s || from.block == s.block && needsPath(from, s, map[*step]bool{}) != nil:
		b.report(field, "count from something that ends before", "the deadline counts from the end of %s, which cannot end before %s has", of, s.head.Name)
	default:
		s.of = from
	}
}

func (b *book) checkReminders(s *step) {
	if len(s.head.Remind) == 0 {
		return
	}
	field := s.field + ".remind"
	if s.head.Within == nil {
		b.report(field, "give the step a deadline (within)", "the step %s reminds of a deadline it does not have", s.head.Name)
	}
	if !asks(s) {
		b.report(field, "leave it out", "the step %s asks nobody, so nobody can be reminded", s.head.Name)
	}
	seen := map[v1alpha1.Duration]bool{}
	for i, before := range s.head.Remind {
		if !b.checkDuration(at(field, i), before) {
			continue
		}
		if seen[before] {
			b.report(at(field, i), "write it once", "there are two reminders %s before", before)
		}
		seen[before] = true
		if d := s.head.Within; d != nil && d.Elapsed != "" && calendar.Elapsed(before) >= calendar.Elapsed(d.Elapsed) && calendar.Elapsed(d.Elapsed) > 0 {
			b.report(at(field, i), "remind later", "the reminder is due %s before the deadline, but the deadline is only %s", before, d.Elapsed)
		}
	}
}

func (b *book) checkOverdue(s *step) {
	o, field := s.head.Overdue, s.field+".overdue"
	if o == nil {
		return
	}
	if s.head.Within == nil {
		b.report(field, "give the step a deadline (within)", "the step %s has no deadline, so it is never overdue", s.head.Name)
	}
	climbs := o.Climb == v1alpha1.ClimbLadder
	if climbs && len(b.spec.Ladder) == 0 {
		b.report(field+".climb", "list the roles to climb under spec.ladder, lowest first", "the playbook has no ladder to climb")
	}
	if o.Every != "" {
		b.checkDuration(field+".every", o.Every)
		if !climbs {
			b.report(field+".every", "write climb: Ladder, or leave it out", "every is the time between two rungs, but no ladder is climbed")
		}
	}
	if o.Outcome != "" {
		if climbs {
			b.report(field+".outcome", "keep one of them", "the step cannot both end with an outcome and climb the ladder when its deadline passes")
		}
		if possible := outcomes(s); possible != nil && !slices.Contains(possible, o.Outcome) {
			b.report(field+".outcome", "the outcomes are: "+strings.Join(texts(possible), ", "), "%s is no outcome of the step %s", o.Outcome, s.head.Name)
		}
	}
	b.checkTemplate(field+".template", o.Template)
}

// checkLeeway checks extension and pause.
func (b *book) checkLeeway(s *step) {
	leeway := func(field string, atMost v1alpha1.Duration, what string) {
		switch {
		case !asks(s):
			b.report(field, "leave it out", "the step %s asks nobody, so nobody could %s", s.head.Name, what)
		case s.head.Within == nil:
			b.report(field, "give the step a deadline (within)", "the step %s has no deadline, so there is nothing to %s", s.head.Name, what)
		}
		b.checkDuration(field+".atMost", atMost)
	}
	if s.head.Extend != nil {
		leeway(s.field+".extend", s.head.Extend.AtMost, "extend")
	}
	if s.head.Pause != nil {
		leeway(s.field+".pause", s.head.Pause.AtMost, "pause")
	}
}

func (b *book) checkRecurrence(s *step) {
	if s.head.Every != nil {
		if s.action.Notify == nil {
			b.report(s.field+".every", "move it to a notify step", "only notify can recur")
		}
		b.checkSpan(s.field+".every", *s.head.Every)
		if s.head.Until == "" {
			b.report(s.field+".until", "say until when, e.g. steps.carryOut.done", "the step %s recurs and never ends", s.head.Name)
		}
	} else if s.head.Until != "" {
		b.report(s.field+".until", "say how often in every, or use wait.until", "until ends a recurring step, but the step %s does not recur", s.head.Name)
	}
	s.until = b.checkExpression(s.field+".until", s.head.Until)
}
