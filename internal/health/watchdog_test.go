package health

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	toolscache "k8s.io/client-go/tools/cache"
	"k8s.io/client-go/util/workqueue"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func newWatchdog() (*Watchdog, *clocktesting.FakePassiveClock) {
	c := clocktesting.NewFakePassiveClock(noon)
	return New(c, Limits{}), c
}

// What has something to do and does not move for long is stuck; what moves, or has nothing to do, is not.
func TestStuckIsNotBusy(t *testing.T) {
	g := NewWithT(t)
	w, c := newWatchdog()
	waiting, moves := true, uint64(0)
	w.Watch("wheel", func() (bool, uint64) { return waiting, moves })
	pass := func(d time.Duration, each func()) (last error) {
		for end := c.Now().Add(d); c.Now().Before(end); c.SetTime(c.Now().Add(20 * time.Second)) {
			each()
			last = w.Check(nil)
		}
		return last
	}
	g.Expect(pass(time.Hour, func() { moves++ })).To(Succeed(), "busy")
	g.Expect(pass(DefaultLimits.Still, func() {})).To(Succeed(), "patience")
	g.Expect(pass(time.Minute, func() {})).To(MatchError(ContainSubstring("the wheel has something to do and has not moved for")))
	moves++
	g.Expect(w.Check(nil)).To(Succeed(), "it moves again")
	waiting = false
	g.Expect(pass(time.Hour, func() {})).To(Succeed(), "idle")
}

// An object that is worked on for ever makes its controller stuck, although the other workers go on.
func TestOneObjectForEver(t *testing.T) {
	g := NewWithT(t)
	w, c := newWatchdog()
	leads := false
	q := w.NewQueue(func() bool { return leads })("complaint", workqueue.DefaultTypedControllerRateLimiter[reconcile.Request]())
	t.Cleanup(q.ShutDown)
	first, second := reconcile.Request{NamespacedName: types.NamespacedName{Name: "first"}}, reconcile.Request{NamespacedName: types.NamespacedName{Name: "second"}}
	q.Add(first)
	g.Eventually(q.Len).Should(Equal(1))
	look := func(after time.Duration) error {
		g.Expect(w.Check(nil)).To(Or(Succeed(), HaveOccurred()))
		c.SetTime(c.Now().Add(after))
		return w.Check(nil)
	}
	g.Expect(look(time.Hour)).To(Succeed(), "nobody works in a replica that stands by")
	leads = true
	g.Expect(look(time.Hour)).To(MatchError(ContainSubstring("the queue of controller complaint has something to do")), "nobody works in one that leads")

	stuck, _ := q.Get()
	for range 60 {
		q.Add(second)
		other, _ := q.Get()
		q.Done(other)
		c.SetTime(c.Now().Add(10 * time.Second))
	}
	g.Expect(w.Check(nil)).To(Succeed())
	c.SetTime(c.Now().Add(6 * time.Minute))
	g.Expect(w.Check(nil)).To(MatchError("controller complaint has been at one object for 16m0s"))
	q.Done(stuck)
	g.Expect(w.Check(nil)).To(Succeed())
}

// Watches that are refused for long make the manager stuck; an API server that is away does not.
func TestWatchesRefused(t *testing.T) {
	g := NewWithT(t)
	w, c := newWatchdog()
	complaints := schema.GroupResource{Resource: "complaints"}
	fail := func(minutes int, err error) error {
		for range 2 * minutes {
			w.WatchFailed(context.Background(), toolscache.NewReflector(nil, nil, nil, 0), err)
			c.SetTime(c.Now().Add(30 * time.Second))
		}
		return w.Check(nil)
	}
	for _, err := range []error{
		&url.Error{Op: "Get", URL: "https://10.0.0.1", Err: errors.New("connection refused")},
		apierrors.NewServiceUnavailable("starting"), apierrors.NewTooManyRequests("later", 1), apierrors.NewResourceExpired("too old"), context.DeadlineExceeded,
	} {
		g.Expect(fail(60, err)).To(Succeed(), err.Error())
	}
	g.Expect(fail(4, apierrors.NewForbidden(complaints, "", errors.New("no")))).To(Succeed(), "patience")
	g.Expect(fail(4, apierrors.NewForbidden(complaints, "", errors.New("no")))).To(MatchError(ContainSubstring("the API server has refused to let")))
	c.SetTime(c.Now().Add(3 * time.Minute))
	g.Expect(w.Check(nil)).To(Succeed(), "it has not been refused since, so it holds")
	g.Expect(fail(8, errors.New("json: cannot unmarshal"))).NotTo(Succeed(), "an object that this release cannot read")
}

// A check that succeeded is asked again after a while, one that failed at once.
func TestRemembered(t *testing.T) {
	g := NewWithT(t)
	c := clocktesting.NewFakePassiveClock(noon)
	asked, answer := 0, errors.New("taken")
	r := &Remembered{Clock: c, For: time.Minute, Check: func(context.Context) error { asked++; return answer }}
	probe := func() error { return r.Ready((&http.Request{}).WithContext(t.Context())) }
	g.Expect(probe()).NotTo(Succeed())
	g.Expect(probe()).NotTo(Succeed())
	answer = nil
	for range 5 {
		g.Expect(probe()).To(Succeed())
		c.SetTime(c.Now().Add(10 * time.Second))
	}
	g.Expect(asked).To(Equal(3))
	answer = errors.New("taken")
	c.SetTime(c.Now().Add(10 * time.Second))
	g.Expect(probe()).NotTo(Succeed())
}

func TestCachesAreNotFilledYet(t *testing.T) {
	g := NewWithT(t)
	filled := make(chan struct{})
	s := NewSynced(func(ctx context.Context) bool {
		select {
		case <-filled:
			return true
		case <-ctx.Done():
			return false
		}
	})
	g.Expect(s.NeedLeaderElection()).To(BeFalse())
	done := make(chan error, 1)
	go func() { done <- s.Start(t.Context()) }()
	g.Expect(s.Ready(nil)).To(MatchError("the caches are not filled yet"))
	close(filled)
	g.Expect(<-done).To(Succeed())
	g.Expect(s.Ready(nil)).To(Succeed())
}
