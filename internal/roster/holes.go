package roster

import (
	"cmp"
	"fmt"
	"time"

	"tocsin.dev/tocsin/internal/calendar"
)

// Hole is a time at which nobody is there for a duty.
type Hole struct {
	Duty string
	// From is when it begins, or the moment that was asked about if it has begun before. To is when it ends; zero: not within
	// a year.
	From, To time.Time
	// Why says what is missing, and what to do.
	Why string
	// Zone is the time zone of the rotation, or of the team.
	Zone *time.Location
}

// Holes are the first hole of each duty of a team that begins before until, in the order of duties. next is when
// something changes after until; zero: never, as far as the team says.
func (r *Roster) Holes(team string, from, until time.Time) (holes []Hole, next time.Time) {
	for _, duty := range r.Duties(team) {
		at, why := from, ""
		for !at.IsZero() && at.Before(until) {
			if why = r.lack(team, duty, at); why != "" {
				break
			}
			at = r.nextOf(team, duty, at)
		}
		if why != "" {
			holes = append(holes, Hole{Duty: duty, From: at, To: r.holeEnd(team, duty, at), Why: why, Zone: r.zone(team, duty)})
		} else if !at.IsZero() && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	return holes, next
}

// holeEnd is when somebody is there again.
func (r *Roster) holeEnd(team, duty string, from time.Time) time.Time {
	for at := r.nextOf(team, duty, from); !at.IsZero() && at.Sub(from) <= farthestTurn; at = r.nextOf(team, duty, at) {
		if r.lack(team, duty, at) == "" {
			return at
		}
	}
	return time.Time{}
}

// lack says why nobody is there for a duty; empty: somebody is, or nobody needs to be.
func (r *Roster) lack(team, duty string, at time.Time) string {
	rot, rotates := r.rotation(team, duty)
	if !rotates {
		return r.lackOfAll(team, duty, at)
	}
	turn := r.turn(rot, team, duty, at)
	if turn.Unstaffed {
		return ""
	}
	if turn.Person.Name != "" {
		if !r.away(turn.Person.User, at) || len(r.Deputies(turn.Person, at, nil)) > 0 {
			return ""
		}
		return fmt.Sprintf("%s is on call and away, and no deputy is there; name another deputy, or write an override", turn.Person.Name)
	}
	if is, ok := rot.at(at); ok {
		return fmt.Sprintf("it is the turn of %q, who is no member with that duty; correct the rotation", is.member)
	}
	return "it is nobody's turn; add a layer or an override, or list the time under unstaffed"
}

func (r *Roster) lackOfAll(team, duty string, at time.Time) string {
	for m := range r.members(team) {
		if holds(m, duty) && (!r.away(m.User, at) || len(r.Deputies(person(team, m), at, nil)) > 0) {
			return ""
		}
	}
	return "everybody with the duty is away, and so are their deputies; name another deputy"
}

// nextOf is the next moment at which lack may say something else; zero: never.
func (r *Roster) nextOf(team, duty string, after time.Time) time.Time {
	var first time.Time
	if rot, ok := r.rotation(team, duty); ok {
		first = rot.next(after)
	}
	for m := range r.members(team) {
		for _, a := range r.absences[m.User] {
			for _, at := range [...]time.Time{a.from, a.to} {
				if at.After(after) && (first.IsZero() || at.Before(first)) {
					first = at
				}
			}
		}
	}
	return first
}

func (r *Roster) zone(team, duty string) *time.Location {
	if rot, ok := r.rotation(team, duty); ok {
		return rot.place.Location()
	}
	if place, err := calendar.PlaceIn(cmp.Or(r.team(team).TimeZone, defaultZone)); err == nil {
		return place.Location()
	}
	return time.UTC
}
