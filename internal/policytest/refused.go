package policytest

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
	"tocsin.dev/tocsin/internal/casework"
	"tocsin.dev/tocsin/internal/gate"
	"tocsin.dev/tocsin/internal/simulation"
)

// refusal is an act of the cast that came to nothing: the API server refused it, or the operator left it out.
type refusal struct {
	line
	act v1alpha1.RecordAct
	// leftOut is that the API server took it.
	leftOut bool
}

// guard has the admission policies asked before the cast acts on a record, and written down what is done and what comes to nothing.
func (c *chronicle) guard(ctx context.Context, policies *gate.Policies) {
	c.play.May = func(record casework.Record, act v1alpha1.RecordAct) (string, error) {
		return policies.Refused(ctx, gate.OnRecord(record, act))
	}
	c.play.Refused = func(record casework.Record, act v1alpha1.RecordAct, why string) {
		l := line{Event: simulation.Refusal(act, why), record: record.GetName()}
		c.lines = append(c.lines, l)
		c.refused = append(c.refused, refusal{line: l, act: act})
	}
	c.play.Done = func(d simulation.Deed) {
		if d.RecordAct != nil {
			c.acts = append(c.acts, done{d.Record, *d.RecordAct})
		}
	}
}

// done is an act on a record that the API server took.
type done struct {
	record string
	act    v1alpha1.RecordAct
}

// leftOut notes the act that a line of a timeline says was left out: the last one of this person that it can mean.
func (c *chronicle) leftOut(l line) {
	if l.Type != v1alpha1.EventActIgnored {
		return
	}
	for i := len(c.acts) - 1; i >= 0; i-- {
		d := &c.acts[i]
		if d.record == l.record && d.act.By == l.Actor && strings.HasPrefix(l.Text, string(d.act.Verb)+" ") && (l.Step == "" || l.Step == d.act.Step) {
			c.refused = append(c.refused, refusal{line: l, act: d.act, leftOut: true})
			return
		}
	}
}

// unexpected are the acts that are given and came to nothing, and that no expectation of the test asks to be refused: the story is not
// the one that is given.
func (w *weigher) unexpected() []Failure {
	var out []Failure
	for _, r := range w.refused {
		if w.expects(r) {
			continue
		}
		advice := "let somebody else do it, take it out, or expect it with refused"
		if r.leftOut {
			advice = "mend the act, take it out, or expect it with refused"
		}
		out = append(out, Failure{File: w.test.document.File, Line: w.actLine(r), Expected: fmt.Sprintf("%s by %s on %s, as it is given", r.act.Verb, r.act.By, r.record),
			Happened: fmt.Sprintf("at %s %s; %s", date(r.At), r.Text, advice),
			Story:    w.around(&Expectation{At: Moment(date(r.At))}, r.record, "")})
	}
	for i := range w.test.Given.Acts {
		a := &w.test.Given.Acts[i]
		if w.tried(a) {
			continue
		}
		out = append(out, Failure{File: w.test.document.File, Line: w.test.document.LineOf(fmt.Sprintf("given.acts[%d]", i)),
			Expected: fmt.Sprintf("%s by %s on %s, as it is given", a.Act.Verb, a.Act.By, a.Record),
			Happened: fmt.Sprintf("it was not done by %s; let it be done earlier, or play a longer story (for)", date(w.end))})
	}
	return out
}

// actLine is where a test gives an act.
func (w *weigher) actLine(r refusal) int {
	for i := range w.test.Given.Acts {
		if a := &w.test.Given.Acts[i]; w.isOn(a, r.record, r.act) && w.isAt(a, r.act.At.Time) {
			return w.test.document.LineOf(fmt.Sprintf("given.acts[%d]", i))
		}
	}
	return w.test.document.Line
}

// isAt is whether an act is given for this moment.
func (w *weigher) isAt(a *simulation.RecordAct, at time.Time) bool {
	return w.test.cameIn(a.Record).Add(calendar.Elapsed(a.After)).Equal(at)
}

// tried is whether somebody did an act that is given, or was refused it.
func (w *weigher) tried(a *simulation.RecordAct) bool {
	for _, d := range w.acts {
		if w.isOn(a, d.record, d.act) {
			return true
		}
	}
	for _, r := range w.refused {
		if w.isOn(a, r.record, r.act) {
			return true
		}
	}
	return false
}

// isOn is whether an act was done as it is given, or tried; done, it has its name and its time.
func (w *weigher) isOn(a *simulation.RecordAct, record string, was v1alpha1.RecordAct) bool {
	name := strings.TrimSuffix(a.Record, simulation.OfIncident)
	on := record == name || name != a.Record && record == w.resolve(a.Record, was.At.Time)
	was.ID, was.At = a.Act.ID, a.Act.At
	return on && reflect.DeepEqual(a.Act, was)
}

// expects is whether an expectation of the test asks for an act to come to nothing.
func (w *weigher) expects(r refusal) bool {
	for i := range w.test.Then {
		e := &w.test.Then[i]
		if a := e.Refused; a != nil && a.means(r) && w.resolve(e.Record, r.At) == r.record {
			return true
		}
	}
	return false
}

// means is whether an attempt is the act that came to nothing.
func (a *Attempt) means(r refusal) bool {
	return !a.onTask() && a.Who == r.act.By && a.Act == string(r.act.Verb) && open(a.Step, r.act.Step) && open(a.Level, r.act.Level) &&
		open(a.Role, r.act.Role) && open(a.To, r.act.To) && open(string(a.Into), r.act.Into) &&
		strings.Contains(strings.ToLower(r.Text), strings.ToLower(a.Because))
}

// cameToNothing is whether the cast did what is tried by then and the operator left it out.
func (w *weigher) cameToNothing(a *Attempt, record string, by time.Time) bool {
	for _, r := range w.refused {
		if r.leftOut && r.record == record && !r.At.After(by) && a.means(r) {
			return true
		}
	}
	return false
}
