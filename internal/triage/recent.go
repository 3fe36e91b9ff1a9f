package triage

import "container/list"

// recent is a map that keeps its newest entries only. It is not safe for concurrent use.
type recent[K comparable, V any] struct {
	most    int
	order   *list.List // of K, the oldest first
	entries map[K]recentEntry[V]
}

type recentEntry[V any] struct {
	value V
	place *list.Element
}

func newRecent[K comparable, V any](most int) *recent[K, V] {
	return &recent[K, V]{most: most, order: list.New(), entries: map[K]recentEntry[V]{}}
}

func (r *recent[K, V]) get(key K) (V, bool) {
	e, ok := r.entries[key]
	return e.value, ok
}

// put adds an entry and drops the oldest one when there are too many.
func (r *recent[K, V]) put(key K, value V) {
	r.remove(key)
	r.entries[key] = recentEntry[V]{value, r.order.PushBack(key)}
	if len(r.entries) > r.most {
		if oldest, ok := r.order.Front().Value.(K); ok {
			r.remove(oldest)
		}
	}
}

func (r *recent[K, V]) remove(key K) {
	if e, ok := r.entries[key]; ok {
		r.order.Remove(e.place)
		delete(r.entries, key)
	}
}
