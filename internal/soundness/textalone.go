package soundness

import (
	"math"
	"slices"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/engine"
	"tocsin.dev/tocsin/internal/playbook"
)

// happensAfterAny is whether something that no run does that begins by itself may happen in one that takes over from a playbook
// nobody knows: whatever steps that decide about it such a playbook might have done. Where those are too many to try, it may.
func (s *search) happensAfterAny(n *never, o Options, looked *Verdict) bool {
	if s.For != v1alpha1.RecordComplaint || s.neverByFacts(n) {
		return false
	}
	var t *search
	lean := newLeanBetween(s.written, []*playbook.Plan{s.written}, nil)
	t = newSearchOf(lean, Options{Limit: o.Limit, Stop: func() bool { return o.Stop != nil && o.Stop() || n.happens(t) }})
	t.diveAt = math.MaxInt // what goes wrong after a take-over is not asked here
	begun, all := t.begunBy(t.deciders(n))
	for k := 0; k < len(begun) && !t.full && !t.stopped; k++ {
		t.beginWith(begun[k])
	}
	t.run()
	looked.States, looked.Moves = looked.States+len(t.states), looked.Moves+t.moves
	return n.happens(t) || t.full || t.stopped || !all
}

// neverByFacts is whether a step never happens because of what no facts there are let hold, whatever was done.
func (s *search) neverByFacts(n *never) bool {
	return n.Reason == NeverHappens && slices.ContainsFunc(s.exprs, func(c condition) bool {
		if c.node != n.node || c.expr != s.Nodes[n.node].When || len(c.steps) > 0 || c.incident() || slices.Contains(c.facts, "run.round") {
			return false
		}
		return !slices.ContainsFunc(s.values, func(v values) bool {
			holds, err := c.expr.Holds(&playbook.Env{Complaint: &v.complaint, Incident: &v.incident, Level: v.level})
			return holds || err != nil
		})
	})
}

// deciders are the steps by which it is decided whether something happens: those its conditions look at, those it needs, and
// those that decide about these.
func (s *search) deciders(n *never) []int {
	var out []int
	add := func(steps ...int) {
		for _, i := range steps {
			if i >= 0 && !slices.Contains(out, i) {
				out = append(out, i)
			}
		}
	}
	add(n.node)
	if n.region >= 0 {
		add(s.Regions[n.region].Nodes...)
	}
	for k := 0; k < len(out); k++ {
		i := out[k]
		add(s.Nodes[i].Parent)
		add(s.Nodes[i].Needs...)
		add(s.Nodes[i].Children...)
		for _, c := range s.exprs {
			if c.node == i || c.region >= 0 && slices.Contains(s.Regions[c.region].Nodes, i) {
				add(c.steps...)
			}
		}
	}
	return out
}

// begunBy are runs in which some of these steps are done already, each way in which they can be and in which an incident can stand, and
// whether that is all of them.
func (s *search) begunBy(steps []int) (out []given, all bool) {
	out = []given{{run: engine.Start(s.written, &engine.Facts{}, v1alpha1.RevisionReference{Name: "r"}, 2, now)}}
	for _, i := range steps {
		ways := s.doneElsewhere(i)
		if s.carried[i] && s.looked[i].rung || len(out)*(1+len(ways)) > mostGiven {
			return out, false
		}
		for _, g := range out {
			for _, way := range ways {
				with := g
				with.run.Steps = slices.Clone(g.run.Steps)
				with.run.Steps[i] = way
				if way.Digest != "" {
					with.written = 1
				}
				out = append(out, with)
			}
		}
	}
	incidents := s.comesOf(playbook.IncidentFacts{})
	if len(out)*len(incidents) > mostGiven {
		return out[1:], false
	}
	var begun []given
	for _, g := range out {
		for _, g.incident = range incidents {
			begun = append(begun, g)
		}
	}
	return begun[1:], true
}

// doneElsewhere are the ways in which a step can have been done under another playbook, as far as conditions tell them apart.
func (s *search) doneElsewhere(i int) (out []v1alpha1.StepState) {
	if !s.carried[i] {
		return nil
	}
	endings := engine.Endings(&s.written.Nodes[i])
	approval := s.Nodes[i].Action.Approval
	if !s.looked[i].outcome && approval == nil {
		endings = endings[:min(len(endings), 1)]
	}
	for _, outcome := range endings {
		st := v1alpha1.StepState{Name: s.Nodes[i].Path, State: v1alpha1.StepDone, Outcome: outcome, StartedAt: ago, EndedAt: today}
		if approval != nil && approval.Of != "" {
			st.Digest = current
		}
		out = append(out, st)
		if s.looked[i].overdue {
			st.OverdueAt = ago
			out = append(out, st)
		}
	}
	return out
}
