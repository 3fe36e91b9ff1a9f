package engine

import (
	"slices"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/playbook"
)

// The roles the status of an incident shows: one command, one voice.
const (
	RoleCommander    = "commander"
	RoleSpokesperson = "spokesperson"
)

// Rights says who may act on the record as a whole. Responders work on it: the holders of roles, and who could play the
// lowest role of the ladder. Leads decide about it: who could play a higher role of the ladder, or the commander. Nobody
// complained about is among them. Both lists are sorted; they take the room of those that are given, which may be nil.
func Rights(plan *playbook.Plan, run *v1alpha1.Run, f *Facts, now time.Time, responders, leads []v1alpha1.User) (_, _ []v1alpha1.User) {
	recused := recusedBy(f)
	responders, leads = slices.Grow(responders[:0], fewRights), slices.Grow(leads[:0], fewRights)
	add := func(list []v1alpha1.User, u v1alpha1.User) []v1alpha1.User {
		if isRecused(recused, u) || slices.Contains(list, u) {
			return list
		}
		return append(list, u)
	}
	for _, h := range run.Roles {
		if f.Roster.Left(h.User, h.Team) {
			continue
		}
		responders = add(responders, h.User)
		if h.Name == RoleCommander {
			leads = add(leads, h.User)
		}
	}
	ladder := rootLadder(plan)
	for k, role := range ladder {
		for _, user := range qualified(plan, f, role, now) {
			if k > 0 {
				leads = add(leads, user)
			} else {
				responders = add(responders, user)
			}
		}
	}
	if _, ok := plan.Roles[RoleCommander]; ok {
		for _, user := range qualified(plan, f, RoleCommander, now) {
			leads = add(leads, user)
		}
	}
	// Those of the lower rungs, who were added first, stay where a list is longer than a status takes.
	responders, leads = responders[:min(len(responders), mostRights)], leads[:min(len(leads), mostRights)]
	slices.Sort(responders)
	slices.Sort(leads)
	return responders, leads
}

// notTheirs says why somebody may not hand a role on; empty if they may. Command and voice, and the roles of the ladder
// above one's own, are handed on by who holds them and by leads alone; and nobody chooses who approves what they did.
func (t *turn) notTheirs(role string, by v1alpha1.User) string {
	if why := reasonFor(t.recused, by); why != "" {
		return "who asked for it takes no part: " + why
	}
	_, leads := Rights(t.plan, &t.run, t.f, t.now, nil, nil)
	if t.aboveThem(role, by) && Holder(&t.run, role) != by && !slices.Contains(leads, by) {
		return "only who is " + role + " and the leads (status.leads) hand that role on"
	}
	for i := range t.run.Steps {
		if !ended(&t.run.Steps[i]) && t.mayApproveAs(role, i) && isRecused(t.requesters(i), by) {
			return "who is " + role + " may be asked to approve " + t.run.Steps[i].Name + ", and who asked for it " + reasonFor(t.requesters(i), by) + "; somebody else has to hand the role on"
		}
	}
	return ""
}

// aboveThem is whether a role is one of command, or stands higher on the ladder than whatever somebody holds. Whoever
// holds none of its roles stands on the lowest.
func (t *turn) aboveThem(role string, by v1alpha1.User) bool {
	ladder, own := rootLadder(t.plan), 0
	for _, h := range t.run.Roles {
		if h.User == by {
			own = max(own, slices.Index(ladder, h.Name))
		}
	}
	return role == RoleCommander || role == RoleSpokesperson || slices.Index(ladder, role) > own
}

// mayApproveAs is whether a role is asked for the approval of step i, or could come to be by climbing the ladder.
func (t *turn) mayApproveAs(role string, i int) bool {
	n := &t.plan.Nodes[i]
	return n.Action.Approval != nil && slices.ContainsFunc(n.Asks, func(asked string) bool {
		own := t.ownRole(asked, i)
		return own == role || slices.Contains(t.rolesAbove(i, own), role)
	})
}

// mostRights is how many users a list of rights takes, fewRights how many are on most.
const (
	mostRights = 256
	fewRights  = 8
)

func rootLadder(plan *playbook.Plan) []string {
	if len(plan.Roots) == 0 {
		return nil
	}
	return plan.Nodes[plan.Roots[0]].Ladder
}

func qualified(plan *playbook.Plan, f *Facts, role string, now time.Time) []v1alpha1.User {
	def := plan.Roles[role]
	team := def.Team
	if team == "" {
		team = f.Team
	}
	return f.Roster.Able(team, string(def.Duty), now)
}

// Standing is what a run amounts to at a glance.
type Standing struct {
	// NextDeadline is the earliest deadline of a waiting step that is not missed and whose clock runs; zero: none.
	NextDeadline time.Time
	// Overdue is how many waiting steps are past their deadline.
	Overdue int32
	// Problems are what keeps steps from going on, as "step: problem". Undelivered are those of them that are about notices
	// of which nobody can be sure that they arrived.
	Problems, Undelivered []string
}

// Stand sums a run up.
func Stand(run *v1alpha1.Run) Standing {
	var s Standing
	for i := range run.Steps {
		step := &run.Steps[i]
		if step.Problem != "" {
			s.Problems = append(s.Problems, step.Name+": "+step.Problem)
			if isUndelivered(step.Problem) {
				s.Undelivered = append(s.Undelivered, step.Name+": "+step.Problem)
			}
		}
		if step.State != v1alpha1.StepWaiting || step.DueAt.IsZero() {
			continue
		}
		switch {
		case !step.OverdueAt.IsZero():
			s.Overdue++
		case !step.PausedAt.IsZero(): // will move by as long as the clock stands still
		case s.NextDeadline.IsZero() || step.DueAt.Time.Before(s.NextDeadline):
			s.NextDeadline = step.DueAt.Time
		}
	}
	return s
}

// Holder is the user who holds a role of the run; empty: nobody.
func Holder(run *v1alpha1.Run, role string) v1alpha1.User {
	for _, h := range run.Roles {
		if h.Name == role {
			return h.User
		}
	}
	return ""
}
