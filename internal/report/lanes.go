package report

import (
	"slices"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// The picture stays readable, and small enough for its ConfigMap, within these bounds.
const (
	maxLanes = 80
	maxMarks = 600
)

// lane is one row of the picture: a step, or the matter as a whole.
type lane struct {
	name  string
	bars  []bar
	ticks []tick
	marks []mark
}

// bar is one go at the step.
type bar struct {
	from, to time.Time
	round    int32
	stopped  bool // it was cancelled or skipped, or had not ended
}

// tick is a deadline; one whose moment the record does not say stands where its step ended.
type tick struct {
	at    time.Time
	state DeadlineState
}

// mark is something that happened at a moment.
type mark struct {
	at   time.Time
	kind markKind
	text string
}

type markKind int

const (
	markEvent markKind = iota
	markEscalation
	markNotice
)

// lanes lays out the picture: the matter first, then the steps in the order in which they began.
func lanes(r Report, steps map[key]v1alpha1.StepState) []lane {
	b := &layout{end: r.end(), at: map[string]int{}, open: map[key]int{}}
	if r.From.IsZero() {
		return nil
	}
	whole := b.lane("")
	b.lanes[whole].bars = []bar{{from: r.From, to: b.end, stopped: r.To.IsZero()}}
	for _, e := range r.Entries {
		b.entry(e)
	}
	b.fromState(steps)
	for _, d := range r.Deadlines {
		if i := b.lane(d.Step); i >= 0 {
			b.lanes[i].ticks = append(b.lanes[i].ticks, tick{d.moment(), d.State})
		}
	}
	slices.SortStableFunc(b.lanes[1:], func(x, y lane) int { return x.start().Compare(y.start()) })
	return b.lanes
}

// start is when the first thing in a lane happened.
func (l lane) start() time.Time {
	var first time.Time
	sooner := func(at time.Time) {
		if first.IsZero() || at.Before(first) {
			first = at
		}
	}
	for _, one := range l.bars {
		sooner(one.from)
	}
	for _, m := range l.marks {
		sooner(m.at)
	}
	if len(l.bars)+len(l.marks) == 0 {
		for _, t := range l.ticks {
			sooner(t.at)
		}
	}
	return first
}

// starts are the moments at which something began or happened, in all lanes.
func starts(lanes []lane) []time.Time {
	var moments []time.Time
	for _, l := range lanes {
		for _, one := range l.bars {
			moments = append(moments, one.from)
		}
		for _, m := range l.marks {
			moments = append(moments, m.at)
		}
	}
	return moments
}

// layout collects lanes.
type layout struct {
	lanes []lane
	at    map[string]int // lane by step
	open  map[key]int    // bar that has not ended, by step and round
	end   time.Time
	marks int
}

// lane returns the lane of a step, making it if there is none; -1 once there are too many.
func (b *layout) lane(step string) int {
	if i, known := b.at[step]; known {
		return i
	}
	if len(b.lanes) == maxLanes {
		return -1
	}
	b.at[step] = len(b.lanes)
	b.lanes = append(b.lanes, lane{name: step})
	return len(b.lanes) - 1
}

func (b *layout) entry(e v1alpha1.TimelineEntry) {
	switch e.Type {
	case v1alpha1.EventStepStarted, v1alpha1.EventAsked:
		if _, open := b.open[key{e.Step, e.Round}]; open {
			break // an approval asks several people
		}
		b.begin(e.Step, bar{from: e.At.Time, to: b.end, round: e.Round, stopped: true})
	case v1alpha1.EventStepDone:
		b.finish(e, false)
	case v1alpha1.EventStepCancelled, v1alpha1.EventStepSkipped:
		b.finish(e, true)
	case v1alpha1.EventEscalated:
		b.mark(e, markEscalation)
	case v1alpha1.EventNoticeRequested:
		b.mark(e, markNotice)
	case v1alpha1.EventLevelChanged, v1alpha1.EventCorrelated, v1alpha1.EventRoleHandedOver, v1alpha1.EventReopened,
		v1alpha1.EventIncidentRaised, v1alpha1.EventPostMortemOpened, v1alpha1.EventNobody, v1alpha1.EventApprovalVoid:
		b.mark(e, markEvent)
	}
}

func (b *layout) begin(step string, one bar) {
	if i := b.lane(step); i >= 0 {
		b.open[key{step, one.round}] = len(b.lanes[i].bars)
		b.lanes[i].bars = append(b.lanes[i].bars, one)
	}
}

func (b *layout) finish(e v1alpha1.TimelineEntry, stopped bool) {
	k := key{e.Step, e.Round}
	if n, open := b.open[k]; open {
		one := &b.lanes[b.at[e.Step]].bars[n]
		one.to, one.stopped = e.At.Time, stopped
		delete(b.open, k)
	}
}

func (b *layout) mark(e v1alpha1.TimelineEntry, kind markKind) {
	if b.marks == maxMarks {
		return
	}
	if i := b.lane(e.Step); i >= 0 {
		b.marks++
		b.lanes[i].marks = append(b.lanes[i].marks, mark{e.At.Time, kind, spaced(string(e.Type))})
	}
}

// fromState adds the steps that the run knows and the timeline has no beginning of.
func (b *layout) fromState(steps map[key]v1alpha1.StepState) {
	var missing []v1alpha1.StepState
	for _, s := range steps {
		if i, known := b.at[s.Name]; (!known || len(b.lanes[i].bars) == 0) && !s.StartedAt.IsZero() {
			missing = append(missing, s)
		}
	}
	slices.SortFunc(missing, func(a, b v1alpha1.StepState) int {
		if c := a.StartedAt.Compare(b.StartedAt.Time); c != 0 {
			return c
		}
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	for _, s := range missing {
		one := bar{from: s.StartedAt.Time, to: s.EndedAt.Time, round: s.Round, stopped: s.State != v1alpha1.StepDone}
		if one.to.IsZero() {
			one.to = b.end
		}
		b.begin(s.Name, one)
	}
}
