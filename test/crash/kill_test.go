package crash

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"golang.org/x/sync/errgroup"
	auditv1 "k8s.io/apiserver/pkg/apis/audit/v1"
	"k8s.io/utils/clock"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// seed is where chance begins: CRASH_SEED, or another one each time.
func seed(t *testing.T) uint64 {
	if text := os.Getenv("CRASH_SEED"); text != "" {
		n, err := strconv.ParseUint(text, 10, 64)
		NewWithT(t).Expect(err).NotTo(HaveOccurred(), "CRASH_SEED")
		return n
	}
	return rand.Uint64()
}

// How often leaders are killed, everyday and when everything is asked for.
const (
	fewKills  = 1
	manyKills = 10
)

// soon is how long after a take-over the lease's length and a second may be over. A machine that has far too much to do
// gets a little more where everyday tests run.
func soon() time.Duration {
	if everything {
		return lease + time.Second
	}
	return lease + 3*time.Second
}

// Two replicas; the one that leads is killed at a random moment in the middle of a crisis, again and again. Each time the
// other one, which did nothing before, takes over in time, with its caches filled. In the end the world is as without.
func TestLeaderKilled(t *testing.T) {
	g := NewWithT(t)
	g.SetDefaultEventuallyTimeout(time.Minute)
	kills := fewKills
	if everything {
		kills = manyKills
	}
	s := seed(t)
	say("kill -9: CRASH_SEED=%d", s)
	t.Logf("again: CRASH_SEED=%d go test ./test/crash -run TestLeaderKilled", s)
	chance := rand.New(rand.NewPCG(s, 0))
	want, _ := playUndisturbed(t)

	var worlds []*world
	var namespaces []string
	for range kills + 1 {
		w, err := newWorld(t, inSeconds, clock.RealClock{})
		g.Expect(err).NotTo(HaveOccurred())
		worlds, namespaces = append(worlds, w), append(namespaces, w.ns)
	}
	held, err := watchLease(t)
	g.Expect(err).NotTo(HaveOccurred())
	var replicas []*replica
	start := func() {
		r, err := startReplica(t, fmt.Sprintf("replica-%c", 'a'+len(replicas)), namespaces, "")
		g.Expect(err).NotTo(HaveOccurred())
		replicas = append(replicas, r)
	}
	named := func(process string) *replica {
		for _, r := range replicas {
			if r.is(process) {
				return r
			}
		}
		return nil
	}
	start()
	g.Eventually(func() *replica { return named(held.holder()) }).ShouldNot(BeNil())
	var players errgroup.Group
	play := func(w *world) { players.Go(func() error { return w.playOn(w.ctx) }) }
	for k := range kills {
		start()
		leader := held.holder()
		play(worlds[k])
		g.Eventually(func() (int, error) { s, err := worlds[k].look(); return len(s.tasks.Items), err }).Should(BeNumerically(">", 0))
		moment := clock.RealClock{}.NewTimer(time.Duration(chance.Int64N(int64(4 * time.Second))))
		<-moment.C()
		named(leader).kill()
		var next takeOver
		g.Eventually(func() (err error) { next, err = held.takeOver(leader); return err }).Should(Succeed())
		say("%4d of %d  killed %s; %s took over %s after the last renewal of a lease of %s", k+1, kills, named(leader).name, named(next.to).name, next.gap.Round(time.Millisecond), lease)
		t.Logf("taken over after %s, lease %s", next.gap.Round(time.Millisecond), lease)
		if !next.givenBack {
			g.Expect(next.gap).To(BeNumerically(">=", lease), "nobody leads before the lease has run out")
		}
		g.Expect(next.gap).To(BeNumerically("<", soon()))
		g.Expect(idle(named(next.to).name, next.at)).To(BeEmpty(), "who stands by writes nothing, and needs no list when it leads")
	}
	play(worlds[kills])
	g.Expect(players.Wait()).To(Succeed())
	for _, w := range worlds {
		w.becomes(g, want, asUnknown)
	}
}

// becomes waits until a world is as it would be undisturbed, but for what the judge allows. It is that a little after the
// last act: the ends of cases are signed together.
func (w *world) becomes(g *GomegaWithT, want *picture, wrong judge) (got *picture) {
	g.EventuallyWithOffset(1, func() (different []string, err error) {
		if got, err = w.picture(); err != nil {
			return nil, err
		}
		return compare(want, got, wrong, 0), nil
	}).WithTimeout(10*time.Second).Should(BeEmpty(), "namespace %s is different in the end", w.ns)
	return got
}

// playOn has people act in real time until the scenario is at its end. What cannot be done now, because a server is away
// or somebody was faster, is tried again.
func (w *world) playOn(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Minute)
	defer cancel()
	ticker := clock.RealClock{}.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	for {
		s, err := w.look()
		if err == nil && s.open() == "" {
			return nil
		}
		done := false
		if err == nil {
			done, err = w.act(s)
		}
		if done && err == nil {
			continue
		}
		select {
		case <-ticker.C():
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("%s in namespace %s is still open: %w", s.open(), w.ns, ctx.Err()), err)
		}
	}
}

// idle lists what a replica should not have done: written before it led, listed afterwards, or not read the playbooks that
// run, to compile them, before.
func idle(name string, led time.Time) (wrong []string, err error) {
	f, err := os.Open(cluster.AuditLog())
	if err != nil {
		return nil, err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	seen, revisions := false, map[string]bool{}
	for lines.Scan() {
		var e auditv1.Event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			return nil, err
		}
		if !strings.HasPrefix(e.UserAgent, name+"/") || e.ObjectRef == nil {
			continue
		}
		seen = true
		before := e.RequestReceivedTimestamp.Time.Before(led)
		switch e.Verb {
		case "get":
			if before && e.ObjectRef.Resource == "controllerrevisions" {
				revisions[e.ObjectRef.Name] = true
			}
		case "list", "watch": // a watch can begin with a list
			all := e.Verb == "list" || strings.Contains(e.RequestURI, "sendInitialEvents=true")
			if all && !before && e.ObjectRef.APIGroup == v1alpha1.GroupVersion.Group {
				wrong = append(wrong, "listed when it led: "+e.RequestURI)
			}
		default:
			if before && e.ObjectRef.Resource != "leases" && e.ObjectRef.Resource != "subjectaccessreviews" {
				wrong = append(wrong, e.Verb+" before it led: "+e.RequestURI)
			}
		}
	}
	if !seen {
		return nil, fmt.Errorf("the audit log knows no %s", name)
	}
	if len(revisions) < 3 {
		wrong = append(wrong, fmt.Sprintf("read %d revisions of the three playbooks before it led", len(revisions)))
	}
	return wrong, lines.Err()
}
