package timing

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
	"tocsin.dev/tocsin/internal/playbook"
)

// Bounds of a horizon, in days.
const (
	LeastDays   = 1
	MostDays    = 3660
	DefaultDays = 400
)

// Study proves how late things can be for every start in a horizon. What working time comes to is counted once for all of it.
// It is for one goroutine.
type Study struct {
	clock *clock
	// Calls says whether a call of a team in a plan, or of those of it with some duties, reaches those who have a duty in it. Nil: it
	// does, as far as the duties go.
	Calls func(plan *playbook.Plan, call *v1alpha1.AssembleTeam, duty v1alpha1.Identifier) bool
	// older are studies of what came in so much earlier, by how much.
	older map[time.Duration]*Study
}

// New makes a study of the matters that come in within so many days from a moment. The error says which numbers it takes.
func New(from time.Time, days int) (*Study, error) {
	if days < LeastDays || days > MostDays {
		return nil, fmt.Errorf("a horizon of %d days is not looked at; write %d to %d", days, LeastDays, MostDays)
	}
	first := from.Unix()
	return &Study{clock: newClock(span{first, first + int64(days)*day})}, nil
}

// Counted is how often working time was counted so far.
func (s *Study) Counted() int { return s.clock.counted }

// Answer is what a question comes to.
type Answer struct {
	// Never is whether it may not happen at all; the times are then zero.
	Never bool
	// Start is the start that is worst, At when it happens then at the latest.
	Start, At time.Time
	// KnownUntil is the first start for which public holidays count that nobody knows yet; zero: none in the horizon. Nothing is
	// said of it and of later ones.
	KnownUntil time.Time
	// HolidaysUntil is the last day of which they are known.
	HolidaysUntil time.Time
	// Nothing is whether there is no start of which anything is said.
	Nothing bool
	// Anew says which approvals may have to be given anew; without that it might be proved.
	Anew []string
	// Untold are steps of which it was not told apart how they end, because a run could take too many courses. What is said holds
	// all the same; without them it might be earlier.
	Untold []string
}

// Verdict is what became of an assertion at a level.
type Verdict struct {
	Answer
	// Level is the level; empty: whatever it is.
	Level v1alpha1.LevelName
	// Holds is whether it is proved for every start that anything is said of.
	Holds bool
	// Played is whether a run was played that breaks it; neither Holds nor Played: it could not be proved, and no run was found
	// that breaks it.
	Played bool
	// By is when it should have happened in the worst case.
	By time.Time
	// Worst is whether no run is later than the one that was played.
	Worst bool
	// Vacuous is whether there is no run that the assertion speaks of.
	Vacuous bool
	// Far is whether the time it is to happen within ends too late to be counted.
	Far bool
	// OfStart is whether the time of the promise counts from the start of its step, and not from that of the run.
	OfStart bool
	// Step is the step at which it happens too late in the story; -1: none.
	Step int
	// Story is how it comes about, a dated line each.
	Story []string
	// late is how many seconds late it is at most, as far as that is proved.
	late int64
}

// question is an assertion with its names looked up.
type question struct {
	plan  *playbook.Plan
	level string
	// regraded is whether the level may become another while the run goes on; level is then empty.
	regraded bool
	conduct  v1alpha1.Conduct
	target   target
	// rank is the role that is asked about.
	rank string
	// ended is the step that is to have ended, -1 where somebody is to be told; fromStart has its time counted from its start.
	ended     int
	fromStart bool
	anchor    int
	// given is what is so in the runs that are asked about; nil: nothing in particular.
	given    *premise
	unless   []int
	within   v1alpha1.Span
	calendar *calendar.Calendar
	// carried are steps that may have been done before the run began, already those that are taken for done then.
	carried carried
	already map[int]bool
	// raised is for how many seconds the matter was open when the run began.
	raised int64
}

// Problems are the names an assertion uses that are not in a plan, and what else keeps it from being proved.
func Problems(plan *playbook.Plan, a *v1alpha1.Assertion) []playbook.Problem {
	_, problems := ask(plan, a)
	return problems
}

// Check proves an assertion about a plan at some levels; none: at any. Problems say which names it uses that are not there.
func (s *Study) Check(plan *playbook.Plan, a *v1alpha1.Assertion, levels []v1alpha1.LevelName) ([]Verdict, []playbook.Problem) {
	q, problems := ask(plan, a)
	if len(problems) > 0 {
		return nil, problems
	}
	if len(levels) == 0 {
		levels = []v1alpha1.LevelName{""}
	}
	var out []Verdict
	for _, level := range levels {
		q.level = string(level)
		if q.given != nil {
			q.given.level, q.given.worlds = q.level, map[*playbook.Expr]worlds{}
		}
		v, err := s.judge(q)
		if err != nil {
			return nil, []playbook.Problem{{Field: "within", Message: err.Error(), Advice: "correct the span, or the calendar of the playbook"}}
		}
		v.Level, v.OfStart = level, q.fromStart
		out = append(out, v)
	}
	return out, nil
}

// judge proves a question, and plays what it cannot prove.
func (s *Study) judge(q *question) (Verdict, error) {
	v, doubts, err := s.proved(q)
	if err != nil {
		return v, err
	}
	s.settle(q, &v, doubts, manner{})
	if v.Holds || v.Played || v.Vacuous {
		return v, nil
	}
	if v, err = s.narrower(q, v); err == nil && !v.Played {
		s.settle(q, &v, doubts, manners(q)...)
	}
	return v, err
}

// proved is what is proved of a question, over all courses, and what is in doubt.
func (s *Study) proved(q *question) (v Verdict, doubts []doubt, err error) {
	v = Verdict{Holds: true, Step: -1, Answer: Answer{Nothing: true}}
	all, untold := courses(q.plan, q.level, q.conduct, q.given, q.anchor, q.carried)
	v.Vacuous = true
	for _, c := range all {
		if q.ended >= 0 && c.states[q.ended] == not {
			continue
		}
		v.Vacuous = false
		found, err := s.weigh(q, c, &doubts)
		if err != nil {
			return v, nil, err
		}
		if !found.Holds {
			found.Anew = anewWords(q.plan, givenAnew(q.plan, c))
		}
		v = worse(v, found)
	}
	v.Untold = untold
	return v, doubts, nil
}

// worse is the verdict that says more against an assertion.
func worse(a, b Verdict) Verdict {
	rank := func(v Verdict) int {
		switch {
		case v.Played:
			return 4
		case !v.Holds:
			return 3
		case !v.Nothing:
			return 2
		}
		return 1
	}
	against := func(v Verdict) int64 {
		switch {
		case !v.Holds:
			return v.late
		case v.Never:
			return never
		}
		return int64(v.At.Sub(v.Start))
	}
	pick, other := a, b
	if rank(b) > rank(a) || rank(b) == rank(a) && against(b) > against(a) {
		pick, other = b, a
	}
	if pick.KnownUntil.IsZero() || !other.KnownUntil.IsZero() && other.KnownUntil.Before(pick.KnownUntil) {
		pick.KnownUntil, pick.HolidaysUntil = other.KnownUntil, other.HolidaysUntil
	}
	return pick
}

// Kept is whether an assertion holds at all levels it was proved at, and else the verdict that says most against it. One that speaks
// of no run at any of them is none that is kept.
func Kept(verdicts []Verdict) (worst Verdict, kept bool) {
	worst = Verdict{Holds: true, Answer: Answer{Nothing: true}, Vacuous: len(verdicts) > 0}
	for _, v := range verdicts {
		vacuous := worst.Vacuous && v.Vacuous
		worst = worse(worst, v)
		worst.Vacuous = vacuous
	}
	return worst, worst.Holds && !worst.Vacuous
}

// missedAfter is how many seconds after a deadline somebody is told that it has passed. They count as in time: who is told of a
// deadline of an hour is told within the hour.
const missedAfter = 1

// weigh compares when something happens at the latest with when it is to have happened, in one course.
func (s *Study) weigh(q *question, c *course, doubts *[]doubt) (Verdict, error) {
	p := s.prover(q, c)
	p.anew = givenAnew(q.plan, c)
	d, v := s.clock.starts, Verdict{Holds: true, Step: -1, Answer: Answer{Nothing: true}}
	if q.ended < 0 {
		at := p.prove()
		by, err := s.clock.add(q.calendar, d.start(), q.within)
		if err != nil || p.err != nil {
			return v, cmp.Or(err, p.err)
		}
		if by.isNever() {
			return tooLate(), nil
		}
		v := s.compare(c, by.plus(missedAfter), at, doubts)
		v.By = v.By.Add(-missedAfter * time.Second)
		return v, nil
	}
	p.seen = func(i int, _, end moment) {
		if i != q.ended {
			return
		}
		by, err := s.clock.add(q.calendar, d.start(), q.within) // which is when the step begins, where it counts from that
		if err != nil {
			p.err = err
			return
		}
		if by.isNever() {
			v = worse(v, tooLate())
			return
		}
		v = worse(v, s.compare(c, by, p.done(i, end), doubts))
	}
	p.prove()
	return v, p.err
}

// tooLate is the verdict about what may take longer than is counted.
func tooLate() Verdict {
	return Verdict{Step: -1, Far: true, Answer: Answer{Never: true}, late: never}
}

func (s *Study) prover(q *question, c *course) *prover {
	p := &prover{plan: q.plan, clock: s.clock, conduct: q.conduct, target: q.target, unless: q.unless, anchor: q.anchor, ended: q.ended, from: -1, regraded: q.regraded, already: q.already, raised: q.raised, calls: s.Calls, course: c}
	if q.fromStart {
		p.from, p.before = q.ended, ancestors(q.plan, q.ended, c.carried)
	}
	if q.anchor >= 0 {
		p.before, p.after = ancestors(q.plan, q.anchor, c.carried), dependents(q.plan, q.anchor)
	}
	return p
}

// dependents are the steps that begin only after a step has ended.
func dependents(plan *playbook.Plan, anchor int) map[int]bool {
	after := map[int]bool{}
	for again := true; again; {
		again = false
		for i := range plan.Nodes {
			n := &plan.Nodes[i]
			depends := n.Parent >= 0 && after[n.Parent] || slices.ContainsFunc(n.Needs, func(need int) bool {
				return need == anchor || after[need] || inside(plan, anchor, need)
			})
			if depends && !after[i] && i != anchor && !inside(plan, anchor, i) {
				after[i], again = true, true
			}
		}
	}
	return after
}

// compare weighs a moment against the one it is to have happened by.
func (s *Study) compare(c *course, by, at moment, doubts *[]doubt) Verdict {
	v := Verdict{Holds: true, Step: -1}
	d := s.clock.starts
	known := d
	for _, m := range []moment{by, at} {
		if k := m.knownFor(d); k.end < known.end {
			known = k
			v.KnownUntil, v.HolidaysUntil = when(k.end), when(m.known-1)
		}
	}
	if known.end <= known.first {
		v.Nothing = true
		return v
	}
	start, late, _ := longest(known, by, at)
	if v.Holds = late <= 0; v.Holds {
		start, _, _ = longest(known, d.start(), at)
	}
	v.Start, v.Never = when(start), at.at(start) >= never
	if v.late = late; v.Never {
		v.late = never
	} else {
		v.At = when(at.at(start))
	}
	v.By = when(by.at(start))
	if !v.Holds {
		*doubts = append(*doubts, doubt{c, start, by.at(start), v.late})
	}
	return v
}

func when(unix int64) time.Time { return time.Unix(unix, 0).UTC() }

// Latest is when somebody in a role or in one above it, or else an audience, knows at the latest, whatever people do as the conduct
// says, counted from when the matter comes in. No level: whatever it is, and where people do anything it may change.
func (s *Study) Latest(plan *playbook.Plan, role, audience string, level v1alpha1.LevelName, conduct v1alpha1.Conduct, before Before) (Answer, error) {
	s = s.earlier(before.OpenFor)
	q := &question{plan: plan, level: string(level), conduct: conduct, target: target{audience: audience}, ended: -1, anchor: -1, raised: before.seconds()}
	q.regraded = level == "" && conduct == v1alpha1.ConductAnything
	if role != "" {
		q.target = rank(plan, role)
	}
	q.carried = carriedFrom(q, before.Books)
	out, found := Answer{Nothing: true}, false
	all, untold := courses(q.plan, q.level, q.conduct, nil, -1, q.carried)
	for _, c := range all {
		p := s.prover(q, c)
		p.anew = givenAnew(q.plan, c)
		at := p.prove()
		if p.err != nil {
			return out, p.err
		}
		known := at.knownFor(s.clock.starts)
		a := Answer{Nothing: true}
		if known.end > known.first {
			start, _, _ := longest(known, s.clock.starts.start(), at)
			a = Answer{Start: when(start), Never: at.at(start) >= never}
			if !a.Never {
				a.At = when(at.at(start))
			}
		}
		if known.end < s.clock.starts.end {
			a.KnownUntil, a.HolidaysUntil = when(known.end), when(at.known-1)
		}
		if !found {
			out, found = a, true
			continue
		}
		out = worse(Verdict{Holds: true, Answer: out}, Verdict{Holds: true, Answer: a}).Answer
	}
	out.Untold = untold
	return out, nil
}
