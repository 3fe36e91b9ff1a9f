package difference

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
)

// steps compares the steps: those there before and after, then those that came, then those that are gone.
func (k *book) steps() {
	for _, is := range k.is {
		if was := named(k.was, is.head.Name); was != nil {
			k.step(k.pair(was.field, is.field), *was, is)
		}
	}
	for _, is := range k.is {
		if named(k.was, is.head.Name) == nil {
			k.at(is.field).come(about(is), "there is a new step %s: it %s%s", is.head.Name, does(is), circumstances(is))
		}
	}
	for _, was := range k.was {
		if named(k.is, was.head.Name) == nil {
			k.at(was.field).gone(about(was), "the step %s is gone: it %s%s", was.head.Name, did(was), lost(was))
		}
	}
}

// about is what a step is about as a whole.
func about(w written) About {
	switch {
	case w.action.Notify != nil:
		return Told
	case w.action.Approval != nil, w.action.Decision != nil:
		return Decides
	}
	return Course
}

// circumstances are when a new step starts and is due.
func circumstances(w written) string {
	text := ""
	if w.block != "" {
		text += ", in each round of " + w.block
	}
	if len(w.head.Needs) > 0 {
		text += ", after " + and(w.head.Needs)
	}
	if w.head.When != "" {
		text += ", if " + yes(w.head.When)
	}
	if w.head.Every != nil {
		text += ", every " + span(w.head.Every) + " until " + yes(w.head.Until)
	}
	if w.head.Within != nil {
		text += "; due " + by(w.head.Within)
	}
	return text
}

// lost is the deadline of a step that is gone.
func lost(w written) string {
	if w.head.Within == nil {
		return ""
	}
	return ", due " + by(w.head.Within)
}

// step compares one step.
func (k *book) step(s subject, a, b written) {
	name := b.head.Name
	if a.block != b.block {
		where := map[bool]string{true: "at the top", false: "in each round of "}
		s.say(Course, "%s now stands %s, before %s", name, where[b.block == ""]+b.block, where[a.block == ""]+a.block)
	}
	if kindOf(a) != kindOf(b) {
		s.say(about(b), "%s now %s, before it %s", name, does(b), did(a))
	} else {
		k.action(s, a, b)
	}
	k.start(s, a.head, b.head)
	k.deadline(s, a.head, b.head)
	k.overdue(s, a.head, b.head)
	if words(a.head.Description) != words(b.head.Description) {
		s.at("description").say(Words, "the description of %s reads differently", name)
	}
}

// start compares when a step starts.
func (k *book) start(s subject, a, b *v1alpha1.StepHead) {
	if less := without(a.Needs, b.Needs); len(less) > 0 {
		s.at("needs").say(Course, "%s no longer waits for %s", b.Name, and(less))
	}
	if more := without(b.Needs, a.Needs); len(more) > 0 {
		s.at("needs").say(Course, "%s now waits for %s", b.Name, and(more))
	}
	quorum := func(n int32, of int) string {
		if n == 0 {
			return ""
		}
		return fmt.Sprintf("%d of the %d", n, of)
	}
	s.at("quorum").value(Course, quorum(a.Quorum, len(a.Needs)), quorum(b.Quorum, len(b.Needs)),
		b.Name+" starts once %s steps it needs are done, before %s", b.Name+" starts once %s steps it needs are done, before once all have ended",
		b.Name+" starts once all steps it needs have ended, before once %s were done")
	s.at("when").value(Course, yes(a.When), yes(b.When), b.Name+" happens only if %s, before if %s", b.Name+" now happens only if %s", b.Name+" now always happens, before only if %s")
	s.at("every").value(Due, span(a.Every), span(b.Every), b.Name+" recurs every %s, before every %s", b.Name+" recurs every %s", b.Name+" no longer recurs, before every %s")
	s.at("until").value(Course, yes(a.Until), yes(b.Until), b.Name+" recurs until %s, before until %s", b.Name+" recurs until %s", b.Name+" no longer recurs until %s")
}

// deadline compares by when a step must end.
func (k *book) deadline(s subject, a, b *v1alpha1.StepHead) {
	d := s.at("within")
	switch {
	case a.Within == nil && b.Within == nil:
	case a.Within == nil:
		d.say(Due, "%s has a deadline now: %s", b.Name, by(b.Within))
	case b.Within == nil:
		d.say(Due, "%s has no deadline any more, before %s", b.Name, by(a.Within))
	case *a.Within != *b.Within:
		if moved := moved(a.Within, b.Within); moved != "" {
			d.say(Due, "%s is due %s: %s, before %s", b.Name, moved, by(b.Within), by(a.Within))
		} else {
			d.say(Due, "%s is due %s, before %s", b.Name, by(b.Within), by(a.Within))
		}
	}
	if words(a.NoDeadline) != words(b.NoDeadline) && a.NoDeadline != "" && b.NoDeadline != "" {
		s.at("noDeadline").say(Words, "why %s has no deadline reads differently", b.Name)
	}
	s.at("remind").value(Due, spans(a.Remind), spans(b.Remind), b.Name+" is reminded of %s before it is due, before %s", b.Name+" is now reminded of %s before it is due", b.Name+" is no longer reminded of, before %s before it was due")
	extend := func(p *v1alpha1.ExtendPolicy) string {
		if p == nil {
			return ""
		}
		return fmt.Sprintf("%s by %s at most", count(int(p.Max), "time"), duration(p.AtMost))
	}
	s.at("extend").value(Due, extend(a.Extend), extend(b.Extend), "the deadline of "+b.Name+" can be moved %s, before %s", "the deadline of "+b.Name+" can now be moved %s", "the deadline of "+b.Name+" can no longer be moved, before %s")
	pause := func(p *v1alpha1.PausePolicy) string {
		if p == nil {
			return ""
		}
		return duration(p.AtMost)
	}
	s.at("pause").value(Due, pause(a.Pause), pause(b.Pause), "the clock of "+b.Name+" can be stopped for %s, before for %s", "the clock of "+b.Name+" can now be stopped for %s", "the clock of "+b.Name+" can no longer be stopped, before for %s")
}

// moved says by how much a deadline moved, where both count the same time from the same event.
func moved(a, b *v1alpha1.Deadline) string {
	switch by, unit, same := shift(a, b); {
	case !same:
		return ""
	case by < 0:
		return length(-by) + unit + " earlier"
	default:
		return length(by) + unit + " later"
	}
}

// shift is by how much a deadline moved, and of which time; same is whether both count the same time from the same event.
func shift(a, b *v1alpha1.Deadline) (by time.Duration, unit string, same bool) {
	if a.Of != b.Of || (a.Working == "") != (b.Working == "") {
		return 0, "", false
	}
	if a.Working == "" {
		return calendar.Elapsed(b.Elapsed) - calendar.Elapsed(a.Elapsed), "", true
	}
	daysA, restA, _ := calendar.ParseDuration(a.Working) // the schema has read it
	daysB, restB, _ := calendar.ParseDuration(b.Working)
	if daysA != 0 && restB != 0 || daysB != 0 && restA != 0 {
		return 0, "", false // a working day is no number of hours
	}
	return time.Duration(daysB-daysA)*24*time.Hour + restB - restA, " of working time", true
}

func spans(list []v1alpha1.Duration) string {
	words := make([]string, len(list))
	for i, d := range list {
		words[i] = duration(d)
	}
	return and(words)
}

// overdue compares what happens when a deadline passes.
func (k *book) overdue(s subject, a, b *v1alpha1.StepHead) {
	var was, is v1alpha1.Overdue
	if a.Overdue != nil {
		was = *a.Overdue
	}
	if b.Overdue != nil {
		is = *b.Overdue
	}
	o := s.at("overdue")
	climbs := func(o v1alpha1.Overdue) string {
		switch {
		case o.Climb != v1alpha1.ClimbLadder:
			return ""
		case o.Every == "":
			return "one rung"
		}
		return "a rung every " + duration(o.Every)
	}
	o.value(Told, climbs(was), climbs(is), b.Name+" climbs %s when it is overdue, before %s", b.Name+" now climbs the ladder when it is overdue, %s",
		b.Name+" no longer climbs the ladder when it is overdue, before %s")
	o.at("outcome").value(Due, string(was.Outcome), string(is.Outcome), b.Name+" ends with %s when it is overdue, before with %s",
		b.Name+" now ends with %s when it is overdue", b.Name+" no longer ends by itself when it is overdue, before with %s")
	o.at("template").value(Words, string(was.Template), string(is.Template), "who is told that "+b.Name+" is overdue gets the text %s, before %s",
		"who is told that "+b.Name+" is overdue gets the text %s, before the built-in one", "who is told that "+b.Name+" is overdue gets the built-in text, before %s")
}

// kindOf is which action a step has.
func kindOf(w written) string {
	if w.repeat != nil {
		return "repeat"
	}
	text, _, _ := strings.Cut(strings.TrimPrefix(asJSON(w.action), `{"`), `"`)
	return text
}

// does is what a step does, did what one did that is gone.
func does(w written) string { return say(w, false) }
func did(w written) string  { return say(w, true) }

func say(w written, past bool) string {
	verb := func(now, then string) string {
		if past {
			return then
		}
		return now
	}
	a := w.action
	switch {
	case w.repeat != nil:
		return fmt.Sprintf("%s %s up to %s", verb("repeats", "repeated"), and(names(w.repeat.Steps)), count(int(w.repeat.Max), "time"))
	case a.AssembleTeam != nil:
		return verb("calls", "called") + " " + team(a.AssembleTeam.Team) + " together"
	case a.AssignRole != nil:
		return verb("makes", "made") + " somebody " + role(a.AssignRole.Role)
	case a.Notify != nil:
		return verb("tells", "told") + " " + roles(a.Notify.To)
	case a.Task != nil:
		return verb("asks", "asked") + " " + role(a.Task.To) + " to do it"
	case a.Approval != nil:
		return verb("asks", "asked") + " " + approvers(a.Approval) + " for approval"
	case a.Survey != nil:
		return verb("has", "had") + " " + role(a.Survey.Asks) + " ask how satisfied the complainant is"
	case a.Decision != nil:
		return verb("lets", "let") + " " + role(a.Decision.By) + " decide: " + strings.Join(texts(a.Decision.Options), " or ")
	case a.Wait != nil && a.Wait.For != nil:
		return verb("waits", "waited") + " " + span(a.Wait.For)
	case a.Wait != nil:
		return verb("waits", "waited") + " until " + yes(a.Wait.Until)
	case a.RaiseIncident != nil:
		return verb("raises", "raised") + " an incident with the playbook " + a.RaiseIncident.Playbook
	case a.ScheduleDrill != nil:
		return verb("plans", "planned") + " a drill"
	case a.PostMortem != nil:
		return verb("opens", "opened") + " a post-mortem"
	case a.Playbook != nil:
		return verb("carries out", "carried out") + " the playbook " + a.Playbook.Name
	}
	return verb("does", "did") + " nothing"
}

func names(steps []v1alpha1.InnerStep) []string {
	out := make([]string, len(steps))
	for i := range steps {
		out[i] = steps[i].Name
	}
	slices.Sort(out)
	return out
}

func texts[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, x := range list {
		out[i] = string(x)
	}
	return out
}

func team(name string) string {
	if name == "" {
		return "the incident's team"
	}
	return "the team " + name
}
