package timing

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
	"tocsin.dev/tocsin/internal/engine"
	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/internal/soundness"
)

// oracle tries everything that people can do at every moment at which something happens, at once and just before, by
// engine.Decide alone, and says when somebody in question is told at the latest. It shares nothing with what is proved but the
// engine and how a run is read.
type oracle struct {
	runs int
	// done are steps that were done before the run began, with their outcomes.
	done map[int]v1alpha1.Identifier
	// from is the moment that time counts from in a run, and by is when it is proved to come to it from there; nil: from its start.
	from func(r *played) (at int64, is bool)
	by   func(from int64) int64
	// level is what a run begins at, and another which it may come to at any moment; empty: its level stays.
	level, another string
	// worst is the latest moment so far; none: no run yet that is asked about.
	worst int64
	// late is by how much it came later than is proved, where time does not count from the start.
	late int64
}

// count notes a run that is over, or of which nothing more is asked, where what is so in the runs that are asked about is so.
func (o *oracle) count(r *played) {
	at := came(r)
	if !r.premiseHolds() || at == nothing {
		return
	}
	if k := r.q.ended; k >= 0 && r.state.Steps[k].State == v1alpha1.StepPending && r.state.Steps[k].Problem == "" {
		return // nobody knows whether it would be skipped
	}
	if at-r.start.Unix() > lateAnswer/2 {
		at = never
	}
	if o.from != nil {
		from, is := o.from(r)
		if !is || at <= from || from-r.start.Unix() > lateAnswer/2 {
			return
		}
		o.late = max(o.late, at-o.by(from))
	}
	o.worst = max(o.worst, at)
}

// nothing is what is promised of a step that is skipped or cancelled.
const nothing = -1

// came is when it came to it in a run, or the step in question ended; never: not yet.
func came(r *played) int64 {
	if r.q.ended >= 0 {
		switch s := &r.state.Steps[r.q.ended]; s.State {
		case v1alpha1.StepDone:
			return s.EndedAt.Unix()
		case v1alpha1.StepSkipped, v1alpha1.StepCancelled:
			return nothing
		}
		return never
	}
	at := r.happened
	if !r.idle.IsZero() && (at.IsZero() || r.idle.Before(at)) {
		at = r.idle
	}
	if at.IsZero() {
		return never
	}
	return at.Unix()
}

// decided is whether it came to it, and whether that is asked about does not change any more.
func decided(r *played) bool {
	open := func(i int) bool { return r.state.Steps[i].EndedAt.IsZero() }
	if r.q.ended >= 0 && repeated(r.plan, r.q.ended) && open(outermost(r.plan, r.q.ended)) {
		return false // it may end once more
	}
	return came(r) < never && (r.q.anchor < 0 || !open(r.q.anchor)) && (r.q.given == nil || !slices.ContainsFunc(r.q.given.looks, open))
}

// lateAnswer is, in seconds, how late somebody answers where nothing else happens any more: as late as one likes.
const lateAnswer = 400 * day

const mostRuns = 6000

func (o *oracle) explore(r *played) {
	if o.runs++; o.runs > mostRuns {
		return
	}
	for ; ; r.now = r.wake {
		r.decide()
		for r.q.conduct == v1alpha1.ConductSilence && o.arrive(r) {
			r.decide()
		}
		once(r)
		if r.q.conduct == v1alpha1.ConductDeadlinesKept && !kept(r) {
			return
		}
		if stretched := r.clone(); stretched.moveDeadlines() {
			r.moved = maps.Clone(r.moved) // once is asked for, not as often as it is looked
			for key := range stretched.moved {
				r.moved[key] = true
			}
			o.explore(stretched)
		}
		if decided(r) || r.state.Result != "" || r.wake.IsZero() && len(o.waiting(r)) == 0 {
			o.count(r)
			return
		}
		o.regrade(r, r.now)
		o.answers(r, r.now)
		owed := func(i int) bool { return !r.state.Steps[i].DueAt.IsZero() }
		if r.wake.IsZero() && r.q.conduct == v1alpha1.ConductDeadlinesKept && slices.ContainsFunc(o.waiting(r), owed) {
			return // somebody will have to answer
		}
		if r.wake.IsZero() {
			if o.count(r); r.q.given != nil && o.worst < never { // nobody does anything any more
				o.answers(r, r.now.Add(lateAnswer*time.Second))
			}
			return
		}
		if before := r.wake.Add(-time.Second); before.After(r.now) {
			o.regrade(r, before)
			o.answers(r, before)
		}
		if o.worst == never || o.runs > mostRuns {
			return
		}
	}
}

// once has what recurs recur once: whom it tells is told then, and it would go on for ever.
func once(r *played) {
	far := r.start.AddDate(100, 0, 0)
	r.state.Steps = slices.Clone(r.state.Steps)
	for i := range r.state.Steps {
		if s := &r.state.Steps[i]; s.State == v1alpha1.StepWaiting && s.Ticks > 0 {
			s.NextAt = metav1.NewTime(far)
		}
	}
	if r.decide(); !r.wake.Before(far) {
		r.wake = time.Time{}
	}
}

// kept is whether everybody kept their deadlines: who is asked when it has passed answers at once. That of a block asks nobody.
func kept(r *played) bool {
	for i := range r.plan.Nodes {
		if waits(&r.plan.Nodes[i]) && !inTime(r, &r.state.Steps[i]) {
			return false
		}
	}
	return true
}

func inTime(r *played, s *v1alpha1.StepState) bool {
	if !s.DueAt.Before(&s.StartedAt) {
		return s.OverdueAt.IsZero()
	}
	ended := r.now
	if s.State != v1alpha1.StepWaiting {
		ended = s.EndedAt.Time
	}
	return s.DueAt.IsZero() || !ended.After(s.StartedAt.Time)
}

// arrive has all notices arrive at once, and says whether there were some.
func (o *oracle) arrive(r *played) bool {
	some := false
	for _, i := range o.waiting(r) {
		if r.plan.Nodes[i].Action.Notify != nil {
			r.answer(i)
			some = true
		}
	}
	return some
}

// waiting are the steps people or notices can end.
func (o *oracle) waiting(r *played) []int {
	var out []int
	for i := range r.plan.Nodes {
		s, n := &r.state.Steps[i], &r.plan.Nodes[i]
		if s.State == v1alpha1.StepWaiting && waits(n) && n.Action.Wait == nil && len(s.Tasks)+len(s.Notices) > 0 {
			out = append(out, i)
		}
	}
	return out
}

// regrade goes on with the level the run may come to, once.
func (o *oracle) regrade(r *played, at time.Time) {
	if o.another != "" && r.facts.Level != o.another {
		next := r.clone()
		next.now, next.facts.Level, next.facts.GradedAt = at, o.another, at
		o.explore(next)
	}
}

// answers goes on with each answer that each open step can get at a moment.
func (o *oracle) answers(r *played, at time.Time) {
	if r.q.conduct == v1alpha1.ConductSilence {
		return
	}
	for _, i := range o.waiting(r) {
		list := endings(&r.plan.Nodes[i])
		if over := r.plan.Nodes[i].Head.Overdue; over != nil && over.Outcome != "" && r.q.conduct != v1alpha1.ConductDeadlinesKept { // it comes by itself
			list = slices.DeleteFunc(slices.Clone(list), func(word v1alpha1.Identifier) bool { return word == over.Outcome })
		}
		if len(list) == 0 {
			list = []v1alpha1.Identifier{""}
		}
		for _, outcome := range list {
			next := r.clone()
			next.now = at
			next.answers = map[int]v1alpha1.Identifier{i: outcome}
			next.answer(i)
			o.explore(next)
		}
	}
}

func (r *played) clone() *played {
	next := *r
	facts := *r.facts
	facts.Digests, facts.Notices, facts.Tasks = maps.Clone(facts.Digests), maps.Clone(facts.Notices), maps.Clone(facts.Tasks)
	next.facts, next.open, next.moved, next.lines = &facts, maps.Clone(r.open), maps.Clone(r.moved), nil
	return &next
}

// latest is when somebody is told at the latest in any run that begins at a moment; false where there are too many.
func (o *oracle) latest(q *question, start int64) (int64, bool) {
	nobody := map[round]int64{} // answers by itself here
	for i := range q.plan.Nodes {
		for n := range 3 {
			nobody[round{i, n}] = never
		}
	}
	whichever := &course{states: slices.Repeat([]certainty{perhaps}, len(q.plan.Nodes)), begins: make([]bool, len(q.plan.Nodes))}
	for _, signals := range [][]string{nil, {"leak"}, {"noise"}, {"leak", "noise"}, {"noise", "leak"}, {"else", "leak"}} {
		w := &soundness.World{Complaint: playbook.ComplaintFacts{Signals: signals, Affected: 1}}
		r := newPlayed(q, &doubt{c: whichever, start: start, by: never}, nobody, nil, w)
		r.facts.Level = q.level + o.level
		r.state = engine.Start(r.plan, r.facts, v1alpha1.RevisionReference{Name: "r"}, 1, r.now)
		for i, outcome := range o.done {
			before := metav1.NewTime(r.now.Add(-time.Hour))
			r.state.Steps[i] = v1alpha1.StepState{Name: r.state.Steps[i].Name, State: v1alpha1.StepDone, Outcome: outcome, StartedAt: before, EndedAt: before}
			if slices.Contains(q.unless, i) {
				r.idle = r.now
			}
		}
		o.explore(r)
	}
	return o.worst, o.runs <= mostRuns
}

// anyAssertion promises that somebody is told.
func anyAssertion(t *rapid.T, plan *playbook.Plan) *v1alpha1.Assertion {
	a := &v1alpha1.Assertion{Name: "it", Reached: v1alpha1.Identifier(rapid.SampledFrom([]string{"lead", "boss"}).Draw(t, "role"))}
	if rapid.IntRange(0, 4).Draw(t, "told") == 0 && len(Audiences(plan)) > 0 {
		a.Reached, a.Told = "", v1alpha1.Identifier(Audiences(plan)[0])
	}
	a.Given = rapid.SampledFrom([]v1alpha1.Conduct{"", "", v1alpha1.ConductSilence, v1alpha1.ConductDeadlinesKept}).Draw(t, "given")
	a.Within = v1alpha1.Deadline{Elapsed: rapid.SampledFrom([]v1alpha1.Duration{"1h", "6h", "1d", "2d", "3d", "5d"}).Draw(t, "within")}
	for _, n := range plan.Nodes {
		if waits(&n) && n.Action.Notify == nil && rapid.IntRange(0, 2).Draw(t, "unless") > 0 {
			a.Unless = append(a.Unless, v1alpha1.StepName(n.Head.Name))
		}
	}
	if rapid.IntRange(0, 2).Draw(t, "premised") > 0 {
		a.When = anyPremise(t, plan, a.Given != v1alpha1.ConductSilence)
	}
	return a
}

// What is proved of random small playbooks, with and without working time, is never earlier than what the oracle finds; and a
// promise is called broken only where the oracle breaks it as well.
func TestNothingIsLaterThanWhatIsProved(t *testing.T) {
	var asked, exact int
	rapid.Check(t, func(t *rapid.T) {
		g := NewWithT(t)
		plan := anyPlaybook(t)
		a := anyAssertion(t, plan)
		first := time.Date(2026, time.March, 26, 0, 0, 0, 0, time.UTC)
		s, err := New(first, 5)
		g.Expect(err).NotTo(HaveOccurred())
		q, problems := ask(plan, a)
		g.Expect(problems).To(BeEmpty())
		at := s.clock.starts.start()
		all, untold := courses(plan, "", q.conduct, q.given, -1, nil)
		g.Expect(untold).To(BeEmpty())
		for _, c := range all {
			at = later(s.clock.starts, at, s.prover(q, c).prove())
		}
		verdicts, _ := s.Check(plan, a, nil)
		starts := []int64{first.Unix() + rapid.Int64Range(0, 5*day-1).Draw(t, "start")}
		if !verdicts[0].Vacuous {
			starts = append(starts, verdicts[0].Start.Unix())
		}
		for _, start := range starts {
			found, all := (&oracle{}).latest(q, start)
			if !all {
				continue
			}
			if verdicts[0].Vacuous {
				g.Expect(found).To(BeZero(), "there is a run that is asked about: %s", a.When)
				continue
			}
			if asked++; found == at.at(start) {
				exact++
			}
			g.Expect(at.at(start)).To(BeNumerically(">=", found), "from %s: proved %s, found %s", when(start), when(at.at(start)), when(found))
			limit := start + missedAfter + int64(calendar.Elapsed(a.Within.Elapsed)/time.Second)
			if verdicts[0].Holds {
				g.Expect(found).To(BeNumerically("<=", limit))
			}
			if verdicts[0].Played && start == verdicts[0].Start.Unix() {
				g.Expect(found).To(BeNumerically(">", limit), strings.Join(verdicts[0].Story, "\n"))
			}
		}
	})
	t.Logf("%d of %d answers are exact", exact, asked)
	NewWithT(t).Expect(float64(exact) / float64(max(asked, 1))).To(BeNumerically(">", 0.7))
}

// No step ends later than what is proved of it, in no round.
func TestNoStepEndsLaterThanWhatIsProved(t *testing.T) {
	var asked, exact int
	rapid.Check(t, func(t *rapid.T) {
		g := NewWithT(t)
		plan := anyPlaybook(t)
		i := rapid.IntRange(0, len(plan.Nodes)-1).Draw(t, "ended")
		a := &v1alpha1.Assertion{Name: "it", Ended: v1alpha1.StepName(plan.Nodes[i].Head.Name), Within: v1alpha1.Deadline{Elapsed: "1h"}}
		a.Given = rapid.SampledFrom([]v1alpha1.Conduct{"", v1alpha1.ConductSilence, v1alpha1.ConductDeadlinesKept, v1alpha1.ConductDeadlinesKept}).Draw(t, "given")
		if rapid.Bool().Draw(t, "premised") {
			a.When = anyPremise(t, plan, a.Given != v1alpha1.ConductSilence)
		}
		first := time.Date(2026, time.March, 26, 0, 0, 0, 0, time.UTC)
		s, err := New(first, 5)
		g.Expect(err).NotTo(HaveOccurred())
		q, problems := ask(plan, a)
		g.Expect(problems).To(BeEmpty())
		at := s.clock.starts.start()
		all, _ := courses(plan, "", q.conduct, q.given, -1, nil)
		for _, c := range all {
			p := s.prover(q, c)
			p.seen = func(k int, _, end moment) {
				if k == i {
					at = later(s.clock.starts, at, p.done(i, end))
				}
			}
			p.prove()
		}
		start := first.Unix() + rapid.Int64Range(0, 5*day-1).Draw(t, "start")
		found, whole := (&oracle{}).latest(q, start)
		if !whole || found == 0 {
			return
		}
		if asked++; found == at.at(start) {
			exact++
		}
		g.Expect(at.at(start)).To(BeNumerically(">=", found), "from %s: proved %s, found %s", when(start), when(at.at(start)), when(found))
	})
	t.Logf("%d of %d answers are exact", exact, asked)
	NewWithT(t).Expect(float64(exact) / float64(max(asked, 1))).To(BeNumerically(">", 0.9))
}
