package engine

import (
	"cmp"
	"slices"
	"strings"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
	"tocsin.dev/tocsin/internal/names"
)

// raiseIncident opens an incident, or joins the open one with the same correlation key. The name of a correlated
// incident follows from the key, so that two complaints that raise it at the same moment raise the same one. One whose
// playbook cannot begin is not joined, unless the incident raised in its place would wait for the same playbook.
func (t *turn) raiseIncident(i int) {
	action := t.plan.Nodes[i].Action.RaiseIncident
	if t.partOfIncident() {
		t.event(v1alpha1.EventIncidentRaised, i, "", "the complaint is part of an incident already")
		t.finish(i, joined, nil, t.now)
		return
	}
	open, passedOver := t.f.OpenIncident, ""
	for _, u := range t.f.UnfitIncidents {
		if open == "" && u.Playbook == action.Playbook {
			open = u.Name
		}
		passedOver += "; " + u.Name + ", of the same matter, is not joined, because nobody is called there: " + u.Why
	}
	t.env.Incident = nil // one that it was part of is closed, and nothing more is known of the next before it is there
	if open != "" {
		t.effect(Join{Incident: open})
		t.event(v1alpha1.EventIncidentRaised, i, "", "joined "+open)
		t.finish(i, joined, nil, t.now)
		return
	}
	name := names.Child(string(t.f.Record.Name), "incident", t.nameParts(i, "incident")...)
	if t.f.CorrelationKey != "" {
		name = IncidentName(t.f.CorrelationKey, t.f.FormerIncidents)
	}
	raisedBy := t.f.Record
	spec := v1alpha1.CrisisIncidentSpec{
		Title:          cut(t.f.Title, 200),
		Level:          v1alpha1.LevelName(cmp.Or(string(action.Level), t.f.Level)),
		Playbook:       v1alpha1.ObjectName(action.Playbook),
		Team:           v1alpha1.ObjectName(action.Team),
		RaisedBy:       &raisedBy,
		CorrelationKey: t.f.CorrelationKey,
		About:          t.f.About,
	}
	if t.f.Complaint != nil {
		for _, s := range t.f.Complaint.Signals {
			spec.Signals = append(spec.Signals, v1alpha1.Identifier(s))
		}
	}
	t.effect(Raise{Name: name, Spec: spec})
	t.effect(Join{Incident: name})
	t.event(v1alpha1.EventIncidentRaised, i, "", "raised "+name+passedOver)
	t.finish(i, raised, nil, t.now)
}

// IncidentPrefix begins the names of incidents with a correlation key.
const IncidentPrefix = "incident-"

// IncidentName is what an incident with a correlation key is called after so many others with that key.
func IncidentName(key string, former int) string {
	return IncidentPrefix + names.Hash(key, strings.Repeat("+", former))
}

// partOfIncident is whether the complaint is part of an open incident, or has become so in this turn.
func (t *turn) partOfIncident() bool {
	if in := t.f.Incident; t.f.Complaint != nil && in != nil && in.Exists && !in.Closed {
		return true
	}
	return slices.ContainsFunc(t.out.Effects, func(e Effect) bool { _, is := e.(Join); return is })
}

// scheduleDrill plans a drill. A drill does not plan the next one: its schedule does.
func (t *turn) scheduleDrill(i int) {
	n := &t.plan.Nodes[i]
	action := n.Action.ScheduleDrill
	if t.f.Mode == v1alpha1.ModeDrill {
		t.event(v1alpha1.EventDrillScheduled, i, "", "this is a drill: no further drill is planned")
		t.finish(i, done, nil, t.now)
		return
	}
	at, err := calendar.AddSpan(n.Calendar, t.now, action.After)
	if err != nil {
		t.problem(i, "the date of the drill cannot be computed: "+err.Error())
		return
	}
	name := names.Child(string(t.f.Record.Name), "drill", t.nameParts(i, "drill")...)
	t.effect(PlanDrill{Name: name, Spec: v1alpha1.DrillScheduleSpec{
		Playbook: v1alpha1.ObjectName(cmp.Or(action.Playbook, t.run.Playbook)),
		Team:     v1alpha1.ObjectName(cmp.Or(action.Team, t.f.Team)),
		At:       stamp(at),
	}})
	t.event(v1alpha1.EventDrillScheduled, i, "", "a drill is planned for "+at.UTC().Format("2006-01-02"))
	t.finish(i, done, nil, t.now)
}

// openPostMortem opens the post-mortem with the corrective actions the playbook always asks for.
func (t *turn) openPostMortem(i int) {
	n := &t.plan.Nodes[i]
	action := n.Action.PostMortem
	due, err := calendar.AddSpan(n.Calendar, t.now, action.Due)
	if err != nil {
		t.problem(i, "the date of the corrective actions cannot be computed: "+err.Error())
		return
	}
	spec := v1alpha1.PostMortemSpec{Incident: t.f.Record, Due: &action.Due, Revision: v1alpha1.ObjectName(t.run.Revision.Name)}
	if h, ok := t.holderOrAbove(string(action.Owner), i); ok {
		spec.Owner = h.User
	}
	for k, text := range action.Actions {
		spec.Actions = append(spec.Actions, v1alpha1.CorrectiveAction{
			ID: "action-" + string(rune('a'+k)), Text: text, Owner: spec.Owner, DueAt: stamp(due), State: v1alpha1.CorrectiveOpen,
		})
	}
	name := names.Child(string(t.f.Record.Name), "postmortem", t.nameParts(i, "postmortem")...)
	t.effect(OpenPostMortem{Name: name, Spec: spec})
	t.event(v1alpha1.EventPostMortemOpened, i, spec.Owner, name)
	t.finish(i, done, nil, t.now)
}
