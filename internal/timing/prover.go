package timing

import (
	"slices"
	"strings"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
	"tocsin.dev/tocsin/internal/playbook"
)

// prover works out how late the steps of a plan can begin and end while nobody of those in question was told, for every start
// at once: what is later at the beginning is never earlier at the end.
type prover struct {
	plan    *playbook.Plan
	clock   *clock
	conduct v1alpha1.Conduct
	target  target
	// unless are steps whose end makes the question idle.
	unless []int
	// anchor is the step whose end is the start; -1: the matter comes in.
	anchor int
	// calls is Study.Calls.
	calls func(plan *playbook.Plan, call *v1alpha1.AssembleTeam, duty v1alpha1.Identifier) bool
	// from is the step whose beginning is the start; -1: none. All that it waits for has ended by then.
	from int
	// regraded is whether the level may become another while the run goes on.
	regraded bool
	// before and after are, for an anchor or from, what ended before it and what depends on it.
	before, after map[int]bool
	// already are steps that are done as the run begins, raised is for how many seconds the matter had been open then.
	already map[int]bool
	raised  int64
	course  *course
	// ended is the step that is to have ended, -1 where somebody is to be told; all has every step worked out.
	ended int
	all   bool

	begins, ends []moment
	known, busy  []bool
	// instead is when somebody in question is told at the latest where a step is never answered that another waits for.
	instead []moment
	// rounds is the round each repeat is in.
	rounds map[int]int
	// inside is when all that is inside a step has ended, in its first round, whatever its own deadline.
	inside map[int]moment
	// stops is when the deadline of a block stops what is inside it.
	stops map[int]moment
	// told is when a step tells somebody in question first, in the first round of all it is inside.
	told map[int]moment
	// anew are approvals that may have to be given anew, of whose end nothing is known; nil where runs are planned in which that does
	// not happen.
	anew []anew
	// seen is called with every step of every round; nil: nobody listens.
	seen func(i int, begin, end moment)
	err  error
}

// prove works out one case. It is the moment at which somebody was told at the latest; never where there may be none.
func (p *prover) prove() moment {
	n := len(p.plan.Nodes)
	p.begins, p.ends, p.known, p.busy = make([]moment, n), make([]moment, n), make([]bool, n), make([]bool, n)
	p.instead = slices.Repeat([]moment{p.clock.starts.start()}, n)
	p.rounds, p.inside, p.stops, p.told = map[int]int{}, map[int]moment{}, map[int]moment{}, map[int]moment{}
	for i := range p.plan.Nodes {
		if p.all || p.matters(i) {
			p.step(outermost(p.plan, i)) // what is inside a block is worked out with it
			p.step(i)
		}
	}
	latest := p.clock.starts.none()
	for i, at := range p.told {
		if p.course.states[i] == sure || p.course.begins[i] && p.tellsAtOnce(i) && !slices.Contains(p.unless, i) {
			latest = earlier(p.clock.starts, latest, at)
		}
	}
	return latest
}

// matters is whether a step decides what is asked: the one that is to have ended, or one that tells somebody for sure.
func (p *prover) matters(i int) bool {
	if p.ended >= 0 {
		return i == p.ended
	}
	c, n := p.course, &p.plan.Nodes[i]
	told := p.tellsAtOnce(i) || p.recurs(i) || p.conduct == v1alpha1.ConductSilence && waits(n)
	return c.begins[i] && told || c.states[i] == sure && slices.Contains(p.unless, i)
}

func outermost(plan *playbook.Plan, i int) int {
	for plan.Nodes[i].Parent >= 0 {
		i = plan.Nodes[i].Parent
	}
	return i
}

// step works out a step and what is inside it, once a round.
func (p *prover) step(i int) {
	if p.known[i] {
		return
	}
	if parent := p.plan.Nodes[i].Parent; parent >= 0 && p.begins[parent].pieces == nil && !p.busy[parent] {
		if p.step(parent); p.known[i] {
			return
		}
	}
	if parent := p.plan.Nodes[i].Parent; p.busy[i] || parent >= 0 && p.begins[parent].pieces == nil { // it looks at itself: nothing is known
		p.begins[i], p.ends[i] = p.clock.starts.none(), p.clock.starts.none()
		return
	}
	p.busy[i] = true
	begin, end := p.latest(i)
	p.begins[i], p.ends[i], p.known[i], p.busy[i] = begin, end, true, false
	if p.seen != nil && p.course.states[i] != not {
		p.seen(i, begin, end)
	}
}

func (p *prover) latest(i int) (begin, end moment) {
	start := p.begun()
	if p.already[i] {
		return start, start
	}
	if p.anchor >= 0 {
		switch {
		case i == p.anchor || p.before[i]:
			if p.tellsAtOnce(i) || slices.Contains(p.unless, i) {
				p.tell(i, start, start)
			}
			return start, start
		case inside(p.plan, p.anchor, i):
			return start, p.clock.starts.none()
		case !p.after[i]:
			return p.clock.starts.none(), p.clock.starts.none()
		}
	}
	n := &p.plan.Nodes[i]
	needs := n.Needs
	if p.from >= 0 {
		switch {
		case p.before[i]:
			return start, start
		case inside(p.plan, p.from, i):
			return start, p.clock.starts.none()
		case i == p.from:
			needs = nil
		case !inside(p.plan, i, p.from):
			return p.clock.starts.none(), p.clock.starts.none()
		}
	}
	begin, p.instead[i] = start, start
	if n.Parent >= 0 {
		begin, p.instead[i] = p.begins[n.Parent], p.instead[n.Parent]
	}
	begin = later(p.clock.starts, begin, p.enough(n, needs))
	for _, need := range needs {
		p.instead[i] = later(p.clock.starts, p.instead[i], p.instead[need])
		if p.givenAnew(need) {
			begin = p.clock.starts.none()
		}
	}
	switch {
	case p.course.states[i] == not:
		return begin, begin
	case p.course.open[i] && i != p.from:
		begin = p.clock.starts.none()
	}
	end = p.end(i, begin)
	if p.givenAnew(i) {
		end = p.clock.starts.none()
	}
	return begin, end
}

// begun is when the run begins.
func (p *prover) begun() moment { return p.clock.starts.start().plus(p.raised) }

// enough is when so many of the steps that a step needs have ended that it begins. With a quorum the others may go on.
func (p *prover) enough(n *playbook.Node, needs []int) moment {
	all := p.clock.starts.start()
	first := slices.Repeat([]moment{p.clock.starts.none()}, int(n.Head.Quorum)) // the first to end, the second, and so on
	certain := 0
	for _, need := range needs {
		p.step(need)
		all = later(p.clock.starts, all, p.ends[need])
		if p.course.states[need] != sure {
			continue
		}
		certain++
		at := p.ends[need]
		for k := range first {
			first[k], at = earlier(p.clock.starts, first[k], at), later(p.clock.starts, first[k], at)
		}
	}
	if len(first) == 0 || certain < len(first) {
		return all
	}
	return first[len(first)-1]
}

// givenAnew is whether a step is an approval that may have to be given anew.
func (p *prover) givenAnew(i int) bool {
	return slices.ContainsFunc(p.anew, func(a anew) bool { return a.approval == i })
}

// end is when a step ends at the latest that begins at a moment, while nobody in question was told by it.
func (p *prover) end(i int, begin moment) moment {
	n := &p.plan.Nodes[i]
	a := &n.Action
	switch {
	case n.Repeat != nil:
		stop := p.stop(i, begin)
		return earlier(p.clock.starts, stop, p.block(i, begin))
	case a.Playbook != nil:
		stop := p.stop(i, begin)
		return earlier(p.clock.starts, stop, p.children(i, begin))
	case n.Head.Every != nil:
		end, told := later(p.clock.starts, begin, p.holdsBy(i, n.Until)), p.clock.starts.none()
		if p.recurs(i) {
			told = p.add(n.Calendar, begin, *n.Head.Every)
		}
		p.tell(i, told, end)
		return end
	case a.Wait != nil && a.Wait.For != nil:
		end := p.add(n.Calendar, begin, *a.Wait.For)
		p.tell(i, p.clock.starts.none(), end)
		return end
	}
	if !waits(n) {
		p.tell(i, p.tells(i, begin, moment{}), begin)
		return begin
	}
	due := p.due(i, begin)
	told := p.tells(i, begin, due)
	end := p.byItself(i, begin, due)
	if n.WaitUntil != nil {
		end = earlier(p.clock.starts, end, later(p.clock.starts, begin, p.holdsBy(i, n.WaitUntil)))
	}
	switch {
	case p.conduct == v1alpha1.ConductDeadlinesKept && n.Head.Within != nil:
		end = earlier(p.clock.starts, end, later(p.clock.starts, begin, p.deadline(i, begin)))
	case p.conduct == v1alpha1.ConductSilence && a.Notify != nil:
		end = begin // what is sent arrives
	case p.conduct == v1alpha1.ConductAnything && !slices.Contains(p.unless, i):
		p.tell(i, told, end)
		untold := begin // until when nobody in question was told
		switch {
		case p.tellsAtOnce(i):
		case p.course.mayStop(p.plan, i): // in the second in which it would tell them
			untold = later(p.clock.starts, begin, told)
		default:
			untold = later(p.clock.starts, begin, told.plus(-1))
		}
		if end = earlier(p.clock.starts, end, untold); !told.isNever() {
			p.instead[i] = later(p.clock.starts, p.instead[i], told)
		}
		return end
	}
	p.tell(i, told, end)
	return end
}

// waits is whether a step waits for people, for a notice to arrive, or for a condition.
func waits(n *playbook.Node) bool {
	a := &n.Action
	return a.Task != nil || a.Survey != nil || a.Decision != nil || a.Approval != nil || a.AssembleTeam != nil ||
		a.Notify != nil && n.Head.Within != nil || a.Wait != nil && a.Wait.Until != ""
}

// tell notes when a step tells somebody in question, where that cannot be prevented by answering it.
func (p *prover) tell(i int, told, end moment) {
	for k := range p.rounds {
		if p.rounds[k] > 1 && inside(p.plan, i, k) {
			return // a further round need not come
		}
	}
	switch {
	case slices.Contains(p.unless, i): // also one that was done before the run began
		told = earlier(p.clock.starts, told, end)
	case !p.tellsAtOnce(i) && !p.recurs(i) && p.conduct != v1alpha1.ConductSilence, p.course.carried.silently(i):
		return
	}
	p.told[i] = later(p.clock.starts, told, p.instead[i])
}

// deadline is the deadline of a step as it is set when the step begins at a moment; never where it has none.
func (p *prover) deadline(i int, begin moment) moment {
	n := &p.plan.Nodes[i]
	if n.Head.Within == nil {
		return p.clock.starts.none()
	}
	from := begin
	switch {
	case n.OfStep >= 0:
		p.step(n.OfStep)
		from = p.ends[n.OfStep]
	case n.Head.Within.Of == "graded" && p.regraded && p.plan.For == v1alpha1.RecordComplaint: // by then it may just have got its level
	case n.Head.Within.Of == "received":
		from = p.clock.starts.start()
	case n.Head.Within.Of == "graded":
		from = p.begun()
	}
	return p.add(n.Calendar, from, v1alpha1.Span{Elapsed: n.Head.Within.Elapsed, Working: n.Head.Within.Working})
}

// due is the deadline of a step, moved as far as those asked may move it.
func (p *prover) due(i int, begin moment) moment {
	due, head := p.deadline(i, begin), &p.plan.Nodes[i].Head
	if p.conduct != v1alpha1.ConductAnything {
		return due
	}
	leeway := time.Duration(0)
	if head.Extend != nil {
		leeway += time.Duration(max(head.Extend.Max, 1)) * calendar.Elapsed(head.Extend.AtMost)
	}
	if head.Pause != nil {
		leeway += calendar.Elapsed(head.Pause.AtMost)
	}
	return due.plus(int64(leeway / time.Second))
}

// byItself is when a step ends that nobody ends; never where it does not.
func (p *prover) byItself(i int, begin, due moment) moment {
	if o := p.plan.Nodes[i].Head.Overdue; o != nil && o.Outcome != "" {
		end := due.plus(missedAfter)
		if chosen := p.course.outcomes[i]; chosen != "" && chosen != o.Outcome {
			end = due // somebody answered before it ended by itself
		}
		return later(p.clock.starts, begin, end)
	}
	return p.clock.starts.none()
}

// stepOf is the step that a path such as steps.check.ended looks at, -1 where it looks at something else.
func stepOf(plan *playbook.Plan, path string, scope int) int {
	parts := strings.Split(path, ".")
	if len(parts) < 2 || parts[0] != "steps" {
		return -1
	}
	return slices.IndexFunc(plan.Nodes, func(n playbook.Node) bool { return n.Scope == scope && n.Head.Name == parts[1] })
}

func (p *prover) add(cal *calendar.Calendar, m moment, s v1alpha1.Span) moment {
	out, err := p.clock.add(cal, m, s)
	if err != nil {
		p.err = err
		return p.clock.starts.none()
	}
	return out
}
