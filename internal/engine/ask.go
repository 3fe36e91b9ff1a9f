package engine

import (
	"slices"
	"strconv"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
	"tocsin.dev/tocsin/internal/names"
	"tocsin.dev/tocsin/internal/roster"
)

// ask opens the one task of a step and tells the assignee. If nobody can be asked the step keeps a problem and the
// question is put again at every later turn.
func (t *turn) ask(i int, typ v1alpha1.TaskType, role string, outcomes []v1alpha1.Identifier) {
	s := &t.run.Steps[i]
	h, ok := t.holderOrAbove(role, i)
	if !ok {
		t.problem(i, "nobody can be asked as "+t.ownRole(role, i)+": everybody with that duty is away or may take no part; add a deputy to the team")
		return
	}
	s.Problem = ""
	s.Assignee = h.User
	name := t.openTask(i, typ, outcomes, t.assignment(i, nil))
	t.tell(i, "asked", h, "taskAssigned", name)
	t.event(v1alpha1.EventAsked, i, h.User, t.askedText(i, typ, h))
	if task := t.plan.Nodes[i].Action.Task; task != nil && task.AcknowledgeWithin != "" {
		s.AcknowledgeBy = stamp(t.now.Add(calendar.Elapsed(task.AcknowledgeWithin)))
	}
}

// tellDeputies tells those who may stand in for an assignee from whom no sign came in time.
func (t *turn) tellDeputies(i int) {
	s := &t.run.Steps[i]
	s.AcknowledgeBy = metav1.Time{}
	p, ok := t.personOf(s.Assignee)
	if !ok {
		return
	}
	var told []string
	for k, d := range t.standIns(v1alpha1.RoleHolder{Name: t.assignment(i, nil).Role, Team: p.Team, Person: p.Name, User: p.User}, nil) {
		t.tellPerson(i, "deputy"+strconv.Itoa(k), d, "taskAssigned", t.firstTask(i))
		told = append(told, d.Name)
	}
	if len(told) > 0 {
		t.event(v1alpha1.EventEscalated, i, "", "no sign from "+p.Name+" yet; told as deputies: "+strings.Join(told, ", "))
	}
}

func (t *turn) askedText(i int, typ v1alpha1.TaskType, h v1alpha1.RoleHolder) string {
	text := h.Person + " (" + h.Name + ") is asked for " + strings.ToLower(string(typ))
	if due := t.run.Steps[i].DueAt; !due.IsZero() {
		text += ", due " + due.UTC().Format(time.RFC3339)
	}
	return text
}

// openTask creates the task of a step and remembers it.
func (t *turn) openTask(i int, typ v1alpha1.TaskType, outcomes []v1alpha1.Identifier, a v1alpha1.Assignment) string {
	n, s := &t.plan.Nodes[i], &t.run.Steps[i]
	name := names.Child(string(t.f.Record.Name), s.Name, t.nameParts(i, "task")...)
	spec := v1alpha1.ResponseTaskSpec{
		Record:       t.f.Record,
		Step:         s.Name,
		Round:        s.Round,
		Type:         typ,
		Mode:         t.f.Mode,
		Instructions: n.Head.Description,
		Outcomes:     outcomes,
		Assignment:   a,
	}
	if n.Action.Task != nil {
		spec.Writes = n.Action.Task.Writes
	}
	t.effect(OpenTask{Name: name, Spec: spec})
	s.Tasks = append(s.Tasks, v1alpha1.ObjectName(name))
	return name
}

// assignment works out who may act on the step's task now: the assignee, their deputies, and everybody the ladder was
// climbed to. extra are recused for this step only.
func (t *turn) assignment(i int, extra []v1alpha1.Recusal) v1alpha1.Assignment {
	s := &t.run.Steps[i]
	recused := slices.Concat(t.recused, extra)
	for _, u := range s.Declined {
		recused = append(recused, v1alpha1.Recusal{User: u, Reason: "declined"})
	}
	a := v1alpha1.Assignment{Assignee: s.Assignee, DueAt: s.DueAt, Rung: s.Rung, Recused: recused}
	for _, h := range t.run.Roles {
		if h.User == s.Assignee && slices.Contains(askedRolesNow(t, i), h.Name) {
			a.Role = h.Name
		}
	}
	may := func(u v1alpha1.User) {
		if !isRecused(recused, u) && !slices.Contains(a.MayAct, u) {
			a.MayAct = append(a.MayAct, u)
		}
	}
	if s.Assignee != "" {
		may(s.Assignee)
		if p, ok := t.personOf(s.Assignee); ok {
			for _, d := range t.standIns(v1alpha1.RoleHolder{Name: a.Role, Team: p.Team, Person: p.Name, User: p.User}, recused) {
				may(d.User)
			}
		}
	}
	for _, h := range t.rungs(i) {
		may(h.User)
	}
	return a
}

func askedRolesNow(t *turn, i int) []string {
	roles := askedRoles(&t.plan.Nodes[i])
	for k, r := range roles {
		roles[k] = t.ownRole(r, i)
	}
	return append(roles, t.plan.Nodes[i].Ladder...)
}

// reassign writes the assignment of the step's tasks anew.
func (t *turn) reassign(i int) {
	a := &t.plan.Nodes[i].Action
	s := &t.run.Steps[i]
	if len(s.Tasks) == 0 {
		return
	}
	if a.Approval != nil {
		t.effect(Reassign{Name: string(s.Tasks[0]), Assignment: t.seats(i)})
		return
	}
	if a.AssembleTeam != nil {
		return
	}
	t.effect(Reassign{Name: string(s.Tasks[0]), Assignment: t.assignment(i, nil)})
}

// closeTasks tells the people asked that a waiting step needs them no more.
func (t *turn) closeTasks(i int, state v1alpha1.TaskState, outcome v1alpha1.Identifier, at time.Time) {
	s := &t.run.Steps[i]
	if s.State != v1alpha1.StepWaiting {
		return
	}
	for _, name := range s.Tasks {
		t.effect(CloseTask{Name: string(name), State: state, Outcome: outcome, At: at})
	}
}

// tell puts a notice to the holder of a role into the outbox.
func (t *turn) tell(i int, slot string, h v1alpha1.RoleHolder, template, task string) {
	t.notice(i, slot, v1alpha1.NoticeRecipient{Kind: v1alpha1.RecipientMember, Team: v1alpha1.ObjectName(h.Team), Name: h.Person}, template, task, "")
}

func (t *turn) tellPerson(i int, slot string, p roster.Person, template, task string) {
	t.notice(i, slot, v1alpha1.NoticeRecipient{Kind: v1alpha1.RecipientMember, Team: v1alpha1.ObjectName(p.Team), Name: p.Name}, template, task, "")
}

// notice puts a notice into the outbox and returns its name.
func (t *turn) notice(i int, slot string, to v1alpha1.NoticeRecipient, template, task, channel string) string {
	s := &t.run.Steps[i]
	name := names.Child(string(t.f.Record.Name), s.Name, append(t.nameParts(i, slot), "notice")...)
	t.effect(SendNotice{Name: name, Spec: v1alpha1.NoticeSpec{
		Record:      t.f.Record,
		Step:        s.Name,
		Round:       s.Round,
		To:          to,
		Template:    v1alpha1.Identifier(template),
		Revision:    v1alpha1.ObjectName(t.run.Revision.Name),
		Channel:     v1alpha1.ObjectName(channel),
		Mode:        t.f.Mode,
		Task:        v1alpha1.ObjectName(task),
		DueAt:       s.DueAt,
		RequestedAt: stamp(t.now),
	}})
	return name
}
