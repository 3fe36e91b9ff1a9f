package policytest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/runtime"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/gate"
)

// weigher weighs the expectations of a test against the story that was played.
type weigher struct {
	*Suite
	*chronicle
	test     *Test
	policies *gate.Policies
	end      time.Time
	// more is whether something would have happened after the end, endless whether the story never came to rest.
	more, endless bool
	// moments are the tasks and records as they were when somebody tries something, by the number of the expectation.
	moments map[int]moment
}

// moment is a task or record as it was.
type moment struct {
	task   *v1alpha1.ResponseTask
	record runtime.Object
}

// verdict is what came of one thing that was expected: that it is so, or what happened instead.
type verdict struct {
	so       bool
	happened string
	// step is the step it is about; the lines of it are the part of the story to tell.
	step string
}

var asExpected = verdict{so: true}

// weigh says what is wrong with an expectation; nil: it is so.
func (w *weigher) weigh(ctx context.Context, i int) (*Failure, error) {
	e := &w.test.Then[i]
	until := w.until(e)
	record := w.resolve(e.Record, until)
	if record == "" {
		name, _, _ := strings.Cut(e.Record, "/")
		return w.failure(e, name, verdict{happened: name + " is part of no incident"}), nil
	}
	var v verdict
	var err error
	switch {
	case e.Level != "":
		v = w.level(e, record, until)
	case e.Told != nil:
		v = w.isTold(e.Told, record, until)
	case e.NotTold != nil:
		v = w.isNotTold(e.NotTold, record, until)
	case e.Step != nil:
		v = w.step(e, record, until)
	case e.Refused != nil:
		v, err = w.attempt(ctx, i, e.Refused, record, false)
	case e.Allowed != nil:
		v, err = w.attempt(ctx, i, e.Allowed, record, true)
	case e.Incident != nil:
		v = w.incident(e, record, until)
	case e.NoIncident:
		v = w.noIncident(record, until)
	default:
		v = w.closed(e, record, until)
	}
	if err != nil || v.so {
		return nil, err
	}
	return w.failure(e, record, v), nil
}

// until is when an expectation is weighed.
func (w *weigher) until(e *Expectation) time.Time {
	m := e.By
	if e.At != "" {
		m = e.At
	}
	if m == "" {
		return w.end
	}
	at, _ := m.after(w.test.cameIn(e.Record)) // checked before
	return at
}

// statesUntil are the states of a record until a moment.
func (w *weigher) statesUntil(record string, until time.Time) []state {
	var out []state
	for _, s := range w.states {
		if s.record == record && !s.at.After(until) {
			out = append(out, s)
		}
	}
	return out
}

// statesOf are those that count for an expectation: all of them, or the last one where it is asked for one moment.
func (w *weigher) statesOf(e *Expectation, record string, until time.Time) []state {
	out := w.statesUntil(record, until)
	if e.By == "" && len(out) > 0 {
		out = out[len(out)-1:]
	}
	return out
}

func (w *weigher) level(e *Expectation, record string, until time.Time) verdict {
	states := w.statesOf(e, record, until)
	if slices.ContainsFunc(states, func(s state) bool { return s.level == e.Level && (e.Rule == "" || s.rule == e.Rule) }) {
		return asExpected
	}
	var was []string
	last := state{at: w.end}
	for _, s := range w.states {
		if s.record != record || s.at.After(until) || s.level == last.level && s.rule == last.rule && len(was) > 0 {
			continue
		}
		was, last = append(was, s.graded()), s
	}
	return verdict{happened: orElse(strings.Join(was, ", "), "it had not come in")}
}

// graded is the level of a record in words.
func (s state) graded() string {
	text := "no level"
	if s.level != "" {
		text = "level " + string(s.level)
	}
	return text + within(" by the rule ", s.rule) + " from " + date(s.at)
}

func (w *weigher) incident(e *Expectation, record string, until time.Time) verdict {
	var instead []string
	for _, s := range w.statesOf(e, record, until) {
		if s.incident == "" {
			continue
		}
		wrong := w.differs(e, s, until)
		if wrong == "" {
			return asExpected
		}
		instead = append(instead, wrong)
	}
	return verdict{happened: orElse(strings.Join(instead, ", "), "it is part of no incident")}
}

// differs says how the incident that a complaint is part of is another one than expected.
func (w *weigher) differs(e *Expectation, s state, until time.Time) string {
	want, in := e.Incident, w.incidents[s.incident]
	now, _ := w.stateAt(s.incident, until)
	levels := w.statesOf(e, s.incident, until)
	switch {
	case in == nil:
		return "its incident " + s.incident + " is not there"
	case want.Level != "" && !slices.ContainsFunc(levels, func(was state) bool { return was.level == want.Level }):
		return fmt.Sprintf("its incident has the level %s", orElse(string(now.level), "none"))
	case want.Playbook != "" && in.Spec.Playbook != want.Playbook:
		return fmt.Sprintf("its incident carries out the playbook %s", in.Spec.Playbook)
	}
	for _, other := range want.With {
		if o, _ := w.stateAt(string(other), until); o.incident != s.incident {
			return string(other) + " is not part of its incident"
		}
	}
	return ""
}

func (w *weigher) noIncident(record string, until time.Time) verdict {
	for _, s := range w.states {
		if s.record == record && s.incident != "" && !s.at.After(until) {
			return verdict{happened: "it is part of an incident from " + date(s.at)}
		}
	}
	return asExpected
}

func (w *weigher) closed(e *Expectation, record string, until time.Time) verdict {
	if slices.ContainsFunc(w.statesOf(e, record, until), func(s state) bool { return Closing(s.result) == e.Closed }) {
		return asExpected
	}
	var was []string
	closed := false
	for _, s := range w.statesUntil(record, until) {
		switch is := s.result != ""; {
		case is && !closed:
			was = append(was, fmt.Sprintf("it was closed as %s at %s", s.result, date(s.at)))
		case closed && !is:
			was = append(was, "it was opened again at "+date(s.at))
		}
		closed = s.result != ""
	}
	v := verdict{happened: orElse(strings.Join(was, ", "), "it is still open")}
	if !closed {
		v.happened += w.waits(record, until)
	}
	if w.more && until.Equal(w.end) {
		v.happened += fmt.Sprintf("; the story was not over after %s, `for` plays more of it", span(w.test.length()))
	}
	return v
}

func orElse(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}
