package engine

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/names"
	"tocsin.dev/tocsin/internal/roster"
)

// beginTeam calls the team: a notice and a task to acknowledge for everybody.
func (t *turn) beginTeam(i int) {
	s, action := &t.run.Steps[i], t.plan.Nodes[i].Action.AssembleTeam
	places := t.places(i)
	calls := places[:min(len(places), MostCalled)]
	if len(calls) == 0 {
		t.problem(i, "the team has nobody who can be called: everybody is away or may take no part, and nobody who is there stands in; add a deputy to the team, or skip the step")
		return
	}
	t.solved(i)
	template := string(action.Template)
	if template == "" {
		template = "assemble"
	}
	s.Tasks = nil
	for _, c := range calls {
		name := t.callTask(i, c)
		t.tellPerson(i, "call/"+c.Place.Name, c.Person, template, name)
		s.Tasks = append(s.Tasks, v1alpha1.ObjectName(name))
	}
	need := len(calls)
	text := fmt.Sprintf("%d people are called together; ", need)
	if need == 1 {
		text = "1 person is called; "
	}
	switch q := int(action.Quorum); {
	case q > need:
		text += fmt.Sprintf("%d must acknowledge: for the %d asked for too few are there", need, q)
	case q > 0:
		text += fmt.Sprintf("%d must acknowledge", q)
	default:
		text += fmt.Sprintf("%d must acknowledge", need)
	}
	if more := len(places) - len(calls); more > 0 {
		text += fmt.Sprintf("; %d more are not called, because one call reaches %d: name duties, or call another team in a step of its own", more, MostCalled)
	}
	t.event(v1alpha1.EventAsked, i, "", text+t.notThere(i, places))
}

// notThere says who of a team that is called is away, and who is called in their place.
func (t *turn) notThere(i int, calls []roster.Call) string {
	var out []string
	for _, m := range t.members(i) {
		if !t.f.Roster.Away(m.User, t.now) || slices.ContainsFunc(calls, func(c roster.Call) bool { return c.User == m.User }) {
			continue
		}
		if k := slices.IndexFunc(calls, func(c roster.Call) bool { return slices.Contains(c.For, m.User) }); k >= 0 {
			out = append(out, m.Name+" ("+calls[k].Name+" stands in)")
		} else {
			out = append(out, m.Name+" (nobody stands in)")
		}
	}
	if len(out) == 0 {
		return ""
	}
	return "; away: " + strings.Join(out, ", ")
}

// places are those to call: everybody with one of the duties who is there, and for who is away or may take no part their
// first deputy.
func (t *turn) places(i int) []roster.Call {
	return t.f.Roster.Called(t.teamCalled(i), t.dutiesCalled(i), t.now, func(u v1alpha1.User) bool { return isRecused(t.recused, u) })
}

// members are those of the team who have one of the duties, whether they are there or not.
func (t *turn) members(i int) []roster.Person {
	return t.f.Roster.Members(t.teamCalled(i), t.dutiesCalled(i))
}

func (t *turn) dutiesCalled(i int) []string {
	var out []string
	for _, d := range t.plan.Nodes[i].Action.AssembleTeam.Duties {
		out = append(out, string(d))
	}
	return out
}

// teamCalled is the team a step calls together: its own, or the record's.
func (t *turn) teamCalled(i int) string {
	return cmp.Or(t.plan.Nodes[i].Action.AssembleTeam.Team, t.f.Team)
}

// MostCalled bounds a call: a step remembers at most 64 tasks.
const MostCalled = 64

// callName follows from whose place in the team it is, and not from who is there to be called for it.
func (t *turn) callName(i int, place roster.Person) string {
	return names.Child(string(t.f.Record.Name), t.run.Steps[i].Name, t.nameParts(i, "call/"+place.Team+"/"+place.Name)...)
}

// callTask opens the task of somebody who is called. Their deputies may acknowledge it, and whoever they stand in for.
func (t *turn) callTask(i int, c roster.Call) string {
	n, s := &t.plan.Nodes[i], &t.run.Steps[i]
	name := t.callName(i, c.Place)
	a := v1alpha1.Assignment{Assignee: c.User, MayAct: []v1alpha1.User{c.User}, Recused: t.recusedFrom(), DueAt: s.DueAt}
	for _, d := range t.f.Roster.Deputies(c.Person, t.now, func(u v1alpha1.User) bool { return isRecused(t.recused, u) }) {
		a.MayAct = addUser(a.MayAct, d.User)
	}
	for _, u := range c.For {
		if !isRecused(t.recused, u) {
			a.MayAct = addUser(a.MayAct, u)
		}
	}
	t.effect(OpenTask{Name: name, Spec: v1alpha1.ResponseTaskSpec{
		Record: t.f.Record, Step: s.Name, Round: s.Round, Type: v1alpha1.TaskTypeAcknowledgement, Mode: t.f.Mode,
		Instructions: n.Head.Description, Assignment: a,
	}})
	return name
}

// missing are those called whose task nobody has acknowledged yet, as far as they are still in the team.
func (t *turn) missing(i int) []waitedFor {
	s := &t.run.Steps[i]
	open := s.Tasks[min(int(s.ActsSeen), len(s.Tasks)):]
	var out []waitedFor
	for _, place := range t.members(i) {
		name := t.callName(i, place)
		if _, signed := t.signOf(i, v1alpha1.ObjectName(name)); signed || !slices.Contains(open, v1alpha1.ObjectName(name)) {
			continue
		}
		p := place
		if a, known := t.assigned(name); known && a.Assignee != place.User { // a deputy was called in their place
			if d, known := t.personOf(a.Assignee); known {
				p = d
			}
		}
		if !isRecused(t.recused, p.User) {
			out = append(out, waitedFor{holderFrom("", p), place.Name, name})
		}
	}
	return out
}

// sign is an acknowledgement of a call, or that somebody declined it.
type sign struct {
	by       v1alpha1.User
	at       time.Time
	declined bool
}

// signOf is what was done about a call: the first acknowledgement counts, whoever of those who may gave it.
func (t *turn) signOf(i int, task v1alpha1.ObjectName) (sign, bool) {
	var no sign
	for _, act := range t.f.Tasks[string(task)].Acts {
		if act.By == "" || isRecused(t.recused, act.By) {
			continue
		}
		switch act.Verb {
		case v1alpha1.TaskAcknowledge, v1alpha1.TaskComplete:
			return sign{by: act.By, at: t.actTime(i, act)}, true
		case v1alpha1.TaskDecline:
			no = sign{by: act.By, declined: true}
		}
	}
	return no, no.declined
}

// awaitTeam counts who has acknowledged. The tasks that were stand in front of the step's list, ActsSeen of them.
func (t *turn) awaitTeam(i int) {
	s := &t.run.Steps[i]
	if len(s.Tasks) == 0 {
		t.beginTeam(i)
		return
	}
	declined := 0
	tasks := slices.Clone(s.Tasks)
	for k := int(s.ActsSeen); k < len(tasks); k++ {
		sign, given := t.signOf(i, tasks[k])
		switch {
		case given && sign.declined:
			declined++
			t.noteDeclined(i, sign.by)
		case given:
			t.event(v1alpha1.EventActed, i, sign.by, "acknowledged the call")
			t.effect(CloseTask{Name: string(tasks[k]), State: v1alpha1.TaskDone, At: sign.at})
			name := tasks[k]
			copy(tasks[s.ActsSeen+1:k+1], tasks[s.ActsSeen:k])
			tasks[s.ActsSeen] = name
			s.ActsSeen++
		case t.calledInVain(i, tasks[k]):
			declined++
		}
	}
	s.Tasks = tasks
	able := len(tasks) - declined
	need := int(t.plan.Nodes[i].Action.AssembleTeam.Quorum)
	if need == 0 || need > able {
		need = able
	}
	switch {
	case able == 0:
		t.problem(i, "everybody who was called has declined; skip the step or start again with another team")
	case t.signers(i) >= need || int(s.ActsSeen) >= able: // as many people as asked for, or every call answered
		if asked := int(t.plan.Nodes[i].Action.AssembleTeam.Quorum); asked > able && declined > 0 {
			t.event(v1alpha1.EventActed, i, "", fmt.Sprintf("%d of %d called can come, and %d had to acknowledge: all who can come have", able, len(tasks), asked))
		}
		t.finishTeam(i, need)
	}
}

// calledInVain is whether it turns out to be about who was called, or they left the teams; a deputy of theirs may still
// answer.
func (t *turn) calledInVain(i int, task v1alpha1.ObjectName) bool {
	a := t.f.Tasks[string(task)].Assignment
	return a != nil && t.whyPassed(i, a.Assignee) != ""
}

// signers is how many different people have acknowledged: somebody who answers for two as their deputy is still one.
func (t *turn) signers(i int) int {
	s := &t.run.Steps[i]
	var by []v1alpha1.User
	for _, name := range s.Tasks[:s.ActsSeen] {
		if sign, ok := t.signOf(i, name); ok && !sign.declined {
			by = addUser(by, sign.by)
		}
	}
	return len(by)
}

func (t *turn) noteDeclined(i int, by v1alpha1.User) {
	s := &t.run.Steps[i]
	if !slices.Contains(s.Declined, by) && len(s.Declined) < mostDeclined {
		s.Declined = append(slices.Clone(s.Declined), by)
		t.event(v1alpha1.EventActed, i, by, "declined the call")
	}
}

// finishTeam ends a call at the moment the last acknowledgement that was needed came.
func (t *turn) finishTeam(i, need int) {
	s := &t.run.Steps[i]
	var signs []sign
	for _, name := range s.Tasks[:s.ActsSeen] {
		if sign, ok := t.signOf(i, name); ok && !sign.declined {
			signs = append(signs, sign)
		}
	}
	slices.SortStableFunc(signs, func(a, b sign) int { return a.at.Compare(b.at) })
	at := t.now
	var by []v1alpha1.User
	for _, sign := range signs {
		if len(by) < need && !slices.Contains(by, sign.by) {
			at = sign.at
			by = addUser(by, sign.by)
		}
	}
	if len(by) < need && len(signs) > 0 {
		at = signs[len(signs)-1].at
	}
	t.because(at)
	t.finish(i, assembled, by, at)
}
