package soundness

import (
	"strings"

	"tocsin.dev/tocsin/internal/conditions"
)

// tellMore is where the rest of a verdict is to be read.
const tellMore = "`kubectl tocsin verify` on the files tells all of it"

// Tell is what is wrong, in at most so many bytes: first the mistakes, a line each, then how they come about, as far as there is
// room.
func Tell(findings []Finding, room int) string {
	room -= len(tellMore) + 2
	var mistakes []string
	for _, f := range findings {
		mistakes = append(mistakes, f.String())
	}
	text := conditions.List(mistakes, "\n", room)
	if text != strings.Join(mistakes, "\n") {
		return text + "\n\n" + tellMore
	}
	for _, f := range findings {
		if len(f.Story) == 0 {
			continue
		}
		story := "\n\nHow " + f.Step + " comes to this:"
		for _, line := range f.Story {
			story += "\n- " + line.String()
		}
		if len(text)+len(story) > room {
			return text + "\n\n" + tellMore
		}
		text += story
	}
	return text
}

// InShort is what was proved in a sentence, for a playbook that nothing is wrong with.
func (v Verdict) InShort() string {
	text := thousands(v.States) + " states looked at"
	if len(v.Bounds) > 0 {
		text += "; nothing was found, but not everything was looked at: " + strings.Join(v.Bounds, "; ")
	}
	return text
}
