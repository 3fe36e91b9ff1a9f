package triage

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// DefaultPrefix stands before the date of a case number when a policy names no other.
const DefaultPrefix = "TS"

// CaseNumber spells a case number: prefix, date in the zone (nil: UTC), serial of at least three digits, e.g.
// TS20240521001.
func CaseNumber(prefix string, zone *time.Location, at time.Time, serial int64) string {
	return fmt.Sprintf("%s%s%03d", prefix, caseDay(zone, at), serial)
}

// caseDay is the date a case number counts in, as 20240521.
func caseDay(zone *time.Location, at time.Time) string {
	if zone == nil {
		zone = time.UTC
	}
	return at.In(zone).Format("20060102")
}

// Reserver sets serial numbers aside for good: what it has given to one caller it gives to nobody else, whether the
// numbers are used or not.
type Reserver interface {
	// Reserve sets aside n numbers of a day (as 20240521) in a namespace: first, first+1, … first+n-1. first is 1 or
	// more.
	Reserve(ctx context.Context, namespace, day string, n int64) (first int64, err error)
}

// Unusable is what a Reserver answers when somebody has to mend the object it keeps its serials in.
type Unusable struct {
	// Object names it, e.g. "ConfigMap shop/tocsin-case-numbers".
	Object string
	// Problem says what is wrong with it and what to do.
	Problem string
}

// Error names the object and the problem.
func (u *Unusable) Error() string { return u.Object + ": " + u.Problem }

// Bounds of what an Allocator remembers. What it forgets are numbers nobody gets; it never gives one twice.
const (
	maxUnsettled = 10_000
	maxBlocks    = 1_000
)

// Allocator gives case numbers. It reserves serials in blocks, so that not every complaint costs a write. Numbers may
// have gaps (the rest of a block is lost when the process ends) and no two complaints of a namespace get the same. It
// is safe for concurrent use.
type Allocator struct {
	reserver Reserver
	size     int64

	mu        sync.Mutex
	unsettled *recent[string, string] // complaint → number
	blocks    *recent[blockKey, *block]
}

// NewAllocator makes an Allocator that reserves size serials at a time (at least 1).
func NewAllocator(r Reserver, size int64) *Allocator {
	return &Allocator{
		reserver:  r,
		size:      max(size, 1),
		unsettled: newRecent[string, string](maxUnsettled),
		blocks:    newRecent[blockKey, *block](maxBlocks),
	}
}

type blockKey struct{ namespace, day string }

// block is what is left of a reservation. The gate lets one goroutine in at a time and, unlike a mutex, can be left
// waiting when the context ends.
type block struct {
	gate        chan struct{}
	next, limit int64
}

// Number is the case number of a complaint: a new one, or the one it was given before and that was not Settled yet.
// prefix empty: DefaultPrefix; zone nil: UTC; at is the moment whose date counts. An error means that no number could
// be reserved; the complaint goes on without and asks again.
func (a *Allocator) Number(ctx context.Context, namespace, uid, prefix string, zone *time.Location, at time.Time) (string, error) {
	if prefix == "" {
		prefix = DefaultPrefix
	}
	day := caseDay(zone, at)
	number, b := a.look(uid, blockKey{namespace, day})
	if number != "" {
		return number, nil
	}
	select {
	case b.gate <- struct{}{}:
		defer func() { <-b.gate }()
	case <-ctx.Done():
		return "", fmt.Errorf("case number for %s: %w", day, ctx.Err())
	}
	if number, _ := a.look(uid, blockKey{namespace, day}); number != "" {
		return number, nil
	}
	if b.next == b.limit {
		first, err := a.reserver.Reserve(ctx, namespace, day, a.size)
		if err != nil {
			return "", fmt.Errorf("case number for %s: reserve serials in namespace %s: %w", day, namespace, err)
		}
		b.next, b.limit = first, first+a.size
	}
	number = CaseNumber(prefix, zone, at, b.next)
	b.next++
	return a.remember(uid, number), nil
}

// Settled forgets the number of a complaint, once it is safe in the complaint's status.
func (a *Allocator) Settled(uid string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.unsettled.remove(uid)
}

// look finds the number a complaint has, or else the block it will get one from.
func (a *Allocator) look(uid string, key blockKey) (string, *block) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if number, ok := a.unsettled.get(uid); ok {
		return number, nil
	}
	b, ok := a.blocks.get(key)
	if !ok {
		b = &block{gate: make(chan struct{}, 1)}
		a.blocks.put(key, b)
	}
	return "", b
}

// remember keeps the first number a complaint gets; asked for two days at once, the second number is lost.
func (a *Allocator) remember(uid, number string) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	if first, ok := a.unsettled.get(uid); ok {
		return first
	}
	a.unsettled.put(uid, number)
	return number
}
