package notice

import (
	"strings"
	"unicode/utf8"
)

// MaskName keeps the first character of a name: 李** or L**. An empty name stays empty.
func MaskName(name string) string {
	name = strings.TrimSpace(name)
	if name == "" {
		return ""
	}
	first, _ := utf8.DecodeRuneInString(name)
	return string(first) + "**"
}

// MaskPhone keeps the first three and the last four digits of a number of eleven or more, 138****8000, fewer of a
// shorter one and none of one under seven digits. Country code 86 and punctuation are left out.
func MaskPhone(phone string) string {
	digits := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, phone)
	if len(digits) > 11 {
		digits = strings.TrimPrefix(strings.TrimPrefix(digits, "00"), "86")
	}
	switch {
	case strings.TrimSpace(phone) == "":
		return ""
	case len(digits) >= 11:
		return digits[:3] + "****" + digits[len(digits)-4:]
	case len(digits) >= 7:
		return digits[:2] + "****" + digits[len(digits)-2:]
	}
	return "****"
}

// MaskEmail keeps the first character and the host: a***@example.com. What has no host is hidden whole.
func MaskEmail(address string) string {
	address = strings.TrimSpace(address)
	if address == "" {
		return ""
	}
	at := strings.LastIndexByte(address, '@')
	if at < 1 || at == len(address)-1 {
		return "***"
	}
	first, _ := utf8.DecodeRuneInString(address)
	return string(first) + "***" + address[at:]
}
