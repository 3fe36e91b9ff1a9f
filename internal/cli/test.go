package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tocsin.dev/tocsin/config"
	"tocsin.dev/tocsin/internal/gate"
	"tocsin.dev/tocsin/internal/pack"
	"tocsin.dev/tocsin/internal/policytest"
	"tocsin.dev/tocsin/internal/schema"
)

// testCommand plays the tests beside a policy pack, without a cluster.
func (a *app) testCommand() *cobra.Command {
	var o testOptions
	cmd := &cobra.Command{
		Use:   "test PATH...",
		Short: "Play the PolicyTests beside policies in files, in virtual time, without a cluster",
		Long: `Play the PolicyTests beside policies in files, in virtual time, without a cluster.

PATH is a YAML file, a folder of them, - for standard input, or REV:PATH, a file or folder in a revision of the Git repository
of the working folder; of a folder its own files are read and those of the folder tests in it. A PolicyTest says what comes in
and how people behave, and what must come of it: this level, these people told by then, this step done or overdue, this act
refused. It may promise, too, by when somebody knows or a step has ended: that is proved for whatever comes in during 400
days. docs/spec/policytest.md has all of it.

A failed expectation names file and line, what was expected, what happened instead, and the lines of the story around it.
Coverage says which steps, branches, rungs and rules no test has seen.

--before names the same pack as it was, e.g. main:policies. Its tests that were removed or changed since are played as they
were with the policies of now, and what was lost is said: tests that would fail, that ask for less (with what they asked and
ask), that tell another story, coverage that fell.

Exit codes: 0 all as expected, 1 something is not, or the coverage is less than --min-coverage, 2 files that cannot be read
or do not compile, or wrong usage.`,
		Example: `  kubectl tocsin test playbooks/service-recovery
  kubectl tocsin test mypack --run 'approv' -v
  kubectl tocsin test mypack --before main:mypack
  kubectl tocsin test mypack --min-coverage 80 -o junit > results.xml`,
		Args: cobra.MinimumNArgs(1),
	}
	flags := cmd.Flags()
	flags.StringVar(&o.run, "run", "", "play only tests whose name this regular expression matches")
	flags.BoolVarP(&o.verbose, "verbose", "v", false, "tell everything that happened in each test")
	flags.StringVar(&o.before, "before", "", "the pack as it was: a file, a folder or REV:PATH; say what its tests would find now")
	flags.StringVar(&o.coverage, "coverage", "", "write the coverage into this file, as JSON")
	flags.Float64Var(&o.least, "min-coverage", 0, "fail where less of the policies, in percent, was seen")
	values := []string{"text", "json", "junit", "markdown"}
	a.outputFlag(cmd, &o.output, values...)
	cmd.RunE = a.run(func(ctx context.Context, args []string) error {
		if err := knownOutput(o.output, values...); err != nil {
			return err
		}
		return a.test(ctx, args, o)
	})
	return cmd
}

type testOptions struct {
	run, before, coverage, output string
	verbose                       bool
	least                         float64
}

func (a *app) test(ctx context.Context, paths []string, o testOptions) error {
	wanted, err := regexp.Compile(o.run)
	if err != nil {
		return usagef("--run: %v", err)
	}
	if !(o.least >= 0 && o.least <= 100) { // which is true of NaN as well
		return usagef("--min-coverage %g: name a number from 0 to 100", o.least)
	}
	if o.run != "" && o.least > 0 {
		return usagef("--min-coverage is about all tests and --run plays some of them: leave one out")
	}
	if o.run != "" && o.before != "" {
		return usagef("--before is about all tests and --run plays some of them: leave one out")
	}
	suite, err := a.readSuite(ctx, paths)
	if err != nil {
		return err
	}
	var before *policytest.Suite
	if o.before != "" {
		if before, err = a.readSuite(ctx, []string{o.before}); err != nil {
			return err
		}
	}
	if len(suite.Tests) == 0 && (before == nil || len(before.Tests) == 0) {
		return usagef("there is no PolicyTest in %s; write one into the folder tests of the pack", strings.Join(paths, ", "))
	}
	policies, err := gate.Load(config.Files, "admission")
	if err != nil {
		return err
	}
	report, err := suite.Play(ctx, policies, wanted.MatchString)
	if err != nil {
		return err
	}
	if len(report.Tests) == 0 && o.run != "" {
		return usagef("no test matches --run %q; there are %s", o.run, strings.Join(suite.Names(), ", "))
	}
	if before != nil {
		if report.Before, err = suite.Since(ctx, policies, before); err != nil {
			return err
		}
	}
	if o.coverage != "" {
		text, err := json.MarshalIndent(report.Coverage, "", "  ")
		if err != nil {
			return err
		}
		if err := a.writeWhole(o.coverage, append(escaped(text), '\n')); err != nil {
			return err
		}
	}
	if err := a.printTests(report, o); err != nil {
		return err
	}
	if percent := report.Coverage.Percent(); percent < o.least {
		fmt.Fprintf(a.Err, "The tests have seen %.1f %% of the policies, and --min-coverage asks for %g %%.\n", percent, o.least)
		return errFindings
	}
	if report.Failed() > 0 {
		return errFindings
	}
	return nil
}

// readSuite reads policies and the tests beside them. Faults are all told.
func (a *app) readSuite(ctx context.Context, paths []string) (*policytest.Suite, error) {
	files, err := a.readFiles(ctx, withTests(ctx, paths))
	if err != nil {
		return nil, err
	}
	var documents []pack.Document
	var wrong []string
	note := func(faults []pack.Fault) {
		for _, f := range faults {
			wrong = append(wrong, f.Error())
		}
	}
	for _, f := range files {
		read, faults := pack.Read(f.Name, f.Text)
		documents = append(documents, slices.DeleteFunc(read, func(d pack.Document) bool { return pack.Foreign(d) && !policytest.IsTest(d) })...)
		note(faults)
	}
	kinds, err := schema.Load(config.Files, "crd/bases")
	if err != nil {
		return nil, err
	}
	suite, faults, err := policytest.Read(ctx, kinds, documents)
	if err != nil {
		return nil, err
	}
	note(faults)
	if len(wrong) > 0 {
		return nil, usagef("%s", strings.Join(wrong, "\n"))
	}
	return suite, nil
}

// withTests adds to each folder the folder tests in it.
func withTests(ctx context.Context, paths []string) []string {
	var out []string
	for _, path := range paths {
		out = append(out, path)
		if revision, name, is := inRevision(path); is {
			if tests := testsInRevision(ctx, revision, name); tests != "" {
				out = append(out, tests)
			}
			continue
		}
		tests := filepath.Join(path, "tests")
		if info, err := os.Stat(tests); err == nil && info.IsDir() && path != "-" {
			out = append(out, tests)
		}
	}
	return out
}

func (a *app) printTests(r *policytest.Report, o testOptions) error {
	switch o.output {
	case "json":
		return a.printJSON(r)
	case "junit":
		text, err := r.JUnit()
		if err != nil {
			return err
		}
		a.say(string(text) + "\n")
	case "markdown":
		a.say(r.Markdown())
	default:
		a.say(r.Text(o.verbose))
	}
	return nil
}
