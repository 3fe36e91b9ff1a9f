package cli

import (
	"context"
	"slices"
	"strings"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/history"
)

// effects is what became of the acts on a task, as far as the timeline of its record tells.
type effects struct {
	// leftOut is why acts changed nothing, by their place among the acts of the task.
	leftOut map[int]string
	// unsure is that some changed nothing, and which cannot be told.
	unsure bool
}

// effects reads the timeline of a task's record. A call to assemble is answered once, and what else was written on it has no
// entries.
func (c *cluster) effects(ctx context.Context, task *v1alpha1.ResponseTask, r *record) effects {
	if task.Spec.Type == v1alpha1.TaskTypeAcknowledgement || !slices.ContainsFunc(task.Spec.Acts, func(act v1alpha1.TaskAct) bool { return act.Verb != v1alpha1.TaskComment }) {
		return effects{}
	}
	entries, err := history.Read(ctx, c, c.namespace, r.object.GetName(), r.status.Timeline)
	if err != nil {
		return effects{unsure: true}
	}
	return effectsOf(task, entries)
}

// wasLeftOut stands in the timeline between the verb of an act that changed nothing and the reason.
const wasLeftOut = " was left out: "

// effectsOf pairs the acts of a task with the entries about them. Each person's acts have an entry each, in the same order:
// ActIgnored, or what came of it. The same step in an earlier run had another task, so with several runs nothing is sure.
func effectsOf(task *v1alpha1.ResponseTask, entries []v1alpha1.TimelineEntry) effects {
	runs, ignored := 0, false
	about := map[v1alpha1.User][]v1alpha1.TimelineEntry{}
	for _, e := range entries {
		if e.Type == v1alpha1.EventRunStarted {
			runs++
		}
		if e.Step != task.Spec.Step || e.Round != task.Spec.Round || !answersAnAct(task.Spec.Type, &e) {
			continue
		}
		ignored = ignored || e.Type == v1alpha1.EventActIgnored
		about[e.Actor] = append(about[e.Actor], e)
	}
	switch {
	case !ignored:
		return effects{}
	case runs > 1:
		return effects{unsure: true}
	}
	out := effects{leftOut: map[int]string{}}
	for k, act := range task.Spec.Acts {
		list := about[act.By]
		if act.Verb == v1alpha1.TaskComment || len(list) == 0 { // the operator has not seen it yet
			continue
		}
		e := list[0]
		about[act.By] = list[1:]
		if e.Type != v1alpha1.EventActIgnored {
			continue
		}
		verb, why, _ := strings.Cut(e.Text, wasLeftOut)
		if verb != string(act.Verb) {
			return effects{unsure: true}
		}
		out.leftOut[k] = why
	}
	for _, rest := range about {
		if len(rest) > 0 {
			return effects{unsure: true}
		}
	}
	return out
}

// answersAnAct is whether an entry says what became of somebody's act on a task. An approval is done by the vote that was
// noted just before. Of what was erased nobody can say whose it was.
func answersAnAct(typ v1alpha1.TaskType, e *v1alpha1.TimelineEntry) bool {
	switch e.Type {
	case v1alpha1.EventActIgnored:
		verb, _, _ := strings.Cut(e.Text, wasLeftOut)
		return e.Salt == "" || verb != string(v1alpha1.RecordSkip) && verb != string(v1alpha1.RecordReassign)
	case v1alpha1.EventActed, v1alpha1.EventDeadlineMoved:
		return e.Actor != "" || e.Salt == ""
	case v1alpha1.EventStepDone:
		return e.Actor != "" && typ != v1alpha1.TaskTypeApproval
	default:
		return false
	}
}
