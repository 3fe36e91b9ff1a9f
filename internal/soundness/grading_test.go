package soundness

import (
	"fmt"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"pgregory.net/rapid"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/internal/triage"
)

// policyOf compiles rules, each written as level, openFor and condition.
func policyOf(t interface{ Fatalf(string, ...any) }, rules ...[3]string) *triage.Policy {
	spec := v1alpha1.TriagePolicySpec{
		Signals: []v1alpha1.Identifier{"fire", "smoke", "water"}, DefaultLevel: "low",
		Levels: []v1alpha1.Level{{Name: "high"}, {Name: "mid"}, {Name: "low"}},
		Counts: []v1alpha1.Count{
			{Name: "same", Window: "30d", By: []v1alpha1.CountField{"product"}},
			{Name: "fires", Window: "30d", By: []v1alpha1.CountField{"product"}, Signal: "fire"},
		},
	}
	for i, r := range rules {
		spec.Rules = append(spec.Rules, v1alpha1.GradingRule{Name: fmt.Sprintf("r%d", i), Level: v1alpha1.LevelName(r[0]), OpenFor: v1alpha1.Duration(r[1]), When: v1alpha1.Expression(r[2])})
	}
	p, problems := triage.Compile("p", 1, spec)
	if p == nil {
		t.Fatalf("%v: %v", rules, problems)
	}
	return p
}

func TestRulesThatNeverDecide(t *testing.T) {
	for _, tt := range []struct {
		rules [][3]string
		says  string
	}{
		{[][3]string{{"high", "", `"fire" in complaint.signals`}, {"high", "", `"smoke" in complaint.signals`}, {"low", "", ""}}, ""},
		{[][3]string{{"high", "", `complaint.channel == "Phone" && complaint.channel == "Email"`}}, `r0 never matches: "complaint.channel == \"Phone\" && complaint.channel == \"Email\"" holds of no complaint`},
		{[][3]string{{"high", "", `complaint.affected > 5 && complaint.affected < 3`}}, "r0 never matches"},
		{[][3]string{{"high", "", `"fire" in complaint.signals && !("fire" in complaint.signals)`}}, "r0 never matches"},
		{[][3]string{{"high", "", "counts.same >= 3 && counts.same < 3"}}, "r0 never matches"},
		{[][3]string{{"high", "", "counts.same < 1"}}, "r0 never matches"}, // it counts itself
		{[][3]string{{"high", "", "counts.fires < 1"}}, ""},
		{[][3]string{{"high", "", "counts.same >= 1"}, {"high", "", `"fire" in complaint.signals`}}, "r1 never decides: whenever it matches r0 does, too, which comes first"},
		{[][3]string{{"high", "", "counts.fires >= 0"}, {"high", "", `"fire" in complaint.signals`}}, "r1 never decides"},
		{[][3]string{{"high", "", "counts.fires >= 1"}, {"high", "", `"smoke" in complaint.signals`}}, ""},
		{[][3]string{{"high", "", "counts.same > counts.fires && counts.same < counts.fires"}}, ""}, // more than compared: nobody knows
		{[][3]string{{"high", "", "incident.exists && !incident.exists"}}, "r0 never matches"},
		{[][3]string{{"mid", "", "complaint.affected >= 10"}, {"mid", "", "complaint.affected >= 100"}}, "r1 never decides: whenever it matches r0 does, too, which comes first"},
		{[][3]string{{"mid", "", "complaint.affected >= 100"}, {"mid", "", "complaint.affected >= 10"}}, ""},
		{[][3]string{{"mid", "", "complaint.affected >= 100"}, {"high", "", "complaint.affected >= 10"}}, "r0 never decides: whenever it matches r1 does, too, which gives a higher level"},
		{[][3]string{{"mid", "", "complaint.affected >= 10"}, {"high", "", "complaint.affected >= 100"}}, ""},
		{[][3]string{{"high", "", ""}, {"low", "", "complaint.affected > 3"}}, "r1 never decides"},
		{[][3]string{{"high", "30d", ""}, {"low", "", "complaint.affected > 3"}}, ""},
		{[][3]string{{"high", "30d", ""}, {"low", "31d", "complaint.affected > 3"}}, "r1 never decides"},
		{[][3]string{{"high", "", `complaint.signals.exists(s, s.startsWith("f"))`}, {"low", "", `"fire" in complaint.signals`}}, "r1 never decides"},
		{[][3]string{{"high", "", `complaint.signals[0] == "fire"`}}, `the condition "complaint.signals[0] == \"fire\"" has no answer where there is nothing at that place, and the rule does not match then; ask before how long the list is, e.g. size(complaint.signals) > 0`},
		{[][3]string{{"high", "", `size(complaint.signals) > 0 && complaint.signals[0] == "fire"`}}, ""},
		{[][3]string{{"high", "", "size(complaint.product) * 7 == 91"}}, ""}, // no text of 13 letters is tried, and it is not said that all were
		{[][3]string{{"high", "", "size(complaint.product) * 7 != 91"}, {"low", "", `complaint.product != ""`}}, ""},
		{[][3]string{{"high", "", "100 / counts.fires > 3"}}, "has no answer where it would divide by 0"},
		{[][3]string{{"high", "", "100 / counts.same > 3"}}, ""},
	} {
		var said []string
		for _, d := range Grading(policyOf(t, tt.rules...)) {
			said = append(said, d.Message+"; "+d.Advice)
		}
		if text := strings.Join(said, "\n"); tt.says == "" && text != "" || !strings.Contains(text, tt.says) || len(said) > 1 {
			t.Errorf("%v\nsays %s\nwant %s", tt.rules, text, tt.says)
		}
	}
}

// Whatever comes in, a rule that is said never to decide does not.
func TestNoRuleDecidesThatNeverDoes(t *testing.T) {
	seen := map[bool]int{}
	rapid.Check(t, func(t *rapid.T) {
		atom := rapid.SampledFrom([]string{
			`"fire" in complaint.signals`, `"smoke" in complaint.signals`, `complaint.signals.all(s, s != "water")`, `size(complaint.signals) < 2`, `complaint.signals[0] == "fire"`,
			`complaint.affected > 3`, `complaint.affected == 3`, `complaint.affected <= 2`, `complaint.affected > counts.same`, `counts.same >= 2`, `counts.fires == 1`, `counts.same + counts.fires > 3`,
			`incident.exists`, `complaint.channel == "Phone"`, `complaint.channel in ["Phone", "Email"]`, `has(complaint.product)`, `complaint.product == "x"`, `complaint.product.contains("x")`, "true",
		})
		var rules [][3]string
		for range rapid.IntRange(1, 4).Draw(t, "rules") {
			when := atom.Draw(t, "a")
			for range rapid.IntRange(0, 2).Draw(t, "more") {
				when = "(" + when + rapid.SampledFrom([]string{" && ", " || ", " && !", " || !"}).Draw(t, "joined") + "(" + atom.Draw(t, "b") + "))"
			}
			rules = append(rules, [3]string{rapid.SampledFrom([]string{"high", "mid", "low"}).Draw(t, "level"), rapid.SampledFrom([]string{"", "", "1d", "2d"}).Draw(t, "openFor"), when})
		}
		p := policyOf(t, rules...)
		dead := map[string]GradingDoubt{}
		for _, d := range Grading(p) {
			if !d.Unanswered {
				dead[p.Rules()[d.Rule].Name] = d
			}
		}
		seen[len(dead) > 0]++
		some := func(of ...string) []string {
			return rapid.SliceOfNDistinct(rapid.SampledFrom(of), 0, 3, rapid.ID).Draw(t, "words")
		}
		for range 40 {
			f := triage.Facts{
				Complaint: playbook.ComplaintFacts{
					Channel: rapid.SampledFrom([]string{"Phone", "Email", "Other"}).Draw(t, "channel"), Product: rapid.SampledFrom([]string{"", "x", "xy", "z"}).Draw(t, "product"),
					Signals: some("fire", "smoke", "water", "other"), Affected: int64(rapid.IntRange(1, 6).Draw(t, "affected")),
				},
				Open: rapid.Bool().Draw(t, "open"), Counts: []int64{int64(rapid.IntRange(1, 4).Draw(t, "same")), int64(rapid.IntRange(0, 4).Draw(t, "fires"))},
				Overruled: rapid.SampledFrom([]v1alpha1.LevelName{"", "", "mid"}).Draw(t, "overruled"),
			}
			if rapid.Bool().Draw(t, "incident") {
				f.Incident = &playbook.IncidentFacts{Exists: true}
			}
			days := rapid.IntRange(0, 3).Draw(t, "days")
			if d, is := dead[p.Grade(f, f.ReceivedAt.Add(time.Duration(days)*24*time.Hour)).Rule]; is {
				t.Fatalf("%v\n%s\nbut it decides of %+v", rules, d.Message, f)
			}
		}
	})
	NewWithT(t).Expect(seen).To(And(HaveKey(true), HaveKey(false)))
}
