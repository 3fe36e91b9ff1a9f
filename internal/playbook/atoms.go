package playbook

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	celast "github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/parser"
)

// Atom is a part of a condition that is true or false by itself; a condition joins its atoms by &&, ||, ! and ?:.
type Atom struct {
	// Source is its text; that of the whole condition where it cannot be written alone.
	Source string
	// Paths are what it looks at.
	Paths []string
	// Loose are those of them that it does not only compare with what is written beside them (==, in, startsWith, endsWith,
	// contains, exists, all, whether it is empty, how long a list is): no list of values made from the words stands for all that there can be.
	Loose []string
	// Texts are the pieces of texts it looks for, by path.
	Texts map[string]Texts
	expr  func() (*Expr, error)
}

// Texts are the literals that a text, or an element of a list, is searched for.
type Texts struct{ Starts, Ends, Parts, Patterns []string }

// Holds says whether the atom is true of env.
func (a *Atom) Holds(env *Env) (bool, error) {
	e, err := a.expr()
	if err != nil {
		return false, err
	}
	return e.Holds(env)
}

// Atoms are the parts of a condition; none of none.
func (e *Expr) Atoms() []*Atom {
	if e == nil {
		return nil
	}
	return e.atoms
}

// atomsOf takes a condition that was checked apart.
func (v *environment) atomsOf(checked *celast.AST, whole string) []*Atom {
	var out []*Atom
	var part func(e celast.Expr)
	part = func(e celast.Expr) {
		if e.Kind() == celast.CallKind && joins(e.AsCall().FunctionName()) {
			for _, arg := range e.AsCall().Args() {
				part(arg)
			}
			return
		}
		source, err := parser.Unparse(e, checked.SourceInfo())
		if err != nil {
			source = whole
		}
		own := celast.NewCheckedAST(celast.NewAST(e, checked.SourceInfo()), checked.TypeMap(), checked.ReferenceMap())
		w := atomWalk{Atom: &Atom{Source: source, Paths: looksOf(own).Paths, Texts: map[string]Texts{}}, types: checked, elements: map[string]string{}}
		w.look(e)
		w.expr = sync.OnceValues(func() (*Expr, error) {
			program, err := v.env.PlanProgram(own, programOptions(maxCost)...)
			if err != nil {
				return nil, fmt.Errorf("part of an expression: %w", err)
			}
			return &Expr{program: program}, nil
		})
		out = append(out, w.Atom)
	}
	part(checked.Expr())
	return out
}

// joins is whether a function only joins conditions.
func joins(function string) bool {
	return slices.Contains([]string{operators.LogicalAnd, operators.LogicalOr, operators.LogicalNot, operators.Conditional, operators.NotStrictlyFalse}, function)
}

// atomWalk finds out in which way an atom looks at facts.
type atomWalk struct {
	*Atom
	types *celast.AST
	// elements are the variables that stand for an element of a list: of a fact by its path, of a list of literals as "".
	elements map[string]string
}

// look goes through an expression; what is not looked at in a way that is known is loose.
func (w atomWalk) look(e celast.Expr) {
	switch e.Kind() {
	case celast.SelectKind:
		switch path := w.fact(e); {
		case path == "":
			if pathOf(e) == "" {
				w.look(e.AsSelect().Operand())
			}
		case !e.AsSelect().IsTestOnly() && w.types.GetType(e.ID()).Kind() != types.BoolKind:
			w.loosen(path)
		}
	case celast.IdentKind:
		w.loosen(w.fact(e))
	case celast.ListKind:
		for _, element := range e.AsList().Elements() {
			w.look(element)
		}
	case celast.ComprehensionKind:
		w.lookInside(e.AsComprehension())
	case celast.CallKind:
		call := e.AsCall()
		args := call.Args()
		if call.IsMemberFunction() {
			args = append([]celast.Expr{call.Target()}, args...)
		}
		if len(args) == 2 && (w.compares(call.FunctionName(), args[0], args[1], false) || w.compares(call.FunctionName(), args[1], args[0], true)) {
			return
		}
		for _, arg := range args {
			w.look(arg)
		}
	}
}

// lookInside goes through exists and all over a list; whatever else is done with the elements of a list is loose.
func (w atomWalk) lookInside(c celast.ComprehensionExpr) {
	step := c.LoopStep()
	known := step.Kind() == celast.CallKind && slices.Contains([]string{operators.LogicalOr, operators.LogicalAnd}, step.AsCall().FunctionName())
	list := w.fact(c.IterRange())
	literals := c.IterRange().Kind() == celast.ListKind && len(words(c.IterRange())) == len(c.IterRange().AsList().Elements())
	switch {
	case known && (list != "" || literals):
		w.elements[c.IterVar()] = list
		w.look(step.AsCall().Args()[1])
		delete(w.elements, c.IterVar())
	default:
		w.look(c.IterRange())
		w.look(step)
	}
}

// compares is whether a call only compares a fact with literals; mirrored is that the fact stands on the right.
func (w atomWalk) compares(function string, fact, other celast.Expr, mirrored bool) bool {
	if of := sizeOf(fact); of != nil && w.fact(of) != "" {
		_, number := intOf(other)
		return asksEmpty(function, other, mirrored) || number && mirror[function] != "" && w.types.GetType(of.ID()).Kind() == types.ListKind
	}
	path := w.fact(fact)
	if path == "" || !w.literal(other) {
		return false
	}
	typ := w.types.GetType(fact.ID()).Kind()
	list := other.Kind() == celast.ListKind
	text := words(other)
	switch function {
	case operators.Equals, operators.NotEquals:
		return !list || len(text) == 0
	case operators.In:
		return list != mirrored
	case operators.Less, operators.LessEquals, operators.Greater, operators.GreaterEquals:
		return typ == types.IntKind
	case "sets.contains", "sets.intersects", "sets.equivalent":
		return list
	case "startsWith", "endsWith", "contains":
		if mirrored || len(text) != 1 || strings.HasPrefix(path, "incident.steps.") {
			return false
		}
		t := w.Texts[path]
		into := map[string]*[]string{"startsWith": &t.Starts, "endsWith": &t.Ends, "contains": &t.Parts}[function]
		*into = append(*into, text[0])
		w.Texts[path] = t
		return true
	case "matches":
		if !mirrored && len(text) == 1 {
			t := w.Texts[path]
			t.Patterns = append(t.Patterns, text[0])
			w.Texts[path] = t
		}
	}
	return false
}

// literal is whether an expression is a literal, a list of them, or stands for an element of such a list.
func (w atomWalk) literal(e celast.Expr) bool {
	switch e.Kind() {
	case celast.LiteralKind:
		return true
	case celast.ListKind:
		return !slices.ContainsFunc(e.AsList().Elements(), func(element celast.Expr) bool { return element.Kind() != celast.LiteralKind })
	case celast.IdentKind:
		path, is := w.elements[e.AsIdent()]
		return is && path == ""
	}
	return false
}

// asksEmpty is whether a size is compared so that only its being 0 counts.
func asksEmpty(function string, other celast.Expr, mirrored bool) bool {
	n, is := intOf(other)
	if mirrored && mirror[function] != "" {
		function = mirror[function]
	}
	switch function {
	case operators.Equals, operators.NotEquals, operators.Greater, operators.LessEquals:
		return is && n == 0
	case operators.GreaterEquals, operators.Less:
		return is && n == 1
	}
	return false
}

// fact is the path of a fact that an expression is, or of the list whose element it stands for; "" for anything else. Of the
// steps of the playbook the round is one, because of a block not every round is looked at; the rest is what it is.
func (w atomWalk) fact(e celast.Expr) string {
	if e.Kind() == celast.IdentKind {
		return w.elements[e.AsIdent()]
	}
	path := pathOf(e)
	for _, of := range []string{"complaint.", "incident.", "run.", "counts."} {
		if strings.HasPrefix(path, of) {
			return path
		}
	}
	if strings.HasPrefix(path, "steps.") && strings.HasSuffix(path, ".round") {
		return path
	}
	return ""
}

func (w atomWalk) loosen(path string) {
	if path != "" && !slices.Contains(w.Loose, path) {
		w.Loose = append(w.Loose, path)
	}
}
