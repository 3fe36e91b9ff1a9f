package engine

import (
	"slices"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/playbook"
)

// keepRoles takes roles from whom it turns out to be about and from who left the teams, and gives them to others at once:
// a crisis is not without a commander because no step happens to ask for one. A role that nobody could take before is
// tried again.
func (t *turn) keepRoles() {
	var out []v1alpha1.RoleHolder
	for _, h := range t.run.Roles {
		if t.whyOut(h) != "" {
			out = append(out, h)
		}
	}
	for _, h := range out {
		if why := t.whyOut(h); why != "" {
			t.run.Roles = slices.DeleteFunc(t.run.Roles, func(r v1alpha1.RoleHolder) bool { return r.Name == h.Name })
			t.event(v1alpha1.EventRecused, -1, "", h.Name+" is "+h.Person+" no more: "+why)
			if next, ok := t.holder(h.Name, -1); ok {
				t.tellSuccessor(h, next)
			} else {
				t.event(v1alpha1.EventNobody, -1, "", nobodyLeft(h.Name))
			}
		}
	}
	for _, role := range Vacant(t.plan, &t.run) {
		t.holder(role, -1)
	}
}

// tellSuccessor tells somebody that a role is theirs, where a step told the one who had it.
func (t *turn) tellSuccessor(from, to v1alpha1.RoleHolder) {
	for i := range t.plan.Nodes {
		if assigns(&t.plan.Nodes[i], from.Name) && t.run.Steps[i].State == v1alpha1.StepDone {
			t.tell(i, "instead/"+string(from.User)+"/"+number(from.Since.Unix()), t.reach(to, i), "roleAssigned", "")
			return
		}
	}
}

func assigns(n *playbook.Node, role string) bool {
	return n.Action.AssignRole != nil && string(n.Action.AssignRole.Role) == role
}

// Vacant lists the roles that a step of the run has given to somebody and that nobody holds now.
func Vacant(plan *playbook.Plan, run *v1alpha1.Run) []string {
	var out []string
	for i := range plan.Nodes {
		a := plan.Nodes[i].Action.AssignRole
		if a == nil || run.Steps[i].State != v1alpha1.StepDone {
			continue
		}
		if role := string(a.Role); Holder(run, role) == "" && !slices.Contains(out, role) {
			out = append(out, role)
		}
	}
	return out
}

func nobodyLeft(role string) string {
	return "nobody is left to be " + role + ": everybody with that duty is away or may take no part; add somebody to the team, or let spec.about be narrowed"
}

// recuseAssignee asks somebody else where it turns out to be about who was asked.
func (t *turn) recuseAssignee(i int) {
	s := &t.run.Steps[i]
	t.passRecused(i, s.Assignee)
	s.Assignee = ""
	if !t.askAnother(i, "recused"+number(len(s.PassedOver))) {
		t.reassign(i)
	}
}

// keepSeats asks somebody else where it turns out to be about who sat in front of a seat of an approval, or they left the
// teams. The roster does not know somebody who left, so it goes by user names.
func (t *turn) keepSeats(i int) {
	s := &t.run.Steps[i]
	was := t.f.Tasks[t.firstTask(i)].Seats
	before := t.seatHeads(was)
	passed := false
	for _, u := range AskedFirst(was) {
		why := t.whyPassed(i, u)
		counts := why == leftTheTeams && t.hasVoted(i, u) // what they did before they left
		if why != "" && !counts && !slices.Contains(s.PassedOver, u) {
			t.passRecused(i, u)
			passed = true
		}
	}
	if !passed {
		return
	}
	a := t.seats(i)
	t.seated(i, a)
	t.reassign(i)
	t.tellSeats(i, "recused"+number(len(s.PassedOver))+"/", t.seatHeads(a.Seats), before)
}

// mostPassedOver is how many people a step remembers as passed over.
const mostPassedOver = 64

// passRecused notes that somebody is passed over. They did not decline: should it not be about them after all, they are
// asked as before.
func (t *turn) passRecused(i int, u v1alpha1.User) {
	s := &t.run.Steps[i]
	if len(s.PassedOver) < mostPassedOver {
		s.PassedOver = append(slices.Clone(s.PassedOver), u) // each time anew: how often is part of names
	}
	name := string(u)
	if p, ok := t.personOf(u); ok {
		name = p.Name
	}
	t.event(v1alpha1.EventRecused, i, "", name+" takes no part: "+t.whyPassed(i, u))
}
