package crash

import (
	"time"

	"k8s.io/client-go/util/workqueue"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"tocsin.dev/tocsin/internal/demo"
)

// turnstile lets one reconcile of a manager through at a time, and only when the caches show every write before it. So
// the writes of a scenario are the same in every run and can be told apart by their number.
type turnstile struct {
	gauge *demo.Gauge
	token chan struct{}
	// dead is closed when the process is: nobody waits any more.
	dead chan struct{}
}

// glance is how often the turnstile looks at the caches.
const glance = 200 * time.Microsecond

func (t *turnstile) newQueue(name string, limiter workqueue.TypedRateLimiter[reconcile.Request]) workqueue.TypedRateLimitingInterface[reconcile.Request] {
	return &gated{t.gauge.NewQueue(name, limiter), t}
}

func (t *turnstile) enter() {
	select {
	case t.token <- struct{}{}:
	case <-t.dead:
		return
	}
	for !t.gauge.CaughtUp() {
		timer := clock.RealClock{}.NewTimer(glance)
		select {
		case <-timer.C():
		case <-t.dead:
			return
		}
	}
}

func (t *turnstile) leave() {
	select {
	case <-t.token:
	default: // died while it waited
	}
}

// gated is a work queue behind the turnstile.
type gated struct {
	workqueue.TypedRateLimitingInterface[reconcile.Request]
	turnstile *turnstile
}

func (q *gated) Get() (reconcile.Request, bool) {
	item, down := q.TypedRateLimitingInterface.Get()
	if !down {
		q.turnstile.enter()
	}
	return item, down
}

func (q *gated) Done(item reconcile.Request) {
	q.TypedRateLimitingInterface.Done(item)
	q.turnstile.leave()
}
