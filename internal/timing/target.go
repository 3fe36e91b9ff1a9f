package timing

import (
	"slices"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
	"tocsin.dev/tocsin/internal/engine"
	"tocsin.dev/tocsin/internal/playbook"
)

// target is who has to be told: whoever plays one of some roles, or an audience of a notice.
type target struct {
	roles    []string
	audience string
}

// rank is the target that a role stands for: the role, those above it on the ladder of the playbook that promises, and those the
// same people may have. A sub-playbook may put the same roles into another order, which says only whom its own steps climb to.
func rank(plan *playbook.Plan, role string) target {
	roles := []string{role}
	ladder := plan.Nodes[plan.Roots[0]].Ladder
	if at := slices.Index(ladder, role); at >= 0 {
		roles = append(roles, ladder[at:]...)
	}
	for name, def := range plan.Roles {
		of := plan.Roles[role]
		apart := slices.Contains(of.Not, v1alpha1.Identifier(name)) || slices.Contains(def.Not, v1alpha1.Identifier(role))
		if def.Team == of.Team && def.Duty == of.Duty && !apart {
			roles = append(roles, name)
		}
	}
	slices.Sort(roles)
	return target{roles: slices.Compact(roles)}
}

func (t target) has(role string) bool { return slices.Contains(t.roles, role) }

// tellsAtOnce is whether a step tells somebody in question as it begins.
func (p *prover) tellsAtOnce(i int) bool {
	n := &p.plan.Nodes[i]
	a := &n.Action
	if a.Notify != nil {
		return n.Head.Every == nil && p.notifies(i)
	}
	if a.AssembleTeam != nil {
		return slices.ContainsFunc(p.target.roles, func(role string) bool {
			def := p.plan.Roles[role]
			return called(def, a.AssembleTeam) && (p.calls == nil || p.calls(p.plan, a.AssembleTeam, def.Duty))
		})
	}
	return slices.ContainsFunc(n.Asks, func(role string) bool { return p.target.has(p.ownRole(role, i)) })
}

// notifies is whether a notice of a step is for somebody in question.
func (p *prover) notifies(i int) bool {
	return slices.ContainsFunc(p.plan.Nodes[i].Action.Notify.To, func(to v1alpha1.Identifier) bool {
		return string(to) == p.target.audience || p.target.has(p.ownRole(string(to), i))
	})
}

// recurs is whether a step that recurs tells somebody in question for sure: nothing ends it before the first time.
func (p *prover) recurs(i int) bool {
	n := &p.plan.Nodes[i]
	return n.Head.Every != nil && p.notifies(i) && len(p.course.everHolds(p.plan, n.Until, n.Scope)) == 0
}

// called is whether those who can have a role are among those a team is called together from.
func called(role v1alpha1.Role, call *v1alpha1.AssembleTeam) bool {
	return role.Name != "" && role.Team == call.Team && (len(call.Duties) == 0 || slices.Contains(call.Duties, role.Duty))
}

// ownRole is the role that plays another in the round a step is in, as the engine has it.
func (p *prover) ownRole(role string, i int) string {
	for k := p.plan.Nodes[i].Parent; k >= 0; k = p.plan.Nodes[k].Parent {
		n := &p.plan.Nodes[k]
		if n.Repeat == nil || n.Repeat.Climb != v1alpha1.ClimbLadder {
			continue
		}
		if at := slices.Index(n.Ladder, role); at >= 0 {
			return n.Ladder[min(at+max(p.rounds[k], 1)-1, len(n.Ladder)-1)]
		}
	}
	return role
}

// tells is when a step that begins at a moment, is due at another, and is never answered, tells somebody in question; never
// where it does not.
func (p *prover) tells(i int, begin, due moment) moment {
	if p.tellsAtOnce(i) {
		return begin
	}
	n, none := &p.plan.Nodes[i], p.clock.starts.none()
	silent := p.conduct == v1alpha1.ConductDeadlinesKept || p.conduct == v1alpha1.ConductSilence && p.endsInSilence(n)
	o := n.Head.Overdue
	if n.Head.Within == nil || silent || o != nil && o.Outcome != "" || !waits(n) {
		return none
	}
	missed := later(p.clock.starts, begin, due.plus(1))
	base := -1
	for _, role := range n.Asks {
		base = max(base, slices.Index(n.Ladder, p.ownRole(role, i)))
	}
	if o == nil || o.Climb != v1alpha1.ClimbLadder || base+1 >= len(n.Ladder) {
		if slices.ContainsFunc(p.leads(n), p.target.has) {
			return missed
		}
		return none
	}
	for k, role := range n.Ladder[base+1:] {
		if k > 0 && o.Every == "" {
			break
		}
		if p.target.has(role) {
			return missed.plus(int64(k) * int64(calendar.Elapsed(o.Every)/time.Second))
		}
	}
	return none
}

// endsInSilence is whether a step may end before its deadline where nobody does anything: a notice arrives, a condition may come to hold.
func (p *prover) endsInSilence(n *playbook.Node) bool {
	return n.Action.Notify != nil || n.WaitUntil != nil && len(p.course.everHolds(p.plan, n.WaitUntil, n.Scope)) > 0
}

// leads are the roles that are told where no ladder leads on.
func (p *prover) leads(n *playbook.Node) []string {
	var roles []string
	if len(n.Ladder) > 1 {
		roles = append(roles, n.Ladder[1:]...)
	}
	if _, is := p.plan.Roles[engine.RoleCommander]; is {
		roles = append(roles, engine.RoleCommander)
	}
	return roles
}
