package controllers

import (
	"context"
	"fmt"
	"io"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/casework"
	"tocsin.dev/tocsin/internal/engine"
	"tocsin.dev/tocsin/internal/history"
	"tocsin.dev/tocsin/internal/names"
	"tocsin.dev/tocsin/internal/timeline"
)

// How many entries a status holds: when there are more than newestMost, all but the newestKept newest are moved into a
// segment.
const (
	newestMost = 24
	newestKept = 6
)

// checkpointEvery is after how many segments the head of a timeline that is still growing is signed: about every fifty
// entries. The end of a case is signed in any event.
const checkpointEvery = 4

// SegmentLabel marks the ConfigMaps that hold older timeline entries.
const SegmentLabel = "crisis.tocsin.dev/segment"

// mostEntries is how many entries a status takes, because older ones cannot be moved or much happens at once: a step a
// line of a large playbook, acts that piled up while the manager was away. Tests make it smaller.
var mostEntries = 1024

// record appends the events to the timeline. Older entries are moved into an immutable segment first, so that a segment
// written twice is the same. Where something is in the segment's way they stay as long as there is room.
func (s *Shell) record(ctx context.Context, f *casework.File) error {
	if len(f.Events) > 0 || meta.IsStatusConditionTrue(f.Status.Conditions, conditionObstructed) {
		room := len(f.Status.Timeline.Entries)+len(f.Events) <= mostEntries
		if err := s.spill(ctx, f); err != nil && (!room || !obstruct(f, err)) {
			return err
		}
	}
	for _, e := range f.Events {
		if err := s.append(&f.Status.Timeline, e); err != nil {
			return err
		}
	}
	sayObstructed(f)
	return nil
}

// spill moves older entries into the next segment when there are many. If it cannot, the timeline is as it was.
func (s *Shell) spill(ctx context.Context, f *casework.File) error {
	t := f.Status.Timeline
	old := timeline.Spill(&t, newestKept, newestMost)
	if old == nil {
		return nil
	}
	if err := s.storeSegment(ctx, f, f.Status.Timeline.Segments, old); err != nil {
		return err
	}
	f.Status.Timeline = t
	if t.Segments%checkpointEvery == 0 {
		s.checkpoint(f)
	}
	return nil
}

func (s *Shell) append(t *v1alpha1.Timeline, e engine.Event) error {
	var salt [16]byte
	if _, err := io.ReadFull(s.Entropy, salt[:]); err != nil {
		return fmt.Errorf("read a salt for the timeline: %w", err)
	}
	timeline.Append(t, e.At, e.Type, e.Step, e.Round, e.Actor, e.Text, salt)
	return nil
}

func (s *Shell) storeSegment(ctx context.Context, f *casework.File, number int32, old []v1alpha1.TimelineEntry) error {
	data, err := history.Encode(old)
	if err != nil {
		return err
	}
	immutable := true
	segment := &corev1.ConfigMap{ObjectMeta: childMeta(f, names.Segment(f.Record.GetName(), number)), Data: data, Immutable: &immutable}
	segment.Labels[SegmentLabel] = "true"
	return s.createOnce(ctx, segment)
}

// signEnd hands the end of a closed record over to be signed. It does so each time the record is looked at, because the
// process that closed it may have died before the checkpoint was written.
func (s *Shell) signEnd(f *casework.File) {
	if !f.Status.ClosedAt.IsZero() {
		s.checkpoint(f)
	}
}

// checkpoint hands the head of the timeline over to be signed and kept elsewhere.
func (s *Shell) checkpoint(f *casework.File) {
	if s.Ledger != nil {
		t := f.Status.Timeline
		s.Ledger.Note(timeline.Checkpoint{
			Record: f.Record.GetNamespace() + "/" + f.Record.GetName(), UID: string(f.Record.GetUID()), Length: t.Length, Head: t.Head, At: f.Now,
		})
	}
}
