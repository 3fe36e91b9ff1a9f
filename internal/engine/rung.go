package engine

import (
	"slices"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/roster"
)

// climb tells the next role up the ladder that somebody can be told as, and lets it act as well. hop is when it was to be
// told, which is earlier than now when nobody called Decide then. It is false when nobody up to the top could be told.
func (t *turn) climb(i int, hop time.Time) bool {
	s := &t.run.Steps[i]
	base, ladder := t.rungBase(i)
	for base+1+int(s.Rung) < len(ladder) {
		role := ladder[base+1+int(s.Rung)]
		s.Rung++
		who := t.onRung(role, i)
		if who.User == "" {
			t.event(v1alpha1.EventNobody, i, "", "nobody can be told as "+role+"; the rung above is next")
			continue
		}
		t.reassign(i)
		why := ""
		if late := t.now.Sub(hop); late > 0 {
			why = "; told " + spell(late) + " late"
		}
		t.tellRung(i, s.Rung, who, "rung"+number(s.Rung), why)
		return true
	}
	return false
}

// tellRung tells somebody that the ladder of a step was climbed to them.
func (t *turn) tellRung(i int, rung int32, who v1alpha1.RoleHolder, slot, why string) {
	n := &t.plan.Nodes[i]
	template := string(n.Head.Overdue.Template)
	if template == "" {
		template = "overdue"
	}
	t.tell(i, slot, who, template, t.firstTask(i))
	text := who.Person + " (" + who.Name + ") is told"
	if len(t.run.Steps[i].Tasks) > 0 && n.Action.AssembleTeam == nil {
		text += " and may act"
	}
	t.event(v1alpha1.EventEscalated, i, who.User, text+why)
	t.out.Events[len(t.out.Events)-1].Rung = rung
}

// eachOnRung visits those who may act in a role that the ladder of step i is climbed to, who is told first: whoever holds it and
// their deputies, while they are away a deputy first, and where all of them have declined the next who can take the duty.
func (t *turn) eachOnRung(role string, i int, visit func(v1alpha1.RoleHolder)) {
	h, ok := t.holder(role, i)
	if !ok {
		return
	}
	def, declined, found := t.plan.Roles[role], t.run.Steps[i].Declined, false
	add := func(h v1alpha1.RoleHolder) {
		if !slices.Contains(declined, h.User) {
			found = true
			visit(h)
		}
	}
	away := t.away(h)
	if !away {
		add(h)
	}
	t.f.Roster.EachDeputy(roster.Person{Team: h.Team, Name: h.Person, User: h.User}, t.now, func(d roster.Person) {
		if !isRecused(t.recused, d.User) && !t.excludedFrom(def, d.User) {
			add(holderFrom(role, d))
		}
	})
	if away {
		add(h)
	}
	if found {
		return
	}
	barred := func(u v1alpha1.User) bool {
		return isRecused(t.recused, u) || slices.Contains(declined, u) || t.excludedFrom(def, u)
	}
	if others := t.candidatesOf(def, t.run.Steps[i].StartedAt.Time, barred); len(others) > 0 {
		visit(holderFrom(role, others[0]))
	}
}

// onRung is who is told that the ladder of step i was climbed to a role; empty where nobody can be.
func (t *turn) onRung(role string, i int) (head v1alpha1.RoleHolder) {
	t.eachOnRung(role, i, func(h v1alpha1.RoleHolder) {
		if head.User == "" {
			head = h
		}
	})
	return head
}

// climbed are the roles that the ladder of step i was climbed to so far.
func (t *turn) climbed(i int) []string {
	base, ladder := t.rungBase(i)
	above := ladder[min(base+1, len(ladder)):]
	return above[:min(int(t.run.Steps[i].Rung), len(above))]
}

// rungHeads are who is told on each rung that the ladder of step i was climbed to; empty for one with nobody.
func (t *turn) rungHeads(i int) []v1alpha1.RoleHolder {
	var out []v1alpha1.RoleHolder
	for _, role := range t.climbed(i) {
		out = append(out, t.onRung(role, i))
	}
	return out
}

// passRungs tells the next where somebody declined to whom the ladder was climbed: who can take their place on the rung, or where
// nobody can and it was the highest so far, the rung above. were the heads of the rungs until then.
func (t *turn) passRungs(i int, u v1alpha1.User, were []v1alpha1.RoleHolder) {
	s := &t.run.Steps[i]
	told := []v1alpha1.User{s.Assignee}
	for k, now := range t.rungHeads(i) {
		switch {
		case were[k].User != u:
		case now.User != "" && !slices.Contains(told, now.User):
			told = append(told, now.User)
			rung := int32(k) + 1
			t.tellRung(i, rung, now, "rung"+number(rung)+"/declined"+number(len(s.Declined)), ": "+were[k].Person+" has declined")
		case now.User == "" && k+1 == len(were):
			if !t.climb(i, t.now) {
				t.tellOverdue(i)
			}
		}
	}
}
