// Command manager runs the Tocsin controllers in a cluster.
package main

import (
	"crypto/rand"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"strings"
	"time"
	_ "time/tzdata" // calendars name time zones; the image has no zone database

	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/metrics"

	"tocsin.dev/tocsin/internal/install"
	"tocsin.dev/tocsin/internal/notice"
	"tocsin.dev/tocsin/internal/operator"
	"tocsin.dev/tocsin/internal/version"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "manager:", err)
		os.Exit(1)
	}
}

func run() error {
	var o operator.Options
	var namespaces string
	var logs logging
	var showVersion bool
	flag.StringVar(&o.SystemNamespace, "system-namespace", install.Namespace, "Namespace of the manager: leases, checkpoint key, checkpoints.")
	flag.StringVar(&namespaces, "watch-namespaces", "", "Comma-separated namespaces to serve. Default: all.")
	flag.BoolVar(&o.LeaderElection, "leader-elect", true, "Elect a leader, so that several replicas can stand by.")
	flag.DurationVar(&o.Lease, "lease-duration", 15*time.Second, "How long a leader that is not heard of any more is waited for, in whole seconds; at least 4s.")
	flag.StringVar(&o.MetricsAddress, "metrics-bind-address", ":8443", "Address of /metrics; 0 switches it off.")
	flag.BoolVar(&o.MetricsOpen, "metrics-open", false, "Serve /metrics over plain HTTP to everybody who can reach it, not over HTTPS to those whom RBAC lets read it.")
	flag.StringVar(&o.MetricsCertDir, "metrics-cert-dir", "", "Directory with tls.crt and tls.key for /metrics. Default: a certificate made at the start, signed by nobody.")
	flag.StringVar(&o.ProbeAddress, "health-probe-bind-address", ":8081", "Address of /healthz and /readyz; 0 switches them off.")
	flag.StringVar(&o.ProfileAddress, "pprof-bind-address", "0", "Address at which profiles of the process are served, e.g. 127.0.0.1:6060; 0 switches it off.")
	flag.StringVar(&o.WebhookAddress, "webhook-bind-address", "0", "Address of the webhook that refuses policies which are not sound, e.g. :9443; 0 switches it off.")
	flag.BoolVar(&showVersion, "version", false, "Say which release this is.")
	logs.flags(flag.CommandLine)
	flag.Parse()
	if showVersion {
		_, err := fmt.Fprintln(os.Stdout, version.String())
		return err
	}
	if err := logs.set(os.Stderr); err != nil {
		return err
	}
	if namespaces != "" {
		o.WatchNamespaces = strings.Split(namespaces, ",")
	}
	o.Announce, o.GatherCheckpoints = true, time.Second
	o.Clock, o.Entropy, o.Senders = clock.RealClock{}, rand.Reader, notice.NewSenders()
	var err error
	if o.Process, err = processName(); err != nil {
		return err
	}
	cfg, err := ctrl.GetConfig()
	if err != nil {
		return fmt.Errorf("find a cluster: %w", err)
	}
	cfg.QPS = -1 // the API server's own fairness limits the manager
	ctx := ctrl.SetupSignalHandler()
	op, err := operator.New(ctx, cfg, o)
	if err != nil {
		return err
	}
	if err := op.Add(operator.Collector{Clock: clock.RealClock{}}); err != nil {
		return err
	}
	if err := metrics.Registry.Register(op.Metrics); err != nil {
		return err
	}
	ctrl.Log.Info("Starting", "version", version.Version, "process", o.Process)
	return op.Start(ctx)
}

// processName names this life of the process: the host, and a part that never comes twice.
func processName() (string, error) {
	host, err := os.Hostname()
	if err != nil {
		return "", err
	}
	var b [6]byte
	if _, err := rand.Read(b[:]); err != nil {
		return "", err
	}
	return host + "-" + hex.EncodeToString(b[:]), nil
}
