package cli

import (
	"fmt"
	"io"
	"iter"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
	"tocsin.dev/tocsin/internal/intake"
	"tocsin.dev/tocsin/internal/report"
)

// old is how long ago a row must have been received to be worth a word: many a rule by time and most deadlines are
// shorter.
const old = 7 * 24 * time.Hour

// ages is when the rows of a file were received.
type ages struct {
	dated, old  int
	first, last time.Time
}

// note takes in a row, as it is to be imported.
func (g *ages) note(item intake.Item, now time.Time) {
	if item.Complaint == nil || item.Complaint.Spec.ReceivedAt.IsZero() {
		return
	}
	at := item.Complaint.Spec.ReceivedAt.Time
	if g.dated == 0 || at.Before(g.first) {
		g.first = at
	}
	if g.dated == 0 || at.After(g.last) {
		g.last = at
	}
	g.dated++
	if now.Sub(at) > old {
		g.old++
	}
}

// warning says how many rows are old, what that does and what to do; empty when none is.
func (g *ages) warning(advice string) string {
	if g.old == 0 {
		return ""
	}
	return fmt.Sprintf("note: %d of %s were received more than %s ago, the oldest on %s. Deadlines and rules by time (openFor) count from then: "+
		"their steps are overdue and their levels rise as soon as they are there. %s",
		g.old, number(g.dated, "row"), report.Words(old), g.first.UTC().Format(time.DateOnly), advice)
}

// What to do about old rows.
const (
	adviceShift  = "To try a playbook with them, --shift-to-now moves the dates"
	adviceWithin = "--within 5d draws the dates together"
)

// redate is what --shift-to-now and --within ask for.
type redate struct {
	toNow  bool
	within string
}

// span is the time the dates are drawn together into; 0: their distances stay. The error is one of usage.
func (r *redate) span() (time.Duration, error) {
	if r.within == "" {
		return 0, nil
	}
	if !r.toNow {
		return 0, usagef("--within is for --shift-to-now")
	}
	if _, _, err := calendar.ParseDuration(v1alpha1.Duration(r.within)); err != nil {
		return 0, usagef("--within: %v", err)
	}
	if d := calendar.Elapsed(v1alpha1.Duration(r.within)); d > 0 {
		return d, nil
	}
	return 0, usagef("--within: %s is no time at all", r.within)
}

// dates is how an import deals with the age of its rows.
type dates struct {
	shift intake.Shift
	now   time.Time
	// passed are the rows as they are imported; told is whether their age was told before.
	passed ages
	told   bool
}

// plan looks at the dates of a file before anything is created, tells how old its rows are or where they are moved.
// Standard input can be read only once: there it is told afterwards.
func (r *redate) plan(a *app, file io.Reader, m *intake.Mapping, name string) (*dates, error) {
	span, err := r.span()
	if err != nil {
		return nil, err
	}
	d := &dates{now: a.Clock.Now()}
	again, ok := file.(io.ReadSeeker)
	if !ok {
		if r.toNow {
			return nil, usagef("--shift-to-now needs a file: the newest row must be known before the first is moved")
		}
		return d, nil
	}
	all, err := readAges(again, m, name, d.now)
	if err != nil {
		return nil, notThere(name, err)
	}
	switch {
	case r.toNow && all.dated > 0:
		whole := all.last.Sub(all.first)
		if span > 0 {
			whole = min(whole, span)
		}
		d.shift = intake.NewShift(all.first, all.last, d.now.Add(-whole).Truncate(time.Second), whole)
		fmt.Fprintf(a.Err, "note: the dates are moved: the oldest row counts as received on %s (it says %s), the newest now (it says %s)\n",
			d.shift.At(all.first).UTC().Format(minute), all.first.UTC().Format(minute), all.last.UTC().Format(minute))
	case !r.toNow:
		d.told = true
		d.tell(a, all.warning(adviceShift))
	}
	return d, nil
}

const minute = "2006-01-02 15:04 UTC"

// end tells how old the rows were that were imported, where that was not known before.
func (d *dates) end(a *app) {
	advice := adviceShift
	if d.shift.Moves() {
		advice = adviceWithin
	}
	if !d.told {
		d.tell(a, d.passed.warning(advice))
	}
}

func (d *dates) tell(a *app, warning string) {
	if warning != "" {
		fmt.Fprintln(a.Err, a.paint(yellow, warning))
	}
}

// readAges reads a whole file for its dates and puts it back to its beginning. What is wrong with it is told when it is
// read to be imported.
func readAges(file io.ReadSeeker, m *intake.Mapping, name string, now time.Time) (ages, error) {
	var g ages
	for item, err := range m.Read(file, name) {
		if err == nil {
			g.note(item, now)
		}
	}
	_, err := file.Seek(0, io.SeekStart)
	return g, err
}

// move moves the rows, and takes note of their ages as they pass.
func (d *dates) move(rows iter.Seq2[intake.Item, error]) iter.Seq2[intake.Item, error] {
	return func(yield func(intake.Item, error) bool) {
		for item, err := range rows {
			if err == nil {
				item = d.shift.Of(item)
				d.passed.note(item, d.now)
			}
			if !yield(item, err) {
				return
			}
		}
	}
}
