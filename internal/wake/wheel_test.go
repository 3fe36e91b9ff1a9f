package wake

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	"k8s.io/utils/clock"
	testclock "k8s.io/utils/clock/testing"
	"pgregory.net/rapid"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

var start = time.Date(2026, 6, 1, 9, 0, 0, 0, time.UTC)

func key(n int) types.NamespacedName {
	return types.NamespacedName{Namespace: "ns", Name: fmt.Sprint("object-", n)}
}

// turning is a wheel that turns until the test ends, and its clock.
func turning(t *testing.T) (*Wheel, *testclock.FakeClock) {
	t.Helper()
	c := testclock.NewFakeClock(start)
	w := New(c)
	turn(t, w)
	return w, c
}

func turn(t *testing.T, w *Wheel) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.Start(ctx) }()
	t.Cleanup(func() {
		stop()
		NewWithT(t).Eventually(ended).Should(Receive(BeNil()), "the wheel stops when its context ends")
	})
}

// queue starts the controller of a kind: from now on its objects are woken.
func queue(t *testing.T, w *Wheel, kind string) Queue {
	t.Helper()
	q := workqueue.NewTypedRateLimitingQueue(workqueue.DefaultTypedControllerRateLimiter[reconcile.Request]())
	t.Cleanup(q.ShutDown)
	NewWithT(t).Expect(w.Source(kind).Start(context.Background(), q)).To(Succeed())
	return q
}

func woken(q Queue) types.NamespacedName {
	r, _ := q.Get()
	q.Done(r)
	return r.NamespacedName
}

func TestAnObjectIsWokenWhenItIsTime(t *testing.T) {
	g := NewWithT(t)
	w, c := turning(t)
	q := queue(t, w, "Complaint")
	w.At("Complaint", key(1), start.Add(time.Hour))
	w.At("Complaint", key(2), start.Add(2*time.Hour))
	g.Eventually(c.HasWaiters).Should(BeTrue())
	c.SetTime(start.Add(time.Hour - time.Nanosecond))
	g.Expect(q.Len()).To(BeZero())
	c.SetTime(start.Add(time.Hour))
	g.Eventually(q.Len).Should(Equal(1))
	g.Expect(woken(q)).To(Equal(key(1)))
	next, some := w.Next()
	g.Expect(some).To(BeTrue())
	g.Expect(next).To(Equal(start.Add(2 * time.Hour)))
}

func TestAClockThatJumpsWakesAllThatIsDue(t *testing.T) {
	g := NewWithT(t)
	w, c := turning(t)
	q := queue(t, w, "Complaint")
	for n := range 100 {
		w.At("Complaint", key(n), start.Add(time.Duration(n)*time.Minute))
	}
	c.SetTime(start.Add(49 * time.Minute))
	g.Eventually(q.Len).Should(Equal(50))
	for n := range 50 {
		g.Expect(woken(q)).To(Equal(key(n)), "the earliest first")
	}
	next, _ := w.Next()
	g.Expect(next).To(Equal(start.Add(50 * time.Minute)))
}

func TestALaterWordCounts(t *testing.T) {
	g := NewWithT(t)
	w, c := turning(t)
	q := queue(t, w, "Complaint")
	w.At("Complaint", key(1), start.Add(time.Hour))
	w.At("Complaint", key(1), start.Add(3*time.Hour)) // put off
	w.At("Complaint", key(2), start.Add(time.Hour))
	w.At("Complaint", key(2), time.Time{}) // never
	w.At("Complaint", key(3), time.Time{}) // never was
	w.At("Complaint", key(4), start.Add(4*time.Hour))
	w.At("Complaint", key(4), start.Add(2*time.Hour)) // brought forward
	c.SetTime(start.Add(2 * time.Hour))
	g.Eventually(q.Len).Should(Equal(1))
	g.Expect(woken(q)).To(Equal(key(4)))
	c.SetTime(start.Add(3 * time.Hour))
	g.Eventually(q.Len).Should(Equal(1))
	g.Expect(woken(q)).To(Equal(key(1)))
	_, some := w.Next()
	g.Expect(some).To(BeFalse())
}

func TestATimeThatIsOverWakesAtOnce(t *testing.T) {
	g := NewWithT(t)
	w, _ := turning(t)
	q := queue(t, w, "Complaint")
	w.At("Complaint", key(1), start.Add(-time.Hour))
	g.Eventually(q.Len).Should(Equal(1))
}

func TestWhatIsDueWaitsForItsController(t *testing.T) {
	g := NewWithT(t)
	w, c := turning(t)
	other := queue(t, w, "Complaint")
	w.At("CrisisIncident", key(1), start)
	w.At("Complaint", key(2), start.Add(time.Hour))
	g.Eventually(c.HasWaiters).Should(BeTrue())
	c.SetTime(start.Add(time.Hour))
	g.Eventually(other.Len).Should(Equal(1), "others are not held up")
	next, some := w.Next()
	g.Expect(some).To(BeTrue())
	g.Expect(next).To(Equal(start))
	q := queue(t, w, "CrisisIncident")
	g.Eventually(q.Len).Should(Equal(1))
	g.Expect(woken(q)).To(Equal(key(1)))
	g.Expect(other.Len()).To(Equal(1))
}

func TestOnlyTheLeaderWakes(t *testing.T) {
	NewWithT(t).Expect(New(clock.RealClock{}).NeedLeaderElection()).To(BeTrue())
}

// jumpy jumps forward at the moment the second timer is about to be set: the first is given up at once, because objects
// were set before the wheel turned.
type jumpy struct {
	*testclock.FakeClock
	timers atomic.Int32
}

func (j *jumpy) NewTimer(d time.Duration) clock.Timer {
	if j.timers.Add(1) == 2 {
		j.Step(2 * time.Hour)
	}
	return j.FakeClock.NewTimer(d)
}

func TestAJumpBeforeTheTimerIsSetIsNotMissed(t *testing.T) {
	g := NewWithT(t)
	w := New(&jumpy{FakeClock: testclock.NewFakeClock(start)})
	q := queue(t, w, "Complaint")
	w.At("Complaint", key(1), start.Add(time.Hour))
	turn(t, w)
	g.Eventually(q.Len).Should(Equal(1))
}

// TestTheWheelAgainstAList: whatever is set, put off, brought forward and taken back, as the clock goes on exactly what is
// due is woken, and Next is the earliest of the rest.
func TestTheWheelAgainstAList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := testclock.NewFakeClock(start)
		w := New(c)
		q := workqueue.NewTypedRateLimitingQueue(workqueue.DefaultTypedControllerRateLimiter[reconcile.Request]())
		defer q.ShutDown()
		if err := w.Source("Complaint").Start(context.Background(), q); err != nil {
			t.Fatal(err)
		}
		want := map[types.NamespacedName]time.Time{}
		for range rapid.IntRange(1, 60).Draw(t, "words") {
			k := key(rapid.IntRange(0, 9).Draw(t, "object"))
			switch rapid.IntRange(0, 4).Draw(t, "word") {
			case 0:
				w.At("Complaint", k, time.Time{})
				delete(want, k)
			case 1:
				c.Step(time.Duration(rapid.IntRange(0, 20).Draw(t, "minutes")) * time.Minute)
				w.wakeDue()
				var due, got []string
				for k, at := range want {
					if !at.After(c.Now()) {
						due = append(due, k.Name)
						delete(want, k)
					}
				}
				for q.Len() > 0 {
					got = append(got, woken(q).Name)
				}
				slices.Sort(due)
				slices.Sort(got)
				if !slices.Equal(due, got) {
					t.Fatalf("due %v, woken %v", due, got)
				}
			default:
				at := start.Add(time.Duration(rapid.IntRange(0, 300).Draw(t, "at")) * time.Minute)
				w.At("Complaint", k, at)
				want[k] = at
			}
			next, some := w.Next()
			var first time.Time
			for _, at := range want {
				if first.IsZero() || at.Before(first) {
					first = at
				}
			}
			if some != (len(want) > 0) || !next.Equal(first) {
				t.Fatalf("the next is %s, not %s", next, first)
			}
		}
	})
}
