package calendar

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"
	_ "time/tzdata" // the machine may have no time zones installed

	"tocsin.dev/tocsin/api/v1alpha1"
)

// span is a stretch of work on a day, in seconds of the wall clock since midnight.
type span struct{ from, to int64 }

// Calendar is when an organisation works. It is immutable and safe for concurrent use; New makes one.
type Calendar struct {
	name  string
	clock *wallClock
	// week holds the stretches of each day of the week, in order and apart from each other.
	week [7][]span
	// special holds the days that are not like their day of the week, none for a holiday; by number of the day.
	special map[int64][]span
	// firstSpecial and lastSpecial bound the keys of special, which saves most look-ups.
	firstSpecial, lastSpecial int64
	// knownUntil is the number of the last day for which the lists of public holidays speak; listed is that there are any.
	knownUntil int64
	listed     bool
	// version is the beginning of a digest of all the above, stamp the name with it.
	version, stamp string
}

// New makes a Calendar of spec. The error names the field that is wrong: an unknown time zone, no opening hours, hours
// that end before they begin, a day of the week or date that does not exist, a list of public holidays that cannot be read
// (with its line), a make-up day without hours, a day that is both holiday and make-up day.
func New(spec v1alpha1.BusinessCalendarSpec) (*Calendar, error) {
	clock, err := newWallClock(spec.TimeZone)
	if err != nil {
		return nil, fmt.Errorf("spec.timeZone: %w", err)
	}
	c := &Calendar{name: spec.TimeZone, clock: clock, knownUntil: never}
	if c.week, err = weekOf(spec.Hours); err != nil {
		return nil, err
	}
	if err := c.addSources(spec.PublicHolidays); err != nil {
		return nil, err
	}
	own, err := c.addHolidays(spec.Holidays)
	if err != nil {
		return nil, err
	}
	if err := c.addWorkdays(spec.Workdays, own); err != nil {
		return nil, err
	}
	for d := range c.special {
		c.firstSpecial, c.lastSpecial = min(c.firstSpecial, d), max(c.lastSpecial, d)
	}
	c.version = c.digest()
	return c.Named(c.name), nil
}

// Named is the calendar with the name that errors and deadlines call it by. Default: its time zone.
func (c *Calendar) Named(name string) *Calendar {
	named := *c
	named.name, named.stamp = name, name+"@"+c.version
	return &named
}

// Location is the calendar's time zone.
func (c *Calendar) Location() *time.Location { return c.clock.location }

func weekOf(hours []v1alpha1.OpeningHours) (week [7][]span, err error) {
	if len(hours) == 0 {
		return week, fmt.Errorf("spec.hours: there is no working time; write the opening hours of at least one day")
	}
	for i, h := range hours {
		s, err := spanOf(h, fmt.Sprintf("spec.hours[%d]", i))
		if err != nil {
			return week, err
		}
		if len(h.Days) == 0 {
			return week, fmt.Errorf("spec.hours[%d].days: no day of the week; write at least one of Mon, Tue, Wed, Thu, Fri, Sat, Sun", i)
		}
		for j, name := range h.Days {
			d, ok := weekday(name)
			if !ok {
				return week, fmt.Errorf("spec.hours[%d].days[%d]: %q is no day of the week; write Mon, Tue, Wed, Thu, Fri, Sat or Sun", i, j, name)
			}
			week[d] = append(week[d], s)
		}
	}
	for d := range week {
		week[d] = merged(week[d])
	}
	return week, nil
}

func spanOf(h v1alpha1.OpeningHours, field string) (s span, err error) {
	if s.from, err = secondOfDay(h.From, field+".from"); err != nil {
		return s, err
	}
	if s.to, err = secondOfDay(h.To, field+".to"); err != nil {
		return s, err
	}
	if s.from >= s.to {
		return s, fmt.Errorf("%s: from %s is not before to %s; write a shift over midnight as two entries: from %s to 24:00, and from 00:00 to %s on the days after",
			field, h.From, h.To, h.From, h.To)
	}
	return s, nil
}

// merged is the spans in order, those that overlap or touch made one.
func merged(spans []span) []span {
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	var out []span
	for _, s := range spans {
		if last := len(out) - 1; last >= 0 && s.from <= out[last].to {
			out[last].to = max(out[last].to, s.to)
			continue
		}
		out = append(out, s)
	}
	return out
}

// addHolidays takes in the calendar's own holidays and says which days they are.
func (c *Calendar) addHolidays(days []v1alpha1.CalendarDay) (map[int64]bool, error) {
	own := make(map[int64]bool, len(days))
	for i, h := range days {
		d, err := dayOf(h.Date, fmt.Sprintf("spec.holidays[%d].date", i))
		if err != nil {
			return nil, err
		}
		own[d] = true
		c.setSpecial(d, nil)
	}
	return own, nil
}

func (c *Calendar) addWorkdays(days []v1alpha1.CalendarDay, holidays map[int64]bool) error {
	for i, w := range days {
		d, err := dayOf(w.Date, fmt.Sprintf("spec.workdays[%d].date", i))
		if err != nil {
			return err
		}
		if holidays[d] {
			return fmt.Errorf("spec.workdays[%d].date: %s is also a holiday; remove it from one of the two", i, w.Date)
		}
		field := fmt.Sprintf("spec.workdays[%d].like", i)
		like, err := c.hoursLike(w.Like, field)
		if err != nil {
			return err
		}
		if len(like) == 0 {
			return fmt.Errorf("%s: %s has no opening hours; name a day that has", field, cmp.Or(w.Like, "Mon"))
		}
		c.setSpecial(d, like)
	}
	return nil
}

// hoursLike are the stretches of a day of the week; of Mon where none is named.
func (c *Calendar) hoursLike(name v1alpha1.Weekday, field string) ([]span, error) {
	name = cmp.Or(name, "Mon")
	d, ok := weekday(name)
	if !ok {
		return nil, fmt.Errorf("%s: %q is no day of the week; write Mon, Tue, Wed, Thu, Fri, Sat or Sun", field, name)
	}
	return c.week[d], nil
}

func (c *Calendar) setSpecial(d int64, spans []span) {
	if c.special == nil {
		c.special = map[int64][]span{}
		c.firstSpecial, c.lastSpecial = d, d
	}
	c.special[d] = spans
}

// spans are the stretches of a day by its number.
func (c *Calendar) spans(d int64) []span {
	if d >= c.firstSpecial && d <= c.lastSpecial && c.special != nil {
		if s, ok := c.special[d]; ok {
			return s
		}
	}
	return c.week[weekdayOf(d)]
}

// SameDay is whether two calendars have the same hours on a day; false for a date that does not exist.
func (c *Calendar) SameDay(other *Calendar, date v1alpha1.Date) bool {
	d, err := dayOf(date, "")
	return err == nil && slices.Equal(c.spans(d), other.spans(d))
}

// Works is whether there is work on a day; false for a date that does not exist.
func (c *Calendar) Works(date v1alpha1.Date) bool {
	d, err := dayOf(date, "")
	return err == nil && len(c.spans(d)) > 0
}

// Apart are the days that either calendar names and only one of the two has work on, in order.
func (c *Calendar) Apart(other *Calendar) []v1alpha1.Date {
	var out []v1alpha1.Date
	days := map[int64][]span{}
	maps.Copy(days, c.special)
	maps.Copy(days, other.special)
	for _, d := range slices.Sorted(maps.Keys(days)) {
		if (len(c.spans(d)) == 0) != (len(other.spans(d)) == 0) {
			out = append(out, v1alpha1.Date(dateOf(d).Format(time.DateOnly)))
		}
	}
	return out
}

func weekday(name v1alpha1.Weekday) (time.Weekday, bool) {
	for d := time.Sunday; d <= time.Saturday; d++ {
		if d.String()[:3] == string(name) {
			return d, true
		}
	}
	return 0, false
}

// secondOfDay reads HH:MM; 24:00 is the end of the day.
func secondOfDay(c v1alpha1.ClockTime, field string) (int64, error) {
	digit := func(i int) int64 { return int64(c[i]) - '0' }
	wrong := func() error {
		return fmt.Errorf("%s: %q is no time of day; write HH:MM from 00:00 to 24:00", field, string(c))
	}
	if len(c) != len("00:00") || c[2] != ':' {
		return 0, wrong()
	}
	for _, i := range [...]int{0, 1, 3, 4} {
		if digit(i) < 0 || digit(i) > 9 {
			return 0, wrong()
		}
	}
	hours, minutes := digit(0)*10+digit(1), digit(3)*10+digit(4)
	if hours > 24 || minutes > 59 || hours == 24 && minutes > 0 {
		return 0, wrong()
	}
	return hours*3600 + minutes*60, nil
}

// dayOf is the number of a date, counted from 1970-01-01.
func dayOf(d v1alpha1.Date, field string) (int64, error) {
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return 0, fmt.Errorf("%s: %q is no date; write YYYY-MM-DD, a day that exists", field, string(d))
	}
	return floorDiv(t.Unix(), secondsPerDay), nil
}
