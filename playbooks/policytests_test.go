package playbooks_test

import (
	"io/fs"
	"testing"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/config"
	"tocsin.dev/tocsin/internal/gate"
	"tocsin.dev/tocsin/internal/pack"
	"tocsin.dev/tocsin/internal/policytest"
	"tocsin.dev/tocsin/internal/schema"
	"tocsin.dev/tocsin/playbooks"
)

// leastSeen is how much of a pack, in percent, its policy tests see at least. What they leave out is in the main the last rung
// above a notice that never arrives, and who takes command or voice too late: a role that is filled at once.
const leastSeen = 92

// TestThePolicyTestsOfThePacks plays what stands beside each pack in its folder tests.
func TestThePolicyTestsOfThePacks(t *testing.T) {
	kinds, err := schema.Load(config.Files, "crd/bases")
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	policies, err := gate.Load(config.Files, "admission")
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	for _, name := range []string{playbooks.ServiceRecovery, playbooks.PropertyDeveloper} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			var documents []pack.Document
			for _, pattern := range []string{name + "/*.yaml", name + "/tests/*.yaml"} {
				files, err := fs.Glob(playbooks.FS, pattern)
				g.Expect(err).NotTo(HaveOccurred())
				for _, f := range files {
					text, err := fs.ReadFile(playbooks.FS, f)
					g.Expect(err).NotTo(HaveOccurred())
					read, faults := pack.Read(f, text)
					g.Expect(faults).To(BeEmpty())
					documents = append(documents, read...)
				}
			}
			suite, faults, err := policytest.Read(t.Context(), kinds, documents)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(faults).To(BeEmpty())
			report, err := suite.Play(t.Context(), policies, nil)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(len(report.Tests)).To(BeNumerically(">", 15))
			g.Expect(report.Failed()).To(BeZero(), report.Text(false))
			g.Expect(report.Coverage.Percent()).To(BeNumerically(">", leastSeen), report.Coverage.Text())
		})
	}
}
