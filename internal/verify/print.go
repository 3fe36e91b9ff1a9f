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

// timesText is a table of by when who knows; empty where nobody asked for it.
func (r *Report) timesText() string {
	if len(r.Times) == 0 {
		return ""
	}
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "PLAYBOOK\tLEVEL\tROLE\tIF NOBODY ANSWERS\tFOR WHAT COMES IN\tWHATEVER PEOPLE DO\tKNOWN UNTIL")
	for _, t := range r.Times {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", t.Playbook, cmp.Or(string(t.Level), "any"), t.Role, cmp.Or(t.Silence, "maybe never"),
			cmp.Or(t.Start, "-"), cmp.Or(t.Anything, "maybe never"), cmp.Or(t.KnownUntil, "-"))
	}
	w.Flush() // a strings.Builder takes everything
	return b.String()
}

// mostRows is how many findings a comment on a pull request shows.
const mostRows = 100

// Markdown is a report as a comment on a pull request.
func (r *Report) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "**Policy check:** %s\n", r.Summary())
	if len(r.Findings) == 0 {
		return b.String()
	}
	b.WriteString("\n| | Where | What | What to do |\n|---|---|---|---|\n")
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
	return b.String()
}

// Strict makes errors of warnings.
func (r *Report) Strict() {
	for i := range r.Findings {
		r.Findings[i].Severity = Error
	}
}
