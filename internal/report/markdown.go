package report

import (
	"fmt"
	"strings"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// storyBytes bounds the timeline table, so that Markdown, HTML and picture fit into one ConfigMap.
const storyBytes = 160 << 10

// Markdown writes the report as GitHub-flavoured Markdown. It refers to the picture as timeline.svg in the same place.
// Whatever people wrote is escaped, so that it cannot become markup.
func (r Report) Markdown() string {
	return r.opening() + "![Timeline](timeline.svg)\n\n" + r.body()
}

// page collects Markdown.
type page struct{ strings.Builder }

func (p *page) linef(format string, args ...any) { fmt.Fprintf(p, format+"\n", args...) }

func (p *page) heading(text string) { p.linef("## %s\n", text) }

// table writes a table; cells are escaped here.
func (p *page) table(head []string, rows [][]string) {
	p.linef("| %s |", strings.Join(head, " | "))
	p.linef("|%s", strings.Repeat("---|", len(head)))
	for _, row := range rows {
		cells := make([]string, len(row))
		for i, cell := range row {
			cells[i] = Escape(cell)
		}
		p.linef("| %s |", strings.Join(cells, " | "))
	}
	p.linef("")
}

func (p *page) bullets(facts []string, none string) {
	for _, fact := range facts {
		p.linef("- %s", Escape(fact))
	}
	if len(facts) == 0 {
		p.linef("%s", none)
	}
	p.linef("")
}

// paragraphs keeps the lines and empty lines of a text, and nothing else of its looks.
func (p *page) paragraphs(text string) {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	for i, line := range lines {
		line = escapeLine(strings.TrimSpace(line))
		if line != "" && i+1 < len(lines) && strings.TrimSpace(lines[i+1]) != "" {
			line += "  " // a line break; the other notation is misread after a backslash
		}
		p.linef("%s", line)
	}
	p.linef("")
}

// opening is everything before the picture.
func (r Report) opening() string {
	var p page
	p.linef("# Post-mortem: %s\n", Escape(r.Title))
	if r.Drill {
		p.linef("> **Drill.** This was an exercise. Nobody outside was told and no statistic counts it.\n")
	}
	p.heading("Summary")
	if strings.TrimSpace(r.Summary) == "" {
		p.paragraphs(r.inShort())
	} else {
		p.paragraphs(r.Summary)
	}
	p.table([]string{"", ""}, r.keyFacts())
	p.heading("What happened")
	return p.String()
}

// inShort stands where the owner has written no summary yet: what the record says, about nobody.
func (r Report) inShort() string {
	what := map[bool]string{true: "drill", false: strings.ToLower(kindWord(r.Kind))}[r.Drill]
	text := fmt.Sprintf("%s: %s", r.Title, map[bool]string{true: "an ", false: "a "}[strings.HasPrefix(what, "i")]) + what
	if r.Level != "" {
		text += " of level " + r.Level
	}
	if !r.From.IsZero() {
		text += ", taken in on " + r.stamp(r.From) + " " + r.zone().String()
	}
	if r.To.IsZero() {
		text += " and not over yet."
	} else {
		text += " and over after " + Words(r.To.Sub(r.From)) + "."
	}
	if r.Complaints > 0 {
		text += " " + plural(int(r.Complaints), "complaint was", "complaints were") + " part of it."
	}
	if n := len(r.People); n > 0 {
		text += " " + plural(n, "person", "people") + " worked on it."
	}
	if met, missed := countDeadlines(r.Deadlines); met+missed > 0 {
		text += fmt.Sprintf(" Of %s %d %s met.", plural(met+missed, "deadline", "deadlines"), met, map[bool]string{true: "was", false: "were"}[met == 1])
	}
	return text + "\n\nThis was drawn from the record. The owner of this document says here what it meant (spec.summary of the PostMortem)."
}

// keyFacts is the small table at the top.
func (r Report) keyFacts() [][]string {
	rows := [][]string{{kindWord(r.Kind), r.Name}}
	add := func(label, value string) {
		if value != "" {
			rows = append(rows, []string{label, value})
		}
	}
	add("Level", r.Level)
	for _, role := range r.Roles {
		user := string(role.User)
		if user == "" {
			user = "nobody"
		}
		add(role.Name, user)
	}
	add("Team", r.Team)
	if r.Complaints > 0 {
		add("Complaints", fmt.Sprint(r.Complaints))
	}
	add(r.zoned("From"), r.stamp(r.From))
	if r.To.IsZero() {
		add(r.zoned("To"), "not over yet")
	} else {
		add(r.zoned("To"), r.stamp(r.To))
		add("Duration", Words(r.To.Sub(r.From)))
	}
	add("Result", string(r.Result))
	return rows
}

// body is everything after the picture.
func (r Report) body() string {
	var p page
	r.story(&p)
	r.deadlineTable(&p)
	r.peopleTable(&p)
	r.noticeTable(&p)
	p.heading("What went well")
	p.bullets(r.WentWell, "Nothing that can be read off the record.")
	p.heading("What slowed us")
	p.bullets(r.Slowed, "Nothing that can be read off the record.")
	r.actionList(&p)
	r.computed(&p)
	return strings.TrimRight(p.String(), "\n") + "\n"
}

// story is the timeline as a table. When it is too long for one document, the middle is left out and said to be.
func (r Report) story(p *page) {
	rows := make([][]string, len(r.Entries))
	total := 0
	for i, e := range r.Entries {
		rows[i] = r.storyRow(e)
		total += rowBytes(rows[i])
	}
	head, tail := len(rows), len(rows)
	if total > storyBytes {
		head, tail = fitting(rows, storyBytes/2)
	}
	columns := []string{r.zoned("When"), "What", "Step", "Who", "In words"}
	p.table(columns, rows[:head])
	if tail > head {
		p.linef("%s left out here; `kubectl tocsin timeline` shows all.\n", plural(tail-head, "entry is", "entries are"))
		p.table(columns, rows[tail:])
	}
}

func (r Report) storyRow(e v1alpha1.TimelineEntry) []string {
	text := r.inZone(e.Text)
	if e.Salt == "" {
		text = "(content erased at a data subject's request)"
	}
	return []string{r.stamp(e.At.Time), spaced(string(e.Type)), stepName(e.Step, e.Round), string(e.Actor), text}
}

func rowBytes(row []string) int {
	n := 0
	for _, cell := range row {
		n += len(cell) + len(" | ")
	}
	return n
}

// fitting finds how many rows from the start, and from which row on to the end, each fit into the budget.
func fitting(rows [][]string, budget int) (head, tail int) {
	for left := budget; head < len(rows); head++ {
		if left -= rowBytes(rows[head]); left < 0 {
			break
		}
	}
	tail = len(rows)
	for left := budget; tail > head; tail-- {
		if left -= rowBytes(rows[tail-1]); left < 0 {
			break
		}
	}
	return head, tail
}

func (r Report) deadlineTable(p *page) {
	p.heading("Deadlines")
	met, missed := countDeadlines(r.Deadlines)
	if len(r.Deadlines) == 0 {
		p.linef("No deadline was set.\n")
		return
	}
	p.linef("%d met, %d passed before an answer came.\n", met, missed)
	rows := make([][]string, 0, len(r.Deadlines))
	for _, d := range r.Deadlines {
		rows = append(rows, []string{stepName(d.Step, d.Round), r.stamp(d.Due), r.stamp(d.End), outcome(d), late(d)})
	}
	p.table([]string{"Step", r.zoned("Due"), r.zoned("Ended"), "Outcome", "Late by"}, rows)
}

func outcome(d Deadline) string {
	switch d.State {
	case DeadlineMissed:
		return "the deadline passed before an answer came"
	case DeadlineDropped:
		return "no longer needed"
	default:
		return "met"
	}
}

func late(d Deadline) string {
	switch {
	case d.State != DeadlineMissed:
		return "—"
	case d.End.IsZero():
		return "no answer yet"
	default:
		return Words(d.Late)
	}
}

func (r Report) peopleTable(p *page) {
	p.heading("Who did what")
	if len(r.People) == 0 {
		p.linef("Nobody is on record.\n")
		return
	}
	rows := make([][]string, 0, len(r.People))
	for _, person := range r.People {
		rows = append(rows, []string{string(person.User), strings.Join(person.Roles, ", "), strings.Join(person.Did, "; ")})
	}
	p.table([]string{"Who", "Roles", "What"}, rows)
}

func (r Report) noticeTable(p *page) {
	p.heading("Notices")
	if len(r.Audiences) == 0 {
		p.linef("No notice was sent.\n")
		return
	}
	rows := make([][]string, 0, len(r.Audiences))
	for _, a := range r.Audiences {
		row := []string{a.Name}
		for _, n := range []int{a.Total(), a.Delivered, a.Pending, a.Uncertain, a.Failed, a.Suppressed, a.PossibleDuplicates} {
			row = append(row, fmt.Sprint(n))
		}
		rows = append(rows, row)
	}
	p.table([]string{"Audience", "Notices", "Delivered", "On the way", "Uncertain", "Not deliverable", "Held back (drill)", "Possible duplicates"}, rows)
}

func (r Report) actionList(p *page) {
	p.heading("Corrective actions")
	if len(r.Actions) == 0 {
		p.linef("None yet. Each finding above deserves one, with an owner and a date.\n")
		return
	}
	for _, a := range r.Actions {
		p.linef("%s", r.action(a))
	}
	p.linef("")
}

// action is one item; its box is ticked once it was verified.
func (r Report) action(a v1alpha1.CorrectiveAction) string {
	box, note := " ", ""
	switch a.State {
	case v1alpha1.CorrectiveVerified:
		box, note = "x", ", verified"
	case v1alpha1.CorrectiveDone:
		note = ", done, still to be verified"
	}
	owner := string(a.Owner)
	if owner == "" {
		owner = "nobody yet"
	}
	due := "no date yet"
	if !a.DueAt.IsZero() {
		due = a.DueAt.In(r.zone()).Format(time.DateOnly)
	}
	return fmt.Sprintf("- [%s] %s (owner: %s, due: %s%s)", box, Escape(string(a.Text)), Escape(owner), due, note)
}

func (r Report) computed(p *page) {
	p.heading("How this was computed")
	p.linef("From the record alone: its timeline, tasks and notices.\n")
	rows := [][]string{{"Timeline", plural(int(r.Length), "entry", "entries")}, {"Head of the hash chain", r.Head}}
	if r.Erased > 0 {
		rows = append(rows, []string{"Entries with erased content", fmt.Sprint(r.Erased)})
	}
	if r.Playbook != "" {
		rows = append(rows, []string{"Playbook", r.Playbook}, []string{"Revision", r.Revision}, []string{"Digest of the revision", r.Digest})
	}
	p.table([]string{"", ""}, rows)
	resource := strings.ToLower(string(r.Kind))
	p.linef("`kubectl tocsin timeline --verify %s/%s` checks that the timeline still has this head and was not changed.", resource, r.Name)
}

func kindWord(kind v1alpha1.RecordKind) string {
	if kind == v1alpha1.RecordComplaint {
		return "Complaint"
	}
	return "Incident"
}

// spaced turns DeadlineMissed into "deadline missed".
func spaced(name string) string {
	var b strings.Builder
	for i, c := range name {
		if i > 0 && c >= 'A' && c <= 'Z' {
			b.WriteByte(' ')
		}
		b.WriteRune(c)
	}
	return strings.ReplaceAll(strings.ToLower(b.String()), "post mortem", "post-mortem")
}
