package engine

import (
	"slices"
	"strings"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/internal/roster"
)

// tellOverdue tells of a missed deadline where the ladder has nobody to tell: those asked, whoever may act for them,
// whoever asked them besides the playbook, and the leads. A deadline that passes is news to somebody, whatever the playbook says.
func (t *turn) tellOverdue(i int) {
	s := &t.run.Steps[i]
	template := "overdue"
	if o := t.plan.Nodes[i].Head.Overdue; o != nil && o.Template != "" {
		template = string(o.Template)
	}
	// A deadline that was moved can be missed again, and whoever the ladder was climbed to can decline afterwards: how far it was
	// moved and how many declined are parts of the name.
	slot := "overdue/" + number(s.Extended) + "/" + number(s.PausedSeconds) + "/"
	if len(s.Declined) > 0 {
		slot += "declined" + number(len(s.Declined)) + "/"
	}
	var told []string
	var users []v1alpha1.User
	tell := func(part string, h v1alpha1.RoleHolder, task string) {
		if h.User == "" || slices.Contains(users, h.User) {
			return
		}
		users = append(users, h.User)
		told = append(told, h.Person)
		t.tell(i, slot+part, h, template, task)
	}
	for k, p := range t.asked(i) {
		tell("asked/"+number(k), p.RoleHolder, p.task)
	}
	for k, h := range t.mayAct(i) {
		tell("may/"+number(k), h, t.firstTask(i))
	}
	if h, is := t.whoAsked(i); is {
		tell("asker", h, t.firstTask(i))
	}
	for _, h := range t.leads(i) {
		tell("lead/"+h.Name, h, t.firstTask(i))
	}
	if len(told) == 0 {
		t.event(v1alpha1.EventNobody, i, "", "nobody can be told that the deadline passed; "+t.untold(i))
		return
	}
	t.event(v1alpha1.EventEscalated, i, "", noRungAbove+"; told of the missed deadline: "+strings.Join(told, ", "))
}

// TellsNobody is whether the deadline of a step passes in silence, whoever is there: it asks nobody, climbs no ladder, and nobody
// leads the record. One that ends the step with an outcome is told by what comes then.
func TellsNobody(plan *playbook.Plan, i int) bool {
	n := &plan.Nodes[i]
	if n.Head.Within == nil || len(n.Asks) > 0 || n.Action.AssembleTeam != nil {
		return false
	}
	if o := n.Head.Overdue; o != nil && (o.Climb == v1alpha1.ClimbLadder || o.Outcome != "") {
		return false
	}
	return len(leadingRoles(plan, i)) == 0
}

// leadingRoles are the roles above the lowest of the ladder of a step, and the commander: whoever has one decides about the record.
func leadingRoles(plan *playbook.Plan, i int) []string {
	var roles []string
	if ladder := plan.Nodes[i].Ladder; len(ladder) > 1 {
		roles = append(roles, ladder[1:]...)
	}
	if _, ok := plan.Roles[RoleCommander]; ok && !slices.Contains(roles, RoleCommander) {
		roles = append(roles, RoleCommander)
	}
	return roles
}

// untold is what to change where nobody can be told of a deadline.
func (t *turn) untold(i int) string {
	switch {
	case !TellsNobody(t.plan, i):
		return "add people to the teams of its roles"
	case len(t.plan.Nodes[i].Ladder) == 0:
		return "give the playbook a ladder, and the step overdue: {climb: Ladder}"
	}
	return "give the step overdue: {climb: Ladder}, or the ladder a second role"
}

// mayAct are the people who may act on the one task of a step and have not done their part yet.
func (t *turn) mayAct(i int) []v1alpha1.RoleHolder {
	a, ok := t.wanted(i, nil)
	if !ok {
		return nil
	}
	var out []v1alpha1.RoleHolder
	for _, u := range a.MayAct {
		p, ok := t.personOf(u)
		voted := t.plan.Nodes[i].Action.Approval != nil && t.hasVoted(i, u)
		if ok && !voted && len(out) < mostTold {
			out = append(out, holderFrom(a.Role, p))
		}
	}
	return out
}

// noRungAbove begins the entry of a missed deadline that no ladder carries on.
const noRungAbove = "no ladder leads on from here"

// mostTold is how many of those who may act are told of a missed deadline: where a whole department has a duty, those in
// front.
const mostTold = 8

// leads are the people to tell who decide about the record, one for each role above the lowest of the step's ladder, and
// the commander: the holder, or while nobody holds it whoever would be asked first. It fills no role.
func (t *turn) leads(i int) []v1alpha1.RoleHolder {
	var out []v1alpha1.RoleHolder
	for _, role := range leadingRoles(t.plan, i) {
		if h, ok := t.whoWouldBe(role); ok {
			out = append(out, t.reach(h, i))
		}
	}
	return out
}

// whoWouldBe is the holder of a role, or whoever would be asked first to play it; the role stays as it is.
func (t *turn) whoWouldBe(role string) (v1alpha1.RoleHolder, bool) {
	if k := t.findRole(role); k >= 0 && !isRecused(t.recused, t.run.Roles[k].User) {
		return t.run.Roles[k], true
	}
	def := t.plan.Roles[role]
	people := t.candidates(def, func(u v1alpha1.User) bool { return isRecused(t.recused, u) || t.excludedFrom(def, u) })
	if len(people) == 0 {
		return v1alpha1.RoleHolder{}, false
	}
	return holderFrom(role, people[0]), true
}

func holderFrom(role string, p roster.Person) v1alpha1.RoleHolder {
	return v1alpha1.RoleHolder{Name: role, Team: p.Team, Person: p.Name, User: p.User}
}
