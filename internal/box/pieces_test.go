package box

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"k8s.io/utils/clock"
	clocktesting "k8s.io/utils/clock/testing"
)

var wallClock = clock.RealClock{}

func TestCertificatesAreKeptUntilTheyAreAboutToExpire(t *testing.T) {
	g := NewWithT(t)
	dir := filepath.Join(t.TempDir(), "pki")
	clk := clocktesting.NewFakePassiveClock(time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC))
	files := func() map[string]string {
		_, err := openAuthority(dir, clk)
		g.Expect(err).NotTo(HaveOccurred())
		read := map[string]string{}
		for _, name := range []string{"ca.crt", "server.crt", "sa.key"} {
			content, err := os.ReadFile(filepath.Join(dir, name))
			g.Expect(err).NotTo(HaveOccurred())
			read[name] = string(content)
		}
		return read
	}
	first := files()

	clk.SetTime(clk.Now().Add(leafLife - renewBefore))
	g.Expect(files()).To(Equal(first), "still good for long enough")

	clk.SetTime(clk.Now().Add(time.Second))
	second := files()
	g.Expect(second["server.crt"]).NotTo(Equal(first["server.crt"]))
	g.Expect(second["ca.crt"]).To(Equal(first["ca.crt"]))

	clk.SetTime(clk.Now().Add(authorityLife))
	third := files()
	g.Expect(third["ca.crt"]).NotTo(Equal(first["ca.crt"]))
	g.Expect(third["server.crt"]).NotTo(Equal(second["server.crt"]))
	g.Expect(third["sa.key"]).To(Equal(first["sa.key"]), "tokens stay good")
}

func TestPortIsKeptWhileItIsFree(t *testing.T) {
	g := NewWithT(t)
	file := filepath.Join(t.TempDir(), "ports.json")
	first, err := reservePort(file)
	g.Expect(err).NotTo(HaveOccurred())

	other, err := reservePort(file)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(other.url()).NotTo(Equal(first.url()), "a held port is not shared with another box")
	g.Expect(other.release()).To(Succeed())

	_, err = (&net.ListenConfig{}).Listen(t.Context(), "tcp4", strings.TrimPrefix(first.url(), "https://"))
	g.Expect(err).To(HaveOccurred(), "nor with anybody else")
	g.Expect(first.release()).To(Succeed())

	again, err := reservePort(file)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(again.url()).To(Equal(other.url()))
	g.Expect(again.release()).To(Succeed())
}

func TestShellGuard(t *testing.T) {
	program := func(t *testing.T, script string) (*exec.Cmd, func() error, string) {
		t.Helper()
		pidFile := filepath.Join(t.TempDir(), "pid")
		cmd := exec.CommandContext(t.Context(), "/bin/sh", "-c", script, "program", pidFile)
		guard, err := startUnderShell(cmd)
		NewWithT(t).Expect(err).NotTo(HaveOccurred())
		t.Cleanup(func() { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) })
		NewWithT(t).Eventually(func() ([]byte, error) { return os.ReadFile(pidFile) }).ShouldNot(BeEmpty())
		return cmd, guard.Close, pidFile
	}
	const waits = `trap 'echo polite >>"$1"; exit' TERM; echo $$ >"$1"; while :; do sleep 60 & wait $!; done`

	t.Run("kills the program when the process at the other end of the pipe is gone", func(t *testing.T) {
		g := NewWithT(t)
		cmd, closeGuard, pidFile := program(t, waits)
		content, err := os.ReadFile(pidFile)
		g.Expect(err).NotTo(HaveOccurred())
		pid, err := strconv.Atoi(strings.TrimSpace(string(content)))
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(closeGuard()).To(Succeed())
		g.Expect(cmd.Wait()).To(MatchError(ContainSubstring("137")))
		g.Expect(alive(pid)).To(BeFalse())
	})
	t.Run("passes a polite request on and waits for the program to follow it", func(t *testing.T) {
		g := NewWithT(t)
		cmd, closeGuard, pidFile := program(t, waits)
		g.Expect(syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM)).To(Succeed())
		_ = cmd.Wait() // the shell may tell its own interruption instead of the program's end
		content, err := os.ReadFile(pidFile)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(string(content)).To(HaveSuffix("polite\n"))
		g.Expect(closeGuard()).To(Succeed())
	})
}

func TestVersionsAreThoseThatAreBuilt(t *testing.T) {
	g := NewWithT(t)
	mod, err := os.ReadFile(filepath.Join("..", "..", "hack", "controlplane", "go.mod"))
	g.Expect(err).NotTo(HaveOccurred())
	require := func(module string) string {
		return string(regexp.MustCompile(`\s` + module + ` (v\S+)`).FindSubmatch(mod)[1])
	}
	g.Expect(KubernetesVersion).To(Equal(require("k8s.io/kubernetes")))
	g.Expect(EtcdVersion).To(Equal(require("go.etcd.io/etcd/server/v3")))
}
