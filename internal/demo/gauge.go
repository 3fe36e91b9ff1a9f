package demo

import (
	"context"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"time"

	toolscache "k8s.io/client-go/tools/cache"
	"k8s.io/client-go/util/workqueue"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

// Gauge tells when nothing moves any more: no write is under way, the caches have seen every write, and the work
// queues are empty. It sees the writes of the clients it wraps, the events of the caches it watches and the queues it
// makes.
type Gauge struct {
	// Real is the machine's clock; it times how often the gauge looks.
	Real clock.Clock
	// Looks is how many quiet looks in a row mean that nothing moves. Default 3. Where each second counts it is more: on a
	// busy machine an event takes its time from the cache to a queue.
	Looks int
	// Also says whether something else still moves; nil: nothing does.
	Also func() string
	// Meanwhile is called about every second while things move; nil: nobody wants to know.
	Meanwhile func()

	mu       sync.Mutex
	inFlight int
	moves    uint64
	written  map[reflect.Type]uint64
	seen     map[reflect.Type]uint64
	watched  map[reflect.Type]bool
	queues   []*queue
}

// NewGauge makes a gauge.
func NewGauge(machine clock.Clock) *Gauge {
	return &Gauge{Real: machine, written: map[reflect.Type]uint64{}, seen: map[reflect.Type]uint64{}, watched: map[reflect.Type]bool{}}
}

// Wrap makes the gauge see the writes of a client.
func (g *Gauge) Wrap(c client.WithWatch) client.WithWatch {
	during := func(obj client.Object, write func() error) error {
		g.mu.Lock()
		g.inFlight++
		g.mu.Unlock()
		err := write()
		g.mu.Lock()
		defer g.mu.Unlock()
		g.inFlight--
		g.moves++
		if err == nil {
			t := reflect.TypeOf(obj)
			g.written[t] = max(g.written[t], version(obj))
		}
		return err
	}
	return interceptor.NewClient(c, interceptor.Funcs{
		Create: func(ctx context.Context, c client.WithWatch, obj client.Object, opts ...client.CreateOption) error {
			return during(obj, func() error { return c.Create(ctx, obj, opts...) })
		},
		Update: func(ctx context.Context, c client.WithWatch, obj client.Object, opts ...client.UpdateOption) error {
			return during(obj, func() error { return c.Update(ctx, obj, opts...) })
		},
		Patch: func(ctx context.Context, c client.WithWatch, obj client.Object, patch client.Patch, opts ...client.PatchOption) error {
			return during(obj, func() error { return c.Patch(ctx, obj, patch, opts...) })
		},
		SubResourceUpdate: func(ctx context.Context, c client.Client, sub string, obj client.Object, opts ...client.SubResourceUpdateOption) error {
			return during(obj, func() error { return c.SubResource(sub).Update(ctx, obj, opts...) })
		},
		SubResourcePatch: func(ctx context.Context, c client.Client, sub string, obj client.Object, patch client.Patch, opts ...client.SubResourcePatchOption) error {
			return during(obj, func() error { return c.SubResource(sub).Patch(ctx, obj, patch, opts...) })
		},
	})
}

func version(obj client.Object) uint64 {
	v, err := strconv.ParseUint(obj.GetResourceVersion(), 10, 64)
	if err != nil {
		return 0
	}
	return v
}

// Watch makes the gauge see the events of a cache for a kind; each also goes to the given functions.
func (g *Gauge) Watch(ctx context.Context, c cache.Cache, obj client.Object, also ...func(client.Object)) error {
	informer, err := c.GetInformer(ctx, obj)
	if err != nil {
		return fmt.Errorf("watch %T: %w", obj, err)
	}
	t := reflect.TypeOf(obj)
	g.mu.Lock()
	g.watched[t] = true
	g.mu.Unlock()
	see := func(o any) {
		seen, ok := o.(client.Object)
		if !ok {
			return
		}
		for _, f := range also {
			f(seen)
		}
		g.mu.Lock()
		defer g.mu.Unlock()
		g.moves++
		g.seen[t] = max(g.seen[t], version(seen))
	}
	_, err = informer.AddEventHandler(toolscache.ResourceEventHandlerFuncs{AddFunc: see, UpdateFunc: func(_, o any) { see(o) }})
	return err
}

// NewQueue makes a work queue that the gauge looks at.
func (g *Gauge) NewQueue(name string, limiter workqueue.TypedRateLimiter[reconcile.Request]) workqueue.TypedRateLimitingInterface[reconcile.Request] {
	q := &queue{
		TypedRateLimitingInterface: workqueue.NewTypedRateLimitingQueueWithConfig(limiter, workqueue.TypedRateLimitingQueueConfig[reconcile.Request]{Name: name}),
		name:                       name, gauge: g, later: map[reconcile.Request]bool{},
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.queues = append(g.queues, q)
	return q
}

// queue counts what is waiting to be added, waiting to be worked on and being worked on.
type queue struct {
	workqueue.TypedRateLimitingInterface[reconcile.Request]
	name  string
	gauge *Gauge

	mu      sync.Mutex
	working int
	later   map[reconcile.Request]bool
}

func (q *queue) Add(item reconcile.Request) {
	q.gauge.moved()
	q.TypedRateLimitingInterface.Add(item)
}

func (q *queue) AddRateLimited(item reconcile.Request) {
	q.mu.Lock()
	q.later[item] = true
	q.mu.Unlock()
	q.TypedRateLimitingInterface.AddRateLimited(item)
}

func (q *queue) AddAfter(item reconcile.Request, d time.Duration) {
	q.mu.Lock()
	q.later[item] = true
	q.mu.Unlock()
	q.TypedRateLimitingInterface.AddAfter(item, d)
}

func (q *queue) Get() (reconcile.Request, bool) {
	item, down := q.TypedRateLimitingInterface.Get()
	if !down {
		q.mu.Lock()
		q.working++
		delete(q.later, item)
		q.mu.Unlock()
	}
	return item, down
}

func (q *queue) Done(item reconcile.Request) {
	q.TypedRateLimitingInterface.Done(item)
	q.gauge.moved()
	q.mu.Lock()
	defer q.mu.Unlock()
	q.working--
}

func (q *queue) busy() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.working > 0 || len(q.later) > 0 || q.Len() > 0
}

func (g *Gauge) moved() {
	g.mu.Lock()
	g.moves++
	g.mu.Unlock()
}

// look says what still moves (empty: nothing), and how much has moved so far.
func (g *Gauge) look() (string, uint64) {
	var busy []string
	// Asked before the lock is taken: whoever is asked may be handing something to a queue, which takes the lock too.
	if g.Also != nil {
		if what := g.Also(); what != "" {
			busy = append(busy, what)
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.inFlight > 0 {
		busy = append(busy, fmt.Sprintf("%d writes", g.inFlight))
	}
	for _, t := range g.behind() {
		busy = append(busy, "cache of "+t.Elem().Name())
	}
	for _, q := range g.queues {
		if q.busy() {
			busy = append(busy, "queue "+q.name)
		}
	}
	return strings.Join(busy, ", "), g.moves
}

// behind are the kinds whose cache has not seen every write yet; the lock is held.
func (g *Gauge) behind() (kinds []reflect.Type) {
	for t := range g.watched {
		if g.seen[t] < g.written[t] {
			kinds = append(kinds, t)
		}
	}
	return kinds
}

// CaughtUp says whether the caches have seen every write.
func (g *Gauge) CaughtUp() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.behind()) == 0
}

// How the gauge looks: every glance, less often while something moves, because looking costs the processor too. It takes
// this many quiet glances in a row, because an event may be on its way from the cache to a queue.
const (
	glance     = 300 * time.Microsecond
	busyGlance = time.Millisecond
	quietLooks = 3
)

// When the gauge gives up: something is under way and has not got any further, or things move and do not come to an end.
const (
	patience     = time.Minute
	mostPatience = 20 * time.Minute
)

// Settle waits until nothing moves. It gives up, saying what still moves, when that takes too long.
func (g *Gauge) Settle(ctx context.Context) error {
	start := g.Real.Now()
	moved, said := start, start
	quiet, last := 0, uint64(0)
	for {
		busy, moves := g.look()
		if busy == "" && moves == last {
			quiet++
		} else {
			quiet = 0
		}
		if quiet >= max(g.Looks, quietLooks) {
			return nil
		}
		if moves != last {
			moved = g.Real.Now()
		}
		last = moves
		if g.Meanwhile != nil && g.Real.Since(said) > time.Second {
			g.Meanwhile()
			said = g.Real.Now()
		}
		if g.Real.Since(moved) > patience || g.Real.Since(start) > mostPatience {
			return fmt.Errorf("the operator does not come to rest: %s", busy)
		}
		pause := glance
		if busy != "" {
			pause = busyGlance
		}
		t := g.Real.NewTimer(pause)
		select {
		case <-ctx.Done():
			t.Stop()
			return ctx.Err()
		case <-t.C():
		}
	}
}
