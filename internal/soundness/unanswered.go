package soundness

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"tocsin.dev/tocsin/internal/playbook"
)

// unanswered is how it comes about that a condition has no answer: by a move, from a state (-1: from none).
type unanswered struct {
	at   int32
	move move
	why  error
}

// unansweredFindings are the conditions that some facts leave without an answer, but for those that a finding is about already.
func (s *search) unansweredFindings(told []Finding) []Finding {
	var out []Finding
	for _, c := range s.exprs {
		u, is := s.doubts[c.expr]
		if !is {
			continue
		}
		f := s.conditionFinding(c)
		f.Reason = Unanswered
		if slices.ContainsFunc(told, func(t Finding) bool { return t.Playbook == f.Playbook && t.Field == f.Field }) || len(out) == mostFindings {
			continue
		}
		why, advice := s.whyNoAnswer(c.expr)
		f.Message = "the condition " + quoted(c.expr.Source()) + " has no answer where " + why
		f.Advice = advice
		moves := s.path(u.at, u.move)
		f.After = s.tookOver(moves[0])
		when, dated := s.newReplay().playMoves(moves)
		waits := f.Step + " waits, and says so (condition Staffed), until the condition has an answer or a lead skips it"
		if c.region >= 0 {
			waits = "the cancel region " + f.Step + " stops nothing, and says so (condition Staffed), until its condition has an answer"
		}
		f.Story = s.lines(s.whole(moves), when, dated, waits)
		out = append(out, f)
	}
	return out
}

// conditionFinding is the beginning of a finding about a condition.
func (s *search) conditionFinding(c condition) Finding {
	if c.region >= 0 {
		r := &s.Regions[c.region]
		return Finding{Playbook: r.Book, Field: r.Field + ".when", Step: r.Name}
	}
	f := s.finding(c.node, "")
	switch n := &s.Nodes[c.node]; {
	case c.expr == n.When:
		f.Field += ".when"
	case c.expr == n.WaitUntil:
		f.Field += ".wait.until"
	case n.Repeat != nil:
		f.Field += ".repeat.until"
	default:
		f.Field += ".until"
	}
	return f
}

// whyNoAnswer says why a condition had no answer, as it came about first, and how to ask before.
func (s *search) whyNoAnswer(e *playbook.Expr) (why, advice string) {
	return reasonNoAnswer(s.doubts[e].why, reckonedWith(e))
}

// place is the place that CEL looked for in vain.
var place = regexp.MustCompile(`\d+$`)

// reasonNoAnswer says of what CEL could not do with a fact why it could not, and how to ask before.
func reasonNoAnswer(err error, fact string) (why, advice string) {
	switch text := fmt.Sprint(err); {
	case strings.Contains(text, "by zero"):
		return "it would divide by 0", "ask before whether what it divides by is 0, e.g. n != 0 && 100 / n > 1"
	case strings.Contains(text, "out of bounds"):
		return "there is nothing at that place", "ask before how long the list is, e.g. size(" + fact + ") > " + place.FindString(text) + " && …, or ask with in"
	case strings.Contains(text, "out of range"):
		return "the text is too short", "ask before how long the text is, e.g. size(" + fact + ") > " + place.FindString(text) + " && …, or ask with startsWith, endsWith or contains"
	case strings.Contains(text, "overflow"):
		return "the number would be too large", "reckon with smaller numbers"
	}
	return "it cannot be worked out", "write the condition so that it always has an answer"
}

// reckonedWith is the first fact that a condition does more with than compare it.
func reckonedWith(e *playbook.Expr) string {
	for _, a := range e.Atoms() {
		if len(a.Loose) > 0 {
			return a.Loose[0]
		}
	}
	return "it"
}
