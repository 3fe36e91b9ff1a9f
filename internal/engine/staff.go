package engine

import (
	"slices"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/playbook"
)

// Staffed is who a step would find if it began.
type Staffed struct {
	// Roles are the roles of the run after it, those that it was the first to need among them.
	Roles []v1alpha1.RoleHolder
	// Asked are those who are asked first: one for a task, one for each seat of an approval, with climbs as it is then.
	Asked []v1alpha1.User
	// Problem is why nobody can be asked; empty where somebody can.
	Problem string
	// Nobody is the role nobody can be found for then; empty where it is no role.
	Nobody string
	// Empty are the roles of the ladder that nobody could be told as, were it climbed to its top.
	Empty []string
}

// Staff rehearses the beginning of step i of a run, and with climbs that its ladder is climbed to the top, and says who would
// be asked. It goes the way Decide goes, and nothing comes of it.
func Staff(plan *playbook.Plan, run v1alpha1.Run, f *Facts, now time.Time, i int, climbs bool) Staffed {
	t := newTurn(plan, run, f, now)
	t.rehearsed = true
	s := &t.run.Steps[i]
	s.State, s.StartedAt = v1alpha1.StepWaiting, stamp(now)
	role := t.askPeople(i)
	out := Staffed{Problem: s.Problem}
	if out.Problem != "" {
		out.Nobody = role
	}
	if s.Assignee != "" {
		out.Asked = []v1alpha1.User{s.Assignee}
	}
	for _, e := range t.out.Effects {
		if task, is := e.(OpenTask); is && plan.Nodes[i].Action.Approval != nil {
			out.Asked = AskedFirst(task.Spec.Assignment.Seats)
		}
	}
	if climbs {
		base, ladder := t.rungBase(i)
		for t.climb(i, now) {
			continue
		}
		for _, role := range ladder[base+1:] {
			if t.findRole(role) < 0 {
				out.Empty = append(out.Empty, role)
			}
		}
		if plan.Nodes[i].Action.Approval != nil {
			out.Asked = AskedFirst(t.seats(i).Seats)
		}
	}
	if out.Roles = run.Roles; !slices.Equal(run.Roles, t.run.Roles) {
		out.Roles = slices.Clone(t.run.Roles)
	}
	d := t.out
	t.giveBack()
	Reuse(d)
	return out
}

// askPeople does of the beginning of a step what has to do with people. It returns the role it asked last: the one nobody was
// found for, if so.
func (t *turn) askPeople(i int) string {
	a := &t.plan.Nodes[i].Action
	switch {
	case a.AssembleTeam != nil:
		t.beginTeam(i)
		return ""
	case a.AssignRole != nil:
		t.assignRole(i)
	case a.Notify != nil:
		return t.hears(i, a.Notify.To)
	case a.PostMortem != nil:
		return t.hears(i, []v1alpha1.Identifier{a.PostMortem.Owner})
	default:
		t.put(i)
	}
	asked := t.plan.Nodes[i].Asks
	for _, role := range asked {
		if t.findRole(t.ownRole(role, i)) < 0 {
			return t.ownRole(role, i)
		}
	}
	return t.ownRole(asked[0], i)
}

// hears looks for those who play roles, as somebody who is told something, and returns the role nobody plays.
func (t *turn) hears(i int, audience []v1alpha1.Identifier) string {
	for _, to := range audience {
		word := string(to)
		_, role := t.plan.Roles[word]
		if (role || word == "team") && len(t.audience(i, word)) == 0 {
			t.problem(i, unreachable+word)
			if role {
				return t.ownRole(word, i)
			}
		}
	}
	return ""
}

// Requesters are the steps whose doers cannot approve what step i asks approval of.
func Requesters(plan *playbook.Plan, i int) []int {
	var out []int
	if plan.Nodes[i].Action.Approval != nil {
		eachRequester(plan, i, func(k int) {
			if !slices.Contains(out, k) {
				out = append(out, k)
			}
		})
	}
	return out
}

// KeptRoles are those who go on playing their roles under a playbook that takes over, of the roles of a run that has not begun: as
// Decide looks at them in its first turn.
func KeptRoles(plan *playbook.Plan, run v1alpha1.Run, f *Facts, now time.Time) []v1alpha1.RoleHolder {
	t := newTurn(plan, run, f, now)
	t.rehearsed = true
	t.checkCarriedRoles()
	out := slices.DeleteFunc(slices.Clone(t.run.Roles), func(h v1alpha1.RoleHolder) bool { _, is := plan.Roles[h.Name]; return !is })
	d := t.out
	t.giveBack()
	Reuse(d)
	return out
}
