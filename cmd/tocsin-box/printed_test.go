package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	. "github.com/onsi/gomega"
)

// printed is what a running platform has said so far.
type printed struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (p *printed) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.b.Write(b)
}

func (p *printed) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.b.String()
}

// thing are the commands that were printed under a number.
func thing(t *testing.T, text, number, next string) string {
	t.Helper()
	_, rest, found := strings.Cut(text, "\n  "+number+". ")
	NewWithT(t).Expect(found).To(BeTrue(), text)
	rest, _, _ = strings.Cut(rest, next)
	var lines []string
	for _, line := range strings.Split(rest, "\n")[1:] {
		if command, ok := strings.CutPrefix(line, "     "); ok {
			lines = append(lines, command)
		}
	}
	return strings.Join(lines, "\n")
}

// What a running platform prints to try works as it stands there, and so does what the pages say of it.
func TestWhatIsPrintedWorks(t *testing.T) {
	g := NewWithT(t)
	dir, bin := t.TempDir(), t.TempDir()
	pointAt(t, kubeconfig(dir, "linmei"), "desk-of-mine")
	ctx, stop := context.WithCancel(t.Context())
	var out printed
	ended := make(chan error, 1)
	go func() { ended <- runUp(ctx, dir, "", &out) }()
	defer func() {
		stop()
		g.Eventually(ended, "60s").Should(Receive(BeNil()))
	}()
	g.Eventually(out.String, "180s", "50ms").Should(ContainSubstring("/manager.log\n"))
	text := out.String()
	g.Expect(namespaceOf(kubeconfig(dir, "linmei"))).To(Equal("desk-of-mine"), "as somebody had set it before")
	g.Expect(namespaceOf(kubeconfig(dir, "admin"))).To(Equal(upNamespace))
	kubectl := regexp.MustCompile(`here is one: ([^)]*)\)`).FindStringSubmatch(text)
	g.Expect(kubectl).To(HaveLen(2))

	sh := func(script string) (string, error) {
		cmd := exec.CommandContext(ctx, "sh", "-ec", script)
		cmd.Dir = "../.."
		cmd.Env = append(os.Environ(), "KUBECONFIG="+kubeconfig(dir, "admin"), "PATH="+filepath.Dir(kubectl[1])+":"+os.Getenv("PATH"))
		output, err := cmd.CombinedOutput()
		return string(output), err
	}
	works := func(script string) string {
		t.Helper()
		output, err := sh(script)
		g.Expect(err).NotTo(HaveOccurred(), "%s\n%s", script, output)
		return output
	}
	works(thing(t, text, "1", "\n  2. "))
	g.Eventually(func() (string, error) { return sh("kubectl get complaint example-lamp -o jsonpath={.status.handler}") }, "60s", "100ms").ShouldNot(BeEmpty())
	second := thing(t, text, "2", "\n  3. ")
	g.Expect(second).To(ContainSubstring("bin/kubectl-tocsin"))
	g.Expect(works(strings.ReplaceAll(second, "bin/", bin+"/"))).To(And(ContainSubstring("TASK"), ContainSubstring("example-lamp-")))
	third, _, _ := strings.Cut(thing(t, text, "3", "\n  4. "), "\n")
	works(third)
	fourth := strings.ReplaceAll(thing(t, text, "4", "\nBeside it"), "bin/", bin+"/")
	g.Expect(works(fourth)).To(ContainSubstring("Tocsin · homes"))
	g.Eventually(func() (string, error) { return sh("kubectl get crisisincidents -n homes -o name") }, "60s", "100ms").ShouldNot(BeEmpty())
	works("kubectl wait -n homes --for=condition=Ready noticechannel/mail noticechannel/pager --timeout=60s")

	t.Log("intake creates; it cannot apply, as the text says")
	intake := "sed s/example-/another-/ playbooks/service-recovery/examples/complaints.yaml | kubectl --kubeconfig " + kubeconfig(dir, "intake")
	works(intake + " create -f -")
	output, err := sh(intake + " apply -f -")
	g.Expect(err).To(HaveOccurred())
	g.Expect(output).To(ContainSubstring("cannot get resource \"secrets\""))

	t.Log("another namespace uses the mail server and the webhook receiver")
	page, err := os.ReadFile("../../docs/spec/notices.md")
	g.Expect(err).NotTo(HaveOccurred())
	copying := regexp.MustCompile("(?s)```sh\n(.*?)```").FindSubmatch(page)
	g.Expect(copying).To(HaveLen(2))
	works(string(copying[1]))
	works("kubectl -n bakery wait --for=condition=Ready noticechannel/mail noticechannel/pager --timeout=60s")
}

// pointAt writes a kubeconfig with a namespace, as an earlier run left it and somebody changed it.
func pointAt(t *testing.T, path, namespace string) {
	t.Helper()
	g := NewWithT(t)
	g.Expect(namespaceOf(path)).To(Equal(upNamespace), "nothing is there yet")
	g.Expect(os.WriteFile(path, []byte(`
apiVersion: v1
kind: Config
current-context: box
contexts: [{name: box, context: {cluster: box, user: somebody}}]
`), 0o600)).To(Succeed())
	g.Expect(namespaceOf(path)).To(Equal(upNamespace), "none is set")
	g.Expect(setNamespace(path, namespace)).To(Succeed())
}
