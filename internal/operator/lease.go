package operator

import (
	"context"
	"fmt"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/manager"
)

// LeaseName is the name of the lease that the leader holds, in the operator's own namespace.
const LeaseName = "tocsin.crisis.tocsin.dev"

// A lease of L is renewed every L/10. A leader that cannot renew it tries for L/2, then gives it up, which takes L/4 at most
// where the API server does not answer: it has stopped before L is over and another one leads. Who stands by looks often,
// which costs next to nothing, so that it leads less than a second after L is over: it sees a renewal up to 0.33 s late
// and the end as well, because each pause is up to 2.2 times this one.
const (
	defaultLease = 15 * time.Second
	leaseGlance  = 150 * time.Millisecond
)

// elect has the manager lead only while it holds the lease.
func elect(cfg *rest.Config, o Options, opts *manager.Options) error {
	if o.Lease == 0 {
		o.Lease = defaultLease
	}
	patience, glance := o.Lease/2, leaseGlance
	lock, err := resourcelock.NewFromKubeconfig(resourcelock.LeasesResourceLock, o.SystemNamespace, LeaseName,
		resourcelock.ResourceLockConfig{Identity: o.Process}, cfg, patience)
	if err != nil {
		return fmt.Errorf("prepare the election of a leader: %w", err)
	}
	opts.LeaderElection = true
	opts.LeaderElectionID, opts.LeaderElectionNamespace = LeaseName, o.SystemNamespace
	opts.LeaderElectionResourceLockInterface = &calmLock{Interface: lock, every: o.Lease / 10, clock: clock.RealClock{}}
	opts.LeaseDuration, opts.RenewDeadline, opts.RetryPeriod = &o.Lease, &patience, &glance
	// The lease is given back at the end, so that the next manager need not wait for it to run out.
	opts.LeaderElectionReleaseOnCancel = true
	return nil
}

// calmLock is a lease that its holder writes less often than the elector asks it to. The elector has one pause for both:
// looking at somebody else's lease, which should be short, and renewing one's own, which is a write.
type calmLock struct {
	resourcelock.Interface
	every time.Duration
	clock clock.PassiveClock
	// written is when this process wrote the lease as its holder; zero: it did not, or the last try failed.
	written time.Time
}

// Get implements resourcelock.Interface.
func (l *calmLock) Get(ctx context.Context) (*resourcelock.LeaderElectionRecord, []byte, error) {
	ctx, cancel := finishing(ctx)
	defer cancel()
	return l.Interface.Get(ctx)
}

// finishing is a context that ends at the deadline of ctx but not with ctx. A manager that is told to end finishes the
// call it is in before it gives its lease back: a call cut in the middle is logged as an error, and nobody knows whether
// the API server did it.
func finishing(ctx context.Context) (context.Context, context.CancelFunc) {
	whole := context.WithoutCancel(ctx)
	if deadline, ok := ctx.Deadline(); ok {
		return context.WithDeadline(whole, deadline)
	}
	return whole, func() {}
}

// Update implements resourcelock.Interface. The elector calls it from one goroutine.
func (l *calmLock) Update(ctx context.Context, record resourcelock.LeaderElectionRecord) error {
	ctx, cancel := finishing(ctx)
	defer cancel()
	mine := record.HolderIdentity == l.Identity()
	if mine && !l.written.IsZero() && l.clock.Since(l.written) < l.every {
		return nil
	}
	l.written = time.Time{}
	now := l.clock.Now()
	err := l.Interface.Update(ctx, record)
	if err == nil && mine {
		l.written = now
	}
	return err
}
