package cli

import (
	"testing"

	. "github.com/onsi/gomega"
)

// What people wrote neither moves the cursor nor turns a line around.
func TestPrintable(t *testing.T) {
	for in, out := range map[string]string{
		"刘备 asks – “why”?":                          "刘备 asks – “why”?",
		"two\r\nlines\tand a tab":                   "two  lines and a tab",
		"\x1b]0;owned\a\x1b[2J\x1b[31mred":          "]0;owned[2J[31mred",
		"\u009b31mred":                              "31mred",
		"\u202egpj.exe \u2066in\u2069 \u061c\u200f": "gpj.exe in ",
		"one\u2028two\u2029three":                   "onetwothree",
	} {
		NewWithT(t).Expect(printable(in)).To(Equal(out), "%q", in)
	}
}
