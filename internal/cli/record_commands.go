package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/util/retry"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// recordVerb is a command that adds an act to a complaint or an incident as a whole. Every one of them needs a reason.
type recordVerb struct {
	name  string
	act   v1alpha1.RecordVerb
	short string
	done  string // printed behind the record's name
	// flag is what the act needs besides, and what it is; empty: nothing.
	flag, usage string
	// complaints is whether it is for complaints only.
	complaints bool
}

// whetherItDid follows what was asked for: what becomes of it is the operator's to say, who may be stopped.
const whetherItDid = "; the timeline says whether it took effect"

var recordVerbs = []recordVerb{
	{name: "raise", act: v1alpha1.RecordRaise, short: "Raise the level of a complaint or incident", done: "asked to raise to %s" + whetherItDid, flag: "level", usage: "the new level, as the TriagePolicy names it"},
	{name: "lower", act: v1alpha1.RecordLower, short: "Lower the level of a complaint or incident", done: "asked to lower to %s" + whetherItDid, flag: "level", usage: "the new level, as the TriagePolicy names it"},
	{name: "skip", act: v1alpha1.RecordSkip, short: "End a step that waits, because it is not needed", done: "asked to go on without %s" + whetherItDid, flag: "step", usage: "the step, as the timeline names it"},
	{name: "abort", act: v1alpha1.RecordAbort, short: "End the playbook of a complaint or incident before its end", done: "asked to abort" + whetherItDid},
	{name: "reopen", act: v1alpha1.RecordReopen, short: "Begin again with a closed complaint or incident", done: "asked to open again" + whetherItDid},
	{name: "withdraw", act: v1alpha1.RecordWithdraw, short: "Close a complaint that the complainant takes back", done: "asked to withdraw" + whetherItDid, complaints: true},
	{name: "merge", act: v1alpha1.RecordMerge, short: "Close a complaint that is the same matter as another", done: "asked to merge into %s" + whetherItDid, flag: "into", usage: "the complaint that goes on", complaints: true},
	{name: "release", act: v1alpha1.RecordRelease, short: "Allow a record to be deleted before it was archived", done: "may be deleted"},
}

// aboutRecord is whether a verb that tasks and records share is about a record, and which one it then is.
func aboutRecord(v verb, name, role string) (recordVerb, bool) {
	switch {
	case v.act == v1alpha1.TaskComment && namesRecord(name):
		return recordVerb{name: v.name, act: v1alpha1.RecordComment, done: v.done}, true
	case v.act == v1alpha1.TaskHandOver && role != "":
		return recordVerb{name: v.name, act: v1alpha1.RecordHandOver, done: "asked to give " + printable(role) + " to %s; the timeline says whether that user may take it", flag: "to"}, true
	}
	return recordVerb{}, false
}

// namesRecord is whether the kind of a record stands before a name.
func namesRecord(name string) bool {
	for _, words := range kindsOf {
		if withoutKind(name, words...) != name {
			return true
		}
	}
	return false
}

// recordCommand is the command of one verb.
func (a *app) recordCommand(v recordVerb) *cobra.Command {
	word, what, arg := "RECORD", "complaint or an incident", aRecord
	if v.complaints {
		word, what, arg = "COMPLAINT", "complaint", aComplaint
	}
	act := v1alpha1.RecordAct{Verb: v.act}
	var value string
	cmd := &cobra.Command{
		Use:   v.name + " " + word,
		Short: v.short,
		Long:  v.short + ".\n\n" + word + " is the name of a " + what + ", with complaint/ or incident/ before it where both have that name, or a case number.",
		Args:  one(arg),
	}
	cmd.Flags().StringVar(&act.Reason, "reason", "", "why, in a sentence")
	if v.flag != "" {
		cmd.Flags().StringVar(&value, v.flag, "", v.usage)
	}
	cmd.RunE = a.run(func(ctx context.Context, args []string) error {
		switch {
		case act.Reason == "":
			return usagef("%s needs --reason: say why in a sentence", v.name)
		case v.flag != "" && value == "":
			return usagef("%s needs --%s: %s", v.name, v.flag, v.usage)
		}
		switch v.act {
		case v1alpha1.RecordRaise, v1alpha1.RecordLower:
			act.Level = v1alpha1.LevelName(value)
		case v1alpha1.RecordSkip:
			act.Step = value
		case v1alpha1.RecordMerge:
			act.Into = withoutKind(value, kindsOf[v1alpha1.RecordComplaint]...)
		default: // the reason says all
		}
		return a.actOnRecord(ctx, args[0], v, act, value)
	})
	return cmd
}

// actOnRecord finds the record, adds the act and says so.
func (a *app) actOnRecord(ctx context.Context, name string, v recordVerb, act v1alpha1.RecordAct, value string) error {
	c, err := a.connect()
	if err != nil {
		return err
	}
	var kind v1alpha1.RecordKind
	if v.complaints {
		kind = v1alpha1.RecordComplaint
	}
	r, err := c.findRecord(ctx, name, kind)
	if err != nil {
		return err
	}
	if act.Verb == v1alpha1.RecordMerge { // by name or case number; wouldBeLeftOut says when there is none
		if into, err := c.findRecord(ctx, act.Into, v1alpha1.RecordComplaint); err == nil {
			act.Into = into.object.GetName()
		}
	}
	if err := c.wouldBeLeftOut(ctx, r, act); err != nil {
		return err
	}
	if err := a.decide(ctx, c, r, act); err != nil {
		return err
	}
	done := v.done
	if v.flag != "" {
		done = fmt.Sprintf(v.done, printable(value))
	}
	fmt.Fprintf(a.Out, "%s %s\n", r, done)
	return nil
}

// decide adds an act to a record in the caller's own name, as act does to a task.
func (a *app) decide(ctx context.Context, c *cluster, r *record, what v1alpha1.RecordAct) error {
	me, err := c.me(ctx)
	if err != nil {
		return err
	}
	if what.ID, err = a.newID(); err != nil {
		return err
	}
	what.By, what.At = me, metav1.NewTime(a.Clock.Now().UTC().Truncate(time.Second))
	return retry.RetryOnConflict(retry.DefaultBackoff, func() error {
		if err := c.Get(ctx, client.ObjectKeyFromObject(r.object), r.object); err != nil {
			return err
		}
		add := patchStep{"add", "/spec/acts/-", what}
		if len(r.acts()) == 0 {
			add = patchStep{"add", "/spec/acts", []v1alpha1.RecordAct{what}}
		}
		patch, err := json.Marshal([]patchStep{{"replace", "/metadata/resourceVersion", r.object.GetResourceVersion()}, add})
		if err != nil {
			return err
		}
		return c.writeAct(ctx, r.object, what.ID, &what, patch)
	})
}

// acts are those of the record so far.
func (r *record) acts() []v1alpha1.RecordAct {
	if c, ok := r.object.(*v1alpha1.Complaint); ok {
		return c.Spec.Acts
	}
	return r.object.(*v1alpha1.CrisisIncident).Spec.Acts
}
