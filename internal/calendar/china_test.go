package calendar_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	ical "github.com/emersion/go-ical"
	. "github.com/onsi/gomega"
	"github.com/rickar/cal/v2"
	"pgregory.net/rapid"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
)

// tenZones are where the offices stand that are compared: with and without clock changes, on both sides of the date line.
var tenZones = []string{
	"Asia/Shanghai", "UTC", "Europe/Berlin", "Europe/London", "America/New_York", "America/St_Johns", "Asia/Kathmandu",
	"Australia/Lord_Howe", "Pacific/Auckland", "Pacific/Apia",
}

func fixture(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return string(data)
}

// ruled are the days on which China's government has ruled from 2020 to 2026, as a reader that is not ours reads the
// fixtures: true for a day off, false for a weekend day worked.
func ruled(t testing.TB) map[string]bool {
	t.Helper()
	g, days := NewWithT(t), map[string]bool{}
	for name, off := range map[string]bool{"china-holidays.ics": true, "china-workdays.ics": false} {
		file, err := os.Open(filepath.Join("testdata", name))
		g.Expect(err).NotTo(HaveOccurred())
		read, err := ical.NewDecoder(file).Decode()
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(file.Close()).To(Succeed())
		for _, e := range read.Events() {
			from, err := e.DateTimeStart(time.UTC)
			g.Expect(err).NotTo(HaveOccurred())
			to, err := e.DateTimeEnd(time.UTC)
			g.Expect(err).NotTo(HaveOccurred())
			for d := from; d.Before(to); d = d.AddDate(0, 0, 1) {
				days[d.Format(time.DateOnly)] = off
			}
		}
	}
	g.Expect(len(days)).To(BeNumerically(">", 240))
	return days
}

// splitOffice has hours with a break, a shorter Saturday and no Sunday.
func splitOffice(zone string, sources ...v1alpha1.HolidaySource) v1alpha1.BusinessCalendarSpec {
	return v1alpha1.BusinessCalendarSpec{
		TimeZone:       zone,
		Hours:          []v1alpha1.OpeningHours{hours("09:00", "12:00", week...), hours("13:30", "18:00", week...), hours("10:00", "14:00", "Sat")},
		PublicHolidays: sources,
	}
}

var builtIn = v1alpha1.HolidaySource{Country: v1alpha1.CountryChina}

// TestChinaIsWhatWasPublished compares what is built in, and what our reader makes of the fixtures, with what another
// reader makes of them: every day of seven years, in ten zones, in and around each stretch of a day with a break.
func TestChinaIsWhatWasPublished(t *testing.T) {
	days := ruled(t)
	files := []v1alpha1.HolidaySource{{ICal: fixture(t, "china-holidays.ics")}, {ICal: fixture(t, "china-workdays.ics"), Lists: v1alpha1.SourceWorkdays}}
	for _, zone := range tenZones {
		t.Run(zone, func(t *testing.T) {
			g := NewWithT(t)
			for _, spec := range []v1alpha1.BusinessCalendarSpec{splitOffice(zone, builtIn), splitOffice(zone, files...)} {
				c := build(t, spec)
				until, bounded := c.KnownUntil()
				g.Expect(bounded).To(BeTrue())
				g.Expect(until).To(Equal(v1alpha1.Date("2026-12-31")))
				for day := time.Date(2020, 1, 1, 0, 0, 0, 0, c.Location()); day.Year() < 2027; day = day.AddDate(0, 0, 1) {
					off, special := days[day.Format(time.DateOnly)]
					kind := day.Weekday()
					switch {
					case special && off:
						kind = time.Sunday
					case special:
						kind = time.Monday
					}
					for clock, open := range map[string]bool{
						"08:59": false, "09:00": isWeekday(kind), "10:00": kind != time.Sunday, "12:00": kind == time.Saturday,
						"13:30": kind != time.Sunday, "14:00": isWeekday(kind), "17:59": isWeekday(kind), "18:00": false,
					} {
						when := at(t, c, day.Format(time.DateOnly)+" "+clock)
						if c.Open(when) != open {
							t.Fatalf("%s: open is %v", when, !open)
						}
					}
				}
			}
		})
	}
}

func isWeekday(d time.Weekday) bool { return d != time.Saturday && d != time.Sunday }

// oracle is the calendar of another library with one stretch a day; it knows no breaks.
func oracle(days map[string]bool, from, to time.Duration) *cal.BusinessCalendar {
	c := cal.NewBusinessCalendar()
	c.SetWorkHours(from, to)
	c.WorkdayFunc = func(date time.Time) bool {
		if off, special := days[date.Format(time.DateOnly)]; special {
			return !off
		}
		return isWeekday(date.Weekday())
	}
	return c
}

// TestWorkingTimeIsAnotherLibrarys: time between two moments, over holidays, make-up days, clock changes and a break, is
// what another library counts in the morning and in the afternoon. Where the day has no break, so is where time runs out.
func TestWorkingTimeIsAnotherLibrarys(t *testing.T) {
	days := ruled(t)
	morning, afternoon, whole := oracle(days, 9*time.Hour, 12*time.Hour), oracle(days, 13*time.Hour+30*time.Minute, 18*time.Hour), oracle(days, 8*time.Hour, 17*time.Hour)
	split, unsplit := map[string]*calendar.Calendar{}, map[string]*calendar.Calendar{}
	for _, zone := range tenZones {
		spec := splitOffice(zone, builtIn)
		spec.Hours = spec.Hours[:2]
		split[zone] = build(t, spec)
		spec.Hours = []v1alpha1.OpeningHours{hours("08:00", "17:00", week...)}
		unsplit[zone] = build(t, spec)
	}
	rapid.Check(t, func(t *rapid.T) {
		g := NewWithT(t)
		zone := rapid.SampledFrom(tenZones).Draw(t, "zone")
		minute := rapid.IntRange(0, 6*365*24*60+300*24*60).Draw(t, "minute since 2020")
		from := time.Date(2020, 1, 1, 0, minute, 0, 0, split[zone].Location())
		to := from.Add(time.Duration(rapid.IntRange(0, 60*24*60).Draw(t, "minutes more")) * time.Minute)
		g.Expect(split[zone].Between(from, to)).To(Equal(morning.WorkHoursInRange(from, to)+afternoon.WorkHoursInRange(from, to)), "%s to %s", from, to)
		g.Expect(unsplit[zone].Between(from, to)).To(Equal(whole.WorkHoursInRange(from, to)), "%s to %s", from, to)

		worked := rapid.IntRange(1, 400).Draw(t, "hours")
		due, err := unsplit[zone].Add(from, v1alpha1.Duration(fmt.Sprintf("%dh", worked)))
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(due).To(BeTemporally("==", whole.AddWorkHours(from, time.Duration(worked)*time.Hour)), "%d hours from %s", worked, from)
	})
}

// TestAYearThatIsNotPublishedIsNotGuessed: New Year 2027 counts as any Friday, and the calendar says that it does not know.
func TestAYearThatIsNotPublishedIsNotGuessed(t *testing.T) {
	g := NewWithT(t)
	c := build(t, splitOffice("Asia/Shanghai", builtIn)).Named("office")
	g.Expect(c.Open(at(t, c, "2027-01-01 10:00"))).To(BeTrue())
	g.Expect(c.KnownEnd()).To(BeTemporally("==", at(t, c, "2027-01-01 00:00")))
	g.Expect(c.Knows(c.KnownEnd().Add(-1))).To(BeTrue())
	g.Expect(c.Knows(c.KnownEnd())).To(BeFalse())

	plain := build(t, office())
	_, bounded := plain.KnownUntil()
	g.Expect(bounded).To(BeFalse())
	g.Expect(plain.Knows(at(t, plain, "2999-01-01 00:00"))).To(BeTrue())
}

// TestOwnDaysWinOverSources: whoever applies the calendar has the last word, both ways, and a later source over an earlier.
func TestOwnDaysWinOverSources(t *testing.T) {
	g := NewWithT(t)
	spec := splitOffice("Asia/Shanghai", builtIn, v1alpha1.HolidaySource{ICal: oneDay("20261010", "20261011")})
	spec.Holidays = []v1alpha1.CalendarDay{{Date: "2026-09-20"}}
	spec.Workdays = []v1alpha1.CalendarDay{{Date: "2026-10-01", Like: "Sat"}}
	c := build(t, spec)
	g.Expect(c.Open(at(t, c, "2026-09-20 10:00"))).To(BeFalse(), "a make-up day that the organisation does not work")
	g.Expect(c.Open(at(t, c, "2026-10-10 10:00"))).To(BeFalse(), "a make-up day that a later source takes off")
	g.Expect(c.Open(at(t, c, "2026-10-01 09:30"))).To(BeFalse())
	g.Expect(c.Open(at(t, c, "2026-10-01 13:00"))).To(BeTrue(), "a holiday worked with the hours of a Saturday")
	g.Expect(c.Open(at(t, c, "2026-10-02 10:00"))).To(BeFalse())
}

func TestVersionsTellCalendarsApart(t *testing.T) {
	g := NewWithT(t)
	version := func(change func(*v1alpha1.BusinessCalendarSpec)) string {
		spec := splitOffice("Asia/Shanghai", builtIn)
		change(&spec)
		return build(t, spec).Version()
	}
	is := version(func(*v1alpha1.BusinessCalendarSpec) {})
	g.Expect(is).To(MatchRegexp("^[0-9a-f]{12}$"))
	g.Expect(version(func(*v1alpha1.BusinessCalendarSpec) {})).To(Equal(is))
	g.Expect(version(func(s *v1alpha1.BusinessCalendarSpec) {
		s.Holidays = []v1alpha1.CalendarDay{{Date: "2026-10-01", Name: "again"}}
	})).To(Equal(is), "it counts alike")
	for _, change := range []func(*v1alpha1.BusinessCalendarSpec){
		func(s *v1alpha1.BusinessCalendarSpec) { s.TimeZone = "Asia/Hong_Kong" },
		func(s *v1alpha1.BusinessCalendarSpec) { s.Hours = s.Hours[1:] },
		func(s *v1alpha1.BusinessCalendarSpec) { s.PublicHolidays = nil },
		func(s *v1alpha1.BusinessCalendarSpec) { s.Holidays = []v1alpha1.CalendarDay{{Date: "2026-10-09"}} },
		func(s *v1alpha1.BusinessCalendarSpec) { s.Workdays = []v1alpha1.CalendarDay{{Date: "2026-10-01"}} },
	} {
		g.Expect(version(change)).NotTo(Equal(is))
	}
	g.Expect(build(t, office()).Named("desk").Stamp()).To(HavePrefix("desk@"))
}
