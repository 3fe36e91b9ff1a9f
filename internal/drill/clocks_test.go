package drill

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// A time of day that the clocks jump over in spring is as much later on that day, and one that comes twice in autumn counts once:
// whoever exercises every week exercises in these weeks too, looked at only when the drill is due.
func TestDrillsWhereTheClocksChange(t *testing.T) {
	g := NewWithT(t)
	ds := &v1alpha1.DrillSchedule{ObjectMeta: metav1.ObjectMeta{Generation: 1, CreationTimestamp: metav1.NewTime(time.Date(2027, time.March, 19, 9, 0, 0, 0, time.UTC))}}
	ds.Spec.Cron, ds.Spec.TimeZone = "30 2 * * 0", "Europe/Berlin"
	now := ds.CreationTimestamp.Time
	var called []string
	for range 36 {
		due, next, wrong := Times(ds, now)
		g.Expect(wrong).To(BeNil())
		if !due.IsZero() {
			called = append(called, due.Format(time.RFC3339))
			ds.Status.LastAt = metav1.NewTime(due)
		}
		ds.Status.ObservedGeneration, ds.Status.NextAt = 1, metav1.NewTime(next)
		now = next
	}
	g.Expect(called).To(HaveLen(35))
	g.Expect(called[:3]).To(Equal([]string{"2027-03-21T02:30:00+01:00", "2027-03-28T03:30:00+02:00", "2027-04-04T02:30:00+02:00"}))
	g.Expect(called[31:34]).To(Equal([]string{"2027-10-24T02:30:00+02:00", "2027-10-31T02:30:00+02:00", "2027-11-07T02:30:00+01:00"}))
}
