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
	// Refused is that it tells of an act that the API server refused: no timeline holds it.
	Refused bool `json:"refused,omitempty"`
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
		*story = append(*story, Line{Kind: k.kind, Record: k.name, Entry: v1alpha1.TimelineEntry{
			Seq: lengths[k], At: metav1.NewTime(e.At), Type: e.Type, Step: e.Step, Round: e.Round, Actor: e.Actor, Text: e.Text, Salt: saltless,
		}})
	}
	s.Refused = func(record casework.Record, act v1alpha1.RecordAct, why string) {
		k, e := kindOf(record), Refusal(act, why)
		*story = append(*story, Line{Kind: k.kind, Record: k.name, Refused: true, Entry: v1alpha1.TimelineEntry{
			At: act.At, Type: e.Type, Actor: e.Actor, Text: e.Text, Salt: saltless,
		}})
	}
	return story
}

// Refusal is what a story tells of an act on a record that the API server refused.
func Refusal(act v1alpha1.RecordAct, why string) engine.Event {
	what := strings.TrimSpace(string(act.Verb) + " " + act.Step) // of no step: it did nothing to it
	return engine.Event{At: act.At.UTC(), Type: "Refused", Actor: act.By, Text: what + " is refused: " + why}
}

// saltless stands where a written timeline has a salt; without one an entry counts as erased.
var saltless = strings.Repeat("0", 32)

func kindOf(record casework.Record) key {
	if _, ok := record.(*v1alpha1.Complaint); ok {
		return key{v1alpha1.RecordComplaint, record.GetName()}
	}
	return key{v1alpha1.RecordCrisisIncident, record.GetName()}
}

// Of are the lines of one record's timeline.
func (s Story) Of(kind v1alpha1.RecordKind, name string) []v1alpha1.TimelineEntry {
	var out []v1alpha1.TimelineEntry
	for _, l := range s {
		if l.Kind == kind && l.Record == name && !l.Refused {
			out = append(out, l.Entry)
		}
	}
	return out
}
