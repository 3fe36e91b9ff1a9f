package calendar_test

import (
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"github.com/rickar/cal/v2"
	"github.com/rickar/cal/v2/gb"
	"github.com/rickar/cal/v2/us"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
)

// file is an iCalendar file with the lines of its events; "--" begins the next event.
func file(lines ...string) string {
	body := "BEGIN:VEVENT\n" + strings.ReplaceAll(strings.Join(lines, "\n"), "\n--\n", "\nEND:VEVENT\nBEGIN:VEVENT\n") + "\nEND:VEVENT\n"
	return "BEGIN:VCALENDAR\nVERSION:2.0\n" + body + "END:VCALENDAR\n"
}

func oneDay(from, to string) string {
	return file("DTSTART;VALUE=DATE:"+from, "DTEND;VALUE=DATE:"+to)
}

// withICal is open day and night but for the days of a file.
func withICal(source v1alpha1.HolidaySource) (*calendar.Calendar, error) {
	spec := around()
	spec.PublicHolidays = []v1alpha1.HolidaySource{source}
	return calendar.New(spec)
}

// off lists the days of some years on which a calendar that is else always open is closed at noon.
func off(t testing.TB, c *calendar.Calendar, from, to int) []string {
	t.Helper()
	var out []string
	for d := time.Date(from, 1, 1, 12, 0, 0, 0, c.Location()); d.Year() <= to; d = d.AddDate(0, 0, 1) {
		if !c.Open(d) {
			out = append(out, d.Format(time.DateOnly))
		}
	}
	return out
}

// TestRecurringHolidaysAreAnotherLibrarys: rules as files in the wild write them, against a library with the holidays of
// two countries.
func TestRecurringHolidaysAreAnotherLibrarys(t *testing.T) {
	for name, c := range map[string]struct {
		lines  []string
		expect *cal.Holiday
	}{
		"Thanksgiving":        {[]string{"DTSTART;VALUE=DATE:19951123", "RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH"}, us.ThanksgivingDay},
		"Memorial Day":        {[]string{"DTSTART;VALUE=DATE:19950529", "RRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO"}, us.MemorialDay},
		"Labor Day":           {[]string{"DTSTART;VALUE=DATE:19950904", "RRULE:BYDAY=MO;BYSETPOS=1;FREQ=YEARLY;BYMONTH=9"}, us.LaborDay},
		"summer bank holiday": {[]string{"DTSTART;VALUE=DATE:19950828", "DURATION:P1D", "RRULE:FREQ=YEARLY;BYDAY=-1MO;BYMONTH=8;WKST=SU"}, gb.SummerHoliday},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			c2, err := withICal(v1alpha1.HolidaySource{ICal: file(c.lines...)})
			g.Expect(err).NotTo(HaveOccurred())
			var want []string
			for year := 2020; year <= 2026; year++ {
				actual, _ := c.expect.Calc(year)
				want = append(want, actual.Format(time.DateOnly))
			}
			g.Expect(off(t, c2, 2020, 2026)).To(Equal(want))
			_, bounded := c2.KnownUntil()
			g.Expect(bounded).To(BeFalse(), "it recurs for ever")
		})
	}
}

func TestWhatAFileCanSay(t *testing.T) {
	for name, c := range map[string]struct {
		source v1alpha1.HolidaySource
		off    []string
		until  v1alpha1.Date
	}{
		"an event of several days ends before DTEND": {v1alpha1.HolidaySource{ICal: oneDay("20261224", "20261227")}, []string{"2026-12-24", "2026-12-25", "2026-12-26"}, "2026-12-31"},
		"without an end it lasts a day":              {v1alpha1.HolidaySource{ICal: file("DTSTART:20260501")}, []string{"2026-05-01"}, "2026-12-31"},
		"an end on the same day is that day":         {v1alpha1.HolidaySource{ICal: oneDay("20260501", "20260501")}, []string{"2026-05-01"}, "2026-12-31"},
		"a week": {v1alpha1.HolidaySource{ICal: file("DTSTART:20261001", "DURATION:P1W")},
			[]string{"2026-10-01", "2026-10-02", "2026-10-03", "2026-10-04", "2026-10-05", "2026-10-06", "2026-10-07"}, "2026-12-31"},
		"29 February comes in leap years only": {v1alpha1.HolidaySource{ICal: file("DTSTART:20200229", "RRULE:FREQ=YEARLY")}, []string{"2020-02-29", "2024-02-29"}, ""},
		"so often, but for one, and once more": {v1alpha1.HolidaySource{ICal: file("DTSTART:20220301", "RRULE:FREQ=YEARLY;COUNT=4", "EXDATE;VALUE=DATE:20230301,20240301", "RDATE;VALUE=DATE:20230302")},
			[]string{"2022-03-01", "2023-03-02", "2025-03-01"}, "2025-12-31"},
		"until a day":           {v1alpha1.HolidaySource{ICal: file("DTSTART:20240105", "RRULE:FREQ=MONTHLY;INTERVAL=6;UNTIL=20250105")}, []string{"2024-01-05", "2024-07-05", "2025-01-05"}, "2025-12-31"},
		"what was cancelled":    {v1alpha1.HolidaySource{ICal: file("DTSTART:20260501", "STATUS:CANCELLED", "--", "DTSTART:20260601")}, []string{"2026-06-01"}, "2026-12-31"},
		"the year of the last":  {v1alpha1.HolidaySource{ICal: file("DTSTART:20251225", "RRULE:FREQ=YEARLY", "--", "DTSTART:20250418")}, []string{"2025-04-18", "2025-12-25", "2026-12-25"}, "2025-12-31"},
		"its author may know":   {v1alpha1.HolidaySource{ICal: oneDay("20260403", "20260404"), KnownUntil: "2027-06-30"}, []string{"2026-04-03"}, "2027-06-30"},
		"folded, with CRLF":     {v1alpha1.HolidaySource{ICal: strings.ReplaceAll(file("SUMMARY:a day\n  off: at last", "DTSTART;VALUE=\n DATE:2026\n\t0501"), "\n", "\r\n")}, []string{"2026-05-01"}, "2026-12-31"},
		"alarms and time zones": {v1alpha1.HolidaySource{ICal: strings.Replace(file("DTSTART;X-A=\"a:b\":20260501\nBEGIN:VALARM\nTRIGGER:-PT15M\nDTSTART:20260502T101010\nEND:VALARM"), "BEGIN:VEVENT", "BEGIN:VTIMEZONE\nBEGIN:STANDARD\nDTSTART:19701025T030000\nRRULE:FREQ=HOURLY\nEND:STANDARD\nEND:VTIMEZONE\nBEGIN:VEVENT", 1)}, []string{"2026-05-01"}, "2026-12-31"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			made, err := withICal(c.source)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(off(t, made, 2020, 2026)).To(Equal(c.off))
			until, _ := made.KnownUntil()
			g.Expect(until).To(Equal(c.until))
		})
	}
}

func TestWorkingDaysOfAFile(t *testing.T) {
	g := NewWithT(t)
	spec := splitOffice("Europe/Berlin", v1alpha1.HolidaySource{ICal: oneDay("20261003", "20261005"), Lists: v1alpha1.SourceWorkdays, Like: "Sat"})
	c := build(t, spec)
	g.Expect(c.Open(at(t, c, "2026-10-04 13:00"))).To(BeTrue(), "a Sunday worked like a Saturday")
	g.Expect(c.Open(at(t, c, "2026-10-04 09:30"))).To(BeFalse())
	g.Expect(c.Open(at(t, c, "2026-10-11 13:00"))).To(BeFalse())
}

// TestBadFilesAreRefused: what cannot be read is named with its line and what to do; nothing is left out in silence.
func TestBadFilesAreRefused(t *testing.T) {
	many := func(n int, line string) string { return file(strings.Repeat(line+"\n--\n", n) + "DTSTART:20260101") }
	for name, c := range map[string]struct{ text, says string }{
		"no calendar":          {"hello: world", "line 1: this is no iCalendar file; it begins with BEGIN:VCALENDAR"},
		"a web page":           {"\n<html>", "line 2: there is no colon in it"},
		"blank":                {"  \n", "line 1: this is no iCalendar file"},
		"no event":             {"BEGIN:VCALENDAR\nEND:VCALENDAR", "there is no day in it; add the days"},
		"cut off":              {strings.TrimSuffix(file("DTSTART:20260101"), "END:VEVENT\nEND:VCALENDAR\n"), "line 4: the file ends within VEVENT; add END:VEVENT"},
		"ends something else":  {strings.Replace(file("DTSTART:20260101"), "END:VEVENT", "END:VTODO", 1), "line 5: END:VTODO does not end what was begun last; write END:VEVENT"},
		"ends twice":           {file("DTSTART:20260101") + "END:VCALENDAR", "line 7: END:VCALENDAR does not end"},
		"goes on behind":       {file("DTSTART:20260101") + "X-A:b", "line 7: X-A stands behind END:VCALENDAR"},
		"event in event":       {file("BEGIN:VEVENT"), "line 4: an event begins within the one that begins in line 3"},
		"very deep":            {"BEGIN:VCALENDAR\n" + strings.Repeat("BEGIN:A\n", 20), "line 10: components lie nine deep"},
		"starts with a space":  {" BEGIN:VCALENDAR", "line 1: it begins with a space"},
		"no name":              {file(":20260101"), "line 4: there is no name before the colon"},
		"not UTF-8":            {file("SUMMARY:\xff"), "the file is not UTF-8"},
		"too long":             {file("SUMMARY:" + strings.Repeat("x", 70_000)), "at most 65536 are read"},
		"no start":             {file("SUMMARY:x"), "line 3: the event has no DTSTART"},
		"at an hour":           {file("DTSTART;TZID=Europe/Berlin:20261225T090000"), "line 4: DTSTART 20261225T090000 is a time of day; only all-day events are read: write DTSTART;VALUE=DATE:20261225"},
		"no such day":          {file("DTSTART:20260229"), `line 4: DTSTART "20260229" is no date; write YYYYMMDD, a day that exists`},
		"long ago":             {file("DTSTART:00010101"), "line 4: DTSTART 00010101 is not between 1970 and 2049"},
		"two starts":           {file("DTSTART:20260101", "DTSTART:20260102"), "line 5: DTSTART is there a second time, first in line 4"},
		"ends before":          {oneDay("20260102", "20260101"), "line 5: DTEND 20260101 is before DTSTART 20260102"},
		"two ends":             {file("DTSTART:20260101", "DTEND:20260102", "DURATION:P1D"), "line 6: the event has both DTEND and DURATION"},
		"lasts hours":          {file("DTSTART:20260101", "DURATION:PT8H"), `line 5: DURATION "PT8H" is no number of days or weeks`},
		"lasts for ever":       {oneDay("20260101", "20290101"), "line 5: the event lasts 1096 days, at most 366 are read"},
		"hourly":               {file("DTSTART:20260101", "RRULE:FREQ=HOURLY"), `line 5: RRULE recurs "hourly"; holidays recur YEARLY, MONTHLY or WEEKLY`},
		"daily":                {file("DTSTART:20260101", "RRULE:FREQ=DAILY"), `line 5: RRULE recurs "daily"`},
		"no frequency":         {file("DTSTART:20260101", "RRULE:COUNT=2"), `line 5: RRULE recurs ""`},
		"at hours":             {file("DTSTART:20260101", "RRULE:FREQ=YEARLY;BYHOUR=9"), "line 5: RRULE with FREQ=YEARLY has BYHOUR, which is not read there, only BYMONTH"},
		"twice in a rule":      {file("DTSTART:20260101", "RRULE:FREQ=YEARLY;FREQ=YEARLY"), "line 5: RRULE has FREQ twice"},
		"both in a rule":       {file("DTSTART:20260101", "RRULE:FREQ=MONTHLY;BYDAY=1MO;BYMONTHDAY=3"), "line 5: RRULE with FREQ=MONTHLY has BYDAY and BYMONTHDAY"},
		"no number":            {file("DTSTART:20260101", "RRULE:FREQ=YEARLY;COUNT=x"), "line 5: RRULE FREQ=YEARLY;COUNT=x cannot be read"},
		"no month":             {file("DTSTART:20260101", "RRULE:FREQ=YEARLY;BYMONTH=13"), "line 5: RRULE FREQ=YEARLY;BYMONTH=13 cannot be read"},
		"never":                {file("DTSTART:20260101", "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"), "line 5: RRULE FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30 names no day up to 2049"},
		"two rules":            {file("DTSTART:20260101", "RRULE:FREQ=YEARLY", "RRULE:FREQ=MONTHLY"), "line 6: RRULE is there a second time"},
		"moved":                {file("DTSTART:20260101", "RECURRENCE-ID:20260101"), "line 5: RECURRENCE-ID is not read; leave the days out with EXDATE"},
		"an exception in time": {file("DTSTART:20260101", "RRULE:FREQ=YEARLY", "EXDATE:20270101T000000Z"), "line 6: EXDATE 20270101T000000Z is a time of day"},
		"events by the dozen":  {many(512, "DTSTART:20260101"), "there are more than 512 events"},
		"rules by the dozen":   {many(65, "DTSTART:20260101\nRRULE:FREQ=YEARLY"), "there are more than 64 recurring events"},
		"days by the thousand": {many(3, "DTSTART:20000101\nRRULE:FREQ=WEEKLY;BYDAY=SA\nDURATION:P2D"), "there are more than 4096 days; days that come every week belong into spec.hours"},
		"an endless step":      {file("DTSTART:20260101", "RRULE:FREQ=MONTHLY;INTERVAL=9223372036854775807"), "line 5: RRULE has INTERVAL=9223372036854775807, at most 3 digits are read"},
		"no step":              {file("DTSTART:20260101", "RRULE:FREQ=YEARLY;INTERVAL=0"), "line 5: RRULE has INTERVAL=0, which never comes to a second day; write how many"},
		"a rule of thousands":  {file("DTSTART:20260101", "RRULE:FREQ=YEARLY;BYSETPOS="+strings.Repeat("366,", 15000)+"366"), "line 5: RRULE has 60024 characters, at most 256 are read"},
		"a rule by the day":    {file("DTSTART:19700101", "RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH"), "line 5: RRULE FREQ=WEEKLY;BYDAY=MO,TU,WE,TH names more than 4096 days"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := withICal(v1alpha1.HolidaySource{ICal: c.text})
			NewWithT(t).Expect(err).To(MatchError(And(HavePrefix("spec.publicHolidays[0].iCal: "), ContainSubstring(c.says))))
		})
	}
}

func TestBadSourcesAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		source v1alpha1.HolidaySource
		says   string
	}{
		"nothing":         {v1alpha1.HolidaySource{}, "spec.publicHolidays[0]: neither country nor iCal is given"},
		"both":            {v1alpha1.HolidaySource{Country: "CN", ICal: "x"}, "spec.publicHolidays[0]: both country and iCal are given"},
		"another country": {v1alpha1.HolidaySource{Country: "DE"}, `spec.publicHolidays[0].country: the holidays of "DE" are not built in, only those of CN; give them as iCal`},
		"no such day":     {v1alpha1.HolidaySource{ICal: oneDay("20260101", "20260102"), KnownUntil: "2026-02-30"}, "spec.publicHolidays[0].knownUntil"},
		"like a day off":  {v1alpha1.HolidaySource{ICal: oneDay("20260103", "20260104"), Lists: v1alpha1.SourceWorkdays, Like: "Sun"}, "spec.publicHolidays[0].like: Sun has no opening hours"},
		"like no day":     {v1alpha1.HolidaySource{Country: "CN", Like: "Son"}, `spec.publicHolidays[0].like: "Son" is no day of the week`},
	} {
		t.Run(name, func(t *testing.T) {
			spec := office()
			spec.PublicHolidays = []v1alpha1.HolidaySource{c.source}
			_, err := calendar.New(spec)
			NewWithT(t).Expect(err).To(MatchError(ContainSubstring(c.says)))
		})
	}
}

// FuzzICal: whatever a file says, the reader comes back, and what it takes can be counted in.
func FuzzICal(f *testing.F) {
	f.Add(file("DTSTART;VALUE=DATE:20260501", "RRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO;COUNT=3"))
	f.Add(file("DTSTART;A=b", "RRULE:FREQ=YEARLY;BYSETPOS=366;BYMONTHDAY=-31,31;INTERVAL=99999999"))
	f.Add(file("DTSTART:20260501", "RRULE:FREQ=WEEKLY;BYDAY=53MO,-1TU;UNTIL=20250101T000000Z", "EXDATE:20260501,"))
	f.Add(file("DTSTART:20260501", "RRULE:FREQ=MONTHLY;BYMONTHDAY=-31;WKST=XX;INTERVAL=-1", "RDATE:"))
	f.Fuzz(func(t *testing.T, text string) {
		c, err := withICal(v1alpha1.HolidaySource{ICal: text})
		if err != nil {
			return
		}
		if _, err := c.Add(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), "5d"); err != nil {
			NewWithT(t).Expect(err).To(MatchError(ContainSubstring("no working time")))
		}
	})
}
