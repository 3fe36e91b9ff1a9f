package roster

import (
	"cmp"
	"slices"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
)

// What a rotation means where it does not say.
const (
	defaultHandOver v1alpha1.ClockTime = "09:00"
	defaultTurn     int32              = 7
	defaultZone     string             = "UTC"
)

// shift is whose turn a rotation says it is.
type shift struct {
	member v1alpha1.MemberName
	// layer is the layer that says so, empty for an override.
	layer string
}

// rotation is a rotation with the place of its times of day.
type rotation struct {
	*v1alpha1.Rotation
	place calendar.Place
}

// rotation finds the rotation of a duty. One whose time zone does not exist counts as none; the team's condition names it.
func (r *Roster) rotation(team, duty string) (rotation, bool) {
	spec := r.team(team)
	if spec == nil {
		return rotation{}, false
	}
	for i := range spec.Rotations {
		if rot := &spec.Rotations[i]; string(rot.Duty) == duty {
			place, err := calendar.PlaceIn(cmp.Or(rot.TimeZone, spec.TimeZone, defaultZone))
			return rotation{rot, place}, err == nil
		}
	}
	return rotation{}, false
}

// at is whose turn it is; false where nobody's is. What it costs does not grow with the age of the rotation: a turn's
// number follows from the days since the first.
func (rot rotation) at(moment time.Time) (shift, bool) {
	for _, o := range slices.Backward(rot.Overrides) {
		if !moment.Before(o.From.Time) && moment.Before(o.To.Time) {
			return shift{member: o.Member}, true
		}
	}
	shown := rot.place.Shows(moment)
	for i := len(rot.Layers) - 1; i >= 0; i-- {
		if member, ok := turnOf(&rot.Layers[i], shown); ok {
			return shift{member, string(rot.Layers[i].Name)}, true
		}
	}
	return shift{}, false
}

// turnOf is whose turn it is in a layer when the clocks show a time; false where the layer is not in force.
func turnOf(l *v1alpha1.RotationLayer, shown int64) (v1alpha1.MemberName, bool) {
	b, ok := boundsOf(l)
	if !ok || shown < b.first || shown >= b.end || len(l.Only) > 0 && !within(l.Only, shown) {
		return "", false
	}
	return l.Members[(shown-b.first)/b.turn%int64(len(l.Members))], true
}

// bounds are the times on the clock at which a layer begins and ends, and how long a turn lasts.
type bounds struct{ first, end, turn int64 }

const endless = int64(1) << 62

// boundsOf is false for a layer that says nothing usable; the team's condition names it.
func boundsOf(l *v1alpha1.RotationLayer) (bounds, bool) {
	handOver, err := calendar.TimeOfDay(cmp.Or(l.HandOver, defaultHandOver), "")
	if err != nil || len(l.Members) == 0 || l.EveryDays < 0 {
		return bounds{}, false
	}
	day, err := calendar.DayNumber(l.Start, "")
	if err != nil {
		return bounds{}, false
	}
	b := bounds{first: day*calendar.SecondsPerDay + handOver, end: endless, turn: int64(cmp.Or(l.EveryDays, defaultTurn)) * calendar.SecondsPerDay}
	if l.End != "" {
		if day, err = calendar.DayNumber(l.End, ""); err != nil {
			return bounds{}, false
		}
		b.end = day*calendar.SecondsPerDay + handOver
	}
	return b, true
}

// within is whether a time on the clock lies in one of some stretches of the week.
func within(times []v1alpha1.WeekTime, shown int64) bool {
	day := floorDay(shown)
	for i := range times {
		for d := day - 1; d <= day; d++ { // one that began yesterday may go on
			if from, to, ok := stretch(&times[i], d); ok && shown >= from && shown < to {
				return true
			}
		}
	}
	return false
}

// stretch is when a stretch of the week begins and ends if it begins on a day; false if it does not.
func stretch(w *v1alpha1.WeekTime, day int64) (from, to int64, ok bool) {
	if !slices.Contains(w.Days, calendar.WeekdayName(day)) {
		return 0, 0, false
	}
	from, err := calendar.TimeOfDay(w.From, "")
	if err != nil {
		return 0, 0, false
	}
	to, err = calendar.TimeOfDay(w.To, "")
	if err != nil {
		return 0, 0, false
	}
	if to <= from {
		to += calendar.SecondsPerDay
	}
	return from + day*calendar.SecondsPerDay, to + day*calendar.SecondsPerDay, true
}

func floorDay(shown int64) int64 {
	day := shown / calendar.SecondsPerDay
	if shown%calendar.SecondsPerDay < 0 {
		day--
	}
	return day
}

// primary is the member on call for a duty at a moment; nil where there is none, or who it is to be has not got the duty.
func (r *Roster) primary(team, duty string, at time.Time) *v1alpha1.Member {
	rot, ok := r.rotation(team, duty)
	if !ok {
		return nil
	}
	turn, ok := rot.at(at)
	if !ok {
		return nil
	}
	if m := r.member(team, string(turn.member)); m != nil && holds(m, duty) {
		return m
	}
	return nil
}
