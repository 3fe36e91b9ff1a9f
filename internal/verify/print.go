package verify

import (
	"cmp"
	"fmt"
	"strings"
	"text/tabwriter"

	"tocsin.dev/tocsin/internal/markdown"
)

// Summary is a report in one line.
func (r *Report) Summary() string {
	what := "nothing found"
	if errors, warnings := r.Count(Error), r.Count(Warning); errors+warnings > 0 {
		what = several(errors, "error") + ", " + several(warnings, "warning")
	}
	if n := r.unproved(); n > 0 {
		what += ", " + several(n, "promise") + " not proved"
	}
	return fmt.Sprintf("%s in %s, %s", what, several(len(r.Files), "file"), several(r.Objects, "object"))
}

// unproved is how many promises are neither proved nor broken by a run that was found.
func (r *Report) unproved() (n int) {
	for _, f := range r.Findings {
		if f.Rule == ProofBounded && strings.HasPrefix(f.Field, assertions) {
			n++
		}
	}
	return n
}

func several(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

// place is file and line, as editors jump to it.
func (f Finding) place() string {
	if f.Line == 0 {
		return f.File
	}
	return fmt.Sprintf("%s:%d", f.File, f.Line)
}

// Text is a report for a terminal: a line a finding, its story below it, and the summary.
func (r *Report) Text() string {
	var b strings.Builder
	for _, f := range r.Findings {
		fmt.Fprintf(&b, "%s: %s: %s [%s]\n", f.place(), f.Severity, markdown.OneLine(f.Text()), f.Rule)
		for _, line := range f.Story {
			fmt.Fprintf(&b, "    %s\n", line)
		}
	}
	b.WriteString(r.timesText())
	b.WriteString(r.Summary() + "\n")
	return b.String()
}

// timesHead is the head of the table of by when who knows.
var timesHead = []string{"Playbook", "Level", "Who", "If nobody answers", "For what comes in", "Whatever people do", "Known until"}

// cells are a row of that table.
func (t *Time) cells() []string {
	level := cmp.Or(string(t.Level), "any")
	anything := cmp.Or(t.Anything, "maybe never")
	switch {
	case t.Rule != "":
		level, anything = level+" by "+t.Rule, "-"
	case t.Regraded:
		level += " if regraded"
	}
	return []string{t.Playbook, level, t.who(), cmp.Or(t.Silence, "maybe never"), cmp.Or(t.Start, "-"), anything, cmp.Or(t.KnownUntil, "-")}
}

// timesSay is how to read that table.
const timesSay = "A role is who plays it, or a role above it on its ladder, as for `reached`. Moments are those of the playbook's calendar; without one, UTC."

// timesText is a table of by when who knows; empty where nobody asked for it.
func (r *Report) timesText() string {
	if len(r.Times) == 0 {
		return ""
	}
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, strings.ToUpper(strings.Join(timesHead, "\t")))
	for i := range r.Times {
		fmt.Fprintln(w, strings.Join(r.Times[i].cells(), "\t"))
	}
	w.Flush() // a strings.Builder takes everything
	b.WriteString(timesSay + "\n")
	for _, line := range r.timesUntold() {
		b.WriteString(line + "\n")
	}
	return b.String()
}

// timesMarkdown is the same table folded up below a comment.
func (r *Report) timesMarkdown() string {
	if len(r.Times) == 0 {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "\n<details><summary>By when who knows</summary>\n\n| %s |\n|%s\n", strings.Join(timesHead, " | "), strings.Repeat("---|", len(timesHead)))
	for i := range r.Times {
		if i == mostTimes {
			fmt.Fprintf(&b, "\n%d more are not listed.\n", len(r.Times)-i)
			break
		}
		cells := r.Times[i].cells()
		for k := range cells {
			cells[k] = markdown.Cell(cells[k])
		}
		fmt.Fprintf(&b, "| %s |\n", strings.Join(cells, " | "))
	}
	b.WriteString("\n" + timesSay + "\n")
	for _, line := range r.timesUntold() {
		b.WriteString("\n" + markdown.Cell(line) + "\n")
	}
	return b.String() + "\n</details>\n"
}

// mind counts what is not proved; empty: all is.
func (r *Report) mind() string {
	promises, others := 0, 0
	for _, f := range r.Findings {
		switch {
		case f.Rule != ProofBounded:
		case strings.HasPrefix(f.Field, "spec.assertions"):
			promises++
		default:
			others++
		}
	}
	var what []string
	if promises > 0 {
		what = append(what, several(promises, "promise")+" not proved")
	}
	if others > 0 {
		what = append(what, several(others, "proof")+" not carried to the end")
	}
	return strings.Join(what, "; ")
}

// Bounds of a comment on a pull request: how many findings it shows, and how many rows of by when who knows.
const (
	mostRows  = 100
	mostTimes = 300
)

// Markdown is a report as a comment on a pull request.
func (r *Report) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "**Policy check:** %s\n", r.Summary())
	b.WriteString(markdown.Mind(r.mind()))
	if len(r.Findings) > 0 {
		b.WriteString("\n| | Where | What | What to do |\n|---|---|---|---|\n")
	}
	for i, f := range r.Findings {
		if i == mostRows {
			fmt.Fprintf(&b, "\n%d more are not listed.\n", len(r.Findings)-i)
			break
		}
		what := f
		what.Advice = ""
		text := markdown.Cell(what.Text())
		for _, line := range f.Story {
			text += "<br>" + markdown.Cell(line)
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", f.Severity, markdown.Cell(f.place()), text, markdown.Cell(f.Advice))
	}
	return b.String() + r.timesMarkdown()
}

// Strict makes errors of warnings.
func (r *Report) Strict() {
	for i := range r.Findings {
		r.Findings[i].Severity = Error
	}
}
