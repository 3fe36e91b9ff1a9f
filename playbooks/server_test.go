package playbooks

import (
	"context"
	"os/exec"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/internal/box"
	"tocsin.dev/tocsin/internal/install"
)

// TestARealAPIServerTakesEveryPack applies the packs the way the READMEs say and reads them back.
func TestARealAPIServerTakesEveryPack(t *testing.T) {
	g := NewWithT(t)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	b, err := box.Start(ctx, box.Options{})
	g.Expect(err).NotTo(HaveOccurred())
	defer func() { g.Expect(b.Stop()).To(Succeed()) }()
	g.Expect(install.Install(ctx, b.Config(), install.Options{})).To(Succeed())

	kubectl := func(args ...string) string {
		t.Helper()
		args = append([]string{"--kubeconfig", b.Kubeconfig()}, args...)
		out, err := exec.CommandContext(ctx, b.Program("kubectl"), args...).CombinedOutput()
		g.Expect(err).NotTo(HaveOccurred(), string(out))
		return string(out)
	}
	for _, name := range packs(t) {
		kubectl("create", "namespace", name)
		kubectl("apply", "--validate=strict", "-n", name, "-k", name)
		kubectl("apply", "--validate=strict", "-n", name, "-f", name+"/examples")

		documents, err := Documents(name)
		g.Expect(err).NotTo(HaveOccurred())
		have := strings.Fields(kubectl("get", "tocsin", "-n", name, "-o", "name"))
		g.Expect(len(have)).To(BeNumerically(">", len(documents)), "policies and examples")

		// Applying the same again changes nothing.
		for line := range strings.Lines(kubectl("apply", "-n", name, "-k", name)) {
			g.Expect(strings.TrimSpace(line)).To(HaveSuffix("unchanged"))
		}
	}
}
