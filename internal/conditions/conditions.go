// Package conditions writes the conditions of all kinds alike: times to the second, messages that fit.
package conditions

import (
	"fmt"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const (
	// MostMessage is how long the message of a condition gets, in bytes: what the schema of conditions allows, in characters.
	MostMessage = 32768
	// MostOfRecord is how long lists in the conditions of records get; there are many of them, written often.
	MostOfRecord = 1024
)

// Set sets a condition as of now; it changes nothing when status, reason and message are as they were.
func Set(conditions *[]metav1.Condition, now time.Time, generation int64, typ string, status metav1.ConditionStatus, reason, message string) {
	was := meta.FindStatusCondition(*conditions, typ)
	since := metav1.NewTime(now.UTC().Truncate(time.Second))
	if was != nil && was.Status == status {
		since = was.LastTransitionTime
	}
	meta.SetStatusCondition(conditions, metav1.Condition{
		Type: typ, Status: status, Reason: reason, Message: Shorten(message, MostMessage), ObservedGeneration: generation, LastTransitionTime: since,
	})
}

// Status is the status of a condition that holds, or does not.
func Status(ok bool) metav1.ConditionStatus {
	if ok {
		return metav1.ConditionTrue
	}
	return metav1.ConditionFalse
}

// List puts as many of the items as fit into room bytes, sep between them, and says how many more there are.
func List(items []string, sep string, room int) string { return listUpTo(items, sep, "", room) }

// Lines is a list of faults for the message of a condition, a line each.
func Lines(items []string) string {
	return listUpTo(items, "\n", ", which are named once these are mended", MostMessage)
}

func listUpTo(items []string, sep, after string, room int) string {
	whole := strings.Join(items, sep)
	if len(whole) <= room || len(items) == 1 {
		return Shorten(whole, room)
	}
	rest := func(n int) string { return fmt.Sprintf("%sand %d more%s", sep, n, after) }
	text := Shorten(items[0], room-len(rest(len(items))))
	for i, item := range items[1:] {
		if left := len(items) - 1 - i; len(text)+len(sep)+len(item)+len(rest(left)) > room {
			return text + rest(left)
		}
		text += sep + item
	}
	return text
}

// Shorten cuts a text that has more than n bytes, at a character border, and lets it end in three dots.
func Shorten(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n-3], "") + "…"
}
