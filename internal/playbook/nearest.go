package playbook

import (
	"slices"
	"strings"
)

// maxGuess is the greatest number of slips between what was written and the name it is taken for.
const maxGuess = 2

// DidYouMean asks for the name that is likely meant, in front of the list of all names; "" when none is close.
func DidYouMean(written string, known []string) string {
	best, least := "", maxGuess+1
	for _, name := range known {
		slips := Distance(strings.ToLower(written), strings.ToLower(name))
		if slips < least && slips < len(name) {
			best, least = name, slips
		}
	}
	if best == "" {
		return ""
	}
	return "did you mean " + best + "? "
}

// mostNamed is how many names OneOf lists beside the likely one.
const mostNamed = 40

// OneOf asks for the name that is likely meant, and lists what there is; "" where there is nothing.
func OneOf(written string, known []string) string {
	known = slices.Compact(slices.Sorted(slices.Values(known)))
	guess := DidYouMean(written, known)
	switch {
	case len(known) == 0:
		return ""
	case len(known) > mostNamed && guess != "":
		return strings.TrimSpace(guess)
	}
	return guess + "there are: " + strings.Join(known, ", ")
}

// Distance is how many letters must be changed, added or left out to make one text of the other.
func Distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
