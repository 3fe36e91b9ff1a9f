package playbook

import (
	"slices"
	"strings"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
)

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
	case from == s.block || from.block == s || endsAfter(from, s):
		b.report(field, "count from something that ends before", "the deadline counts from the end of %s, which cannot end before %s has", of, s.head.Name)
	default:
		s.of = from
	}
}

// endsAfter is whether a step can end only after another one has: it, or the block it is in, needs the other or the
// block that is in.
func endsAfter(from, s *step) bool {
	if from.block != s.block {
		from, s = outermost(from), outermost(s)
	}
	return needsPath(from, s, map[*step]bool{}) != nil
}

func outermost(s *step) *step {
	if s.block != nil {
		return s.block
	}
	return s
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
		b.checkReminder(at(field, i), before, s.head.Within)
	}
}

// checkReminder reports a reminder that is due when the deadline begins to count, or before. Reminders count elapsed time;
// of working time a day counts as 24 hours, so what is refused would be of use over a night or a weekend at best.
func (b *book) checkReminder(field string, before v1alpha1.Duration, d *v1alpha1.Deadline) {
	if d == nil || b.pinned {
		return
	}
	length, of := d.Elapsed, ""
	if length == "" {
		length, of = d.Working, " of working time"
	}
	if whole := calendar.Elapsed(length); whole > 0 && calendar.Elapsed(before) >= whole {
		b.report(field, "remind later: write less than "+string(length), "the reminder is due %s before the deadline, but the deadline is only %s%s", before, length, of)
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
	if climbs {
		b.checkAbove(s)
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
		possible := outcomes(s)
		switch {
		case !identifier.MatchString(string(o.Outcome)):
			b.report(field+".outcome", "use a small letter, then letters, digits and hyphens, 40 at most", "%q is no name for an outcome", o.Outcome)
		case possible != nil && !slices.Contains(possible, o.Outcome):
			b.report(field+".outcome", "the outcomes are: "+strings.Join(texts(possible), ", "), "%s is no outcome of the step %s", o.Outcome, s.head.Name)
		}
	}
	b.checkTemplate(field+".template", o.Template)
}

// checkAbove notes a step that climbs the ladder although somebody at its top is asked already.
func (b *book) checkAbove(s *step) {
	ladder := b.spec.Ladder
	for _, role := range rolesAsked(s.action) {
		if len(ladder) > 0 && role == ladder[len(ladder)-1] {
			b.climbless = append(b.climbless, b.problem(s.field+".overdue.climb",
				"put a role above "+string(role)+" on spec.ladder, or leave overdue out",
				"the step %s asks %s, which is at the top of the ladder: nobody is above to climb to when it is overdue, so those asked and the leads are told", s.head.Name, role))
			return
		}
	}
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
		b.checkOften(s)
		if s.head.Until == "" {
			b.report(s.field+".until", "say until when, e.g. steps.carryOut.done", "the step %s recurs and never ends", s.head.Name)
		}
	} else if s.head.Until != "" {
		b.report(s.field+".until", "say how often in every, or use wait.until", "until ends a recurring step, but the step %s does not recur", s.head.Name)
	}
	s.until = b.checkExpression(s.field+".until", s.head.Until)
}

// checkSpan checks a length of time: one of two kinds, longer than nothing, with a calendar when it is working time.
func (b *book) checkSpan(field string, span v1alpha1.Span) {
	switch {
	case span.Elapsed != "" && span.Working != "":
		b.report(field, "keep one of them", "the time is given both as elapsed and as working time")
	case span.Elapsed != "":
		b.checkDuration(field+".elapsed", span.Elapsed)
	case span.Working != "":
		if b.checkDuration(field+".working", span.Working) && b.spec.Calendar == "" {
			b.report(field+".working", "name a BusinessCalendar in spec.calendar, or use elapsed", "working time needs a calendar, and the playbook names none")
		}
	default:
		b.report(field, "write elapsed: or working:", "the time is missing")
	}
}

// checkDuration is whether a duration can be used; it reports when not.
func (b *book) checkDuration(field string, d v1alpha1.Duration) bool {
	days, clock, err := calendar.ParseDuration(d)
	if err != nil {
		b.report(field, "", "%v", err)
		return false
	}
	if days == 0 && clock == 0 {
		b.report(field, "write a time longer than that", "%s is no time at all", d)
		return false
	}
	return true
}

// mostOften is how often a step may recur. Each time is a notice to everybody it is for.
const mostOften = time.Minute

func (b *book) checkOften(s *step) {
	for field, every := range map[string]v1alpha1.Duration{".elapsed": s.head.Every.Elapsed, ".working": s.head.Every.Working} {
		if between := calendar.Elapsed(every); between > 0 && between < mostOften && !b.pinned {
			b.report(s.field+".every"+field, "write 1m or more", "the step %s recurs every %s, and nobody reads that many notices", s.head.Name, every)
		}
	}
}
