package drawing

import (
	"regexp"
	"strings"

	"tocsin.dev/tocsin/api/v1alpha1"
)

var (
	ofStep    = regexp.MustCompile(`\bsteps\.(\w+)`)
	spaces    = regexp.MustCompile(`\s+`)
	anyOf     = regexp.MustCompile(`\[([^\]]*)\]\.exists\(\w+, \w+ in ([\w.]+)\)`)
	startsNot = regexp.MustCompile(`!([\w.]+)`)
)

// shortly says a condition in few words: what a reader needs to follow the arrows. The whole of it is beside the step, as
// the title of its box.
func shortly(e v1alpha1.Expression) string {
	text := ofStep.ReplaceAllString(string(e), "$1")
	text = anyOf.ReplaceAllString(text, "any of $1 in $2")
	text = strings.ReplaceAll(text, "!=", "≠")
	text = startsNot.ReplaceAllString(text, "not $1")
	text = strings.NewReplacer(".outcome", "", "==", "=", "&&", "and", "||", "or", `""`, "nothing", `"`, "",
		"complaint.", "", "incident.", "", ".done", " done", ".ended", " ended", ".skipped", " skipped", ".overdue", " overdue").Replace(text)
	return strings.TrimSpace(spaces.ReplaceAllString(text, " "))
}

// wholly is a condition as it is written, in one line.
func wholly(e v1alpha1.Expression) string {
	return strings.TrimSpace(spaces.ReplaceAllString(string(e), " "))
}

// span says a length of time.
func span(s v1alpha1.Span) string { return length(s.Elapsed, s.Working) }

func length(elapsed, working v1alpha1.Duration) string {
	if working != "" {
		return string(working) + " work"
	}
	return string(elapsed)
}

// deadline says by when a step must have ended.
func deadline(d *v1alpha1.Deadline) string {
	text := length(d.Elapsed, d.Working)
	switch d.Of {
	case "", "started":
		return text
	case "received", "graded":
		return text + " from " + d.Of
	}
	return text + " after " + d.Of
}

// names joins identifiers.
func names(ids []v1alpha1.Identifier) string {
	list := make([]string, len(ids))
	for i, id := range ids {
		list[i] = string(id)
	}
	return strings.Join(list, ", ")
}
