package controllers

import (
	"testing"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// Who stays anonymous is not written to, and nothing waits for that.
func TestAnonymousComplaintGoesOn(t *testing.T) {
	w := newWorld(t)
	w.furnish()
	w.complain("kettle", func(s *v1alpha1.ComplaintSpec) { s.Complainant.ContactSecret = "" })
	w.complain("iron", func(s *v1alpha1.ComplaintSpec) { s.Complainant = nil })
	w.settle()
	for _, name := range []string{"kettle", "iron"} {
		c := w.complaint(name)
		w.Expect(step(c.Status.Run, "acknowledge")).To(And(HaveField("State", v1alpha1.StepDone), HaveField("Outcome", BeEquivalentTo("failed"))))
		w.Expect(w.story(c)).To(ContainSubstring("the complainant left no contact"))
	}
	for _, n := range w.notices() {
		w.Expect(n.Spec.To.Kind).NotTo(Equal(v1alpha1.RecipientComplainant))
	}
}
