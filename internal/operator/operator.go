// Package operator puts the controllers together to a manager: the same for the manager command, the demo, `make run`
// and the tests, which differ in clock, queues and senders alone.
package operator

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/util/workqueue"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/controllers"
	"tocsin.dev/tocsin/internal/health"
	"tocsin.dev/tocsin/internal/intake"
	"tocsin.dev/tocsin/internal/metrics"
	"tocsin.dev/tocsin/internal/notice"
	"tocsin.dev/tocsin/internal/triage"
	"tocsin.dev/tocsin/internal/wake"
)

// Scheme knows the kinds of Tocsin and of Kubernetes.
var Scheme = newScheme()

func newScheme() *runtime.Scheme {
	s := runtime.NewScheme()
	utilruntime.Must(clientgoscheme.AddToScheme(s))
	utilruntime.Must(v1alpha1.AddToScheme(s))
	return s
}

// caseNumberBlock is how many case numbers are reserved with one write.
const caseNumberBlock = 50

// Options is what differs between a manager in a cluster, the demo and a test.
type Options struct {
	// Clock is the only source of time.
	Clock clock.Clock
	// Entropy gives salts, keys and the name of this process.
	Entropy io.Reader
	// Process names this life of the process; no two may be the same.
	Process string
	// SystemNamespace is where leases, the checkpoint key and the checkpoints are kept.
	SystemNamespace string
	// WatchNamespaces restricts the manager to these namespaces. Default: all.
	WatchNamespaces []string
	// LeaderElection is on wherever there can be two managers.
	LeaderElection bool
	// Lease is how long a leader that is not heard of any more is waited for, in whole seconds; at least 4 s. Default 15 s.
	Lease time.Duration
	// MetricsAddress and ProbeAddress are where metrics and probes are served; "0" or empty: not at all.
	MetricsAddress, ProbeAddress string
	// MetricsOpen serves the metrics over plain HTTP to everybody. Default: over HTTPS, to those whom the API server knows
	// and lets read them.
	MetricsOpen bool
	// MetricsCertDir holds tls.crt and tls.key for the metrics. Default: a certificate that nobody has signed.
	MetricsCertDir string
	// WebhookAddress is where the webhook is served that refuses policies which are not sound; "0" or empty: not at all.
	WebhookAddress string
	// WebhookNames are the host names and IP addresses under which the API server calls it. Default: those of the Service
	// tocsin-webhook in SystemNamespace.
	WebhookNames []string
	// Announce writes Kubernetes events about what somebody should know, see controllers.Announcer.
	Announce bool
	// GatherCheckpoints is how long a signed checkpoint waits for others to be written with it. Default: not at all.
	GatherCheckpoints time.Duration
	// Limits are when the manager counts as stuck. Default: health.DefaultLimits.
	Limits health.Limits
	// ProfileAddress is where profiles of the process are served; empty: not at all.
	ProfileAddress string
	// Senders talk to the outside.
	Senders notice.Senders
	// NewQueue makes the work queue of a controller. Default: controller-runtime's.
	NewQueue func(name string, limiter workqueue.TypedRateLimiter[reconcile.Request]) workqueue.TypedRateLimitingInterface[reconcile.Request]
	// WrapClient wraps the client of the controllers, to watch or disturb its writes. Default: as it is.
	WrapClient func(client.WithWatch) client.WithWatch
	// Grace is how long a stopping manager waits for its reconciles. Default 20 s.
	Grace time.Duration
	// SkipNameValidation lets several managers of one process use the same controller names (tests).
	SkipNameValidation bool
}

// Operator is a manager with its parts.
type Operator struct {
	manager.Manager
	// Wheel holds the wake-ups; the demo jumps to the next one.
	Wheel *wake.Wheel
	// Ledger keeps the checkpoints.
	Ledger *controllers.Ledger
	// Metrics are the manager's figures. Whoever serves them registers them.
	Metrics *metrics.Metrics

	watchdog *health.Watchdog
}

// New makes a manager with all controllers. It does not start it.
func New(ctx context.Context, cfg *rest.Config, o Options) (*Operator, error) {
	watchdog := health.New(o.Clock, o.Limits)
	// Within a cluster the wire is not what is short: packing and unpacking watches costs both sides more than it saves.
	cfg = rest.CopyConfig(cfg)
	cfg.DisableCompression = true
	opts := managerOptions(o, watchdog)
	if o.LeaderElection {
		lease, err := elect(cfg, o, &opts)
		if err != nil {
			return nil, err
		}
		cfg.Wrap(func(rt http.RoundTripper) http.RoundTripper { return fence{rt, lease.leads} })
	}
	mgr, err := ctrl.NewManager(cfg, opts)
	if err != nil {
		return nil, fmt.Errorf("make the manager: %w", err)
	}
	op := &Operator{Manager: mgr, Wheel: wake.New(o.Clock), watchdog: watchdog}
	op.Ledger = &controllers.Ledger{Client: mgr.GetClient(), APIReader: mgr.GetAPIReader(), Namespace: o.SystemNamespace, Entropy: o.Entropy,
		Gather: o.GatherCheckpoints, Clock: o.Clock}
	for _, r := range []manager.Runnable{op.Wheel, op.Ledger} {
		if err := mgr.Add(r); err != nil {
			return nil, err
		}
	}
	judged := controllers.Shell{Proofs: controllers.NewProofs(), Surroundings: &controllers.Surroundings{}}
	if err := controllers.AddIndexes(ctx, mgr); err != nil {
		return nil, err
	}
	if err := op.addWatch(ctx, o); err != nil {
		return nil, err
	}
	if err := op.addWebhook(o, judged); err != nil {
		return nil, err
	}
	return op, op.addControllers(o, judged)
}

func managerOptions(o Options, watchdog *health.Watchdog) manager.Options {
	if o.Grace == 0 {
		o.Grace = 20 * time.Second
	}
	opts := manager.Options{
		Scheme:                  Scheme,
		Metrics:                 metricsOptions(o),
		HealthProbeBindAddress:  orOff(o.ProbeAddress),
		PprofBindAddress:        orOff(o.ProfileAddress),
		GracefulShutdownTimeout: &o.Grace,
		Client: client.Options{Cache: &client.CacheOptions{
			// Secrets, segments and revisions are read when they are needed and kept in no cache.
			DisableFor: []client.Object{&corev1.Secret{}, &corev1.ConfigMap{}, &appsv1.ControllerRevision{}},
		}},
		NewClient: func(cfg *rest.Config, options client.Options) (client.Client, error) {
			whole, err := client.NewWithWatch(cfg, options)
			if err != nil {
				return nil, err
			}
			c, err := newBriefClient(whole, cfg, options)
			if err != nil || o.WrapClient == nil {
				return c, err
			}
			return o.WrapClient(c), nil
		},
	}
	// A replica that stands by fills its caches and queues, so that it can go to work the moment it leads.
	warm := true
	opts.Controller.EnableWarmup = &warm
	// Who wrote which field is for the API server; it is a third of an object's memory.
	opts.Cache.DefaultTransform = cache.TransformStripManagedFields()
	opts.Controller.SkipNameValidation = &o.SkipNameValidation
	opts.Cache.DefaultWatchErrorHandler = watchdog.WatchFailed
	if len(o.WatchNamespaces) > 0 {
		opts.Cache.DefaultNamespaces = map[string]cache.Config{}
		for _, ns := range o.WatchNamespaces {
			opts.Cache.DefaultNamespaces[ns] = cache.Config{}
		}
	}
	return opts
}

func orOff(address string) string {
	if address == "" {
		return "0"
	}
	return address
}

// How many objects of a kind are worked on at once. Records are mostly waiting for the API server, notices for the
// outside.
const (
	recordWorkers = 16
	noticeWorkers = 16
)

// addControllers adds all controllers. judged holds what was found of playbooks, which the webhook looks at, too.
func (op *Operator) addControllers(o Options, judged controllers.Shell) error {
	plans := controllers.NewPlans()
	if err := op.Add(&controllers.Warmer{Cache: op.GetCache(), APIReader: op.GetAPIReader(), Plans: plans, Elected: op.Elected()}); err != nil {
		return err
	}
	shell := controllers.Shell{
		Client: op.GetClient(), APIReader: op.GetAPIReader(), Clock: o.Clock, Wheel: op.Wheel, Entropy: o.Entropy,
		Plans: plans, Proofs: judged.Proofs, Surroundings: judged.Surroundings, Fresh: &controllers.Fresh{}, Ledger: op.Ledger, Metrics: op.Metrics,
	}
	shell.Plans.Metrics = op.Metrics
	if o.Announce {
		shell.Announce = controllers.NewAnnouncer(op.GetEventRecorder("tocsin"), o.Clock)
	}
	wakeFor := func(kind string) func(types.NamespacedName, time.Time) {
		return func(key types.NamespacedName, at time.Time) { op.Wheel.At(kind, key, at) }
	}
	newQueue := o.NewQueue
	if newQueue == nil {
		newQueue = op.watchdog.NewQueue(op.leads)
	}
	workers := func(n int) controller.Options {
		return controller.Options{MaxConcurrentReconciles: n, NewQueue: newQueue}
	}
	index := &triage.Index{}
	policies := &controllers.Policies{Client: op.GetClient(), APIReader: op.GetAPIReader()}
	return firstError(
		(&controllers.ComplaintReconciler{
			Shell: shell, Index: index, Numbers: triage.NewAllocator(intake.NewCaseNumbers(op.GetClient()), caseNumberBlock),
			Policies: policies,
		}).SetupWithManager(op, workers(recordWorkers)),
		(&controllers.CrisisIncidentReconciler{Shell: shell, Policies: policies}).SetupWithManager(op, workers(recordWorkers)),
		(&controllers.PlaybookReconciler{Shell: shell}).SetupWithManager(op, workers(1)),
		(&controllers.ProofReconciler{Shell: shell}).SetupWithManager(op, workers(1)),
		(&controllers.SurroundingsReconciler{Shell: shell}).SetupWithManager(op, workers(1)),
		(&controllers.TriagePolicyReconciler{Shell: shell}).SetupWithManager(op, workers(1)),
		(&controllers.BusinessCalendarReconciler{Shell: shell}).SetupWithManager(op, workers(1)),
		(&controllers.ResponseTeamReconciler{Shell: shell}).SetupWithManager(op, workers(1)),
		(&controllers.DrillScheduleReconciler{Shell: shell}).SetupWithManager(op, workers(1)),
		(&controllers.NoticeReconciler{
			Client: op.GetClient(), APIReader: op.GetAPIReader(), Clock: o.Clock, Wake: wakeFor(controllers.KindNotice),
			Process: o.Process, Senders: o.Senders, Metrics: op.Metrics, Announce: shell.Announce,
		}).SetupWithManager(op, workers(noticeWorkers), op.Wheel.Source(controllers.KindNotice)),
		(&controllers.NoticeChannelReconciler{
			Client: op.GetClient(), APIReader: op.GetAPIReader(), Clock: o.Clock, Wake: wakeFor(controllers.KindNoticeChannel),
			Forget: o.Senders.Forget,
		}).SetupWithManager(op, workers(1), op.Wheel.Source(controllers.KindNoticeChannel)),
		(&controllers.PostMortemReconciler{Client: op.GetClient(), Clock: o.Clock, Wake: wakeFor(controllers.KindPostMortem)}).
			SetupWithManager(op, workers(1), op.Wheel.Source(controllers.KindPostMortem)),
	)
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
