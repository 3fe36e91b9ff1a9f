package policytest

import (
	"fmt"
	"strings"

	"tocsin.dev/tocsin/internal/junit"
	"tocsin.dev/tocsin/internal/markdown"
)

// Summary is a report in one line.
func (r *Report) Summary() string {
	checked := 0
	for _, t := range r.Tests {
		checked += t.Checked
	}
	text := "all as expected"
	if failed := r.Failed(); failed > 0 {
		text = several(failed, "test") + " failed"
	}
	return fmt.Sprintf("%s in %s with %s, coverage %.0f %%", text, several(len(r.Tests), "test"), several(checked, "expectation"), r.Coverage.Percent())
}

func several(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

// place is file and line, as editors jump to it.
func (f *Failure) place() string { return fmt.Sprintf("%s:%d", f.File, f.Line) }

// Text is a report for a terminal: failed tests with the lines of the story around each failure, and the coverage. With
// stories it tells everything that happened in each test.
func (r *Report) Text(stories bool) string {
	var b strings.Builder
	for _, t := range r.Tests {
		if word := "ok    "; stories || len(t.Failures) > 0 {
			if len(t.Failures) > 0 {
				word = "FAILED"
			}
			fmt.Fprintf(&b, "%s %s (%s:%d)\n", word, t.Name, t.File, t.Line)
		}
		for _, f := range t.Failures {
			b.WriteString(indented("  ", f.lines()))
		}
		if stories {
			b.WriteString(indented("    | ", t.Story))
		}
	}
	b.WriteString(r.Coverage.Text())
	b.WriteString(r.sinceText())
	b.WriteString(r.Summary() + "\n")
	return b.String()
}

func indented(by string, lines []string) string {
	text := ""
	for _, l := range lines {
		text += by + l + "\n"
	}
	return text
}

// lines are a failure in words.
func (f *Failure) lines() []string {
	out := []string{f.place() + ": " + markdown.OneLine(f.Expected), "  but " + markdown.OneLine(f.Happened)}
	for _, l := range f.Story {
		out = append(out, "  | "+l)
	}
	return out
}

// JUnit is a report as test results: a suite a file, a case a test.
func (r *Report) JUnit() ([]byte, error) {
	all := junit.Results{Name: "kubectl tocsin test"}
	for first := 0; first < len(r.Tests); {
		suite := junit.Suite{Name: r.Tests[first].File}
		for ; first < len(r.Tests) && r.Tests[first].File == suite.Name; first++ {
			t := &r.Tests[first]
			c := junit.Case{Name: t.Name, Class: t.File, File: t.File}
			var lines []string
			for _, f := range t.Failures {
				lines = append(lines, f.lines()...)
			}
			if len(lines) > 0 {
				c.Failure = &junit.Failure{Message: lines[0], Text: strings.Join(lines, "\n")}
			}
			suite.Cases = append(suite.Cases, c)
		}
		all.Add(suite)
	}
	return all.XML()
}

// mostRows is how many failures a comment on a pull request shows.
const mostRows = 50

// Markdown is a report as a comment on a pull request.
func (r *Report) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "**Policy tests:** %s\n", r.Summary())
	if r.Failed() > 0 {
		b.WriteString("\n| Test | Expected | What happened |\n|---|---|---|\n")
	}
	rows := 0
	for _, t := range r.Tests {
		for _, f := range t.Failures {
			if rows++; rows > mostRows {
				continue
			}
			happened := markdown.Cell(f.Happened)
			for _, l := range f.Story {
				happened += "<br>" + markdown.Cell(l)
			}
			fmt.Fprintf(&b, "| %s<br>%s | %s | %s |\n", markdown.Cell(t.Name), markdown.Cell(f.place()), markdown.Cell(f.Expected), happened)
		}
	}
	if rows > mostRows {
		fmt.Fprintf(&b, "\n%d more are not listed.\n", rows-mostRows)
	}
	b.WriteString(r.sinceMarkdown())
	b.WriteString(r.Coverage.markdown())
	return b.String()
}
