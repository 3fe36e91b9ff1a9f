package crash

import (
	"context"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"golang.org/x/sync/errgroup"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/utils/clock"

	"tocsin.dev/tocsin/internal/install"
)

// line is a way to the API server that can be cut: what is sent gets lost, and nobody is told.
type line struct {
	net.Listener
	to  string
	cut chan struct{}
}

func newLine(t *testing.T, to string) (*line, error) {
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() { _ = l.Close() })
	way := &line{Listener: l, to: to, cut: make(chan struct{})}
	go way.serve(t.Context())
	return way, nil
}

func (l *line) serve(ctx context.Context) {
	for {
		near, err := l.Accept()
		if err != nil {
			return
		}
		far, err := new(net.Dialer).DialContext(ctx, "tcp", l.to)
		if err != nil {
			_ = near.Close()
			continue
		}
		closed := sync.OnceFunc(func() { _ = near.Close(); _ = far.Close() })
		context.AfterFunc(ctx, closed)
		go l.carry(near, far, closed)
		go l.carry(far, near, closed)
	}
}

// carry passes on what it reads until the line is cut; then it goes on reading, and drops it.
func (l *line) carry(from io.Reader, to io.Writer, closed func()) {
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if isOver(l.cut) {
			if err != nil {
				return // and the other side hears nothing of it
			}
			continue
		}
		if err == nil {
			_, err = to.Write(buffer[:n])
		}
		if err != nil {
			closed()
			return
		}
	}
}

// overLine writes a kubeconfig of the manager that goes over the line.
func (l *line) kubeconfig(t *testing.T) (string, error) {
	path := filepath.Join(t.TempDir(), "kubeconfig")
	if err := cluster.WriteKubeconfig(path, install.ManagerUser); err != nil {
		return "", err
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	changed := strings.ReplaceAll(string(text), cluster.Config().Host, "https://"+l.Addr().String())
	if _, err := clientcmd.Load([]byte(changed)); err != nil {
		return "", err
	}
	return path, os.WriteFile(path, []byte(changed), 0o600)
}

// A leader that is cut off from the API server in the middle of its work stops by itself, and sends nothing any more once
// another one leads: an attempt needs a claim, which needs the API server.
func TestLeaderCutOff(t *testing.T) {
	g := NewWithT(t)
	g.SetDefaultEventuallyTimeout(time.Minute)
	want, _ := playUndisturbed(t)
	w, err := newWorld(t, inSeconds, clock.RealClock{})
	g.Expect(err).NotTo(HaveOccurred())
	held, err := watchLease(t)
	g.Expect(err).NotTo(HaveOccurred())
	host, err := url.Parse(cluster.Config().Host)
	g.Expect(err).NotTo(HaveOccurred())
	way, err := newLine(t, host.Host)
	g.Expect(err).NotTo(HaveOccurred())
	kubeconfig, err := way.kubeconfig(t)
	g.Expect(err).NotTo(HaveOccurred())

	far, err := startReplica(t, "far", []string{w.ns}, kubeconfig)
	g.Expect(err).NotTo(HaveOccurred())
	g.Eventually(func() bool { return far.is(held.holder()) }).Should(BeTrue())
	leader := held.holder()
	near, err := startReplica(t, "near", []string{w.ns}, "")
	g.Expect(err).NotTo(HaveOccurred())
	var player errgroup.Group
	player.Go(func() error { return w.playOn(w.ctx) })
	g.Eventually(func() (int, error) { s, err := w.look(); return len(s.incidents.Items), err }).Should(BeNumerically(">", 0))
	close(way.cut)

	var next takeOver
	g.Eventually(func() (err error) { next, err = held.takeOver(leader); return err }).Should(Succeed())
	g.Expect(near.is(next.to)).To(BeTrue())
	if !next.givenBack {
		g.Expect(next.gap).To(BeNumerically(">=", lease))
	}
	at := next.at
	g.Eventually(far.ended).Should(BeClosed())
	say("      cut off from the API server, a leader ended %s before the other one led", at.Sub(far.endedAt).Round(time.Millisecond))
	text, err := os.ReadFile(far.log)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(string(text)).To(ContainSubstring("leader election lost"))
	if everything { // a machine that has far too much to do may take its time to end a process
		g.Expect(far.endedAt).To(BeTemporally("<", at), "a leader has stopped before another one leads")
	}
	g.Expect(player.Wait()).To(Succeed())
	got := w.becomes(g, want, asUnknown)
	near.kill()
	claimed := map[string]string{}
	for _, e := range got.notices {
		if e.status.Attempts == 1 {
			claimed[e.uid] = e.status.ClaimedBy
		}
	}
	sent := 0
	for _, m := range append(w.mail.All(), w.hook.All()...) {
		if claimed[m.Key] == leader {
			sent++
			g.Expect(m.At).To(BeTemporally("<", at), "sent by a leader whose lease had run out")
		}
	}
	g.Expect(sent).To(BeNumerically(">", 0), "it was at work")
}
