package playbook

import (
	"errors"
	"fmt"
	"regexp/syntax"

	celast "github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/types"
)

// explainPattern finds a pattern of matches that is none, or is too large; CEL itself would only say "invalid argument".
func explainPattern(e celast.Expr) (message, advice string) {
	if e.Kind() != celast.CallKind || e.AsCall().FunctionName() != "matches" || len(e.AsCall().Args()) == 0 {
		return "", ""
	}
	args := e.AsCall().Args()
	pattern := args[len(args)-1]
	if pattern.Kind() != celast.LiteralKind {
		return "", ""
	}
	text, ok := pattern.AsLiteral().(types.String)
	if !ok {
		return "", ""
	}
	_, err := syntax.Parse(string(text), syntax.Perl)
	var wrong *syntax.Error
	if !errors.As(err, &wrong) {
		return "", ""
	}
	switch wrong.Code {
	case syntax.ErrInvalidRepeatSize, syntax.ErrLarge:
		return fmt.Sprintf("the pattern of matches is too large: %s", shortened(wrong.Expr)), "repeat at most 1000 times altogether, or use contains, startsWith or endsWith"
	}
	return fmt.Sprintf("the pattern of matches is no regular expression: %s: %s", wrong.Code, shortened(wrong.Expr)), "see https://golang.org/s/re2syntax; write \\\\ for one backslash"
}

// shortened is the beginning of a text in quotes.
func shortened(text string) string {
	const most = 40
	if runes := []rune(text); len(runes) > most {
		text = string(runes[:most-1]) + "…"
	}
	return fmt.Sprintf("%q", text)
}
