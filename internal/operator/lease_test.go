package operator

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	. "github.com/onsi/gomega"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
	"k8s.io/utils/clock"
)

// slowLock is a lease on an API server that takes a while to answer.
type slowLock struct {
	resourcelock.Interface
	takes time.Duration
}

func (s slowLock) answer(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(s.takes):
		return nil
	}
}

func (s slowLock) Get(ctx context.Context) (*resourcelock.LeaderElectionRecord, []byte, error) {
	return &resourcelock.LeaderElectionRecord{}, nil, s.answer(ctx)
}

func (s slowLock) Update(ctx context.Context, _ resourcelock.LeaderElectionRecord) error {
	return s.answer(ctx)
}

func (s slowLock) Identity() string { return "me" }

func TestALeaseCallIsFinishedWhenTheManagerEndsButNotPastItsDeadline(t *testing.T) {
	calls := map[string]func(context.Context, *calmLock) error{
		"get": func(ctx context.Context, l *calmLock) error { _, _, err := l.Get(ctx); return err },
		"update": func(ctx context.Context, l *calmLock) error {
			return l.Update(ctx, resourcelock.LeaderElectionRecord{})
		},
	}
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := NewWithT(t)
				lock := &calmLock{Interface: slowLock{takes: time.Second}, clock: clock.RealClock{}}

				ended, end := context.WithCancel(t.Context())
				end()
				g.Expect(call(ended, lock)).To(Succeed(), "the manager was told to end, the call is finished")

				short, cancel := context.WithTimeout(t.Context(), time.Second/2)
				defer cancel()
				g.Expect(call(short, lock)).To(MatchError(context.DeadlineExceeded), "the elector has no more time")
			})
		})
	}
}
