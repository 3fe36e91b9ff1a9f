// Command bench measures Tocsin on a control plane of its own: how much slower a complaint's life is than the same writes
// by a bare client, how many writes it takes, how soon people are answered, and what the manager costs. It prints a table
// and writes bench.json.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/go-logr/logr"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) (err error) {
	var o options
	flag.IntVar(&o.n, "n", 1000, "Complaints at once.")
	flag.IntVar(&o.many, "many", 10000, "Open complaints for the figures of memory and grading; 0 leaves them out.")
	flag.IntVar(&o.year, "year", 100_000, "Complaints of the simulated year; 0 leaves it out.")
	flag.StringVar(&o.file, "o", "bench.json", "File the figures are written to.")
	flag.StringVar(&o.profile, "pprof", "", "Address at which the manager serves profiles while it is measured. Default: none.")
	only := flag.String("cache", "", "Hold a bare cache of this namespace and nothing else (the program calls itself so).")
	flag.Parse()
	if *only != "" {
		return holdCache(ctx, *only, os.Stdout)
	}
	ctrl.SetLogger(logr.Discard())
	r := &report{out: os.Stdout}
	if err := decisions(r); err != nil {
		return err
	}
	if err := policyAsCode(ctx, r, o.year); err != nil {
		return err
	}
	s, err := setUp(ctx, clock.RealClock{}, os.Stdout)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	if err := s.measure(ctx, r, o); err != nil {
		return err
	}
	fmt.Fprintln(r.out)
	if err := r.table(); err != nil {
		return err
	}
	if n := r.missed(); n > 0 {
		fmt.Fprintf(r.out, "%d figures missed their aim.\n", n)
	}
	return r.write(o.file)
}
