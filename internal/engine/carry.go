package engine

import (
	"slices"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/internal/roster"
)

// CarryOver lets a run that takes over from another one (the level was raised) keep what was done: a top-level step of
// the same name that is done stays done if the new playbook's step can end that way, a role that is filled stays filled.
// Blocks, sub-playbooks and recurring steps are begun anew: they belong to the work that is now done otherwise; but word that
// was due at a time is due then, whoever waits for it knows of no playbooks. What people were asked for besides the old
// playbook goes on.
func CarryOver(plan *playbook.Plan, run, old v1alpha1.Run) v1alpha1.Run {
	run.Roles = slices.Clone(old.Roles)
	run.ActsSeen = old.ActsSeen
	run.Steps = slices.Clone(run.Steps)
	for _, i := range plan.Roots {
		for _, was := range old.Steps {
			switch {
			case was.Name != run.Steps[i].Name:
			case was.State == v1alpha1.StepDone && canEndAs(&plan.Nodes[i], was.Outcome):
				run.Steps[i] = was
			case plan.Nodes[i].Head.Every != nil:
				run.Steps[i].NextAt = was.NextAt
			}
		}
	}
	for _, was := range old.Steps {
		if was.Ask != "" {
			run.Steps = append(run.Steps, was)
		}
	}
	return run
}

// canEndAs is whether a step that was done elsewhere with an outcome can stand for this one.
func canEndAs(n *playbook.Node, outcome v1alpha1.Identifier) bool {
	a := &n.Action
	switch {
	case n.Repeat != nil, a.Playbook != nil, n.Head.Every != nil:
		return false
	case n.Head.Overdue != nil && n.Head.Overdue.Outcome != "" && n.Head.Overdue.Outcome == outcome:
		return true
	case a.Approval != nil:
		return outcome == Approved || outcome == Refused
	case a.Notify != nil:
		return slices.Contains([]v1alpha1.Identifier{sent, Delivered, Uncertain, Undelivered}, outcome)
	case a.AssembleTeam != nil:
		return outcome == assembled
	case a.AssignRole != nil:
		return outcome == assigned
	case a.RaiseIncident != nil:
		return outcome == raised || outcome == joined
	}
	if offers := offered(a); len(offers) > 0 {
		return slices.Contains(offers, outcome)
	}
	return outcome == done
}

// checkCarriedRoles takes roles away that were filled under another playbook by somebody who does not have the duty this
// one asks for: under a higher level the approver can be another rank. It looks once, before anything has begun.
func (t *turn) checkCarriedRoles() {
	if len(t.run.Roles) == 0 || !t.unbegun() {
		return
	}
	t.run.Roles = slices.DeleteFunc(t.run.Roles, func(h v1alpha1.RoleHolder) bool {
		def, used := t.plan.Roles[h.Name]
		if !used || t.hasDuty(def, h) {
			return false
		}
		t.event(v1alpha1.EventRoleAssigned, -1, "", h.Name+" is to be filled anew: "+h.Person+" does not have the duty "+string(def.Duty))
		return true
	})
}

func (t *turn) unbegun() bool {
	for i := range t.run.Steps {
		s := &t.run.Steps[i]
		carried := s.State == v1alpha1.StepDone && !s.EndedAt.After(t.run.StartedAt.Time)
		if s.State != v1alpha1.StepPending && !carried && s.Ask == "" {
			return false
		}
	}
	return true
}

// hasDuty is whether somebody has the duty of a role, at work or away, in its team or one above.
func (t *turn) hasDuty(def v1alpha1.Role, h v1alpha1.RoleHolder) bool {
	same := func(p roster.Person) bool { return p.User == h.User }
	if !slices.ContainsFunc(t.f.Roster.Members(h.Team, []string{string(def.Duty)}), same) {
		return false
	}
	return def.Team == "" || def.Team == h.Team || len(t.candidates(def, func(u v1alpha1.User) bool { return u != h.User })) > 0
}
