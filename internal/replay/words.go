package replay

import (
	"fmt"
	"slices"
	"strings"

	"tocsin.dev/tocsin/internal/playbook"
)

// unspoken are the signals of the history that neither policy declares, with the first case that has each: no rule sees them, and the
// case is graded as if it had none. Where no policy declares any nobody agreed on words.
func unspoken(h *History, before, after Policy) (out []string) {
	var declared []string
	for _, p := range []Policy{before, after} {
		for _, name := range sortedKeys(p.Pack.Policies) {
			for _, signal := range p.Pack.Policies[name].Spec.Signals {
				declared = append(declared, string(signal))
			}
		}
	}
	if len(declared) == 0 {
		return nil
	}
	first, cases := map[string]string{}, map[string]int{}
	for _, c := range h.inOrder() {
		for _, signal := range c.Complaint.Spec.Signals {
			if slices.Contains(declared, string(signal)) {
				continue
			}
			if cases[string(signal)]++; cases[string(signal)] == 1 {
				first[string(signal)] = c.where(h.Source)
			}
		}
	}
	for i, signal := range sortedKeys(cases) {
		if i == mostWrong {
			return append(out, fmt.Sprintf("%d more signals of the history are declared by neither policy", len(cases)-mostWrong))
		}
		guess := ""
		if meant := strings.TrimSuffix(playbook.DidYouMean(signal, declared), "? "); meant != "" {
			guess = ", " + meant + "?"
		}
		where := first[signal]
		if n := cases[signal]; n > 1 {
			where = fmt.Sprintf("%d cases, the first %s", n, where)
		}
		out = append(out, fmt.Sprintf("neither policy declares the signal %q (%s): no rule sees it%s", signal, where, guess))
	}
	return out
}
