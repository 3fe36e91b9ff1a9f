package calendar

import (
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// Place is where clocks show a time zone's time. The time a clock shows is a number of seconds: the number of the day,
// counted from 1970-01-01, times SecondsPerDay, plus the time of day. A clock that is put back counts as standing still
// until it has caught up, so that what happens at a time of day happens once on every day.
type Place struct{ clock *wallClock }

// SecondsPerDay is the length of a day on the clock.
const SecondsPerDay = secondsPerDay

// PlaceIn is the place of a time zone by its IANA name.
func PlaceIn(zone string) (Place, error) {
	clock, err := newWallClock(zone)
	return Place{clock}, err
}

// Location is the time zone.
func (p Place) Location() *time.Location { return p.clock.location }

// Shows is the latest time the clocks have shown up to a moment, in full seconds.
func (p Place) Shows(at time.Time) int64 { return p.clock.shown(at.Unix()) }

// When is the first moment at which the clocks show a time, or a later one where they jump over it.
func (p Place) When(shown int64) time.Time {
	hint := p.clock.zone(shown)
	return time.Unix(p.clock.instant(shown, &hint), 0).In(p.clock.location)
}

// TimeOfDay is the number of seconds from midnight to a time of day; the error says of field that it is none.
func TimeOfDay(c v1alpha1.ClockTime, field string) (int64, error) { return secondOfDay(c, field) }

// DayNumber is the number of a day, counted from 1970-01-01; the error says of field that it is none.
func DayNumber(d v1alpha1.Date, field string) (int64, error) { return dayOf(d, field) }

// WeekdayName is the day of the week of a day by its number.
func WeekdayName(day int64) v1alpha1.Weekday {
	return v1alpha1.Weekday(weekdayOf(day).String()[:3])
}

func weekdayOf(day int64) time.Weekday {
	return time.Weekday(floorMod(day+int64(time.Thursday), 7)) // day 0 was a Thursday
}
