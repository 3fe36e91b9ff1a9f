package engine

import (
	"slices"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/names"
	"tocsin.dev/tocsin/internal/roster"
)

// handOverRole gives a role to somebody else, and with it what the old holder was asked in that role and nothing else.
func (t *turn) handOverRole(act v1alpha1.RecordAct) {
	role := string(act.Role)
	p, why := t.successor(role, act.To)
	if why == "" {
		why = t.notTheirs(role, act.By)
	}
	if why != "" {
		t.event(v1alpha1.EventActIgnored, -1, act.By, "HandOver was left out: "+why)
		return
	}
	k := t.findRole(role)
	concerned := t.concernedBy(role)
	from := t.run.Roles[k]
	t.run.Roles[k] = v1alpha1.RoleHolder{Name: from.Name, Team: p.Team, Person: p.Name, User: p.User, Since: stamp(t.now)}
	t.event(v1alpha1.EventRoleHandedOver, -1, act.By, from.Name+" goes from "+from.Person+" to "+p.Name)
	t.tellRole(act, p)
	for _, c := range concerned {
		t.follow(c, act, p)
	}
}

// successor is the person a role goes to: one of those it could have been given to in the first place. why says why it
// cannot go to that user; empty if it can.
func (t *turn) successor(role string, to v1alpha1.User) (p roster.Person, why string) {
	k, def := t.findRole(role), t.plan.Roles[role]
	_, known := t.f.Roster.Find(to)
	switch {
	case k < 0:
		return p, "nobody holds the role " + role + " yet"
	case !known:
		return p, "the person it was to go to is in no team"
	case isRecused(t.recused, to):
		return p, "the person it was to go to may take no part"
	case t.excludedFrom(def, to):
		return p, "the person it was to go to holds a role that excludes it"
	case t.run.Roles[k].User == to:
		return p, "the person it was to go to holds it already"
	}
	able := t.candidates(def, func(u v1alpha1.User) bool { return u != to })
	if len(able) == 0 {
		return p, "the person it was to go to is away, or has not the duty " + string(def.Duty) + " in team " + t.teamOf(def) + " nor is a deputy of somebody who has; name somebody who can be " + role
	}
	return able[0], ""
}

// concern is a step that a change of a role concerns: asks is whether its task is asked of the holder in that role, heads
// are the people in front of the seats of an approval.
type concern struct {
	step  int
	asks  bool
	heads []v1alpha1.RoleHolder
}

// concernedBy are the steps that wait for somebody in a role, or whose ladder was climbed to it.
func (t *turn) concernedBy(role string) []concern {
	holder := t.run.Roles[t.findRole(role)].User
	var out []concern
	for i := range t.run.Steps {
		s, n := &t.run.Steps[i], &t.plan.Nodes[i]
		if s.State != v1alpha1.StepWaiting || len(s.Tasks) == 0 || n.Action.AssembleTeam != nil {
			continue
		}
		base, ladder := t.rungBase(i)
		climbed := slices.Index(ladder, role) > base && slices.Index(ladder, role) <= base+int(s.Rung)
		seated := slices.ContainsFunc(n.Asks, func(r string) bool { return t.ownRole(r, i) == role })
		asked := t.roleAsked(i) == role
		if seated || climbed || asked {
			out = append(out, concern{step: i, asks: asked && s.Assignee == holder, heads: t.currentHeads(i)})
		}
	}
	return out
}

// follow brings a step up to date whose role went to somebody else: what the old holder was asked is asked of the new one.
func (t *turn) follow(c concern, act v1alpha1.RecordAct, to roster.Person) {
	i, s := c.step, &t.run.Steps[c.step]
	slot := "role/" + act.ID + "/"
	switch {
	case t.plan.Nodes[i].Action.Approval != nil:
		a := t.seats(i)
		t.seated(i, a)
		t.reassign(i)
		t.tellSeats(i, slot, t.seatHeads(a.Seats), c.heads)
	case c.asks && !slices.Contains(s.Declined, to.User):
		s.Assignee = to.User
		t.reassign(i)
		t.tellPerson(i, slot, to, "taskAssigned", t.firstTask(i))
		t.expectSign(i)
	default:
		t.reassign(i)
	}
}

// tellRole tells somebody that a role is theirs now.
func (t *turn) tellRole(act v1alpha1.RecordAct, to roster.Person) {
	name := names.Child(string(t.f.Record.Name), "role", t.f.Record.UID, number(t.run.ID), string(act.Role), act.ID, "notice")
	t.effect(SendNotice{Name: name, Spec: v1alpha1.NoticeSpec{
		Record: t.f.Record, To: member(to.Team, to.Name), Template: "roleAssigned",
		Revision: v1alpha1.ObjectName(t.run.Revision.Name), Mode: t.f.Mode, RequestedAt: stamp(t.now),
	}})
}
