package cli

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/jedib0t/go-pretty/v6/text"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/report"
)

// due says how far away a deadline is: "in 2 h 5 min" or "overdue by 3 min"; a dash when there is none.
func due(at, now time.Time) string {
	switch {
	case at.IsZero():
		return "—"
	case at.Before(now):
		return "overdue by " + report.Words(now.Sub(at))
	default:
		return "in " + report.Words(at.Sub(now))
	}
}

// dueOf says how far away the deadline of a task is, or since when its clock stands still.
func dueOf(as *v1alpha1.Assignment, now time.Time) string {
	if as.StoppedAt.IsZero() {
		return due(as.DueAt.Time, now)
	}
	since := as.StoppedAt.UTC().Format("15:04")
	if now.Sub(as.StoppedAt.Time) >= 24*time.Hour {
		since = as.StoppedAt.UTC().Format("2006-01-02 15:04")
	}
	return fmt.Sprintf("clock stopped since %s (at most %s)", since, report.Words(as.StoppedUntil.Sub(as.StoppedAt.Time)))
}

// fit cuts a line to a width on the screen, 0: any width; a Chinese character takes two columns.
func fit(line string, width int) string {
	if width == 0 || text.StringWidthWithoutEscSequences(line) <= width {
		return line
	}
	return text.Snip(line, width, "…")
}

// column pads or cuts a cell to a width.
func column(cell string, width int) string {
	return text.Pad(fit(cell, width), width, ' ')
}

// table lays out rows in columns as wide as needed, two spaces apart, each line at most width; 0: any width. The last
// column is not padded.
func table(rows [][]string, width int) string {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], text.StringWidthWithoutEscSequences(cell))
		}
	}
	var b strings.Builder
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			if i > 0 {
				line.WriteString("  ")
			}
			line.WriteString(column(cell, widths[i]))
		}
		out := strings.TrimRight(line.String(), " ")
		if width > 0 {
			out = fit(out, width)
		}
		b.WriteString(out + "\n")
	}
	return b.String()
}

// printable makes one line of a text without what would move the cursor or turn the direction of a line.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || r == '\r' {
			return ' '
		}
		return shown(r)
	}, s)
}

// printableLines is printable for a text of several lines.
func printableLines(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' {
			return r
		}
		return shown(r)
	}, s)
}

// shown is a character as it may be printed, -1 for none.
func shown(r rune) rune {
	if unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control, unicode.Zl, unicode.Zp) {
		return -1
	}
	return r
}

// escaped is JSON with what would move the cursor or turn the direction of a line as an escape, which says the same.
func escaped(text []byte) []byte {
	out := make([]byte, 0, len(text))
	for _, r := range string(text) {
		if r != '\n' && r != '\t' && shown(r) < 0 {
			out = fmt.Appendf(out, `\u%04x`, r) // there is none beyond four digits
			continue
		}
		out = utf8.AppendRune(out, r)
	}
	return out
}

// say prints a report: what files say in it turns no line and moves no cursor.
func (a *app) say(report string) { fmt.Fprint(a.Out, printableLines(report)) }

// remark prints a line of talk beside what was asked for.
func (a *app) remark(format string, values ...any) {
	fmt.Fprintln(a.Err, printable(fmt.Sprintf(format, values...)))
}

// Colours, used only where the terminal may be coloured.
const (
	red    = "\x1b[31m"
	yellow = "\x1b[33m"
	bold   = "\x1b[1m"
	plain  = "\x1b[0m"
)

func (a *app) paint(colour, s string) string {
	if !a.Colour || s == "" {
		return s
	}
	return colour + s + plain
}

// number counts things: "1 row", "2 rows".
func number(n int, of string) string {
	if n == 1 {
		return "1 " + of
	}
	return fmt.Sprintf("%d %ss", n, of)
}
