package policytest

import (
	"slices"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/internal/roster"
)

// rank is a duty in a team.
type rank struct{ team, duty string }

// ranks are those of a role of a record's playbook at a moment, and of the roles above it; a role that playbook does not have is that
// of the playbooks that do.
func (w *weigher) ranks(a *Audience, record string, at time.Time) []rank {
	s, _ := w.stateAt(record, at)
	names := []string{s.playbook}
	if plan := w.plans[s.playbook]; plan == nil || !has(plan, a.Role) {
		names = keys(w.plans)
	}
	var out []rank
	for _, name := range names {
		plan := w.plans[name]
		if !has(plan, a.Role) {
			continue
		}
		for _, role := range rolesOf(plan, a) {
			def, is := plan.Roles[role]
			if in := w.incidents[record]; def.Team == "" && in != nil {
				def.Team = string(in.Spec.Team)
			}
			if is && def.Team != "" {
				out = append(out, rank{def.Team, string(def.Duty)})
			}
		}
	}
	return out
}

func has(plan *playbook.Plan, role v1alpha1.Identifier) bool {
	_, is := plan.Roles[string(role)]
	return is
}

// rolesOf are the role of an audience and, if they count, those above it on the ladders that the steps of a playbook climb.
func rolesOf(plan *playbook.Plan, a *Audience) []string {
	out := []string{string(a.Role)}
	if !a.OrAbove {
		return out
	}
	for i := range plan.Nodes {
		ladder := plan.Nodes[i].Ladder
		if rung := slices.Index(ladder, string(a.Role)); rung >= 0 {
			out = append(out, ladder[rung+1:]...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// plays is whether somebody has one of some ranks, in its team or one above, or stands in for somebody who has: there or away.
func (w *weigher) plays(user v1alpha1.User, ranks []rank, at time.Time) bool {
	everybody := w.play.Teams().OnlyAway()
	return slices.ContainsFunc(ranks, func(r rank) bool {
		able := everybody.Candidates(roster.Query{Team: r.team, Duty: r.duty, At: at})
		return slices.ContainsFunc(able, func(p roster.Person) bool { return p.User == user })
	})
}
