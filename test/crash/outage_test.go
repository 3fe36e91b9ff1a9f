package crash

import (
	"context"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"golang.org/x/sync/errgroup"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/utils/clock"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/notice"
	"tocsin.dev/tocsin/internal/notice/receivers"
)

// supervise keeps a manager running, as a cluster does: one that ends is started again.
func supervise(t *testing.T, namespaces []string) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for ctx.Err() == nil {
			r, err := startReplica(t, "supervised", namespaces, "")
			if err != nil {
				t.Error(err)
				return
			}
			select {
			case <-ctx.Done():
				r.kill()
			case <-r.ended:
				say("      the manager ended and is started again: %v", r.err)
				wait(ctx, time.Second)
			}
		}
	}()
	return func() { cancel(); <-ended }
}

// wait lets real time pass.
func wait(ctx context.Context, d time.Duration) {
	timer := clock.RealClock{}.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C():
	case <-ctx.Done():
	}
}

// outage is how long something is away: a minute, or a little in everyday tests.
func outage() time.Duration {
	if everything {
		return time.Minute
	}
	return 4 * time.Second
}

// The mail server puts everything off, refuses everything, or takes it and never answers, for a while: each notice ends as
// its channel says, and nothing else is different.
func TestMailServerFails(t *testing.T) {
	g := NewWithT(t)
	want, _ := playUndisturbed(t)
	cases := []struct {
		name  string
		fault receivers.Fault
		judge judge
	}{
		{"4xx", receivers.Fault{Reply: 451}, func(e ending) string {
			if e.status.State == v1alpha1.NoticeDelivered && e.status.Attempts > 1 && e.status.PossibleDuplicates == 0 && e.received == 1 {
				return ""
			}
			return "what was put off is delivered later, once"
		}},
		{"5xx", receivers.Fault{Reply: 550}, func(e ending) string {
			c := meta.FindStatusCondition(e.status.Conditions, notice.ConditionDelivered)
			if e.status.State == v1alpha1.NoticeFailed && e.received == 0 && c != nil && c.Reason == notice.ReasonRefused {
				return ""
			}
			return "what was refused has failed, and says so"
		}},
		{"nothing", receivers.Fault{Hang: true}, asUnknown},
	}
	var namespaces []string
	worlds := make([]*world, len(cases))
	for i, c := range cases {
		w, err := newWorld(t, inSeconds, clock.RealClock{})
		g.Expect(err).NotTo(HaveOccurred())
		w.mail.Always(&c.fault)
		worlds[i], namespaces = w, append(namespaces, w.ns)
	}
	defer supervise(t, namespaces)()
	var players errgroup.Group
	for _, w := range worlds {
		players.Go(func() error { return w.playOn(w.ctx) })
		players.Go(func() error {
			// It is well again a while after the first mail it spoiled.
			for met := false; !met && w.ctx.Err() == nil; wait(w.ctx, 50*time.Millisecond) {
				counts := w.mail.Counts()
				met = counts.Refused+counts.Accepted > 0
			}
			wait(w.ctx, outage())
			w.mail.Always(nil)
			return nil
		})
	}
	g.Expect(players.Wait()).To(Succeed())
	for i, w := range worlds {
		got := w.becomes(g, want, cases[i].judge)
		spoiled := 0
		for alias, e := range got.notices {
			if e.String() != want.notices[alias].String() {
				spoiled++
			}
		}
		say("      mail server answers %s: %d notices ended otherwise, as their channel says", cases[i].name, spoiled)
		g.Expect(spoiled).To(BeNumerically(">", 0), cases[i].name)
	}
}

// The API server is away for a while when the crisis has begun, and etcd when the drill has.
func TestControlPlaneFails(t *testing.T) {
	g := NewWithT(t)
	g.SetDefaultEventuallyTimeout(2 * time.Minute)
	want, _ := playUndisturbed(t)
	w, err := newWorld(t, inSeconds, clock.RealClock{})
	g.Expect(err).NotTo(HaveOccurred())
	defer supervise(t, []string{w.ns})()
	var player errgroup.Group
	player.Go(func() error { return w.playOn(w.ctx) })
	for i, fail := range []struct {
		name  string
		stop  func() error
		start func(context.Context) error
	}{
		{"the API server", cluster.StopAPIServer, cluster.StartAPIServer},
		{"etcd", cluster.StopEtcd, cluster.StartEtcd},
	} {
		g.Eventually(func() (int, error) { s, err := w.look(); return len(s.incidents.Items), err }).Should(BeNumerically(">", i))
		g.Expect(fail.stop()).To(Succeed())
		wait(w.ctx, outage())
		g.Expect(fail.start(t.Context())).To(Succeed())
		say("      %s was away for %s", fail.name, outage())
	}
	g.Expect(player.Wait()).To(Succeed())
	w.becomes(g, want, asUnknown)
}
