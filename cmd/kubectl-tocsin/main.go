// Command kubectl-tocsin is the kubectl plugin `kubectl tocsin`.
package main

import (
	"context"
	"crypto/rand"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/go-logr/logr"
	"github.com/spf13/cobra"
	"golang.org/x/term"
	"k8s.io/klog/v2"
	"k8s.io/utils/clock"
	ctrllog "sigs.k8s.io/controller-runtime/pkg/log"

	"tocsin.dev/tocsin/internal/cli"
)

// garbage is how much may pile up against what is in use, in percent, before it is collected. A command lives for seconds and
// proofs make much garbage: at Go's 100 a third of their time goes into collecting it.
const garbage = 400

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbage)
	}
	// The libraries' logs are no part of what a command says.
	klog.SetLogger(logr.Discard())
	ctrllog.SetLogger(logr.Discard())

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the program at once, whatever it does
	terminal := term.IsTerminal(int(os.Stdout.Fd())) && os.Getenv("TERM") != "dumb"
	_, noColour := os.LookupEnv("NO_COLOR")
	code := cli.Run(ctx, cli.Env{
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr,
		Clock: clock.RealClock{}, Entropy: rand.Reader,
		Terminal: terminal, Keys: term.IsTerminal(int(os.Stdin.Fd())), Colour: terminal && !noColour,
		Size: func() (int, int) {
			width, height, err := term.GetSize(int(os.Stdout.Fd()))
			if err != nil {
				return 80, 24
			}
			return width, height
		},
	}, arguments(os.Args))
	stop()
	os.Exit(code)
}

// arguments is the command line, without the program's name. As kubectl_complete-tocsin kubectl asks it to complete one.
func arguments(line []string) []string {
	name := strings.TrimSuffix(filepath.Base(line[0]), ".exe")
	if name == "kubectl_complete-tocsin" {
		return append([]string{cobra.ShellCompRequestCmd}, line[1:]...)
	}
	return line[1:]
}
