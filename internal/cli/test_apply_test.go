package cli

import (
	"testing"

	. "github.com/onsi/gomega"
)

// TestATestIsNothingToApply: kubectl names the kind no cluster knows, and what stands beside it is not touched by that.
func TestATestIsNothingToApply(t *testing.T) {
	w := newWorld(t)
	root := w.kubeconfig("root", "system:masters")
	out, err := w.kubectlCommand(root, "apply", "--dry-run=server", "-n", w.namespace, "-f", "../../playbooks/service-recovery/tests/levels.yaml").CombinedOutput()
	w.Expect(err).To(HaveOccurred())
	w.Expect(string(out)).To(ContainSubstring(`no matches for kind "PolicyTest" in version "test.tocsin.dev/v1alpha1"`))
}
