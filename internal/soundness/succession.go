package soundness

import (
	"cmp"
	"math"
	"slices"
	"strconv"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/engine"
	"tocsin.dev/tocsin/internal/playbook"
)

// DefaultHandedOver is how many states of a playbook are looked at for what its runs may hand over.
const DefaultHandedOver = 20_000

// mostGiven is with how many things a playbook's runs begin at most.
const mostGiven = 4_096

// Succession knows what runs of some playbooks may hand to runs of others, when the level of a case changes.
type Succession struct {
	stages map[*playbook.Plan]*stage
	// order are its playbooks, so that what is found never varies.
	order []*playbook.Plan
}

// stage is a playbook whose runs give way to those of others and take over from them.
type stage struct {
	*search
	before, after []*playbook.Plan
	// looked is up to which state what can be handed over was looked at; known is what was handed to this one already.
	looked int
	known  map[state]bool
	// alone is what a run begins with that takes over from none.
	alone state
	// more is whether it was handed more than is looked at.
	more bool
	// handed are the parts of states that were handed over already.
	handed map[string]bool
}

// given is what a run begins with that takes over from another: the state of the other at which that comes about.
type given struct {
	from    *search
	at      int32
	run     v1alpha1.Run
	written byte
	// incident is how the incident stands that the complaint is part of.
	incident playbook.IncidentFacts
}

// NewSuccession works out what runs of playbooks may hand over. after are for each playbook those that may take over from it; o bounds
// what is looked at of each, by default 20,000 states.
func NewSuccession(order []*playbook.Plan, after map[*playbook.Plan][]*playbook.Plan, o Options) *Succession {
	r := &Succession{stages: map[*playbook.Plan]*stage{}, order: order}
	before := map[*playbook.Plan][]*playbook.Plan{}
	for _, plan := range order {
		for _, next := range after[plan] {
			before[next] = append(before[next], plan)
		}
	}
	for _, plan := range order {
		l := newLeanBetween(plan, before[plan], after[plan])
		s := newSearchOf(l, Options{Limit: cmp.Or(o.Limit, DefaultHandedOver), Stop: o.Stop})
		s.diveAt = math.MaxInt
		s.start()
		first := &stage{search: s, before: before[plan], after: after[plan], known: map[state]bool{}, handed: map[string]bool{}}
		first.alone = first.beginning(&given{run: engine.Start(plan, &engine.Facts{}, v1alpha1.RevisionReference{Name: "r"}, 1, now)})
		r.stages[plan] = first
	}
	for again := true; again; {
		again = false
		for _, plan := range order {
			if l := r.stages[plan]; l.looked < len(l.states) && len(l.after) > 0 && !l.stopped {
				l.run()
				r.handOver(l)
				again = true
			}
		}
	}
	return r
}

// handOver hands what was found in a stage to those that may take over.
func (r *Succession) handOver(l *stage) {
	for ; l.looked < len(l.states); l.looked++ {
		st := l.states[l.looked]
		last := st[len(l.Nodes)*stepBytes:]
		if last[2] != 0 || l.isHanded(st) {
			continue
		}
		if l.stopped = l.stopped || l.stop != nil && l.stop(); l.stopped {
			return
		}
		l.decode(st, &l.room)
		for _, plan := range l.after {
			r.stages[plan].take(l.search, int32(l.looked))
		}
	}
}

// isHanded is whether what a state hands over is known, and notes it.
func (l *stage) isHanded(st state) bool {
	last := st[len(l.Nodes)*stepBytes:]
	key := []byte{last[0]}
	if l.handsIncident {
		key = append(append(key, last[1]), last[lastBytes:]...)
	}
	for i := range l.Nodes {
		if !l.search.handed[i] {
			continue
		}
		if st[i*stepBytes]&phaseBits == 2 {
			key = append(key, st[i*stepBytes:(i+1)*stepBytes]...)
		} else {
			key = append(key, 0)
		}
	}
	was := l.handed[string(key)]
	l.handed[string(key)] = true
	return was
}

// take has a stage begin with what another one hands over in a state, which lies in its room. It learns in the same turn that the
// level changed and what became of the incident since the other one looked, so everything that can is tried.
func (l *stage) take(from *search, at int32) {
	for _, old := range answered(from.written, from.room.run) {
		run := engine.CarryOver(l.written, engine.Start(l.written, &engine.Facts{}, v1alpha1.RevisionReference{Name: "r"}, 2, now), from.written, old)
		run.Steps = run.Steps[:len(l.Nodes)]
		l.takeWith(given{from: from, at: at, run: run, written: from.room.written, incident: from.incidentFacts(from.room.incident, from.room.steps)})
	}
}

// takeWith has it begin with that, and with all that may have become of the incident.
func (l *stage) takeWith(g given) {
	if l.known[l.beginning(&g)] { // then the rest is, too
		return
	}
	for _, incident := range l.comesOf(g.incident) {
		g.incident = incident
		key := l.beginning(&g)
		if l.known[key] {
			continue
		}
		if l.more = l.more || len(l.given) == mostGiven; l.more {
			return
		}
		if l.known[key] = true; key != l.alone {
			l.beginWith(g)
		}
	}
}

// answered are the runs that a state can stand for: what is done was answered by somebody, each step by another one, or ended so
// when its deadline passed, where it can.
func answered(plan *playbook.Plan, run v1alpha1.Run) []v1alpha1.Run {
	run.Steps = slices.Clone(run.Steps)
	out := []v1alpha1.Run{run}
	for i := range run.Steps {
		if run.Steps[i].State != v1alpha1.StepDone {
			continue
		}
		o := plan.Nodes[i].Head.Overdue
		silent := o != nil && o.Outcome != "" && o.Outcome == run.Steps[i].Outcome && len(out) < mostAnswered
		for _, r := range out {
			if silent {
				also := r
				also.Steps = slices.Clone(r.Steps)
				out = append(out, also)
			}
			r.Steps[i].By = []v1alpha1.User{v1alpha1.User("who-" + strconv.Itoa(i))}
		}
	}
	return out
}

// mostAnswered bounds in how many ways the steps of a state are taken to have been answered, or not.
const mostAnswered = 64

// beginning tells apart what runs begin with.
func (l *stage) beginning(g *given) state {
	digest := ""
	if g.written != 0 {
		digest = current
	}
	stands, steps := l.incidentState(&g.incident)
	return l.encode(&g.run, func(int) byte { return 0 }, digest, stands, steps, 0)
}

// beginWith adds the states of runs that begin with what was handed to them.
func (s *search) beginWith(g given) {
	s.given = append(s.given, g)
	l := look{run: g.run, fates: make([]byte, len(s.Nodes)), written: g.written}
	l.incident, l.steps = s.incidentState(&g.incident)
	l.run.Roles = s.roles
	s.beginAt(&l, len(s.given))
}

// givenBy is what a run begins with by a move, nil where that is nothing.
func (s *search) givenBy(m move) *given {
	if m.kind != begins || m.choice == 0 {
		return nil
	}
	return &s.given[m.choice-1]
}

// tookOver names the playbook that a run took over from which begins by a move, empty where it did from none.
func (s *search) tookOver(first move) string {
	if g := s.givenBy(first); g != nil {
		return g.from.Name
	}
	return ""
}

// TakesOver is whether runs of a plan may take over from those of another.
func (r *Succession) TakesOver(plan *playbook.Plan) bool { return len(r.before(plan)) > 0 }

// before are the playbooks that a plan may take over from.
func (r *Succession) before(plan *playbook.Plan) []*playbook.Plan {
	if r == nil || r.stages[plan] == nil {
		return nil
	}
	return r.stages[plan].before
}

// givenTo is what runs of a plan may begin with besides nothing.
func (r *Succession) givenTo(plan *playbook.Plan) []given {
	if r == nil || r.stages[plan] == nil {
		return nil
	}
	return r.stages[plan].given
}

// unseen says why what runs of a plan begin with may not be all they can.
func (r *Succession) unseen(plan *playbook.Plan) (out []string) {
	for _, from := range r.before(plan) {
		if l := r.stages[from]; l.full || l.stopped {
			out = append(out, "not proved of runs that take over from playbook "+from.Name+" beyond what that one comes to in "+thousands(l.looked)+" states")
		}
	}
	if len(out) == 0 && r != nil && r.stages[plan] != nil && r.stages[plan].more {
		out = append(out, "not proved of runs that take over from another playbook beyond "+thousands(mostGiven)+" ways in which that can come about")
	}
	return out
}
