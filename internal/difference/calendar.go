package difference

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
)

var week = []v1alpha1.Weekday{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"}

// days are days of the week in words, in the order of the week: Mon–Fri.
func days(list []v1alpha1.Weekday) string {
	var runs []string
	for i := 0; i < len(week); i++ {
		if !slices.Contains(list, week[i]) {
			continue
		}
		j := i
		for j+1 < len(week) && slices.Contains(list, week[j+1]) {
			j++
		}
		switch j - i {
		case 0:
			runs = append(runs, string(week[i]))
		case 1:
			runs = append(runs, string(week[i]), string(week[j]))
		default:
			runs = append(runs, string(week[i])+"–"+string(week[j]))
		}
		i = j
	}
	return strings.Join(runs, ", ")
}

func (d *differ) calendars() {
	objects(d, "BusinessCalendar", "calendar", d.a.pack.Calendars, d.b.pack.Calendars, Due, func(*v1alpha1.BusinessCalendar) string { return "" },
		func(s subject, a, b *v1alpha1.BusinessCalendar) {
			s.field("spec.timeZone", Due, a.Spec.TimeZone, b.Spec.TimeZone, "its time zone is %s, before %s", "", "")
			s.hours(a.Spec.Hours, b.Spec.Hours)
			s.sources(&a.Spec, &b.Spec)
			same := sameDay(&a.Spec, &b.Spec)
			s.special("spec.holidays", "is a holiday", a.Spec.Holidays, b.Spec.Holidays, same)
			s.special("spec.workdays", "is a working day", a.Spec.Workdays, b.Spec.Workdays, same)
		})
}

// hours compares opening hours by the day, whatever stretches they are written as.
func (s subject) hours(a, b []v1alpha1.OpeningHours) {
	type change struct{ was, is string }
	changed := map[change][]v1alpha1.Weekday{}
	var found []change
	for _, day := range week {
		c := change{opening(a, day), opening(b, day)}
		if c.was == c.is {
			continue
		}
		if changed[c] == nil {
			found = append(found, c)
		}
		changed[c] = append(changed[c], day)
	}
	for _, c := range found {
		s.at("spec.hours").say(Due, "%s: work is %s, before %s", days(changed[c]), c.is, c.was)
	}
}

// opening are the hours of a day, those that touch or overlap as one.
func opening(hours []v1alpha1.OpeningHours, day v1alpha1.Weekday) string {
	var open []v1alpha1.OpeningHours
	for _, h := range hours {
		if slices.Contains(h.Days, day) {
			open = append(open, h)
		}
	}
	slices.SortFunc(open, func(x, y v1alpha1.OpeningHours) int { return cmp.Compare(x.From, y.From) })
	var parts []v1alpha1.OpeningHours
	for _, h := range open {
		if n := len(parts) - 1; n >= 0 && h.From <= parts[n].To {
			parts[n].To = max(parts[n].To, h.To)
			continue
		}
		parts = append(parts, h)
	}
	if len(parts) == 0 {
		return "none"
	}
	text := make([]string, len(parts))
	for i, h := range parts {
		text[i] = string(h.From) + "–" + string(h.To)
	}
	return and(text)
}

// sameDay tells on which days work is as it was; of calendars that cannot be read, on none.
func sameDay(a, b *v1alpha1.BusinessCalendarSpec) func(v1alpha1.Date) bool {
	was, errA := calendar.New(*a)
	is, errB := calendar.New(*b)
	if errA != nil || errB != nil {
		return func(v1alpha1.Date) bool { return false }
	}
	return func(day v1alpha1.Date) bool { return was.SameDay(is, day) }
}

// special compares the calendar's own days. One that came or went makes no difference where the week or a list of public
// holidays says the same of it.
func (s subject) special(field, what string, a, b []v1alpha1.CalendarDay, same func(v1alpha1.Date) bool) {
	says := func(d v1alpha1.CalendarDay) string {
		text := what
		if field == "spec.workdays" {
			text += " with the hours of " + string(cmp.Or(d.Like, "Mon"))
		}
		if d.Name != "" {
			text += " (" + d.Name + ")"
		}
		return text
	}
	for j, d := range b {
		i := slices.IndexFunc(a, func(x v1alpha1.CalendarDay) bool { return x.Date == d.Date })
		switch {
		case i < 0 && same(d.Date):
		case i < 0:
			s.at(fmt.Sprintf("%s[%d]", field, j)).come(Due, "%s %s now", d.Date, says(d))
		case says(a[i]) != says(d):
			s.pair(fmt.Sprintf("%s[%d]", field, i), fmt.Sprintf("%s[%d]", field, j)).say(Due, "%s %s, before it %s", d.Date, says(d), says(a[i]))
		}
	}
	for i, d := range a {
		if !slices.ContainsFunc(b, func(x v1alpha1.CalendarDay) bool { return x.Date == d.Date }) && !same(d.Date) {
			s.at(fmt.Sprintf("%s[%d]", field, i)).gone(Due, "%s no longer %s", d.Date, says(d))
		}
	}
}
