package policytest

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
	"tocsin.dev/tocsin/internal/simulation"
	"tocsin.dev/tocsin/internal/timing"
)

// demand is an expectation and the test that has it.
type demand struct {
	*Expectation
	test *Test
}

// demands are what some tests expect of what comes in.
func demands(tests ...*Test) []demand {
	var out []demand
	for _, t := range tests {
		for i := range t.Then {
			out = append(out, demand{&t.Then[i], t})
		}
	}
	return out
}

// tense is in which way an expectation depends on the time that it names.
type tense int

const (
	// once it is so it stays so: told, a step that began or ended.
	lasting tense = iota
	// it must be so all the time: not told, never begun, told again and again.
	allAlong
	// it can be so and be no more: a level, a step that waits. With by it counts that it was.
	passing
	// somebody tries something, then or when the task is asked for.
	trying
)

func (d demand) tense() tense {
	switch st := d.Step; {
	case d.NotTold != nil, d.NoIncident, st != nil && st.Is == StepNeverBegun, d.Told != nil && d.Told.Every != "":
		return allAlong
	case d.Refused != nil, d.Allowed != nil:
		return trying
	case d.Level != "", d.Incident != nil, st != nil && st.Is == StepWaiting, st != nil && st.Is == StepOverdue && d.At != "":
		return passing
	case (st != nil || d.Closed != "") && d.test.beginsAnew():
		return passing
	}
	return lasting
}

// beginsAnew is whether somebody opens a record again, or has another playbook take over: what was done may be no more.
func (t *Test) beginsAnew() bool {
	return slices.ContainsFunc(t.Given.Acts, func(a simulation.RecordAct) bool {
		return slices.Contains([]v1alpha1.RecordVerb{v1alpha1.RecordReopen, v1alpha1.RecordRaise, v1alpha1.RecordLower}, a.Act.Verb)
	})
}

// until is how long after the record came in the expectation is weighed.
func (d demand) until() time.Duration {
	from := d.test.cameIn(d.Record)
	if m := cmp.Or(d.At, d.By); m != "" {
		at, _ := m.after(from) // checked before
		return at.Sub(from)
	}
	return d.test.Given.Begins().Add(d.test.length()).Sub(from)
}

// record is which record it speaks of, whatever the test calls it.
func (d demand) record() string {
	name, rest, _ := strings.Cut(d.Record, "/")
	return fmt.Sprint(slices.Index(d.test.records(), name), rest)
}

// implies is whether an expectation that is met meets another one as well, of the same story.
func (d demand) implies(other demand) bool {
	if d.record() != other.record() || d.tense() != other.tense() && other.tense() != lasting {
		return false
	}
	var inTime bool
	switch other.tense() {
	case lasting:
		inTime = d.tense() != allAlong && d.until() <= other.until()
	case allAlong:
		inTime = d.until() >= other.until()
	case passing:
		inTime = d.until() == other.until() && d.By == "" || other.By != "" && d.until() <= other.until()
	case trying:
		inTime = d.At == "" && other.At == "" || d.At != "" && other.At != "" && d.until() == other.until()
	}
	return inTime && d.says(other)
}

// says is whether it says what another one does, or more, but for when.
func (d demand) says(other demand) bool {
	switch {
	case other.Level != "":
		return d.Level == other.Level && open(other.Rule, d.Rule)
	case other.Told != nil:
		return d.Told != nil && d.Told.hits(other.Told) && rhythm(d.Told) <= rhythm(other.Told)
	case other.NotTold != nil:
		return d.NotTold != nil && other.NotTold.hits(d.NotTold)
	case other.Step != nil:
		return d.Step != nil && d.Step.implies(other.Step)
	case other.Refused != nil:
		return d.Refused != nil && d.Refused.bare() == other.Refused.bare() && strings.Contains(d.Refused.Because, other.Refused.Because)
	case other.Allowed != nil:
		return d.Allowed != nil && *d.Allowed == *other.Allowed
	case other.Incident != nil:
		is, of := d.Incident, other.Incident
		return is != nil && open(of.Level, is.Level) && open(of.Playbook, is.Playbook) &&
			!slices.ContainsFunc(of.With, func(name v1alpha1.ObjectName) bool { return !slices.Contains(is.With, name) })
	case other.NoIncident:
		return d.NoIncident
	}
	return d.Closed == other.Closed
}

// open is whether what is asked for is what there is, or nothing in particular.
func open[T ~string](asked, is T) bool { return asked == "" || asked == is }

// hits is whether a notice to one audience is always one to another.
func (a *Audience) hits(other *Audience) bool {
	return a.Complainant == other.Complainant && a.Role == other.Role && a.Person == other.Person && a.Stakeholder == other.Stakeholder &&
		(other.OrAbove || !a.OrAbove) && open(other.Template, a.Template) && open(other.Step, a.Step)
}

// rhythm is how long at most nothing may be heard; without one, for ever.
func rhythm(a *Audience) time.Duration {
	if a.Every == "" {
		return math.MaxInt64
	}
	return calendar.Elapsed(a.Every)
}

// stands is how it is expected to stand.
func (s *StepStanding) stands() StepIs {
	if s.Outcome != "" && s.Is != StepOverdue {
		return StepDone
	}
	return cmp.Or(s.Is, StepBegun)
}

func (s *StepStanding) implies(other *StepStanding) bool {
	if s.Name != other.Name {
		return false
	}
	if other.stands() == StepNeverBegun {
		return s.stands() == StepNeverBegun && (s.Round == 0 || s.Round == other.Round)
	}
	stands := s.stands() == other.stands() || other.stands() == StepDone && s.Outcome != "" ||
		other.stands() == StepBegun && slices.Contains([]StepIs{StepWaiting, StepDone, StepOverdue}, s.stands())
	asks := other.Asks == nil || s.Asks != nil && *s.Asks == *other.Asks
	return stands && (other.Round == 0 || s.Round == other.Round) && open(other.Outcome, s.Outcome) && asks &&
		(other.Due == "" || s.Due.same(other.Due))
}

// same is whether two moments are the same, however they are written.
func (m Moment) same(other Moment) bool {
	a, errA := m.after(time.Time{})
	b, errB := other.after(time.Time{})
	return (m == "") == (other == "") && m.isDate() == other.isDate() && errA == nil && errB == nil && a.Equal(b)
}

// bare is an attempt without the words of its refusal.
func (a *Attempt) bare() Attempt {
	out := *a
	out.Because = ""
	return out
}

// subject is what an expectation is about: the one that took its place is about the same.
func (d demand) subject() string {
	about := "incident"
	switch {
	case d.Level != "":
		about = "level"
	case d.Told != nil:
		about = "told " + d.Told.text()
	case d.NotTold != nil:
		about = "not told " + d.NotTold.text()
	case d.Step != nil:
		about = "step " + d.Step.Name
	case d.Refused != nil:
		about = "try " + d.Refused.Act + d.Refused.Step
	case d.Allowed != nil:
		about = "try " + d.Allowed.Act + d.Allowed.Step
	case d.Closed != "":
		about = "closed"
	}
	return d.record() + " " + about
}

// words are an expectation in words, with when and of what.
func (d demand) words() string {
	text := d.text()
	switch {
	case d.At != "":
		text = "at " + string(d.At) + ": " + text
	case d.By != "":
		text = "by " + string(d.By) + ": " + text
	case d.test.For != "":
		text = "by the end, after " + string(d.test.For) + ": " + text
	}
	if len(d.test.records()) > 1 {
		text = d.Record + ", " + text
	}
	return text
}

// implies is whether a promise that is kept keeps another one as well.
func (p Promise) implies(other Promise) bool {
	return p.Playbook == other.Playbook && p.Level == other.Level && timing.Implies(&p.Assertion, &other.Assertion)
}

func (p Promise) subject() string { return fmt.Sprint(p.Name, " ", p.Playbook, p.Level) }

func (p Promise) words() string {
	levels := joined(p.Levels)
	if p.Level != "" {
		levels = string(p.Level)
	}
	return fmt.Sprintf("%s: %s", p.Name, timing.Promise(&p.Assertion)) + within(" in ", string(p.Playbook)) + within(" at ", levels)
}

// wish is what a test asks for.
type wish[T any] interface {
	implies(other T) bool
	subject() string
	words() string
}

// unasked says which wishes of before nothing of now implies, and what is asked in the place of each.
func unasked[T wish[T]](before, now, ofTest []T) []string {
	implied := func(by []T, w T) bool { return slices.ContainsFunc(by, func(x T) bool { return x.implies(w) }) }
	// What still stands as it was took the place of nothing.
	fresh := slices.DeleteFunc(slices.Clone(ofTest), func(w T) bool {
		return slices.ContainsFunc(before, func(old T) bool { return w.implies(old) })
	})
	var out []string
	for _, old := range before {
		if implied(now, old) {
			continue
		}
		is := "nothing"
		if i := slices.IndexFunc(fresh, func(w T) bool { return w.subject() == old.subject() }); i >= 0 {
			is, fresh = fresh[i].words(), slices.Delete(fresh, i, i+1)
		}
		out = append(out, old.words()+" → "+is)
	}
	return out
}
