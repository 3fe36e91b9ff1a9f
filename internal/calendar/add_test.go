package calendar_test

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/api/v1alpha1"
)

func TestAdd(t *testing.T) {
	friday := office() // closes early on Friday and has no afternoon on Wednesday
	friday.Hours = []v1alpha1.OpeningHours{
		hours("09:00", "12:00", week...), hours("13:00", "18:00", "Mon", "Tue", "Thu"), hours("13:00", "16:00", "Fri"),
		hours("10:30", "12:30", "Sat"),
	}
	specs := map[string]v1alpha1.BusinessCalendarSpec{
		"office": office(), "china": china2026(), "around": around(), "berlin": berlin(), "night": night(), "uneven": friday,
	}
	for _, c := range []struct {
		spec, from string
		d          v1alpha1.Duration
		want       string
	}{
		// Hours, at both edges.
		{"office", "2026-03-02 09:00", "4h", "2026-03-02 14:00:00"},
		{"office", "2026-03-02 09:00", "3h", "2026-03-02 12:00:00"}, // runs out as the break begins
		{"office", "2026-03-02 09:00", "3h1s", "2026-03-02 13:00:01"},
		{"office", "2026-03-02 14:00", "4h", "2026-03-02 18:00:00"}, // runs out as work ends
		{"office", "2026-03-02 14:00:01", "4h", "2026-03-03 09:00:01"},
		{"office", "2026-03-02 08:59:59", "1h", "2026-03-02 10:00:00"},
		{"office", "2026-03-02 12:00", "1h", "2026-03-02 14:00:00"},
		{"office", "2026-03-02 12:59:59", "1h", "2026-03-02 14:00:00"},
		{"office", "2026-03-02 18:00", "1h", "2026-03-03 10:00:00"},
		{"office", "2026-03-02 17:59:59", "1s", "2026-03-02 18:00:00"},
		{"office", "2026-03-02 17:59:59", "2s", "2026-03-03 09:00:01"},
		{"office", "2026-03-06 17:00", "2h", "2026-03-09 10:00:00"},
		{"office", "2026-03-07 11:00", "2h", "2026-03-09 11:00:00"},
		{"office", "2026-03-02 09:00", "40h", "2026-03-06 18:00:00"},
		{"office", "2026-03-02 09:00", "40h1m", "2026-03-09 09:01:00"},
		{"office", "2026-03-02 10:00", "0s", "2026-03-02 10:00:00"},
		{"office", "2026-03-02 18:00", "0s", "2026-03-03 09:00:00"},

		// Days: the same time of day on the next working day.
		{"office", "2026-03-02 10:15:30", "1d", "2026-03-03 10:15:30"},
		{"office", "2026-03-06 17:59:59", "1d", "2026-03-09 17:59:59"},
		{"office", "2026-03-06 09:00", "2d", "2026-03-10 09:00:00"},
		{"office", "2026-03-02 10:00", "0d", "2026-03-02 10:00:00"},
		{"office", "2026-03-02 10:00", "1d4h", "2026-03-03 15:00:00"},
		// Out of hours: from the next opening.
		{"office", "2026-03-06 20:00", "1d", "2026-03-10 09:00:00"},
		{"office", "2026-03-06 18:00", "1d", "2026-03-10 09:00:00"},
		{"office", "2026-03-02 08:00", "1d", "2026-03-03 09:00:00"},
		{"office", "2026-03-02 12:30", "1d", "2026-03-03 13:00:00"},
		// Where that day is not open then.
		{"uneven", "2026-03-05 17:00", "1d", "2026-03-06 16:00:00"},    // it ends earlier
		{"uneven", "2026-03-05 17:00", "1d1h", "2026-03-07 11:30:00"},  // and the hour after comes from the next day
		{"uneven", "2026-03-05 15:59:59", "1d", "2026-03-06 15:59:59"}, // just open
		{"uneven", "2026-03-05 16:00", "1d", "2026-03-06 16:00:00"},    // just closing
		{"uneven", "2026-03-06 09:30", "1d", "2026-03-07 10:30:00"},    // it begins later
		{"uneven", "2026-03-07 12:00", "1d", "2026-03-09 12:00:00"},    // its break begins
		{"uneven", "2026-03-07 12:15", "1d", "2026-03-09 13:00:00"},    // in its break
		{"uneven", "2026-03-03 14:00", "1d", "2026-03-04 12:00:00"},    // no afternoon
		{"uneven", "2026-03-03 14:00", "2d", "2026-03-05 14:00:00"},    // only the last day counts
		{"uneven", "2026-03-07 12:00", "1d1h", "2026-03-09 14:00:00"},  // from the break on

		// China, New Year and Spring Festival 2026.
		{"china", "2025-12-31 17:00", "1h", "2025-12-31 18:00:00"},
		{"china", "2025-12-31 17:00", "2h", "2026-01-04 10:00:00"}, // a Sunday, worked
		{"china", "2025-12-31 17:00", "1d", "2026-01-04 17:00:00"},
		{"china", "2025-12-31 17:00", "2d", "2026-01-05 17:00:00"},
		{"china", "2026-02-13 10:00", "1d", "2026-02-14 10:00:00"}, // a Saturday, worked
		{"china", "2026-02-13 10:00", "2d", "2026-02-24 10:00:00"},
		{"china", "2026-02-14 17:59:59", "2s", "2026-02-24 09:00:01"},
		{"china", "2026-02-18 10:00", "4h", "2026-02-24 14:00:00"},
		{"china", "2026-02-27 10:00", "1d", "2026-02-28 10:00:00"},
		{"china", "2026-02-27 10:00", "2d", "2026-03-02 10:00:00"},

		// Leap days.
		{"around", "2028-02-28 10:00", "1d", "2028-02-29 10:00:00"},
		{"around", "2028-02-28 10:00", "2d", "2028-03-01 10:00:00"},
		{"around", "2026-02-28 10:00", "1d", "2026-03-01 10:00:00"},
		{"around", "2028-02-28 23:00", "2h", "2028-02-29 01:00:00"},

		// Berlin: on 2026-03-29 the clocks jump from 02:00 to 03:00, on 2026-10-25 they go back from 03:00 to 02:00.
		{"around", "2026-03-29 01:30", "1h", "2026-03-29 03:30:00"},
		{"around", "2026-03-28 12:00", "24h", "2026-03-29 13:00:00"},
		{"around", "2026-03-28 12:00", "1d", "2026-03-29 12:00:00"},
		{"around", "2026-03-28 02:30", "1d", "2026-03-29 03:00:00"}, // 02:30 does not exist
		{"around", "2026-03-28 02:30", "2d", "2026-03-30 02:30:00"},
		{"around", "2026-10-25 01:30", "2h", "2026-10-25 02:30:00"},
		{"around", "2026-10-24 12:00", "24h", "2026-10-25 11:00:00"},
		{"around", "2026-10-24 12:00", "1d", "2026-10-25 12:00:00"},
		{"around", "2026-10-25 02:10+02:00", "1d", "2026-10-26 02:10:00"},
		{"around", "2026-10-25 02:10+01:00", "1d", "2026-10-26 03:00:00"}, // the second pass counts as its end
		{"around", "2026-10-25 03:00", "1d", "2026-10-26 03:00:00"},
		{"around", "2026-03-02 23:59:59", "1s", "2026-03-03 00:00:00"},
		{"berlin", "2026-03-28 15:00", "2h", "2026-03-29 09:00:00"},
		{"berlin", "2026-10-24 15:00", "2h", "2026-10-25 09:00:00"},
		{"berlin", "2026-10-24 15:00", "1d", "2026-10-25 15:00:00"},
		{"night", "2026-03-28 22:00", "7h", "2026-03-29 06:00:00"}, // seven hours are all that night has
		{"night", "2026-03-28 22:00", "8h", "2026-03-29 23:00:00"},
		{"night", "2026-10-24 22:00", "9h", "2026-10-25 06:00:00"},
		{"night", "2026-10-24 23:00", "3h30m", "2026-10-25 02:30:00"},
		{"night", "2026-03-02 23:30", "1d", "2026-03-03 23:30:00"},
		{"night", "2026-03-02 23:30", "1h", "2026-03-03 00:30:00"},
	} {
		t.Run(c.spec+" "+c.from+" + "+string(c.d), func(t *testing.T) {
			g := NewWithT(t)
			cal := build(t, specs[c.spec])
			got, err := cal.Add(at(t, cal, c.from), c.d)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(got.Format(layout)).To(Equal(c.want))
		})
	}
}

func TestAddKeepsTheZoneOfItsArgumentAndDropsFractions(t *testing.T) {
	g := NewWithT(t)
	c := build(t, office())
	got, err := c.Add(at(t, c, "2026-03-02 10:00").Add(999*time.Millisecond).UTC(), "1h")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(got).To(Equal(time.Date(2026, time.March, 2, 3, 0, 0, 0, time.UTC)))
	next, _ := c.Next(at(t, c, "2026-03-02 08:00").UTC())
	g.Expect(next).To(Equal(time.Date(2026, time.March, 2, 1, 0, 0, 0, time.UTC)))
}

func TestAddRefusesWhatIsNoDuration(t *testing.T) {
	g := NewWithT(t)
	c := build(t, office())
	_, err := c.Add(at(t, c, "2026-03-02 10:00"), "soon")
	g.Expect(err).To(MatchError(HavePrefix(`"soon" is not a duration`)))
}

// The clock of a stretch that begins or ends in the hour that comes twice, or is skipped.
func TestHoursWithinAClockChange(t *testing.T) {
	for _, c := range []struct {
		from, to v1alpha1.ClockTime
		date     string
		want     time.Duration
	}{
		{"02:00", "03:00", "2026-03-28", time.Hour},
		{"02:00", "03:00", "2026-03-29", 0},
		{"02:30", "04:00", "2026-03-29", time.Hour},
		{"01:00", "02:30", "2026-03-29", time.Hour},
		{"02:00", "03:00", "2026-10-25", 2 * time.Hour},
		{"02:30", "04:00", "2026-10-25", 150 * time.Minute}, // from the first 02:30 on
		{"01:00", "02:30", "2026-10-25", 90 * time.Minute},  // until the first 02:30
		{"00:00", "24:00", "2026-03-29", 23 * time.Hour},
		{"00:00", "24:00", "2026-10-25", 25 * time.Hour},
	} {
		t.Run(string(c.from+" to "+c.to)+" on "+c.date, func(t *testing.T) {
			spec := around()
			spec.Hours = []v1alpha1.OpeningHours{hours(c.from, c.to, everyday...)}
			cal := build(t, spec)
			day := at(t, cal, c.date+" 00:00")
			NewWithT(t).Expect(cal.Between(day, day.AddDate(0, 0, 1))).To(Equal(c.want))
		})
	}
}

// A day whose only hour was skipped is no working day; a date that a place skipped altogether is none either.
func TestSkippedHoursAndDaysAreNotWorked(t *testing.T) {
	g := NewWithT(t)
	spec := around()
	spec.Hours = []v1alpha1.OpeningHours{hours("02:00", "03:00", everyday...)}
	c := build(t, spec)
	got, err := c.Add(at(t, c, "2026-03-28 02:15"), "1d")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(got.Format(layout)).To(Equal("2026-03-30 02:15:00"))
	next, ok := c.Next(at(t, c, "2026-03-29 00:00"))
	g.Expect(ok).To(BeTrue())
	g.Expect(next.Format(layout)).To(Equal("2026-03-30 02:00:00"))

	spec = around()
	spec.TimeZone = "Pacific/Apia" // went from 2011-12-29 to 2011-12-31
	c = build(t, spec)
	got, err = c.Add(at(t, c, "2011-12-29 10:00"), "1d")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(got.Format(layout)).To(Equal("2011-12-31 10:00:00"))
	g.Expect(c.Between(at(t, c, "2011-12-29 00:00"), at(t, c, "2012-01-01 00:00"))).To(Equal(48 * time.Hour))
}

// Clocks that go back at midnight bring the last hour of the day again.
func TestClocksThatGoBackAtMidnight(t *testing.T) {
	g := NewWithT(t)
	spec := around()
	spec.TimeZone = "Asia/Beirut" // 2026-10-25 00:00 is 2026-10-24 23:00 again
	c := build(t, spec)
	saturday := at(t, c, "2026-10-24 00:00")
	g.Expect(c.Between(saturday, at(t, c, "2026-10-25 00:00"))).To(Equal(25 * time.Hour))
	got, err := c.Add(at(t, c, "2026-10-24 23:30+02:00"), "1d")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(got.Format(layout)).To(Equal("2026-10-26 00:00:00"))
	spec.Hours = []v1alpha1.OpeningHours{hours("00:00", "01:00", everyday...)} // skipped in spring: 00:00 is 01:00
	c = build(t, spec)
	got, err = c.Add(at(t, c, "2026-03-28 00:30"), "1h")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(got.Format(layout)).To(Equal("2026-03-30 00:30:00"))
}
