package demo

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"
	"k8s.io/utils/clock"
)

// The whole job on a real control plane, once through the examples: what `make demo` shows, judged by what it judges.
func TestPlay(t *testing.T) {
	g := NewWithT(t)
	dir := t.TempDir()
	var out bytes.Buffer
	s, err := Play(t.Context(), Options{Least: 1, Seed: 7, Dir: dir, Real: clock.RealClock{}, Entropy: rand.Reader, Out: &out})
	t.Log(out.String())
	g.Expect(err).NotTo(HaveOccurred())
	for _, i := range s.Invariants {
		g.Expect(i.OK).To(BeTrue(), "%s: %s", i.Name, i.Detail)
	}
	g.Expect(s.Complaints.Created).To(BeNumerically(">=", 60))
	g.Expect(s.Complaints.Closed).To(Equal(s.Complaints.Created))
	g.Expect(s.Complaints.ByLevel).To(And(HaveKey("general"), HaveKey("serious"), HaveKey("major"), HaveKeyWithValue("L1", 11), HaveKey("L2"), HaveKey("L3"), HaveKey("L4")))
	g.Expect(s.Households.InCrisis).To(Equal(11))
	g.Expect(s.Households.ToldOnce).To(Equal(11))
	g.Expect(s.Households.RaisedByTheMonth).To(Equal(1))
	g.Expect(s.Incidents.Opened).To(Equal(2), "one matter in each pack becomes a crisis")
	g.Expect(s.Incidents.Closed).To(Equal(2))
	g.Expect(s.Drills.Run).To(BeNumerically(">=", 1))
	g.Expect(s.PostMortems).To(BeNumerically(">=", 3), "of the crises and of the drill")
	g.Expect(s.Refusals.ForgedName).To(BeNumerically(">=", 1))
	g.Expect(s.Refusals.Recused).To(BeNumerically(">=", 1))
	g.Expect(s.Refusals.SelfApproval).To(BeNumerically(">=", 1))
	g.Expect(s.Deadlines.Missed).To(BeNumerically(">=", 1), "some of the cast are late")
	g.Expect(s.Tasks.Escalated).To(BeNumerically(">=", 1))
	g.Expect(s.Notices.Pending).To(BeZero())
	g.Expect(s.Notices.Delivered).To(Equal(s.Notices.ReceivedBySMTP + s.Notices.ReceivedByWebhook))

	data, err := os.ReadFile(filepath.Join(dir, "summary.json"))
	g.Expect(err).NotTo(HaveOccurred())
	var written Summary
	g.Expect(json.Unmarshal(data, &written)).To(Succeed())
	g.Expect(written).To(Equal(*s))
	g.Expect(out.String()).To(And(ContainSubstring("times are in Asia/Shanghai"), Not(MatchRegexp(`\d{4}-\d\d-\d\dT\d\d:\d\d`)), Not(MatchRegexp(`\d+h0m0s`))), "one zone, lengths in days")
	documents, err := filepath.Glob(filepath.Join(dir, "postmortems", "*", "postmortem.html"))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(documents).To(HaveLen(s.PostMortems))
}
