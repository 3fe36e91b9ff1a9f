package policytest

import (
	"context"
	"fmt"
	"strings"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/casework"
	"tocsin.dev/tocsin/internal/gate"
	"tocsin.dev/tocsin/internal/simulation"
)

// refusal is an act of the cast that the API server refused.
type refusal struct {
	line
	act v1alpha1.RecordAct
}

// guard has the admission policies asked before the cast acts on a record, and what they refuse written down.
func (c *chronicle) guard(ctx context.Context, policies *gate.Policies) {
	c.play.May = func(record casework.Record, act v1alpha1.RecordAct) (string, error) {
		return policies.Refused(ctx, gate.OnRecord(record, act))
	}
	c.play.Refused = func(record casework.Record, act v1alpha1.RecordAct, why string) {
		l := line{Event: simulation.Refusal(act, why), record: record.GetName()}
		c.lines = append(c.lines, l)
		c.refused = append(c.refused, refusal{l, act})
	}
}

// unexpected are the refused acts that no expectation of the test asks to be refused: the story is not the one that is given.
func (w *weigher) unexpected() []Failure {
	var out []Failure
	for _, r := range w.refused {
		if w.expects(r) {
			continue
		}
		f := Failure{File: w.test.document.File, Line: w.test.document.Line, Expected: fmt.Sprintf("%s by %s on %s, as it is given", r.act.Verb, r.act.By, r.record),
			Happened: fmt.Sprintf("at %s %s; let somebody else do it, take it out, or expect it with refused", date(r.At), r.Text),
			Story:    w.around(&Expectation{At: Moment(date(r.At))}, r.record, "")}
		for i, a := range w.test.Given.Acts {
			if a.Record == r.record && a.Act.Verb == r.act.Verb && a.Act.By == r.act.By {
				f.Line = w.test.document.LineOf(fmt.Sprintf("given.acts[%d]", i))
				break
			}
		}
		out = append(out, f)
	}
	return out
}

// expects is whether an expectation of the test asks for a refusal.
func (w *weigher) expects(r refusal) bool {
	for i := range w.test.Then {
		e := &w.test.Then[i]
		if a := e.Refused; a != nil && !a.onTask() && a.Who == r.act.By && a.Act == string(r.act.Verb) && w.resolve(e.Record, r.At) == r.record &&
			strings.Contains(strings.ToLower(r.Text), strings.ToLower(a.Because)) {
			return true
		}
	}
	return false
}
