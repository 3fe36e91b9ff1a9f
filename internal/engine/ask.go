package engine

import (
	"slices"
	"strings"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/names"
	"tocsin.dev/tocsin/internal/roster"
)

// put puts the question of a step to somebody. If nobody can be asked the step keeps a problem and the question is put
// again at every later turn.
func (t *turn) put(i int) {
	a := &t.plan.Nodes[i].Action
	switch {
	case t.isAsked(i):
		t.askBesides(i)
	case a.Task != nil:
		t.askOne(i, v1alpha1.TaskTypeWork, string(a.Task.To), a.Task.Outcomes)
	case a.Survey != nil:
		t.askOne(i, v1alpha1.TaskTypeSurvey, string(a.Survey.Asks), a.Survey.Scale)
	case a.Decision != nil:
		t.askOne(i, v1alpha1.TaskTypeDecision, string(a.Decision.By), a.Decision.Options)
	case a.Approval != nil:
		t.beginApproval(i)
	}
}

// askOne opens the one task of a step and tells the assignee.
func (t *turn) askOne(i int, typ v1alpha1.TaskType, role string, outcomes []v1alpha1.Identifier) {
	s := &t.run.Steps[i]
	h, ok := t.holderOrAbove(role, i)
	if !ok {
		role = t.ownRole(role, i)
		t.problem(i, "nobody can be asked as "+role+": "+t.whyNobody(role))
		return
	}
	t.solved(i)
	who := t.reach(h, i)
	s.Assignee = who.User
	name := t.openTask(i, typ, outcomes, t.assignment(i, nil))
	t.tell(i, "asked", who, "taskAssigned", name)
	t.event(v1alpha1.EventAsked, i, who.User, t.askedText(i, typ, who, h))
	t.expectSign(i)
}

func (t *turn) askedText(i int, typ v1alpha1.TaskType, who, h v1alpha1.RoleHolder) string {
	text := inRole(who, h.Name)
	if who.User != h.User {
		text = who.Person + " (standing in for " + h.Person + ", " + h.Name + ")"
	}
	text += " is asked for " + strings.ToLower(string(typ))
	if due := t.run.Steps[i].DueAt; !due.IsZero() {
		text += ", due " + due.UTC().Format(time.RFC3339)
	}
	return text
}

// inRole names somebody together with the role they are asked in, if it is one.
func inRole(who v1alpha1.RoleHolder, role string) string {
	if role == "" {
		return who.Person
	}
	return who.Person + " (" + role + ")"
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
	s.Tasks = []v1alpha1.ObjectName{v1alpha1.ObjectName(name)}
	return name
}

// Bounds of an assignment. Who is beyond them may not act, which the lists of people and deputies never reach in earnest.
const (
	mostMayAct  = 128
	mostSeat    = 64
	mostRecused = 64
)

// assignment works out who may act on the step's task now: the assignee, their deputies, whoever the assignee stands in
// for, and everybody the ladder was climbed to. room is where they are listed as far as it goes; nil: wherever.
func (t *turn) assignment(i int, room []v1alpha1.User) v1alpha1.Assignment {
	s, role := &t.run.Steps[i], t.roleAsked(i)
	declined := t.declined(i)
	may := func(list []v1alpha1.User, u v1alpha1.User) []v1alpha1.User {
		if u == "" || len(list) >= mostMayAct || isRecused(t.recused, u) || isRecused(declined, u) {
			return list
		}
		return addUser(list, u)
	}
	list := may(room, s.Assignee)
	if p, ok := t.personOf(s.Assignee); ok {
		for _, d := range t.standIns(v1alpha1.RoleHolder{Name: role, Team: p.Team, Person: p.Name, User: p.User}, declined) {
			list = may(list, d.User)
		}
	}
	if k := t.findRole(role); k >= 0 && s.Assignee != "" && s.Assignee != t.run.Roles[k].User {
		for _, d := range t.standIns(t.run.Roles[k], declined) {
			if d.User == s.Assignee {
				list = may(list, t.run.Roles[k].User)
			}
		}
	}
	for _, above := range t.climbed(i) {
		t.eachOnRung(above, i, func(h v1alpha1.RoleHolder) { list = may(list, h.User) })
	}
	return v1alpha1.Assignment{Assignee: s.Assignee, Role: role, MayAct: list, DueAt: s.DueAt, Rung: s.Rung, Recused: t.recusedFrom(declined)}
}

// declined are those who declined a step, for the message they get if they act after all.
func (t *turn) declined(i int) []v1alpha1.Recusal {
	var out []v1alpha1.Recusal
	for _, u := range t.run.Steps[i].Declined {
		out = append(out, v1alpha1.Recusal{User: u, Reason: "declined"})
	}
	return out
}

// recusedFrom is what a task says about who may not act: those recused from this step first, then everybody complained
// about, as far as there is room.
func (t *turn) recusedFrom(lists ...[]v1alpha1.Recusal) []v1alpha1.Recusal {
	var out []v1alpha1.Recusal
	add := func(list []v1alpha1.Recusal) {
		for _, r := range list {
			if len(out) < mostRecused && !isRecused(out, r.User) {
				out = append(out, r)
			}
		}
	}
	for _, list := range lists {
		add(list)
	}
	add(t.recused)
	return out
}

// wanted is the assignment that the step's one task should have; false for a step that has no such task. room is
// assignment's.
func (t *turn) wanted(i int, room []v1alpha1.User) (v1alpha1.Assignment, bool) {
	a := &t.plan.Nodes[i].Action
	switch {
	case len(t.run.Steps[i].Tasks) == 0 || a.AssembleTeam != nil:
		return v1alpha1.Assignment{}, false
	case a.Approval != nil:
		return t.stopped(i, t.seats(i)), true
	}
	return t.stopped(i, t.assignment(i, room)), true
}

// stopped adds to an assignment since when the clock of the step stands still, and until when at most.
func (t *turn) stopped(i int, a v1alpha1.Assignment) v1alpha1.Assignment {
	if s := &t.run.Steps[i]; !s.PausedAt.IsZero() {
		a.StoppedAt, a.StoppedUntil = s.PausedAt, stamp(t.pauseLimit(i))
	}
	return a
}

// reassign writes the assignment of the step's task anew.
func (t *turn) reassign(i int) {
	a, ok := t.wanted(i, nil)
	if !ok {
		return
	}
	name := t.firstTask(i)
	t.out.Effects = slices.DeleteFunc(t.out.Effects, func(e Effect) bool {
		r, is := e.(Reassign)
		return is && r.Name == name
	})
	t.effect(Reassign{Name: name, Assignment: a})
}

// keepAssignment brings the assignment of a task up to date where it is known and does not fit any more.
func (t *turn) keepAssignment(i int) {
	if t.run.Steps[i].State != v1alpha1.StepWaiting {
		return
	}
	is, known := t.assigned(t.firstTask(i))
	if !known {
		return
	}
	var room [8]v1alpha1.User // so that nothing is allocated where the assignment is as it should be, as it mostly is
	if want, ok := t.wanted(i, room[:0]); ok && !sameAssignment(&is, &want) {
		t.reassign(i)
		if ap := t.plan.Nodes[i].Action.Approval; ap != nil && len(matchSeats(want.Seats, want.MayAct)) < t.quorumOf(i) {
			t.seated(i, want) // who sat there was given a role that excludes it
		}
	}
}

// assigned is the assignment a task has, or will have once the effects so far are applied. A task that is there already
// stays as it is when it is opened once more: a crash came in between.
func (t *turn) assigned(task string) (is v1alpha1.Assignment, known bool) {
	there := t.f.Tasks[task].Assignment
	for _, e := range slices.Backward(t.out.Effects) {
		switch e := e.(type) {
		case OpenTask:
			if e.Name == task && there == nil {
				return e.Spec.Assignment, true
			}
		case Reassign:
			if e.Name == task {
				return e.Assignment, true
			}
		}
	}
	if there == nil {
		return is, false
	}
	return *there, true
}

func sameAssignment(a, b *v1alpha1.Assignment) bool {
	return a.Assignee == b.Assignee && a.Role == b.Role && a.Quorum == b.Quorum && a.Digest == b.Digest && a.Rung == b.Rung &&
		a.DueAt.Equal(&b.DueAt) && a.StoppedAt.Equal(&b.StoppedAt) && a.StoppedUntil.Equal(&b.StoppedUntil) && slices.Equal(a.MayAct, b.MayAct) && slices.Equal(a.Recused, b.Recused) &&
		slices.EqualFunc(a.Seats, b.Seats, func(a, b v1alpha1.Seat) bool { return a.Role == b.Role && slices.Equal(a.Users, b.Users) })
}

// tell puts a notice to the holder of a role into the outbox.
func (t *turn) tell(i int, slot string, h v1alpha1.RoleHolder, template, task string) {
	t.notice(i, slot, v1alpha1.NoticeRecipient{Kind: v1alpha1.RecipientMember, Team: v1alpha1.ObjectName(h.Team), Name: h.Person}, template, task, "")
}

func (t *turn) tellPerson(i int, slot string, p roster.Person, template, task string) {
	t.notice(i, slot, v1alpha1.NoticeRecipient{Kind: v1alpha1.RecipientMember, Team: v1alpha1.ObjectName(p.Team), Name: p.Name}, template, task, "")
}

func (t *turn) noticeName(i int, slot string) string {
	return names.Child(string(t.f.Record.Name), t.run.Steps[i].Name, append(t.nameParts(i, slot), "notice")...)
}

// notice puts a notice into the outbox.
func (t *turn) notice(i int, slot string, to v1alpha1.NoticeRecipient, template, task, channel string) {
	if t.rehearsed {
		return
	}
	s, name := &t.run.Steps[i], t.noticeName(i, slot)
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
}
