package cli

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/engine"
)

// mineCommand lists what waits for the caller.
func (a *app) mineCommand() *cobra.Command {
	var everywhere, watch bool
	var output string
	cmd := &cobra.Command{
		Use:   "mine",
		Short: "List the open tasks you may act on, the most urgent first",
		Long: `List the open tasks you may act on, the most urgent first.

ASSIGNED says whom a task asks first: you, or somebody you stand in for. kubectl tocsin show TASK tells what one is about.`,
		Example: `  kubectl tocsin mine
  kubectl tocsin mine -A -o wide
  kubectl tocsin mine -o name`,
		Args: none("lists what waits for you; kubectl tocsin show TASK tells of one task"),
	}
	cmd.Flags().BoolVarP(&everywhere, "all-namespaces", "A", false, "in all namespaces")
	cmd.Flags().BoolVarP(&watch, "watch", "w", false, "stay and list again when something changes")
	values := append([]string{"wide"}, formats...)
	a.outputFlag(cmd, &output, values...)
	cmd.RunE = a.run(func(ctx context.Context, _ []string) error {
		if err := watchable(watch, output, values); err != nil {
			return err
		}
		c, err := a.connect()
		if err != nil {
			return err
		}
		me, err := c.me(ctx)
		if err != nil {
			return err
		}
		if everywhere {
			c.namespace = metav1.NamespaceAll
		}
		if watch {
			return a.follow(ctx, c, []client.ObjectList{&v1alpha1.ResponseTaskList{}}, func(out *bytes.Buffer, from lister) error {
				return a.listMine(ctx, out, from, c.namespace, me, output == "wide")
			})
		}
		if !slices.Contains(formats, output) {
			return a.listMine(ctx, a.Out, c, c.namespace, me, output == "wide")
		}
		mine, _, err := tasksFor(ctx, c, c.namespace, me)
		if err != nil {
			return err
		}
		objects, err := pointers(&v1alpha1.ResponseTaskList{Items: mine})
		if err != nil {
			return err
		}
		return a.printObjects(ctx, c, output, true, objects, nil)
	})
	return cmd
}

// watchable is nil when a command can print in a format, and be watched printing it.
func watchable(watch bool, output string, values []string) error {
	if err := knownOutput(output, values...); err != nil {
		return err
	}
	if watch && slices.Contains(formats, output) {
		return usagef("--watch draws what people read: leave out -o %s, or use kubectl get --watch", output)
	}
	return nil
}

// tasksFor are the tasks of a namespace, "" for all, that wait for a user, the most urgent first, and how many are open.
func tasksFor(ctx context.Context, from lister, namespace string, me v1alpha1.User) (mine []v1alpha1.ResponseTask, open int, err error) {
	var list v1alpha1.ResponseTaskList
	if err := from.List(ctx, &list, client.InNamespace(namespace)); err != nil {
		return nil, 0, err
	}
	if c, is := from.(*cluster); is && len(list.Items) == 0 && namespace != "" {
		if err := c.exists(ctx); err != nil {
			return nil, 0, err
		}
	}
	for i := range list.Items {
		if list.Items[i].IsOpen() {
			open++
		}
	}
	mine = slices.DeleteFunc(list.Items, func(t v1alpha1.ResponseTask) bool { return !waitsFor(&t, me) })
	slices.SortFunc(mine, byUrgency)
	return mine, open, nil
}

// listMine writes what waits for a user.
func (a *app) listMine(ctx context.Context, out io.Writer, from lister, namespace string, me v1alpha1.User, wide bool) error {
	mine, open, err := tasksFor(ctx, from, namespace, me)
	if err != nil {
		return err
	}
	if len(mine) == 0 {
		a.printNothing(out, me, open, namespace)
		return nil
	}
	a.printMine(out, mine, me, namespace == "", wide)
	return nil
}

// byUrgency puts the task that is due first first.
func byUrgency(a, b v1alpha1.ResponseTask) int {
	x, y := a.Spec.Assignment.DueAt, b.Spec.Assignment.DueAt
	return cmp.Or(byTime(x.Time, y.Time), cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
}

// waitsFor is whether a task is open, the user may act on it and has not said all there is to say.
func waitsFor(t *v1alpha1.ResponseTask, user v1alpha1.User) bool {
	if !t.IsOpen() || !slices.Contains(t.Spec.Assignment.MayAct, user) {
		return false
	}
	for _, act := range t.Spec.Acts {
		if act.By != user {
			continue
		}
		switch act.Verb {
		case v1alpha1.TaskComplete, v1alpha1.TaskDecline, v1alpha1.TaskHandOver:
			return false
		case v1alpha1.TaskApprove, v1alpha1.TaskRefuse:
			if act.Digest == t.Spec.Assignment.Digest {
				return false
			}
		case v1alpha1.TaskAcknowledge:
			if t.Spec.Type == v1alpha1.TaskTypeAcknowledgement {
				return false
			}
		default: // says nothing final
		}
	}
	return true
}

// printNothing says that nothing waits for the user in a namespace, "" for all, and how to see for whom something does. An
// approval has seats and no assignee.
func (a *app) printNothing(out io.Writer, me v1alpha1.User, open int, namespace string) {
	where := "namespace " + namespace
	if namespace == "" {
		where = "any namespace"
	}
	fmt.Fprintf(out, "Nothing waits for %s in %s.\n", me, where)
	if open == 0 {
		return
	}
	in, one := a.in(namespace), a.in(namespace)
	if namespace == "" {
		one = " -n NAMESPACE"
	}
	fmt.Fprintf(out, "Open tasks: %d. `kubectl get responsetasks%s` shows whom they ask (ASSIGNEE), `kubectl tocsin show TASK%s` who may answer, also for approvals.\n", open, in, one)
}

func (a *app) printMine(out io.Writer, tasks []v1alpha1.ResponseTask, me v1alpha1.User, everywhere, wide bool) {
	now := a.Clock.Now()
	rows := [][]string{{"TASK", "RECORD", "ASKS FOR", "ASSIGNED", "DUE", "SEEN", "ANSWERS"}}
	if wide {
		rows[0] = append(rows[0], "DUE AT", "STEP", "ROUND", "RUNG")
	}
	if everywhere {
		rows[0] = append([]string{"NAMESPACE"}, rows[0]...)
	}
	for _, t := range tasks {
		deadline := dueOf(&t.Spec.Assignment, now)
		if strings.HasPrefix(deadline, "overdue") {
			deadline = a.paint(red, deadline)
		}
		row := []string{t.Name, string(t.Spec.Record.Name), asksFor(&t), assigned(&t, me), deadline, seen(&t, me), answers(&t)}
		if wide {
			at := "—"
			if !t.Spec.Assignment.DueAt.IsZero() {
				at = t.Spec.Assignment.DueAt.UTC().Format(time.RFC3339)
			}
			row = append(row, at, t.Spec.Step, fmt.Sprint(t.Spec.Round), fmt.Sprint(t.Spec.Assignment.Rung))
		}
		if everywhere {
			row = append([]string{t.Namespace}, row...)
		}
		rows = append(rows, row)
	}
	fmt.Fprint(out, table(rows, 0))
}

// asksFor is what a task asks for, in a word.
func asksFor(t *v1alpha1.ResponseTask) string {
	word := strings.ToLower(string(t.Spec.Type))
	if t.Spec.Mode == v1alpha1.ModeDrill {
		word += " (drill)"
	}
	return word
}

// assigned says whom a task asks first, and as what the user may act on it.
func assigned(t *v1alpha1.ResponseTask, user v1alpha1.User) string {
	a := &t.Spec.Assignment
	switch {
	case a.Assignee == user:
		return "you"
	case a.Assignee != "" && a.Rung > 0:
		return printable(string(a.Assignee)) + " (you may, too)"
	case a.Assignee != "":
		return printable(string(a.Assignee)) + " (you as deputy)"
	}
	return seated(a.Seats, user)
}

// seated says whom the seats of an approval ask first: the user, or others in whose place the user may answer.
func seated(seats []v1alpha1.Seat, user v1alpha1.User) string {
	var mine, others []string
	for k, first := range engine.AskedFirst(seats) {
		switch {
		case first == user:
			mine = append(mine, "you as "+printable(seats[k].Role))
		case slices.Contains(seats[k].Users, user):
			others = append(others, printable(string(first)))
		}
	}
	if len(mine) > 0 || len(others) == 0 {
		return strings.Join(mine, ", ")
	}
	return strings.Join(slices.Compact(others), ", ") + " (you may, too)"
}

// seen is whether the user acknowledged the task.
func seen(t *v1alpha1.ResponseTask, user v1alpha1.User) string {
	if slices.ContainsFunc(t.Spec.Acts, func(act v1alpha1.TaskAct) bool {
		return act.By == user && act.Verb == v1alpha1.TaskAcknowledge
	}) {
		return "yes"
	}
	return "no"
}

// answers says how the task can be answered.
func answers(t *v1alpha1.ResponseTask) string {
	switch t.Spec.Type {
	case v1alpha1.TaskTypeApproval:
		return "approve, refuse"
	case v1alpha1.TaskTypeAcknowledgement:
		return "ack"
	default:
		if len(t.Spec.Outcomes) == 0 {
			return "done"
		}
		outcomes := make([]string, len(t.Spec.Outcomes))
		for i, o := range t.Spec.Outcomes {
			outcomes[i] = string(o)
		}
		return "done --outcome " + strings.Join(outcomes, "|")
	}
}
