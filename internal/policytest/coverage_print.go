package policytest

import (
	"fmt"
	"strings"

	"tocsin.dev/tocsin/internal/markdown"
)

// part is a column of the table of coverage.
type part struct {
	title string
	kinds []ItemKind
}

var parts = []part{{"steps", []ItemKind{ItemStep}}, {"branches", []ItemKind{ItemBranch}}, {"rungs", []ItemKind{ItemRung}}, {"rules, levels", []ItemKind{ItemRule, ItemLevel}}}

// share is how much of some items was seen, in words.
func (p *PolicyCoverage) share(kinds []ItemKind) string {
	seen, all := p.Count(kinds...)
	if all == 0 {
		return "-"
	}
	return fmt.Sprintf("%d of %d, %d %%", seen, all, 100*seen/all)
}

// rows are the table of coverage; the first names its columns.
func (c *Coverage) rows() [][]string {
	head := []string{"coverage"}
	for _, part := range parts {
		head = append(head, part.title)
	}
	rows := [][]string{head}
	for i := range c.Policies {
		row := []string{c.Policies[i].Name}
		for _, part := range parts {
			row = append(row, c.Policies[i].share(part.kinds))
		}
		rows = append(rows, row)
	}
	return rows
}

// missing are what was not seen of a policy, a step a line. Of a step that never begins nothing else can be seen.
func (p *PolicyCoverage) missing() []string {
	var out []string
	for first := 0; first < len(p.Items); {
		item := p.Items[first]
		var unseen []string
		next := first
		for ; next < len(p.Items) && p.Items[next].field == item.field; next++ {
			if p.Items[next].Tests == 0 {
				unseen = append(unseen, p.Items[next].What)
			}
		}
		if len(unseen) > 0 {
			what := strings.Join(unseen, ", ")
			if unseen[0] == begins {
				what = "never begins"
			}
			out = append(out, fmt.Sprintf("%s:%d: %s: %s", p.File, item.Line, item.Step, what))
		}
		first = next
	}
	return out
}

// Text is the table of coverage, and below it what no test has seen, by file and line.
func (c *Coverage) Text() string {
	rows := c.rows()
	width := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			width[i] = max(width[i], len(cell))
		}
	}
	var b strings.Builder
	for _, row := range rows {
		line := ""
		for i, cell := range row {
			line += fmt.Sprintf("%-*s  ", width[i], cell)
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	for i := range c.Policies {
		for k, m := range c.Policies[i].missing() {
			if k == 0 {
				b.WriteString("not seen in " + c.Policies[i].Name + "\n")
			}
			b.WriteString("  " + m + "\n")
		}
	}
	return b.String()
}

// markdown is the table of coverage for a comment on a pull request, with what no test has seen folded away.
func (c *Coverage) markdown() string {
	var b strings.Builder
	b.WriteString("\n")
	for i, row := range c.rows() {
		cells := make([]string, len(row))
		for k, cell := range row {
			cells[k] = markdown.Cell(cell)
		}
		b.WriteString("| " + strings.Join(cells, " | ") + " |\n")
		if i == 0 {
			b.WriteString(strings.Repeat("|---", len(row)) + "|\n")
		}
	}
	var missing []string
	for i := range c.Policies {
		missing = append(missing, c.Policies[i].missing()...)
	}
	if len(missing) > 0 {
		fmt.Fprintf(&b, "\n<details><summary>%s of the policies no test has seen</summary>\n\n", several(len(missing), "place"))
		for i, m := range missing {
			if i == mostRows {
				fmt.Fprintf(&b, "- %d more\n", len(missing)-i)
				break
			}
			b.WriteString("- " + markdown.Cell(m) + "\n")
		}
		b.WriteString("\n</details>\n")
	}
	return b.String()
}
