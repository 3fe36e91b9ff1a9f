package operator

import (
	"context"
	"errors"
	"fmt"
	"time"

	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/metrics/filters"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/health"
	"tocsin.dev/tocsin/internal/install"
	"tocsin.dev/tocsin/internal/metrics"
)

// admissionRemembered is how long the manager stays ready after the API server has refused a forged act. What it costs is
// a dry run of a write.
const admissionRemembered = time.Minute

// kinds are what the controllers watch. Known to the cache from the start, they are all there when it calls itself filled.
var kinds = []client.Object{
	&v1alpha1.Complaint{}, &v1alpha1.CrisisIncident{}, &v1alpha1.ResponseTask{}, &v1alpha1.Notice{}, &v1alpha1.PostMortem{},
	&v1alpha1.Playbook{}, &v1alpha1.TriagePolicy{}, &v1alpha1.ResponseTeam{}, &v1alpha1.BusinessCalendar{}, &v1alpha1.NoticeChannel{},
	&v1alpha1.DrillSchedule{},
}

// metricsOptions say how the metrics are served.
func metricsOptions(o Options) server.Options {
	opts := server.Options{BindAddress: orOff(o.MetricsAddress), CertDir: o.MetricsCertDir}
	if !o.MetricsOpen {
		opts.SecureServing, opts.FilterProvider = true, filters.WithAuthenticationAndAuthorization
	}
	return opts
}

// addWatch makes the manager's metrics, and has the watchdog look after the wheel.
func (op *Operator) addWatch(ctx context.Context, o Options) error {
	op.Metrics = metrics.New(metrics.Of{Clock: o.Clock, Leads: op.leads, Wakes: op.Wheel.Pending, Checkpoints: op.Ledger.Waiting})
	op.Wheel.Late = op.Metrics.Woken
	op.watchdog.Watch("wheel of wake-ups", op.Wheel.Progress)
	for _, kind := range kinds {
		if _, err := op.GetCache().GetInformer(ctx, kind, cache.BlockUntilSynced(false)); err != nil {
			return fmt.Errorf("watch %T: %w", kind, err)
		}
	}
	if err := op.Metrics.Watch(ctx, op.GetCache()); err != nil {
		return err
	}
	if orOff(o.ProbeAddress) == "0" {
		return nil
	}
	return op.addProbes(o.Clock)
}

// leads says whether this replica leads.
func (op *Operator) leads() bool {
	select {
	case <-op.Elected():
		return true
	default:
		return false
	}
}

// addProbes serves /healthz and /readyz. Alive is a manager that is not stuck. Ready is one whose caches are filled, and
// whose API server refuses a forged act: people's decisions must not be taken before that. A replica that stands by is
// ready like the one that leads.
func (op *Operator) addProbes(c clock.PassiveClock) error {
	direct, err := client.New(op.GetConfig(), client.Options{Scheme: Scheme, HTTPClient: op.GetHTTPClient(), Mapper: op.GetRESTMapper()})
	if err != nil {
		return fmt.Errorf("make the client of the probes: %w", err)
	}
	admission := &health.Remembered{Clock: c, For: admissionRemembered, Check: func(ctx context.Context) error {
		refused, err := install.ForgedWriteRefused(ctx, direct)
		if err == nil && !refused {
			err = errors.New("the API server took a forged act: apply config/admission")
		}
		return err
	}}
	synced := health.NewSynced(op.GetCache().WaitForCacheSync)
	if err := op.Add(synced); err != nil {
		return err
	}
	return firstError(
		op.AddHealthzCheck("stuck", op.watchdog.Check),
		op.AddReadyzCheck("caches", synced.Ready),
		op.AddReadyzCheck("admission", admission.Ready),
	)
}
