package drill

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/api/v1alpha1"
)

func TestACronThatCannotBeReadNamesItsField(t *testing.T) {
	g := NewWithT(t)
	for text, want := range map[string]string{
		"-1 10 * * *":                   `in "-1 10 * * *" the minute "-1" cannot be read; write 0 to 59`,
		"0 -1 * * *":                    `the hour "-1" cannot be read; write 0 to 23`,
		"0 10 32 * *":                   `the day of month "32" cannot be read; write 1 to 31`,
		"0 10 1 13 *":                   `the month "13" cannot be read; write 1 to 12, or JAN to DEC`,
		"0 10 * * MOO":                  `the day of week "MOO" cannot be read; write 0 to 7, or SUN to SAT`,
		"0 10 * * 99999999999999999999": `the day of week`,
		"0 10 * *":                      `has 4 fields; write five fields (minute, hour`,
		"@every 10s":                    `has 2 fields`,
		"0 10 1 1 * 5":                  `has 6 fields`,
		"TZ=UTC 0 1 1 1":                `belongs into spec.timeZone`,
	} {
		schedule, wrong := readCron(text)
		g.Expect(schedule).To(BeNil(), text)
		g.Expect(wrong.Reason).To(Equal(BadCron), text)
		g.Expect(wrong.Message).To(And(HavePrefix("spec.cron: "), ContainSubstring(want), Not(ContainSubstring("strconv"))), text)
	}
	for _, text := range []string{"0 10 1 */3 *", "*/5 8-18 * JAN,JUL MON-FRI", "0 0 29 2 7"} {
		_, wrong := readCron(text)
		g.Expect(wrong).To(BeNil(), text)
	}
}

// The zero time is what a time that is left out reads as, so it must not be taken for a cron that is missing.
func TestADrillAtTheZeroTime(t *testing.T) {
	g := NewWithT(t)
	_, _, wrong := Times(&v1alpha1.DrillSchedule{Spec: v1alpha1.DrillScheduleSpec{}}, time.Unix(0, 0))
	g.Expect(wrong).To(HaveValue(Equal(Defect{NeverFires, "spec.at: 0001-01-01T00:00:00Z stands for no time at all, so no drill is called; write a time to come, or write cron instead"})))
}
