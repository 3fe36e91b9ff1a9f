package replay

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/pack"
	"tocsin.dev/tocsin/internal/simulation"
	"tocsin.dev/tocsin/playbooks"
)

// shipped is the service recovery pack, with every text of a list of pairs replaced by the other.
func shipped(t *testing.T, replace ...string) *pack.Pack {
	t.Helper()
	p := pack.New()
	files, err := playbooks.Texts(playbooks.ServiceRecovery, "examples")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if err := p.Add(f.Name, []byte(strings.NewReplacer(replace...).Replace(string(f.Text)))); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// slow is a cast that no replay could guess: late, in rounds, one task declined, one never answered, the rest by chance.
var slow = &simulation.Cast{Seed: 5, Answers: []simulation.Answer{
	{Steps: []string{"followUp"}, After: simulation.Delay{Median: "5h"}, Outcomes: []v1alpha1.Identifier{"dissatisfied", "satisfied"}},
	{Steps: []string{"checkFacts"}, After: simulation.Delay{Median: "9h", Slow: "40h"}, Declines: 15},
	{After: simulation.Delay{Median: "3h", Slow: "50h"}},
}, Acts: []simulation.RecordAct{
	{Record: "c-01", After: "3h", Act: v1alpha1.RecordAct{Verb: v1alpha1.RecordRaise, By: "gao.jun@example.com", Level: "serious", Reason: "it is worse"}},
	{Record: "c-02", After: "7h", Act: v1alpha1.RecordAct{Verb: v1alpha1.RecordAbort, By: "gao.jun@example.com", Reason: "by mistake"}},
}}

// recorded is a history as a cluster would hold it: cases that were played under a policy, and what people did to their
// tasks.
func recorded(t *testing.T, p *pack.Pack, n int, cast *simulation.Cast) (History, simulation.Summary) {
	t.Helper()
	s := simulation.New(p, cast)
	tally := s.Count()
	for i := range n {
		c := p.Complaints[i%len(p.Complaints)].DeepCopy()
		c.Name = fmt.Sprintf("c-%02d", i)
		c.Spec.ReceivedAt = metav1.NewTime(s.Now().Add(time.Duration(i) * 5 * time.Hour))
		if i%3 == 2 {
			c.Spec.Signals = nil
		}
		s.Complain(c, c.Spec.ReceivedAt.Time)
	}
	if _, err := s.Run(s.Now().Add(200 * 24 * time.Hour)); err != nil {
		t.Fatal(err)
	}
	var complaints []v1alpha1.Complaint
	for _, c := range s.Complaints() {
		complaints = append(complaints, *c)
	}
	var list []v1alpha1.ResponseTask
	for _, task := range s.Tasks() {
		list = append(list, *task)
	}
	return FromCluster("service", complaints, nil, list), tally.Sum()
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	text, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func page(t *testing.T, r *Report) string {
	t.Helper()
	text, err := r.HTML()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestTheSamePolicyDoesWhatWasRecorded(t *testing.T) {
	g := NewWithT(t)
	p := shipped(t)
	for seed := range uint64(3) {
		cast := *slow
		cast.Seed += seed
		h, then := recorded(t, p, 12, &cast)
		g.Expect(then.Open).To(BeZero())
		g.Expect(then.Missed).To(BeNumerically(">", 3))
		r, err := Compare(h, Policy{"old", p}, Policy{"new", shipped(t)}, nil)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(r.Same()).To(BeTrue())
		g.Expect(asJSON(t, r.Before.Summary)).To(Equal(asJSON(t, then)), "people do what they did, when they did it")
		g.Expect(r.Before.Assumed.Missing()).To(BeZero())
		g.Expect(r.Before.Assumed.Recorded).To(BeNumerically(">", 50))
		g.Expect(r.Differences).To(BeZero())
		g.Expect(r.Markdown()).To(And(ContainSubstring("**The two policies mean the same:** nothing could be different."), ContainSubstring("When and how people answered is all in the record.")))
	}
}

func TestAnotherPolicyIsTold(t *testing.T) {
	g := NewWithT(t)
	p := shipped(t)
	h, _ := recorded(t, p, 12, slow)
	after := shipped(t)
	policy := after.Policies["service-recovery"]
	for _, tp := range after.Policies {
		policy = tp
	}
	policy.Spec.Rules = slices.DeleteFunc(policy.Spec.Rules, func(r v1alpha1.GradingRule) bool { return r.Level == "serious" })
	team := after.Teams["service-desk"]
	team.Spec.Members = slices.DeleteFunc(team.Spec.Members, func(m v1alpha1.Member) bool { return m.Name == "he-xia" })
	r, err := Compare(h, Policy{"old", p}, Policy{"new", after}, nil)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(r.Same()).To(BeFalse())
	g.Expect(r.Regraded).NotTo(BeEmpty())
	g.Expect(r.Moves).To(ContainElement(HaveField("After", "general")))
	g.Expect(r.Told).NotTo(BeEmpty())
	g.Expect(r.Gone).To(ContainElement(Gone{"person service-desk/he-xia", "they are not in the team any more"}))
	g.Expect(r.Gone).To(ContainElement(And(HaveField("What", ContainSubstring("serious-recovery")), HaveField("Why", "no case comes to it any more"))))
	g.Expect(r.After.Assumed.Missing()).To(BeNumerically(">", 0), "the record does not say how cases went under the other playbook")
	g.Expect(r.Markdown()).To(And(ContainSubstring("### Graded otherwise"), ContainSubstring("| c-0"), ContainSubstring("### No longer reached"), ContainSubstring("person service-desk/he-xia")))
	g.Expect(page(t, r)).To(And(ContainSubstring("<svg"), ContainSubstring("Tasks a week"), ContainSubstring("<h3>Graded otherwise</h3>"), ContainSubstring("<td>general</td>"), Not(ContainSubstring("http://www.w3.org/1999"))))

	again, err := Compare(h, Policy{"old", p}, Policy{"new", after}, nil)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(again).To(Equal(r), "the same history and policies give the same report")
	g.Expect(page(t, again)).To(Equal(page(t, r)))
}

func TestWhoIsToldEarlierOrLater(t *testing.T) {
	g := NewWithT(t)
	to := v1alpha1.NoticeRecipient{Kind: v1alpha1.RecipientComplainant}
	boss := v1alpha1.NoticeRecipient{Kind: v1alpha1.RecipientMember, Team: "desk", Name: "boss"}
	begun := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	one := func(tos map[v1alpha1.NoticeRecipient]time.Duration) map[simulation.Named]simulation.Case {
		c := simulation.Case{Opened: begun, Told: map[v1alpha1.NoticeRecipient]time.Time{}}
		for to, after := range tos {
			c.Told[to] = begun.Add(after)
		}
		return map[simulation.Named]simulation.Case{{Name: "a"}: c}
	}
	list, all := told(&side{cases: one(map[v1alpha1.NoticeRecipient]time.Duration{to: time.Hour, boss: time.Minute})},
		&side{cases: one(map[v1alpha1.NoticeRecipient]time.Duration{to: 27 * time.Hour})})
	g.Expect(list).To(Equal([]Told{
		{To: "desk/boss", OnlyBefore: 1},
		{To: "the complainant", Later: 1, Median: 26 * 3600, Shifts: Shifts{6: 1}},
	}))
	g.Expect(all).To(Equal(Shifts{6: 1}))
	for shift, k := range map[time.Duration]int{-25 * time.Hour: 0, -24 * time.Hour: 1, -time.Hour - 1: 1, -time.Hour: 2, -1: 2, 0: 3, 1: 4, time.Hour: 4, time.Hour + 1: 5, 24 * time.Hour: 5, 25 * time.Hour: 6} {
		var told Told
		told.count(shift)
		g.Expect(told.Shifts[k]).To(Equal(1), shift.String())
	}
}

func TestAFileSaysHowItWent(t *testing.T) {
	g := NewWithT(t)
	p := shipped(t)
	at := func(n int) metav1.Time { return metav1.NewTime(time.Date(2026, 3, 2, 9+n, 0, 0, 0, time.UTC)) }
	row := func(n int, script map[string]string) Case {
		c := p.Complaints[0].DeepCopy()
		c.Name, c.Spec.ReceivedAt = fmt.Sprintf("row-%d", n), at(n)
		return Case{Line: n + 2, Complaint: c, Script: script}
	}
	h := History{Source: "year.csv", Cases: []Case{
		row(0, map[string]string{"founded": "unfounded"}),
		row(1, map[string]string{"checkFacts": "founded", "checkFactsAfter": "9h", "satisfaction": "dissatisfied>satisfied"}),
		row(2, map[string]string{"checkFactsAfter": "1h", "mood": "glum"}),
		row(3, map[string]string{"satisfaction": "satisfid", "mood": "glad", "checkFact": "founded"}),
	}}
	one, err := play(&h, Policy{"p", p}, &simulation.Cast{})
	g.Expect(err).NotTo(HaveOccurred())
	closed := func(n int) time.Duration {
		c := one.cases[simulation.Named{Kind: v1alpha1.RecordComplaint, Name: fmt.Sprintf("row-%d", n)}]
		return c.Closed.Sub(c.Opened)
	}
	g.Expect(closed(0)).To(BeNumerically("<", closed(1)), "unfounded is shorter than two rounds")
	g.Expect(closed(1)).To(BeNumerically(">", 9*time.Hour))
	a := one.memory.assumed
	g.Expect(a.NoTime).To(BeNumerically(">", 1))
	g.Expect(a.Recorded).To(Equal(1), "outcome and time of one task")
	g.Expect(a.NoAnswer).To(Equal(1))
	g.Expect(a.Examples).To(And(HaveLen(mostExamples), ContainElements("year.csv:2, checkFacts", "year.csv:4, checkFacts"), Not(ContainElement("year.csv:3, checkFacts"))))
	g.Expect(a.Asked).To(Equal(a.Recorded + a.Missing()))

	t.Log("what nothing came of is told")
	h.Cases[2].Script["chekFacts"], h.Cases[3].Script["followUpAfter"] = "fonded", "soon"
	r, err := Compare(h, Policy{"old", p}, Policy{"new", p}, nil)
	g.Expect(err).NotTo(HaveOccurred())
	misspelt := []string{"chekFacts: did you mean checkFacts? (year.csv:4)", "satisfid of satisfaction: did you mean satisfied? (year.csv:5)", `followUpAfter: "soon" is no length of time; write e.g. 3h (year.csv:5)`}
	g.Expect(r.Misspelt).To(ConsistOf(misspelt))
	g.Expect(r.Unused).To(Equal([]string{"mood"}))
	g.Expect(r.Markdown()).To(And(ContainSubstring("\nProbably misspelt in the mapping's script: chekFacts: did you mean checkFacts? (year.csv:4); "), ContainSubstring("\nKeys of the mapping's script that neither policy asks for: mood.\n")))
}

func TestWhatDoesNotCompileIsSaid(t *testing.T) {
	g := NewWithT(t)
	h, _ := recorded(t, shipped(t), 3, slow)
	r, err := Compare(h, Policy{"old", shipped(t)}, Policy{"new", shipped(t, "needs: [acknowledge]", "needs: [nothing]")}, nil)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(r.Markdown()).To(MatchRegexp(`\*\*Broken in new:\*\* Playbook [a-z-]+ does not compile: .*nothing`))
	g.Expect(r.Before.Broken).To(BeEmpty())
}

func TestAHistoryThatCannotBeReplayed(t *testing.T) {
	g := NewWithT(t)
	p := Policy{"p", shipped(t)}
	_, err := Compare(History{Source: "year.csv"}, p, p, nil)
	g.Expect(err).To(MatchError("year.csv holds no complaint and no incident that could be replayed"))
	undated := Case{Line: 7, Complaint: &v1alpha1.Complaint{ObjectMeta: metav1.ObjectMeta{Name: "a"}}}
	_, err = Compare(History{Source: "year.csv", Cases: slices.Repeat([]Case{undated}, 30)}, p, p, nil)
	g.Expect(err).To(MatchError(And(HavePrefix("year.csv:7: it is not known when it was received; have the mapping say receivedAt\n"), ContainSubstring("and 10 more"))))
}

// What stands in names of files and people stays text.
func TestNothingInAReportIsMarkup(t *testing.T) {
	g := NewWithT(t)
	r := &Report{Source: "<script>|x|", Before: Side{Name: "`a`"}, Gone: []Gone{{"<img>", "|"}},
		People: []Person{{Team: "t", Name: "<b>", After: simulation.PersonLoad{Tasks: 1, Weekly: 1}}}}
	g.Expect(r.Markdown()).NotTo(Or(ContainSubstring("<img>"), ContainSubstring("|x|"), MatchRegexp(`[^\\]<script`)))
	g.Expect(page(t, r)).NotTo(Or(ContainSubstring("<img>"), ContainSubstring("<b>"), ContainSubstring("<script>")))
	g.Expect(strings.Count(page(t, r), "<svg")).To(Equal(1))
}
