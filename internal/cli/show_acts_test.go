package cli

import (
	"testing"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/timeline"
)

// An act that changed nothing is marked as such, with the reason, beside those that took effect.
func TestShowMarksWhatWasLeftOut(t *testing.T) {
	w := newWorld(t)
	type event struct {
		typ   v1alpha1.EventType
		actor v1alpha1.User
		text  string
	}
	const refused = "Extend was left out: the deadline was extended as often as the playbook allows"
	for name, c := range map[string]struct {
		acts   [][]string
		events []event
		want   []string
		not    string
	}{
		"all": {
			acts:   [][]string{{"extend", "--by", "4h", "--reason", "r1"}, {"comment", "--reason", "r2"}, {"pause", "--reason", "r3"}},
			events: []event{{v1alpha1.EventActIgnored, "ana", refused}, {v1alpha1.EventCommented, "ana", "commented"}, {v1alpha1.EventActIgnored, "ana", "Pause was left out: the playbook does not allow a pause here"}},
			want: []string{"Extend · r1 · LEFT OUT: the deadline was extended as often as the playbook allows\n", "Comment · r2\n",
				"Pause · r3 · LEFT OUT: the playbook does not allow a pause here\n"},
			not: "kubectl tocsin timeline",
		},
		"second": {
			acts:   [][]string{{"extend", "--by", "4h", "--reason", "r1"}, {"extend", "--by", "5h", "--reason", "r2"}, {"pause", "--reason", "r3"}},
			events: []event{{v1alpha1.EventDeadlineMoved, "ana", "extended by 4h"}, {v1alpha1.EventDeadlineMoved, "", "the clock runs on"}, {v1alpha1.EventActIgnored, "ana", refused}},
			want:   []string{"Extend · r1\n", "Extend · r2 · LEFT OUT: the deadline was", "Pause · r3\n"},
			not:    "kubectl tocsin timeline",
		},
		"late": {
			acts:   [][]string{{"done"}, {"done", "--reason", "r2"}},
			events: []event{{v1alpha1.EventStepDone, "ana", "done"}, {v1alpha1.EventActIgnored, "ana", "Complete was left out: the step had ended"}},
			want:   []string{"Complete\n", "Complete · r2 · LEFT OUT: the step had ended\n"},
			not:    "kubectl tocsin timeline",
		},
		"record": {
			acts:   [][]string{{"extend", "--by", "4h", "--reason", "r1"}},
			events: []event{{v1alpha1.EventActIgnored, "ana", "Skip was left out: the step does not wait"}},
			want:   []string{"Extend · r1\n"},
			not:    "LEFT OUT",
		},
		"again": {
			acts:   [][]string{{"extend", "--by", "4h", "--reason", "r1"}},
			events: []event{{v1alpha1.EventActIgnored, "ana", refused}, {v1alpha1.EventRunStarted, "", "again"}},
			want:   []string{"Extend · r1\n", "`kubectl tocsin timeline complaint/again -n " + w.namespace + "` tells which of these took effect\n"},
			not:    "LEFT OUT",
		},
		"unfit": {
			acts:   [][]string{{"pause", "--reason", "r1"}},
			events: []event{{v1alpha1.EventActIgnored, "ana", refused}},
			want:   []string{"Pause · r1\n", "tells which of these took effect\n"},
			not:    "LEFT OUT",
		},
	} {
		var story v1alpha1.Timeline
		timeline.Append(&story, minutes(-9).Time, v1alpha1.EventRunStarted, "", 0, "", "began", [16]byte{})
		timeline.Append(&story, minutes(-9).Time, v1alpha1.EventActIgnored, "other", 0, "ana", "Extend was left out: of another step", [16]byte{})
		for i, e := range c.events {
			timeline.Append(&story, minutes(i).Time, e.typ, "checkFacts", 0, e.actor, e.text, [16]byte{byte(i)})
		}
		w.complaint(name, v1alpha1.ComplaintStatus{CaseStatus: v1alpha1.CaseStatus{Timeline: story}})
		task := w.task(name+"-1", func(s *v1alpha1.ResponseTaskSpec) { s.Record.Name = v1alpha1.ObjectName(name) })
		for _, args := range c.acts {
			w.Expect(w.as("ana", append([]string{args[0], name + "-1"}, args[1:]...)...)).To(HaveField("Code", exitOK), "%s: %v", name, args)
			w.reopen(task)
		}
		out := w.as("ana", "show", name+"-1").Out
		for _, want := range c.want {
			w.Expect(out).To(ContainSubstring(want), name)
		}
		w.Expect(out).NotTo(ContainSubstring(c.not), name)
	}
}

// Where entries are erased, or more than there are acts, nothing is said for sure; without a refusal there is nothing to say.
func TestEffectsAreOnlyToldWhenTheyAreSure(t *testing.T) {
	g := NewWithT(t)
	task := &v1alpha1.ResponseTask{Spec: v1alpha1.ResponseTaskSpec{Step: "a", Type: v1alpha1.TaskTypeApproval, Acts: []v1alpha1.TaskAct{
		{By: "ana", Verb: v1alpha1.TaskApprove}, {By: "ana", Verb: v1alpha1.TaskRefuse}}}}
	entry := func(typ v1alpha1.EventType, actor v1alpha1.User, text string) v1alpha1.TimelineEntry {
		return v1alpha1.TimelineEntry{Type: typ, Step: "a", Actor: actor, Text: text, Salt: "s"}
	}
	yes, done := entry(v1alpha1.EventActed, "ana", "approved"), entry(v1alpha1.EventStepDone, "ana", "done: approved")
	no := entry(v1alpha1.EventActIgnored, "ana", "Refuse was left out: the step had ended")
	erased := v1alpha1.TimelineEntry{Type: v1alpha1.EventActIgnored, Step: "a"}
	for _, c := range []struct {
		entries []v1alpha1.TimelineEntry
		want    effects
	}{
		{[]v1alpha1.TimelineEntry{yes, done, no}, effects{leftOut: map[int]string{1: "the step had ended"}}},
		{[]v1alpha1.TimelineEntry{yes, done}, effects{}},
		{[]v1alpha1.TimelineEntry{yes, done, erased}, effects{unsure: true}},
		{[]v1alpha1.TimelineEntry{yes, yes, no}, effects{unsure: true}},
		{nil, effects{}},
	} {
		g.Expect(effectsOf(task, c.entries)).To(Equal(c.want), "%v", c.entries)
	}
}
