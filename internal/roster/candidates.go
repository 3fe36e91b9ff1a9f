package roster

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// Query asks who can take a duty.
type Query struct {
	// Team and Duty are whom to ask for what.
	Team, Duty string
	// At is the moment the person is asked.
	At time.Time
	// OnCall is the moment at which whoever is on call is asked first, so that the order can stay when they hand over. Zero:
	// At.
	OnCall time.Time
	// Seed chooses where a team with selection Spread begins; one that stays the same for a case, e.g. its UID.
	Seed string
	// Exclude is true for users who must not be asked, whoever they stand in for. Nil: nobody.
	Exclude func(v1alpha1.User) bool
}

// Candidates lists who can take the duty, the one to ask first at the front and no user twice; the package comment says
// in which order. It is empty where nobody can.
func (r *Roster) Candidates(q Query) []Person {
	able := able{r, q.At, q.Exclude}
	var found []Person
	var asked []string
	for team := q.Team; r.team(team) != nil && !slices.Contains(asked, team); team = string(r.team(team).Parent) {
		asked = append(asked, team)
		holders := r.holders(team, q)
		for _, m := range holders {
			if r.away(m.User, q.At) {
				found = able.addDeputies(found, team, m)
			} else {
				found = able.add(found, team, m)
			}
		}
		for _, m := range holders {
			found = able.addDeputies(found, team, m)
		}
	}
	return found
}

// Deputies lists who stands in for p at a moment: the deputies p's team names for p, in that order, without those who
// are away, excluded or p under another name. exclude may be nil.
func (r *Roster) Deputies(p Person, at time.Time, exclude func(v1alpha1.User) bool) []Person {
	m := r.member(p.Team, p.Name)
	if m == nil {
		return nil
	}
	able := able{r, at, func(u v1alpha1.User) bool { return u == p.User || exclude != nil && exclude(u) }}
	return able.addDeputies(nil, p.Team, m)
}

// Call is somebody who is called together with others.
type Call struct {
	Person
	// Place is the member whose place in the call it is: themselves, or somebody they stand in for.
	Place Person
	// For are the users of the members they stand in for.
	For []v1alpha1.User
}

// Called lists whom a call of the members with one of the duties goes to, in list order and nobody twice: who is there, and for
// who is away or excluded the first deputy who is neither. With no duties it calls all members. exclude may be nil.
func (r *Roster) Called(team string, duties []string, at time.Time, exclude func(v1alpha1.User) bool) []Call {
	able := able{r, at, exclude}
	var out []Call
	for m := range r.members(team) {
		if len(duties) > 0 && !slices.ContainsFunc(duties, func(d string) bool { return holds(m, d) }) {
			continue
		}
		found := able.add(nil, team, m)
		if len(found) == 0 {
			found = able.addDeputies(nil, team, m)
		}
		if len(found) == 0 {
			continue
		}
		k := slices.IndexFunc(out, func(c Call) bool { return c.User == found[0].User })
		if k < 0 {
			k = len(out)
			out = append(out, Call{Person: found[0], Place: person(team, m)})
		}
		if found[0].User != m.User {
			out[k].For = append(out[k].For, m.User)
		}
	}
	return out
}

// EachDeputy visits those whom Deputies lists, where nobody is excluded, without listing them.
func (r *Roster) EachDeputy(p Person, at time.Time, visit func(Person)) {
	m := r.member(p.Team, p.Name)
	if m == nil {
		return
	}
	for k, name := range m.Deputies {
		d := r.member(p.Team, string(name))
		if d != nil && d.User != "" && d.User != p.User && !r.away(d.User, at) && !slices.Contains(m.Deputies[:k], name) {
			visit(person(p.Team, d))
		}
	}
}

// holders are the members who hold a duty, the one to ask first at the front, whether they are there or not: somebody's
// holiday must not move a case that another person has. Whoever is on call comes before the others.
func (r *Roster) holders(team string, q Query) []*v1alpha1.Member {
	var out []*v1alpha1.Member
	for m := range r.members(team) {
		if holds(m, q.Duty) {
			out = append(out, m)
		}
	}
	if len(out) < 2 {
		return out
	}
	if r.team(team).Selection == v1alpha1.SelectionSpread {
		sum := sha256.Sum256([]byte(q.Seed))
		first := int(binary.BigEndian.Uint64(sum[:8]) % uint64(len(out)))
		out = slices.Concat(out[first:], out[:first])
	}
	at := q.OnCall
	if at.IsZero() {
		at = q.At
	}
	if k := slices.Index(out, r.primary(team, q.Duty, at)); k > 0 {
		first := out[k]
		copy(out[1:k+1], out[:k])
		out[0] = first
	}
	return out
}

func (r *Roster) member(team, name string) *v1alpha1.Member {
	for m := range r.members(team) {
		if m.Name == name {
			return m
		}
	}
	return nil
}

// able is who is there at a moment and may be asked.
type able struct {
	roster  *Roster
	at      time.Time
	exclude func(v1alpha1.User) bool
}

// add adds a member to people, if they are able and not among them yet.
func (a able) add(people []Person, team string, m *v1alpha1.Member) []Person {
	listed := func(p Person) bool { return p.User == m.User }
	excluded := a.exclude != nil && a.exclude(m.User)
	if m.User == "" || excluded || a.roster.away(m.User, a.at) || slices.ContainsFunc(people, listed) {
		return people
	}
	return append(people, person(team, m))
}

// addDeputies adds the deputies of a member, in the order in which they are named.
func (a able) addDeputies(people []Person, team string, m *v1alpha1.Member) []Person {
	for _, name := range m.Deputies {
		if d := a.roster.member(team, string(name)); d != nil {
			people = a.add(people, team, d)
		}
	}
	return people
}
