package cli

import (
	"bytes"
	"encoding/json"
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

// JSON says the same of what people wrote, without a character that moves the cursor or turns a line around.
func TestEscapedJSONSaysTheSame(t *testing.T) {
	g := NewWithT(t)
	words := "刘备 \u202egpj.exe \u2066in\u2069 \u009b31m \u007f one\u2028two 😀 <b> \"\\\"\n\t"
	var out bytes.Buffer
	a := &app{Env: Env{Out: &out}}
	g.Expect(a.printJSON(map[string]string{"a\u202eb": words})).To(Succeed())
	g.Expect(printableLines(out.String())).To(Equal(out.String()))
	g.Expect(out.String()).To(And(ContainSubstring("刘备 \\u202egpj.exe \\u2066in\\u2069 \\u009b31m \\u007f one\\u2028two 😀"), HavePrefix("{\n  \"a\\u202eb\": ")))
	var back map[string]string
	g.Expect(json.Unmarshal(out.Bytes(), &back)).To(Succeed())
	g.Expect(back).To(Equal(map[string]string{"a\u202eb": words}))
}
