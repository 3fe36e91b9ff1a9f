package judge

import (
	"fmt"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
	"tocsin.dev/tocsin/internal/timing"
)

// holidaysAhead is how long before the last day that is known a calendar begins to warn: deadlines reach weeks ahead, and
// a list has to be found and reviewed.
const holidaysAhead = 60 * 24 * time.Hour

// Calendar makes a calendar of what is declared. It is an error where it cannot be, and where it has no working time, now or later:
// as far ahead as deadlines are proved where nobody says otherwise.
func Calendar(spec v1alpha1.BusinessCalendarSpec, now time.Time) (*calendar.Calendar, error) {
	made, err := calendar.New(spec)
	if err != nil {
		return nil, err
	}
	if at := made.Closes(now, timing.DefaultDays); !at.IsZero() {
		return nil, fmt.Errorf("spec.hours: holidays leave no working time in the %d days from %s on; add opening hours or remove holidays",
			calendar.Horizon, at.In(made.Location()).Format(time.DateOnly))
	}
	return made, nil
}

// CalendarAgain is when a calendar that can be used has to be judged again: when the end of its working time is as near as Calendar
// looks ahead, or when nobody has looked any further.
func CalendarAgain(made *calendar.Calendar, now time.Time) time.Time {
	again := now.AddDate(0, 0, timing.DefaultDays)
	if at := made.Closes(again, timing.DefaultDays); !at.IsZero() {
		again = at.AddDate(0, 0, -timing.DefaultDays)
	}
	return again
}

// HolidaysKnown is whether the public holidays of a calendar are known for long enough.
type HolidaysKnown struct {
	Known bool
	// Reason and Message are those of the condition.
	Reason, Message string
	// Next is when it has to be judged again; zero: never.
	Next time.Time
}

// Holidays says until when the public holidays of a calendar are known.
func Holidays(made *calendar.Calendar, now time.Time) HolidaysKnown {
	until, bounded := made.KnownUntil()
	if !made.Listed() {
		return HolidaysKnown{Known: true, Reason: "NoList", Message: "the calendar names no public holidays, so none counts; name a country or an iCal file in spec.publicHolidays where they are kept"}
	}
	if !bounded {
		return HolidaysKnown{Known: true, Reason: "NoEnd", Message: "the calendar has no lists of public holidays that end"}
	}
	const beyond = "deadlines beyond it count as if no public holiday came, and say so; "
	const mend = "take in the list of the next year: a newer release for a country that is built in, another text for iCal, or spec.holidays and spec.workdays"
	end := made.KnownEnd()
	switch warn := end.Add(-holidaysAhead); {
	case now.Before(warn):
		return HolidaysKnown{Known: true, Reason: "Known", Message: "public holidays are known until " + string(until), Next: warn}
	case now.Before(end):
		return HolidaysKnown{Reason: "EndingSoon", Message: "public holidays are known until " + string(until) + " only; " + beyond + mend, Next: end}
	}
	return HolidaysKnown{Reason: "Ended", Message: "public holidays were known until " + string(until) + " only; " + beyond + mend}
}
