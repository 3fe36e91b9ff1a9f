package calendar_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"pgregory.net/rapid"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
)

// plainZones change their clocks, if at all, by repeating or skipping a stretch that has no full hour within it: there
// the wall clock alone says whether a full-hour calendar is open.
var plainZones = []string{
	"UTC", "Asia/Shanghai", "Europe/Berlin", "America/New_York", "America/Santiago", "Asia/Beirut", "Asia/Kathmandu",
	"Australia/Lord_Howe", "Pacific/Apia",
}

// oddZones change by two hours, or went back a minute after midnight to the day before.
var oddZones = []string{"Antarctica/Troll", "America/St_Johns"}

// years lie before, in and after those a calendar keeps a table of, and at the table's ends.
var years = rapid.SampledFrom([]int{2009, 2010, 2011, 2014, 2015, 2026, 2028, 2036, 2044, 2045, 2060})

// anySpec draws opening hours on full hours and special days of a year.
func anySpec(t *rapid.T, zones []string, year int) v1alpha1.BusinessCalendarSpec {
	spec := v1alpha1.BusinessCalendarSpec{TimeZone: rapid.SampledFrom(zones).Draw(t, "zone")}
	for range rapid.IntRange(1, 5).Draw(t, "stretches") {
		from := rapid.IntRange(0, 23).Draw(t, "from")
		to := rapid.IntRange(from+1, 24).Draw(t, "to")
		days := rapid.SliceOfNDistinct(rapid.SampledFrom(everyday), 1, 7, rapid.ID).Draw(t, "days")
		spec.Hours = append(spec.Hours, hours(clock(from), clock(to), days...))
	}
	like := spec.Hours[0].Days[0]
	dates := rapid.SliceOfNDistinct(rapid.IntRange(0, 365), 0, 40, rapid.ID).Draw(t, "special days")
	for i, n := range dates {
		day := v1alpha1.CalendarDay{Date: v1alpha1.Date(time.Date(year, 1, 1+n, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)), Like: like}
		if i%3 == 0 {
			spec.Workdays = append(spec.Workdays, day)
		} else {
			spec.Holidays = append(spec.Holidays, day)
		}
	}
	return spec
}

func clock(hour int) v1alpha1.ClockTime { return v1alpha1.ClockTime(fmt.Sprintf("%02d:00", hour)) }

// anyTime draws a full five minutes of a year, every second time within two days of a clock change if there is one.
func anyTime(t *rapid.T, c *calendar.Calendar, year int) time.Time {
	when := time.Date(year, 1, 1, 0, 5*rapid.IntRange(0, 12*24*365).Draw(t, "five minutes"), 0, 0, time.UTC).In(c.Location())
	if _, change := when.ZoneBounds(); change.After(when) && change.Sub(when) < 366*24*time.Hour && rapid.Bool().Draw(t, "near a change") {
		when = change.Add(time.Duration(rapid.IntRange(-12*48, 12*48).Draw(t, "from the change")) * 5 * time.Minute)
	}
	return when
}

// clockSays is whether a wall clock and a wall calendar say that a full-hour calendar is open.
func clockSays(spec v1alpha1.BusinessCalendarSpec, local time.Time) bool {
	date, name := v1alpha1.Date(local.Format(time.DateOnly)), v1alpha1.Weekday(local.Format("Mon"))
	isDate := func(d v1alpha1.CalendarDay) bool { return d.Date == date }
	if slices.ContainsFunc(spec.Holidays, isDate) {
		return false
	}
	if i := slices.IndexFunc(spec.Workdays, isDate); i >= 0 {
		name = spec.Workdays[i].Like
	}
	now := v1alpha1.ClockTime(local.Format("15:04"))
	return slices.ContainsFunc(spec.Hours, func(h v1alpha1.OpeningHours) bool {
		return slices.Contains(h.Days, name) && h.From <= now && now < h.To
	})
}

func TestOpenAndBetweenFollowTheWallClock(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := NewWithT(t)
		year := years.Draw(t, "year")
		spec := anySpec(t, plainZones, year)
		c, err := calendar.New(spec)
		g.Expect(err).NotTo(HaveOccurred())
		from := anyTime(t, c, year)
		var open time.Duration
		when := from
		for range rapid.IntRange(0, 12*24*3).Draw(t, "five minutes more") {
			says := clockSays(spec, when)
			if c.Open(when) != says {
				t.Fatalf("%s: open is %v, the clock says %v", when, !says, says)
			}
			if says {
				open += 5 * time.Minute
			}
			when = when.Add(5 * time.Minute)
		}
		g.Expect(c.Between(from, when)).To(Equal(open))
	})
}

// A later start is never due earlier, nor is a longer duration.
func TestAddIsMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := NewWithT(t)
		year := years.Draw(t, "year")
		c, err := calendar.New(anySpec(t, append(oddZones, plainZones...), year))
		g.Expect(err).NotTo(HaveOccurred())
		days, seconds := rapid.IntRange(0, 6).Draw(t, "days"), rapid.IntRange(0, 99999).Draw(t, "seconds")
		a := anyTime(t, c, year)
		b := a.Add(time.Duration(rapid.Int64Range(0, 100*3600).Draw(t, "later")) * time.Second)
		moreDays, more := rapid.IntRange(0, 2).Draw(t, "more days"), rapid.IntRange(0, 99999-seconds).Draw(t, "more seconds")

		due := add(t, c, a, days, seconds)
		g.Expect(due).To(BeTemporally(">=", a))
		g.Expect(add(t, c, b, days, seconds)).To(BeTemporally(">=", due), "from %s and from %s", a, b)
		g.Expect(add(t, c, a, days+moreDays, seconds)).To(BeTemporally(">=", due))
		g.Expect(add(t, c, a, days, seconds+more)).To(BeTemporally(">=", due))
		g.Expect(add(t, c, a, days+moreDays, seconds+more)).To(BeTemporally(">=", due))
	})
}

func add(t *rapid.T, c *calendar.Calendar, from time.Time, days, seconds int) time.Time {
	due, err := c.Add(from, v1alpha1.Duration(fmt.Sprintf("%dd%ds", days, seconds)))
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return due
}

// Hours, minutes and seconds are exactly that much working time, and no more than needed.
func TestAddOfHoursIsThatMuchWorkingTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := NewWithT(t)
		year := years.Draw(t, "year")
		c, err := calendar.New(anySpec(t, append(oddZones, plainZones...), year))
		g.Expect(err).NotTo(HaveOccurred())
		from, seconds := anyTime(t, c, year), rapid.IntRange(1, 99999).Draw(t, "seconds")
		due := add(t, c, from, 0, seconds)
		g.Expect(c.Between(from, due)).To(Equal(time.Duration(seconds) * time.Second))
		g.Expect(c.Open(due.Add(-time.Second))).To(BeTrue(), "it is due as soon as the time has run out")
		rest := rapid.IntRange(0, seconds).Draw(t, "part")
		g.Expect(add(t, c, add(t, c, from, 0, rest), 0, seconds-rest)).To(Or(BeTemporally("==", due), Satisfy(func(d time.Time) bool {
			next, _ := c.Next(due) // a rest of nothing begins at the next opening
			return rest == seconds && d.Equal(next)
		})))
	})
}

// Days are working days by the calendar on the wall, at the same time of day where that day is open then.
func TestAddOfDaysIsThatManyWorkingDays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := NewWithT(t)
		year := years.Draw(t, "year")
		spec := anySpec(t, []string{"UTC", "Asia/Shanghai"}, year)
		c, err := calendar.New(spec)
		g.Expect(err).NotTo(HaveOccurred())
		days := rapid.IntRange(1, 6).Draw(t, "days")
		start, _ := c.Next(anyTime(t, c, year))

		same := start
		for left := days; left > 0; {
			if same = same.AddDate(0, 0, 1); worked(spec, same) {
				left--
			}
		}
		due := add(t, c, start, days, 0)
		date := same.Format(time.DateOnly)
		g.Expect(date).To(Or(Equal(due.Format(time.DateOnly)), Equal(due.Add(-time.Second).Format(time.DateOnly))))
		if clockSays(spec, same) {
			g.Expect(due).To(BeTemporally("==", same))
		}
	})
}

// worked is whether a calendar on full hours is open at any hour of the day.
func worked(spec v1alpha1.BusinessCalendarSpec, day time.Time) bool {
	for hour := range 24 {
		if clockSays(spec, time.Date(day.Year(), day.Month(), day.Day(), hour, 0, 0, 0, day.Location())) {
			return true
		}
	}
	return false
}

func TestBetweenAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := NewWithT(t)
		year := years.Draw(t, "year")
		c, err := calendar.New(anySpec(t, append(oddZones, plainZones...), year))
		g.Expect(err).NotTo(HaveOccurred())
		times := []time.Time{anyTime(t, c, year), anyTime(t, c, year), anyTime(t, c, year)}
		slices.SortFunc(times, time.Time.Compare)
		x, y, z := times[0], times[1], times[2]
		g.Expect(c.Between(x, y) + c.Between(y, z)).To(Equal(c.Between(x, z)))
		g.Expect(c.Between(x, z)).To(BeNumerically("<=", z.Sub(x)))
		g.Expect(c.Between(z, x)).To(BeZero())
	})
}

func TestNextIsTheNextOpening(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := NewWithT(t)
		year := years.Draw(t, "year")
		c, err := calendar.New(anySpec(t, append(oddZones, plainZones...), year))
		g.Expect(err).NotTo(HaveOccurred())
		from := anyTime(t, c, year)
		next, ok := c.Next(from)
		g.Expect(ok).To(BeTrue())
		g.Expect(next).To(BeTemporally(">=", from))
		g.Expect(c.Open(next)).To(BeTrue())
		g.Expect(c.Between(from, next)).To(BeZero())
		g.Expect(c.Open(from)).To(Equal(next.Equal(from)))
		g.Expect(add(t, c, from, 0, 0)).To(BeTemporally("==", next))
	})
}

func TestCommonCallsDoNotAllocate(t *testing.T) {
	c := build(t, china2026())
	from := at(t, c, "2026-02-13 10:00")
	for name, call := range map[string]func(){
		"Add days":  func() { _, _ = c.Add(from, "2d") },
		"Add hours": func() { _, _ = c.Add(from, "30h30m") },
		"Between":   func() { c.Between(from, from.AddDate(0, 1, 0)) },
		"Open":      func() { c.Open(from) },
		"Next":      func() { _, _ = c.Next(from) },
	} {
		NewWithT(t).Expect(testing.AllocsPerRun(100, call)).To(BeZero(), name)
	}
}

func BenchmarkAdd(b *testing.B) {
	for _, spec := range []v1alpha1.BusinessCalendarSpec{china2026(), berlin()} {
		c := build(b, spec)
		from := at(b, c, "2026-03-27 10:00")
		for _, d := range []v1alpha1.Duration{"4h", "1d", "20d"} {
			b.Run(spec.TimeZone+" "+string(d), func(b *testing.B) {
				for b.Loop() {
					_, _ = c.Add(from, d)
				}
			})
		}
	}
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		_, _ = calendar.New(berlin())
	}
}
