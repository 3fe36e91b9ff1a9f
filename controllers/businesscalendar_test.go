package controllers

import (
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
	"tocsin.dev/tocsin/internal/timing"
	"tocsin.dev/tocsin/internal/wake"
)

const chinaYAML = `
kind: BusinessCalendar
metadata: {name: office}
spec:
  timeZone: Asia/Shanghai
  hours:
  - {days: [Mon, Tue, Wed, Thu, Fri], from: "09:00", to: "17:00"}
  publicHolidays:
  - {country: CN}
`

// TestCalendarWarnsBeforeItsHolidaysEnd: 2027 is not published. The calendar says so from two months before, and once the
// year is over, woken at those moments and never in between.
func TestCalendarWarnsBeforeItsHolidaysEnd(t *testing.T) {
	w := newWorld(t)
	w.calendars.Wheel = wake.New(w.clock)
	known := func() metav1.Condition {
		w.must(w.calendars, "office")
		cal := read(w, "office", &v1alpha1.BusinessCalendar{})
		w.Expect(w.condition(cal.Status.Conditions, "Ready")).To(HaveField("Status", metav1.ConditionTrue), "it can be used all the same")
		return w.condition(cal.Status.Conditions, conditionHolidaysKnown)
	}
	wakes := func() time.Time { at, _ := w.calendars.Wheel.Next(); return at }
	w.apply(chinaYAML)
	end := time.Date(2026, 12, 31, 16, 0, 0, 0, time.UTC) // midnight in Shanghai
	w.Expect(known()).To(And(HaveField("Reason", "Known"), HaveField("Message", "public holidays are known until 2026-12-31")))
	cal := read(w, "office", &v1alpha1.BusinessCalendar{})
	w.Expect(cal.Status.KnownUntil).To(Equal(v1alpha1.Date("2026-12-31")))
	w.Expect(cal.Status.Version).To(MatchRegexp("^[0-9a-f]{12}$"))
	warn := end.Add(-60 * 24 * time.Hour)
	w.Expect(wakes()).To(BeTemporally("==", warn))

	w.clock.SetTime(warn.Add(-time.Second))
	before := w.written()
	w.Expect(known()).To(HaveField("Reason", "Known"))
	w.Expect(w.written()).To(Equal(before))
	w.clock.SetTime(warn)
	w.Expect(known()).To(And(HaveField("Status", metav1.ConditionFalse), HaveField("Reason", "EndingSoon"),
		HaveField("Message", And(ContainSubstring("2026-12-31 only"), ContainSubstring("as if no public holiday came"), ContainSubstring("newer release")))))
	w.Expect(wakes()).To(BeTemporally("==", end))
	w.clock.SetTime(end)
	w.Expect(known()).To(And(HaveField("Status", metav1.ConditionFalse), HaveField("Reason", "Ended")))
	w.Expect(wakes()).To(BeTemporally("==", end.AddDate(0, 0, timing.DefaultDays)), "its working time was looked at so far ahead")

	t.Log("without a list there is nothing that could end, and it is said that none counts")
	w.apply(strings.Split(chinaYAML, "  publicHolidays")[0])
	w.Expect(known()).To(And(HaveField("Status", metav1.ConditionTrue), HaveField("Reason", "NoList"), HaveField("Message", ContainSubstring("so none counts"))))
	w.Expect(read(w, "office", &v1alpha1.BusinessCalendar{}).Status.KnownUntil).To(BeEmpty())
}

// TestCalendarIsJudgedAgainBeforeItsWorkingTimeEnds: from 2028 on every Monday is a holiday. Deadlines are judged 400 days ahead, so the
// calendar is woken when the end of the last Monday is as near, and not ready then.
func TestCalendarIsJudgedAgainBeforeItsWorkingTimeEnds(t *testing.T) {
	w := newWorld(t)
	w.calendars.Wheel = wake.New(w.clock)
	ready := func(at time.Time) metav1.Condition {
		w.clock.SetTime(at)
		w.must(w.calendars, "office")
		return w.condition(read(w, "office", &v1alpha1.BusinessCalendar{}).Status.Conditions, "Ready")
	}
	wakes := func() time.Time { at, _ := w.calendars.Wheel.Next(); return at }
	w.apply(`
kind: BusinessCalendar
metadata: {name: office}
spec:
  timeZone: UTC
  hours: [{days: [Mon], from: "09:00", to: "17:00"}]
  publicHolidays:
  - iCal: |
      BEGIN:VCALENDAR
      BEGIN:VEVENT
      DTSTART;VALUE=DATE:20280103
      RRULE:FREQ=WEEKLY;BYDAY=MO
      END:VEVENT
      END:VCALENDAR
`)
	end := time.Date(2027, 12, 27, 17, 0, 0, 0, time.UTC)
	w.Expect(ready(end.AddDate(0, 0, -1000))).To(HaveField("Reason", "Usable"))
	w.Expect(wakes()).To(BeTemporally("==", end.AddDate(0, 0, -600)), "nothing ends as far as anybody looked")
	near := end.AddDate(0, 0, -timing.DefaultDays)
	w.Expect(ready(end.AddDate(0, 0, -600))).To(HaveField("Reason", "Usable"))
	w.Expect(wakes()).To(BeTemporally("==", near))
	w.Expect(ready(near.Add(-time.Second))).To(HaveField("Reason", "Usable"))
	w.Expect(ready(near)).To(And(HaveField("Reason", "NoWorkingTime"), HaveField("Message", ContainSubstring("holidays leave no working time in the 800 days from 2027-12-27 on"))))
}

// TestCalendarNamesTheLineOfABadFile: the fault is in the condition, with the line, and the calendar is not ready.
func TestCalendarNamesTheLineOfABadFile(t *testing.T) {
	w := newWorld(t)
	const file = "  - iCal: |\n      BEGIN:VCALENDAR\n      BEGIN:VEVENT\n      DTSTART:20261225T090000\n      END:VEVENT\n      END:VCALENDAR\n"
	w.apply(strings.Replace(chinaYAML, "  - {country: CN}\n", file, 1))
	w.must(w.calendars, "office")
	cal := read(w, "office", &v1alpha1.BusinessCalendar{})
	w.Expect(w.condition(cal.Status.Conditions, "Ready")).To(And(states(metav1.ConditionFalse, "UnusableSource", 1),
		HaveField("Message", ContainSubstring("spec.publicHolidays[0].iCal: line 3: DTSTART 20261225T090000 is a time of day; only all-day events are read"))))

	t.Log("mended")
	w.apply(strings.Replace(chinaYAML, "  - {country: CN}\n", strings.Replace(file, "T090000", "", 1), 1))
	w.must(w.calendars, "office")
	w.Expect(w.condition(read(w, "office", &v1alpha1.BusinessCalendar{}).Status.Conditions, "Ready")).To(states(metav1.ConditionTrue, "Usable", 2))

	t.Log("what belongs to a file is refused beside a country")
	cal.Spec.PublicHolidays = []v1alpha1.HolidaySource{{Country: "CN", KnownUntil: "2027-12-31"}}
	cal.ResourceVersion, cal.Name = "", "other"
	w.Expect(w.admin.Create(w.ctx, cal)).To(MatchError(ContainSubstring("lists and knownUntil are for iCal")))
}

func TestBusinessCalendarIsJudged(t *testing.T) {
	w := newWorld(t)
	const good = `
kind: BusinessCalendar
metadata: {name: office}
spec:
  timeZone: Asia/Shanghai
  hours:
  - {days: [Mon], from: "09:00", to: "17:00"}
`
	w.apply(good)
	w.must(w.calendars, "office")
	cal := read(w, "office", &v1alpha1.BusinessCalendar{})
	w.Expect(w.condition(cal.Status.Conditions, "Ready")).To(states(metav1.ConditionTrue, "Usable", 1))
	w.Expect(cal.Status.ObservedGeneration).To(Equal(int64(1)))
	before := w.written()
	w.must(w.calendars, "office")
	w.Expect(w.written()).To(Equal(before))
	w.Expect(w.once(w.calendars, "gone")).To(Succeed())

	w.apply(strings.Replace(good, "Asia/Shanghai", "Asia/Nowhere", 1))
	w.must(w.calendars, "office")
	cal = read(w, "office", &v1alpha1.BusinessCalendar{})
	w.Expect(w.condition(cal.Status.Conditions, "Ready")).To(And(states(metav1.ConditionFalse, "UnknownTimeZone", 2),
		HaveField("Message", And(ContainSubstring("spec.timeZone"), ContainSubstring("Asia/Nowhere")))))

	t.Log("a calendar without a working day is refused; one that is there all the same is named")
	cal.Spec.TimeZone, cal.Spec.Hours = "UTC", nil
	w.Expect(w.admin.Update(w.ctx, cal)).To(MatchError(ContainSubstring("spec.hours")))
	_, err := calendar.New(cal.Spec)
	w.Expect(err).To(HaveOccurred())
	w.Expect(calendarReason(err)).To(Equal("NoWorkingTime"))

	t.Log("a playbook that counts in it does not compile, and says which calendar")
	w.apply(teamsYAML)
	w.apply(strings.NewReplacer("elapsed: 48h", "working: 2d", "for: Complaint\n", "for: Complaint\n  calendar: office\n").Replace(generalYAML))
	w.must(w.playbooks, "general-case")
	pb := read(w, "general-case", &v1alpha1.Playbook{})
	w.Expect(w.condition(pb.Status.Conditions, "Verified")).To(And(HaveField("Status", metav1.ConditionFalse), HaveField("Message", ContainSubstring("office"))))
	w.apply(good)
	w.must(w.playbooks, "general-case")
	w.Expect(w.condition(read(w, "general-case", &v1alpha1.Playbook{}).Status.Conditions, "Verified").Status).To(Equal(metav1.ConditionTrue))

	t.Log("a calendar whose holidays leave no working time")
	w.apply(good + "  publicHolidays:\n  - iCal: |\n      BEGIN:VCALENDAR\n      BEGIN:VEVENT\n      DTSTART;VALUE=DATE:20200106\n      RRULE:FREQ=WEEKLY;BYDAY=MO\n      END:VEVENT\n      END:VCALENDAR\n")
	w.must(w.calendars, "office")
	cal = read(w, "office", &v1alpha1.BusinessCalendar{})
	w.Expect(w.condition(cal.Status.Conditions, "Ready")).To(And(HaveField("Reason", "NoWorkingTime"), HaveField("Message", ContainSubstring("holidays leave no working time"))))
}
