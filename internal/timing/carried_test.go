package timing

import (
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"pgregory.net/rapid"
	"sigs.k8s.io/yaml"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/engine"
	"tocsin.dev/tocsin/internal/playbook"
)

// What may have been done before a run began, because its matter had another level, tells nobody in it: nothing is later all the same
// than what is proved of runs of which any of it was done, however long the matter was open by then.
func TestNothingIsLaterWhereSomeWasDoneBefore(t *testing.T) {
	told := 0
	rapid.Check(t, func(t *rapid.T) {
		g := NewWithT(t)
		plan := anyPlaybook(t)
		a := anyAssertion(t, plan)
		first := time.Date(2026, time.March, 26, 0, 0, 0, 0, time.UTC)
		s, err := New(first, 5)
		g.Expect(err).NotTo(HaveOccurred())
		q, problems := ask(plan, a)
		g.Expect(problems).To(BeEmpty())
		q.carried, q.raised = carried{}, rapid.SampledFrom([]int64{0, 2 * 3600, 30 * 3600}).Draw(t, "open")
		o := &oracle{done: map[int]v1alpha1.Identifier{}}
		for _, i := range plan.Roots {
			n := &plan.Nodes[i]
			if !keeps(n) || rapid.IntRange(0, 2).Draw(t, "may") == 0 {
				continue
			}
			if q.carried[i] = false; rapid.Bool().Draw(t, "was") {
				outcomes := endings(n)
				switch {
				case n.Action.Notify != nil:
					outcomes = []v1alpha1.Identifier{engine.Delivered}
				case len(outcomes) == 0:
					outcomes = []v1alpha1.Identifier{"done"}
				}
				o.done[i] = rapid.SampledFrom(outcomes).Draw(t, "outcome")
			}
		}
		at := s.clock.starts.start()
		all, _ := courses(plan, "", q.conduct, q.given, -1, q.carried)
		for _, c := range all {
			p := s.prover(q, c)
			p.anew = givenAnew(plan, c)
			at = later(s.clock.starts, at, p.prove())
		}
		start := first.Unix() + rapid.Int64Range(0, 5*day-1).Draw(t, "start")
		found, whole := o.latest(q, start)
		if !whole || found == 0 {
			return
		}
		if at.at(start) < never {
			told++
		}
		g.Expect(at.at(start)).To(BeNumerically(">=", found), "from %s: proved %s, found %s", when(start), when(at.at(start)), when(found))
	})
	NewWithT(t).Expect(told).To(BeNumerically(">", 5), "something is proved of some")
}

// A promise is not proved where a step that may have been done at another level is one it relies on: it tells nobody again, it waited
// for none of the steps before it, and it may have ended otherwise than it could here.
func TestAPromiseThatReliesOnAStepThatMayBeDoneAlready(t *testing.T) {
	const head = `
for: Complaint
roles: [{name: clerk, team: desk, duty: clerk}, {name: boss, team: desk, duty: boss}]
ladder: [clerk, boss]
templates: [{name: hello, texts: [{locale: en, subject: a, body: b}]}]
`
	const (
		ask     = "- {name: s, task: {to: clerk}, within: {elapsed: 1h}}\n"
		tell    = "- {name: s, notify: {to: [boss], template: hello}}\n"
		first   = "- {name: a, decision: {by: clerk, options: [go, halt]}, within: {elapsed: 1h}}\n"
		decides = "- {name: s, needs: [a], decision: {by: clerk, options: [go, halt]}, within: {elapsed: 1h}}\n"
		waits   = "- {name: a, wait: {for: {elapsed: 1h}}}\n"
	)
	for name, tt := range map[string]struct {
		steps, before, promise string
		relies                 bool
	}{
		"it tells others there":      {tell, "- {name: s, notify: {to: [clerk], template: hello}}\n", "reached: boss, within: {elapsed: 1h}", true},
		"it tells the same there":    {tell, tell, "reached: boss, within: {elapsed: 1h}", false},
		"another step tells as well": {tell + "- {name: other, task: {to: boss}, within: {elapsed: 1h}}\n", ask, "reached: boss, within: {elapsed: 1h}", false},
		"it makes the promise idle":  {strings.Replace(ask, "1h}", "1h}, overdue: {climb: Ladder}", 1), ask, "reached: boss, within: {elapsed: 1h}, unless: [s]", false},
		"its end is what is asked":   {ask, ask, "ended: s, within: {elapsed: 1h}, given: DeadlinesKept", false},
		"time counts from its end":   {ask + "- {name: t, needs: [s], task: {to: boss}, within: {elapsed: 1h}}\n", ask, "ended: t, within: {elapsed: 1h, of: s}, given: DeadlinesKept", true},
		"it waits for another": {first + decides + "- {name: t, needs: [s], when: steps.a.ended, notify: {to: [boss], template: hello}}\n", ask + first,
			"reached: boss, within: {elapsed: 2h}, given: DeadlinesKept", true},
		"it would be skipped": {first + "- {name: s, needs: [a], when: steps.a.outcome == \"go\", task: {to: clerk}, within: {elapsed: 1h}}\n- {name: t, needs: [a, s], when: steps.s.skipped, notify: {to: [boss], template: hello}}\n", ask,
			"reached: boss, within: {elapsed: 1h}, given: DeadlinesKept, when: 'steps.a.outcome == \"halt\"'", true},
		"its end cancels": {waits + "- {name: s, needs: [a], task: {to: clerk}, within: {elapsed: 1h}}\n- {name: t, needs: [a], task: {to: boss}, within: {elapsed: 1h}}\ncancel: [{name: c, when: steps.s.done, steps: [t]}]\n", ask,
			"reached: boss, within: {elapsed: 1h}, given: DeadlinesKept", true},
		"it ends where nobody does anything": {waits + decides + "- {name: t, needs: [a], task: {to: boss}, within: {elapsed: 1h}}\ncancel: [{name: c, when: steps.s.done, steps: [t]}]\n",
			"- {name: s, decision: {by: clerk, options: [go, halt]}, within: {elapsed: 1h}, overdue: {outcome: go}}\n", "reached: boss, within: {elapsed: 1h}, given: Silence", true},
		"it ends otherwise by itself": {"- {name: s, decision: {by: clerk, options: [go, halt]}, within: {elapsed: 1h}, overdue: {outcome: halt}}\n- {name: t, needs: [s], when: steps.s.outcome == \"halt\", notify: {to: [boss], template: hello}}\n",
			"- {name: s, decision: {by: clerk, options: [go, halt]}, within: {elapsed: 1h}, overdue: {outcome: go}}\n", "reached: boss, within: {elapsed: 2h}, given: Silence", true},
		"what it approves is written later": {"- {name: a, task: {to: clerk, writes: remedy}, within: {elapsed: 1h}}\n- {name: s, needs: [a], approval: {by: [boss], of: remedy}, within: {elapsed: 1h}}\n- {name: t, needs: [s], task: {to: clerk}, within: {elapsed: 1h}}\n",
			"- {name: s, approval: {by: [boss]}, within: {elapsed: 1h}}\n", "ended: t, within: {elapsed: 3h}, given: DeadlinesKept", true},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			plan, old := planOf(t, head+"steps:\n"+tt.steps), planOf(t, head+"steps:\n"+tt.before)
			v, problems := judged(t, plan, tt.promise)
			g.Expect(problems).To(BeEmpty())
			g.Expect(v.Holds).To(BeTrue(), v.Says())
			a := v1alpha1.Assertion{Name: "it"}
			g.Expect(yaml.UnmarshalStrict([]byte("{"+tt.promise+"}"), &a)).To(Succeed())
			s, err := New(now, 7)
			g.Expect(err).NotTo(HaveOccurred())
			var names []string
			for _, i := range s.onTheWay(plan, &a, "", []*playbook.Plan{old}) {
				names = append(names, plan.Nodes[i].Path)
			}
			if tt.relies {
				g.Expect(names).To(Equal([]string{"s"}))
			} else {
				g.Expect(names).To(BeEmpty())
			}
		})
	}
}
