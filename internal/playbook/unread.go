package playbook

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/google/cel-go/cel"
)

// unreadable says why CEL cannot read an expression, and what to do.
func unreadable(source string, issues *cel.Issues) (message, advice string) {
	if column := singleEquals(source); column > 0 {
		rest := []rune(source)[column-1:]
		if len(rest) > 1 && (rest[1] == '>' || rest[1] == '<') {
			return fmt.Sprintf("the expression cannot be read: column %d: there is no %s", column, string(rest[:2])), fmt.Sprintf("write %c= to compare", rest[1])
		}
		return fmt.Sprintf("the expression cannot be read: column %d: a single = compares nothing", column), "write == to compare"
	}
	return "the expression cannot be read: " + firstIssue(issues), "docs/spec/expressions.md has examples"
}

// singleEquals is the column, from 1, of the first = outside of texts that is part of no ==, !=, <= or >=; 0 without one.
func singleEquals(source string) int {
	for i := 0; i < len(source); i++ {
		switch c := source[i]; {
		case c == '"' || c == '\'':
			i = endOfText(source, i)
		case c == '=' && strings.HasPrefix(source[i:], "=="):
			i++
		case c == '=' && (i == 0 || !strings.ContainsRune("!<>", rune(source[i-1]))):
			return utf8.RuneCountInString(source[:i]) + 1
		}
	}
	return 0
}

// endOfText is where the text that begins at start ends; its end is that of the source when it is never closed.
func endOfText(source string, start int) int {
	for i := start + 1; i < len(source); i++ {
		switch source[i] {
		case '\\':
			i++
		case source[start]:
			return i
		}
	}
	return len(source)
}
