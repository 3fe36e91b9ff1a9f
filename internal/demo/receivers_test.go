package demo

import (
	"crypto/rand"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"k8s.io/utils/clock"
	clocktesting "k8s.io/utils/clock/testing"
)

// What the channels know the receivers by is the same after a restart: ports, certificate, keys.
func TestReceiversAreKnownByTheSameAfterARestart(t *testing.T) {
	g := NewWithT(t)
	type known struct{ mail, hook, password, ca, signing string }
	file := filepath.Join(t.TempDir(), "receivers.json")
	at := clocktesting.NewFakeClock(time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC))
	start := func() (*Stage, known) {
		s := &Stage{o: StageOptions{Kept: file, Clock: clock.RealClock{}, Real: at, Entropy: rand.Reader}}
		secrets, err := s.startReceivers()
		g.Expect(err).NotTo(HaveOccurred())
		return s, known{s.Mail.Addr, s.Hook.URL, string(secrets[0].Data["password"]), string(secrets[0].Data["ca.crt"]), string(secrets[1].Data["signingKey"])}
	}
	stage, first := start()
	info, err := os.Stat(file)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(info.Mode().Perm()).To(Equal(os.FileMode(0o600)), "there are keys in it")
	g.Expect(stage.Close()).To(Succeed())
	stage, again := start()
	g.Expect(again).To(Equal(first))
	g.Expect(stage.Close()).To(Succeed())

	t.Log("a port that somebody else has is replaced, the rest stays")
	taken, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", first.mail)
	g.Expect(err).NotTo(HaveOccurred())
	defer taken.Close()
	stage, moved := start()
	g.Expect(moved.mail).NotTo(Equal(first.mail))
	g.Expect(moved.ca).To(Equal(first.ca))
	g.Expect(stage.Close()).To(Succeed())

	t.Log("what ends soon or cannot be read is made anew")
	at.SetTime(at.Now().AddDate(5, 0, -3))
	stage, renewed := start()
	g.Expect(renewed.ca).NotTo(Equal(first.ca))
	g.Expect(stage.Close()).To(Succeed())
	g.Expect(os.WriteFile(file, []byte("{"), 0o600)).To(Succeed())
	stage, mended := start()
	g.Expect(mended.ca).NotTo(Equal(renewed.ca))
	g.Expect(stage.Close()).To(Succeed())
}
