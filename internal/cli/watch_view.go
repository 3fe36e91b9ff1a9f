package cli

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/jedib0t/go-pretty/v6/text"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// view draws the desk: at most height lines of at most width columns, and where the cursor is, nil while nothing is typed.
func (d desk) view() (string, *tea.Cursor) {
	foot := d.foot()
	room := d.height - len(foot)
	var lines []string
	var cursor *tea.Cursor
	switch d.page {
	case pageHelp:
		lines = d.helpLines()
	case pageCard:
		lines = d.window(d.cardLines(), d.card.scroll, room)
	case pageDraft:
		lines, cursor = d.draftView()
	case pageDesk, pageFilter:
		lines = d.deskLines(room)
	}
	lines = lines[:min(len(lines), room)]
	for len(lines) < room {
		lines = append(lines, "")
	}
	if d.page == pageFilter {
		d.filter.SetWidth(max(d.width-3, 5))
		if cursor = d.filter.Cursor(); cursor != nil {
			cursor.Y = d.height - 1
		}
	}
	lines = append(lines, foot...)
	for i := range lines {
		lines[i] = fit(lines[i], d.width)
	}
	return strings.Join(lines[:min(len(lines), d.height)], "\n"), cursor
}

// foot is what was said last, and the keys that matter now.
func (d desk) foot() []string {
	lines := d.saidLines()
	switch d.page {
	case pageFilter:
		d.filter.SetWidth(max(d.width-3, 5))
		return append(lines, d.filter.View())
	case pageHelp:
		return append(lines, "any key goes back")
	case pageCard:
		return append(lines, d.keys("esc back", "a ack", "d done", "y approve", "n refuse", "s statement", "p contacts", "q quit"))
	case pageDraft:
		if d.draft.scroll < d.draftOverflow() {
			return append(lines, d.keys("enter reads on", "esc leave it"))
		}
		return append(lines, d.keys("enter answer", "esc leave it"))
	case pageDesk:
	}
	return append(lines, d.keys("? keys", "q quit", "enter details", "a ack", "d done", "y approve", "n refuse", "x decline", "e extend", "c comment", "/ filter"))
}

// saidLines tell what is going on or what came of the last key, in at most a third of the screen.
func (d desk) saidLines() []string {
	var lines []string
	switch {
	case d.busy != "":
		lines = []string{d.busy}
	case d.said != "" && d.bad:
		lines = d.wrap(d.paint(yellow, d.said))
	case d.said != "":
		lines = d.wrap(d.said)
	}
	return lines[:min(len(lines), max(d.height/3, 1))]
}

// keys shows as many keys as fit, the first ones first.
func (d desk) keys(list ...string) string {
	line := ""
	for _, k := range list {
		longer := k
		if line != "" {
			longer = line + " · " + k
		}
		if text.StringWidth(longer) > d.width {
			break
		}
		line = longer
	}
	return line
}

// wrap breaks text at the edge of the screen; lines stay lines, and what is in a second column stays in it.
func (d desk) wrap(s string) []string {
	var lines []string
	for line := range strings.SplitSeq(strings.TrimRight(s, "\n"), "\n") {
		indent := 0
		if value := secondColumn.FindStringIndex(line); value != nil && value[1] < d.width/2 {
			indent = value[1]
		}
		first, rest := line[:indent], line[indent:]
		for part := range strings.SplitSeq(text.WrapSoft(rest, d.width-indent), "\n") {
			lines = append(lines, strings.TrimRight(first+strings.TrimSpace(part), " "))
			first = strings.Repeat(" ", indent)
		}
	}
	return lines
}

// secondColumn ends where the second column of a table begins, or where an indented line does.
var secondColumn = regexp.MustCompile(`^[A-Za-z]*(?: [a-z]+)? {2,}`)

// window is what of some lines is on the screen.
func (d desk) window(lines []string, from, room int) []string {
	from = min(max(from, 0), max(len(lines)-room, 0))
	return lines[from:min(from+max(room, 0), len(lines))]
}

// deskLines are the incidents, the deadlines and the user's tasks, as much of each as there is room for.
func (d desk) deskLines(room int) []string {
	lines := d.headLines()
	incidents, deadlines, tasks := d.incidentLines(), d.deadlineLines(), d.taskLines()
	// A third for the crises, the half of what is left for deadlines; what one does not need goes to the next.
	room -= len(lines)
	a := min(len(incidents), max(room/3, 1))
	b := min(len(deadlines), max((room-a)/2, 1))
	c := max(room-a-b, 0)
	if spare := c - len(tasks); spare > 0 {
		c = len(tasks)
		more := min(spare, len(deadlines)-b)
		b, spare = b+more, spare-more
		a += min(spare, len(incidents)-a)
	}
	lines = append(lines, cutOff(incidents, a, "incidents")...)
	lines = append(lines, cutOff(deadlines, b, "deadlines")...)
	if c < len(tasks) && c > 0 { // the chosen one stays in sight
		first := min(max(d.place+2-c, 0), len(tasks)-c)
		tasks = append(tasks[:1:1], tasks[1+first:first+c]...)
	}
	return append(lines, tasks...)
}

// cutOff leaves as many lines as there is room for and says how many are left out.
func cutOff(lines []string, room int, what string) []string {
	if room >= len(lines) || room < 2 {
		return lines[:min(len(lines), max(room, 0))]
	}
	return append(lines[:room-1:room-1], fmt.Sprintf("  … more %s than fit here", what))
}

func (d desk) headLines() []string {
	where := cmp.Or(d.namespace, "all namespaces")
	title := fmt.Sprintf("Tocsin · %s · %s · %s UTC", where, printable(string(d.me)), d.now.UTC().Format(time.DateTime))
	if text.StringWidth(title) > d.width {
		title = fmt.Sprintf("%s UTC · %s · %s", d.now.UTC().Format("15:04:05"), where, printable(string(d.me)))
	}
	lines := []string{d.paint(bold, fit(title, d.width))}
	if d.trouble != "" {
		lines = append(lines, d.wrap(d.paint(red, "NOT UP TO DATE since "+d.lost.UTC().Format(time.TimeOnly)+": ")+d.trouble+"; trying again")...)
	}
	late := ""
	if d.overdue > 0 {
		late = ", " + d.paint(red, fmt.Sprintf("%d overdue", d.overdue))
	}
	return append(lines, fmt.Sprintf("Open complaints: %d%s", d.complaints, late))
}

func (d desk) incidentLines() []string {
	lines := []string{fmt.Sprintf("Open incidents: %d", len(d.incidents))}
	for i := range d.incidents {
		ci := &d.incidents[i]
		if !d.matches(ci.Namespace, ci.Name, ci.Spec.Title, string(ci.Status.Commander), string(ci.Status.Spokesperson)) {
			continue
		}
		drill := ""
		if ci.Spec.Drill != nil {
			drill = " (drill)"
		}
		late := ""
		if ci.Status.Overdue > 0 {
			late = " · " + d.paint(red, fmt.Sprintf("%d overdue", ci.Status.Overdue))
		}
		lines = append(lines,
			fmt.Sprintf("  %s %s%s · %s", d.paint(bold, string(ci.LevelInForce())), placed(d.namespace, ci), drill, printable(ci.Spec.Title)),
			fmt.Sprintf("    %s · cmd %s · voice %s%s", strings.ToLower(cmp.Or(string(ci.Status.State), string(v1alpha1.CaseNew))), nobody(ci.Status.Commander), nobody(ci.Status.Spokesperson), late))
	}
	return lines
}

func (d desk) deadlineLines() []string {
	late := 0
	rows := [][]string{}
	for _, l := range d.deadlines {
		when := d.until(l.at, l.stopped)
		if !l.stopped && l.at.Before(d.second()) {
			late++
		}
		if d.matches(l.what, l.who) {
			rows = append(rows, []string{when, l.what, nobody(v1alpha1.User(l.who))})
		}
	}
	title := fmt.Sprintf("Deadlines: %d", len(d.deadlines))
	if late > 0 {
		title += ", " + d.paint(red, fmt.Sprintf("%d overdue", late))
	}
	return append([]string{title}, d.tabled(rows, nil)...)
}

func (d desk) taskLines() []string {
	shown := d.rows()
	title := fmt.Sprintf("My tasks: %d", len(d.mine))
	if len(shown) < len(d.mine) {
		title += fmt.Sprintf(" · %d hold %q, esc shows all", len(shown), d.filter.Value())
	}
	rows := make([][]string, 0, len(shown))
	for i := range shown {
		t := &shown[i]
		as := &t.Spec.Assignment
		rows = append(rows, []string{d.until(as.DueAt.Time, !as.StoppedAt.IsZero()), placed(d.namespace, t), asksFor(t), assigned(t, d.me)})
	}
	lines := d.tabled(rows, func(i int) bool { return i == d.place })
	if len(d.mine) == 0 {
		lines = []string{"  Nothing waits for you."}
	}
	return append([]string{title}, lines...)
}

// tabled lays out rows; the second column is narrowed when they do not fit, because the end of a name matters least.
func (d desk) tabled(rows [][]string, chosen func(int) bool) []string {
	others, widest := 0, 0
	if len(rows) > 0 {
		widths := make([]int, len(rows[0]))
		for _, row := range rows {
			for i, cell := range row {
				widths[i] = max(widths[i], text.StringWidthWithoutEscSequences(cell))
			}
		}
		for i, w := range widths {
			others += w + 2
			if i == 1 {
				others, widest = others-w, w
			}
		}
	}
	if room := max(d.width-others, 16); widest > room {
		for _, row := range rows {
			row[1] = fit(row[1], room)
		}
	}
	var lines []string
	for i, line := range strings.Split(strings.TrimSuffix(table(rows, 0), "\n"), "\n") {
		mark := "  "
		if chosen != nil && chosen(i) {
			mark = "> "
		}
		if line != "" {
			lines = append(lines, mark+line)
		}
	}
	return lines
}

// second is now, in whole seconds, as deadlines are.
func (d desk) second() time.Time { return d.now.Truncate(time.Second) }

// until counts down to a deadline.
func (d desk) until(at time.Time, stopped bool) string {
	switch {
	case at.IsZero():
		return "no deadline"
	case stopped:
		return "stopped"
	case at.Before(d.second()):
		return d.paint(red, "OVERDUE "+counted(d.second().Sub(at)))
	}
	return counted(at.Sub(d.second()))
}

// counted is a length of time as a clock shows it: "0:04:59", "3d 02:00:00".
func counted(length time.Duration) string {
	s := int(length / time.Second)
	days, h, m, s := s/86400, s/3600%24, s/60%60, s%60
	if days > 0 {
		return fmt.Sprintf("%dd %02d:%02d:%02d", days, h, m, s)
	}
	return fmt.Sprintf("%d:%02d:%02d", h, m, s)
}

func (d desk) helpLines() []string {
	lines := []string{"With the chosen task", ""}
	for _, k := range deskKeys {
		lines = append(lines, fmt.Sprintf("  %-8s %s", k.key, k.does))
	}
	lines = append(lines, "", "To look around", "")
	for _, k := range otherKeys {
		lines = append(lines, "  "+column(k[0], 8)+" "+k[1])
	}
	return lines
}

func (d desk) cardLines() []string { return d.wrap(d.card.text) }

// cardOverflow is how many lines of the card do not fit.
func (d desk) cardOverflow() int { return max(len(d.cardLines())-d.cardRoom(), 0) }

func (d desk) cardRoom() int { return max(d.height-len(d.foot()), 1) }

// draftAsk is the part of a draft that stays on the screen: the question and what there is to choose from.
func (d desk) draftAsk() []string {
	f := &d.draft
	if len(f.questions) == 0 {
		return nil
	}
	q := f.questions[0]
	lines := append([]string{""}, d.wrap(d.paint(bold, q.text))...)
	choices := make([]string, len(q.choices))
	for i, c := range q.choices {
		choices[i] = map[bool]string{true: "> ", false: "  "}[i == f.choice] + c
	}
	most := max(d.height-len(lines)-4, 1)
	lines = append(lines, d.window(choices, f.choice+1-most, most)...)
	if len(q.choices) == 0 {
		f.input.SetWidth(max(d.width-4, 5))
		lines = append(lines, f.input.View())
	}
	return lines
}

func (d desk) draftHead() []string {
	f := &d.draft
	head := []string{d.paint(bold, fit(f.verb.name+" "+f.task.Name, d.width)), ""}
	if f.card != "" {
		return append(head, d.wrap(f.card)...)
	}
	return append(head, d.wrap(printable(f.task.Spec.Instructions))...)
}

// draftRoom is how many lines of what is decided about are on the screen, and the question below it; one line at least of
// each.
func (d desk) draftRoom() (above int, ask []string) {
	room := d.height - len(d.saidLines()) - 1
	ask = d.draftAsk()
	ask = ask[max(len(ask)-max(room-1, 1), 0):]
	return max(room-len(ask), 1), ask
}

// draftOverflow is how many lines of what is decided about do not fit.
func (d desk) draftOverflow() int {
	above, _ := d.draftRoom()
	return max(len(d.draftHead())-above, 0)
}

func (d desk) draftView() ([]string, *tea.Cursor) {
	above, ask := d.draftRoom()
	lines := d.window(d.draftHead(), d.draft.scroll, above)
	lines = append(lines[:len(lines):len(lines)], ask...)
	f := &d.draft
	if len(f.questions) == 0 || len(f.questions[0].choices) > 0 {
		return lines, nil
	}
	f.input.SetWidth(max(d.width-4, 5))
	cursor := f.input.Cursor()
	if cursor != nil {
		cursor.Y = len(lines) - 1
	}
	return lines, cursor
}
