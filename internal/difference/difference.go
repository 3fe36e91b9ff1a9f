// Package difference says in words what changes between two policies: who is told when, who decides, how complaints are graded,
// by when what is due, who is there. It compares what policies mean and not how they are written. It is pure.
package difference

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
)

// About is what a difference concerns.
type About string

// What a difference concerns, the most important first.
const (
	Broken  About = "broken"  // something can no longer be carried out, or can be again
	Told    About = "told"    // who learns of it, and when
	Promise About = "promise" // what a playbook promises, which verify proves
	Decides About = "decides" // who decides and approves
	Grading About = "grading" // which level complaints get, and what follows from it
	Due     About = "due"     // by when something must have happened, and what happens when it has not
	Course  About = "course"  // what is done, in which order
	People  About = "people"  // who is there, when, and how they are reached
	Words   About = "words"   // what texts say
)

var weights = map[About]int{Broken: 0, Told: 1, Promise: 2, Decides: 3, Grading: 4, Due: 5, Course: 6, People: 7, Words: 8}

// Place is where something is written.
type Place struct {
	File string `json:"file"`
	// Line is the line, from 1.
	Line int `json:"line"`
}

// String is file and line, as editors jump to it.
func (p *Place) String() string {
	if p == nil {
		return ""
	}
	return fmt.Sprintf("%s:%d", p.File, p.Line)
}

// Difference is one thing that is not as it was.
type Difference struct {
	// Group is what it belongs to: "level L2 of homes", "playbook serious".
	Group string `json:"group"`
	// About is what it concerns.
	About About `json:"about"`
	// Text says it in a sentence.
	Text string `json:"text"`
	// Weaker is that a playbook no longer promises what it did: nothing, less, or something that does not hold it.
	Weaker bool `json:"weaker,omitempty"`
	// Before and After are where it is written on each side; nil where it is not.
	Before *Place `json:"before,omitempty"`
	After  *Place `json:"after,omitempty"`

	promise string // that is withdrawn or weaker
	order   string // of the group among those that are as important
}

// Report is what changes from one policy to the other.
type Report struct {
	// Differences are in the order in which they matter, those of a group together.
	Differences []Difference `json:"differences"`
	// Notes say what could not be compared, or not to the end.
	Notes []string `json:"notes,omitempty"`
}

// differ compares two sides.
type differ struct {
	a, b   *Side
	report Report
}

// Compare says what changes from a to b.
func Compare(a, b *Side) *Report {
	d := &differ{a: a, b: b}
	d.told()
	d.policies()
	d.playbooks()
	d.teams()
	d.calendars()
	d.channels()
	d.drills()
	d.sort()
	return &d.report
}

// sort puts the groups with what matters most first, and so the differences of a group.
func (d *differ) sort() {
	most := map[string]int{}
	for _, x := range d.report.Differences {
		if w, is := most[x.Group]; !is || weights[x.About] < w {
			most[x.Group] = weights[x.About]
		}
	}
	slices.SortStableFunc(d.report.Differences, func(x, y Difference) int {
		return cmp.Or(cmp.Compare(most[x.Group], most[y.Group]), cmp.Compare(x.order, y.order), cmp.Compare(x.Group, y.Group), cmp.Compare(weights[x.About], weights[y.About]))
	})
	if d.report.Differences == nil {
		d.report.Differences = []Difference{} // JSON: none, not null
	}
}

func (d *differ) note(format string, values ...any) {
	d.report.Notes = append(d.report.Notes, fmt.Sprintf(format, values...))
}

// subject is an object that both sides have, or a part of it.
type subject struct {
	*differ
	// group is what its differences belong to, kind and name its object; nameA is its name before.
	group, kind, name, nameA string
	// fieldA and fieldB are where the part is written.
	fieldA, fieldB string
}

// at is a part of a subject, at the same field on both sides.
func (s subject) at(field string) subject { return s.pair(field, field) }

// pair is a part of a subject that may stand at different places.
func (s subject) pair(a, b string) subject {
	s.fieldA, s.fieldB = below(s.fieldA, a), below(s.fieldB, b)
	return s
}

func below(path, field string) string {
	if path == "" || field == "" || field[0] == '[' {
		return path + field
	}
	return path + "." + field
}

// kindLevel stands for the levels of a triage policy, which have groups of their own.
const kindLevel = "Level"

// order has levels before playbooks before teams and so on, and names in their order.
var order = map[string]string{kindLevel: "0", "TriagePolicy": "1", "Playbook": "2", "ResponseTeam": "3", "BusinessCalendar": "4", "NoticeChannel": "5", "DrillSchedule": "6"}

// say notes a difference of a subject.
func (s subject) say(about About, format string, values ...any) {
	s.report.Differences = append(s.report.Differences, Difference{
		Group: s.group, About: about, Text: fmt.Sprintf(format, values...), order: order[s.kind],
		Before: s.a.place(s.kind, s.nameA, s.fieldA), After: s.b.place(s.kind, s.name, s.fieldB),
	})
}

// gone and come are say for what stands on one side only.
func (s subject) gone(about About, format string, values ...any) {
	s.say(about, format, values...)
	s.report.Differences[len(s.report.Differences)-1].After = nil
}

func (s subject) come(about About, format string, values ...any) {
	s.say(about, format, values...)
	s.report.Differences[len(s.report.Differences)-1].Before = nil
}

// value notes that a value changed: changed holds the new one and then the old one, came the new one, went the old one. An
// empty value is none.
func (s subject) value(about About, before, after, changed, came, went string) {
	switch {
	case before == after:
	case before == "":
		s.say(about, came, after)
	case after == "":
		s.say(about, went, before)
	default:
		s.say(about, changed, after, before)
	}
}

// objects compares the objects of a kind: those that came or went, and with compare those there before and after.
func objects[T any](d *differ, kind, word string, a, b map[string]T, weight About, what func(T) string, compare func(s subject, a, b T)) {
	for _, name := range slices.Sorted(maps.Keys(both(a, b))) {
		before, was := a[name]
		after, is := b[name]
		s := subject{differ: d, group: word + " " + name, kind: kind, name: name, nameA: name}
		switch {
		case !was:
			s.come(weight, "the %s %s was added%s", word, name, what(after))
		case !is:
			s.gone(weight, "the %s %s was removed%s", word, name, what(before))
		default:
			compare(s, before, after)
		}
	}
}

func both[T any](a, b map[string]T) map[string]bool {
	all := map[string]bool{}
	for name := range a {
		all[name] = true
	}
	for name := range b {
		all[name] = true
	}
	return all
}

// field is value of a field.
func (s subject) field(field string, about About, before, after, changed, came, went string) {
	s.at(field).value(about, before, after, changed, came, went)
}
