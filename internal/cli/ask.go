package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
)

// mostAskedWords is how many characters say what somebody is asked for: what the admission policy on acts takes.
const mostAskedWords = 1024

// askCommand asks a person for work that the playbook does not foresee.
func (a *app) askCommand() *cobra.Command {
	act := v1alpha1.RecordAct{Verb: v1alpha1.RecordAsk}
	var due v1alpha1.Duration
	var working bool
	cmd := &cobra.Command{
		Use:   "task RECORD WHAT",
		Short: "Ask somebody for work that the playbook does not foresee",
		Long: `Ask somebody for work that the playbook of a complaint or incident does not foresee.

RECORD is its name or case number. WHAT says in a sentence or two what is to be done; it stands in the task and in the
timeline, so leave out who complains.`,
		Example: `  kubectl tocsin task example-lamp --to wei.chen@example.com --due 4h "Call the landlord and ask for the plan of the cellar."`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 2 {
				return usagef("task needs two arguments, %s, and WHAT is to be done, in quotes; it got %d", aRecord, len(args))
			}
			return nil
		},
	}
	cmd.Flags().StringVar((*string)(&act.To), "to", "", "the Kubernetes user who is asked")
	cmd.Flags().StringVar((*string)(&due), "due", "", "until when, counted from now, e.g. 4h or 2d")
	cmd.Flags().BoolVar(&working, "working", false, "count --due in working time of the playbook's calendar")
	cmd.RunE = a.run(func(ctx context.Context, args []string) error {
		act.Reason = strings.TrimSpace(args[1])
		if err := completeAsk(act, due); err != nil {
			return err
		}
		act.Within = &v1alpha1.Span{Elapsed: due}
		if working {
			act.Within = &v1alpha1.Span{Working: due}
		}
		v := recordVerb{name: "task", act: act.Verb, done: "asked to give %s this task" + whetherItDid, flag: "to"}
		return a.actOnRecord(ctx, args[0], v, act, string(act.To))
	})
	return cmd
}

// completeAsk asks for what the command cannot do without.
func completeAsk(act v1alpha1.RecordAct, due v1alpha1.Duration) error {
	switch {
	case act.To == "":
		return usagef("task needs --to: the Kubernetes user who is asked")
	case due == "":
		return usagef("task needs --due: until when, e.g. 4h")
	case act.Reason == "":
		return usagef("task needs WHAT is to be done, in quotes")
	case utf8.RuneCountInString(act.Reason) > mostAskedWords:
		return usagef("what is to be done is %d characters long, and at most %d are taken: say the rest in a comment", utf8.RuneCountInString(act.Reason), mostAskedWords)
	}
	if !ahead(due) {
		return usagef("--due %q is no time ahead: write e.g. 30m, 4h or 2d", due)
	}
	return nil
}

// ahead is whether a length of time can be read and is not nothing.
func ahead(d v1alpha1.Duration) bool {
	days, clock, err := calendar.ParseDuration(d)
	return err == nil && (days != 0 || clock != 0)
}

// askLeftOut says why the operator would ask nobody, as far as can be told from here; nil: it may ask.
func (c *cluster) askLeftOut(ctx context.Context, r *record, act v1alpha1.RecordAct) error {
	if act.Within.Working != "" {
		if err := c.noWorkingTime(ctx, r); err != nil {
			return err
		}
	}
	return c.cannotTakePart(ctx, r, act.To)
}

// noWorkingTime says that the playbook a record is carried out with counts no working time; nil also where its revision is
// not the newest, which only the operator reads.
func (c *cluster) noWorkingTime(ctx context.Context, r *record) error {
	run := r.status.Run
	if run == nil {
		return nil
	}
	var pb v1alpha1.Playbook
	if err := c.Get(ctx, c.key(run.Playbook), &pb); err != nil {
		if apierrors.IsForbidden(err) || apierrors.IsNotFound(err) && !notInstalled(err) {
			return nil
		}
		return err
	}
	if pb.Spec.Calendar == "" && pb.Status.Revision != nil && *pb.Status.Revision == run.Revision && pb.Status.ObservedGeneration == pb.Generation {
		return fmt.Errorf("playbook %s names no calendar, so it knows no working time; leave out --working", pb.Name)
	}
	return nil
}

// cannotTakePart says why somebody cannot be given anything to do on a record: it is about them, or they are in no team;
// nil: they may.
func (c *cluster) cannotTakePart(ctx context.Context, r *record, to v1alpha1.User) error {
	about := r.about()
	if about != nil && slices.Contains(about.Users, to) {
		return fmt.Errorf("%s is about %s, who takes no part in it; name somebody else", r, to)
	}
	var teams v1alpha1.ResponseTeamList
	if err := c.List(ctx, &teams, client.InNamespace(c.namespace)); err != nil {
		if apierrors.IsForbidden(err) {
			return nil
		}
		return err
	}
	found := false
	for _, team := range teams.Items {
		if !slices.ContainsFunc(team.Spec.Members, func(m v1alpha1.Member) bool { return m.User == to }) {
			continue
		}
		found = true
		if about != nil && slices.Contains(about.Teams, v1alpha1.ObjectName(team.Name)) {
			return fmt.Errorf("%s is about team %s, which %s belongs to, who therefore takes no part in it; name somebody else", r, team.Name, to)
		}
	}
	if !found {
		return fmt.Errorf("%s is in no team of namespace %s; name the Kubernetes user of a member: `kubectl get responseteams -o yaml` lists them", to, c.namespace)
	}
	return nil
}

// about is whom the record is about.
func (r *record) about() *v1alpha1.ComplainedAbout {
	if c, ok := r.object.(*v1alpha1.Complaint); ok {
		return c.Spec.About
	}
	return r.object.(*v1alpha1.CrisisIncident).Spec.About
}
