package difference

import (
	"fmt"
	"strings"

	"tocsin.dev/tocsin/internal/markdown"
)

// Text is a report for a terminal: the groups, a line a difference, and below it where it is written.
func (r *Report) Text() string {
	var b strings.Builder
	for i, d := range r.Differences {
		if i == 0 || r.Differences[i-1].Group != d.Group {
			if i > 0 {
				b.WriteString("\n")
			}
			b.WriteString(strings.ToUpper(d.Group[:1]) + d.Group[1:] + "\n")
		}
		fmt.Fprintf(&b, "  %s\n      %s\n", markdown.OneLine(d.Text), where(d))
	}
	if len(r.Differences) == 0 {
		b.WriteString("no difference\n")
	}
	for i, n := range r.Notes {
		if i == 0 {
			b.WriteString("\n")
		}
		fmt.Fprintf(&b, "note: %s\n", markdown.OneLine(n))
	}
	return b.String()
}

// where are both places of a difference.
func where(d Difference) string {
	switch {
	case d.Before == nil:
		return "now " + d.After.String()
	case d.After == nil:
		return "was " + d.Before.String()
	}
	return "was " + d.Before.String() + ", now " + d.After.String()
}

// mind names the promises that are no longer made, or weaker; empty: none.
func (r *Report) mind() string {
	var weaker []string
	for _, d := range r.Differences {
		if d.Weaker {
			weaker = append(weaker, strings.TrimPrefix(d.Group, "playbook ")+"/"+d.promise)
		}
	}
	if len(weaker) == 0 {
		return ""
	}
	return count(len(weaker), "promise") + " withdrawn, weaker or replaced: " + strings.Join(weaker, ", ")
}

// mostItems is how many differences a comment on a pull request takes.
const mostItems = 150

// Markdown is a report as a comment on a pull request.
func (r *Report) Markdown() string {
	var b strings.Builder
	n := map[bool]string{true: count(len(r.Differences), "difference"), false: "no difference"}[len(r.Differences) > 0]
	fmt.Fprintf(&b, "**What changes:** %s\n", n)
	b.WriteString(markdown.Mind(r.mind()))
	for i, d := range r.Differences {
		if i == mostItems {
			fmt.Fprintf(&b, "\n%d more are not listed.\n", len(r.Differences)-i)
			break
		}
		if i == 0 || r.Differences[i-1].Group != d.Group {
			fmt.Fprintf(&b, "\n**%s**\n\n", markdown.Cell(strings.ToUpper(d.Group[:1])+d.Group[1:]))
		}
		fmt.Fprintf(&b, "- %s <sub>%s</sub>\n", markdown.Cell(d.Text), markdown.Cell(where(d)))
	}
	for _, note := range r.Notes {
		fmt.Fprintf(&b, "\nNote: %s\n", markdown.Cell(note))
	}
	return b.String()
}
