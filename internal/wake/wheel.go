// Package wake calls reconcilers at a time of an injected clock. The delay of a work queue counts on the machine's
// clock; a wheel follows the clock it is given, so that a clock that jumps wakes what has become due.
package wake

import (
	"container/heap"
	"context"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"
)

// Queue is the work queue of a controller.
type Queue = workqueue.TypedRateLimitingInterface[reconcile.Request]

// Wheel holds at most one wake-up an object. It is safe for concurrent use; Start must run for wake-ups to come.
type Wheel struct {
	// Late is told how long after its time something was woken; nil: nobody wants to know. It is set before Start and called
	// with the wheel locked.
	Late func(time.Duration)

	clock clock.Clock
	// changed holds a token when the earliest wake-up may have changed.
	changed chan struct{}

	mu     sync.Mutex
	heap   entries
	byKey  map[entryKey]*entry
	queues map[string]Queue
	// turning is whether Start runs, turns how often it has looked.
	turning bool
	turns   uint64
}

type entryKey struct {
	kind string
	key  types.NamespacedName
}

type entry struct {
	entryKey
	at    time.Time
	index int
}

// New makes a wheel that follows the clock.
func New(c clock.Clock) *Wheel {
	return &Wheel{clock: c, changed: make(chan struct{}, 1), byKey: map[entryKey]*entry{}, queues: map[string]Queue{}}
}

// Source is the source of wake-ups for the controller of a kind.
func (w *Wheel) Source(kind string) source.Source {
	return source.Func(func(_ context.Context, q Queue) error {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.queues[kind] = q
		w.poke()
		return nil
	})
}

// At sets when an object is woken, in place of an earlier setting; the zero time means never.
func (w *Wheel) At(kind string, key types.NamespacedName, at time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	k := entryKey{kind, key}
	e := w.byKey[k]
	switch {
	case at.IsZero() && e == nil:
		return
	case at.IsZero():
		heap.Remove(&w.heap, e.index)
		delete(w.byKey, k)
	case e == nil:
		e = &entry{entryKey: k, at: at}
		w.byKey[k] = e
		heap.Push(&w.heap, e)
	default:
		e.at = at
		heap.Fix(&w.heap, e.index)
	}
	w.poke()
}

// Next is the earliest wake-up that has not come yet.
func (w *Wheel) Next() (time.Time, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.heap) == 0 {
		return time.Time{}, false
	}
	return w.heap[0].at, true
}

// Pending is how many objects are to be woken.
func (w *Wheel) Pending() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.heap)
}

// Progress tells a watchdog whether something is due that has not been woken, and a number that changes whenever the wheel
// looks. A wheel that does not turn, because another replica leads, has nothing to do.
func (w *Wheel) Progress() (due bool, turns uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.turning && w.anyDue(), w.turns
}

// Start wakes objects until the context ends. It is a manager.Runnable.
func (w *Wheel) Start(ctx context.Context) error {
	w.turn(true)
	defer w.turn(false)
	for {
		wait, some := w.wakeDue()
		if !some {
			select {
			case <-ctx.Done():
				return nil
			case <-w.changed:
			}
			continue
		}
		timer := w.clock.NewTimer(wait)
		if w.due() { // the clock jumped before the timer was set
			timer.Stop()
			continue
		}
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-w.changed:
			timer.Stop()
		case <-timer.C():
		}
	}
}

// due is whether an object whose controller has started is to be woken by now.
func (w *Wheel) due() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.anyDue()
}

func (w *Wheel) turn(on bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.turning = on
}

func (w *Wheel) anyDue() bool { return w.dueFrom(0, w.clock.Now()) }

// dueFrom looks at an entry of the heap and at those behind it: behind one that is not due none is.
func (w *Wheel) dueFrom(i int, now time.Time) bool {
	if i >= len(w.heap) || w.heap[i].at.After(now) {
		return false
	}
	_, started := w.queues[w.heap[i].kind]
	return started || w.dueFrom(2*i+1, now) || w.dueFrom(2*i+2, now)
}

// NeedLeaderElection makes the wheel turn in the leader only.
func (w *Wheel) NeedLeaderElection() bool { return true }

// wakeDue hands every due object to its queue and says how long the next one has to wait. Objects whose controller has
// not started yet wait for it.
func (w *Wheel) wakeDue() (time.Duration, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.turns++
	var early []*entry
	defer func() {
		for _, e := range early {
			heap.Push(&w.heap, e)
		}
	}()
	for len(w.heap) > 0 {
		e := w.heap[0]
		wait := e.at.Sub(w.clock.Now())
		if wait > 0 {
			return wait, true
		}
		heap.Pop(&w.heap)
		q, ok := w.queues[e.kind]
		if !ok {
			early = append(early, e)
			continue
		}
		delete(w.byKey, e.entryKey)
		if w.Late != nil {
			w.Late(-wait)
		}
		q.Add(reconcile.Request{NamespacedName: e.key})
	}
	return 0, false
}

func (w *Wheel) poke() {
	select {
	case w.changed <- struct{}{}:
	default:
	}
}

// entries is a heap, the earliest in front.
type entries []*entry

func (h entries) Len() int           { return len(h) }
func (h entries) Less(a, b int) bool { return h[a].at.Before(h[b].at) }
func (h entries) Swap(a, b int) {
	h[a], h[b] = h[b], h[a]
	h[a].index, h[b].index = a, b
}

// Push implements heap.Interface.
func (h *entries) Push(x any) {
	e := x.(*entry)
	e.index = len(*h)
	*h = append(*h, e)
}

// Pop implements heap.Interface.
func (h *entries) Pop() any {
	old := *h
	e := old[len(old)-1]
	*h = old[:len(old)-1]
	return e
}
