// Package cli is the kubectl plugin `kubectl tocsin`: what people on call, at intake and in an audit do with Tocsin
// from a terminal. It follows kubectl's conventions, knows no wall clock and never prints who complains or what they
// said.
package cli

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/utils/clock"
)

// Env is what the commands know of the machine they run on.
type Env struct {
	// In, Out and Err are the standard streams.
	In       io.Reader
	Out, Err io.Writer
	// Clock gives the time of acts and of what is overdue.
	Clock clock.Clock
	// Entropy makes the ids of acts.
	Entropy io.Reader
	// Terminal is whether Out is one; only then lines are redrawn.
	Terminal bool
	// Keys is whether In is a terminal too, so that single keys can be read from it.
	Keys bool
	// Colour is whether Out may be coloured.
	Colour bool
	// Size tells how wide and high the terminal is, in characters; nil: 80 by 24. It is not asked where Out is none.
	Size func() (width, height int)
}

// Exit codes.
const (
	exitOK      = 0
	exitRefused = 1   // refused, not found, findings
	exitUsage   = 2   // wrong flags or arguments, what cannot be read or written, or no cluster to talk to
	exitStopped = 130 // ended by Ctrl-C, as shells count it
)

// Run carries out one command line, without the program's name, and returns its exit code.
func Run(ctx context.Context, env Env, args []string) int {
	ctx, end := context.WithCancel(ctx)
	defer end()
	out := &output{Writer: env.Out, end: end}
	if !env.Terminal { // who looks at one sees what is missing
		env.Out = out
	}
	a := &app{Env: env, flags: genericclioptions.NewConfigFlags(true)}
	root := a.root()
	root.SetArgs(args)
	root.SetIn(env.In)
	root.SetOut(env.Out)
	root.SetErr(env.Err)
	cmd, err := root.ExecuteContextC(ctx)
	if out.err != nil {
		fmt.Fprintf(env.Err, "error: not everything could be written to standard output: %v\n", out.err)
		return exitUsage
	}
	if err == nil {
		return exitOK
	}
	if ctx.Err() != nil { // whatever broke off, this is why
		err, a.running = ctx.Err(), true
	}
	message := oneSentence(explain(err, a.host))
	if a.expired != "" && apierrors.IsUnauthorized(err) {
		message = a.expired
	}
	if message != "" {
		fmt.Fprintln(env.Err, "error: "+printableLines(message))
	}
	if !a.running {
		fmt.Fprintf(env.Err, "See '%s --help'.\n", cmd.CommandPath())
		return exitUsage
	}
	return exitCode(err)
}

// output is a file or a pipe that is written to. Commands write as they go and heed no error; the first one ends them, and
// what is half a story is not taken for the whole.
type output struct {
	io.Writer
	err error
	end context.CancelFunc
}

// Write implements io.Writer.
func (o *output) Write(b []byte) (int, error) {
	n, err := o.Writer.Write(b)
	if err != nil && o.err == nil {
		o.err = err
		o.end()
	}
	return n, err
}

// app is one run of the program.
type app struct {
	Env
	flags *genericclioptions.ConfigFlags
	// running is set once flags and arguments were understood.
	running bool
	// inTaken is set once standard input is being read: what is read is gone.
	inTaken bool
	// host is the API server, once known.
	host string
	// expired says that the caller's certificate has expired; empty: it has not.
	expired string
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "kubectl-tocsin",
		Short: "Complaints and crises: take in, work on, look back",
		Long: `Complaints and crises: take in, work on, look back.

Everything is a Kubernetes object of the category "tocsin"; these commands do what kubectl alone would make tedious.
Exit codes: 0 done, 1 refused, not found or findings, 2 wrong usage, what cannot be read or written, or no cluster, 130 stopped.`,
		Annotations:       map[string]string{cobra.CommandDisplayNameAnnotation: "kubectl tocsin"},
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
	}
	a.flags.AddFlags(root.PersistentFlags())
	// Only these commands have it; here it is so that it may stand in front of them, as -n may.
	root.Flags().BoolP("all-namespaces", "A", false, "status, mine and watch: in all namespaces")
	root.AddCommand(a.statusCommand(), a.watchCommand(), a.mineCommand(), a.showCommand(), a.timelineCommand(), a.postMortemCommand(), a.importCommand())
	root.AddCommand(a.reassignCommand(), a.askCommand(), a.channelCommand(), a.onCallCommand())
	root.AddCommand(a.cacaoCommand())
	for _, v := range verbs {
		root.AddCommand(a.actCommand(v))
	}
	for _, v := range recordVerbs {
		root.AddCommand(a.recordCommand(v))
	}
	root.AddCommand(a.simulateCommand(), a.replayCommand(), a.verifyCommand(), a.drawCommand(), a.diffCommand(), a.testCommand(), a.completionCommand())
	a.completeAll(root)
	root.SetFlagErrorFunc(unknownFlag)
	root.SetUsageTemplate(strings.Replace(root.UsageTemplate(), allGlobalFlags, whereGlobalFlags, 1))
	exemplify(root)
	knowsItsCommands(root)
	return root
}

// The flags of kubectl are told once, in the help of the whole: they are twenty, and most commands have two or three.
const (
	allGlobalFlags   = "Global Flags:\n{{.InheritedFlags.FlagUsages | trimTrailingWhitespaces}}"
	whereGlobalFlags = "The flags of kubectl work as well, such as -n, --context and --as: \"kubectl tocsin --help\" lists them."
)

// in is how to say in a command of kubectl that it is about the same namespace, "" for all: as the caller said it.
func (a *app) in(namespace string) string {
	switch {
	case namespace == "":
		return " -A"
	case a.flags != nil && *a.flags.Namespace != "":
		return " -n " + namespace
	}
	return ""
}

// run wraps the work of a command: from here on an error is about the work, not about how it was asked for.
func (a *app) run(work func(context.Context, []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		a.running = true
		return work(cmd.Context(), args)
	}
}

// size is how much fits on the screen; 0 and 0, which is everything, where there is none.
func (a *app) size() (width, height int) {
	switch {
	case !a.Terminal:
		return 0, 0
	case a.Size == nil:
		return 80, 24
	}
	width, height = a.Size()
	return max(width, 40), max(height, 10)
}
