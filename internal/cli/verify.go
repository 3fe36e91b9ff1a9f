package cli

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"tocsin.dev/tocsin/config"
	"tocsin.dev/tocsin/internal/schema"
	"tocsin.dev/tocsin/internal/timing"
	"tocsin.dev/tocsin/internal/verify"
	"tocsin.dev/tocsin/internal/version"
)

// verifyCommand judges policies in files, without a cluster.
func (a *app) verifyCommand() *cobra.Command {
	var output string
	var strict bool
	options := verify.Options{Horizon: timing.DefaultDays}
	cmd := &cobra.Command{
		Use:   "verify PATH...",
		Short: "Say what is wrong with policies in files, before they are applied, without a cluster",
		Long: `Say what is wrong with policies in files, before they are applied, without a cluster.

PATH is a YAML or JSON file, a folder of them, - for standard input, or REV:PATH, a file or folder in a revision of the Git
repository of the working folder. All files together are one namespace: what one
refers to must be in another, and no two objects of a kind have one name. So verify packs of one namespace together, and
packs of several namespaces one by one.

Every object is judged as the API server would judge it, then what the conditions of a cluster would say: whether playbooks
and triage policies compile, whether roles, teams, deputies, rotations, calendars, channels and drills fit together. Then it
proves that no run can get stuck, and that whoever is complained about, while --absent people are away, somebody is left for
everything that is asked. A finding names file, line, object and field, what is wrong and what to do, and how it comes about.

What playbooks promise (spec.assertions) is proved for every moment of the coming --horizon days, or the story of a run that
breaks it is told. --times lists by when each role knows, at every level.

Exit codes: 0 no error, 1 errors, 2 wrong usage, files that cannot be read, or objects that cannot be judged: the API server
would not take them, or they do not compile. Warnings alone are 0; --strict makes errors of them.`,
		Example: `  kubectl tocsin verify playbooks/service-recovery
  kubectl tocsin verify mypack --strict -o sarif > findings.sarif
  kubectl tocsin verify mypack --times --horizon 90
  kubectl kustomize mypack | kubectl tocsin verify -`,
		Args: cobra.MinimumNArgs(1),
	}
	cmd.Flags().IntVar(&options.Absent, "absent", 1, "how many people may be away at once")
	cmd.Flags().BoolVar(&strict, "strict", false, "make errors of warnings")
	cmd.Flags().IntVar(&options.Horizon, "horizon", timing.DefaultDays, "for how many days from now on matters may come in")
	cmd.Flags().BoolVar(&options.Times, "times", false, "list by when who knows at the latest, at every level")
	values := []string{"text", "json", "sarif", "junit", "markdown"}
	a.outputFlag(cmd, &output, values...)
	cmd.RunE = a.run(func(ctx context.Context, args []string) error {
		if err := knownOutput(output, values...); err != nil {
			return err
		}
		if _, err := timing.New(a.Clock.Now(), options.Horizon); err != nil {
			return usagef("--horizon: %v", err)
		}
		if options.Absent < 0 || options.Absent > mostAbsent {
			return usagef("--absent %d: name a number from 0 to %d", options.Absent, mostAbsent)
		}
		files, err := a.readFiles(ctx, args)
		if err != nil {
			return err
		}
		kinds, err := schema.Load(config.Files, "crd/bases")
		if err != nil {
			return err
		}
		report, err := verify.Verify(ctx, kinds, files, a.Clock.Now(), options)
		if err != nil {
			return err
		}
		if strict {
			report.Strict()
		}
		if err := a.printReport(report, output); err != nil {
			return err
		}
		return verdict(report)
	})
	return cmd
}

// mostAbsent is how many people a proof takes away at once.
const mostAbsent = 8

// verdict is what a report means for the exit code.
func verdict(r *verify.Report) error {
	if r.Input() {
		return errUnreadable
	}
	if r.Count(verify.Error) > 0 {
		return errFindings
	}
	return nil
}

func (a *app) printReport(r *verify.Report, output string) error {
	switch output {
	case "json":
		return a.printJSON(r)
	case "sarif":
		text, err := r.SARIF(version.Version)
		a.say(string(escaped(text)) + "\n")
		return err
	case "junit":
		text, err := r.JUnit()
		a.say(strings.TrimSuffix(string(text), "\n") + "\n")
		return err
	case "markdown":
		a.say(r.Markdown())
	default:
		a.say(r.Text())
	}
	return nil
}
