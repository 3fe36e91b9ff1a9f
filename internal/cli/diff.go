package cli

import (
	"context"
	"slices"

	"github.com/spf13/cobra"

	"tocsin.dev/tocsin/internal/difference"
	"tocsin.dev/tocsin/internal/pack"
)

// diffCommand says what changes between two policies, without a cluster.
func (a *app) diffCommand() *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "diff BEFORE AFTER",
		Short: "Say in words what changes between two policies from files or Git revisions, without a cluster",
		Long: `Say in words what changes between two policies, without a cluster: who is told earlier or later, who decides, how complaints
are graded, by when what is due, who is there. Not what changes in the YAML: comments, layout, the order of lists without
one, 60m in place of 1h make no difference.

BEFORE and AFTER are a YAML or JSON file, a folder of them, - for standard input, or REV:PATH: a file or folder as it stands in a
revision of the Git repository of the working folder, e.g. main:policies.

Every level is played under both, with people who never answer and with people who answer within half an hour, so that what a
change of deadlines, ladders, teams and calendars does is said as well. The most important comes first; each line names
where it is written on both sides.

Exit codes: 0 no difference, 1 differences, 2 what cannot be read, or wrong usage.`,
		Example: `  kubectl tocsin diff main:playbooks/service-recovery playbooks/service-recovery
  kubectl tocsin diff v1.4:policies v1.5:policies -o markdown`,
		Args: cobra.ExactArgs(2),
	}
	values := []string{"text", "json", "markdown"}
	a.outputFlag(cmd, &output, values...)
	cmd.RunE = a.run(func(ctx context.Context, args []string) error {
		if err := knownOutput(output, values...); err != nil {
			return err
		}
		before, err := a.side(ctx, args[0])
		if err != nil {
			return err
		}
		after, err := a.side(ctx, args[1])
		if err != nil {
			return err
		}
		report := difference.Compare(before, after)
		if err := a.printDifference(report, output); err != nil || len(report.Differences) == 0 {
			return err
		}
		return errFindings
	})
	return cmd
}

// side reads one of the two policies.
func (a *app) side(ctx context.Context, where string) (*difference.Side, error) {
	files, err := a.readFiles(ctx, []string{where})
	if err != nil {
		return nil, err
	}
	p, err := packOf(ctx, files)
	if err != nil {
		return nil, err
	}
	var documents []pack.Document
	for _, f := range files {
		read, _ := pack.Read(f.Name, f.Text) // what is wrong was said above
		documents = append(documents, slices.DeleteFunc(read, pack.Foreign)...)
	}
	if len(p.Playbooks)+len(p.Policies)+len(p.Teams)+len(p.Calendars)+len(p.Channels)+len(p.Drills) == 0 {
		return nil, usagef("%s holds no policies; name a pack, or a revision that has one", where)
	}
	return difference.New(p, documents), nil
}

func (a *app) printDifference(r *difference.Report, output string) error {
	switch output {
	case "json":
		return a.printJSON(r)
	case "markdown":
		a.say(r.Markdown())
	default:
		a.say(r.Text())
	}
	return nil
}
