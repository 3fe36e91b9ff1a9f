package simulation

import (
	"container/heap"
	"time"
)

// agenda is what is going to happen: the earliest first; of what happens at the same time what time does by itself before
// what people do, and then what was planned first.
type agenda struct {
	items   items
	planned uint64
}

// item is one thing that is going to happen.
type item struct {
	at     time.Time
	people bool // do it, not time
	order  uint64
	index  int // in the heap; -1: it has happened, or was dropped
	do     func() error
}

// plan puts on the agenda what time does by itself.
func (a *agenda) plan(at time.Time, do func() error) *item { return a.add(&item{at: at, do: do}) }

// planDeed puts on the agenda what people do.
func (a *agenda) planDeed(at time.Time, do func() error) *item {
	return a.add(&item{at: at, people: true, do: do})
}

func (a *agenda) add(i *item) *item {
	a.planned++
	i.order = a.planned
	heap.Push(&a.items, i)
	return i
}

// drop takes something off the agenda again; nil and what has happened already are no mistake.
func (a *agenda) drop(i *item) {
	if i != nil && i.index >= 0 {
		heap.Remove(&a.items, i.index)
	}
}

// next is what comes next; nil: nothing.
func (a *agenda) next() *item {
	if len(a.items) == 0 {
		return nil
	}
	return a.items[0]
}

// take takes what comes next off the agenda.
func (a *agenda) take() *item { return heap.Pop(&a.items).(*item) }

// items is a heap.
type items []*item

func (h items) Len() int { return len(h) }

func (h items) Less(i, j int) bool {
	if c := h[i].at.Compare(h[j].at); c != 0 {
		return c < 0
	}
	if h[i].people != h[j].people {
		return h[j].people
	}
	return h[i].order < h[j].order
}

func (h items) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

// Push implements heap.Interface.
func (h *items) Push(x any) {
	i := x.(*item)
	i.index = len(*h)
	*h = append(*h, i)
}

// Pop implements heap.Interface.
func (h *items) Pop() any {
	last := len(*h) - 1
	i := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	i.index = -1
	return i
}
