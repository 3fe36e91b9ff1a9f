package playbook

import (
	"testing"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// What an atom only compares with what is written beside it is told from what it looks at in other ways.
func TestAtomsOfAnExpression(t *testing.T) {
	g := NewWithT(t)
	v, err := newEnvironment(v1alpha1.RecordComplaint, nil)
	g.Expect(err).NotTo(HaveOccurred())
	type atom struct {
		paths, loose []string
		texts        Texts
	}
	const place, signals, affected = "complaint.place", "complaint.signals", "complaint.affected"
	for source, want := range map[string][]atom{
		`complaint.place == "a" && !(complaint.affected > 3 || incident.exists)`: {
			{paths: []string{place}}, {paths: []string{affected}}, {paths: []string{"incident.exists"}}},
		`has(complaint.place) ? "x" in complaint.signals : size(complaint.signals) >= 2`: {
			{paths: []string{place}}, {paths: []string{signals}}, {paths: []string{signals}}},
		`complaint.place.startsWith("a") || complaint.place.endsWith("b")`: {
			{paths: []string{place}, texts: Texts{Starts: []string{"a"}}}, {paths: []string{place}, texts: Texts{Ends: []string{"b"}}}},
		`complaint.signals.exists(s, s in ["x"] || s.contains("y"))`: {{paths: []string{signals}, texts: Texts{Parts: []string{"y"}}}},
		`["x", "y"].all(s, s in complaint.signals)`:                  {{paths: []string{signals}}},
		`size(complaint.place) > 0`:                                  {{paths: []string{place}}},
		`size(complaint.place) > 3`:                                  {{paths: []string{place}, loose: []string{place}}},
		`complaint.place < "m"`:                                      {{paths: []string{place}, loose: []string{place}}},
		`complaint.place.substring(5) == "x"`:                        {{paths: []string{place}, loose: []string{place}}},
		`complaint.place.matches("^a+$")`:                            {{paths: []string{place}, loose: []string{place}, texts: Texts{Patterns: []string{"^a+$"}}}},
		`complaint.signals[0] == "x"`:                                {{paths: []string{signals}, loose: []string{signals}}},
		`complaint.signals == ["x"]`:                                 {{paths: []string{signals}, loose: []string{signals}}},
		`complaint.signals == []`:                                    {{paths: []string{signals}}},
		`complaint.signals.exists_one(s, s == "x")`:                  {{paths: []string{signals}, loose: []string{signals}}},
		`complaint.signals.exists(s, s == complaint.place)`:          {{paths: []string{place, signals}, loose: []string{signals, place}}},
		`100 / complaint.affected > 3`:                               {{paths: []string{affected}, loose: []string{affected}}},
		`complaint.place == complaint.order`:                         {{paths: []string{place, "complaint.order"}, loose: []string{place, "complaint.order"}}},
	} {
		e, message, _ := v.compile(v1alpha1.Expression(source))
		g.Expect(message).To(BeEmpty(), source)
		g.Expect(e.Atoms()).To(HaveLen(len(want)), source)
		for i, a := range e.Atoms() {
			g.Expect(a.Paths).To(ConsistOf(want[i].paths), source)
			g.Expect(a.Loose).To(ConsistOf(want[i].loose), source)
			g.Expect(a.Texts[want[i].paths[0]]).To(Equal(want[i].texts), source)
			_, err := a.Holds(&Env{Complaint: &ComplaintFacts{Place: "abcdefgh", Affected: 1, Signals: []string{"x"}}})
			g.Expect(err).NotTo(HaveOccurred(), source)
		}
	}
	g.Expect((*Expr)(nil).Atoms()).To(BeEmpty())
	e, _, _ := v.compile(`complaint.affected > 3 && complaint.place.charAt(0) == "a"`)
	g.Expect(e.Atoms()[1].Source).To(Equal(`complaint.place.charAt(0) == "a"`))
	holds, err := e.Atoms()[1].Holds(&Env{Complaint: &ComplaintFacts{Place: "abc"}})
	g.Expect(holds, err).To(BeTrue())
}
