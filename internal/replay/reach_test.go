package replay

import (
	"fmt"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/pack"
	"tocsin.dev/tocsin/internal/simulation"
)

// rows are so many complaints of a file that says nothing about how they went.
func rows(p *pack.Pack, n int) History {
	h := History{Source: "year.csv"}
	for i := range n {
		c := p.Complaints[i%len(p.Complaints)].DeepCopy()
		c.Name, c.Spec.ReceivedAt = fmt.Sprintf("row-%d", i), metav1.NewTime(time.Date(2026, 3, 2+i, 9, 0, 0, 0, time.UTC))
		h.Cases = append(h.Cases, Case{Line: i + 2, Complaint: c})
	}
	return h
}

// Who is told, asked or written to otherwise is told by step, also where nobody's first word moved.
func TestWhoIsToldAndAskedByStep(t *testing.T) {
	for name, tt := range map[string]struct {
		replace []string
		reach   types.GomegaMatcher
		says    string
	}{
		"another audience": {[]string{"notify: {to: [complainant], template: acknowledgement}", "notify: {to: [handler], template: acknowledgement}"},
			And(ContainElement(Reach{Playbook: "general-recovery", Step: "acknowledge", Who: "the complainant", ToldBefore: 2}),
				ContainElement(And(HaveField("Step", "acknowledge"), HaveField("Who", "agent"), HaveField("ToldBefore", 0), HaveField("ToldAfter", 2)))),
			"| general-recovery/acknowledge | the complainant | 2 → 0 | 0 | 0 |"},
		"another approver": {[]string{"approval: {by: [supervisor], of: remedy}", "approval: {by: [executive], of: remedy}"},
			And(ContainElement(And(HaveField("Step", "recover/approveRemedy"), HaveField("Who", "supervisor"), HaveField("AskedBefore", 2), HaveField("AskedAfter", 0))),
				ContainElement(And(HaveField("Step", "recover/approveRemedy"), HaveField("Who", "executive"), HaveField("AskedBefore", 0), HaveField("AskedAfter", 2)))),
			"| general-recovery/recover/approveRemedy | supervisor | "},
		"another text": {[]string{"we have your complaint", "your complaint arrived"},
			ContainElement(And(HaveField("Step", "acknowledge"), HaveField("Who", "the complainant"), HaveField("ToldBefore", 1), HaveField("ToldAfter", 1), HaveField("Reworded", 1))),
			"/acknowledge | the complainant | 1 | 0 | 1 |"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			p := shipped(t)
			r, err := Compare(rows(p, 3), Policy{"old", p}, Policy{"new", shipped(t, tt.replace...)}, nil)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(r.Same()).To(BeFalse())
			g.Expect(r.Reach).To(tt.reach)
			g.Expect(r.Markdown()).To(And(ContainSubstring("### Told and asked, by step"), ContainSubstring(tt.says)))
		})
	}
}

// What is asked in the turn in which a run begins counts for the playbook it follows, as what is told then does: a case that
// is graded otherwise moves both from the steps of one playbook to those of the other.
func TestWhatIsAskedAsARunBegins(t *testing.T) {
	g := NewWithT(t)
	first := func(more ...string) *pack.Pack {
		p := shipped(t, more...)
		for _, name := range []string{"general-recovery", "serious-recovery"} {
			for i := range p.Playbooks[name].Spec.Steps {
				if s := &p.Playbooks[name].Spec.Steps[i]; s.Name == "checkFacts" {
					s.Needs = nil
				}
			}
		}
		return p
	}
	r, err := Compare(rows(first(), 3), Policy{"old", first()}, Policy{"new", first("defaultLevel: general", "defaultLevel: serious")}, nil)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(r.Reach).To(HaveEach(HaveField("Playbook", Not(BeEmpty()))))
	for _, want := range []Reach{
		{Playbook: "general-recovery", Step: "checkFacts", Who: "agent", ToldBefore: 2, AskedBefore: 2},
		{Playbook: "serious-recovery", Step: "checkFacts", Who: "agent", ToldBefore: 1, AskedBefore: 1, ToldAfter: 3, AskedAfter: 3},
	} {
		g.Expect(r.Reach).To(ContainElement(want))
	}
}

// Nothing is claimed of what could not be seen: a shorter deadline shows nothing where all answers are assumed to come soon.
func TestWhatWasAssumedIsSaidFirst(t *testing.T) {
	g := NewWithT(t)
	p := shipped(t)
	after := shipped(t, "within: {working: 5d}", "within: {working: 4d}")
	r, err := Compare(rows(p, 3), Policy{"old", p}, Policy{"new", after}, &simulation.Cast{})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(r.Same()).To(BeTrue())
	g.Expect(r.Differences).To(BeNumerically(">", 0))
	g.Expect(r.After.Assumed.Complaints).To(Equal(3))
	text := r.Markdown()
	g.Expect(text).NotTo(Or(ContainSubstring("Nothing would have been different"), ContainSubstring("nothing could be different")))
	g.Expect(text).To(And(ContainSubstring("**None of these cases shows a difference, but the policies differ in "),
		MatchRegexp(`\*\*Assumed:\*\* for \d+ of \d+ tasks, in 3 complaints, the record lacks the answer or its time\. There people answer half an hour`),
		ContainSubstring("No answer has a time: nothing is late, so a change of deadlines, reminders or ladders cannot show here.")))

	t.Log("an incident that a complaint raised is none of the complaints of the head")
	all := rows(p, 3)
	all.Cases[0].Complaint.Spec.Signals = []v1alpha1.Identifier{"safety-hazard"}
	r, err = Compare(all, Policy{"old", p}, Policy{"new", after}, nil)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(r.Markdown()).To(And(ContainSubstring("\n3 complaints and 0 incidents of "), ContainSubstring(", in 3 complaints and 1 incident (those that complaints raised count as well), the record lacks")))

	late := &simulation.Cast{Answers: []simulation.Answer{{Never: true}}}
	r, err = Compare(rows(p, 3), Policy{"old", p}, Policy{"new", after}, late)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(r.Markdown()).To(ContainSubstring("There people answer as the cast says."))

	h := rows(p, 2)
	h.Cases[0].Script = map[string]string{"checkFacts": "founded", "checkFactsAfter": "1h"}
	r, err = Compare(h, Policy{"old", p}, Policy{"new", after}, nil)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(r.Markdown()).To(And(ContainSubstring(": nothing is late there."), Not(ContainSubstring("No answer has a time"))))
}

// A rung that is gone is told as gone, and not as one that no case comes to.
func TestARungThatIsGone(t *testing.T) {
	g := NewWithT(t)
	p := shipped(t)
	late := &simulation.Cast{Answers: []simulation.Answer{{Steps: []string{"checkFacts"}, Never: true}}}
	r, err := Compare(rows(p, 3), Policy{"old", p}, Policy{"new", shipped(t, "ladder: [handler, supervisor, departmentManager, executive]", "ladder: [handler, supervisor, executive]")}, late)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(r.Gone).To(ContainElement(Gone{"rung 3 of step serious-recovery/checkFacts", "the ladder has no such rung any more"}))
}

// A recipient whom the policy does not know any more keeps their name.
func TestWhoIsNotInATeamKeepsTheirName(t *testing.T) {
	g := NewWithT(t)
	a := newAudience(shipped(t), func(v1alpha1.RecordReference) string { return "" })
	g.Expect(a.recipient(v1alpha1.NoticeRecipient{Kind: v1alpha1.RecipientStakeholder, Team: "nowhere", Name: "regulator"})).To(Equal("regulator"))
	g.Expect(a.recipient(v1alpha1.NoticeRecipient{Kind: v1alpha1.RecipientMember, Team: "nowhere", Name: "he-xia"})).To(Equal("he-xia"))
	g.Expect(a.user("nobody@example.com")).To(Equal("nobody@example.com"))
}

// A signal that nobody declared is one that no rule sees: who misspelt it would read a grade of another complaint.
func TestSignalsThatNobodyDeclares(t *testing.T) {
	g := NewWithT(t)
	p := shipped(t)
	h := rows(p, 3)
	for i, signals := range [][]v1alpha1.Identifier{{"safety-hazrd", "agitated"}, {"noise"}, {"noise"}} {
		h.Cases[i].Line, h.Cases[i].Complaint.Spec.Signals = i+2, signals
	}
	r, err := Compare(h, Policy{"old", p}, Policy{"new", shipped(t)}, nil)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(r.Notes).To(Equal([]string{
		`neither policy declares the signal "noise" (2 cases, the first ` + h.Source + `:3): no rule sees it`,
		`neither policy declares the signal "safety-hazrd" (` + h.Source + `:2): no rule sees it, did you mean safety-hazard?`,
	}))
	g.Expect(r.Markdown()).To(And(ContainSubstring("no rule sees it.\n"), ContainSubstring("did you mean safety-hazard?\n")))
	bare := shipped(t)
	bare.Policies["service-recovery"].Spec.Signals = nil
	g.Expect(unspoken(&h, Policy{"old", bare}, Policy{"new", bare})).To(BeEmpty())
}

// What is written for another namespace does not meet the cases, which nobody would see in the figures.
func TestAPolicyOfAnotherNamespace(t *testing.T) {
	in := func(namespace string) Policy {
		p := shipped(t)
		p.Policies["service-recovery"].Namespace = namespace
		return Policy{"what is for " + namespace, p}
	}
	for name, tt := range map[string]struct {
		history       string
		before, after Policy
		says          []string
	}{
		"nothing is named": {"", in(""), in(""), nil},
		"the same":         {"desk", in("desk"), in("desk"), nil},
		"of a cluster":     {"desk", in("desk"), in("shop"), []string{"what is for shop is of namespace shop, the history of namespace desk: in a cluster they do not meet"}},
		"of a file":        {"", in("desk"), in("shop"), []string{"what is for shop is of namespace shop, what is for desk of namespace desk: in a cluster they do not meet"}},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			h := rows(tt.before.Pack, 1)
			h.Namespace = tt.history
			r, err := Compare(h, tt.before, tt.after, nil)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(r.Notes).To(Equal(tt.says))
			for _, says := range tt.says {
				g.Expect(r.Markdown()).To(ContainSubstring("\n**Mind:** " + says + ".\n"))
			}
		})
	}
}
