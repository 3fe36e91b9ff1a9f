package playbook

import (
	"slices"
	"strings"

	celast "github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/types"
)

// Looks is what an expression looks at.
type Looks struct {
	// Paths are the names it reads, e.g. steps.check.outcome, complaint.signals or run.round, in the order they are written,
	// each once.
	Paths []string
	// Words are the texts each path is compared with; a text that stands beside none is listed with every path.
	Words map[string][]string
	// Named are the texts each fact is compared with, or its elements where it is a list: none but those beside it.
	Named map[string][]string
	// Numbers are the whole numbers in it.
	Numbers []int64
}

// Looks says what the expression looks at; nothing for none.
func (e *Expr) Looks() Looks {
	if e == nil {
		return Looks{}
	}
	return e.looks
}

// looksOf reads them off an expression as it was parsed, where macros are written out.
func looksOf(parsed *celast.AST) Looks {
	l := Looks{Words: map[string][]string{}, Named: namedIn(parsed)}
	var loose []string
	taken := map[int64]bool{}
	celast.PreOrderVisit(parsed.Expr(), celast.NewExprVisitor(func(e celast.Expr) {
		switch e.Kind() {
		case celast.CallKind:
			l.compare(e.AsCall(), taken)
		case celast.SelectKind:
			if path := pathOf(e); path != "" && !taken[e.ID()] {
				taken[e.AsSelect().Operand().ID()] = true // the beginning of a path is no path of its own
				l.see(path)
			} else if taken[e.ID()] {
				taken[e.AsSelect().Operand().ID()] = true
			}
		case celast.LiteralKind:
			switch value := e.AsLiteral().(type) {
			case types.Int:
				l.Numbers = append(l.Numbers, int64(value))
			case types.String:
				if !taken[e.ID()] {
					loose = append(loose, string(value))
				}
			}
		}
	}))
	for _, path := range l.Paths {
		l.Words[path] = sortedSet(append(l.Words[path], loose...))
	}
	return l
}

func (l *Looks) see(path string) {
	if !slices.Contains(l.Paths, path) {
		l.Paths = append(l.Paths, path)
	}
}

// compare notes the texts that a call puts beside a path.
func (l *Looks) compare(call celast.CallExpr, taken map[int64]bool) {
	args := call.Args()
	if call.IsMemberFunction() {
		args = append([]celast.Expr{call.Target()}, args...)
	}
	var paths []string
	for _, arg := range args {
		if path := pathOf(arg); path != "" {
			paths = append(paths, path)
		}
	}
	if len(paths) == 0 {
		return
	}
	for _, arg := range args {
		elements := []celast.Expr{arg}
		if arg.Kind() == celast.ListKind {
			elements = arg.AsList().Elements()
		}
		for _, element := range elements {
			if list := words(element); element.Kind() == celast.LiteralKind && len(list) > 0 {
				taken[element.ID()] = true
				for _, path := range paths {
					l.Words[path] = append(l.Words[path], list...)
				}
			}
		}
	}
}

// pathOf is an expression that is a chain of names, "" for anything else.
func pathOf(e celast.Expr) string {
	var names []string
	for e.Kind() == celast.SelectKind {
		names = append(names, e.AsSelect().FieldName())
		e = e.AsSelect().Operand()
	}
	if e.Kind() != celast.IdentKind || len(names) == 0 {
		return ""
	}
	names = append(names, e.AsIdent())
	slices.Reverse(names)
	return strings.Join(names, ".")
}
