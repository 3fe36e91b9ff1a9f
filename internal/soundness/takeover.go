package soundness

import (
	"cmp"
	"slices"
	"strings"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/engine"
	"tocsin.dev/tocsin/internal/playbook"
)

// carriedFrom marks the steps of a plan that may stay done where it takes over from others, handedTo those of which others may keep
// that they are done.
func carriedFrom(plan *playbook.Plan, before []*playbook.Plan) []bool {
	return marked(plan, before, func(other *playbook.Plan, k, i int) bool { return engine.MayStandFor(other, k, plan, i) })
}

func handedTo(plan *playbook.Plan, after []*playbook.Plan) []bool {
	return marked(plan, after, func(other *playbook.Plan, k, i int) bool { return engine.MayStandFor(plan, i, other, k) })
}

func marked(plan *playbook.Plan, others []*playbook.Plan, stands func(other *playbook.Plan, k, i int) bool) []bool {
	out := make([]bool, len(plan.Nodes))
	for _, i := range plan.Roots {
		out[i] = slices.ContainsFunc(others, func(o *playbook.Plan) bool {
			return slices.ContainsFunc(o.Roots, func(k int) bool { return stands(o, k, i) })
		})
	}
	return out
}

// watch notes what playbooks that take over look at of a step: how it ended, because that decides whether it stays done, and
// whatever their conditions ask; and of the incident.
func (l *lean) watch(after []*playbook.Plan) {
	for i, handed := range l.handed {
		l.looked[i].outcome = handed
	}
	for _, plan := range after {
		other := newLean(plan)
		l.handsIncident = l.handsIncident || other.seesIncident
		for _, s := range other.incident {
			l.noteIncidentStep(s.name, s.outcomes, s.ends)
		}
		for k := range other.Nodes {
			for i, handed := range l.handed {
				if handed && l.written.Nodes[i].Path == plan.Nodes[k].Path {
					l.looked[i].overdue = l.looked[i].overdue || other.looked[k].overdue
					l.looked[i].rung = l.looked[i].rung || other.looked[k].rung
				}
			}
		}
	}
}

// happening is a move and the search of the playbook under which it happens.
type happening struct {
	*search
	move
}

// whole are the moves that lead to others under the playbooks before this one, and they.
func (s *search) whole(moves []move) []happening {
	var out []happening
	if len(moves) > 0 {
		if g := s.givenBy(moves[0]); g != nil {
			out = g.from.whole(g.from.path(g.at))
		}
	}
	for _, m := range moves {
		out = append(out, happening{s, m})
	}
	return out
}

// takesOver says with what a run begins that takes over from another.
func (s *search) takesOver(g *given) string {
	var done []string
	for i := range g.run.Steps {
		if st := &g.run.Steps[i]; st.State == v1alpha1.StepDone {
			done = append(done, s.Nodes[i].Path+" as "+quoted(string(st.Outcome)))
		}
	}
	text := "the level changes, and playbook " + s.Name + " takes over from " + g.from.Name
	if len(done) > 0 {
		text += "; done already: " + strings.Join(done, ", ")
	}
	return text + s.incidentWords(s.incidentState(&g.incident))
}

// incidentWords say how the incident stands that the complaint is part of, if it is of one.
func (s *search) incidentWords(stands byte, steps []byte) string {
	if stands == noIncident {
		return ""
	}
	text := "; the complaint is part of an incident"
	if stands == closedIncident {
		text += " that is closed"
	}
	for k, how := range steps {
		switch name := s.incident[k].name; how {
		case notEnded:
		case wasSkipped:
			text += ", in which " + name + " was skipped"
		case wasCancelled:
			text += ", in which " + name + " was cancelled"
		default:
			text += ", in which " + name + " has ended as " + quoted(s.incident[k].outcomes[how-wasDone])
		}
	}
	return text
}

// takeOver plays what happened under the playbook before, and lets this one take over.
func (r *replay) takeOver(g *given) bool {
	was := g.from.newReplay()
	before, ok := was.playMoves(g.from.path(g.at))
	if !ok || was.run.Result != "" {
		return false
	}
	r.before = before
	r.now, r.writings, r.facts.Digests = was.now.Add(answerTime), was.writings, was.facts.Digests
	if !was.passUntil(r.now) || was.run.Result != "" {
		return false
	}
	stopped := engine.Stop(was.plan, was.run, was.facts, v1alpha1.RunSuperseded, "the level changed", r.now, r.now)
	run := engine.Start(r.plan, r.facts, v1alpha1.RevisionReference{Name: "r"}, stopped.Run.ID+1, r.now)
	r.run = engine.CarryOver(r.plan, run, was.plan, stopped.Run)
	return slices.EqualFunc(r.run.Steps[:len(g.run.Steps)], g.run.Steps, func(a, b v1alpha1.StepState) bool {
		return a.State == b.State && a.Outcome == cmp.Or(b.Outcome, a.Outcome)
	})
}
