package triage

import (
	"fmt"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"pgregory.net/rapid"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/playbook"
)

// TestWhatIsRememberedIsWhatWouldBeJudged asks one policy about many facts and compares with one that remembers nothing.
func TestWhatIsRememberedIsWhatWouldBeJudged(t *testing.T) {
	spec := developer()
	spec.Rules = append(spec.Rules,
		v1alpha1.GradingRule{Name: "broken", Level: "L1", Reason: "divides", When: "1 / complaint.affected == 7"})
	for i, when := range []v1alpha1.Expression{`complaint.channel.matches("^a$")`, `complaint.category == "a"`, `complaint.product == "a"`, `complaint.place == "a"`,
		`complaint.order == "a"`, `complaint.class.matches("^a$")`, `"a" in complaint.expectation`, `complaint.reopened == 2`, `complaint.remedy.amountCents > 1`,
		`complaint.remedy.kinds.exists(k, k.matches("^a$"))`, `complaint.remedy.currency.matches("^a$")`, `incident.exists`} {
		spec.Rules = append([]v1alpha1.GradingRule{{Name: fmt.Sprintf("rule-%d", i), Level: "L1", Reason: "one field", When: when}}, spec.Rules...)
	}
	p, fresh := compiled(t, spec), compiled(t, spec)
	if p.judged == nil {
		t.Fatal("this policy can remember")
	}
	fresh.judged = nil
	rapid.Check(t, func(t *rapid.T) {
		word, number := rapid.SampledFrom([]string{"", "a", "aa"}), rapid.Int64Range(0, 3)
		words := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "litigation", "media-exposure"}), 0, 2)
		f := Facts{
			Complaint: playbook.ComplaintFacts{
				Channel: word.Draw(t, "channel"), Category: word.Draw(t, "category"), Product: word.Draw(t, "product"), Place: word.Draw(t, "place"),
				Order: word.Draw(t, "order"), Class: word.Draw(t, "class"), Expectation: words.Draw(t, "expectation"), Signals: words.Draw(t, "signals"),
				Affected: number.Draw(t, "affected"), Reopened: number.Draw(t, "reopened"),
				Remedy: playbook.RemedyFacts{Kinds: words.Draw(t, "kinds"), AmountCents: number.Draw(t, "amount"), Currency: word.Draw(t, "currency")},
			},
			ReceivedAt: epoch, Open: rapid.Bool().Draw(t, "open"), Counts: rapid.SliceOfN(number, 0, 2).Draw(t, "counts"),
			Overruled: rapid.SampledFrom([]v1alpha1.LevelName{"", "L2", "L3"}).Draw(t, "overruled"),
		}
		if rapid.Bool().Draw(t, "crisis") {
			f.Incident = &playbook.IncidentFacts{Exists: rapid.Bool().Draw(t, "exists")}
		}
		now := epoch.Add(time.Duration(number.Draw(t, "days")) * 15 * 24 * time.Hour)
		g := NewWithT(t)
		same := func(f Facts) { g.Expect(p.Grade(f, now)).To(Equal(fresh.Grade(f, now)), "%+v", f) }
		same(f)
		same(f)
		for _, otherwise := range changes { // one field alone
			other := f
			otherwise(&other)
			same(other)
		}
	})
}

var changes = []func(*Facts){
	func(f *Facts) { f.Complaint.Channel += "a" }, func(f *Facts) { f.Complaint.Category += "a" }, func(f *Facts) { f.Complaint.Product += "a" },
	func(f *Facts) { f.Complaint.Place += "a" }, func(f *Facts) { f.Complaint.Order += "a" }, func(f *Facts) { f.Complaint.Class += "a" },
	func(f *Facts) { f.Complaint.Expectation = append([]string{"a"}, f.Complaint.Expectation...) },
	func(f *Facts) { f.Complaint.Signals = []string{"litigation"} }, func(f *Facts) { f.Complaint.Affected += 10 },
	func(f *Facts) { f.Complaint.Reopened++ }, func(f *Facts) { f.Complaint.Remedy.Kinds = []string{"a"} },
	func(f *Facts) { f.Complaint.Remedy.AmountCents++ }, func(f *Facts) { f.Complaint.Remedy.Currency += "a" },
	func(f *Facts) { f.Counts = []int64{5, 5} }, func(f *Facts) { f.Overruled = "L1" }, func(f *Facts) { f.Open = !f.Open },
	func(f *Facts) { f.Incident = &playbook.IncidentFacts{Exists: true} }, func(f *Facts) { f.Incident = nil },
}

func TestARuleThatUsesTheWholeComplaintIsJudgedEachTime(t *testing.T) {
	g := NewWithT(t)
	spec := developer()
	spec.Rules = append(spec.Rules, v1alpha1.GradingRule{Name: "odd", Level: "L3", Reason: "odd", When: "complaint == complaint"})
	p, problems := Compile("p", 1, spec)
	if len(problems) > 0 {
		t.Skip("the language does not take it: " + problems[0].Message)
	}
	g.Expect(p.judged).To(BeNil())
}
