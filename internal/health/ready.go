package health

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"k8s.io/utils/clock"
)

// Remembered is a check that succeeded and is not asked again for a while: probes come every few seconds, and each would
// cost the API server a write.
type Remembered struct {
	// Check is what is asked.
	Check func(context.Context) error
	// For is how long a success is remembered. A failure is not.
	For time.Duration
	// Clock times it.
	Clock clock.PassiveClock

	mu   sync.Mutex
	good time.Time
}

// Ready is a healthz.Checker.
func (r *Remembered) Ready(req *http.Request) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.good.IsZero() && r.Clock.Since(r.good) < r.For {
		return nil
	}
	r.good = time.Time{}
	if err := r.Check(req.Context()); err != nil {
		return err
	}
	r.good = r.Clock.Now()
	return nil
}

// Synced is ready once the caches know the world as it was when the manager started. It is a manager.Runnable.
type Synced struct {
	// Wait waits for the caches; false: they ended before.
	Wait func(context.Context) bool

	done chan struct{}
}

// NewSynced makes a check of caches.
func NewSynced(wait func(context.Context) bool) *Synced {
	return &Synced{Wait: wait, done: make(chan struct{})}
}

// Start waits for the caches.
func (s *Synced) Start(ctx context.Context) error {
	if s.Wait(ctx) {
		close(s.done)
	}
	return nil
}

// NeedLeaderElection says that a replica that stands by waits for its caches too.
func (s *Synced) NeedLeaderElection() bool { return false }

// Ready is a healthz.Checker.
func (s *Synced) Ready(*http.Request) error {
	select {
	case <-s.done:
		return nil
	default:
		return errors.New("the caches are not filled yet")
	}
}
