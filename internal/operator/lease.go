package operator

import (
	"context"
	"errors"
	"fmt"
	"sync"
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
	leastLease   = 4 * time.Second
	leaseGlance  = 150 * time.Millisecond
)

// elect has the manager lead, and write, only while it holds the lease.
func elect(cfg *rest.Config, o Options, opts *manager.Options) (*calmLock, error) {
	if o.Lease == 0 {
		o.Lease = defaultLease
	}
	if o.Lease < leastLease || o.Lease%time.Second != 0 {
		return nil, fmt.Errorf("--lease-duration=%s: a lease is whole seconds long, %s at least", o.Lease, leastLease)
	}
	patience, glance := o.Lease/2, leaseGlance
	lock, err := resourcelock.NewFromKubeconfig(resourcelock.LeasesResourceLock, o.SystemNamespace, LeaseName,
		resourcelock.ResourceLockConfig{Identity: o.Process}, cfg, patience)
	if err != nil {
		return nil, fmt.Errorf("prepare the election of a leader: %w", err)
	}
	opts.LeaderElection = true
	opts.LeaderElectionID, opts.LeaderElectionNamespace = LeaseName, o.SystemNamespace
	calm := &calmLock{Interface: lock, every: o.Lease / 10, lease: o.Lease, clock: clock.RealClock{}}
	opts.LeaderElectionResourceLockInterface = calm
	opts.LeaseDuration, opts.RenewDeadline, opts.RetryPeriod = &o.Lease, &patience, &glance
	// The lease is given back at the end, so that the next manager need not wait for it to run out.
	opts.LeaderElectionReleaseOnCancel = true
	return calm, nil
}

// calmLock is a lease that its holder writes less often than the elector asks it to. The elector has one pause for both:
// looking at somebody else's lease, which should be short, and renewing one's own, which is a write. And it knows better
// than the elector when the lease is gone: that one tries to get it back for a while, and leads meanwhile.
type calmLock struct {
	resourcelock.Interface
	every, lease time.Duration
	clock        clock.PassiveClock

	mu sync.Mutex
	// written is when this process wrote the lease as its holder; zero: it did not, or the last try failed.
	written time.Time
	// held is from when on the lease counts for this process; zero: another one holds it, or nobody.
	held time.Time
}

// Get implements resourcelock.Interface. The elector tells a renewal by the raw record, and there the library writes whole
// seconds: of two renewals within a second it would count from the first, and lead before the lease of the other is over.
func (l *calmLock) Get(ctx context.Context) (*resourcelock.LeaderElectionRecord, []byte, error) {
	ctx, cancel := finishing(ctx)
	defer cancel()
	record, raw, err := l.Interface.Get(ctx)
	if err != nil {
		return nil, nil, err
	}
	if record.HolderIdentity != l.Identity() {
		l.hold(time.Time{})
	}
	return record, fmt.Appendf(raw, " renewed %d", record.RenewTime.UnixMicro()), nil
}

// Create implements resourcelock.Interface.
func (l *calmLock) Create(ctx context.Context, record resourcelock.LeaderElectionRecord) error {
	now := l.clock.Now()
	err := l.Interface.Create(ctx, record)
	if err == nil {
		l.hold(now)
	}
	return err
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

// Update implements resourcelock.Interface.
func (l *calmLock) Update(ctx context.Context, record resourcelock.LeaderElectionRecord) error {
	ctx, cancel := finishing(ctx)
	defer cancel()
	mine := record.HolderIdentity == l.Identity()
	if mine && l.fresh() {
		return nil
	}
	if !mine {
		l.hold(time.Time{}) // it is given back
	}
	now := l.clock.Now()
	err := l.Interface.Update(ctx, record)
	if err == nil && mine {
		l.hold(now)
	}
	return err
}

// fresh is whether the lease was written so lately that it need not be written now. Of a try that fails nothing is fresh.
func (l *calmLock) fresh() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.written.IsZero() && l.clock.Since(l.written) < l.every {
		return true
	}
	l.written = time.Time{}
	return false
}

func (l *calmLock) hold(since time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.written, l.held = since, since
}

// leads says why this process may not write; nil: it may. One that was held up for longer than its lease, because its
// machine was, knows that another one may lead before it has looked. Both of the machine's clocks are asked: one stands
// still while the machine sleeps, the other can be set.
func (l *calmLock) leads() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.clock.Now()
	switch {
	case l.held.IsZero():
		return errors.New("nothing is written: another manager holds the lease")
	case max(now.Sub(l.held), now.Round(0).Sub(l.held.Round(0))) >= l.lease:
		return fmt.Errorf("nothing is written: the lease was renewed %s ago and may be another manager's by now", now.Sub(l.held).Round(time.Second))
	}
	return nil
}
