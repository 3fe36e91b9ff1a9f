package replay

import (
	"fmt"
	"strings"
	"time"

	"tocsin.dev/tocsin/internal/report"
	"tocsin.dev/tocsin/internal/simulation"
)

// mostRows is how many rows of a list a comment shows.
const mostRows = 50

// Markdown is the report as a comment on a pull request.
func (r *Report) Markdown() string {
	b := &strings.Builder{}
	fmt.Fprintf(b, "## What the change would have done\n\n%s and %s of %s, from %s to %s, replayed under %s (before) and %s (after).\n\n",
		several(r.Complaints, "complaint"), several(r.Incidents, "incident"), report.Escape(r.Source),
		r.First.Format(time.DateOnly), r.Last.Format(time.DateOnly), report.Escape(r.Before.Name), report.Escape(r.After.Name))
	for _, side := range []Side{r.Before, r.After} {
		for _, why := range side.Broken {
			fmt.Fprintf(b, "**Broken in %s:** %s Cases that need it wait.\n\n", report.Escape(side.Name), report.Escape(sentence(why)))
		}
	}
	for _, note := range r.Notes {
		fmt.Fprintf(b, "**Mind:** %s\n\n", report.Escape(sentence(note)))
	}
	for _, text := range []string{r.verdict(), r.certainty()} {
		if text != "" {
			b.WriteString(text + "\n\n")
		}
	}
	r.figures(b)
	r.grading(b)
	r.telling(b)
	r.reached(b)
	r.load(b)
	r.deadlines(b)
	r.unreached(b)
	r.assumptions(b)
	return b.String()
}

// verdict says what it means that no case is different; empty where one is.
func (r *Report) verdict() string {
	switch {
	case !r.Same():
		return ""
	case r.Differences == 0:
		return "**The two policies mean the same:** nothing could be different."
	}
	return fmt.Sprintf("**None of these cases shows a difference, but the policies differ in %s:** `kubectl tocsin diff` lists them. What changed "+
		"does not come up in these cases, or only where people answer later or otherwise than here.", several(r.Differences, "point"))
}

// certainty says how much of what people did is in the record, and what was assumed where it is not.
func (r *Report) certainty() string {
	a := r.After.Assumed
	if r.Before.Assumed.Missing() > a.Missing() {
		a = r.Before.Assumed
	}
	if a.Missing() == 0 {
		return "When and how people answered is all in the record."
	}
	where := several(a.Complaints, "complaint")
	if a.Incidents > 0 {
		where += " and " + several(a.Incidents, "incident") + " (those that complaints raised count as well)"
	}
	text := fmt.Sprintf("**Assumed:** for %d of %s, in %s, the record lacks the answer or its time. There people answer ", a.Missing(), several(a.Asked, "task"), where)
	if r.Conduct != "" {
		return text + r.Conduct + "."
	}
	text += "half an hour after they are asked, as the record says or else with the first answer that is offered"
	if a.Recorded == 0 {
		return text + ". No answer has a time: nothing is late, so a change of deadlines, reminders or ladders cannot show here. `--cast` has people answer later."
	}
	return text + ": nothing is late there."
}

// sentence is a text with a full stop behind it, where it does not end with a question.
func sentence(text string) string {
	if strings.HasSuffix(text, "?") {
		return text
	}
	return text + "."
}

// row writes a row of a table.
func row(b *strings.Builder, cells ...any) {
	for _, c := range cells {
		text := fmt.Sprint(c)
		if s, is := c.(string); is {
			text = report.Escape(s)
		}
		b.WriteString("| " + text + " ")
	}
	b.WriteString("|\n")
}

func head(b *strings.Builder, cells ...any) {
	row(b, cells...)
	b.WriteString(strings.Repeat("|---", len(cells)) + "|\n")
}

// more says how many rows were left out.
func more(b *strings.Builder, n int) {
	if n > mostRows {
		fmt.Fprintf(b, "\n%d more are left out; `-o json` has all.\n", n-mostRows)
	}
}

func (r *Report) figures(b *strings.Builder) {
	x, y := r.Before.Summary, r.After.Summary
	head(b, "", "before", "after", "change")
	for _, f := range []struct {
		name string
		a, b int
	}{
		{"complaints graded otherwise", 0, len(r.Regraded)}, {"incidents", x.Incidents, y.Incidents}, {"deadlines missed", x.Missed, y.Missed},
		{"notices delivered", x.Notices, y.Notices}, {"notices that reached nobody", x.Lost, y.Lost}, {"moments with nobody to ask", x.Nobody, y.Nobody},
		{"notices to staff at night", sumOf(x, nights), sumOf(y, nights)}, {"notices to staff on weekends", sumOf(x, weekends), sumOf(y, weekends)},
		{"cases not closed at the end", x.Open, y.Open},
	} {
		row(b, f.name, f.a, f.b, fmt.Sprintf("%+d", f.b-f.a))
	}
	b.WriteString("\n")
}

func nights(p simulation.PersonLoad) int   { return p.Nights }
func weekends(p simulation.PersonLoad) int { return p.Weekends }

func sumOf(s simulation.Summary, of func(simulation.PersonLoad) int) (n int) {
	for _, p := range s.People {
		n += of(p)
	}
	return n
}

func (r *Report) grading(b *strings.Builder) {
	if len(r.Regraded) == 0 {
		return
	}
	b.WriteString("### Graded otherwise\n\n")
	head(b, "last level before", "after", "complaints")
	for _, m := range r.Moves {
		row(b, m.Before, m.After, m.Cases)
	}
	b.WriteString("\n")
	head(b, "complaint", "before", "after")
	for _, c := range r.Regraded[:min(len(r.Regraded), mostRows)] {
		row(b, c.Case, c.Before, c.After)
	}
	more(b, len(r.Regraded))
	b.WriteString("\n")
}

func (r *Report) telling(b *strings.Builder) {
	if len(r.Told) == 0 {
		return
	}
	b.WriteString("### Told earlier or later\n\nThe first word of a case to somebody, counted from when the case was taken in.\n\n")
	head(b, "first words", "number")
	for k, n := range r.Shifts {
		if n > 0 {
			row(b, shiftNames[k], n)
		}
	}
	b.WriteString("\n")
	head(b, "who", "earlier", "the same", "later", "median shift", "only before", "only after")
	for _, t := range r.Told[:min(len(r.Told), mostRows)] {
		row(b, t.To, t.Earlier, t.Same, t.Later, shifted(t.Median), t.OnlyBefore, t.OnlyAfter)
	}
	more(b, len(r.Told))
	b.WriteString("\n")
}

func (r *Report) reached(b *strings.Builder) {
	if len(r.Reach) == 0 {
		return
	}
	b.WriteString("### Told and asked, by step\n\n")
	head(b, "step", "who", "notices", "asked", "would read otherwise")
	for _, x := range r.Reach[:min(len(r.Reach), mostRows)] {
		row(b, x.Playbook+"/"+x.Step, x.Who, change(x.ToldBefore, x.ToldAfter), change(x.AskedBefore, x.AskedAfter), x.Reworded)
	}
	more(b, len(r.Reach))
	b.WriteString("\n")
}

func shifted(seconds int64) string {
	switch {
	case seconds < 0:
		return report.Words(time.Duration(-seconds)*time.Second) + " earlier"
	case seconds > 0:
		return report.Words(time.Duration(seconds)*time.Second) + " later"
	}
	return "—"
}

func (r *Report) load(b *strings.Builder) {
	var rows [][]any
	for _, p := range r.People {
		if p.changed() {
			rows = append(rows, []any{p.Team + "/" + p.Name, change(p.Before.Tasks, p.After.Tasks), fmt.Sprintf("%g → %g", p.Before.Weekly, p.After.Weekly),
				change(p.Before.Busiest, p.After.Busiest), change(p.Before.Told, p.After.Told), change(p.Before.Nights, p.After.Nights), change(p.Before.Weekends, p.After.Weekends)})
		}
	}
	if len(rows) == 0 {
		return
	}
	b.WriteString("### What people have to bear\n\n")
	head(b, "who", "tasks", "a week", "busiest week", "notices", "at night", "on weekends")
	for _, cells := range rows[:min(len(rows), mostRows)] {
		row(b, cells...)
	}
	more(b, len(rows))
	b.WriteString("\n")
}

func change(a, b int) string {
	if a == b {
		return fmt.Sprint(a)
	}
	return fmt.Sprintf("%d → %d", a, b)
}

func (r *Report) deadlines(b *strings.Builder) {
	if len(r.Late) == 0 {
		return
	}
	b.WriteString("### Deadlines missed\n\n")
	head(b, "playbook", "step", "before", "after")
	for _, l := range r.Late[:min(len(r.Late), mostRows)] {
		row(b, l.Playbook, l.Step, l.Before, l.After)
	}
	more(b, len(r.Late))
	b.WriteString("\n")
}

func (r *Report) unreached(b *strings.Builder) {
	if len(r.Gone) == 0 {
		return
	}
	b.WriteString("### No longer reached\n\n")
	head(b, "what", "why")
	for _, g := range r.Gone[:min(len(r.Gone), mostRows)] {
		row(b, g.What, g.Why)
	}
	more(b, len(r.Gone))
	b.WriteString("\n")
}

func (r *Report) assumptions(b *strings.Builder) {
	b.WriteString("### What the record did not say\n\n")
	head(b, "", "before", "after")
	x, y := r.Before.Assumed, r.After.Assumed
	row(b, "tasks", x.Asked, y.Asked)
	row(b, "answered as in the record", x.Recorded, y.Recorded)
	row(b, "of these by somebody else then", x.Others, y.Others)
	row(b, "assumed: the record has no such task", x.NoTask, y.NoTask)
	row(b, "assumed: no answer in the record", x.NoAnswer, y.NoAnswer)
	row(b, "time assumed: the record has an outcome only", x.NoTime, y.NoTime)
	for _, list := range []struct {
		before string
		what   []string
		after  string
	}{
		{"Assumed, for example: ", y.Examples, "."}, {"Probably misspelt in the mapping's script: ", r.Misspelt, ""},
		{"Keys of the mapping's script that neither policy asks for: ", r.Unused, "."},
	} {
		if len(list.what) > 0 {
			b.WriteString("\n" + list.before + report.Escape(strings.Join(list.what, "; ")) + list.after + "\n")
		}
	}
}

func several(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}
