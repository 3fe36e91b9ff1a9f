package cli

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/report"
)

// printSituation writes one screen: at most width columns, and as many incidents and old cases as the height allows.
func (a *app) printSituation(out io.Writer, s *situation, now time.Time, width, height int) {
	p := &screen{out: out, width: width}
	p.line(a.paint(bold, fmt.Sprintf("Tocsin · %s · %s UTC", cmp.Or(s.namespace, "all namespaces"), now.UTC().Format("2006-01-02 15:04"))))
	p.line("")
	open := fmt.Sprintf("Open complaints: %d", s.open)
	if s.overdue > 0 {
		open += ", " + a.paint(red, fmt.Sprintf("%d overdue", s.overdue))
	}
	p.line(open)
	for _, l := range s.levels {
		line := fmt.Sprintf("  %s %5d", column(l.level, 16), l.open)
		if l.overdue > 0 {
			line += "  " + a.paint(red, fmt.Sprintf("%d overdue", l.overdue))
		}
		p.line(line)
	}
	p.line("")
	// What is broken around the records is told with them: it is often why they are stuck.
	for _, section := range []struct {
		title string
		list  []stuck
	}{{"Stuck", s.stuck}, {"Policy not in order", s.unfit}, {"Notices that wait", s.waiting}} {
		a.printReasons(p, section.title, section.list, height-p.lines-14)
	}
	// Seven lines are spoken for below, two belong to each incident.
	room := max(2, (height-p.lines-7)/3)
	a.printIncidents(p, s, now, room)
	p.line("")
	a.printOldest(p, s, now, max(3, height-p.lines-4))
	p.line("")
	p.line(a.noticeLine(s))
}

// screen writes lines that fit.
type screen struct {
	out   io.Writer
	width int
	lines int
}

func (p *screen) line(s string) {
	p.lines++
	fmt.Fprintln(p.out, fit(s, p.width))
}

func (a *app) printIncidents(p *screen, s *situation, now time.Time, room int) {
	incidents := s.incidents
	if len(incidents) == 0 {
		p.line("No open incident")
		return
	}
	p.line(fmt.Sprintf("Open incidents: %d", len(incidents)))
	for n, i := range incidents {
		if n == room {
			p.line(fmt.Sprintf("  … and %d more", len(incidents)-n))
			return
		}
		kind := ""
		if i.Spec.Drill != nil {
			kind = " (drill)"
		}
		p.line(fmt.Sprintf("  %s %s%s · %s", a.paint(bold, string(i.LevelInForce())), s.place(i.Namespace)+i.Name, kind, printable(i.Spec.Title)))
		p.line(fmt.Sprintf("    cmd %s · voice %s · %s", nobody(i.Status.Commander), nobody(i.Status.Spokesperson), a.deadline(i.Status.NextDeadline.Time, i.Status.Overdue, now)))
	}
}

// deadline says when the next deadline is and how many have passed.
func (a *app) deadline(next time.Time, overdue int32, now time.Time) string {
	var parts []string
	if overdue > 0 {
		parts = append(parts, a.paint(red, fmt.Sprintf("%d overdue", overdue)))
	}
	if !next.IsZero() {
		parts = append(parts, "next "+due(next, now))
	}
	if len(parts) == 0 {
		return "no deadline"
	}
	return strings.Join(parts, ", ")
}

// place stands before a name where several namespaces are shown.
func (s *situation) place(namespace string) string {
	if s.namespace != "" {
		return ""
	}
	return namespace + "/"
}

func (a *app) printOldest(p *screen, s *situation, now time.Time, room int) {
	cases := s.oldest
	if len(cases) == 0 {
		return
	}
	p.line("Oldest open complaints")
	var rows [][]string
	for _, c := range cases[:min(len(cases), room, 5)] {
		rows = append(rows, []string{fit(s.place(c.namespace)+c.name, p.width/3), c.number, c.level, nobody(v1alpha1.User(c.handler)) + " · " + report.Words(now.Sub(c.since))})
	}
	for line := range strings.Lines(table(rows, p.width-2)) {
		p.line("  " + strings.TrimSuffix(line, "\n"))
	}
}

func (a *app) noticeLine(s *situation) string {
	line := fmt.Sprintf("Notices: %d pending", s.notices[v1alpha1.NoticePending]+s.notices[v1alpha1.NoticeSending])
	for _, n := range []struct {
		count  int
		word   string
		colour string
	}{
		{s.notices[v1alpha1.NoticeUncertain], "uncertain", yellow},
		{s.notices[v1alpha1.NoticeFailed], "failed", red},
		{s.duplicates, "possible duplicates", yellow},
	} {
		part := fmt.Sprintf("%d %s", n.count, n.word)
		if n.count > 0 {
			part = a.paint(n.colour, part)
		} else if n.word == "possible duplicates" {
			continue
		}
		line += ", " + part
	}
	return line
}

func nobody(user v1alpha1.User) string {
	if user == "" {
		return "nobody"
	}
	return printable(string(user))
}
