package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// reassignCommand gives somebody else's task to another person. It is an act on the record, because who leads it need not
// be among those who may act on the task.
func (a *app) reassignCommand() *cobra.Command {
	act := v1alpha1.RecordAct{Verb: v1alpha1.RecordReassign}
	cmd := &cobra.Command{
		Use:   "reassign TASK",
		Short: "Give an open task to somebody else, as a lead of its record",
		Long: `Give an open task to somebody else, as a lead of its complaint or incident (status.leads).

TASK is the name of a ResponseTask, or the beginning of one if no other open task begins so. Whoever may act on the task
themselves hands it over instead: kubectl tocsin handover.`,
		Args: one(aTask),
	}
	cmd.Flags().StringVar((*string)(&act.To), "to", "", "the Kubernetes user who takes it")
	cmd.Flags().StringVar(&act.Reason, "reason", "", "why, in a sentence")
	cmd.RunE = a.run(func(ctx context.Context, args []string) error {
		switch {
		case act.To == "":
			return usagef("reassign needs --to: the Kubernetes user who takes it")
		case act.Reason == "":
			return usagef("reassign needs --reason: say why in a sentence")
		}
		c, err := a.connect()
		if err != nil {
			return err
		}
		task, err := c.findTask(ctx, args[0])
		if err != nil {
			return err
		}
		r, err := c.readRecord(ctx, task.Spec.Record.Kind, string(task.Spec.Record.Name))
		if err != nil {
			return err
		}
		act.Step = task.Spec.Step
		if err := r.runLeavesOut(act); err != nil {
			return err
		}
		if err := c.cannotGo(ctx, task, r, act.To); err != nil {
			return err
		}
		if err := a.decide(ctx, c, r, act); err != nil {
			return err
		}
		fmt.Fprintf(a.Out, "responsetask/%s asked to go to %s%s\n", task.Name, printable(string(act.To)), whetherItDid)
		return nil
	})
	return cmd
}

// cannotGo says why a task cannot go to somebody, as far as can be told from here; nil: it may.
func (c *cluster) cannotGo(ctx context.Context, task *v1alpha1.ResponseTask, r *record, to v1alpha1.User) error {
	as := &task.Spec.Assignment
	switch {
	case !task.IsOpen():
		return fmt.Errorf("task %s is closed (%s): there is nothing to give to anybody", task.Name, strings.ToLower(string(stateOf(task))))
	case task.Spec.Type == v1alpha1.TaskTypeApproval:
		return fmt.Errorf("task %s is an approval, which is for those who have a seat in it; hand the role over: `kubectl tocsin handover %s --role ROLE --to %s`", task.Name, r, to)
	case task.Spec.Type == v1alpha1.TaskTypeAcknowledgement:
		return fmt.Errorf("task %s calls one person to the team; it cannot be given to another", task.Name)
	case as.Assignee == to:
		return fmt.Errorf("%s has task %s already", to, task.Name)
	}
	if k := slices.IndexFunc(as.Recused, func(x v1alpha1.Recusal) bool { return x.User == to }); k >= 0 {
		return fmt.Errorf("task %s cannot be given to %s, who may not act on it: %s; name somebody else", task.Name, to, as.Recused[k].Reason)
	}
	return c.cannotTakePart(ctx, r, to)
}
