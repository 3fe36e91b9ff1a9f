package cli

import (
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"
)

// What the cast may not do is refused with the words of admission: a line of the story, and of nobody's timeline.
func TestAStoryTellsWhatIsRefused(t *testing.T) {
	g := NewWithT(t)
	cast := filepath.Join(t.TempDir(), "cast.yaml")
	g.Expect(os.WriteFile(cast, []byte(`acts:
- {record: example-lamp, after: 1h, act: {verb: Abort, by: stranger@example.com, reason: Enough.}}
- {record: example-lamp, after: 2h, act: {verb: Abort, by: sun.li@example.com}}
- {record: example-lamp, after: 3h, act: {verb: Comment, by: stranger@example.com, reason: Hm.}}
`), 0o600)).To(Succeed())
	simulate := func(more ...string) result {
		return piped(t, "", append([]string{"simulate", recoveryPack, recoveryExamples, "--record", "example-lamp", "--cast", cast}, more...)...)
	}
	told := simulate()
	g.Expect(told.Out).To(And(
		MatchRegexp(`(?m)^2026-03-02 10:00:00  Refused +stranger@example.com +Abort is refused: 'stranger@example.com' may not Abort this record: only its leads may`),
		MatchRegexp(`(?m)^2026-03-02 11:00:00  Refused +sun.li@example.com +Abort is refused: act 'abort-1' \(Abort\) needs a reason`),
		MatchRegexp(`(?m)^2026-03-02 12:00:00  Commented +stranger@example.com`),
		ContainSubstring("complaint example-lamp: Closed")), told.Err)
	g.Expect(told.Out).NotTo(ContainSubstring("Aborted"))
	g.Expect(simulate("-o", "json").Out).To(ContainSubstring(`"refused": true`))

	load := filepath.Join(t.TempDir(), "load.yaml")
	g.Expect(os.WriteFile(load, []byte("complaints: 1\n"), 0o600)).To(Succeed())
	g.Expect(os.WriteFile(cast, []byte("acts: [{record: load-0000001, after: 1h, act: {verb: Abort, by: stranger@example.com, reason: Enough.}}]\n"), 0o600)).To(Succeed())
	borne := piped(t, "", "simulate", recoveryPack, recoveryExamples, "--cast", cast, "--load", load)
	g.Expect(borne.Err).To(ContainSubstring("Abort is refused"))
}
