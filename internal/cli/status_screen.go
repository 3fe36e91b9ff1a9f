package cli

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/text"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/report"
)

// printSituation writes one screen: at most width columns, and as many incidents and old cases as the height allows.
// Width and height 0 are no screen but a file or a pipe, where nothing is cut or left out.
func (a *app) printSituation(out io.Writer, s *situation, now time.Time, width, height int) {
	p := &screen{out: out, width: width, height: height}
	in := a.in(s.namespace)
	p.line(a.paint(bold, fmt.Sprintf("Tocsin · %s · %s UTC", cmp.Or(s.namespace, "all namespaces"), now.UTC().Format("2006-01-02 15:04"))))
	p.line("")
	open := fmt.Sprintf("Open complaints: %d", s.open)
	if s.overdue > 0 {
		open += ", " + a.paint(red, fmt.Sprintf("%d overdue", s.overdue)) + " · kubectl get complaints" + in + " (OVERDUE)"
	}
	p.wrapped("", open)
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
		a.printReasons(p, section.title, section.list, p.room(14), "kubectl tocsin status"+in+" | less")
	}
	// Seven lines are spoken for below, two belong to each incident.
	a.printIncidents(p, s, now, max(2, p.room(7)/3), in)
	p.line("")
	a.printOldest(p, s, now, max(3, p.room(4)), in)
	p.line("")
	p.wrapped("", a.noticeLine(s, in))
}

// screen writes lines that fit; width and height 0 are no limit.
type screen struct {
	out           io.Writer
	width, height int
	lines         int
}

// room is how many lines are left when some are kept for what follows.
func (p *screen) room(kept int) int {
	if p.height == 0 {
		return math.MaxInt
	}
	return p.height - p.lines - kept
}

// wrapped writes what must not be cut at the edge, such as what to do; further lines are indented by four.
func (p *screen) wrapped(indent, s string) {
	if p.width > 0 {
		s = text.WrapSoft(s, p.width-4)
	}
	for line := range strings.SplitSeq(s, "\n") {
		if line = strings.TrimSpace(line); line != "" {
			p.line(indent + line)
			indent = "    "
		}
	}
}

func (p *screen) line(s string) {
	p.lines++
	fmt.Fprintln(p.out, fit(s, p.width))
}

func (a *app) printIncidents(p *screen, s *situation, now time.Time, room int, in string) {
	incidents := s.incidents
	if len(incidents) == 0 {
		p.line("No open incident")
		return
	}
	p.line(fmt.Sprintf("Open incidents: %d", len(incidents)))
	for n, i := range incidents {
		if n == room {
			p.wrapped("  ", fmt.Sprintf("… and %d more: kubectl get crisisincidents%s", len(incidents)-n, in))
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

func (a *app) printOldest(p *screen, s *situation, now time.Time, room int, in string) {
	cases := s.oldest
	if len(cases) == 0 {
		return
	}
	shown := min(len(cases), room, 5)
	title := "Oldest open complaints"
	if shown < len(cases) {
		title += fmt.Sprintf(", %d of %d: kubectl get complaints%s", shown, len(cases), in)
	}
	p.wrapped("", title)
	var rows [][]string
	for _, c := range cases[:shown] {
		rows = append(rows, []string{fit(s.place(c.namespace)+c.name, p.width/3), c.number, c.level, nobody(v1alpha1.User(c.handler)) + " · " + report.Words(now.Sub(c.since))})
	}
	for line := range strings.Lines(table(rows, p.width-2)) {
		p.line("  " + strings.TrimSuffix(line, "\n"))
	}
}

// noticeLine counts the notices that did not simply arrive, and says which command shows them.
func (a *app) noticeLine(s *situation, in string) string {
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
	if s.notices[v1alpha1.NoticePending]+s.notices[v1alpha1.NoticeSending]+s.notices[v1alpha1.NoticeUncertain]+s.notices[v1alpha1.NoticeFailed]+s.duplicates > 0 {
		line += " · kubectl get notices" + in + " (STATE)"
	}
	return line
}

func nobody(user v1alpha1.User) string {
	if user == "" {
		return "nobody"
	}
	return printable(string(user))
}
