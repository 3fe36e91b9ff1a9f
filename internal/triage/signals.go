package triage

import (
	"fmt"
	"slices"

	"tocsin.dev/tocsin/internal/playbook"
)

// mostSlips is how many letters may be wrong in a signal that is taken for another one.
const mostSlips = 2

// misspelt says that a signal of a complaint looks like one of the policy's and is none, so that no rule sees it; empty: all
// is well. Other words that the policy does not know are nobody's mistake.
func (p *Policy) misspelt(signals []string) string {
	for i, word := range signals {
		if slices.Contains(p.signals, word) {
			continue
		}
		for _, known := range p.signals {
			if slips := playbook.Distance(word, known); slips <= mostSlips && slips < len(known)/2 {
				return fmt.Sprintf("spec.signals[%d] is none of the policy's, so no rule sees it: if %s is meant, correct it and the complaint is graded again", i, known)
			}
		}
	}
	return ""
}
