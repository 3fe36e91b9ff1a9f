package cli

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/engine"
)

// mineCommand lists what waits for the caller.
func (a *app) mineCommand() *cobra.Command {
	var everywhere bool
	cmd := &cobra.Command{
		Use:   "mine",
		Short: "List the open tasks you may act on, the most urgent first",
		Long: `List the open tasks you may act on, the most urgent first.

ASSIGNED says whom a task asks first: you, or somebody you stand in for. kubectl tocsin show TASK tells what one is about.`,
		Args: none("lists what waits for you; kubectl tocsin show TASK tells of one task"),
	}
	cmd.Flags().BoolVarP(&everywhere, "all-namespaces", "A", false, "in all namespaces")
	cmd.RunE = a.run(func(ctx context.Context, _ []string) error {
		c, err := a.connect()
		if err != nil {
			return err
		}
		me, err := c.me(ctx)
		if err != nil {
			return err
		}
		in := client.InNamespace(c.namespace)
		if everywhere {
			in = client.InNamespace("")
		}
		var list v1alpha1.ResponseTaskList
		if err := c.List(ctx, &list, in); err != nil {
			return err
		}
		if len(list.Items) == 0 && !everywhere {
			if err := c.exists(ctx); err != nil {
				return err
			}
		}
		open := 0
		for i := range list.Items {
			if list.Items[i].IsOpen() {
				open++
			}
		}
		mine := slices.DeleteFunc(list.Items, func(t v1alpha1.ResponseTask) bool { return !waitsFor(&t, me) })
		slices.SortFunc(mine, byUrgency)
		where := "namespace " + c.namespace
		if everywhere {
			where = "any namespace"
		}
		if len(mine) == 0 {
			a.printNothing(me, where, open, string(in))
			return nil
		}
		a.printMine(mine, me, everywhere)
		return nil
	})
	return cmd
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
func (a *app) printNothing(me v1alpha1.User, where string, open int, namespace string) {
	fmt.Fprintf(a.Out, "Nothing waits for %s in %s.\n", me, where)
	if open == 0 {
		return
	}
	in, one := a.in(namespace), a.in(namespace)
	if namespace == "" {
		one = " -n NAMESPACE"
	}
	fmt.Fprintf(a.Out, "Open tasks: %d. `kubectl get responsetasks%s` shows whom they ask (ASSIGNEE), `kubectl tocsin show TASK%s` who may answer, also for approvals.\n", open, in, one)
}

func (a *app) printMine(tasks []v1alpha1.ResponseTask, me v1alpha1.User, everywhere bool) {
	now := a.Clock.Now()
	rows := [][]string{{"TASK", "RECORD", "ASKS FOR", "ASSIGNED", "DUE", "SEEN", "ANSWERS"}}
	for _, t := range tasks {
		deadline := dueOf(&t.Spec.Assignment, now)
		if strings.HasPrefix(deadline, "overdue") {
			deadline = a.paint(red, deadline)
		}
		rows = append(rows, []string{t.Name, string(t.Spec.Record.Name), asksFor(&t), assigned(&t, me), deadline, seen(&t, me), answers(&t)})
	}
	if everywhere {
		rows[0] = append([]string{"NAMESPACE"}, rows[0]...)
		for i, t := range tasks {
			rows[i+1] = append([]string{t.Namespace}, rows[i+1]...)
		}
	}
	fmt.Fprint(a.Out, table(rows, 0))
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
