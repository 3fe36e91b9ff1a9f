package intake

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// ShiftDates moves complaints in time so that the earliest was received at start, to the second; the distances between
// them stay. Start on the weekday and at the hour of the earliest one keeps the weekdays and hours of all: SameWeekday
// finds it. A span above zero that is shorter than the whole compresses the distances evenly, so that the last one is
// received at start+span. What happened before a complaint was received stays as long before. The items given are left
// as they are; those without a date are passed on unchanged.
func ShiftDates(items []Item, start time.Time, span time.Duration) []Item {
	first, last, dated := reach(items)
	shifted := make([]Item, len(items))
	for i, item := range items {
		shifted[i] = item
		if !dated || item.Complaint == nil || item.Complaint.Spec.ReceivedAt.IsZero() {
			continue
		}
		complaint := item.Complaint.DeepCopy()
		received := complaint.Spec.ReceivedAt.Time
		offset := received.Sub(first)
		if whole := last.Sub(first); span > 0 && whole > span {
			offset = time.Duration(float64(offset) * (float64(span) / float64(whole)))
		}
		moved := start.Add(offset).Truncate(time.Second)
		if occurred := complaint.Spec.OccurredAt; !occurred.IsZero() {
			complaint.Spec.OccurredAt = metav1.NewTime(moved.Add(occurred.Sub(received)))
		}
		complaint.Spec.ReceivedAt = metav1.NewTime(moved)
		shifted[i].Complaint = complaint
	}
	return shifted
}

// SameWeekday is the first moment at or after notBefore on the weekday and at the time of day (in the zone of
// notBefore) at which the earliest of the items was received; notBefore when none has a date.
func SameWeekday(items []Item, notBefore time.Time) time.Time {
	first, _, dated := reach(items)
	if !dated {
		return notBefore
	}
	first = first.In(notBefore.Location())
	hour, minute, second := first.Clock()
	days := (int(first.Weekday()) - int(notBefore.Weekday()) + 7) % 7
	year, month, day := notBefore.Date()
	at := time.Date(year, month, day+days, hour, minute, second, 0, notBefore.Location())
	if at.Before(notBefore) {
		at = at.AddDate(0, 0, 7)
	}
	return at
}

// reach is when the earliest and the latest of the items were received.
func reach(items []Item) (first, last time.Time, dated bool) {
	for _, item := range items {
		if item.Complaint == nil || item.Complaint.Spec.ReceivedAt.IsZero() {
			continue
		}
		at := item.Complaint.Spec.ReceivedAt.Time
		if !dated || at.Before(first) {
			first = at
		}
		if !dated || at.After(last) {
			last = at
		}
		dated = true
	}
	return first, last, dated
}
