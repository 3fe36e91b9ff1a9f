// Package markdown writes texts of unknown origin into comments on a pull request, as text and nothing else. It is pure.
package markdown

import "strings"

// mostCell is how many characters of a text a cell shows.
const mostCell = 500

var inCell = strings.NewReplacer("|", `\|`, "<", "&lt;", ">", "&gt;", "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "@", "@\u200b")

// OneLine is a text without line breaks.
func OneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// Cell is a text that a table holds and that is read as text: no markup, nobody is notified.
func Cell(text string) string {
	short := []rune(OneLine(text))
	if len(short) > mostCell {
		short = append(short[:mostCell-1], '…')
	}
	return inCell.Replace(string(short))
}

// Mind is a line that a check for pull requests takes into the title of its comment: what whoever approves must have seen,
// although nothing is wrong with it. Empty for nothing.
func Mind(text string) string {
	if text == "" {
		return ""
	}
	return "\n**Mind:** " + Cell(text) + "\n"
}
