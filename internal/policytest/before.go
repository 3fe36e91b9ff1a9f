package policytest

import (
	"context"
	"encoding/json"
	"fmt"
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
	// Removed is that there is none of its name and none that says the same.
	Removed bool `json:"removed,omitempty"`
	// Fewer is how many expectations less it has now.
	Fewer int `json:"fewer,omitempty"`
	// Failures are what would not be as expected if it were played as it was, with the policies of now.
	Failures []Failure `json:"failures,omitempty"`
	// Unplayable is why it cannot be played with them: they lack what it speaks of.
	Unplayable string `json:"unplayable,omitempty"`
}

// Since plays the tests of before that were removed or changed with the policies of now, and says what was lost.
func (s *Suite) Since(ctx context.Context, policies *gate.Policies, before *Suite) (*Before, error) {
	then, err := before.Play(ctx, policies, nil)
	if err != nil {
		return nil, err
	}
	out := &Before{Tests: len(before.Tests), Percent: then.Coverage.Percent()}
	same, studies := map[string]bool{}, studies{}
	now := map[string]*Test{}
	for _, t := range s.Tests {
		same[t.says()], now[t.Name] = true, t
	}
	for _, t := range before.Tests {
		out.Checked += t.expects()
		if same[t.says()] {
			continue
		}
		lost := Lost{Name: t.Name, File: t.document.File, Line: t.document.Line, Removed: now[t.Name] == nil}
		if !lost.Removed {
			lost.Fewer = max(t.expects()-now[t.Name].expects(), 0)
		}
		if faults := s.check(t); len(faults) > 0 {
			lost.Unplayable = faults[0].Message
		} else {
			result, err := s.result(ctx, policies, t, s.emptyCoverage(), studies)
			if err != nil {
				return nil, fmt.Errorf("%s, as it was before: %w", t.Name, err)
			}
			lost.Failures = result.Failures
		}
		if lost.Removed || lost.Fewer > 0 || !lost.holds() {
			out.Lost = append(out.Lost, lost)
		}
	}
	return out, nil
}

// says is all that a test says but its name, and why it is there.
func (t *Test) says() string {
	text, _ := json.Marshal([]any{t.Given, t.For, t.Then, t.Assertions}) // they were read from JSON
	return string(text)
}

// holds is whether the test holds with the policies of now, as it was.
func (l *Lost) holds() bool { return len(l.Failures) == 0 && l.Unplayable == "" }

// words say what became of a test.
func (l *Lost) words() string {
	var what []string
	if l.Removed {
		what = append(what, "removed")
	} else {
		what = append(what, "changed")
	}
	if l.Fewer > 0 {
		what = append(what, several(l.Fewer, "expectation")+" less")
	}
	switch {
	case l.Unplayable != "":
		what = append(what, "cannot be played as it was: "+l.Unplayable)
	case len(l.Failures) > 0:
		what = append(what, "fails as it was: "+l.Failures[0].Expected+", but "+l.Failures[0].Happened)
	default:
		what = append(what, "would still hold as it was")
	}
	return strings.Join(what, "; ")
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
	changed := count(func(l *Lost) bool { return !l.Removed })
	var what []string
	if removed > 0 {
		text := several(removed, "test") + " removed"
		if broken > 0 {
			text += fmt.Sprintf(", %d of which %s not hold any more", broken, do(broken))
		}
		what = append(what, text)
	}
	if changed > 0 {
		what = append(what, several(changed, "test")+" changed which as it was asked for more or does not hold any more")
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
		fmt.Fprintf(&b, "%s:%d: %s: %s\n", l.File, l.Line, l.Name, markdown.OneLine(l.words()))
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
		fmt.Fprintf(&b, "| %s<br>%s:%d | %s |\n", markdown.Cell(l.Name), markdown.Cell(l.File), l.Line, markdown.Cell(l.words()))
	}
	return b.String()
}
