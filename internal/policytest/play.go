package policytest

import (
	"context"
	"fmt"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/gate"
	"tocsin.dev/tocsin/internal/pack"
	"tocsin.dev/tocsin/internal/simulation"
)

// mostTurns is how often records of a story are looked at. A complaint of a shipped pack needs a few hundred turns; a story
// that needs more than this will never come to its end.
const mostTurns = 200_000

// Play plays every test of a suite whose name is wanted; nil: all. An error is a fault of the product or the end of ctx.
func (s *Suite) Play(ctx context.Context, policies *gate.Policies, wanted func(name string) bool) (*Report, error) {
	r, studies := &Report{Coverage: s.emptyCoverage()}, studies{}
	for _, t := range s.Tests {
		if wanted != nil && !wanted(t.Name) {
			continue
		}
		result, err := s.result(ctx, policies, t, r.Coverage, studies)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", t.Name, err)
		}
		r.Tests = append(r.Tests, *result)
	}
	return r, nil
}

// result is what comes of one test: it is played, and what it asserts is proved.
func (s *Suite) result(ctx context.Context, policies *gate.Policies, t *Test, coverage *Coverage, studies studies) (*Result, error) {
	result := &Result{Name: t.Name, File: t.document.File, Line: t.document.Line, Because: t.Because, Checked: t.expects()}
	if len(t.Then) > 0 {
		if err := s.playTest(ctx, policies, t, result, coverage); err != nil {
			return nil, err
		}
	}
	return result, s.prove(ctx, t, result, studies)
}

// expects is how many things a test says must be so.
func (t *Test) expects() int { return len(t.Then) + len(t.Assertions) }

// playTest plays one test and weighs what came of it.
func (s *Suite) playTest(ctx context.Context, policies *gate.Policies, t *Test, result *Result, coverage *Coverage) error {
	p := t.pack(s.Pack)
	play := simulation.New(p, &t.Given.Cast)
	c := listen(play)
	c.guard(ctx, policies)
	t.comeIn(play, p)
	end := t.Given.Begins().Add(t.length())
	w := &weigher{Suite: s, test: t, chronicle: c, policies: policies, end: end, moments: map[int]moment{}}
	for _, stop := range t.stops() {
		if err := run(ctx, play, stop.at, w); err != nil {
			return err
		}
		w.remember(stop.expectation)
	}
	if err := run(ctx, play, end, w); err != nil {
		return err
	}
	c.close()
	coverage.add(s, c)
	result.Story = c.story()
	if w.endless {
		result.Failures = append(result.Failures, Failure{File: t.document.File, Line: t.document.Line, Expected: "a story that comes to rest",
			Happened: fmt.Sprintf("the records were looked at %d times by %s and it goes on; let people answer, or play a shorter story (for)", mostTurns, date(play.Now()))})
		return nil
	}
	result.Failures = append(result.Failures, w.unexpected()...)
	for i := range t.Then {
		failure, err := w.weigh(ctx, i)
		if err != nil {
			return err
		}
		if failure != nil {
			failure.File, failure.Line = t.document.File, t.document.LineOf(fmt.Sprintf("then[%d]", i))
			result.Failures = append(result.Failures, *failure)
		}
	}
	return nil
}

// run plays until a moment, a day at a time, so that a story that never rests ends.
func run(ctx context.Context, play *simulation.Play, until time.Time, w *weigher) error {
	for at := play.Now(); !w.endless; {
		at = at.Add(24 * time.Hour)
		if at.After(until) {
			at = until
		}
		more, err := play.Run(at)
		if err != nil {
			return err
		}
		w.more = more
		if err := ctx.Err(); err != nil {
			return err
		}
		w.endless = play.Turns() > mostTurns
		if !more || !at.Before(until) {
			return nil
		}
	}
	return nil
}

// pack is a pack of policies with the records that a test has come in.
func (t *Test) pack(policies *pack.Pack) *pack.Pack {
	p := *policies
	p.Complaints, p.Incidents = nil, nil
	for i := range t.Given.Complaints {
		k := &t.Given.Complaints[i]
		p.Complaints = append(p.Complaints, &v1alpha1.Complaint{ObjectMeta: metav1.ObjectMeta{Name: string(k.Name)}, Spec: *k.ComplaintSpec.DeepCopy()})
	}
	for i := range t.Given.Incidents {
		k := &t.Given.Incidents[i]
		p.Incidents = append(p.Incidents, &v1alpha1.CrisisIncident{ObjectMeta: metav1.ObjectMeta{Name: string(k.Name)}, Spec: *k.CrisisIncidentSpec.DeepCopy()})
	}
	return &p
}

// comeIn has everything come in that is given.
func (t *Test) comeIn(play *simulation.Play, p *pack.Pack) {
	for _, c := range p.Complaints {
		play.Complain(c, t.cameIn(c.Name))
	}
	for _, ci := range p.Incidents {
		play.Alarm(ci, t.cameIn(ci.Name))
	}
}

// stop is a moment at which the story halts, because somebody tries something then.
type stop struct {
	at          time.Time
	expectation int
}

func (t *Test) stops() []stop {
	var out []stop
	for i := range t.Then {
		e := &t.Then[i]
		if e.At == "" || e.Refused == nil && e.Allowed == nil {
			continue
		}
		at, _ := e.At.after(t.cameIn(e.Record)) // checked before
		out = append(out, stop{at, i})
	}
	sortByTime(out, func(s stop) time.Time { return s.at })
	return out
}

func sortByTime[T any](list []T, at func(T) time.Time) {
	slices.SortStableFunc(list, func(a, b T) int { return at(a).Compare(at(b)) })
}
