package replay

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
	"tocsin.dev/tocsin/internal/pack"
	"tocsin.dev/tocsin/internal/playbook"
)

// after is what a key of a script ends with that holds a time.
const after = "After"

// unheard says what nothing came of in the scripts: what is probably misspelt, each with the first case that has it, and the
// other keys, which neither policy asked for.
func unheard(h *History, was, is *side) (misspelt, unused []string) {
	steps := append(stepNames(was.policy.Pack), stepNames(is.policy.Pack)...)
	offered := slices.Sorted(maps.Keys(both(was.memory.offered, is.memory.offered)))
	heard := both(was.memory.heard, is.memory.heard)
	said := map[string]bool{}
	for _, c := range h.Cases {
		for _, key := range sortedKeys(c.Script) {
			for _, what := range slips(key, c.Script[key], steps, offered, heard[key]) {
				if !said[what] {
					misspelt = append(misspelt, fmt.Sprintf("%s (%s)", what, c.where(h.Source)))
				}
				said[what], heard[key] = true, true
			}
		}
	}
	for _, c := range h.Cases {
		for _, key := range sortedKeys(c.Script) {
			if !heard[key] {
				unused = append(unused, key)
			}
			heard[key] = true
		}
	}
	slices.Sort(unused)
	return misspelt, unused
}

// slips says what is probably misspelt in an entry of a script: the step, its time, or, where the key is known, an outcome.
func slips(key, text string, steps, offered []string, heard bool) (out []string) {
	step := strings.TrimSuffix(key, after)
	known := slices.Contains(steps, step)
	switch guess := playbook.DidYouMean(step, steps); {
	case text == "":
	case !known && !heard && guess != "":
		out = append(out, key+": "+strings.TrimSpace(guess))
	case known && step != key:
		if _, _, err := calendar.ParseDuration(v1alpha1.Duration(text)); err != nil {
			out = append(out, fmt.Sprintf("%s: %q is no length of time; write e.g. 3h", key, text))
		}
	case known || heard:
		for word := range strings.SplitSeq(text, ">") {
			word = strings.TrimSpace(word)
			if guess := playbook.DidYouMean(word, offered); word != "" && guess != "" && !slices.Contains(offered, word) {
				out = append(out, fmt.Sprintf("%s of %s: %s", word, key, strings.TrimSpace(guess)))
			}
		}
	}
	return out
}

// stepNames are the names of all steps of a pack.
func stepNames(p *pack.Pack) []string {
	names := map[string]bool{}
	for _, name := range sortedKeys(p.Playbooks) {
		if plan, problems := playbook.Compile(p.Closure(name)); len(problems) == 0 {
			for i := range plan.Nodes {
				names[path.Base(plan.Nodes[i].Path)] = true
			}
		}
	}
	return sortedKeys(names)
}

func both(a, b map[string]bool) map[string]bool {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}
