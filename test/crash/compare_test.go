package crash

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// leeway is how much later anything may be than in the undisturbed run: what it takes to start again, and until a claim
// whose process is dead is free. Zero: times are not compared.
type leeway time.Duration

// judge says what is wrong with how a notice ended that ended differently; empty: the channel's policy explains it.
type judge func(ending) string

// asPlanned explains nothing.
func asPlanned(ending) string { return "nothing explains that" }

// asUnknown explains how any notice ends whose fate nobody knew.
func asUnknown(e ending) string { return e.wrongUnknown() }

// these alone had a fate nobody knew when the manager died.
func these(unknown map[types.UID]bool) judge {
	return func(e ending) string {
		if !unknown[types.UID(e.uid)] {
			return "its fate was known"
		}
		return e.wrongUnknown()
	}
}

// compare lists what is different in a world from the undisturbed one; nothing is to be.
func compare(want, got *picture, wrong judge, most leeway) (out []string) {
	// The documents tell of notices too.
	asTold := !slices.ContainsFunc(slices.Collect(maps.Keys(got.notices)), func(alias string) bool {
		return got.notices[alias].String() != want.notices[alias].String()
	})
	for _, path := range slices.Sorted(maps.Keys(want.lines)) {
		is, ok := got.lines[path]
		switch {
		case !ok:
			out = append(out, "missing: "+path+" = "+want.lines[path])
		case is != want.lines[path] && (asTold || !strings.HasSuffix(path, ".document")):
			out = append(out, different(path, want.lines[path], is))
		}
	}
	for _, path := range slices.Sorted(maps.Keys(got.lines)) {
		if _, ok := want.lines[path]; !ok {
			out = append(out, "too much: "+path+" = "+got.lines[path])
		}
	}
	out = append(out, compareTimes(want.times, got.times, most)...)
	return append(out, compareNotices(want.notices, got.notices, wrong)...)
}

// different shows the first line of two texts in which they differ.
func different(path, want, is string) string {
	w, g := strings.Split(want, "\n"), strings.Split(is, "\n")
	for i := range min(len(w), len(g)) {
		if w[i] != g[i] {
			return fmt.Sprintf("different: %s\n    undisturbed %s\n    now         %s", path, w[i], g[i])
		}
	}
	return fmt.Sprintf("different: %s has %d lines, %d undisturbed", path, len(g), len(w))
}

func compareTimes(want, got map[string]time.Time, most leeway) (out []string) {
	for _, path := range slices.Sorted(maps.Keys(want)) {
		is, ok := got[path]
		late := is.Sub(want[path])
		switch {
		case !ok:
			out = append(out, "missing: "+path+" = "+want[path].Format(time.RFC3339))
		case most != 0 && (late > time.Duration(most) || late < 0):
			out = append(out, fmt.Sprintf("different: %s is %s late", path, late))
		}
	}
	for _, path := range slices.Sorted(maps.Keys(got)) {
		if _, ok := want[path]; !ok {
			out = append(out, "too much: "+path+" = "+got[path].Format(time.RFC3339))
		}
	}
	return out
}

func compareNotices(want, got map[string]ending, wrong judge) (out []string) {
	for _, alias := range slices.Sorted(maps.Keys(want)) {
		is, ok := got[alias]
		if !ok || is.String() == want[alias].String() {
			continue // what is missing is said of the object
		}
		if why := wrong(is); why != "" {
			out = append(out, fmt.Sprintf("different: notice %s: %s\n    undisturbed %s\n    now         %s", alias, why, want[alias], is))
		}
	}
	return out
}

// wrongUnknown is what is wrong with how a notice of unknown fate ended; empty: it was handled as its channel says.
func (e ending) wrongUnknown() string {
	st := &e.status
	switch {
	case e.hold && st.State == v1alpha1.NoticeUncertain && st.Attempts == 1 && st.PossibleDuplicates == 0 && !st.EndedAt.IsZero():
		if e.received > 1 {
			return "Hold sends nothing more"
		}
	case e.hold:
		return "the channel's Hold makes it Uncertain"
	case st.State != v1alpha1.NoticeDelivered || st.PossibleDuplicates < 1 || st.Attempts != st.PossibleDuplicates+1:
		return "the channel's Resend sends it once more and counts a possible duplicate"
	case e.received < 1 || e.received > int(st.PossibleDuplicates)+1:
		return "received once, or as often as the status says"
	}
	return ""
}
