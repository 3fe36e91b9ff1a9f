package roster

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// Blocked says which roles one absence can leave without anybody, because whoever would stand in holds a role that
// excludes it: one sentence a role. It looks at one absentee at a time, as if everybody else were there; a role that only
// one person could ever play is Uncovered's, one without a team of its own nobody's before there is an incident. ladder
// lists the roles that stand in for those below, lowest first.
func (r *Roster) Blocked(roles []v1alpha1.Role, ladder []v1alpha1.Identifier) []string {
	var out []string
	for i, role := range roles {
		if why := r.blocked(role, roles, ladder); why != "" {
			out = append(out, fmt.Sprintf("spec.roles[%d] (%s): %s", i, role.Name, why))
		}
	}
	return out
}

func (r *Roster) blocked(role v1alpha1.Role, roles []v1alpha1.Role, ladder []v1alpha1.Identifier) string {
	rivals := slices.DeleteFunc(slices.Clone(roles), func(o v1alpha1.Role) bool {
		return o.Name == role.Name || !slices.Contains(role.Not, o.Name) && !slices.Contains(o.Not, role.Name)
	})
	for _, away := range r.withoutAway(role, "") {
		left := r.withoutAway(role, away.User)
		if len(left) == 0 {
			continue
		}
		taken, all := r.taken(left, rivals, away.User)
		if all && !r.standsIn(role, roles, ladder, append(left, away)) {
			return fmt.Sprintf("with %s away and %s, nobody is left; give the duty to somebody else, or %s another deputy", away.Name, strings.Join(taken, ", "), away.Name)
		}
	}
	return ""
}

// withoutAway are the people who could play a role if nobody but one user were away.
func (r *Roster) withoutAway(role v1alpha1.Role, away v1alpha1.User) []Person {
	return r.Candidates(Query{Team: role.Team, Duty: string(role.Duty), At: time.Time{}, // before any absence
		Exclude: func(u v1alpha1.User) bool { return away != "" && u == away }})
}

// taken tells whether all of some people can be busy with rival roles at the same time, and how, e.g. "ben as handler".
func (r *Roster) taken(people []Person, rivals []v1alpha1.Role, away v1alpha1.User) ([]string, bool) {
	if len(people) == 0 {
		return nil, true
	}
	for k, rival := range rivals {
		if !r.wouldHold(people[0].User, rival, away) {
			continue
		}
		if rest, all := r.taken(people[1:], slices.Delete(slices.Clone(rivals), k, k+1), away); all {
			return append([]string{people[0].Name + " as " + string(rival.Name)}, rest...), true
		}
	}
	return nil, false
}

// wouldHold is whether a user is asked first for a role, with everybody there or with one away; in a team that spreads its
// cases, or takes turns, anybody may be.
func (r *Roster) wouldHold(u v1alpha1.User, role v1alpha1.Role, away v1alpha1.User) bool {
	for _, people := range [][]Person{r.withoutAway(role, ""), r.withoutAway(role, away)} {
		_, rotates := r.rotation(role.Team, string(role.Duty))
		spread := rotates || r.team(role.Team) != nil && r.team(role.Team).Selection == v1alpha1.SelectionSpread
		for k, p := range people {
			if p.User == u && (k == 0 || spread) {
				return true
			}
		}
	}
	return false
}

// standsIn is whether somebody on the ladder above a role can play it who is not among those given.
func (r *Roster) standsIn(role v1alpha1.Role, roles []v1alpha1.Role, ladder []v1alpha1.Identifier, not []Person) bool {
	at := slices.Index(ladder, role.Name)
	if at < 0 {
		return false
	}
	for _, above := range roles {
		if slices.Index(ladder, above.Name) <= at {
			continue
		}
		if above.Team == "" {
			return true // the incident says who that is
		}
		for _, p := range r.withoutAway(above, "") {
			if !slices.ContainsFunc(not, func(n Person) bool { return n.User == p.User }) {
				return true
			}
		}
	}
	return false
}
