package soundness

import (
	"fmt"
	"maps"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/engine"
)

// next is everything that can come of a world; rewriting the remedy is told apart.
func (o *oracle) next(w *oracleWorld) (worlds, rewritten []oracleWorld) {
	for _, v := range o.facts {
		if v.drill != w.drill {
			continue
		}
		go1 := func(changed oracleWorld) { worlds = append(worlds, o.after(changed, v)) }
		go1(*w) // the facts alone
		for i := range o.plan.Nodes {
			for _, changed := range o.happens(w, i) {
				go1(changed)
			}
		}
		for _, changed := range incidentGoesOn(*w) {
			go1(changed)
		}
		if again := *w; again.remedy > 0 {
			again.remedy++
			rewritten = append(rewritten, o.after(again, v))
		}
	}
	return worlds, rewritten
}

// incidentGoesOn is what can happen to the incident of a complaint.
func incidentGoesOn(w oracleWorld) (out []oracleWorld) {
	if w.forIncidents {
		return nil
	}
	change := func(incident, act string) {
		w := w
		w.incident, w.act = incident, act
		out = append(out, w)
	}
	pending := string(v1alpha1.StepPending)
	switch w.incident {
	case "":
		change("open", pending)
	case "open":
		if w.act == pending {
			for _, how := range []v1alpha1.StepPhase{v1alpha1.StepDone, v1alpha1.StepSkipped, v1alpha1.StepCancelled} {
				change("open", string(how))
			}
			change("closed", string(v1alpha1.StepCancelled))
		} else {
			change("closed", w.act)
		}
	}
	return out
}

// happens is what can happen to a step that waits.
func (o *oracle) happens(w *oracleWorld, i int) (out []oracleWorld) {
	n, s := &o.plan.Nodes[i], &w.run.Steps[i]
	if s.State != v1alpha1.StepWaiting {
		return nil
	}
	if n.Head.Every == nil {
		for _, name := range s.Tasks {
			out = append(out, o.acts(w, i, string(name))...)
		}
		if n.Action.Notify != nil && slices.ContainsFunc(s.Notices, func(name v1alpha1.ObjectName) bool { return w.notices[string(name)] == v1alpha1.NoticeSending }) {
			for _, fate := range []v1alpha1.NoticeState{v1alpha1.NoticeDelivered, v1alpha1.NoticeFailed, v1alpha1.NoticeUncertain} {
				out = append(out, w.noticed(i, fate))
			}
		}
	}
	if at := o.clock(w, i); !at.IsZero() {
		out = append(out, letPass(*w, i, at.Sub(oracleNow)))
	}
	return out
}

// noticed is that the notices of a step have this fate.
func (w *oracleWorld) noticed(i int, fate v1alpha1.NoticeState) oracleWorld {
	then := *w
	then.notices = maps.Clone(w.notices)
	for _, name := range w.run.Steps[i].Notices {
		then.notices[string(name)] = fate
	}
	return then
}

// clock is when time next does something to a step; zero: never. A recurrence changes nothing, its deadline does.
func (o *oracle) clock(w *oracleWorld, i int) time.Time {
	s := &w.run.Steps[i]
	switch {
	case o.plan.Nodes[i].Head.Every == nil:
		return s.NextAt.Time
	case s.DueAt.IsZero() || !s.OverdueAt.IsZero():
		return time.Time{}
	}
	return s.DueAt.Add(time.Second)
}

// letPass lets so much time pass for one step alone, so that deadlines pass in every order.
func letPass(w oracleWorld, i int, span time.Duration) oracleWorld {
	w.run.Steps = slices.Clone(w.run.Steps)
	s := &w.run.Steps[i]
	for _, at := range []*metav1.Time{&s.StartedAt, &s.DueAt, &s.NextAt, &s.AcknowledgeBy, &s.OverdueAt} {
		if !at.IsZero() {
			*at = metav1.NewTime(at.Add(-span))
		}
	}
	return w
}

// acted is that people do something to a task.
func (w *oracleWorld) acted(name string, verb v1alpha1.TaskVerb, outcome v1alpha1.Identifier, by ...v1alpha1.User) oracleWorld {
	spec, then := w.specs[name], *w
	then.tasks = maps.Clone(w.tasks)
	task := then.tasks[name]
	task.Acts = slices.Clone(task.Acts)
	for _, u := range by {
		task.Acts = append(task.Acts, v1alpha1.TaskAct{ID: fmt.Sprint(len(task.Acts)), Verb: verb, By: u, At: metav1.NewTime(oracleNow), Outcome: outcome, Digest: spec.Assignment.Digest})
	}
	then.tasks[name] = task
	if spec.Writes != "" && then.remedy == 0 {
		then.remedy = 1
	}
	return then
}

// acts are what people can do to a task, with every answer it offers.
func (o *oracle) acts(w *oracleWorld, i int, name string) (out []oracleWorld) {
	spec, n := w.specs[name], &o.plan.Nodes[i]
	do := func(verb v1alpha1.TaskVerb, outcome v1alpha1.Identifier, by ...v1alpha1.User) {
		out = append(out, w.acted(name, verb, outcome, by...))
	}
	switch {
	case n.Action.Approval != nil:
		seats := engine.AskedFirst(spec.Assignment.Seats)
		do(v1alpha1.TaskApprove, "", seats...)
		do(v1alpha1.TaskRefuse, "", seats...)
	case n.Action.AssembleTeam != nil:
		do(v1alpha1.TaskAcknowledge, "", spec.Assignment.Assignee)
	case len(spec.Outcomes) == 0:
		do(v1alpha1.TaskComplete, "", spec.Assignment.Assignee)
	default:
		for _, outcome := range spec.Outcomes {
			do(v1alpha1.TaskComplete, outcome, spec.Assignment.Assignee)
		}
	}
	return out
}
