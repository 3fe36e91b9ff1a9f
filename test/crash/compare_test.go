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

// doubt says of which notices nobody could know the fate when a manager died: for them the channel's policy holds, and
// they alone may end differently, and only so.
type doubt func(types.UID) bool

// Of no notice, of these, of any.
func none(types.UID) bool  { return false }
func anyOf(types.UID) bool { return true }
func these(list map[types.UID]bool) doubt {
	return func(uid types.UID) bool { return list[uid] }
}

// compare lists what is different in a world from the undisturbed one; nothing is to be.
func compare(want, got *picture, unknown doubt, most leeway) (out []string) {
	doubtful := false
	for _, e := range got.notices {
		doubtful = doubtful || unknown(types.UID(e.uid))
	}
	for _, path := range slices.Sorted(maps.Keys(want.lines)) {
		is, ok := got.lines[path]
		switch {
		case !ok:
			out = append(out, "missing: "+path+" = "+want.lines[path])
		case is != want.lines[path] && (!doubtful || !strings.HasSuffix(path, ".document")): // which tells of notices too
			out = append(out, different(path, want.lines[path], is))
		}
	}
	for _, path := range slices.Sorted(maps.Keys(got.lines)) {
		if _, ok := want.lines[path]; !ok {
			out = append(out, "too much: "+path+" = "+got.lines[path])
		}
	}
	out = append(out, compareTimes(want.times, got.times, most)...)
	return append(out, compareNotices(want.notices, got.notices, unknown)...)
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

func compareNotices(want, got map[string]ending, unknown doubt) (out []string) {
	for _, alias := range slices.Sorted(maps.Keys(want)) {
		is, ok := got[alias]
		if !ok {
			continue // said of the object already
		}
		if is.String() == want[alias].String() {
			continue
		}
		wrong := "its fate was known, and it was to be " + want[alias].String()
		if unknown(types.UID(is.uid)) {
			wrong = is.wrongUnknown()
		}
		if wrong != "" {
			out = append(out, fmt.Sprintf("notice %s: %s; %s", alias, is, wrong))
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
