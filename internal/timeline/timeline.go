package timeline

import (
	"encoding/hex"
	"strings"
	"time"
	"unicode/utf8"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// maxText is the most characters the text of an entry may have in the API.
const maxText = 1024

// Append adds an entry to t and moves its head. at is cut to whole seconds, a text over 1024 characters is cut and ends
// in an ellipsis, and bytes that are not UTF-8 are replaced, all as the API would store them. actor and step may be
// empty. salt must be random and used once.
func Append(t *v1alpha1.Timeline, at time.Time, typ v1alpha1.EventType, step string, round int32, actor v1alpha1.User, text string, salt [16]byte) {
	e := v1alpha1.TimelineEntry{
		Seq:   t.Length + 1,
		At:    metav1.NewTime(at.UTC().Truncate(time.Second)),
		Type:  typ,
		Step:  clean(step),
		Round: round,
		Actor: v1alpha1.User(clean(string(actor))),
		Text:  shorten(clean(text)),
		Salt:  hex.EncodeToString(salt[:]),
	}
	e.Hash = hash(t.Head, e)
	t.Entries = append(t.Entries, e)
	t.Head, t.Length = e.Hash, e.Seq
}

// Spill takes the oldest entries out of t when it holds more than limit, so that keep stay, and returns them, oldest
// first. They are the content of the segment whose number is t.Segments before the call; the call adds one to it. Nil,
// and t as it was, when there is nothing to take out.
//
// Call it on the stored timeline, before Append: a segment that was written before a crash then has the same content
// when it is written again. Store the segment first, then t.
func Spill(t *v1alpha1.Timeline, keep, limit int) []v1alpha1.TimelineEntry {
	out := len(t.Entries) - keep
	if keep < 0 || len(t.Entries) <= limit || out <= 0 {
		return nil
	}
	spilled := t.Entries[:out:out]
	t.Entries = t.Entries[out:]
	t.Segments++
	return spilled
}

// Erase drops what can be erased of an entry: actor, text, and the salt that would let them be guessed. What is left of
// them is the commitment, so that the chain still fits.
func Erase(e *v1alpha1.TimelineEntry) {
	e.Commitment = commitment(*e)
	e.Actor, e.Text, e.Salt = "", "", ""
}

// clean replaces what is not UTF-8, because JSON would do so too and the digest would no longer fit.
func clean(s string) string { return strings.ToValidUTF8(s, string(utf8.RuneError)) }

func shorten(s string) string {
	if utf8.RuneCountInString(s) <= maxText {
		return s
	}
	return string([]rune(s)[:maxText-1]) + "…"
}
