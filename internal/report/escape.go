package report

import (
	"strings"
	"unicode"
)

// Escape makes text stand for itself in a Markdown cell, item or heading: markup characters get a backslash, line
// breaks become spaces, control characters and direction overrides go.
func Escape(text string) string {
	var b strings.Builder
	for _, c := range strings.TrimSpace(text) {
		switch {
		case c == '\n' || c == '\t' || c == '\r':
			b.WriteByte(' ')
		case unicode.IsControl(c) || isDirection(c):
		case strings.ContainsRune("\\`*_[]<>|~&#!", c):
			b.WriteByte('\\')
			b.WriteRune(c)
		default:
			b.WriteRune(c)
		}
	}
	return b.String()
}

// escapeLine also keeps a line from beginning a list, a rule, a numbered item or an underlined heading.
func escapeLine(line string) string {
	line = Escape(line)
	if line == "" {
		return line
	}
	if strings.ContainsRune("-+=", rune(line[0])) {
		return "\\" + line
	}
	digits := strings.TrimLeft(line, "0123456789")
	if n := len(line) - len(digits); n > 0 && digits != "" && (digits[0] == '.' || digits[0] == ')') {
		return line[:n] + "\\" + digits
	}
	return line
}

// isDirection tells characters that turn the direction of the text around them.
func isDirection(c rune) bool {
	return c >= 0x202A && c <= 0x202E || c >= 0x2066 && c <= 0x2069
}
