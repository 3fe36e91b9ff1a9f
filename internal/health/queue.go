package health

import (
	"sync"
	"time"

	"k8s.io/client-go/util/workqueue"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/controller/priorityqueue"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

// queue is the work queue of a controller; it knows since when each object is worked on.
type queue struct {
	priorityqueue.PriorityQueue[reconcile.Request]
	name  string
	clock clock.PassiveClock

	mu    sync.Mutex
	work  map[reconcile.Request]time.Time
	moves uint64
}

// NewQueue makes controller-runtime's work queue for a controller, looked after by the watchdog as soon as started says
// that its workers run: where another replica leads, the queue fills and nobody empties it.
func (w *Watchdog) NewQueue(started func() bool) func(string, workqueue.TypedRateLimiter[reconcile.Request]) workqueue.TypedRateLimitingInterface[reconcile.Request] {
	return func(name string, limiter workqueue.TypedRateLimiter[reconcile.Request]) workqueue.TypedRateLimitingInterface[reconcile.Request] {
		q := &queue{
			PriorityQueue: priorityqueue.New(name, func(o *priorityqueue.Opts[reconcile.Request]) { o.RateLimiter = limiter }),
			name:          name, clock: w.clock, work: map[reconcile.Request]time.Time{},
		}
		w.Watch("queue of controller "+name, func() (bool, uint64) {
			waiting := started() && q.Len() > 0
			q.mu.Lock()
			defer q.mu.Unlock()
			return waiting, q.moves
		})
		w.mu.Lock()
		defer w.mu.Unlock()
		w.queues = append(w.queues, q)
		return q
	}
}

// Get implements workqueue.TypedInterface.
func (q *queue) Get() (reconcile.Request, bool) {
	item, _, down := q.GetWithPriority()
	return item, down
}

// GetWithPriority implements priorityqueue.PriorityQueue.
func (q *queue) GetWithPriority() (reconcile.Request, int, bool) {
	item, priority, down := q.PriorityQueue.GetWithPriority()
	if !down {
		now := q.clock.Now()
		q.mu.Lock()
		defer q.mu.Unlock()
		q.work[item] = now
		q.moves++
	}
	return item, priority, down
}

// Done implements workqueue.TypedInterface.
func (q *queue) Done(item reconcile.Request) {
	q.mu.Lock()
	delete(q.work, item)
	q.moves++
	q.mu.Unlock()
	q.PriorityQueue.Done(item)
}

// longest is how long the object that has been worked on for longest has been so.
func (q *queue) longest(now time.Time) time.Duration {
	q.mu.Lock()
	defer q.mu.Unlock()
	var longest time.Duration
	for _, since := range q.work {
		longest = max(longest, now.Sub(since))
	}
	return longest
}
