package difference_test

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/internal/difference"
	"tocsin.dev/tocsin/playbooks"
)

// What is promised less is marked and told first in a comment, whether it was taken out, widened, or hedged.
func TestAPromiseThatIsLess(t *testing.T) {
	const file, promise = "playbook-serious-recovery.yaml", "    told: complainant\n    within: {elapsed: 24h} # regime\n"
	before := files(t, playbooks.ServiceRecovery)
	for name, tt := range map[string]struct {
		old, new, says string
		weaker         bool
	}{
		"withdrawn":             {"  - name: acknowledged\n", "  - name: answered\n", "it no longer promises acknowledged: the complainant is told within 24h", true},
		"later":                 {promise, "    told: complainant\n    within: {elapsed: 48h}\n", "it promises acknowledged less strictly: the complainant is told within 2d; before: the complainant is told within 24h", true},
		"for somebody else":     {promise, "    reached: handler\n    within: {elapsed: 24h}\n", "it promises something else as acknowledged: the handler is reached within 24h; before: the complainant is told within 24h", true},
		"of working time":       {promise, "    told: complainant\n    within: {working: 24h}\n", "it promises acknowledged less strictly: the complainant is told within 24h of working time", true},
		"of other time":         {promise, "    told: complainant\n    within: {working: 23h}\n", "it promises something else as acknowledged: the complainant is told within 23h of working time", true},
		"only if people answer": {promise, promise + "    given: DeadlinesKept\n", "the complainant is told within 24h where everybody keeps their deadlines; before", true},
		"only until":            {promise, promise + "    unless: [checkFacts]\n", "the complainant is told within 24h unless checkFacts is done; before", true},
		"only where":            {promise, promise + "    when: complaint.affected > 1\n", "the complainant is told within 24h where complaint.affected > 1; before", true},
		"only at a level":       {promise, promise + "    levels: [serious]\n", "the complainant is told within 24h at serious; before", true},
		"sooner":                {promise, "    told: complainant\n    within: {elapsed: 90m}\n", "it promises acknowledged more strictly: the complainant is told within 1h30m; before: the complainant is told within 24h", false},
		"spelled otherwise":     {promise, "    told: complainant\n    within: {elapsed: 1440m}\n", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			after := files(t, playbooks.ServiceRecovery)
			g.Expect(after[file]).To(ContainSubstring(tt.old))
			after[file] = strings.Replace(after[file], tt.old, tt.new, 1)
			r := difference.Compare(side(t, before), side(t, after))
			if tt.says == "" {
				g.Expect(r.Differences).To(BeEmpty())
				return
			}
			g.Expect(r.Differences).To(ContainElement(And(HaveField("About", difference.Promise), HaveField("Text", ContainSubstring(tt.says)), HaveField("Weaker", tt.weaker))))
			mind := ContainSubstring("\n**Mind:** 1 promise withdrawn, weaker or replaced: serious-recovery/acknowledged\n")
			if !tt.weaker {
				mind = Not(ContainSubstring("**Mind:**"))
			}
			g.Expect(r.Markdown()).To(mind)
		})
	}
	t.Run("with its playbook", func(t *testing.T) {
		g := NewWithT(t)
		after := files(t, playbooks.ServiceRecovery)
		delete(after, file)
		r := difference.Compare(side(t, before), side(t, after))
		g.Expect(r.Differences).To(ContainElement(And(HaveField("Text", HavePrefix("it no longer promises acknowledged: ")), HaveField("Weaker", true), HaveField("After", BeNil()))))
	})
}
