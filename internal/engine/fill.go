package engine

import "tocsin.dev/tocsin/api/v1alpha1"

// assignRole fills a role and tells its holder. Where nobody can play it the step waits and tries again at every turn.
// In a later round of a climbing block the role one rung higher is told; the role itself stays with whom it was given to.
func (t *turn) assignRole(i int) {
	action := t.plan.Nodes[i].Action.AssignRole
	role := string(action.Role)
	h, ok := t.holderOrAbove(role, i)
	if !ok {
		own := t.ownRole(role, i)
		t.problem(i, "nobody can be "+own+": "+t.whyNobody(own))
		return
	}
	t.solved(i)
	if t.ownRole(role, i) == role && t.findRole(role) < 0 {
		h.Name, h.Since = role, stamp(t.now)
		t.run.Roles = append(t.run.Roles, h)
		t.event(v1alpha1.EventRoleAssigned, i, h.User, h.Name+" is "+h.Person)
	}
	template := string(action.Template)
	if template == "" {
		template = "roleAssigned"
	}
	t.tell(i, "role", t.reach(h, i), template, "")
	t.finish(i, assigned, nil, t.now)
}
