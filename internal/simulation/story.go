package simulation

import (
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/casework"
	"tocsin.dev/tocsin/internal/engine"
)

// Line is one line of one record's timeline.
type Line struct {
	// Kind and Record say whose it is.
	Kind   v1alpha1.RecordKind `json:"kind"`
	Record string              `json:"record"`
	// Entry is the line; it has no hash, because nobody could have changed it.
	Entry v1alpha1.TimelineEntry `json:"entry"`
}

// Story is everything that was told, in the order it happened.
type Story []Line

// Tell has the story written down from now on.
func (s *Play) Tell() *Story {
	story := &Story{}
	lengths := map[key]int64{}
	s.Told = func(record casework.Record, e engine.Event) {
		k := kindOf(record)
		lengths[k]++
		*story = append(*story, Line{k.kind, k.name, v1alpha1.TimelineEntry{
			Seq: lengths[k], At: metav1.NewTime(e.At), Type: e.Type, Step: e.Step, Round: e.Round, Actor: e.Actor, Text: e.Text, Salt: saltless,
		}})
	}
	return story
}

// saltless stands where a written timeline has a salt; without one an entry counts as erased.
var saltless = strings.Repeat("0", 32)

func kindOf(record casework.Record) key {
	if _, ok := record.(*v1alpha1.Complaint); ok {
		return key{v1alpha1.RecordComplaint, record.GetName()}
	}
	return key{v1alpha1.RecordCrisisIncident, record.GetName()}
}

// Of are the lines of one record.
func (s Story) Of(kind v1alpha1.RecordKind, name string) []v1alpha1.TimelineEntry {
	var out []v1alpha1.TimelineEntry
	for _, l := range s {
		if l.Kind == kind && l.Record == name {
			out = append(out, l.Entry)
		}
	}
	return out
}
