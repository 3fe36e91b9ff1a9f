package difference_test

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/internal/difference"
)

// What changed in an iCalendar file is told by its days, but for those of which the calendar speaks itself and those that the
// week says already.
func TestListsOfHolidaysAreToldByTheirDays(t *testing.T) {
	g := NewWithT(t)
	office := func(own, lists string, days ...string) *difference.Side {
		text := `apiVersion: crisis.tocsin.dev/v1alpha1
kind: BusinessCalendar
metadata: {name: office}
spec:
  timeZone: Europe/Berlin
  hours: [{days: [Mon, Tue, Wed, Thu, Fri], from: "09:00", to: "17:00"}]
` + own + `
  publicHolidays:
  - lists: ` + lists + `
    knownUntil: "2026-12-31"
    iCal: |
      BEGIN:VCALENDAR
`
		for _, day := range days {
			text += "      BEGIN:VEVENT\n      DTSTART;VALUE=DATE:" + day + "\n      END:VEVENT\n"
		}
		return side(t, map[string]string{"office.yaml": text + "      END:VCALENDAR\n"})
	}
	for _, tt := range []struct {
		before, after *difference.Side
		says          []string
	}{
		{office("", "Holidays", "20260605", "20260608"), office("", "Holidays", "20260608", "20260605"), nil}, // in another order
		{office("", "Holidays", "20260605"), office("", "Holidays", "20260605", "20260606"), nil},             // a Saturday
		{office("", "Holidays", "20260605"), office("", "Holidays", "20260608"), []string{"2026-06-08 is a holiday now", "2026-06-05 is no holiday any more"}},
		{office("", "Workdays", "20260606"), office("", "Workdays", "20260607", "20260613"), []string{"2026-06-07 and 2026-06-13 are working days now", "2026-06-06 is no working day any more"}},
		{office(`  holidays: [{date: "2026-06-08"}]`, "Holidays", "20260605"), office("", "Holidays", "20260605", "20260608"), nil}, // it stays one
		{office(`  holidays: [{date: "2026-06-08"}]`, "Holidays", "20260101", "20260605"), office("", "Holidays", "20260101"), []string{"2026-06-08 no longer is a holiday", "2026-06-05 is no holiday any more"}},
		{office("", "Holidays", "20260101"), office("", "Holidays", strings.Fields("20260101 20260601 20260602 20260603 20260604 20260605 20260608 20260609 20260610 20260611 20260612 20260615 20260616 20260617")...),
			[]string{"2026-06-01, 2026-06-02, 2026-06-03, 2026-06-04, 2026-06-05, 2026-06-08, 2026-06-09, 2026-06-10, 2026-06-11, 2026-06-12, 2026-06-15 and 2 other days are holidays now"}},
	} {
		var says []string
		for _, line := range told(difference.Compare(tt.before, tt.after)) {
			says = append(says, strings.TrimPrefix(line, "calendar office: "))
		}
		g.Expect(says).To(ConsistOf(tt.says))
	}
}
