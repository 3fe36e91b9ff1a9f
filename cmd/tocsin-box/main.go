// Command tocsin-box runs Tocsin on a control plane of its own: `demo` plays the main job in time-lapse, `up` runs the
// platform in real time.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"syscall"
	_ "time/tzdata" // calendars name time zones; not every machine has the database

	"github.com/spf13/cobra"
	"k8s.io/klog/v2"
	"k8s.io/klog/v2/textlogger"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"

	"tocsin.dev/tocsin/internal/demo"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	root := &cobra.Command{Use: "tocsin-box", Short: "Tocsin on a control plane of its own", SilenceUsage: true, SilenceErrors: true}
	root.AddCommand(demoCommand(), upCommand())
	if err := root.ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "tocsin-box:", err)
		os.Exit(1)
	}
}

func demoCommand() *cobra.Command {
	var o demo.Options
	cmd := &cobra.Command{Use: "demo", Short: "Play the main job in time-lapse", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		return runDemo(cmd.Context(), o)
	}}
	cmd.Flags().StringVar(&o.CSV, "csv", os.Getenv("DEMO_CSV"), "Export of the US Consumer Complaint Database to play; DEMO_CSV in the environment. Default: the examples of the pack.")
	cmd.Flags().IntVar(&o.Least, "complaints", 300, "How many complaints are played at least when the examples are.")
	cmd.Flags().Uint64Var(&o.Seed, "seed", 1, "What the cast's chance is drawn from.")
	cmd.Flags().StringVar(&o.Dir, "dir", filepath.Join(".tocsin", "demo"), "Where summary, post-mortem, books and log are written.")
	return cmd
}

func runDemo(ctx context.Context, o demo.Options) error {
	debug.SetGCPercent(400) // it lives shortly, and memory is cheaper here than the processor
	// What cannot be read must not cost the results of the last play.
	if _, err := demo.LoadCases(demo.Source{CSV: o.CSV, Least: o.Least, Seed: o.Seed, Start: clock.RealClock{}.Now()}); err != nil {
		return err
	}
	if err := os.RemoveAll(o.Dir); err != nil {
		return err
	}
	if err := os.MkdirAll(o.Dir, 0o755); err != nil {
		return err
	}
	files := map[string]*os.File{}
	for _, name := range []string{"manager.log", "mail.jsonl", "webhook.jsonl"} {
		f, err := os.Create(filepath.Join(o.Dir, name))
		if err != nil {
			return err
		}
		defer func() { _ = f.Close() }()
		files[name] = f
	}
	logTo(files["manager.log"])
	o.Real, o.Entropy, o.Out, o.Terminal = clock.RealClock{}, rand.Reader, os.Stdout, isTerminal(os.Stdout)
	o.MailSink, o.HookSink = files["mail.jsonl"], files["webhook.jsonl"]
	summary, err := demo.Play(ctx, o)
	if info, statErr := files["manager.log"].Stat(); err != nil && (statErr != nil || info.Size() > 0) {
		return fmt.Errorf("%w; the manager's log is %s", err, files["manager.log"].Name())
	}
	if err != nil {
		return err
	}
	if !summary.Held() {
		return errors.New("an invariant did not hold; see the table")
	}
	return nil
}

// logTo sends the logs of the controllers and of the client library to a file.
func logTo(f *os.File) {
	log := textlogger.NewLogger(textlogger.NewConfig(textlogger.Output(f)))
	ctrl.SetLogger(log)
	klog.SetLogger(log)
}

func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
