package timing

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"pgregory.net/rapid"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// Where time counts from the end of a step, or from the start of the step that is to end, nothing is later either than what is proved.
func TestNothingIsLaterThanWhatIsProvedFromAStep(t *testing.T) {
	asked := 0
	rapid.Check(t, func(t *rapid.T) {
		g := NewWithT(t)
		plan := anyPlaybook(t)
		a := anyAssertion(t, plan)
		first := time.Date(2026, time.March, 26, 0, 0, 0, 0, time.UTC)
		name := func(label string) v1alpha1.StepName {
			return v1alpha1.StepName(plan.Nodes[rapid.SampledFrom(plan.Roots).Draw(t, label)].Head.Name)
		}
		if rapid.Bool().Draw(t, "ends") {
			a.Reached, a.Told, a.Unless, a.Ended = "", "", nil, name("ended")
		}
		if a.Within.Of = string(name("of")); a.Within.Of == string(a.Ended) {
			a.Within.Of = "started"
		}
		s, err := New(first, 20)
		g.Expect(err).NotTo(HaveOccurred())
		q, problems := ask(plan, a)
		g.Expect(problems).To(BeEmpty())
		at := s.clock.starts.start()
		all, _ := courses(plan, "", q.conduct, q.given, q.anchor, nil)
		for _, c := range all {
			p := s.prover(q, c)
			p.anew = givenAnew(plan, c)
			p.seen = func(i int, _, end moment) {
				if i == q.ended {
					at = later(s.clock.starts, at, end)
				}
			}
			if told := p.prove(); q.ended < 0 {
				at = later(s.clock.starts, at, told)
			}
		}
		o := &oracle{by: func(from int64) int64 { return at.at(min(from, s.clock.starts.end-1)) }}
		o.from = func(r *played) (int64, bool) {
			if q.fromStart {
				began := r.state.Steps[q.ended].StartedAt
				return began.Unix(), !began.IsZero()
			}
			ended := r.state.Steps[q.anchor]
			return ended.EndedAt.Unix(), ended.State == v1alpha1.StepDone
		}
		_, whole := o.latest(q, first.Unix()+rapid.Int64Range(0, 5*day-1).Draw(t, "start"))
		if !whole {
			return
		}
		if asked++; o.late > 0 {
			t.Fatalf("%s: %d s later than is proved", Promise(a), o.late)
		}
	})
	NewWithT(t).Expect(asked).To(BeNumerically(">", 20))
}
