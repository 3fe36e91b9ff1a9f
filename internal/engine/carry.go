package engine

import (
	"slices"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/internal/roster"
)

// CarryOver lets a run that takes over from another one (the level was raised) keep what was done: a top-level step of
// the same name that is done stays done if it was asked of those whom the new playbook asks and the new playbook's step can
// end that way, a role that is filled stays filled. What was approved or decided was so on what was done before: where some of that
// begins anew, it does, too. of is the plan of the old run.
// Blocks, sub-playbooks and recurring steps are begun anew: they belong to the work that is now done otherwise; but word that
// was due at a time is due then, whoever waits for it knows of no playbooks. What people were asked for besides the old
// playbook goes on.
func CarryOver(plan *playbook.Plan, run v1alpha1.Run, of *playbook.Plan, old v1alpha1.Run) v1alpha1.Run {
	run.Roles = slices.DeleteFunc(slices.Clone(old.Roles), func(h v1alpha1.RoleHolder) bool { _, is := plan.Roles[h.Name]; return !is })
	run.ActsSeen = old.ActsSeen
	fresh := run.Steps
	run.Steps = slices.Clone(fresh)
	for _, i := range plan.Roots {
		for _, k := range of.Roots {
			was := old.Steps[k]
			switch {
			case was.Name != run.Steps[i].Name:
			case was.State == v1alpha1.StepDone && StandsFor(of, k, plan, i, was.Outcome) && (!bySilence(&plan.Nodes[i], &was) || endsInSilence(&plan.Nodes[i], was.Outcome)):
				run.Steps[i] = was
			case plan.Nodes[i].Head.Every != nil:
				run.Steps[i].NextAt = was.NextAt
			}
		}
	}
	for again := true; again; {
		again = false
		for _, i := range plan.Roots {
			if run.Steps[i].State == v1alpha1.StepDone && !standsOnDone(plan, &run, i) {
				run.Steps[i], again = fresh[i], true
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

// bySilence is whether nobody answered a step that asks somebody: it ended when its deadline passed.
func bySilence(n *playbook.Node, s *v1alpha1.StepState) bool {
	a := &n.Action
	return len(s.By) == 0 && (a.Task != nil || a.Survey != nil || a.Decision != nil || a.Approval != nil)
}

// endsInSilence is whether a step ends so when its deadline passes.
func endsInSilence(n *playbook.Node, outcome v1alpha1.Identifier) bool {
	return n.Head.Overdue != nil && n.Head.Overdue.Outcome == outcome
}

// DoneAlready names the steps of a run that has not begun which were done before it.
func DoneAlready(run *v1alpha1.Run) []string {
	var out []string
	for i := range run.Steps {
		if s := &run.Steps[i]; s.State == v1alpha1.StepDone && s.Ask == "" {
			out = append(out, s.Name)
		}
	}
	return out
}

// standsOnDone is whether what step i needs is done, where that is what somebody approved or decided, and nobody approved what they
// did themselves.
func standsOnDone(plan *playbook.Plan, run *v1alpha1.Run, i int) bool {
	n := &plan.Nodes[i]
	if n.Action.Decision == nil && n.Action.Approval == nil {
		return true
	}
	own, open := false, 0
	if n.Action.Approval != nil {
		eachRequester(plan, i, func(k int) {
			did := &run.Steps[k]
			own = own || did.State == v1alpha1.StepDone && slices.ContainsFunc(run.Steps[i].By, func(u v1alpha1.User) bool { return slices.Contains(did.By, u) })
		})
	}
	for _, need := range n.Needs {
		if run.Steps[need].State != v1alpha1.StepDone {
			open++
		}
	}
	return !own && (open == 0 || n.Head.Quorum > 0 && len(n.Needs)-open >= int(n.Head.Quorum))
}

// StandsFor is whether step k of an old plan, done with an outcome, can stand for step i of the plan that takes over.
func StandsFor(of *playbook.Plan, k int, plan *playbook.Plan, i int, outcome v1alpha1.Identifier) bool {
	return slices.Contains(Endings(&plan.Nodes[i]), outcome) && asksNoMore(of, &of.Nodes[k].Action, plan, &plan.Nodes[i].Action)
}

// MayStandFor is whether step k of an old plan can stand for step i of the plan that takes over, ended in some way.
func MayStandFor(of *playbook.Plan, k int, plan *playbook.Plan, i int) bool {
	return of.Nodes[k].Path == plan.Nodes[i].Path &&
		slices.ContainsFunc(Endings(&plan.Nodes[i]), func(outcome v1alpha1.Identifier) bool { return StandsFor(of, k, plan, i, outcome) })
}

// asksNoMore is whether what an old step asked for covers what the new one asks for. Work that was done by a role is done by it
// whoever plays the role now: role names, like step names, are the interface of a pack. Who approves or decides does it by rank,
// and a rank is a duty in a team: the same name can be another rank under a higher level.
func asksNoMore(of *playbook.Plan, was *v1alpha1.Action, plan *playbook.Plan, is *v1alpha1.Action) bool {
	sameRank := func(a, b v1alpha1.Identifier) bool {
		old, now := of.Roles[string(a)], plan.Roles[string(b)]
		return old.Duty == now.Duty && old.Team == now.Team && excludesNoMore(of, a, plan, b)
	}
	switch {
	case is.Task != nil:
		return was.Task != nil && was.Task.To == is.Task.To && (is.Task.Writes == "" || is.Task.Writes == was.Task.Writes)
	case is.Approval != nil:
		return was.Approval != nil && was.Approval.Of == is.Approval.Of && quorum(was.Approval) == quorum(is.Approval) &&
			sameSeats(was.Approval.By, is.Approval.By, sameRank)
	case is.Decision != nil:
		return was.Decision != nil && sameRank(was.Decision.By, is.Decision.By)
	case is.Survey != nil:
		return was.Survey != nil && was.Survey.Asks == is.Survey.Asks
	case is.Notify != nil:
		return was.Notify != nil && !slices.ContainsFunc(is.Notify.To, func(to v1alpha1.Identifier) bool {
			old, now := of.Roles[string(to)], plan.Roles[string(to)]
			return !slices.Contains(was.Notify.To, to) || old.Duty != now.Duty || old.Team != now.Team
		})
	case is.AssignRole != nil:
		return was.AssignRole != nil && was.AssignRole.Role == is.AssignRole.Role
	case is.AssembleTeam != nil:
		return was.AssembleTeam != nil && was.AssembleTeam.Team == is.AssembleTeam.Team && was.AssembleTeam.Quorum == is.AssembleTeam.Quorum &&
			slices.Equal(slices.Sorted(slices.Values(was.AssembleTeam.Duties)), slices.Sorted(slices.Values(is.AssembleTeam.Duties)))
	case is.RaiseIncident != nil:
		return was.RaiseIncident != nil && was.RaiseIncident.Playbook == is.RaiseIncident.Playbook && was.RaiseIncident.Team == is.RaiseIncident.Team
	case is.ScheduleDrill != nil:
		return was.ScheduleDrill != nil
	case is.PostMortem != nil:
		return was.PostMortem != nil
	}
	return was.Wait != nil && was.Wait.Until == is.Wait.Until // a span that went by, however long, or the same condition
}

// excludesNoMore is whether a role keeps nobody out under a plan whom it did not keep out, in a role of that name, under another.
func excludesNoMore(of *playbook.Plan, was v1alpha1.Identifier, plan *playbook.Plan, is v1alpha1.Identifier) bool {
	for name := range plan.Roles {
		if _, played := of.Roles[name]; played && excludes(plan, string(is), name) && !excludes(of, string(was), name) {
			return false
		}
	}
	return true
}

// excludes is whether nobody may play both of two roles.
func excludes(plan *playbook.Plan, a, b string) bool {
	return slices.Contains(plan.Roles[a].Not, v1alpha1.Identifier(b)) || slices.Contains(plan.Roles[b].Not, v1alpha1.Identifier(a))
}

// sameSeats is whether two lists of seats ask the same ranks, in any order.
func sameSeats(was, is []v1alpha1.Identifier, same func(a, b v1alpha1.Identifier) bool) bool {
	left := slices.Clone(was)
	for _, seat := range is {
		k := slices.IndexFunc(left, func(l v1alpha1.Identifier) bool { return same(l, seat) })
		if k < 0 {
			return false
		}
		left = slices.Delete(left, k, k+1)
	}
	return len(left) == 0
}

// Endings are the outcomes with which a step that was done under another playbook can stand for this one; none where it never can.
func Endings(n *playbook.Node) []v1alpha1.Identifier {
	if n.Repeat != nil || n.Action.Playbook != nil || n.Head.Every != nil {
		return nil
	}
	out := endings(&n.Action)
	if n.Action.Notify != nil && n.Head.Within != nil { // it waits until it is delivered
		out = out[1:]
	}
	if o := n.Head.Overdue; o != nil && o.Outcome != "" && !slices.Contains(out, o.Outcome) {
		out = append(slices.Clone(out), o.Outcome)
	}
	return out
}

func endings(a *v1alpha1.Action) []v1alpha1.Identifier {
	switch {
	case a.Approval != nil:
		return []v1alpha1.Identifier{Approved, Refused}
	case a.Notify != nil:
		return []v1alpha1.Identifier{sent, Delivered}
	case a.AssembleTeam != nil:
		return []v1alpha1.Identifier{assembled}
	case a.AssignRole != nil:
		return []v1alpha1.Identifier{assigned}
	case a.RaiseIncident != nil:
		return []v1alpha1.Identifier{raised, joined}
	}
	if offers := offered(a); len(offers) > 0 {
		return offers
	}
	return []v1alpha1.Identifier{done}
}

// checkCarriedRoles takes roles away that were filled under another playbook by somebody who may not play them under this one: whose
// rank is another, or who plays a role that excludes them here and was filled before. It looks once, before anything has begun.
func (t *turn) checkCarriedRoles() {
	if len(t.run.Roles) == 0 || !t.unbegun() {
		return
	}
	held := t.run.Roles
	t.run.Roles = nil
	for _, h := range held {
		if def, used := t.plan.Roles[h.Name]; used {
			if why := t.whyAnew(def, h); why != "" {
				t.event(v1alpha1.EventRoleAssigned, -1, "", h.Name+" is to be filled anew: "+h.Person+" "+why)
				t.assignAnew(h.Name)
				continue
			}
		}
		t.run.Roles = append(t.run.Roles, h)
	}
}

// assignAnew begins the steps again that gave a role to somebody, who had it told: so has whoever gets it now.
func (t *turn) assignAnew(role string) {
	for i := range t.plan.Nodes {
		if assigns(&t.plan.Nodes[i], role) && t.run.Steps[i].State == v1alpha1.StepDone {
			t.run.Steps[i] = v1alpha1.StepState{Name: t.run.Steps[i].Name, State: v1alpha1.StepPending}
		}
	}
}

// whyAnew is why somebody may not go on playing a role, empty if they may.
func (t *turn) whyAnew(def v1alpha1.Role, h v1alpha1.RoleHolder) string {
	if t.hasDuty(def, h) {
		for _, other := range t.run.Roles {
			if other.User == h.User && excludes(t.plan, h.Name, other.Name) {
				return "plays " + other.Name + ", which keeps out of it here"
			}
		}
		return ""
	}
	why := "does not have the duty " + string(def.Duty)
	if def.Team != "" && def.Team != h.Team {
		why += " in team " + def.Team
	}
	return why
}

// unbegun is whether this is the first turn of a run, in which nothing has begun.
func (t *turn) unbegun() bool {
	if t.now.After(t.run.StartedAt.Time) {
		return false
	}
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
