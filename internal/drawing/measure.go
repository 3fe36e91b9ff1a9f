package drawing

import (
	"strings"
	"unicode"
)

// Sizes of print, in units of the picture. The smallest decides how far the page may be shrunk.
const (
	smallText = 10.0
	nameText  = 10.5
	titleText = 15.0
	// leading is the height of a line of small text.
	leading = 11.0
	// bold is how much wider bold print is than plain, in the widest of the usual founts.
	bold = 1.15
)

// textWidth is about how wide a text is in a usual sans serif, rather too wide than too narrow.
func textWidth(text string, size float64) float64 {
	sum := 0.0
	for _, c := range text {
		sum += charWidth(c)
	}
	return sum * size * 1.04
}

func charWidth(c rune) float64 {
	switch {
	case c > 0x2E7F:
		return 1
	case strings.ContainsRune("ijl.,:;'|!", c):
		return 0.27
	case strings.ContainsRune("ftr()[]/ -\"", c):
		return 0.36
	case strings.ContainsRune("mwMW%@", c):
		return 0.86
	case unicode.IsUpper(c):
		return 0.72
	case strings.ContainsRune("<>=+~→×≤≥", c):
		return 0.6
	}
	return 0.56
}

// wrap breaks a text into lines of at most a width, at spaces and, where a word is too long, inside it. What is beyond so
// many lines ends in an ellipsis.
func wrap(text string, size, width float64, most int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if joined := strings.TrimSpace(line + " " + word); textWidth(joined, size) <= width {
			line = joined
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		line = word
		for textWidth(line, size) > width {
			n := breakAt(line, size, width)
			lines, line = append(lines, line[:n]), line[n:]
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	if len(lines) <= most {
		return lines
	}
	last := lines[most-1] + "…"
	for textWidth(last, size) > width && len(last) > len("…") {
		runes := []rune(strings.TrimSuffix(last, "…"))
		last = string(runes[:len(runes)-1]) + "…"
	}
	return append(lines[:most-1:most-1], last)
}

// breakAt is after how many bytes to break a word: before a capital letter or behind a hyphen where there is one, and never
// before the first character.
func breakAt(word string, size, width float64) int {
	fits, capital := 0, 0
	for i, c := range word {
		if i > 0 && textWidth(word[:i], size) > width {
			break
		}
		if fits = i; i > 2 && (unicode.IsUpper(c) || word[i-1] == '-') {
			capital = i
		}
	}
	if capital > 0 {
		return capital
	}
	if fits == 0 {
		return len(string([]rune(word)[:1]))
	}
	return fits
}
