// Package image tries what the container image would hold: the program that the Dockerfile builds, alone in an empty root.
package image

import (
	"bytes"
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	coordinationv1 "k8s.io/api/coordination/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/internal/box"
	"tocsin.dev/tocsin/internal/install"
)

const root = "../.."

// dockerfile is the instructions of the Dockerfile.
func dockerfile(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "Dockerfile"))
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	var out []string
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			out = append(out, line)
		}
	}
	return out
}

// What is left of the image is one program and the authorities, and it runs as nobody in particular.
func TestDockerfile(t *testing.T) {
	g := NewWithT(t)
	lines := dockerfile(t)
	last := 0
	for i, line := range lines {
		if strings.HasPrefix(line, "FROM ") {
			last = i
		}
	}
	g.Expect(lines[last:]).To(Equal([]string{
		"FROM scratch",
		"COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/",
		"COPY --from=build /manager /manager",
		"USER 65532:65532",
		`ENTRYPOINT ["/manager"]`,
	}))
}

// build carries out the Dockerfile's go build.
func build(t *testing.T, version string) string {
	t.Helper()
	g := NewWithT(t)
	var command string
	for _, line := range dockerfile(t) {
		if strings.HasPrefix(line, "RUN ") && strings.Contains(line, "go build") {
			command = strings.TrimPrefix(line, "RUN ")
		}
	}
	to := filepath.Join(t.TempDir(), "manager")
	g.Expect(command).To(ContainSubstring(" -o /manager "))
	cmd := exec.CommandContext(t.Context(), "sh", "-c", strings.Replace(command, " -o /manager ", " -o "+to+" ", 1))
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "TARGETOS="+runtime.GOOS, "TARGETARCH="+runtime.GOARCH, "VERSION="+version)
	output, err := cmd.CombinedOutput()
	g.Expect(err).NotTo(HaveOccurred(), string(output))
	return to
}

// The program of the image is static, says its release, and runs in an empty root without a zone database and without
// room to write, as user 65532: it becomes ready on a real API server and ends cleanly.
func TestTheProgramAlone(t *testing.T) {
	g := NewWithT(t)
	program := build(t, "v9.9.9-test")
	file, err := elf.Open(program)
	g.Expect(err).NotTo(HaveOccurred())
	defer file.Close()
	for _, p := range file.Progs {
		g.Expect(p.Type).NotTo(Equal(elf.PT_INTERP), "it needs a loader")
	}
	libraries, err := file.ImportedLibraries()
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(libraries).To(BeEmpty())
	said, err := exec.CommandContext(t.Context(), program, "--version").Output()
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(string(said)).To(MatchRegexp(`^tocsin v9\.9\.9-test \(go1\.`))
	if os.Getuid() != 0 {
		t.Skip("chroot and another user take root")
	}

	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	b, err := box.Start(ctx, box.Options{})
	g.Expect(err).NotTo(HaveOccurred())
	t.Cleanup(func() { _ = b.Stop() })
	g.Expect(install.Install(ctx, b.Config(), install.Options{})).To(Succeed())

	empty := t.TempDir()
	g.Expect(os.Link(program, filepath.Join(empty, "manager"))).To(Or(Succeed(), MatchError(syscall.EXDEV)))
	if _, err := os.Stat(filepath.Join(empty, "manager")); err != nil {
		content, err := os.ReadFile(program)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(os.WriteFile(filepath.Join(empty, "manager"), content, 0o755)).To(Succeed())
	}
	g.Expect(b.WriteKubeconfig(filepath.Join(empty, "kubeconfig"), install.ManagerUser, "system:serviceaccounts")).To(Succeed())
	g.Expect(os.Chmod(filepath.Join(empty, "kubeconfig"), 0o444)).To(Succeed())
	g.Expect(os.Chmod(empty, 0o555)).To(Succeed()) // everybody may look, nobody may write

	probes, metrics := free(g), free(g)
	var log bytes.Buffer
	manager := exec.CommandContext(ctx, "/manager", "--kubeconfig=/kubeconfig", "--health-probe-bind-address="+probes, "--metrics-bind-address="+metrics)
	manager.Env = []string{}
	manager.Stdout, manager.Stderr = &log, &log
	manager.SysProcAttr = &syscall.SysProcAttr{Chroot: empty, Credential: &syscall.Credential{Uid: 65532, Gid: 65532}, Pdeathsig: syscall.SIGKILL}
	manager.Dir = "/"
	err = manager.Start()
	if errors.Is(err, syscall.EPERM) {
		t.Skipf("this machine does not let a program be confined: %v", err)
	}
	g.Expect(err).NotTo(HaveOccurred())
	ended := make(chan error, 1)
	go func() { ended <- manager.Wait() }()
	answer := func(path string) string {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+probes+path, nil)
		g.Expect(err).NotTo(HaveOccurred())
		got, err := http.DefaultClient.Do(req)
		if err != nil {
			return err.Error()
		}
		defer got.Body.Close()
		body, _ := io.ReadAll(got.Body)
		return fmt.Sprint(got.StatusCode, " ", string(body))
	}
	admin, err := client.New(b.Config(), client.Options{})
	g.Expect(err).NotTo(HaveOccurred())
	holder := func() string {
		var leases coordinationv1.LeaseList
		g.Expect(admin.List(ctx, &leases, client.InNamespace(install.Namespace))).To(Succeed())
		for _, l := range leases.Items {
			if l.Spec.HolderIdentity != nil {
				return *l.Spec.HolderIdentity
			}
		}
		return ""
	}
	for _, path := range []string{"/readyz", "/healthz"} {
		g.Eventually(answer).WithArguments(path).WithTimeout(time.Minute).Should(Equal("200 ok"))
	}
	g.Eventually(holder).WithTimeout(time.Minute).ShouldNot(BeEmpty())

	g.Expect(manager.Process.Signal(syscall.SIGTERM)).To(Succeed())
	var end error
	g.Eventually(ended).WithTimeout(30 * time.Second).Should(Receive(&end))
	g.Expect(end).NotTo(HaveOccurred(), log.String())
	g.Expect(holder()).To(BeEmpty(), "the lease is given back")
	own := 0 // lines but those that answer the probes of this test, which asks as often as it can
	for line := range strings.Lines(log.String()) {
		if !strings.Contains(line, "healthz check failed") {
			own++
		}
		g.Expect(line).To(HavePrefix(`{"time":`), "every line is JSON")
		g.Expect(line).NotTo(MatchRegexp(`"level":"ERROR"`))
	}
	g.Expect(log.String()).To(MatchRegexp(regexp.QuoteMeta(`"msg":"Starting"`) + `.*"version":"v9\.9\.9-test"`))
	g.Expect(own).To(BeNumerically("<", 180), "what starts and what ends, each once: "+log.String())
}

// free is an address nobody listens on.
func free(g *WithT) string {
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	g.Expect(err).NotTo(HaveOccurred())
	defer l.Close()
	return l.Addr().String()
}
