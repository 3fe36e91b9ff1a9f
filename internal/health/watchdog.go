// Package health tells a manager that is stuck from one that is busy, idle or without its API server, for the probes of
// the kubelet. A manager is stuck when something it has to do does not move: restarting it then helps. An API server that
// cannot be reached is not mended by restarting the manager, so the watchdog bears with it.
package health

import (
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"k8s.io/utils/clock"
)

// Limits are how long something may stand still before the manager counts as stuck. The zero value stands for
// [DefaultLimits].
type Limits struct {
	// Still is how long wheel and queues may have something to do without moving.
	Still time.Duration
	// Work is how long one object may be worked on. A notice takes the timeout of its channel, a write some seconds.
	Work time.Duration
	// Watch is how long a watch may be refused without a break.
	Watch time.Duration
}

// DefaultLimits are generous: a restart costs more than a minute's patience.
var DefaultLimits = Limits{Still: 2 * time.Minute, Work: 15 * time.Minute, Watch: 5 * time.Minute}

// Progress tells whether there is something to do, and a number that changes whenever something is done.
type Progress func() (waiting bool, moves uint64)

// Watchdog looks after one manager. Its looks are the liveness probes.
type Watchdog struct {
	clock  clock.PassiveClock
	limits Limits

	mu      sync.Mutex
	watched []*watched
	queues  []*queue
	watches map[string]*refusals
}

// watched is something that has to move, and how long it has not.
type watched struct {
	name     string
	progress Progress
	waiting  bool
	moves    uint64
	since    time.Time
}

// New makes a watchdog.
func New(c clock.PassiveClock, l Limits) *Watchdog {
	if l == (Limits{}) {
		l = DefaultLimits
	}
	return &Watchdog{clock: c, limits: l, watches: map[string]*refusals{}}
}

// Watch has the watchdog look after something.
func (w *Watchdog) Watch(name string, p Progress) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.watched = append(w.watched, &watched{name: name, progress: p})
}

// Check is a healthz.Checker: an error says what is stuck, and for how long.
func (w *Watchdog) Check(*http.Request) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.clock.Now()
	var stuck []error
	for _, one := range w.watched {
		if still := one.look(now); still > w.limits.Still {
			stuck = append(stuck, fmt.Errorf("the %s has something to do and has not moved for %s", one.name, still.Round(time.Second)))
		}
	}
	for _, q := range w.queues {
		if longest := q.longest(now); longest > w.limits.Work {
			stuck = append(stuck, fmt.Errorf("controller %s has been at one object for %s", q.name, longest.Round(time.Second)))
		}
	}
	for what, r := range w.watches {
		if long := r.long(now); long > w.limits.Watch {
			stuck = append(stuck, fmt.Errorf("the API server has refused to let %s be watched for %s", what, long.Round(time.Second)))
		}
	}
	return errors.Join(stuck...)
}

// look is how long something that has something to do has not moved, as far as the looks tell.
func (o *watched) look(now time.Time) time.Duration {
	waiting, moves := o.progress()
	if !waiting || !o.waiting || moves != o.moves {
		o.waiting, o.moves, o.since = waiting, moves, now
		return 0
	}
	return now.Sub(o.since)
}
