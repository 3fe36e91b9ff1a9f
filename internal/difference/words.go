package difference

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
)

// several are duties and audiences that are no single person and take no article.
var several = map[string]bool{
	"care": true, "customers": true, "legal": true, "management": true, "media": true, "neighbours": true, "press": true, "safety": true,
	"security": true, "staff": true, "technical": true,
}

// role is a role, duty or audience in words: departmentManager is "the department manager".
func role[T ~string](name T) string {
	words := plain(string(name))
	if several[words] || strings.HasSuffix(words, "s") {
		return words
	}
	return "the " + words
}

// plain are the words of an identifier.
func plain(name string) string {
	var b strings.Builder
	for _, c := range name {
		switch {
		case c == '-':
			b.WriteByte(' ')
		case unicode.IsUpper(c):
			b.WriteByte(' ')
			b.WriteRune(unicode.ToLower(c))
		default:
			b.WriteRune(c)
		}
	}
	return b.String()
}

func roles[T ~string](names []T) string {
	words := make([]string, len(names))
	for i, name := range names {
		words[i] = role(name)
	}
	return and(words)
}

// and lists words: a, b and c.
func and[T ~string](words []T) string {
	list := make([]string, len(words))
	for i, w := range words {
		list[i] = string(w)
	}
	if n := len(list) - 1; n > 0 {
		return strings.Join(list[:n], ", ") + " and " + list[n]
	}
	return strings.Join(list, "")
}

func count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return strconv.Itoa(n) + " " + what
}

// length is a length of time in words: 1 d 2 h.
func length(d time.Duration) string {
	d = d.Round(time.Second)
	var parts []string
	for _, u := range []struct {
		size time.Duration
		name string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "min"}, {time.Second, "s"}} {
		if n := int64(d / u.size); n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, u.name))
			d %= u.size
		}
	}
	if len(parts) == 0 {
		return "0 s"
	}
	return strings.Join(parts, " ")
}

// duration is a duration as it is written, in words; 24h stays 24 h, because of working time it would not be a day.
func duration(d v1alpha1.Duration) string {
	days, clock, err := calendar.ParseDuration(d)
	if err != nil {
		return string(d)
	}
	var parts []string
	if days > 0 {
		parts = append(parts, fmt.Sprintf("%d d", days))
	}
	if hours := int64(clock / time.Hour); hours > 0 {
		parts = append(parts, fmt.Sprintf("%d h", hours))
	}
	if rest := clock % time.Hour; rest > 0 {
		parts = append(parts, length(rest))
	}
	if len(parts) == 0 {
		return "0 s"
	}
	return strings.Join(parts, " ")
}

func span(s *v1alpha1.Span) string {
	switch {
	case s == nil:
		return ""
	case s.Working != "":
		return duration(s.Working) + " of working time"
	}
	return duration(s.Elapsed)
}

// by says when a deadline is.
func by(d *v1alpha1.Deadline) string {
	if d == nil {
		return ""
	}
	text := span(&v1alpha1.Span{Elapsed: d.Elapsed, Working: d.Working})
	switch d.Of {
	case "", "started":
		return text + " after it starts"
	case "received":
		return text + " after the case came in"
	case "graded":
		return text + " after it was graded"
	}
	return text + " after " + d.Of + " ends"
}

// ordinal is which of several something is.
func ordinal(i int) string {
	words := []string{"first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth"}
	if i < len(words) {
		return words[i]
	}
	return "last"
}

func quoted(text string) string { return strconv.Quote(text) }

// yes is a condition in quotes; empty for none.
func yes(e v1alpha1.Expression) string {
	if e == "" {
		return ""
	}
	return "`" + string(e) + "`"
}
