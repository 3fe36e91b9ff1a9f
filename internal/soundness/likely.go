package soundness

import (
	"regexp/syntax"
	"slices"
	"strings"
)

// likely are texts that a condition may be after that does more than compare: a word so far from the beginning as a number says, a
// text so long, one that a pattern fits.
func (w *wanted) likely() []string {
	var out []string
	for _, n := range append([]int64{0, 1}, w.numbers...) {
		if n < 0 || n > int64(max(w.domain.Longest, 1)) {
			continue
		}
		pad := strings.Repeat("a", int(n))
		out = append(out, pad, pad+"a", strings.TrimSuffix(pad, "a"))
		for _, word := range w.words {
			out = append(out, pad+word, word+pad)
		}
	}
	for _, word := range w.words {
		out = append(out, strings.ToUpper(word), strings.ToLower(word))
	}
	for _, pattern := range w.texts.Patterns {
		if re, err := syntax.Parse(pattern, syntax.Perl); err == nil {
			out = append(out, fitting(re)...)
		}
	}
	return out
}

// mostFitting is how many texts are made for a pattern.
const mostFitting = 16

// fitting are some short texts that a pattern fits.
func fitting(re *syntax.Regexp) []string {
	switch re.Op {
	case syntax.OpLiteral:
		return []string{string(re.Rune)}
	case syntax.OpCharClass:
		if len(re.Rune) == 0 {
			return nil
		}
		return []string{string(re.Rune[0]), string(re.Rune[len(re.Rune)-1])}
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return []string{"a"}
	case syntax.OpAlternate:
		var out []string
		for _, sub := range re.Sub {
			out = append(out, fitting(sub)...)
		}
		return out[:min(len(out), mostFitting)]
	case syntax.OpConcat:
		return inARow(re.Sub)
	case syntax.OpCapture, syntax.OpPlus:
		return fitting(re.Sub[0])
	case syntax.OpStar, syntax.OpQuest:
		return append([]string{""}, fitting(re.Sub[0])...)
	case syntax.OpRepeat:
		return inARow(slices.Repeat(re.Sub[:1], max(re.Min, 0)))
	}
	return []string{""} // what is true between letters
}

func inARow(parts []*syntax.Regexp) []string {
	out := []string{""}
	for _, part := range parts {
		var longer []string
		for _, begun := range out {
			for _, text := range fitting(part) {
				longer = append(longer, begun+text)
			}
		}
		out = longer[:min(len(longer), mostFitting)]
	}
	return out
}
