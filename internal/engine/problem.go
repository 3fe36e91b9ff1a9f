package engine

import (
	"strings"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/playbook"
)

// mostProblem is how many characters a problem holds at most.
const mostProblem = 512

// problem notes on a step why it cannot go on as written; the timeline gets it once.
func (t *turn) problem(i int, text string) {
	text = cut(text, mostProblem)
	if s := &t.run.Steps[i]; s.Problem != text {
		s.Problem = text
		t.event(v1alpha1.EventNobody, i, "", text)
	}
}

// minorProblem notes what does not keep the step from going on. It gives way to what does, so that two problems of one
// step do not take turns in the timeline.
func (t *turn) minorProblem(i int, text string) {
	if t.run.Steps[i].Problem == "" {
		t.problem(i, text)
	}
}

// solved takes the problem off a step.
func (t *turn) solved(i int) { t.run.Steps[i].Problem = "" }

// unanswerable is how the problem with a condition begins.
func unanswerable(e *playbook.Expr, of string) string {
	return cut("the condition "+e.Source()+of+" cannot be answered: ", mostProblem)
}

// answered takes the problem with a condition off a step now that it could be answered.
func (t *turn) answered(i int, e *playbook.Expr, of string) {
	if p := t.run.Steps[i].Problem; p != "" && strings.HasPrefix(p, unanswerable(e, of)) {
		t.solved(i)
	}
}
