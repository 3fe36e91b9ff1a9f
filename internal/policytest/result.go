package policytest

import (
	"fmt"
	"strings"
)

// Report is what came of the tests of a pack.
type Report struct {
	Tests    []Result  `json:"tests"`
	Coverage *Coverage `json:"coverage"`
	// Before is what the tests were before a change; nil: nobody asked.
	Before *Before `json:"before,omitempty"`
}

// Failed is how many tests failed.
func (r *Report) Failed() int {
	n := 0
	for _, t := range r.Tests {
		if len(t.Failures) > 0 {
			n++
		}
	}
	return n
}

// Result is what came of one test.
type Result struct {
	Name string `json:"name"`
	// File and Line are where it stands, Because whose rule it is.
	File    string `json:"file"`
	Line    int    `json:"line"`
	Because string `json:"because,omitempty"`
	// Checked is how many expectations were weighed, Failures what is not as expected.
	Checked  int       `json:"checked"`
	Failures []Failure `json:"failures,omitempty"`
	// Story is what happened, a line each.
	Story []string `json:"story,omitempty"`
}

// Failure is an expectation that is not so.
type Failure struct {
	// File and Line are where it stands.
	File string `json:"file"`
	Line int    `json:"line"`
	// Expected says it in words, Happened what was instead, Story are the lines around it.
	Expected string   `json:"expected"`
	Happened string   `json:"happened"`
	Story    []string `json:"story,omitempty"`
}

func (w *weigher) failure(e *Expectation, record string, v verdict) *Failure {
	text := e.text()
	switch until := date(w.until(e)); {
	case e.At != "":
		text = "at " + moments(string(e.At), until) + ": " + text
	case e.By != "":
		text = "by " + moments(string(e.By), until) + ": " + text
	}
	if len(w.test.records()) > 1 {
		text = e.Record + ", " + text
	}
	return &Failure{Expected: text, Happened: v.happened, Story: w.around(e, record, v.step)}
}

// moments is a moment as it is written and, where that is no date, the date it is.
func moments(written, is string) string {
	if Moment(written).isDate() {
		return written
	}
	return written + " (" + is + ")"
}

// text is an expectation in words.
func (e *Expectation) text() string {
	switch {
	case e.Level != "" && e.Rule != "":
		return fmt.Sprintf("level %s by the rule %s", e.Level, e.Rule)
	case e.Level != "":
		return "level " + string(e.Level)
	case e.Told != nil:
		return e.Told.text() + " is told" + e.Told.how()
	case e.NotTold != nil:
		return e.NotTold.text() + " is not told" + e.NotTold.how()
	case e.Step != nil:
		return e.Step.text()
	case e.Refused != nil:
		return e.Refused.text() + " is refused" + within(" because ", quoted(e.Refused.Because))
	case e.Allowed != nil:
		return e.Allowed.text() + " is allowed"
	case e.Incident != nil:
		return "part of an incident" + within(" of level ", string(e.Incident.Level)) + within(" with the playbook ", string(e.Incident.Playbook)) +
			within(" together with ", joined(e.Incident.With))
	case e.NoIncident:
		return "part of no incident"
	}
	return "closed as " + string(e.Closed)
}

func quoted(text string) string {
	if text == "" {
		return ""
	}
	return fmt.Sprintf("%q", text)
}

func joined[T ~string](names []T) string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = string(n)
	}
	return strings.Join(out, ", ")
}

// within is a text behind what leads to it; nothing where there is none.
func within(lead, text string) string {
	if text == "" {
		return ""
	}
	return lead + text
}

func (a *Audience) text() string {
	switch {
	case a.Complainant:
		return "the complainant"
	case a.OrAbove:
		return "the role " + string(a.Role) + " or one above"
	case a.Role != "":
		return "the role " + string(a.Role)
	case a.Person != "":
		return string(a.Person)
	}
	return "the stakeholder " + a.Stakeholder
}

func (a *Audience) how() string {
	return within(" every ", string(a.Every)) + within(" by the text ", string(a.Template)) + within(" by the step ", a.Step)
}

func (s *StepStanding) text() string {
	is := map[StepIs]string{
		"": "has begun", StepBegun: "has begun", StepWaiting: "waits", StepDone: "is done", StepSkipped: "is skipped", StepCancelled: "is cancelled",
		StepOverdue: "is overdue", StepNeverBegun: "never begins",
	}[s.Is]
	if s.Outcome != "" {
		is = map[bool]string{true: "is overdue and then "}[s.Is == StepOverdue] + "is done with the outcome " + string(s.Outcome)
	}
	text := "the step " + s.Name + roundOf(s.Round) + " " + is
	if s.Asks != nil {
		text += " and asks " + orElse(string(s.Asks.Role), string(s.Asks.Person))
	}
	return text + within(", its deadline is ", string(s.Due)+map[bool]string{true: " after it began"}[s.Due != "" && !s.Due.isDate()])
}

func (a *Attempt) text() string {
	who := string(a.Who)
	if a.WhoDid != "" {
		who = "who did " + a.WhoDid
	}
	return fmt.Sprintf("%s by %s%s%s", a.Act, who, within(" on ", a.Step), roundOf(a.Round)) + within(" with the outcome ", string(a.Outcome)) +
		within(" to ", orElse(string(a.To), string(a.Level))) + within(" into ", string(a.Into)) + within(" of the role ", string(a.Role))
}

// Names are the names of the tests, in the order they are played.
func (s *Suite) Names() []string {
	out := make([]string, len(s.Tests))
	for i, t := range s.Tests {
		out[i] = t.Name
	}
	return out
}
