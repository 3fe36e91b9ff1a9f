// Package history writes the segments of a record's timeline (ConfigMaps, numbered from 0) and reads it whole: the older
// entries from its segments and the newest ones from its status.
package history

import (
	"context"
	"fmt"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/names"
	"tocsin.dev/tocsin/internal/timeline"
)

// segmentKey is the key of a segment's data that holds its entries.
const segmentKey = "entries"

// Encode writes entries as the data of a segment.
func Encode(entries []v1alpha1.TimelineEntry) (map[string]string, error) {
	content, err := timeline.EncodeSegment(entries)
	if err != nil {
		return nil, err
	}
	return map[string]string{segmentKey: content}, nil
}

// Read returns all entries of a record's timeline, the oldest first. A missing segment is an error that
// apierrors.IsNotFound knows; every error names the ConfigMap.
func Read(ctx context.Context, from client.Reader, namespace, record string, t v1alpha1.Timeline) ([]v1alpha1.TimelineEntry, error) {
	var entries []v1alpha1.TimelineEntry
	for n := range t.Segments {
		key := client.ObjectKey{Namespace: namespace, Name: names.Segment(record, n)}
		var segment corev1.ConfigMap
		if err := from.Get(ctx, key, &segment); err != nil {
			return nil, fmt.Errorf("segment %d of the timeline, ConfigMap %s: %w", n, key, err)
		}
		older, err := decode(segment.Data)
		if err != nil {
			return nil, fmt.Errorf("segment %d of the timeline, ConfigMap %s: %w", n, key, err)
		}
		entries = append(entries, older...)
	}
	return append(entries, t.Entries...), nil
}

// decode reads the entries under all keys, in the order of the keys: a segment has one, whatever it is called.
func decode(data map[string]string) ([]v1alpha1.TimelineEntry, error) {
	var entries []v1alpha1.TimelineEntry
	for _, key := range slices.Sorted(maps.Keys(data)) {
		list, err := timeline.DecodeSegment(data[key])
		if err != nil {
			return nil, fmt.Errorf("key %s: %w", key, err)
		}
		entries = append(entries, list...)
	}
	return entries, nil
}
