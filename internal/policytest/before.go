package policytest

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"tocsin.dev/tocsin/internal/gate"
	"tocsin.dev/tocsin/internal/markdown"
)

// Before is what the tests were before a change, and what has become of them.
type Before struct {
	// Tests and Checked are how many tests and expectations there were, Percent what they saw of the policies of then.
	Tests   int     `json:"tests"`
	Checked int     `json:"checked"`
	Percent float64 `json:"percent"`
	// Lost are tests that were removed, ask for less, or do not hold any more as they were.
	Lost []Lost `json:"lost,omitempty"`
}

// Lost is a test of before that is no longer there as it was.
type Lost struct {
	Name string `json:"name"`
	// File and Line are where it stood.
	File string `json:"file"`
	Line int    `json:"line"`
	// Removed is that there is none of its name, and none that asks for all it did.
	Removed bool `json:"removed,omitempty"`
	// Story is what else it is played with now, and Less what it no longer asks for: what it was, and what is there instead.
	Story []string `json:"story,omitempty"`
	Less  []string `json:"less,omitempty"`
	// Failures are what would not be as expected if it were played as it was, with the policies of now.
	Failures []Failure `json:"failures,omitempty"`
	// Unplayable is why it cannot be played with them: they lack what it speaks of.
	Unplayable string `json:"unplayable,omitempty"`
}

// Since plays the tests of before that were removed or changed with the policies of now, and says what was lost. What is only
// asked for more strictly is not.
func (s *Suite) Since(ctx context.Context, policies *gate.Policies, before *Suite) (*Before, error) {
	then, err := before.Play(ctx, policies, nil)
	if err != nil {
		return nil, err
	}
	out := &Before{Tests: len(before.Tests), Percent: then.Coverage.Percent()}
	studies := studies{}
	for _, t := range before.Tests {
		out.Checked += t.expects()
		if slices.ContainsFunc(s.Tests, func(is *Test) bool { return is.says() == t.says() }) {
			continue
		}
		lost := s.weakened(t)
		if faults := s.check(t); len(faults) > 0 {
			lost.Unplayable = faults[0].Message
		} else {
			result, err := s.result(ctx, policies, t, s.emptyCoverage(), studies)
			if err != nil {
				return nil, fmt.Errorf("%s, as it was before: %w", t.Name, err)
			}
			lost.Failures = result.Failures
		}
		if lost.Removed || len(lost.Less) > 0 || len(lost.Story) > 0 || !lost.holds() {
			out.Lost = append(out.Lost, lost)
		}
	}
	return out, nil
}

// weakened compares a test of before with what the tests of now ask for in its place: those of the same story, and the one of its
// name.
func (s *Suite) weakened(t *Test) Lost {
	lost := Lost{Name: t.Name, File: t.document.File, Line: t.document.Line}
	var same, heirs []*Test
	var promises []Promise
	story := t.story()
	for _, is := range s.Tests {
		if is.Name == t.Name {
			same = append(same, is)
		}
		if is.Name == t.Name || is.story() == story {
			heirs = append(heirs, is)
		}
		if is.Name == t.Name || is.Given.Begins().Equal(t.Given.Begins()) {
			promises = append(promises, is.Assertions...)
		}
	}
	var own []Promise
	for _, is := range same {
		own = append(own, is.Assertions...)
		if is.story() != story {
			lost.Story = otherwise(t.document.Object["given"], is.document.Object["given"])
		}
	}
	lost.Less = append(unasked(demands(t), demands(heirs...), demands(same...)), unasked(t.Assertions, promises, own)...)
	if len(same) == 0 && len(lost.Less) > 0 {
		lost.Removed, lost.Less = true, nil
	}
	return lost
}

// says is all that a test says but its name, and why it is there; story is what it is played with.
func (t *Test) says() string  { return text(t.Given, t.For, t.Then, t.Assertions) }
func (t *Test) story() string { return text(t.Given) }

func text(parts ...any) string {
	text, _ := json.Marshal(parts) // they were read from JSON
	return string(text)
}

// Bounds of what is said of a story that is another.
const (
	mostOtherwise = 4
	mostOfValue   = 60
)

// otherwise says which values differ in two texts of YAML, and how.
func otherwise(before, after any) []string {
	was, is := map[string]string{}, map[string]string{}
	leaves("given", before, was)
	leaves("given", after, is)
	all := maps.Clone(was)
	maps.Copy(all, is)
	var out []string
	for _, at := range keys(all) {
		if was[at] != is[at] {
			out = append(out, fmt.Sprintf("%s %s → %s", at, value(was[at]), value(is[at])))
		}
	}
	if more := len(out) - mostOtherwise; more > 0 {
		out = append(out[:mostOtherwise], fmt.Sprintf("%d more", more))
	}
	return out
}

// leaves are the values of a text of YAML, by where they stand.
func leaves(at string, v any, into map[string]string) {
	switch v := v.(type) {
	case map[string]any:
		for name, of := range v {
			leaves(at+"."+name, of, into)
		}
	case []any:
		for i, of := range v {
			leaves(fmt.Sprintf("%s[%d]", at, i), of, into)
		}
	case nil:
	default:
		into[at] = fmt.Sprint(v)
	}
}

// value is a value in a sentence.
func value(text string) string {
	if runes := []rune(text); len(runes) > mostOfValue {
		return string(runes[:mostOfValue]) + "…"
	}
	return orElse(text, "nothing")
}

// holds is whether the test holds with the policies of now, as it was.
func (l *Lost) holds() bool { return len(l.Failures) == 0 && l.Unplayable == "" }

// mostLess is how many expectations of a test are told that it no longer has.
const mostLess = 32

// words say what became of a test, a thing each.
func (l *Lost) words() []string {
	out := []string{"changed"}
	if l.Removed {
		out[0] = "removed"
	}
	for i, less := range l.Less {
		switch {
		case i == mostLess:
			out = append(out, fmt.Sprintf("%d more", len(l.Less)-i))
		case i < mostLess:
			out = append(out, map[bool]string{true: "asks for less: "}[i == 0]+less)
		}
	}
	if len(l.Story) > 0 {
		out = append(out, "tells another story: "+strings.Join(l.Story, "; "))
	}
	switch {
	case l.Unplayable != "":
		return append(out, "cannot be played as it was: "+l.Unplayable)
	case len(l.Failures) > 0:
		return append(out, "fails as it was: "+l.Failures[0].Expected+", but "+l.Failures[0].Happened)
	}
	return append(out, "would still hold as it was")
}

// mind says in one line what the tests have lost; empty: nothing.
func (r *Report) mind() string {
	b := r.Before
	if b == nil {
		return ""
	}
	count := func(of func(*Lost) bool) (n int) {
		for i := range b.Lost {
			if of(&b.Lost[i]) {
				n++
			}
		}
		return n
	}
	removed := count(func(l *Lost) bool { return l.Removed })
	broken := count(func(l *Lost) bool { return l.Removed && !l.holds() })
	less := count(func(l *Lost) bool { return len(l.Less) > 0 })
	other := count(func(l *Lost) bool { return len(l.Story) > 0 })
	changed := count(func(l *Lost) bool { return !l.Removed && !l.holds() })
	var what []string
	if removed > 0 {
		text := several(removed, "test") + " removed"
		if broken > 0 {
			text += fmt.Sprintf(", %d of which %s not hold any more", broken, do(broken))
		}
		what = append(what, text)
	}
	if less > 0 {
		what = append(what, several(less, "test")+" changed to ask for less")
	}
	if other > 0 {
		what = append(what, several(other, "test")+" changed to tell another story")
	}
	if changed > 0 {
		what = append(what, several(changed, "test")+" changed that would fail as written before")
	}
	if was, is := percent(b.Percent), percent(r.Coverage.Percent()); r.Coverage.Percent() < b.Percent && was != is {
		what = append(what, fmt.Sprintf("coverage %s → %s", was, is))
	}
	return strings.Join(what, "; ")
}

func do(n int) string {
	if n == 1 {
		return "does"
	}
	return "do"
}

func percent(p float64) string { return fmt.Sprintf("%.0f %%", p) }

// sinceText is what the tests have lost, for a terminal.
func (r *Report) sinceText() string {
	var b strings.Builder
	if r.Before == nil {
		return ""
	}
	fmt.Fprintf(&b, "before: %s with %s, coverage %s\n", several(r.Before.Tests, "test"), several(r.Before.Checked, "expectation"), percent(r.Before.Percent))
	for _, l := range r.Before.Lost {
		fmt.Fprintf(&b, "%s:%d: %s: %s\n", l.File, l.Line, l.Name, markdown.OneLine(strings.Join(l.words(), "; ")))
	}
	if what := r.mind(); what != "" {
		b.WriteString("mind: " + what + "\n")
	}
	return b.String()
}

// sinceMarkdown is the same for a comment on a pull request.
func (r *Report) sinceMarkdown() string {
	if r.Before == nil {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "\nBefore: %s with %s, coverage %s.\n", several(r.Before.Tests, "test"), several(r.Before.Checked, "expectation"), percent(r.Before.Percent))
	b.WriteString(markdown.Mind(r.mind()))
	lost := r.Before.Lost
	if len(lost) > 0 {
		b.WriteString("\n| Test of before | What became of it |\n|---|---|\n")
	}
	for i, l := range lost {
		if i == mostRows {
			fmt.Fprintf(&b, "\n%d more are not listed.\n", len(lost)-i)
			break
		}
		what := l.words()
		for k := range what {
			what[k] = markdown.Cell(what[k]) // each for itself: none hides behind a long one
		}
		fmt.Fprintf(&b, "| %s<br>%s:%d | %s |\n", markdown.Cell(l.Name), markdown.Cell(l.File), l.Line, strings.Join(what, "; "))
	}
	return b.String()
}
