package calendar_test

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
)

var (
	week     = []v1alpha1.Weekday{"Mon", "Tue", "Wed", "Thu", "Fri"}
	everyday = []v1alpha1.Weekday{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"}
)

func hours(from, to v1alpha1.ClockTime, days ...v1alpha1.Weekday) v1alpha1.OpeningHours {
	return v1alpha1.OpeningHours{Days: days, From: from, To: to}
}

// office is open from nine to twelve and from one to six, Monday to Friday, in Shanghai, without any holiday.
func office() v1alpha1.BusinessCalendarSpec {
	return v1alpha1.BusinessCalendarSpec{
		TimeZone: "Asia/Shanghai",
		Hours:    []v1alpha1.OpeningHours{hours("09:00", "12:00", week...), hours("13:00", "18:00", week...)},
	}
}

// china2026 is the office with a sample of China's holidays of 2026: New Year and Spring Festival with make-up days.
func china2026() v1alpha1.BusinessCalendarSpec {
	spec := office()
	for _, d := range []v1alpha1.Date{
		"2026-01-01", "2026-01-02", "2026-01-03",
		"2026-02-15", "2026-02-16", "2026-02-17", "2026-02-18", "2026-02-19", "2026-02-20", "2026-02-21", "2026-02-22", "2026-02-23",
	} {
		spec.Holidays = append(spec.Holidays, v1alpha1.CalendarDay{Date: d})
	}
	for _, d := range []v1alpha1.Date{"2026-01-04", "2026-02-14", "2026-02-28"} {
		spec.Workdays = append(spec.Workdays, v1alpha1.CalendarDay{Date: d})
	}
	return spec
}

// around is open day and night, in Berlin.
func around() v1alpha1.BusinessCalendarSpec {
	return v1alpha1.BusinessCalendarSpec{TimeZone: "Europe/Berlin", Hours: []v1alpha1.OpeningHours{hours("00:00", "24:00", everyday...)}}
}

// berlin has day hours every day, in Berlin.
func berlin() v1alpha1.BusinessCalendarSpec {
	return v1alpha1.BusinessCalendarSpec{TimeZone: "Europe/Berlin", Hours: []v1alpha1.OpeningHours{hours("08:00", "16:00", everyday...)}}
}

// night is a shift over midnight and the hour that the clocks change in, in Berlin.
func night() v1alpha1.BusinessCalendarSpec {
	return v1alpha1.BusinessCalendarSpec{TimeZone: "Europe/Berlin", Hours: []v1alpha1.OpeningHours{
		hours("22:00", "24:00", everyday...), hours("00:00", "06:00", everyday...),
	}}
}

func build(t testing.TB, spec v1alpha1.BusinessCalendarSpec) *calendar.Calendar {
	t.Helper()
	c, err := calendar.New(spec)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return c
}

const layout = "2006-01-02 15:04:05"

// at reads a wall-clock time in the calendar's zone, with seconds or without. An offset ("+02:00" behind it) says which
// of two, where a time comes twice.
func at(t testing.TB, c *calendar.Calendar, s string) time.Time {
	t.Helper()
	for _, l := range []string{layout, "2006-01-02 15:04", layout + "-07:00", "2006-01-02 15:04-07:00"} {
		if got, err := time.ParseInLocation(l, s, c.Location()); err == nil {
			return got
		}
	}
	t.Fatalf("%q is no time", s)
	return time.Time{}
}

func TestNewRefuses(t *testing.T) {
	day := func(date v1alpha1.Date, like v1alpha1.Weekday) []v1alpha1.CalendarDay {
		return []v1alpha1.CalendarDay{{Date: "2026-05-01", Like: "Tue"}, {Date: date, Like: like}}
	}
	for _, c := range []struct {
		name string
		do   func(s *v1alpha1.BusinessCalendarSpec)
		want string
	}{
		{"unknown zone", func(s *v1alpha1.BusinessCalendarSpec) { s.TimeZone = "Mars/Olympus" }, `spec.timeZone: "Mars/Olympus" is no time zone`},
		{"no zone", func(s *v1alpha1.BusinessCalendarSpec) { s.TimeZone = "" }, `spec.timeZone: "" is no time zone`},
		{"the machine's zone", func(s *v1alpha1.BusinessCalendarSpec) { s.TimeZone = "Local" }, `spec.timeZone: "Local" is no time zone`},
		{"no hours", func(s *v1alpha1.BusinessCalendarSpec) { s.Hours = nil }, "spec.hours: there is no working time"},
		{"no days", func(s *v1alpha1.BusinessCalendarSpec) { s.Hours[1].Days = nil }, "spec.hours[1].days: no day of the week"},
		{"unknown day", func(s *v1alpha1.BusinessCalendarSpec) { s.Hours[1].Days = []v1alpha1.Weekday{"Mon", "Day"} }, `spec.hours[1].days[1]: "Day" is no day of the week`},
		{"backwards", func(s *v1alpha1.BusinessCalendarSpec) { s.Hours[1].From = "22:00"; s.Hours[1].To = "06:00" }, "spec.hours[1]: from 22:00 is not before to 06:00; write a shift over midnight as two entries"},
		{"empty hours", func(s *v1alpha1.BusinessCalendarSpec) { s.Hours[1].To = "13:00" }, "spec.hours[1]: from 13:00 is not before to 13:00"},
		{"from past the day", func(s *v1alpha1.BusinessCalendarSpec) { s.Hours[0].From = "24:01" }, `spec.hours[0].from: "24:01" is no time of day`},
		{"no minute", func(s *v1alpha1.BusinessCalendarSpec) { s.Hours[0].To = "12:60" }, `spec.hours[0].to: "12:60" is no time of day`},
		{"short", func(s *v1alpha1.BusinessCalendarSpec) { s.Hours[0].To = "9:00" }, `spec.hours[0].to: "9:00" is no time of day`},
		{"letters", func(s *v1alpha1.BusinessCalendarSpec) { s.Hours[0].To = "1a:00" }, `spec.hours[0].to: "1a:00" is no time of day`},
		{"no such date", func(s *v1alpha1.BusinessCalendarSpec) { s.Holidays = day("2026-02-29", "") }, `spec.holidays[1].date: "2026-02-29" is no date`},
		{"no such work date", func(s *v1alpha1.BusinessCalendarSpec) { s.Workdays = day("soon", "") }, `spec.workdays[1].date: "soon" is no date`},
		{"like no day", func(s *v1alpha1.BusinessCalendarSpec) { s.Workdays = day("2026-05-09", "mon") }, `spec.workdays[1].like: "mon" is no day of the week`},
		{"like a day off", func(s *v1alpha1.BusinessCalendarSpec) { s.Workdays = day("2026-05-09", "Sun") }, "spec.workdays[1].like: Sun has no opening hours"},
		{"like nothing, and Monday is off", func(s *v1alpha1.BusinessCalendarSpec) {
			s.Hours = []v1alpha1.OpeningHours{hours("09:00", "12:00", "Tue")}
			s.Workdays = day("2026-05-09", "")
		}, "spec.workdays[1].like: Mon has no opening hours"},
		{"holiday and workday", func(s *v1alpha1.BusinessCalendarSpec) {
			s.Holidays = day("2026-05-09", "")
			s.Workdays = []v1alpha1.CalendarDay{{Date: "2026-05-09"}}
		}, "spec.workdays[0].date: 2026-05-09 is also a holiday"},
	} {
		t.Run(c.name, func(t *testing.T) {
			spec := office()
			c.do(&spec)
			_, err := calendar.New(spec)
			NewWithT(t).Expect(err).To(MatchError(HavePrefix(c.want)))
		})
	}
}

func TestOpenAndNextAtBothEdges(t *testing.T) {
	c := build(t, china2026())
	for _, e := range []struct {
		when, next string // next is empty when it is open
	}{
		{"2026-03-02 08:59:59", "2026-03-02 09:00:00"},
		{"2026-03-02 09:00:00", ""},
		{"2026-03-02 11:59:59", ""},
		{"2026-03-02 12:00:00", "2026-03-02 13:00:00"},
		{"2026-03-02 12:59:59", "2026-03-02 13:00:00"},
		{"2026-03-02 13:00:00", ""},
		{"2026-03-02 17:59:59", ""},
		{"2026-03-02 18:00:00", "2026-03-03 09:00:00"},
		{"2026-03-06 18:00:00", "2026-03-09 09:00:00"},
		{"2026-01-04 09:00:00", ""},                    // a Sunday, worked
		{"2025-12-31 18:00:00", "2026-01-04 09:00:00"}, // New Year
		{"2026-02-14 18:00:00", "2026-02-24 09:00:00"}, // Spring Festival
	} {
		t.Run(e.when, func(t *testing.T) {
			g := NewWithT(t)
			when := at(t, c, e.when)
			next, ok := c.Next(when)
			g.Expect(ok).To(BeTrue())
			g.Expect(c.Open(when)).To(Equal(e.next == ""))
			if e.next == "" {
				g.Expect(next).To(Equal(when))
			} else {
				g.Expect(next.Format(layout)).To(Equal(e.next))
			}
		})
	}
}

func TestHoursMayComeInAnyOrderAndOverlap(t *testing.T) {
	g := NewWithT(t)
	spec := office()
	spec.Hours = []v1alpha1.OpeningHours{hours("14:00", "18:00", week...), hours("09:00", "11:00", week...), hours("10:00", "12:00", "Mon"), hours("12:00", "12:30", "Mon"), hours("09:30", "10:00", week...)}
	c := build(t, spec)
	monday, tuesday := at(t, c, "2026-03-02 00:00"), at(t, c, "2026-03-03 00:00")
	g.Expect(c.Between(monday, tuesday)).To(Equal(7*time.Hour + 30*time.Minute))
	g.Expect(c.Between(tuesday, tuesday.AddDate(0, 0, 1))).To(Equal(6 * time.Hour))
}

func TestMakeUpDayHasTheHoursOfTheDayItIsLike(t *testing.T) {
	g := NewWithT(t)
	spec := office()
	spec.Hours = append(spec.Hours, hours("10:00", "11:00", "Sat"))
	spec.Workdays = []v1alpha1.CalendarDay{{Date: "2026-03-08", Like: "Sat"}, {Date: "2026-03-07", Like: "Wed"}}
	c := build(t, spec)
	g.Expect(c.Between(at(t, c, "2026-03-07 00:00"), at(t, c, "2026-03-08 00:00"))).To(Equal(8 * time.Hour))
	g.Expect(c.Between(at(t, c, "2026-03-08 00:00"), at(t, c, "2026-03-09 00:00"))).To(Equal(time.Hour))
}

func TestBetween(t *testing.T) {
	c := build(t, china2026())
	for _, e := range []struct {
		a, b string
		want time.Duration
	}{
		{"2026-03-02 09:00", "2026-03-02 09:00", 0},
		{"2026-03-02 10:00", "2026-03-02 09:00", 0},
		{"2026-03-02 09:00", "2026-03-02 09:01", time.Minute},
		{"2026-03-02 11:00", "2026-03-02 14:00", 2 * time.Hour},
		{"2026-03-02 12:00", "2026-03-02 13:00", 0},
		{"2026-03-02 00:00", "2026-03-03 00:00", 8 * time.Hour},
		{"2026-03-06 17:00", "2026-03-09 10:00", 2 * time.Hour},
		{"2026-02-14 17:00", "2026-02-24 10:00", 2 * time.Hour},
		{"2026-01-01 00:00", "2026-02-01 00:00", 21 * 8 * time.Hour},
	} {
		t.Run(e.a+" to "+e.b, func(t *testing.T) {
			NewWithT(t).Expect(c.Between(at(t, c, e.a), at(t, c, e.b))).To(Equal(e.want))
		})
	}
}

// Far more working time than a Duration can hold is the most it can hold.
func TestBetweenDoesNotOverflow(t *testing.T) {
	c := build(t, around())
	NewWithT(t).Expect(c.Between(time.Time{}, at(t, c, "2026-01-01 00:00"))).To(Equal(time.Duration(1<<63 - 1)))
}

// A calendar that has closed for years must not keep anybody searching.
func TestNoWorkingTimeWithinTheHorizon(t *testing.T) {
	g := NewWithT(t)
	spec := office()
	spec.Hours = []v1alpha1.OpeningHours{hours("09:00", "12:00", "Mon")}
	monday := time.Date(2026, time.March, 9, 0, 0, 0, 0, time.UTC)
	for range 120 {
		spec.Holidays = append(spec.Holidays, v1alpha1.CalendarDay{Date: v1alpha1.Date(monday.Format(time.DateOnly))})
		monday = monday.AddDate(0, 0, 7)
	}
	c := build(t, spec)
	from := at(t, c, "2026-03-02 09:00")
	g.Expect(c.Add(from, "3h")).To(Equal(at(t, c, "2026-03-02 12:00")))
	for _, d := range []v1alpha1.Duration{"3h1s", "1d"} {
		_, err := c.Add(from, d)
		g.Expect(err).To(MatchError("calendar Asia/Shanghai: no working time in the 800 days before 2028-05-10; add opening hours or remove holidays"))
	}
	_, err := c.Named("late-shift").Add(at(t, c, "2026-03-02 12:00"), "0s")
	g.Expect(err).To(MatchError(HavePrefix("calendar late-shift: no working time in the 800 days")))
	_, ok := c.Next(at(t, c, "2026-03-02 12:00"))
	g.Expect(ok).To(BeFalse())
	g.Expect(c.Open(at(t, c, "2026-03-02 12:00"))).To(BeFalse())
	g.Expect(c.Closes(from, 0)).To(BeZero())
	g.Expect(c.Closes(from, 9)).To(Equal(at(t, c, "2026-03-03 09:00")))
	g.Expect(c.Between(at(t, c, "2026-03-02 12:00"), at(t, c, "2026-06-01 12:00"))).To(BeZero())
}

func TestAddSpan(t *testing.T) {
	g := NewWithT(t)
	c := build(t, office())
	friday := at(t, c, "2026-03-06 17:00")
	g.Expect(calendar.AddSpan(nil, friday, v1alpha1.Span{Elapsed: "1d2h"})).To(Equal(friday.Add(26 * time.Hour)))
	g.Expect(calendar.AddSpan(c, friday, v1alpha1.Span{Elapsed: "24h"})).To(Equal(friday.Add(24 * time.Hour)))
	g.Expect(calendar.AddSpan(c, friday, v1alpha1.Span{Working: "2h"})).To(BeTemporally("==", at(t, c, "2026-03-09 10:00")))
	for _, e := range []struct {
		c    *calendar.Calendar
		s    v1alpha1.Span
		want string
	}{
		{nil, v1alpha1.Span{Working: "2h"}, "2h of working time needs a calendar; name one in the playbook"},
		{c, v1alpha1.Span{}, "the span is empty; write elapsed or working time"},
		{c, v1alpha1.Span{Elapsed: "2h", Working: "2h"}, "the span has both elapsed and working time; keep one"},
		{c, v1alpha1.Span{Elapsed: "2x"}, `elapsed: "2x" is not a duration`},
		{c, v1alpha1.Span{Working: "2x"}, `working: "2x" is not a duration`},
	} {
		_, err := calendar.AddSpan(e.c, friday, e.s)
		g.Expect(err).To(MatchError(HavePrefix(e.want)))
	}
}
