package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"tocsin.dev/tocsin/internal/intake"
	"tocsin.dev/tocsin/internal/replay"
	"tocsin.dev/tocsin/internal/simulation"
)

// replayCommand carries recorded cases out again under two policies.
func (a *app) replayCommand() *cobra.Command {
	var o replayOptions
	cmd := &cobra.Command{
		Use:   "replay --history FILE.csv|cluster --after POLICY",
		Short: "Carry recorded cases out again under two policies, and say what is different",
		Long: `Carry recorded cases out again under two policies, and say what is different: what would be graded otherwise, who told
earlier or later, what people would have to bear, which deadlines missed, what nothing comes to any more.

The history is a CSV file, read with a mapping as import reads it, or "cluster": the complaints, incidents and tasks of the
namespace, which are only read. A policy is a YAML file, a folder of them, or REV:PATH, a folder as it stands in a revision of the
Git repository of the working folder, e.g. main:policies or HEAD~3:policies. Without --before it is what the namespace runs.

What people did is taken from the record: when each task was answered, by whom, how. Where the record does not say, the cast
does, and the report says how often. Nothing is written anywhere.

Exit codes: 0 the report is there, whether or not anything is different, 2 what cannot be read, or wrong usage.`,
		Example: `  kubectl tocsin replay --history complaints.csv --mapping desk.yaml --before main:policies --after policies
  kubectl tocsin replay --history cluster -n service --after policies -o html > change.html`,
		Args: cobra.NoArgs,
	}
	flags := cmd.Flags()
	flags.StringVar(&o.history, "history", "", "a CSV file, or cluster: the records of the namespace")
	flags.StringVar(&o.mapping, "mapping", "", "with a CSV file: a mapping file, cfpb or examples")
	flags.StringVar(&o.before, "before", "", "the policy before: file, folder or REV:PATH; default: what the namespace runs")
	flags.StringVar(&o.after, "after", "", "the policy after: file, folder or REV:PATH")
	flags.StringVar(&o.cast, "cast", "", "a file that says what people do where the record does not; default: they answer half an hour later")
	flags.BoolVar(&o.strict, "strict", false, "refuse a history in which any answer is missing")
	values := []string{"markdown", "json", "html"}
	a.outputFlag(cmd, &o.output, values...)
	cmd.RunE = a.run(func(ctx context.Context, _ []string) error {
		if err := knownOutput(o.output, values...); err != nil {
			return err
		}
		return a.replay(ctx, o)
	})
	return cmd
}

type replayOptions struct {
	history, mapping, before, after, cast, output string
	strict                                        bool
}

func (o replayOptions) check() error {
	switch {
	case o.history == "":
		return usagef("--history is needed: a CSV file, or cluster")
	case o.after == "":
		return usagef("--after is needed: the folder of the policy, or REV:PATH")
	case o.history != fromCluster && o.mapping == "":
		return usagef("--mapping is needed to read %s: a mapping file, cfpb or examples", o.history)
	case o.history == fromCluster && o.mapping != "":
		return usagef("--mapping is for CSV files; the records of a cluster need none")
	}
	return nil
}

// fromCluster is the history that is no file.
const fromCluster = "cluster"

func (a *app) replay(ctx context.Context, o replayOptions) error {
	if err := o.check(); err != nil {
		return err
	}
	after, err := a.policyAt(ctx, o.after)
	if err != nil {
		return err
	}
	before, err := a.policyBefore(ctx, o.before)
	if err != nil {
		return err
	}
	cast, err := a.readCast(ctx, o.cast, func(file string, text []byte) (*simulation.Cast, error) {
		return simulation.ParseCast(file, text, before.Pack, after.Pack)
	})
	if err != nil {
		return err
	}
	history, err := a.readHistory(ctx, o)
	if err != nil {
		return err
	}
	defer debug.SetGCPercent(debug.SetGCPercent(moreGarbage))
	report, err := replay.Compare(history, before, after, cast)
	if err != nil {
		return unreadable(err)
	}
	if missing := report.Before.Assumed.Missing(); o.strict && missing > 0 {
		return usagef("%s does not say how %d of %d tasks were answered, e.g. %s; complete it, or leave --strict out and they are assumed",
			o.history, missing, report.Before.Assumed.Asked, strings.Join(report.Before.Assumed.Examples, "; "))
	}
	switch o.output {
	case "json":
		return a.printJSON(report)
	case "html":
		page, err := report.HTML()
		if err != nil {
			return err
		}
		a.say(page)
	default:
		a.say(report.Markdown())
	}
	return nil
}

// policyAt is the policy of files, a folder or a revision.
func (a *app) policyAt(ctx context.Context, where string) (replay.Policy, error) {
	files, err := a.readFiles(ctx, []string{where})
	if err != nil {
		return replay.Policy{}, err
	}
	p, err := packOf(ctx, files)
	if err != nil {
		return replay.Policy{}, err
	}
	if len(p.Playbooks)+len(p.Policies) == 0 {
		return replay.Policy{}, usagef("%s holds neither a Playbook nor a TriagePolicy; name the folder of a pack", where)
	}
	return replay.Policy{Name: where, Pack: p}, nil
}

func (a *app) policyBefore(ctx context.Context, where string) (replay.Policy, error) {
	if where != "" {
		return a.policyAt(ctx, where)
	}
	c, err := a.connect()
	if err != nil {
		return replay.Policy{}, usagef("--before names no policy, and what a namespace runs cannot be read: %v", err)
	}
	p, err := c.policies(ctx)
	if err != nil {
		return replay.Policy{}, err
	}
	return replay.Policy{Name: "what namespace " + c.namespace + " runs", Pack: p}, nil
}

func (a *app) readHistory(ctx context.Context, o replayOptions) (replay.History, error) {
	if o.history != fromCluster {
		return a.readRows(ctx, o.history, o.mapping)
	}
	c, err := a.connect()
	if err != nil {
		return replay.History{}, err
	}
	return c.history(ctx)
}

// What is read of a history: mostBroken is how many broken rows and notes are told, mostRows how many rows are taken.
const (
	mostBroken = 20
	mostRows   = 1_000_000
)

// readRows reads a CSV file. A row that cannot be used makes the whole history unusable: what is counted must be all.
func (a *app) readRows(ctx context.Context, path, mapping string) (replay.History, error) {
	file := printable(path)
	h := replay.History{Source: file}
	m, err := a.loadMapping(ctx, mapping)
	if err != nil {
		return h, err
	}
	in, err := a.open(ctx, path)
	if err != nil {
		return h, unreadable(err)
	}
	defer in.Close()
	broken, notes := firstLines{to: a.Err}, firstLines{to: a.Err}
	rows := 0
	for item, err := range m.Read(in, file) {
		if rows++; rows > mostRows {
			return h, usagef("%s has more than %d rows, which is more than is replayed in one go; export a shorter time", file, mostRows)
		}
		var row *intake.RowError
		if err == nil {
			if why := impossible(item, a.Clock.Now()); why != "" {
				err = &intake.RowError{File: file, Line: item.Line, Column: "receivedAt", Message: why}
			}
		}
		switch {
		case errors.As(err, &row) && row.Duplicate:
			notes.say(fmt.Sprintf("%s:%d: note: %s", row.File, row.Line, row.Message))
		case errors.As(err, &row):
			broken.say(err.Error())
		case err != nil:
			return h, unreadable(err)
		default:
			for _, note := range item.Notes {
				notes.say(fmt.Sprintf("%s:%d: note: %s", file, item.Line, note))
			}
			h.Cases = append(h.Cases, replay.Case{Line: item.Line, Complaint: item.Complaint, Script: item.Script})
		}
	}
	notes.end("note")
	broken.end("row")
	switch {
	case broken.n > 0:
		return h, usagef("%s of %s cannot be read; mend them, or take them out of a copy", several(broken.n, "row"), file)
	case len(h.Cases) == 0:
		return h, usagef("%s: there are no rows below the header; export the cases that were closed", file)
	}
	return h, nil
}

// firstLines tells the first of many things, and how many there were.
type firstLines struct {
	to io.Writer
	n  int
}

func (t *firstLines) say(what string) {
	if t.n++; t.n <= mostBroken {
		fmt.Fprintln(t.to, printable(what))
	}
}

func (t *firstLines) end(what string) {
	if more := t.n - mostBroken; more > 0 {
		fmt.Fprintf(t.to, "and %s more\n", several(more, what))
	}
}
