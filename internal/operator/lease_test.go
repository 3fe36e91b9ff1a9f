package operator

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	. "github.com/onsi/gomega"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
	"k8s.io/utils/clock"
	testclock "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/manager"
)

// slowLock is a lease on an API server that takes a while to answer.
type slowLock struct {
	resourcelock.Interface
	takes time.Duration
}

func (s slowLock) answer(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(s.takes):
		return nil
	}
}

func (s slowLock) Get(ctx context.Context) (*resourcelock.LeaderElectionRecord, []byte, error) {
	return &resourcelock.LeaderElectionRecord{}, nil, s.answer(ctx)
}

func (s slowLock) Update(ctx context.Context, _ resourcelock.LeaderElectionRecord) error {
	return s.answer(ctx)
}

func (s slowLock) Identity() string { return "me" }

func TestALeaseCallIsFinishedWhenTheManagerEndsButNotPastItsDeadline(t *testing.T) {
	calls := map[string]func(context.Context, *calmLock) error{
		"get": func(ctx context.Context, l *calmLock) error { _, _, err := l.Get(ctx); return err },
		"update": func(ctx context.Context, l *calmLock) error {
			return l.Update(ctx, resourcelock.LeaderElectionRecord{})
		},
	}
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := NewWithT(t)
				lock := &calmLock{Interface: slowLock{takes: time.Second}, clock: clock.RealClock{}}

				ended, end := context.WithCancel(t.Context())
				end()
				g.Expect(call(ended, lock)).To(Succeed(), "the manager was told to end, the call is finished")

				short, cancel := context.WithTimeout(t.Context(), time.Second/2)
				defer cancel()
				g.Expect(call(short, lock)).To(MatchError(context.DeadlineExceeded), "the elector has no more time")
			})
		})
	}
}

// heldLock is a lease that is in an API server's memory.
type heldLock struct {
	resourcelock.Interface
	holder string
}

func (h *heldLock) Get(context.Context) (*resourcelock.LeaderElectionRecord, []byte, error) {
	return &resourcelock.LeaderElectionRecord{HolderIdentity: h.holder}, nil, nil
}

func (h *heldLock) Create(ctx context.Context, r resourcelock.LeaderElectionRecord) error {
	return h.Update(ctx, r)
}

func (h *heldLock) Update(_ context.Context, r resourcelock.LeaderElectionRecord) error {
	h.holder = r.HolderIdentity
	return nil
}

func (h *heldLock) Identity() string { return "me" }

// The elector itself tries to get a lost lease back for half its length, and lets the manager work meanwhile.
func TestWhoDoesNotHoldTheLeaseWritesNothing(t *testing.T) {
	const lease = 15 * time.Second
	mine := resourcelock.LeaderElectionRecord{HolderIdentity: "me"}
	ctx := t.Context()
	for name, taken := range map[string]func(*calmLock) error{
		"made":    func(l *calmLock) error { return l.Create(ctx, mine) },
		"renewed": func(l *calmLock) error { return l.Update(ctx, mine) },
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			now := testclock.NewFakePassiveClock(time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC))
			server := &heldLock{}
			l := &calmLock{Interface: server, every: lease / 10, lease: lease, clock: now}
			g.Expect(l.leads()).To(MatchError(ContainSubstring("another manager holds the lease")), "it stands by")

			g.Expect(taken(l)).To(Succeed())
			g.Expect(l.leads()).To(Succeed())
			now.SetTime(now.Now().Add(lease - time.Second))
			g.Expect(l.leads()).To(Succeed())
			now.SetTime(now.Now().Add(time.Second))
			g.Expect(l.leads()).To(MatchError(ContainSubstring("renewed 15s ago")), "it was held up, and has not looked yet")

			g.Expect(taken(l)).To(Succeed())
			g.Expect(l.leads()).To(Succeed(), "nobody else had taken it")
			server.holder = "another"
			_, _, err := l.Get(ctx)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(l.leads()).To(MatchError(ContainSubstring("another manager holds the lease")), "it has seen that another one leads")

			g.Expect(taken(l)).To(Succeed())
			g.Expect(l.Update(ctx, resourcelock.LeaderElectionRecord{})).To(Succeed())
			g.Expect(l.leads()).NotTo(Succeed(), "it has given it back")
		})
	}
}

func TestFence(t *testing.T) {
	for name, c := range map[string]struct {
		method, url string
		let         bool
	}{
		"reads":                {"GET", "/apis/crisis.tocsin.dev/v1alpha1/notices?watch=true", true},
		"creates":              {"POST", "/apis/crisis.tocsin.dev/v1alpha1/namespaces/a/notices", false},
		"claims":               {"PUT", "/apis/crisis.tocsin.dev/v1alpha1/namespaces/a/notices/n/status", false},
		"applies":              {"PATCH", "/api/v1/namespaces/a/configmaps/c?fieldManager=x", false},
		"collects":             {"DELETE", "/apis/apps/v1/namespaces/a/controllerrevisions/r", false},
		"tries":                {"PATCH", "/apis/crisis.tocsin.dev/v1alpha1/namespaces/a/responsetasks/t?dryRun=All", true},
		"asks who somebody is": {"POST", "/apis/authentication.k8s.io/v1/tokenreviews", true},
		"asks who may":         {"POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", true},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			passed := 0
			behind := roundTrip(func(*http.Request) (*http.Response, error) { passed++; return &http.Response{Body: http.NoBody}, nil })
			may := errors.New("another manager leads")
			f := fence{behind, func() error { return may }}
			r := httptest.NewRequestWithContext(t.Context(), c.method, c.url, strings.NewReader("{}"))
			_, err := f.RoundTrip(r) //nolint:bodyclose // there is none
			g.Expect(err == nil).To(Equal(c.let))
			g.Expect(passed).To(Equal(map[bool]int{true: 1}[c.let]))
			may = nil
			_, err = f.RoundTrip(r) //nolint:bodyclose // there is none
			g.Expect(err).NotTo(HaveOccurred(), "while it leads")
		})
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestALeaseIsWholeSecondsAndNotTooShort(t *testing.T) {
	for _, length := range []time.Duration{time.Second, 4500 * time.Millisecond, -5 * time.Second, 1} {
		_, err := elect(&rest.Config{}, Options{Lease: length, Process: "me"}, &manager.Options{})
		NewWithT(t).Expect(err).To(MatchError("--lease-duration=" + length.String() + ": a lease is whole seconds long, 4s at least"))
	}
	_, err := elect(&rest.Config{}, Options{Lease: 4 * time.Second, Process: "me"}, &manager.Options{})
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
}
