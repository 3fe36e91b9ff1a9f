package intake

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// notUTF8 says of a text that is no UTF-8 what it probably is and how to convert it; empty when it is UTF-8. Zero bytes
// are a sign of UTF-16.
func notUTF8(text string) string {
	var name, from string
	switch {
	case strings.ContainsRune(text, 0):
		name, from = "UTF-16", "UTF-16"
	case utf8.ValidString(text):
		return ""
	case looksLikeGBK(text):
		name, from = "GBK (GB18030), as spreadsheets write it in Chinese", "GB18030"
	default:
		name, from = "Windows-1252 (Latin), as spreadsheets write it in Western languages", "WINDOWS-1252"
	}
	return fmt.Sprintf("is not UTF-8; it looks like %s. Save it as CSV UTF-8, or convert it with `iconv -f %s -t UTF-8 old.csv > new.csv`, and import that", name, from)
}

// looksLikeGBK is whether the bytes beyond ASCII form pairs as GBK has them, most of them such as Chinese characters in
// everyday use are written with.
func looksLikeGBK(text string) bool {
	pairs, everyday := 0, 0
	for i := 0; i < len(text); i++ {
		if text[i] < 0x80 {
			continue
		}
		if i+1 == len(text) || text[i] < 0x81 || text[i] > 0xFE || text[i+1] < 0x40 || text[i+1] > 0xFE || text[i+1] == 0x7F {
			return false
		}
		pairs++
		if text[i+1] >= 0xA1 {
			everyday++
		}
		i++
	}
	return 2*everyday > pairs
}
