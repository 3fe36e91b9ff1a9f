package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
	apimeta "k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/engine"
)

// showCommand tells what a task is about, who may answer it and, of an approval, what exactly is approved.
func (a *app) showCommand() *cobra.Command {
	var with privacy
	cmd := &cobra.Command{
		Use:   "show TASK",
		Short: "Show what a task is about, what exactly is to be approved, and how to answer",
		Long: `Show what a task is about, who may answer it, what exactly is to be approved, and how to answer.

It prints neither who complains nor what they said, unless you ask for it and may read it: the statement with the
complaint, name and contacts in the Secret it names.`,
		Example: `  kubectl tocsin show example-lamp-check-facts
  kubectl tocsin show example-lamp-check-facts --statement
  kubectl tocsin show example-lamp-check-facts -o yaml`,
		Args: one(aTask),
	}
	with.add(cmd.Flags())
	var output string
	a.outputFlag(cmd, &output, formats...)
	cmd.RunE = a.run(func(ctx context.Context, args []string) error {
		switch err := knownOutput(output, formats...); {
		case err != nil:
			return err
		case output != "" && with != (privacy{}):
			return usagef("-o %s prints the task, which holds nothing of the complainant: leave it or --statement and --contacts out", output)
		}
		c, err := a.connect()
		if err != nil {
			return err
		}
		task, err := c.findTask(ctx, args[0])
		if err != nil {
			return err
		}
		if output != "" {
			return a.printObjects(ctx, c, output, false, []client.Object{task}, nil)
		}
		told, err := a.cardOf(ctx, c, task, with)
		if err != nil {
			return err
		}
		fmt.Fprint(a.Out, told.text)
		return nil
	})
	return cmd
}

// telling is the card of a task.
type telling struct {
	text string
	// void is that what was to be approved is not what is offered now.
	void bool
}

// cardOf tells of a task as it was read, with what it is about as that stands now, and of the complainant what was asked for.
func (a *app) cardOf(ctx context.Context, c *cluster, task *v1alpha1.ResponseTask, with privacy) (telling, error) {
	r, err := c.readRecord(ctx, task.Spec.Record.Kind, string(task.Spec.Record.Name))
	if err != nil {
		return telling{}, err
	}
	personal, err := c.personal(ctx, r, with)
	if err != nil {
		return telling{}, err
	}
	about, remedy := matter(r)
	digest := task.Spec.Assignment.Digest
	return telling{
		text: a.card(task, about, remedy, countedBy(task, r), c.effects(ctx, task, r)) + personal,
		void: digest != "" && engine.RemedyDigest(remedy) != digest,
	}, nil
}

// countedBy says by which calendar the deadline of a task was counted, and beyond which day that knew no public holidays;
// empty for elapsed time, and once the step has moved on.
func countedBy(t *v1alpha1.ResponseTask, r *record) string {
	if r.status.Run == nil {
		return ""
	}
	for _, s := range r.status.Run.Steps {
		if s.Name != t.Spec.Step || s.Round != t.Spec.Round || s.Calendar == "" || !s.DueAt.Equal(&t.Spec.Assignment.DueAt) {
			continue
		}
		by := "BusinessCalendar " + s.Calendar
		if s.HolidaysKnownUntil != "" {
			by += ", which knows public holidays until " + string(s.HolidaysKnownUntil) + " only: counted as if none came after"
		}
		return by
	}
	return ""
}

// matter says what a record is about, without personal data, and what remedy it offers now.
func matter(r *record) (about string, remedy *v1alpha1.Remedy) {
	switch o := r.object.(type) {
	case *v1alpha1.CrisisIncident:
		return together("incident "+o.Name, string(o.LevelInForce()), o.Spec.Title), nil
	case *v1alpha1.Complaint:
		level := ""
		if o.Status.Grading != nil {
			level = string(o.Status.Grading.Level)
		}
		return together("complaint "+o.Name, o.Status.CaseNumber, level, string(o.Spec.Category), o.Spec.Product, o.Spec.Place), o.Spec.Remedy
	}
	return "", nil
}

// together joins the parts that say something.
func together(parts ...string) string {
	var said []string
	for _, p := range parts {
		if p != "" {
			said = append(said, printable(p))
		}
	}
	return strings.Join(said, " · ")
}

// card tells of a task, a line for each thing to know.
func (a *app) card(t *v1alpha1.ResponseTask, about string, remedy *v1alpha1.Remedy, counted string, done effects) string {
	as := &t.Spec.Assignment
	step := t.Spec.Step
	if t.Spec.Round > 0 {
		step = fmt.Sprintf("%s, round %d", step, t.Spec.Round)
	}
	rows := [][]string{
		{"Task", t.Name + " (" + asksFor(t) + ", " + strings.ToLower(string(stateOf(t))) + ")"},
		{"About", about},
		{"Step", step},
	}
	add := func(what, text string) {
		if text != "" {
			rows = append(rows, []string{what, text})
		}
	}
	add("To do", printable(t.Spec.Instructions))
	add("Asked", together(string(as.Assignee), as.Role))
	for k, first := range engine.AskedFirst(as.Seats) {
		add("Asked", together(nobody(first), as.Seats[k].Role))
	}
	add("May act", users(as.MayAct))
	for _, r := range as.Recused {
		add("May not", printable(string(r.User)+": "+r.Reason))
	}
	for _, s := range as.Seats {
		add("Seat", printable(s.Role)+": "+users(s.Users))
	}
	switch {
	case !t.IsOpen():
		add("Closed", closedOf(t))
	case !as.StoppedAt.IsZero():
		add("Due", dueOf(as, a.Clock.Now())+"; was due "+as.DueAt.UTC().Format("2006-01-02 15:04")+" UTC, which moves by as long as it stands still")
	case !as.DueAt.IsZero():
		add("Due", as.DueAt.UTC().Format("2006-01-02 15:04")+" UTC, "+due(as.DueAt.Time, a.Clock.Now()))
		add("Counted by", printable(counted))
	}
	for i, line := range a.approved(t, remedy) {
		add(map[bool]string{true: "Approve"}[i == 0]+" ", line)
	}
	for i, line := range answersOf(t) {
		add(map[bool]string{true: "Answer"}[i == 0]+" ", line)
	}
	for k, act := range t.Spec.Acts {
		verb := string(act.Verb)
		if act.To != "" {
			verb += " to " + string(act.To)
		}
		line := together(act.At.UTC().Format(time.DateTime), string(act.By), verb, string(act.Outcome), act.Reason)
		if why := done.leftOut[k]; why != "" {
			line += " · " + a.paint(yellow, "LEFT OUT: "+printable(why))
		}
		add("So far", line)
	}
	if done.unsure {
		add(" ", fmt.Sprintf("`kubectl tocsin timeline %s/%s%s` tells which of these took effect", strings.ToLower(string(t.Spec.Record.Kind)), t.Spec.Record.Name, a.in(t.Namespace)))
	}
	if c := apimeta.FindStatusCondition(t.Status.Conditions, "ActLeftOut"); c != nil && len(done.leftOut) == 0 {
		add("Left out", printable(c.Message))
	}
	return table(rows, 0)
}

// closedOf says when a task was closed and how, beside when it had been due.
func closedOf(t *v1alpha1.ResponseTask) string {
	at, due := "", ""
	if closed := t.ClosedAt(); !closed.IsZero() {
		at = closed.UTC().Format(minute)
	}
	if !t.Spec.Assignment.DueAt.IsZero() {
		due = "was due " + t.Spec.Assignment.DueAt.UTC().Format(minute)
	}
	return together(at, string(t.Spec.Outcome), due)
}

func stateOf(t *v1alpha1.ResponseTask) v1alpha1.TaskState {
	if t.Spec.State == "" {
		return v1alpha1.TaskOpen
	}
	return t.Spec.State
}

// remedyChanged is said in place of what is to be approved.
const remedyChanged = "what was to be approved has changed since this was asked; you will be asked anew"

// approved says what an approval is of, line by line; a task of another kind has nothing to approve, but shows the
// remedy it is about to write.
func (a *app) approved(t *v1alpha1.ResponseTask, remedy *v1alpha1.Remedy) []string {
	digest := t.Spec.Assignment.Digest
	switch {
	case t.Spec.Type != v1alpha1.TaskTypeApproval:
		return nil
	case digest == "":
		return []string{"the step as such: what the instructions and the record say"}
	case engine.RemedyDigest(remedy) != digest:
		return []string{a.paint(red, remedyChanged)}
	}
	offer := strings.Join(kinds(remedy), ", ")
	if remedy.AmountCents > 0 {
		offer += fmt.Sprintf(" · %d.%02d %s", remedy.AmountCents/100, remedy.AmountCents%100, remedy.Currency)
	}
	return []string{offer + " · written by " + nobody(remedy.By), printable(remedy.Reason), "digest " + digest}
}

func kinds(r *v1alpha1.Remedy) []string {
	out := make([]string, len(r.Kinds))
	for i, k := range r.Kinds {
		out[i] = printable(string(k))
	}
	return out
}

// answersOf are the commands that answer a task.
func answersOf(t *v1alpha1.ResponseTask) []string {
	if !t.IsOpen() {
		return nil
	}
	const tocsin = "kubectl tocsin "
	switch t.Spec.Type {
	case v1alpha1.TaskTypeApproval:
		version := ""
		if digest := t.Spec.Assignment.Digest; digest != "" {
			version = " --digest " + shortDigest(digest)
		}
		return []string{tocsin + "approve " + t.Name + version, tocsin + "refuse " + t.Name + version + ` --reason "…"`}
	case v1alpha1.TaskTypeAcknowledgement:
		return []string{tocsin + "ack " + t.Name}
	}
	lines := []string{}
	for _, o := range t.Spec.Outcomes {
		lines = append(lines, tocsin+"done "+t.Name+" --outcome "+string(o))
	}
	if len(lines) == 0 {
		lines = append(lines, tocsin+"done "+t.Name)
	}
	if t.Spec.Writes == v1alpha1.WritesRemedy {
		lines[0] += ` --remedy-kind … --remedy-reason "…"`
	}
	return lines
}

func users(list []v1alpha1.User) string {
	out := make([]string, len(list))
	for i, u := range list {
		out[i] = printable(string(u))
	}
	return strings.Join(out, ", ")
}
