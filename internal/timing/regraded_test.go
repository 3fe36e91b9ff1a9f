package timing

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"pgregory.net/rapid"
)

// Nothing is later than what is proved of a run whose level is not known and may change, whenever it does.
func TestNothingIsLaterWhereTheLevelChanges(t *testing.T) {
	asked, exact := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		g := NewWithT(t)
		plan := anyPlaybookAsking(t, []string{`run.level == "top"`, `run.level != "top"`}, []string{"elapsed: 5h, of: graded", "working: 4h, of: graded"})
		a := anyAssertion(t, plan)
		first := time.Date(2026, time.March, 26, 0, 0, 0, 0, time.UTC)
		s, err := New(first, 5)
		g.Expect(err).NotTo(HaveOccurred())
		q, problems := ask(plan, a)
		g.Expect(problems).To(BeEmpty())
		q.regraded = true
		at := s.clock.starts.start()
		all, _ := courses(plan, "", q.conduct, q.given, -1, nil)
		for _, c := range all {
			at = later(s.clock.starts, at, s.prover(q, c).prove())
		}
		start := first.Unix() + rapid.Int64Range(0, 5*day-1).Draw(t, "start")
		o := &oracle{level: "top", another: "low"}
		if rapid.Bool().Draw(t, "raised") {
			o.level, o.another = o.another, o.level
		}
		found, whole := o.latest(q, start)
		if !whole || found == 0 {
			return
		}
		if asked++; found == at.at(start) {
			exact++
		}
		g.Expect(at.at(start)).To(BeNumerically(">=", found), "from %s: proved %s, found %s", when(start), when(at.at(start)), when(found))
	})
	t.Logf("%d of %d answers are exact", exact, asked)
	NewWithT(t).Expect(asked).To(BeNumerically(">", 20))
}
