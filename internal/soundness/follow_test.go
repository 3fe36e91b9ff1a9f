package soundness

import (
	"fmt"
	"slices"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/engine"
)

// follower lets happen what a story tells, in the oracle's world, by engine.Decide and the plan as it is written but for the
// number of rounds, which the story counts in its own way.
type follower struct {
	*search
	*oracle
}

func newFollower(s *search, o *oracle) *follower {
	plan := *o.plan
	plan.Nodes = slices.Clone(plan.Nodes)
	for i := range plan.Nodes {
		if r := plan.Nodes[i].Repeat; r != nil {
			fewer := *r
			fewer.Max = s.Nodes[i].Repeat.Max
			plan.Nodes[i].Repeat = &fewer
		}
	}
	again := *o
	again.plan = &plan
	return &follower{search: s, oracle: &again}
}

// getsStuck says how the story of a dead end is not true; empty: each of its moves can be made, and after them nothing that
// anybody does, and no time that passes, ends another step, while the step in the way stays open.
func (f *follower) getsStuck(at int32) string {
	var w oracleWorld
	for _, m := range f.path(at) {
		then, ok := f.happen(w, m)
		if !ok {
			return "cannot happen: " + f.words(m, false)
		}
		w = then
	}
	ended := func(w *oracleWorld) (out []string) {
		for i := range w.run.Steps {
			if s := &w.run.Steps[i]; s.State != v1alpha1.StepPending && s.State != v1alpha1.StepWaiting {
				out = append(out, s.Name)
			}
		}
		return out
	}
	are := ended(&w)
	known := map[string]bool{f.key(&w): true}
	for open := []oracleWorld{w}; len(open) > 0; open = open[1:] {
		if now := ended(&open[0]); open[0].run.Result != "" || !slices.Equal(now, are) {
			return fmt.Sprintf("goes on: %v have ended, before it was %v", now, are)
		}
		worlds, _ := f.next(&open[0])
		for _, w := range worlds {
			if key := f.key(&w); !known[key] {
				known[key] = true
				open = append(open, w)
			}
		}
	}
	return ""
}

// happen is the world after a move; false when it cannot be made.
func (f *follower) happen(w oracleWorld, m move) (oracleWorld, bool) {
	v := f.values[m.facts]
	facts := oracleFacts{category: v.complaint.Category, affected: v.complaint.Affected, reopened: v.complaint.Reopened, noContact: v.noContact, open: v.open,
		drill: v.incident.Drill, complaints: v.incident.Complaints}
	if m.kind == begins {
		return f.begin(facts), true
	}
	if m.ofStep() && w.run.Steps[m.step].State != v1alpha1.StepWaiting {
		return w, false
	}
	switch i := int(m.step); m.kind {
	case answers, approves, refuses, acknowledges:
		for _, name := range w.run.Steps[i].Tasks {
			w = f.answer(w, i, string(name), m)
		}
	case delivers, loses, doubts:
		w = w.noticed(i, fates[m.kind-delivers+1])
	case runsOut:
		return f.timePasses(w, i, facts)
	case rewrites:
		w.remedy++
	case joins:
		w.incident, w.act = "open", string(v1alpha1.StepPending)
	case incidentStepEnds:
		w.act = string([...]v1alpha1.StepPhase{"", v1alpha1.StepSkipped, v1alpha1.StepCancelled, v1alpha1.StepDone}[min(m.choice, wasDone)])
	case incidentCloses:
		w.incident = "closed"
		if w.act == string(v1alpha1.StepPending) {
			w.act = string(v1alpha1.StepCancelled)
		}
	}
	return f.after(w, facts), true
}

// answer is that those asked by a task do what a move says.
func (f *follower) answer(w oracleWorld, i int, name string, m move) oracleWorld {
	spec := w.specs[name]
	switch m.kind {
	case approves:
		return w.acted(name, v1alpha1.TaskApprove, "", engine.AskedFirst(spec.Assignment.Seats)...)
	case refuses:
		return w.acted(name, v1alpha1.TaskRefuse, "", engine.AskedFirst(spec.Assignment.Seats)...)
	case acknowledges:
		return w.acted(name, v1alpha1.TaskAcknowledge, "", spec.Assignment.Assignee)
	}
	outcome := v1alpha1.Identifier("")
	if len(spec.Outcomes) > 0 {
		outcome = f.offers(i)[m.choice]
	}
	return w.acted(name, v1alpha1.TaskComplete, outcome, spec.Assignment.Assignee)
}

// timePasses lets the clock of a step run until it has done more than remind.
func (f *follower) timePasses(w oracleWorld, i int, facts oracleFacts) (oracleWorld, bool) {
	before := w.run.Steps[i]
	for range 20 {
		at := f.clock(&w, i)
		if at.IsZero() {
			return w, false
		}
		w = f.after(letPass(w, i, at.Sub(oracleNow)), facts)
		if s := &w.run.Steps[i]; s.State != before.State || s.Round != before.Round || s.OverdueAt.IsZero() != before.OverdueAt.IsZero() || s.Rung != before.Rung {
			return w, true
		}
	}
	return w, false
}
