package difference

import (
	"fmt"
	"slices"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
)

// sources compares lists of public holidays: a country's by its name, what is written in a file by its days.
func (s subject) sources(a, b *v1alpha1.BusinessCalendarSpec) {
	if s = s.at("spec.publicHolidays"); asJSON(a.PublicHolidays) == asJSON(b.PublicHolidays) {
		return
	}
	come, gone := missing(b.PublicHolidays, a.PublicHolidays), missing(a.PublicHolidays, b.PublicHolidays)
	if written := !slices.ContainsFunc(slices.Concat(come, gone), func(x v1alpha1.HolidaySource) bool { return x.Country != "" }); written && s.listed(a, b) {
		return
	}
	says := func(x v1alpha1.HolidaySource) string {
		if x.Country != "" {
			return "the public holidays of " + string(x.Country)
		}
		if x.Lists == v1alpha1.SourceWorkdays {
			return "the working days of an iCalendar file"
		}
		return "the holidays of an iCalendar file"
	}
	for _, x := range come {
		s.say(Due, "%s now count", says(x))
	}
	for _, x := range gone {
		s.say(Due, "%s no longer count", says(x))
	}
	if len(come)+len(gone) == 0 {
		s.say(Due, "of two lists of public holidays another one wins: they have another order")
	}
}

// listed says which days lists have on one side only, and until when they speak; false where a calendar cannot be read.
func (s subject) listed(a, b *v1alpha1.BusinessCalendarSpec) bool {
	was, errA := calendar.New(*a)
	is, errB := calendar.New(*b)
	if errA != nil || errB != nil {
		return false
	}
	own := map[v1alpha1.Date]bool{} // told by themselves
	for _, d := range slices.Concat(a.Holidays, a.Workdays, b.Holidays, b.Workdays) {
		own[d.Date] = true
	}
	sorts := []struct{ one, several string }{
		{"is a holiday now", "are holidays now"}, {"is no holiday any more", "are no holidays any more"},
		{"is a working day now", "are working days now"}, {"is no working day any more", "are no working days any more"},
	}
	days := make([][]string, len(sorts))
	for _, date := range was.Apart(is) {
		if own[date] {
			continue
		}
		number, _ := calendar.DayNumber(date, "") // a calendar has it
		inWeek := opening(b.Hours, calendar.WeekdayName(number)) != "none"
		sort := 0
		switch works := is.Works(date); {
		case works && inWeek:
			sort = 1
		case works:
			sort = 2
		case !inWeek:
			sort = 3
		}
		days[sort] = append(days[sort], string(date))
	}
	for i, list := range days {
		switch {
		case len(list) == 1:
			s.say(Due, "%s %s", list[0], sorts[i].one)
		case len(list) > mostDays:
			s.say(Due, "%s %s", and(append(list[:mostDays-1:mostDays-1], fmt.Sprintf("%d other days", len(list)-mostDays+1))), sorts[i].several)
		case len(list) > 1:
			s.say(Due, "%s %s", and(list), sorts[i].several)
		}
	}
	if until, before := knownUntil(is), knownUntil(was); until != before {
		s.say(Due, "its public holidays are known %s, before %s", until, before)
	}
	return true
}

// mostDays is how many days a sentence names.
const mostDays = 12

func knownUntil(c *calendar.Calendar) string {
	if until, is := c.KnownUntil(); is {
		return "until " + string(until)
	}
	return "for ever"
}
