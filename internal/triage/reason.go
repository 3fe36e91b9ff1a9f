package triage

import (
	"fmt"
	"slices"
	"strings"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// maxReason is how many characters the API takes.
const maxReason = 1024

// reason is the reason of a rule with the figures it looked at, e.g. "the same complaint from several people
// (counts.sameProblem = 3: 3 different complainants within 30d, same category and product)".
func (p *Policy) reason(r *rule, f *Facts) string {
	var figures []string
	for _, i := range r.when.Counts {
		figures = append(figures, figure(p.counts[i], f.Counts, i))
	}
	if slices.Contains(r.when.Fields, "affected") {
		figures = append(figures, fmt.Sprintf("complaint.affected = %d", f.Complaint.Affected))
	}
	if slices.Contains(r.when.Fields, "reopened") {
		figures = append(figures, fmt.Sprintf("complaint.reopened = %d", f.Complaint.Reopened))
	}
	var signals []string
	for _, word := range r.when.Signals {
		if slices.Contains(f.Complaint.Signals, word) {
			signals = append(signals, word)
		}
	}
	if len(signals) > 0 {
		figures = append(figures, "signals: "+strings.Join(signals, ", "))
	}
	if r.timed {
		figures = append(figures, "open for "+string(r.opening))
	}
	if len(figures) == 0 {
		return cut(r.reason, maxReason)
	}
	return cut(r.reason+" ("+strings.Join(figures, "; ")+")", maxReason)
}

// figure spells a count, e.g. "counts.sameProblem = 3: 3 different complainants within 30d, same category".
func figure(c v1alpha1.Count, counts []int64, i int) string {
	var n int64
	if i < len(counts) {
		n = counts[i]
	}
	what := "complaints"
	if c.Of == v1alpha1.CountedComplainants {
		what = "different complainants"
	}
	if n == 1 {
		what = strings.TrimSuffix(what, "s")
	}
	same := names(c.By, func(f v1alpha1.CountField) string { return string(f) })
	with := ""
	if c.Signal != "" {
		with = " with " + string(c.Signal)
	}
	return fmt.Sprintf("counts.%s = %d: %d %s%s within %s, same %s", c.Name, n, n, what, with, c.Window, strings.Join(same, " and "))
}

// cut keeps the first n characters of a text.
func cut(text string, n int) string {
	for i := range text {
		if n == 0 {
			return text[:i]
		}
		n--
	}
	return text
}

func names[T any](list []T, name func(T) string) []string {
	found := make([]string, 0, len(list))
	for _, item := range list {
		found = append(found, name(item))
	}
	return found
}

func joined[T any](list []T, name func(T) string) string {
	if len(list) == 0 {
		return "none"
	}
	return strings.Join(names(list, name), ", ")
}
