package drill

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// However long a schedule was not looked at, the next drill lies ahead, and one that was missed is called: the newest, or one of the
// newest of very many. A day that never comes is told.
func TestDrillsAfterALongTime(t *testing.T) {
	g := NewWithT(t)
	now := time.Date(2026, 3, 2, 9, 0, 30, 0, time.UTC)
	times := func(cron, zone string, from time.Time) (due, next time.Time, wrong *Defect) {
		ds := &v1alpha1.DrillSchedule{Spec: v1alpha1.DrillScheduleSpec{Cron: cron, TimeZone: zone}}
		ds.CreationTimestamp = metav1.NewTime(from)
		return Times(ds, now)
	}
	for _, zone := range []string{"UTC", "Europe/London", "America/Sao_Paulo"} {
		for _, ago := range []time.Duration{time.Hour, 30 * 24 * time.Hour, 20 * 366 * 24 * time.Hour} {
			due, next, wrong := times("* * * * *", zone, now.Add(-ago))
			g.Expect(wrong).To(BeNil())
			g.Expect([]time.Time{due.UTC(), next.UTC()}).To(Equal([]time.Time{now.Truncate(time.Minute), now.Truncate(time.Minute).Add(time.Minute)}), "%s, %s ago", zone, ago)
		}
		due, next, _ := times("* * 1 1 *", zone, now.AddDate(-3, 0, 0))
		g.Expect(due.Year()).To(Equal(2026))
		g.Expect(next.Year()).To(Equal(2027))
		_, _, wrong := times("0 0 30 2 *", zone, now)
		g.Expect(wrong).To(HaveValue(HaveField("Reason", NeverFires)))
	}
}
