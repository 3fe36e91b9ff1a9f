package notice

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxSubject is the greatest length of a subject line in characters: what a list of mails, or a phone, shows of it.
const MaxSubject = 78

// line makes one line of s that is safe in a header: no control or direction-changing characters, runs of blanks as one,
// at most limit characters.
func line(s string, limit int) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r), unicode.IsControl(r), unicode.In(r, unicode.Zl, unicode.Zp):
			return ' '
		case invisible(r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "�"))
	return clip(strings.Join(strings.Fields(s), " "), limit)
}

// paragraphs makes s safe as a text: line ends are \n, other control characters are gone.
func paragraphs(s string) string {
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n").Replace(strings.ToValidUTF8(s, "�"))
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case unicode.IsControl(r), invisible(r):
			return -1
		}
		return r
	}, s)
	return strings.TrimSpace(s) + "\n"
}

// invisible says whether r changes the direction of the text around it: what a person reads would not be what was
// written.
func invisible(r rune) bool {
	return r == '\u200e' || r == '\u200f' || r == '\ufeff' || r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069'
}

// clip cuts s to at most limit characters and marks the cut.
func clip(s string, limit int) string {
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	return string([]rune(s)[:limit-1]) + "…"
}

// stepName is the last name of a step's path in words: "plan remedy" of recover/planRemedy.
func stepName(path string) string {
	name := path[strings.LastIndexByte(path, '/')+1:]
	var out strings.Builder
	for i, r := range name {
		if unicode.IsUpper(r) && i > 0 {
			out.WriteByte(' ')
		}
		out.WriteRune(unicode.ToLower(r))
	}
	return out.String()
}
