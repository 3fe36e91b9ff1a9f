package controllers

import (
	"context"
	"fmt"
	"io"

	corev1 "k8s.io/api/core/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/engine"
	"tocsin.dev/tocsin/internal/names"
	"tocsin.dev/tocsin/internal/timeline"
)

// How many entries a status holds: when there are more than newestMost, all but the newestKept newest are moved into a
// segment.
const (
	newestMost = 16
	newestKept = 4
)

// checkpointEvery is after how many segments the head of a timeline that is still growing is signed: about every fifty
// entries. The end of a case is signed in any event.
const checkpointEvery = 4

// SegmentLabel marks the ConfigMaps that hold older timeline entries.
const SegmentLabel = "crisis.tocsin.dev/segment"

// record appends the events to the timeline. Older entries are moved into an immutable segment first, so that a segment
// written twice is the same.
func (s *Shell) record(ctx context.Context, f *caseFile) error {
	if len(f.events) == 0 {
		return nil
	}
	number := f.status.Timeline.Segments
	if old := timeline.Spill(&f.status.Timeline, newestKept, newestMost); old != nil {
		if err := s.storeSegment(ctx, f, number, old); err != nil {
			return err
		}
		if f.status.Timeline.Segments%checkpointEvery == 0 {
			s.checkpoint(f)
		}
	}
	for _, e := range f.events {
		if err := s.append(&f.status.Timeline, e); err != nil {
			return err
		}
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

func (s *Shell) storeSegment(ctx context.Context, f *caseFile, number int32, old []v1alpha1.TimelineEntry) error {
	text, err := timeline.EncodeSegment(old)
	if err != nil {
		return err
	}
	immutable := true
	segment := &corev1.ConfigMap{ObjectMeta: f.childMeta(names.Segment(f.obj.GetName(), number)), Data: map[string]string{"entries": text}, Immutable: &immutable}
	segment.Labels[SegmentLabel] = "true"
	return s.createOnce(ctx, segment)
}

// checkpoint hands the head of the timeline over to be signed and kept elsewhere.
func (s *Shell) checkpoint(f *caseFile) {
	if s.Ledger != nil {
		t := f.status.Timeline
		s.Ledger.Note(timeline.Checkpoint{
			Record: f.namespace() + "/" + f.obj.GetName(), UID: string(f.obj.GetUID()), Length: t.Length, Head: t.Head, At: f.now,
		})
	}
}
