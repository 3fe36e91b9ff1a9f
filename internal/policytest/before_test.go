package policytest

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

const (
	graded   = head + "given: {complaints: [{name: lamp}]}\nthen:\n- {level: general}\n- {noIncident: true}\n"
	approver = "---\napiVersion: test.tocsin.dev/v1alpha1\nkind: PolicyTest\nmetadata: {name: asked}\ngiven: {complaints: [{name: lamp}]}\nthen:\n- {step: {name: recover/approveRemedy, asks: {role: supervisor}}}\n"
)

// What became of the tests of before is played, not guessed: a test that was removed or rewritten so that it passes is found out.
func TestWhatTheTestsHaveLost(t *testing.T) {
	executive := strings.NewReplacer("approval: {by: [supervisor], of: remedy}", "approval: {by: [executive], of: remedy}")
	for name, tt := range map[string]struct {
		now  string
		edit *strings.Replacer
		lost []any
		mind string
	}{
		"nothing":              {graded + approver, nil, nil, ""},
		"only a name":          {strings.Replace(graded, "name: tried", "name: otherwise", 1) + approver, nil, nil, ""},
		"more is asked for":    {strings.Replace(graded, "- {noIncident", "- {closed: Completed}\n- {noIncident", 1) + approver, nil, nil, ""},
		"an expectation":       {strings.Replace(graded, "- {noIncident: true}\n", "", 1) + approver, nil, []any{And(HaveField("Name", "tried"), HaveField("Fewer", 1), HaveField("Failures", BeEmpty()))}, "1 test changed which as it was asked for more or does not hold any more"},
		"one that would hold":  {graded, nil, []any{And(HaveField("Name", "asked"), HaveField("Removed", true), HaveField("Failures", BeEmpty()))}, "1 test removed"},
		"one that would fail":  {graded, executive, []any{And(HaveField("Name", "asked"), HaveField("Removed", true), HaveField("Failures", HaveLen(1)))}, "1 test removed, 1 of which does not hold any more"},
		"rewritten to pass":    {graded + strings.Replace(approver, "role: supervisor", "role: executive", 1), executive, []any{And(HaveField("Name", "asked"), HaveField("Removed", false), HaveField("Failures", HaveLen(1)))}, "1 test changed which as it was asked for more or does not hold any more"},
		"all":                  {"", nil, []any{HaveField("Name", "tried"), HaveField("Name", "asked")}, "2 tests removed; coverage "},
		"what it speaks of":    {graded, strings.NewReplacer("approveRemedy", "signRemedy"), []any{And(HaveField("Name", "asked"), HaveField("Unplayable", ContainSubstring("approveRemedy")))}, "1 test removed, 1 of which does not hold any more"},
		"changed and still so": {strings.Replace(graded, "name: lamp", "name: kettle", 1) + approver, nil, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			p, err := policies()
			g.Expect(err).NotTo(HaveOccurred())
			before, faults := suite(t, documents(t, graded+approver))
			g.Expect(faults).To(BeEmpty())
			all := documents(t, tt.now)
			if tt.edit != nil {
				all = edited(t, tt.edit, tt.now)
			}
			now, faults := suite(t, all)
			g.Expect(faults).To(BeEmpty())
			r, err := now.Play(t.Context(), p, nil)
			g.Expect(err).NotTo(HaveOccurred())
			r.Before, err = now.Since(t.Context(), p, before)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(r.Before.Tests).To(Equal(2))
			g.Expect(r.Before.Checked).To(Equal(3))
			g.Expect(r.Before.Lost).To(ConsistOf(tt.lost...))
			if tt.mind == "" {
				g.Expect(r.Markdown()).NotTo(ContainSubstring("**Mind:**"))
				return
			}
			g.Expect(r.Markdown()).To(And(ContainSubstring("\n**Mind:** "+tt.mind), ContainSubstring("| Test of before |")))
			g.Expect(r.Text(false)).To(ContainSubstring("mind: " + tt.mind))
		})
	}
}
