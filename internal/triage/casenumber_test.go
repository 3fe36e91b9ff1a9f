package triage

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

func TestCaseNumber(t *testing.T) {
	shanghai, err := time.LoadLocation("Asia/Shanghai")
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	for _, c := range []struct {
		name   string
		zone   *time.Location
		at     time.Time
		serial int64
		want   string
	}{
		{"three digits", nil, epoch, 1, "TS20240521001"},
		{"more digits where needed", time.UTC, epoch, 1234, "TS202405211234"},
		{"the last second of a day in the zone", shanghai, time.Date(2024, 5, 21, 15, 59, 59, 0, time.UTC), 7, "TS20240521007"},
		{"the first second of the next", shanghai, time.Date(2024, 5, 21, 16, 0, 0, 0, time.UTC), 7, "TS20240522007"},
	} {
		t.Run(c.name, func(t *testing.T) {
			NewWithT(t).Expect(CaseNumber("TS", c.zone, c.at, c.serial)).To(Equal(c.want))
		})
	}
}

// ledger is a Reserver that remembers, like the real one, across the life of allocators.
type ledger struct {
	mu    sync.Mutex
	next  map[string]int64
	calls int
	err   error
}

func (l *ledger) Reserve(_ context.Context, namespace, day string, n int64) (int64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return 0, l.err
	}
	if l.next == nil {
		l.next = map[string]int64{}
	}
	l.calls++
	first := l.next[namespace+day] + 1
	l.next[namespace+day] += n
	return first, nil
}

// Two allocators at once, each restarted in the middle, give no number twice within a namespace.
func TestNumbersAreUniqueUnderConcurrencyAndRestart(t *testing.T) {
	g := NewWithT(t)
	var l ledger
	var mu sync.Mutex
	given := map[string]string{} // namespace and number → complaint
	var wg sync.WaitGroup
	for process := range 4 { // the second pair is the first one restarted, some of its numbers lost
		a := NewAllocator(&l, 8)
		for worker := range 8 {
			wg.Go(func() {
				for i := range 40 {
					namespace := fmt.Sprint("n", i%2)
					uid := fmt.Sprint(process, worker, i)
					number, err := a.Number(t.Context(), namespace, uid, "", nil, epoch.Add(time.Duration(i%3)*24*time.Hour))
					mu.Lock()
					if other, twice := given[namespace+number]; err != nil || twice {
						t.Errorf("%s gets %s, which %s has; %v", uid, number, other, err)
					}
					given[namespace+number] = uid
					mu.Unlock()
				}
			})
		}
		if process == 1 {
			wg.Wait()
		}
	}
	wg.Wait()
	g.Expect(given).To(HaveLen(4 * 8 * 40))
	g.Expect(l.calls).To(BeNumerically("<=", 4*8*40/8+4*6), "a write per block, not per complaint")
}

// A reconcile that is tried again gets the number it had.
func TestNumberIsTheSameUntilSettled(t *testing.T) {
	g := NewWithT(t)
	a := NewAllocator(&ledger{}, 5)
	number := func(uid string, at time.Time) string {
		n, err := a.Number(t.Context(), "north", uid, "", nil, at)
		g.Expect(err).NotTo(HaveOccurred())
		return n
	}
	g.Expect(number("a", epoch)).To(Equal("TS20240521001"))
	g.Expect(number("b", epoch)).To(Equal("TS20240521002"))
	g.Expect(number("a", epoch)).To(Equal("TS20240521001"))
	g.Expect(number("a", epoch.Add(48*time.Hour))).To(Equal("TS20240521001"))
	a.Settled("a")
	g.Expect(number("a", epoch)).To(Equal("TS20240521003"))
	g.Expect(number("b", epoch)).To(Equal("TS20240521002"))
}

func TestOneComplaintAskedForAtOnceGetsOneNumber(t *testing.T) {
	a := NewAllocator(&ledger{}, 5)
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			if n, err := a.Number(t.Context(), "north", "a", "", nil, epoch); n != "TS20240521001" || err != nil {
				t.Errorf("%s, %v", n, err)
			}
		})
	}
	wg.Wait()
}

func TestNumberSaysWhyThereIsNone(t *testing.T) {
	g := NewWithT(t)
	l := &ledger{err: errors.New("the server is away")}
	a := NewAllocator(l, 5)
	_, err := a.Number(t.Context(), "north", "a", "", nil, epoch)
	g.Expect(err).To(MatchError("case number for 20240521: reserve serials in namespace north: the server is away"))
	l.err = nil
	g.Expect(a.Number(t.Context(), "north", "a", "KS", nil, epoch)).To(Equal("KS20240521001"))
}

// slow is a Reserver that answers when told.
type slow struct{ called, answer chan struct{} }

func (s slow) Reserve(context.Context, string, string, int64) (int64, error) {
	close(s.called)
	<-s.answer
	return 1, nil
}

func TestWaitingForABlockEndsWithTheContext(t *testing.T) {
	g := NewWithT(t)
	s := slow{make(chan struct{}), make(chan struct{})}
	a := NewAllocator(s, 5)
	var wg sync.WaitGroup
	wg.Go(func() {
		if n, err := a.Number(t.Context(), "north", "a", "", nil, epoch); n != "TS20240521001" || err != nil {
			t.Errorf("%s, %v", n, err)
		}
	})
	<-s.called
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := a.Number(ctx, "north", "b", "", nil, epoch)
	g.Expect(err).To(MatchError(context.Canceled))
	close(s.answer)
	wg.Wait()
}

// What is never settled does not fill the memory.
func TestAllocatorForgetsTheOldest(t *testing.T) {
	g := NewWithT(t)
	r := newRecent[int, string](2)
	r.put(1, "a")
	r.put(2, "b")
	r.put(1, "c")
	r.put(3, "d")
	_, two := r.get(2)
	one, _ := r.get(1)
	g.Expect(two).To(BeFalse())
	g.Expect(one).To(Equal("c"))
	g.Expect(r.order.Len()).To(Equal(2))
	g.Expect(r.entries).To(HaveLen(2))
}
