package engine

import (
	"fmt"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/names"
	"tocsin.dev/tocsin/internal/roster"
)

// beginTeam calls the team: a notice and a task to acknowledge for everybody.
func (t *turn) beginTeam(i int) {
	s, action := &t.run.Steps[i], t.plan.Nodes[i].Action.AssembleTeam
	people := t.called(i)
	if len(people) == 0 {
		t.problem(i, "the team has nobody who can be called")
		return
	}
	template := string(action.Template)
	if template == "" {
		template = "assemble"
	}
	for _, p := range people {
		name := t.callTask(i, p)
		t.tellPerson(i, "call/"+p.Name, p, template, name)
	}
	t.event(v1alpha1.EventAsked, i, "", fmt.Sprintf("%d people are called together; %d must acknowledge", len(people), t.callQuorum(i)))
	s.Problem = ""
}

// called are the members to call: those with one of the duties, without the recused.
func (t *turn) called(i int) []roster.Person {
	action := t.plan.Nodes[i].Action.AssembleTeam
	team := action.Team
	if team == "" {
		team = t.f.Team
	}
	duties := make([]string, len(action.Duties))
	for k, d := range action.Duties {
		duties[k] = string(d)
	}
	var out []roster.Person
	for _, p := range t.f.Roster.Members(team, duties) {
		if !isRecused(t.recused, p.User) && len(out) < mostCalled {
			out = append(out, p)
		}
	}
	return out
}

// mostCalled bounds a call: a step remembers at most 64 tasks.
const mostCalled = 64

func (t *turn) callTask(i int, p roster.Person) string {
	n, s := &t.plan.Nodes[i], &t.run.Steps[i]
	name := names.Child(string(t.f.Record.Name), s.Name, t.nameParts(i, "call/"+p.Team+"/"+p.Name)...)
	a := v1alpha1.Assignment{Assignee: p.User, MayAct: []v1alpha1.User{p.User}, Recused: t.recused, DueAt: s.DueAt}
	for _, d := range t.f.Roster.Deputies(p, t.now, func(u v1alpha1.User) bool { return isRecused(t.recused, u) || u == p.User }) {
		a.MayAct = append(a.MayAct, d.User)
	}
	t.effect(OpenTask{Name: name, Spec: v1alpha1.ResponseTaskSpec{
		Record: t.f.Record, Step: s.Name, Round: s.Round, Type: v1alpha1.TaskTypeAcknowledgement, Mode: t.f.Mode,
		Instructions: n.Head.Description, Assignment: a,
	}})
	s.Tasks = append(s.Tasks, v1alpha1.ObjectName(name))
	return name
}

func (t *turn) callQuorum(i int) int {
	q := int(t.plan.Nodes[i].Action.AssembleTeam.Quorum)
	called := len(t.run.Steps[i].Tasks)
	if q == 0 || q > called {
		return called
	}
	return q
}

// awaitTeam counts who has acknowledged. An acknowledgement counts once a task, whoever of those called gave it.
func (t *turn) awaitTeam(i int) {
	s := &t.run.Steps[i]
	if len(s.Tasks) == 0 {
		t.beginTeam(i)
		return
	}
	var by []v1alpha1.User
	last := s.StartedAt.Time
	for _, name := range s.Tasks {
		for _, act := range t.f.Tasks[string(name)].Acts {
			if act.Verb == v1alpha1.TaskAcknowledge || act.Verb == v1alpha1.TaskComplete {
				by = append(by, act.By)
				if at := t.actTime(i, act); at.After(last) && len(by) <= t.callQuorum(i) {
					last = at
				}
				break
			}
		}
	}
	for k := int(s.ActsSeen); k < len(by); k++ {
		t.event(v1alpha1.EventActed, i, by[k], "acknowledged the call")
	}
	s.ActsSeen = int32(max(len(by), int(s.ActsSeen)))
	if q := t.callQuorum(i); len(by) >= q {
		t.finish(i, "assembled", by[:min(q, 16)], last)
	}
}

// assignRole fills a role and tells its holder. Where nobody can play it the step waits and tries again at every turn.
func (t *turn) assignRole(i int) {
	s, action := &t.run.Steps[i], t.plan.Nodes[i].Action.AssignRole
	h, ok := t.holderOrAbove(string(action.Role), i)
	if !ok {
		t.problem(i, "nobody can be "+string(action.Role)+": everybody with that duty is away or may take no part; add a deputy to the team")
		return
	}
	if h.Name != string(action.Role) {
		h.Name, h.Since = string(action.Role), stamp(t.now)
		t.run.Roles = append(t.run.Roles, h)
		t.event(v1alpha1.EventRoleAssigned, i, h.User, h.Name+" is "+h.Person)
	}
	s.Problem = ""
	template := string(action.Template)
	if template == "" {
		template = "roleAssigned"
	}
	t.tell(i, "role", h, template, "")
	t.finish(i, "assigned", nil, t.now)
}
