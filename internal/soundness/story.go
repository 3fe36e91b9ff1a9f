package soundness

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// Line is one line of a story.
type Line struct {
	// At is when; zero where the story could not be dated.
	At   time.Time
	Text string
}

// String is the line with its date.
func (l Line) String() string {
	if l.At.IsZero() {
		return l.Text
	}
	return l.At.Format("Mon 02 Jan 15:04") + "  " + l.Text
}

// story tells how a state was come to, and why nothing leads on. It is played through in a world with a clock, which dates it.
func (s *search) story(at int32, end string) []Line {
	when, dated := s.play(at)
	return s.lines(s.whole(s.path(at)), when, dated, "nothing is left that could move: "+end)
}

// lines tell moves, a line each, and what is to be said of their end.
func (s *search) lines(moves []happening, when []moment, dated bool, end string) []Line {
	var lines []Line
	last := time.Time{}
	for k, m := range moves {
		text := m.words(m.move, m.kind == begins)
		if dated {
			last = when[k].at
			text += follows(when[k].then)
		}
		lines = append(lines, Line{At: last, Text: text})
	}
	if !dated {
		lines = append(lines, Line{Text: "as the deadlines are now, one of them would pass before; it comes about when they are changed"})
	}
	return append(lines, Line{At: last, Text: end})
}

// mostFollows is how many of the steps that end with a move are named.
const mostFollows = 3

// follows tells what follows from a move.
func follows(then []string) string {
	text := ""
	for _, what := range then[:min(len(then), mostFollows)] {
		text += "; " + what
	}
	if more := len(then) - mostFollows; more > 0 {
		text += fmt.Sprintf("; and so with %d more", more)
	}
	return text
}

// words say a move in a sentence.
func (s *search) words(m move, first bool) string {
	text := ""
	i := int(m.step)
	switch m.kind {
	case begins:
		text = "the run begins"
		if g := s.givenBy(m); g != nil {
			text = s.takesOver(g)
		}
	case answers:
		text = fmt.Sprintf("%s answers %s with %q", s.asked(i), s.Nodes[i].Path, s.offers(i)[m.choice])
		if task := s.Nodes[i].Action.Task; task != nil && len(task.Outcomes) == 0 {
			text = s.asked(i) + " does " + s.Nodes[i].Path
		}
	case approves:
		text = s.asked(i) + " approves " + s.Nodes[i].Path
	case refuses:
		text = s.asked(i) + " refuses " + s.Nodes[i].Path
	case acknowledges:
		text = "the team acknowledges " + s.Nodes[i].Path
	case delivers:
		text = "the notice of " + s.Nodes[i].Path + " arrives"
	case loses:
		text = "the notice of " + s.Nodes[i].Path + " never arrives"
	case doubts:
		text = "nobody knows whether the notice of " + s.Nodes[i].Path + " arrived"
	case runsOut:
		text = "the deadline of " + s.Nodes[i].Path + " passes"
		if w := s.Nodes[i].Action.Wait; w != nil && w.For != nil {
			text = "the time of " + s.Nodes[i].Path + " is over"
		}
	case factsChange:
		text = "somebody corrects the record"
	case rewrites:
		text = "the remedy is written anew"
	case joins:
		text = "the complaint becomes part of an incident"
	case incidentStepEnds:
		step := s.incident[m.step]
		text = "in the incident " + step.name + " is " + [...]string{"", "skipped", "cancelled"}[min(m.choice, wasCancelled)]
		if m.choice >= wasDone {
			text = fmt.Sprintf("in the incident %s ends as %q", step.name, step.outcomes[m.choice-wasDone])
		}
	case incidentCloses:
		text = "the incident is closed"
	}
	v := &s.values[m.facts]
	usual := slices.IndexFunc(s.values, func(other values) bool { return other.world == v.world })
	if int(m.facts) != usual || m.kind == factsChange || first && len(s.values) > 1 {
		text += s.factWords(v, first)
	}
	return text
}

// asked is the role that a step asks, for people.
func (s *search) asked(i int) string {
	asks := slices.Compact(slices.Sorted(slices.Values(s.Nodes[i].Asks)))
	return "the " + cmp.Or(strings.Join(asks, " and the "), "team")
}

// factWords say what the facts are; those that a run begins with and keeps only as it begins.
func (s *search) factWords(v *values, first bool) string {
	var out []string
	for _, path := range s.factPaths() {
		switch {
		case settled(path) && !first:
		case path == "no contact":
			if v.noContact {
				out = append(out, "the complainant left no contact")
			}
		case path == "an open incident":
			if v.open {
				out = append(out, "an incident of the same matter is open")
			}
		default:
			out = append(out, path+" is "+v.text(path))
		}
	}
	if len(out) == 0 {
		return ""
	}
	return " (" + strings.Join(out, "; ") + ")"
}

// whyStuck says what a step waits for that will never come, what to do, and the field below the step to change.
func (s *search) whyStuck(i int, l *look) (message, advice, field string) {
	n, st := &s.Nodes[i], &l.run.Steps[i]
	path := n.Path
	switch {
	case st.State == v1alpha1.StepPending:
		why, advice := s.whyNoAnswer(n.When)
		return "the step " + path + " cannot begin, because its condition " + quoted(n.When.Source()) + " has no answer where " + why, advice, ".when"
	case n.WaitUntil != nil:
		return "step " + path + " waits until " + n.WaitUntil.Source() + s.because(i, n.WaitUntil.Looks().Paths, l),
			"wait for something that always comes, e.g. steps.<name>.ended, or end the wait with a deadline (within, and overdue.outcome)", ".wait.until"
	case n.Head.Every != nil:
		return "step " + path + " recurs until " + n.Until.Source() + s.because(i, n.Until.Looks().Paths, l),
			"let it recur until something that always comes, e.g. steps.<name>.ended", ".until"
	case n.Repeat != nil:
		why, advice := s.whyNoAnswer(n.Until)
		return "the block " + path + " cannot tell whether it is done, because its condition " + quoted(n.Until.Source()) + " has no answer where " + why,
			advice, ".repeat.until"
	}
	return "step " + path + " waits, and nothing can end it", "give it a deadline (within) that it ends with (overdue.outcome)", ""
}

func quoted(s string) string { return fmt.Sprintf("%q", s) }

// because says how the steps stand that a condition looks at.
func (s *search) because(i int, paths []string, l *look) string {
	var out []string
	for _, path := range paths {
		parts := strings.Split(path, ".")
		if parts[0] != "steps" || len(parts) < 2 {
			continue
		}
		if k := s.nodeNamed(parts[1], s.Nodes[i].Scope); k >= 0 {
			if text := parts[1] + " " + s.standing(k, i, l); !slices.Contains(out, text) {
				out = append(out, text)
			}
		}
	}
	if len(out) == 0 {
		return ", which never comes"
	}
	return ", but " + strings.Join(out, ", and ")
}

// standing is how a step stands, as seen from another that waits for it.
func (s *search) standing(k, from int, l *look) string {
	st := &l.run.Steps[k]
	switch st.State {
	case v1alpha1.StepSkipped:
		return "was skipped"
	case v1alpha1.StepCancelled:
		return "was cancelled"
	case v1alpha1.StepDone:
		if st.Outcome == "" {
			return "is done already"
		}
		return "is done as " + quoted(string(st.Outcome))
	case v1alpha1.StepPending:
		if s.needsIt(k, from) {
			return "cannot begin before " + s.Nodes[from].Path + " has ended"
		}
		return "cannot begin any more"
	}
	if k == from {
		return "is that step itself"
	}
	return "waits itself"
}

// needsIt is whether a step can begin only after another has ended.
func (s *search) needsIt(k, from int) bool {
	before := map[int]bool{}
	s.endedBefore(k, before)
	return before[from]
}

// whyNever says why a step begins in no run.
func (s *search) whyNever(i int) (message, advice, field string) {
	n := &s.Nodes[i]
	if n.When != nil {
		return "the step " + n.Path + " never happens: " + quoted(n.When.Source()) + " holds in no run that comes to it",
			"correct the condition, or take the step out", ".when"
	}
	if len(n.Needs) > 0 && !s.inRegion(i) {
		return "the step " + n.Path + " never happens: what it needs is never done", "correct what it needs, or take the step out", ".needs"
	}
	return "the step " + n.Path + " never happens: it is stopped before it can begin", "correct the cancel region, or take the step out", ""
}
