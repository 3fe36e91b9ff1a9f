package demo

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

func TestWords(t *testing.T) {
	g := NewWithT(t)
	g.Expect(count(1, "forged name")).To(Equal("1 forged name"))
	g.Expect(count(0, "forged name")).To(Equal("0 forged names"))
	g.Expect(count(2, "person", "people")).To(Equal("2 people"))
	g.Expect(days(696 * time.Hour)).To(Equal("29d"))
	var s Summary
	s.Deadlines.Set, s.Deadlines.Met, s.Deadlines.Missed = 2387, 2332, 50
	g.Expect(s.deadlines()).To(Equal("2387 set, 2332 met, 50 missed, 5 stopped before they fell due; fired twice 0, never 0"))
	g.Expect(days(30 * time.Hour)).To(Equal("30h"))
	zone := time.FixedZone("office", 8*3600)
	g.Expect(inZone("the deadline 2026-03-02T22:30:00Z passed; now due 2026-03-03T01:00:00Z", zone)).
		To(Equal("the deadline 3 Mar 06:30:00 passed; now due 3 Mar 09:00:00"))
}

// A file without a row that can be played, and no complaints at all, are said to be so; nothing is called held.
func TestNothingToPlay(t *testing.T) {
	g := NewWithT(t)
	const head = "Date received,Product,Issue,Consumer complaint narrative,Complaint ID,Company\n"
	for name, c := range map[string]struct{ csv, says string }{
		"header": {head, "nothing was played: .* has no rows below its header"},
		"broken": {head + "2026-01-02,Loan\n", "nothing was played: none of 1 row of .* can be used; the first: .*:2: "},
	} {
		file := filepath.Join(t.TempDir(), name+".csv")
		g.Expect(os.WriteFile(file, []byte(c.csv), 0o600)).To(Succeed())
		_, err := LoadCases(Source{CSV: file, Least: 300})
		g.Expect(err).To(MatchError(MatchRegexp(c.says)))
	}
	for _, least := range []int{0, -3} {
		_, err := LoadCases(Source{Least: least})
		g.Expect(err).To(MatchError(ContainSubstring("ask for at least 1")))
	}
	g.Expect((&World{}).Check(0)[0].OK).To(BeFalse())
}
