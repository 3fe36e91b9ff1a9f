package intake

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
)

func received(at ...time.Time) []Item {
	items := make([]Item, len(at))
	for i := range at {
		items[i].Complaint = &v1alpha1.Complaint{}
		if !at[i].IsZero() {
			items[i].Complaint.Spec.ReceivedAt = metav1.NewTime(at[i])
		}
	}
	return items
}

func times(items []Item) []time.Time {
	at := make([]time.Time, len(items))
	for i := range items {
		at[i] = items[i].Complaint.Spec.ReceivedAt.Time
	}
	return at
}

var tuesday = time.Date(2013, 7, 30, 9, 0, 0, 0, time.UTC)

func TestShiftDatesKeepsDistances(t *testing.T) {
	g := NewWithT(t)
	items := received(tuesday.Add(72*time.Hour), time.Time{}, tuesday, tuesday.Add(time.Minute))
	items[2].Complaint.Spec.OccurredAt = metav1.NewTime(tuesday.Add(-time.Hour))
	items = append(items, Item{})
	start := time.Date(2026, 6, 2, 9, 0, 0, 0, time.UTC)

	shifted := ShiftDates(items, start, 0)
	g.Expect(times(shifted[:4])).To(Equal([]time.Time{start.Add(72 * time.Hour), {}, start, start.Add(time.Minute)}))
	g.Expect(shifted[2].Complaint.Spec.OccurredAt.Time).To(Equal(start.Add(-time.Hour)))
	g.Expect(items[2].Complaint.Spec.ReceivedAt.Time).To(Equal(tuesday), "the items given stay as they are")
	g.Expect(shifted[4].Complaint).To(BeNil())
}

func TestShiftDatesCompresses(t *testing.T) {
	g := NewWithT(t)
	start := time.Date(2026, 6, 2, 9, 0, 0, 0, time.UTC)
	items := received(tuesday, tuesday.Add(100*time.Hour), tuesday.Add(1000*time.Hour))
	g.Expect(times(ShiftDates(items, start, 10*time.Hour))).To(Equal([]time.Time{start, start.Add(time.Hour), start.Add(10 * time.Hour)}))
	g.Expect(times(ShiftDates(items, start, 1000*time.Hour))).To(Equal([]time.Time{start, start.Add(100 * time.Hour), start.Add(1000 * time.Hour)}), "nothing is stretched")
}
