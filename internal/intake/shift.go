package intake

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Shift moves complaints in time; the zero Shift leaves them where they are.
type Shift struct {
	first, start time.Time
	// scale is what distances are multiplied by; 0 is 1.
	scale float64
}

// NewShift is the Shift that has what was received at first received at start. A span above zero that is shorter than
// the time from first to last compresses the distances evenly, so that what was received at last is received at
// start+span.
func NewShift(first, last, start time.Time, span time.Duration) Shift {
	s := Shift{first: first, start: start}
	if whole := last.Sub(first); span > 0 && whole > span {
		s.scale = float64(span) / float64(whole)
	}
	return s
}

// Moves is whether the Shift moves anything.
func (s Shift) Moves() bool { return !s.first.IsZero() }

// At is where a moment is moved to, to the second.
func (s Shift) At(t time.Time) time.Time {
	if !s.Moves() {
		return t
	}
	offset := t.Sub(s.first)
	if s.scale > 0 {
		offset = time.Duration(float64(offset) * s.scale)
	}
	return s.start.Add(offset).Truncate(time.Second)
}

// Of is the item moved. What happened before a complaint was received stays as long before. The item given is left as it
// is; one without a date is passed on unchanged.
func (s Shift) Of(item Item) Item {
	if !s.Moves() || item.Complaint == nil || item.Complaint.Spec.ReceivedAt.IsZero() {
		return item
	}
	complaint := item.Complaint.DeepCopy()
	received := complaint.Spec.ReceivedAt.Time
	moved := s.At(received)
	if occurred := complaint.Spec.OccurredAt; !occurred.IsZero() {
		complaint.Spec.OccurredAt = metav1.NewTime(moved.Add(occurred.Sub(received)))
	}
	complaint.Spec.ReceivedAt = metav1.NewTime(moved)
	item.Complaint = complaint
	return item
}

// ShiftDates moves complaints so that the earliest was received at start, to the second; the distances between them stay,
// or are compressed into span as NewShift says.
func ShiftDates(items []Item, start time.Time, span time.Duration) []Item {
	var shift Shift
	if first, last, dated := reach(items); dated {
		shift = NewShift(first, last, start, span)
	}
	shifted := make([]Item, len(items))
	for i, item := range items {
		shifted[i] = shift.Of(item)
	}
	return shifted
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
