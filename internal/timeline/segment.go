package timeline

import (
	"encoding/json"
	"fmt"
	"strings"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// EncodeSegment writes entries as JSON lines, one entry a line, each line ended: the content of a segment's ConfigMap.
func EncodeSegment(entries []v1alpha1.TimelineEntry) (string, error) {
	var b strings.Builder
	for _, e := range entries {
		line, err := json.Marshal(e)
		if err != nil {
			return "", fmt.Errorf("entry %d: %w", e.Seq, err)
		}
		b.Write(line)
		b.WriteByte('\n')
	}
	return b.String(), nil
}

// DecodeSegment reads what EncodeSegment wrote; empty lines are skipped. The error names the line.
func DecodeSegment(s string) ([]v1alpha1.TimelineEntry, error) {
	var entries []v1alpha1.TimelineEntry
	number := 0
	for line := range strings.Lines(s) {
		number++
		if strings.TrimSpace(line) == "" {
			continue
		}
		var e v1alpha1.TimelineEntry
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			return nil, fmt.Errorf("line %d is not a timeline entry: %w", number, err)
		}
		entries = append(entries, e)
	}
	return entries, nil
}
