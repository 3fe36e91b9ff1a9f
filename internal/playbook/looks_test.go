package playbook

import (
	"testing"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// What an expression looks at is what could change its answer.
func TestWhatAnExpressionLooksAt(t *testing.T) {
	g := NewWithT(t)
	v, err := newEnvironment(v1alpha1.RecordComplaint, nil)
	g.Expect(err).NotTo(HaveOccurred())
	for source, want := range map[string]Looks{
		`complaint.category == "a" || complaint.category in ["b", "c"]`: {
			Paths: []string{"complaint.category"}, Words: map[string][]string{"complaint.category": {"a", "b", "c"}}},
		`"x" in complaint.signals && complaint.affected >= 3`: {
			Paths: []string{"complaint.signals", "complaint.affected"}, Numbers: []int64{3},
			Words: map[string][]string{"complaint.signals": {"x"}, "complaint.affected": nil}},
		`["x", "y"].exists(s, s in complaint.signals)`: {
			Paths: []string{"complaint.signals"}, Words: map[string][]string{"complaint.signals": {"x", "y"}}},
		`complaint.remedy.amountCents > 100 && run.level.startsWith("L")`: {
			Paths: []string{"complaint.remedy.amountCents", "run.level"}, Numbers: []int64{100},
			Words: map[string][]string{"complaint.remedy.amountCents": nil, "run.level": {"L"}}},
	} {
		e, message, _ := v.compile(v1alpha1.Expression(source))
		g.Expect(message).To(BeEmpty(), source)
		looks := e.Looks()
		g.Expect(looks.Paths).To(Equal(want.Paths), source)
		g.Expect(looks.Words).To(HaveLen(len(want.Words)), source)
		for path, words := range want.Words {
			g.Expect(looks.Words[path]).To(ConsistOf(words), source)
		}
		for _, n := range want.Numbers {
			g.Expect(looks.Numbers).To(ContainElement(n), source)
		}
	}
	g.Expect((*Expr)(nil).Looks().Paths).To(BeEmpty())
}
