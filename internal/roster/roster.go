package roster

import (
	"cmp"
	"maps"
	"slices"
	"sync"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// Person is a member of a team.
type Person struct {
	// Team is the name of the team, Name the short name of the person in it.
	Team, Name string
	// User is the person's Kubernetes user name.
	User v1alpha1.User
	// Locale is the language the person is written to; English where the team says nothing.
	Locale v1alpha1.Locale
}

// Roster is all teams. It reads the team specs and never changes them; it is safe for concurrent use as long as nobody
// else does. A nil Roster has no teams.
type Roster struct {
	teams map[string]*v1alpha1.ResponseTeamSpec
	// names are the names of the teams in order.
	names []string
	// absences are when a user is away, whichever team says so.
	absences map[v1alpha1.User][]absence
	// changes are the moments at which somebody leaves or is back, in order; pools what Able worked out.
	changes []time.Time
	pools   sync.Map
}

// New makes a Roster of team specs by team name. Nil specs are left out; nil makes a Roster without teams.
func New(teams map[string]*v1alpha1.ResponseTeamSpec) *Roster {
	r := &Roster{
		teams:    make(map[string]*v1alpha1.ResponseTeamSpec, len(teams)),
		absences: map[v1alpha1.User][]absence{},
	}
	for name, spec := range teams {
		if spec != nil {
			r.teams[name] = spec
		}
	}
	r.names = slices.Sorted(maps.Keys(r.teams))
	for _, team := range r.names {
		for m := range r.members(team) {
			for _, a := range m.Away {
				if away, ok := absenceOf(a, m.TimeZone, r.teams[team].TimeZone); ok {
					r.absences[m.User] = append(r.absences[m.User], away)
					r.changes = append(r.changes, away.from, away.to)
				}
			}
		}
	}
	slices.SortFunc(r.changes, time.Time.Compare)
	r.changes = slices.CompactFunc(r.changes, time.Time.Equal)
	return r
}

// Members lists the members of a team who have one of the duties, in list order, whether they are there or away. With
// no duties it lists all members. Two members with the same user are both listed.
func (r *Roster) Members(team string, duties []string) []Person {
	var out []Person
	for m := range r.members(team) {
		if len(duties) == 0 || slices.ContainsFunc(duties, func(d string) bool { return holds(m, d) }) {
			out = append(out, person(team, m))
		}
	}
	return out
}

// Has is whether a user is a member of a team with a duty, there or away.
func (r *Roster) Has(team string, user v1alpha1.User, duty string) bool {
	for m := range r.members(team) {
		if m.User == user && holds(m, duty) {
			return true
		}
	}
	return false
}

// Find is the person with a Kubernetes user name: the first member of the first team, in the order of team names.
func (r *Roster) Find(user v1alpha1.User) (Person, bool) {
	if r == nil || user == "" {
		return Person{}, false
	}
	for _, team := range r.names {
		for m := range r.members(team) {
			if m.User == user {
				return person(team, m), true
			}
		}
	}
	return Person{}, false
}

// Left is whether somebody who comes from a team is in no team any more. Of a team that is missing itself nobody has left:
// it is mended first.
func (r *Roster) Left(user v1alpha1.User, team string) bool {
	spec := r.team(team)
	if user == "" || spec == nil {
		return false
	}
	for i := range spec.Members { // where they are as a rule
		if spec.Members[i].User == user {
			return false
		}
	}
	_, found := r.Find(user)
	return !found
}

// TeamUsers lists the Kubernetes user names of a team's members in list order, each once.
func (r *Roster) TeamUsers(team string) []v1alpha1.User {
	var out []v1alpha1.User
	for m := range r.members(team) {
		if m.User != "" && !slices.Contains(out, m.User) {
			out = append(out, m.User)
		}
	}
	return out
}

// Stakeholder is whether a team lists a stakeholder of this name.
func (r *Roster) Stakeholder(team, name string) bool {
	spec := r.team(team)
	return spec != nil && slices.ContainsFunc(spec.Stakeholders, func(s v1alpha1.Stakeholder) bool { return string(s.Name) == name })
}

// StakeholderTeam is the team that lists a stakeholder: the first of prefer that does, else the first of all teams in
// the order of their names.
func (r *Roster) StakeholderTeam(name string, prefer ...string) (team string, ok bool) {
	if r == nil {
		return "", false
	}
	for _, teams := range [...][]string{prefer, r.names} {
		for _, t := range teams {
			if r.Stakeholder(t, name) {
				return t, true
			}
		}
	}
	return "", false
}

func (r *Roster) team(name string) *v1alpha1.ResponseTeamSpec {
	if r == nil {
		return nil
	}
	return r.teams[name]
}

// members goes through the members of a team in list order.
func (r *Roster) members(team string) func(yield func(*v1alpha1.Member) bool) {
	return func(yield func(*v1alpha1.Member) bool) {
		spec := r.team(team)
		if spec == nil {
			return
		}
		for i := range spec.Members {
			if !yield(&spec.Members[i]) {
				return
			}
		}
	}
}

func person(team string, m *v1alpha1.Member) Person {
	return Person{Team: team, Name: m.Name, User: m.User, Locale: cmp.Or(m.Locale, v1alpha1.LocaleEnglish)}
}

func holds(m *v1alpha1.Member, duty string) bool {
	return slices.Contains(m.Duties, v1alpha1.Identifier(duty))
}

// away is whether a user is away at a moment; the first moment of an absence is away, its end is back.
func (r *Roster) away(user v1alpha1.User, at time.Time) bool {
	return slices.ContainsFunc(r.absences[user], func(a absence) bool { return a.holds(at) })
}

// NextReturn is when the first of those who are away at a moment is back; zero when nobody is away.
func (r *Roster) NextReturn(at time.Time) time.Time {
	var first time.Time
	if r == nil {
		return first
	}
	for _, absences := range r.absences {
		for _, a := range absences {
			if a.holds(at) && (first.IsZero() || a.to.Before(first)) {
				first = a.to
			}
		}
	}
	return first
}
