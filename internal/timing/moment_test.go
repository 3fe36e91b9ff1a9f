package timing

import (
	"fmt"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"pgregory.net/rapid"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
)

// A chain of spans and joins comes to the same for every minute of some weeks, counted one by one, as its pieces say; and the
// worst start is the worst of them. The weeks have split days, holidays, make-up days and a change of the clocks.
func TestMomentsAgreeWithCountingEveryMinute(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := NewWithT(t)
		cal := anyCalendar(t)
		first := time.Date(2026, time.March, 20, 0, 0, 0, 0, time.UTC).Unix()
		if rapid.Bool().Draw(t, "autumn") {
			first = time.Date(2026, time.October, 16, 0, 0, 0, 0, time.UTC).Unix()
		}
		d := span{first, first + 12*day}
		c := newClock(d)
		m, slow := d.start(), func(at int64) int64 { return at }
		for range rapid.IntRange(1, 4).Draw(t, "spans") {
			s, before := anySpan(t), slow
			next, err := c.add(cal, m, s)
			g.Expect(err).NotTo(HaveOccurred())
			step := func(at int64) int64 {
				due, err := calendar.AddSpan(cal, time.Unix(before(at), 0), s)
				g.Expect(err).NotTo(HaveOccurred())
				return due.Unix()
			}
			switch rapid.IntRange(0, 3).Draw(t, "join") {
			case 0:
				hours := rapid.Int64Range(0, 60).Draw(t, "beside") * 3600
				m, slow = later(d, next, d.start().plus(hours)), func(at int64) int64 { return max(step(at), at+hours) }
			case 1:
				hours := rapid.Int64Range(24, 90).Draw(t, "beside") * 3600
				m, slow = earlier(d, next, d.start().plus(hours)), func(at int64) int64 { return min(step(at), at+hours) }
			default:
				m, slow = next, step
			}
		}
		var worst int64
		for at := d.first; at < d.end; at += 60 {
			for _, at := range [...]int64{at, at + 59} {
				if want := slow(at); m.at(at) != want {
					t.Fatalf("from %s: %s, counted %s", time.Unix(at, 0).UTC(), time.Unix(m.at(at), 0).UTC(), time.Unix(want, 0).UTC())
				}
				worst = max(worst, slow(at)-at)
			}
		}
		start, takes, ok := longest(d, d.start(), m)
		g.Expect(ok).To(BeTrue())
		g.Expect(slow(start)-start).To(Equal(takes), "the worst start is one")
		g.Expect(takes).To(BeNumerically(">=", worst), "no minute is worse")
	})
}

func anySpan(t *rapid.T) v1alpha1.Span {
	if rapid.IntRange(0, 3).Draw(t, "elapsed") == 0 {
		return v1alpha1.Span{Elapsed: rapid.SampledFrom([]v1alpha1.Duration{"30m", "4h", "1d", "90s"}).Draw(t, "span")}
	}
	return v1alpha1.Span{Working: rapid.SampledFrom([]v1alpha1.Duration{"1d", "2d", "4h", "1d4h", "30m", "3h20m10s", "1d30m"}).Draw(t, "span")}
}

func anyCalendar(t *rapid.T) *calendar.Calendar {
	days := []v1alpha1.Weekday{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"}
	clockTime := func(h, m int) v1alpha1.ClockTime { return v1alpha1.ClockTime(fmt.Sprintf("%02d:%02d", h, m)) }
	spec := v1alpha1.BusinessCalendarSpec{TimeZone: rapid.SampledFrom([]string{"UTC", "Europe/London", "America/New_York", "Asia/Shanghai"}).Draw(t, "zone")}
	for i, d := range days {
		if i > 0 && rapid.IntRange(0, 3).Draw(t, "closed") == 0 {
			continue
		}
		from := rapid.IntRange(0, 11).Draw(t, "from")
		to := rapid.IntRange(from+1, 23).Draw(t, "to")
		if rapid.Bool().Draw(t, "split") && to-from > 3 {
			spec.Hours = append(spec.Hours, v1alpha1.OpeningHours{Days: []v1alpha1.Weekday{d}, From: clockTime(from, 0), To: clockTime(from+1, 30)},
				v1alpha1.OpeningHours{Days: []v1alpha1.Weekday{d}, From: clockTime(from+2, rapid.SampledFrom([]int{0, 20}).Draw(t, "minute")), To: clockTime(to, 0)})
			continue
		}
		spec.Hours = append(spec.Hours, v1alpha1.OpeningHours{Days: []v1alpha1.Weekday{d}, From: clockTime(from, 0), To: clockTime(to, 30)})
	}
	for _, date := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"2026-03-25", "2026-03-27", "2026-03-30", "2026-10-20", "2026-10-26"}), 0, 3, rapid.ID[string]).Draw(t, "holidays") {
		spec.Holidays = append(spec.Holidays, v1alpha1.CalendarDay{Date: v1alpha1.Date(date), Name: "holiday"})
	}
	for _, date := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"2026-03-28", "2026-03-29", "2026-10-24", "2026-10-25"}), 0, 2, rapid.ID[string]).Draw(t, "workdays") {
		spec.Workdays = append(spec.Workdays, v1alpha1.CalendarDay{Date: v1alpha1.Date(date), Name: "make-up day"})
	}
	cal, err := calendar.New(spec)
	if err != nil {
		t.Fatal(err)
	}
	return cal
}

// The earlier of two moments needs no holidays to be known that only the other counts by: it happens by then whatever becomes of that.
// The later of two needs those of both.
func TestWhatIsEarlierNeedsNoHolidaysOfTheOther(t *testing.T) {
	g := NewWithT(t)
	d := span{0, 10 * day}
	sure, unsure, between := d.start().plus(day), d.start().plus(2*day), moment{[]piece{{from: 0, at: 3 * day}}, 5 * day}
	unsure.known = 4 * day
	g.Expect(earlier(d, sure, unsure).known).To(BeEquivalentTo(eternity))
	g.Expect(earlier(d, unsure, sure).known).To(BeEquivalentTo(eternity))
	g.Expect(later(d, d.start().plus(3*day), unsure).known).To(BeEquivalentTo(4 * day))
	g.Expect(earlier(d, unsure, between).known).To(BeEquivalentTo(4*day), "one is earlier at first, and then the other")
	g.Expect(earlier(d, between, unsure).known).To(BeEquivalentTo(4 * day))
}
