// Command manager runs the Tocsin controllers in a cluster.
package main

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"strings"
	_ "time/tzdata" // calendars name time zones; the image has no zone database

	"k8s.io/client-go/rest"
	"k8s.io/klog/v2"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/healthz"

	"tocsin.dev/tocsin/internal/install"
	"tocsin.dev/tocsin/internal/notice"
	"tocsin.dev/tocsin/internal/operator"
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
	flag.StringVar(&o.SystemNamespace, "system-namespace", install.Namespace, "Namespace of the manager: leases, checkpoint key, checkpoints.")
	flag.StringVar(&namespaces, "watch-namespaces", "", "Comma-separated namespaces to serve. Default: all.")
	flag.BoolVar(&o.LeaderElection, "leader-elect", true, "Elect a leader, so that several replicas can stand by.")
	flag.StringVar(&o.MetricsAddress, "metrics-bind-address", ":8080", "Address of the metrics endpoint; 0 switches it off.")
	flag.StringVar(&o.ProbeAddress, "health-probe-bind-address", ":8081", "Address of /healthz and /readyz.")
	flag.Parse()
	ctrl.SetLogger(klog.Background())
	if namespaces != "" {
		o.WatchNamespaces = strings.Split(namespaces, ",")
	}
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
	if err := addChecks(op, cfg); err != nil {
		return err
	}
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

// addChecks makes the manager ready only once the API server refuses a forged act: people's decisions must not be
// taken before that.
func addChecks(op *operator.Operator, cfg *rest.Config) error {
	c, err := client.New(cfg, client.Options{Scheme: operator.Scheme})
	if err != nil {
		return err
	}
	ready := func(req *http.Request) error {
		refused, err := install.ForgedWriteRefused(req.Context(), c)
		if err == nil && !refused {
			err = errors.New("the API server took a forged act: apply config/admission")
		}
		return err
	}
	if err := op.AddHealthzCheck("ping", healthz.Ping); err != nil {
		return err
	}
	return op.AddReadyzCheck("admission", ready)
}
