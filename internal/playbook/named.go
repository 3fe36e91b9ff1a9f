package playbook

import (
	"slices"

	celast "github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
)

// comparing are the functions that put whole texts beside a fact, as they are called.
var comparing = []string{operators.Equals, operators.NotEquals, operators.In, "sets.contains", "sets.intersects", "sets.equivalent", "contains", "intersects", "equivalent"}

// namedIn lists the texts that each fact is compared with, or its elements where it is a list, in the order they are written.
func namedIn(parsed *celast.AST) map[string][]string {
	named := map[string][]string{}
	celast.PreOrderVisit(celast.NavigateAST(parsed), celast.NewExprVisitor(func(e celast.Expr) {
		if e.Kind() != celast.CallKind || !slices.Contains(comparing, e.AsCall().FunctionName()) || len(e.AsCall().Args()) != 2 {
			return
		}
		ranges := rangesAt(e)
		args := e.AsCall().Args()
		for k, arg := range args {
			if path := factOf(arg, ranges); path != "" {
				for _, word := range words(listOr(args[1-k], ranges)) {
					named[path] = addNew(named[path], word)
				}
			}
		}
	}))
	return named
}

// rangesAt are the lists whose elements variables stand for at an expression of a tree that can be climbed, by variable.
func rangesAt(e celast.Expr) map[string]celast.Expr {
	ranges := map[string]celast.Expr{}
	at, _ := e.(celast.NavigableExpr)
	for at != nil {
		if at.Kind() == celast.ComprehensionKind {
			c := at.AsComprehension()
			if _, inner := ranges[c.IterVar()]; !inner {
				ranges[c.IterVar()] = c.IterRange()
			}
		}
		at, _ = at.Parent()
	}
	return ranges
}

// listOr is the list whose elements an expression stands for, or the expression itself.
func listOr(e celast.Expr, ranges map[string]celast.Expr) celast.Expr {
	if list, is := ranges[nameOf(e)]; is {
		return list
	}
	return e
}

// nameOf is the name that an expression is, "" for anything else.
func nameOf(e celast.Expr) string {
	if e.Kind() != celast.IdentKind {
		return ""
	}
	return e.AsIdent()
}
