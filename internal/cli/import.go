package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tocsin.dev/tocsin/internal/intake"
	"tocsin.dev/tocsin/playbooks"
)

// shippedMappings are the mappings that --mapping knows by name.
var shippedMappings = map[string]string{
	"cfpb":     "service-recovery/mappings/cfpb.yaml",
	"examples": "service-recovery/mappings/examples.yaml",
}

// importCommand creates complaints from a CSV file.
func (a *app) importCommand() *cobra.Command {
	var mapping string
	var dryRun, quiet bool
	var workers int
	var dated redate
	cmd := &cobra.Command{
		Use:   "import FILE.csv --mapping FILE|cfpb|examples",
		Short: "Create complaints from a CSV file",
		Long: `Create complaints from a CSV file.

The mapping says in CEL over the columns what each row means; cfpb (US Consumer Complaint Database) and examples (the
project's own) are built in. The same row always gives the same object, so an import that was stopped, or is
repeated, goes on where it was. A row that cannot be used is told as FILE:LINE: and the rest goes on. The exit code is 0
only when every row is there now: 1 when a row is broken, when there are none, or when the file could not be read to its
end.

Deadlines and rules by time count from when a row was received, so old rows are overdue, and rise in level, as soon as
they are there; how many are old is told before anything is created. To try a playbook with old data, --shift-to-now moves
the dates: the newest row is received now, the distances stay unless --within draws them together.

FILE - is standard input, which cannot say how long it is.`,
		Args: one(aFile),
	}
	flags := cmd.Flags()
	flags.StringVar(&mapping, "mapping", "", "a mapping file, cfpb or examples")
	flags.BoolVar(&dryRun, "dry-run", false, "read everything, ask the server too, tell what is wrong, create nothing")
	flags.BoolVarP(&quiet, "quiet", "q", false, "no progress, only what is wrong and the summary")
	flags.IntVar(&workers, "workers", intake.DefaultParallel, "how many complaints are created at once")
	flags.BoolVar(&dated.toNow, "shift-to-now", false, "move all dates so that the newest row is received now; the distances stay")
	flags.StringVar(&dated.within, "within", "", "with --shift-to-now: draw the dates together so that the oldest is received at most this long ago, e.g. 5d")
	_ = cmd.RegisterFlagCompletionFunc("mapping", cobra.FixedCompletions(slices.Sorted(mapKeys(shippedMappings)), cobra.ShellCompDirectiveDefault))
	cmd.RunE = a.run(func(ctx context.Context, args []string) error {
		if mapping == "" {
			return usagef("--mapping is needed: a mapping file, cfpb or examples")
		}
		if workers < 1 {
			return usagef("--workers must be at least 1")
		}
		m, err := a.loadMapping(ctx, mapping)
		if err != nil {
			return err
		}
		file, total, err := a.openCSV(ctx, args[0], m)
		if err != nil {
			return err
		}
		defer file.Close()
		name := printable(args[0])
		when, err := dated.plan(a, file, m, name)
		if err != nil {
			return err
		}
		p := &importProgress{app: a, file: name, quiet: quiet, total: total}
		done, err := a.importRows(ctx, when.move(m.Read(file, name)), p, dryRun, workers)
		p.end()
		when.end(a)
		fmt.Fprintln(a.Out, summary(done, dryRun))
		if err != nil {
			return err
		}
		return whole(done, name)
	})
	return cmd
}

// whole is nil when every row of the file could be imported.
func whole(done intake.Progress, file string) error {
	switch {
	case done.Done == 0:
		return fmt.Errorf("no complaint could be imported from %s: there are no rows below the header", file)
	case done.Created+done.Skipped == 0:
		return fmt.Errorf("no complaint could be imported from %s: see above what is wrong with its rows", file)
	case done.Broken > 0:
		return fmt.Errorf("%d of %d rows of %s are broken and were left out, see above; mend them and import the file again, the others are passed over", done.Broken, done.Done, file)
	}
	return nil
}

// loadMapping reads a mapping by its name or from a file.
func (a *app) loadMapping(ctx context.Context, name string) (*intake.Mapping, error) {
	if path, shipped := shippedMappings[name]; shipped {
		data, err := fs.ReadFile(playbooks.FS, path)
		if err != nil {
			return nil, fmt.Errorf("read the built-in mapping %s: %w", name, err)
		}
		return intake.ParseMapping(name, data)
	}
	data, err := a.readText(ctx, name, intake.MostMapping, "it is larger than 1 MiB, so it is no mapping; name another file")
	if err != nil {
		return nil, unreadable(fmt.Errorf("--mapping: %w; built in are %s", err, strings.Join(slices.Sorted(mapKeys(shippedMappings)), " and ")))
	}
	m, err := intake.ParseMapping(printable(name), data)
	if err != nil {
		return nil, unreadable(err)
	}
	return m, nil
}

func mapKeys(m map[string]string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// openCSV opens the file and counts its rows; 0 for standard input and pipes, which can be read only once.
func (a *app) openCSV(ctx context.Context, name string, m *intake.Mapping) (io.ReadCloser, int, error) {
	file, err := a.open(ctx, name)
	if err != nil {
		return nil, 0, unreadable(err)
	}
	again, is := file.(io.ReadSeeker)
	if !is {
		return file, 0, nil
	}
	total, err := m.CountRows(again)
	if err == nil {
		_, err = again.Seek(0, io.SeekStart)
	}
	if err != nil {
		return nil, 0, errors.Join(notThere(name, err), file.Close())
	}
	return file, total, nil
}
