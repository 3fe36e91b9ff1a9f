package timing

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"pgregory.net/rapid"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
)

// No span lasts longer than is said, begin it when one may, and some start has it last as long.
func TestTheLongestSpanIsFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := NewWithT(t)
		cal, length := anyCalendar(t), anySpan(t)
		first := time.Date(2026, time.March, 20, 0, 0, 0, 0, time.UTC)
		s, err := New(first, 12)
		g.Expect(err).NotTo(HaveOccurred())
		said, known := s.Longest(cal, length)
		g.Expect(known).To(BeTrue())
		longest := time.Duration(0)
		for at := first; at.Before(first.AddDate(0, 0, 12)); at = at.Add(time.Minute) {
			due, err := calendar.AddSpan(cal, at, length)
			g.Expect(err).NotTo(HaveOccurred())
			longest = max(longest, due.Sub(at))
		}
		g.Expect(said).To(And(BeNumerically(">=", longest), BeNumerically("<=", longest+time.Minute)))
	})
}

// Where no public holidays are known as far as it counts nothing is said, nor where there is no calendar.
func TestTheLongestSpanIsNotKnown(t *testing.T) {
	g := NewWithT(t)
	s, err := New(now, 30)
	g.Expect(err).NotTo(HaveOccurred())
	ended, err := calendar.New(v1alpha1.BusinessCalendarSpec{
		TimeZone: "UTC", Hours: []v1alpha1.OpeningHours{{Days: []v1alpha1.Weekday{"Mon"}, From: "09:00", To: "17:00"}},
		PublicHolidays: []v1alpha1.HolidaySource{{ICal: "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:New Year\nDTSTART;VALUE=DATE:20260101\nEND:VEVENT\nEND:VCALENDAR\n", KnownUntil: "2026-02-28"}},
	})
	g.Expect(err).NotTo(HaveOccurred())
	for _, cal := range []*calendar.Calendar{nil, ended} {
		_, known := s.Longest(cal, v1alpha1.Span{Working: "1h"})
		g.Expect(known).To(BeFalse())
	}
}
