package intake

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// clean removes what has no place in a text: control characters but tab and line feed, byte order marks, bytes that
// are no UTF-8 (each run becomes one U+FFFD; rows that hold some are refused before). It says whether anything was removed.
func clean(text string) (cleaned string, changed bool) {
	cleaned = strings.ToValidUTF8(text, string(utf8.RuneError))
	cleaned = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\t' && r != '\n' || r == '\ufeff' {
			return -1
		}
		return r
	}, cleaned)
	return cleaned, cleaned != text
}

// cut keeps at most n characters, and says how many there were.
func cut(text string, n int) (kept string, characters int) {
	characters = utf8.RuneCountInString(text)
	if characters <= n {
		return text, characters
	}
	for i := range text {
		if n == 0 {
			return text[:i], characters
		}
		n--
	}
	return text, characters
}
