package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// verb is a command that adds an act to a task.
type verb struct {
	name    string
	aliases []string
	act     v1alpha1.TaskVerb
	short   string
	done    string // printed behind the task's name
	reason  bool   // a reason is needed; it is possible with every verb
}

var verbs = []verb{
	{name: "ack", aliases: []string{"acknowledge"}, act: v1alpha1.TaskAcknowledge, short: "Say that you have seen a task and take it", done: "acknowledged"},
	{name: "done", aliases: []string{"complete"}, act: v1alpha1.TaskComplete, short: "Say that a task is done, with its outcome", done: "done"},
	{name: "approve", act: v1alpha1.TaskApprove, short: "Approve what a task asks approval for", done: "approved"},
	{name: "refuse", act: v1alpha1.TaskRefuse, short: "Refuse what a task asks approval for", done: "refused", reason: true},
	{name: "decline", act: v1alpha1.TaskDecline, short: "Pass a task on to the next person", done: "declined", reason: true},
	{name: "handover", aliases: []string{"hand-over"}, act: v1alpha1.TaskHandOver, short: "Hand a task, or with --role a role, over to somebody you name", done: "asked for a handover; the timeline says whether that user may take it", reason: true},
	{name: "extend", act: v1alpha1.TaskExtend, short: "Ask for more time, where the playbook allows it", done: "asked for more time; the timeline says whether the playbook allows it", reason: true},
	{name: "pause", act: v1alpha1.TaskPause, short: "Stop a task's clock, where the playbook allows it", done: "asked to stop the clock; the timeline says whether the playbook allows it", reason: true},
	{name: "resume", act: v1alpha1.TaskResume, short: "Let a task's clock run on", done: "resumed"},
	{name: "comment", act: v1alpha1.TaskComment, short: "Add a comment to a task, a complaint or an incident", done: "commented", reason: true},
}

// verbNamed is the verb of a command; the zero verb: there is none.
func verbNamed(name string) verb {
	for _, v := range verbs {
		if v.name == name {
			return v
		}
	}
	return verb{}
}

// actCommand is the command of one verb.
func (a *app) actCommand(v verb) *cobra.Command {
	act := v1alpha1.TaskAct{Verb: v.act}
	var offer remedyFlags
	var role string
	cmd := &cobra.Command{
		Use:     v.name + " TASK",
		Aliases: v.aliases,
		Short:   v.short,
		Long:    v.short + ".\n\nTASK is the name of a ResponseTask, or the beginning of one if no other open task begins so.",
		Args:    one(aTask),
	}
	if v.act == v1alpha1.TaskComment || v.act == v1alpha1.TaskHandOver {
		cmd.Long += "\nA record is named by its name or case number, with its kind before it where a task begins so, too: complaint/NAME, incident/NAME."
	}
	flags := cmd.Flags()
	flags.StringVar(&act.Reason, "reason", "", "why, in a sentence")
	switch v.act {
	case v1alpha1.TaskComplete:
		flags.StringVar((*string)(&act.Outcome), "outcome", "", "the outcome, one of those the task offers")
		offer.add(flags)
	case v1alpha1.TaskHandOver:
		flags.StringVar((*string)(&act.To), "to", "", "the Kubernetes user who takes it")
		flags.StringVar(&role, "role", "", "a role of a complaint or incident, e.g. commander; its name is then given instead of a task's")
	case v1alpha1.TaskExtend:
		flags.StringVar((*string)(&act.Extension), "by", "", "by how much the deadline moves, e.g. 4h or 1d")
	case v1alpha1.TaskApprove, v1alpha1.TaskRefuse:
		flags.StringVar(&act.Digest, "digest", "", "the digest of what you have read, as show prints it; what has changed since is not decided about")
	default: // nothing more to say
	}
	cmd.RunE = a.run(func(ctx context.Context, args []string) error {
		if err := complete(v, act); err != nil {
			return err
		}
		if r, is := aboutRecord(v, args[0], role); is {
			return a.actOnRecord(ctx, args[0], r, v1alpha1.RecordAct{Verb: r.act, Role: v1alpha1.Identifier(role), To: act.To, Reason: act.Reason}, string(act.To))
		}
		remedy, err := offer.remedy()
		if err != nil {
			return err
		}
		c, err := a.connect()
		if err != nil {
			return err
		}
		if v.act == v1alpha1.TaskComment {
			switch is, err := c.namesOnlyARecord(ctx, args[0]); {
			case err != nil:
				return err
			case is:
				return a.actOnRecord(ctx, args[0], recordVerb{name: v.name, act: v1alpha1.RecordComment, done: v.done}, v1alpha1.RecordAct{Verb: v1alpha1.RecordComment, Reason: act.Reason}, "")
			}
		}
		task, err := c.findTask(ctx, args[0])
		if err != nil {
			return err
		}
		said, err := a.actOnTask(ctx, c, v, task, act, remedy)
		if err != nil {
			return err
		}
		fmt.Fprintln(a.Out, said)
		return nil
	})
	return cmd
}

// complete asks for the flags that a verb cannot do without.
func complete(v verb, act v1alpha1.TaskAct) error {
	switch {
	case v.reason && act.Reason == "":
		return usagef("%s needs --reason: say why in a sentence", v.name)
	case v.act == v1alpha1.TaskHandOver && act.To == "":
		return usagef("%s needs --to: the Kubernetes user who takes it", v.name)
	case v.act == v1alpha1.TaskExtend && act.Extension == "":
		return usagef("%s needs --by: how much more time, e.g. 4h", v.name)
	case v.act == v1alpha1.TaskExtend && !ahead(act.Extension):
		return usagef("--by %q is no time: write e.g. 30m, 4h or 2d", act.Extension)
	}
	return nil
}
