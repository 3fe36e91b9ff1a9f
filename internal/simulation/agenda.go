package simulation

import (
	"cmp"
	"container/heap"
	"time"
)

// agenda is what is going to happen: the earliest first; of what happens at the same time what time does by itself before
// what people do, and then what was planned first.
type agenda struct {
	entries entries
	planned uint64
}

// item is one thing that is going to happen.
type item struct {
	at     time.Time
	people bool // do it, not time
	do     func() error
	place  int // in the heap, counted from one; zero: it has happened, was dropped, or was not planned yet
}

// plan puts on the agenda what time does by itself.
func (a *agenda) plan(at time.Time, do func() error) { a.put(&item{do: do}, at) }

// planDeed puts on the agenda what people do, and can be dropped again.
func (a *agenda) planDeed(at time.Time, do func() error) *item {
	i := &item{do: do, people: true}
	a.put(i, at)
	return i
}

// put puts something on the agenda that is not on it.
func (a *agenda) put(i *item, at time.Time) {
	a.planned++
	i.at = at
	a.entries = append(a.entries, entry{at.Unix(), at.Nanosecond(), i.people, a.planned, i})
	i.place = len(a.entries)
	heap.Fix(&a.entries, i.place-1)
}

// drop takes something off the agenda again; nil and what is not on it are no mistake.
func (a *agenda) drop(i *item) {
	if i != nil && i.place > 0 {
		heap.Remove(&a.entries, i.place-1)
	}
}

// next is what comes next; nil: nothing.
func (a *agenda) next() *item {
	if len(a.entries) == 0 {
		return nil
	}
	return a.entries[0].item
}

// take takes what comes next off the agenda.
func (a *agenda) take() *item {
	i := a.next()
	a.drop(i)
	return i
}

// entry is an item with what it is ordered by, so that to compare two is to look at the heap alone.
type entry struct {
	second     int64 // since 1970
	nanosecond int
	people     bool
	order      uint64
	*item
}

// entries is a heap.
type entries []entry

func (h entries) Len() int { return len(h) }

func (h entries) Less(i, j int) bool {
	a, b := &h[i], &h[j]
	if c := cmp.Or(cmp.Compare(a.second, b.second), cmp.Compare(a.nanosecond, b.nanosecond)); c != 0 {
		return c < 0
	}
	if a.people != b.people {
		return b.people
	}
	return a.order < b.order
}

func (h entries) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].place, h[j].place = i+1, j+1
}

// Push implements heap.Interface; put does without it.
func (h *entries) Push(x any) { *h = append(*h, x.(entry)) }

// Pop implements heap.Interface.
func (h *entries) Pop() any {
	last := len(*h) - 1
	(*h)[last].place = 0
	(*h)[last] = entry{}
	*h = (*h)[:last]
	return nil
}
