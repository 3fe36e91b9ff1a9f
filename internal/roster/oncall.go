package roster

import (
	"cmp"
	"slices"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
)

// Turn is a stretch of time in which a rotation says one thing.
type Turn struct {
	// Person is who is on call, there or away; without a name where nobody is.
	Person Person
	// Layer is the layer that says so; empty for an override and where nobody is on call.
	Layer string
	// Override is whether an override says so.
	Override bool
	// Unstaffed is whether nobody needs to be on call where nobody is.
	Unstaffed bool
	// Until is the first moment at which another thing is said; zero: not within a year.
	Until time.Time
	// Zone is the time zone of the rotation.
	Zone *time.Location
}

// Hole is whether nobody is on call although somebody has to be.
func (t Turn) Hole() bool { return t.Person.Name == "" && !t.Unstaffed }

// farthestTurn is how far the end of a turn is looked for.
const farthestTurn = 366 * 24 * time.Hour

// OnCall is what the rotation of a duty says at a moment; false where a duty has no rotation that can be used.
func (r *Roster) OnCall(team, duty string, at time.Time) (Turn, bool) {
	rot, ok := r.rotation(team, duty)
	if !ok {
		return Turn{}, false
	}
	turn, turns := r.turn(rot, team, duty, at), rot.schedule()
	for t := turns.next(at); !t.IsZero() && t.Sub(at) <= farthestTurn; t = turns.next(t) {
		if now := r.turn(rot, team, duty, t); now.Person != turn.Person || now.Unstaffed != turn.Unstaffed {
			turn.Until = t
			break
		}
	}
	return turn, true
}

// Primary is who is on call for a duty at a moment, there or away; false where nobody is.
func (r *Roster) Primary(team, duty string, at time.Time) (Person, bool) {
	if m := r.primary(team, duty, at); m != nil {
		return person(team, m), true
	}
	return Person{}, false
}

// turn is what a rotation says at a moment, without until when.
func (r *Roster) turn(rot rotation, team, duty string, at time.Time) Turn {
	turn := Turn{Zone: rot.place.Location()}
	if is, ok := rot.at(at); ok {
		if m := r.member(team, string(is.member)); m != nil && holds(m, duty) {
			turn.Person, turn.Layer, turn.Override = person(team, m), is.layer, is.layer == ""
			return turn
		}
	}
	turn.Unstaffed = within(rot.Unstaffed, rot.place.Shows(at))
	return turn
}

// Back is when a user who is away at a moment is there again; zero when they are there.
func (r *Roster) Back(user v1alpha1.User, at time.Time) (until time.Time) {
	if r == nil {
		return until
	}
	for again := true; again; {
		again = false
		for _, a := range r.absences[user] { // one leave may follow the other
			if a.holds(latest(at, until)) {
				until, again = a.to, true
			}
		}
	}
	return until
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// Duties lists the duties of a team, sorted: those somebody has and those with a rotation.
func (r *Roster) Duties(team string) []string {
	spec := r.team(team)
	if spec == nil {
		return nil
	}
	var out []string
	for m := range r.members(team) {
		for _, d := range m.Duties {
			out = append(out, string(d))
		}
	}
	for i := range spec.Rotations {
		out = append(out, string(spec.Rotations[i].Duty))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Teams lists the teams, sorted.
func (r *Roster) Teams() []string { return slices.Clone(r.names) }

// Selection is how a team is asked beside its rotations.
func (r *Roster) Selection(team string) v1alpha1.Selection {
	if spec := r.team(team); spec != nil {
		return cmp.Or(spec.Selection, v1alpha1.SelectionFirst)
	}
	return v1alpha1.SelectionFirst
}

// absence is a time somebody is not there; to is when they are back.
type absence struct{ from, to time.Time }

func (a absence) holds(at time.Time) bool { return !at.Before(a.from) && at.Before(a.to) }

// absenceOf is an absence as moments; whole days are the person's, or else the team's. A zone that does not exist counts
// as UTC, which the team's condition names: somebody's leave is not dropped for it.
func absenceOf(a v1alpha1.Absence, zones ...string) (absence, bool) {
	if a.FirstDay == "" {
		return absence{a.From.Time, a.To.Time}, true
	}
	first, err := calendar.DayNumber(a.FirstDay, "")
	if err != nil {
		return absence{}, false
	}
	last, err := calendar.DayNumber(cmp.Or(a.LastDay, a.FirstDay), "")
	if err != nil {
		return absence{}, false
	}
	place, err := calendar.PlaceIn(cmp.Or(append(zones, defaultZone)...))
	if err != nil {
		if place, err = calendar.PlaceIn(defaultZone); err != nil {
			return absence{}, false
		}
	}
	return absence{place.When(first * calendar.SecondsPerDay), place.When((last + 1) * calendar.SecondsPerDay)}, true
}
