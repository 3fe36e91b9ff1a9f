package cli

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"tocsin.dev/tocsin/internal/intake"
)

// importProgress shows how far an import has come: a bar on a terminal, a line now and then elsewhere. What is wrong
// with a row is told at once.
type importProgress struct {
	*app
	file  string // as the user named it
	quiet bool
	total int
	drawn time.Time // when the bar was drawn last
	shown bool      // a bar stands in the current line
}

// every is how many rows lie between two lines where there is no terminal; redrawEvery is the time between two bars.
const (
	every       = 500
	redrawEvery = 100 * time.Millisecond
)

func (p *importProgress) show(now intake.Progress) {
	var row *intake.RowError
	switch last := now.Last; {
	case errors.As(last.Err, &row) && row.Duplicate:
		p.tell(fmt.Sprintf("%s:%d: note: %s", row.File, row.Line, row.Message))
	case last.Err != nil:
		p.tell(p.paint(red, last.Err.Error()))
	default:
		for _, note := range last.Notes {
			p.tell(fmt.Sprintf("%s:%d: note: %s", p.file, last.Line, note))
		}
	}
	switch {
	case p.quiet:
	case p.Terminal:
		if at := p.Clock.Now(); at.Sub(p.drawn) >= redrawEvery || now.Done == p.total {
			p.drawn, p.shown = at, true
			width, _ := p.size()
			fmt.Fprint(p.Err, "\r"+bar(now, width-1)+"\x1b[K")
		}
	case now.Done%every == 0:
		fmt.Fprintln(p.Err, bar(now, 0))
	}
}

// tell writes a line above the bar.
func (p *importProgress) tell(line string) {
	if p.shown {
		fmt.Fprint(p.Err, "\r\x1b[K")
		p.shown = false
	}
	fmt.Fprintln(p.Err, line)
}

// end leaves the bar in peace.
func (p *importProgress) end() {
	if p.shown {
		fmt.Fprintln(p.Err)
	}
}

// bar says how many rows are done, with a picture of it when there is a width and a total.
func bar(now intake.Progress, width int) string {
	figures := fmt.Sprintf("%d rows", now.Done)
	if now.Total > 0 {
		figures = fmt.Sprintf("%d of %d rows", now.Done, now.Total)
	}
	if now.Broken > 0 {
		figures += fmt.Sprintf(", %d broken", now.Broken)
	}
	room := min(40, width-len(figures)-3)
	if now.Total == 0 || room < 10 {
		return figures
	}
	full := room * min(now.Done, now.Total) / now.Total
	return "[" + strings.Repeat("=", full) + strings.Repeat(" ", room-full) + "] " + figures
}

// summary is the last line of an import.
func summary(p intake.Progress, dryRun bool) string {
	created := "created"
	if dryRun {
		created = "could be created"
	}
	return fmt.Sprintf("%s %s, %d already there, %s, %s", number(p.Created, "complaint"), created, p.Skipped, number(p.Duplicates, "repeated row"), number(p.Broken, "broken row"))
}
