package verify

import (
	"testing"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/playbooks"
)

// Whoever is told to end ends in the middle of a proof, not after it.
func TestAProofOfSoundnessIsBrokenOff(t *testing.T) {
	g := NewWithT(t)
	var files []File
	documents, err := playbooks.Documents(playbooks.ServiceRecovery)
	g.Expect(err).NotTo(HaveOccurred())
	for _, d := range documents {
		files = append(files, File{d.File, d.YAML})
	}
	s, _, err := read(t.Context(), kinds, files, now)
	g.Expect(err).NotTo(HaveOccurred())
	s.playbooks()
	g.Expect(s.Plans).NotTo(BeEmpty())
	asked := 0
	s.stop = func() bool { asked++; return true }
	s.soundness()
	levels := 0
	for _, policy := range s.Pack.Policies {
		levels += len(policy.Spec.Levels)
	}
	g.Expect(asked).To(Equal(levels + len(s.Plans)))
	g.Expect(s.findings).To(ContainElement(And(HaveField("Rule", ProofBounded), HaveField("Message", HaveSuffix("for which the time did not suffice")))))
}
