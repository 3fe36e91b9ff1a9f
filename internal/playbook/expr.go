package playbook

import (
	"fmt"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// Expr is a compiled condition. It is safe for concurrent use.
type Expr struct {
	source  v1alpha1.Expression
	program cel.Program
	cost    uint64
	looks   Looks
	atoms   []*Atom
}

// Source is the text of the expression, "" for none.
func (e *Expr) Source() string {
	if e == nil {
		return ""
	}
	return string(e.source)
}

// Cost is the most the expression can cost, in CEL's units (about 50 ns each).
func (e *Expr) Cost() uint64 {
	if e == nil {
		return 0
	}
	return e.cost
}

// Holds says whether the condition is true of env. No expression holds always. An error means that the facts do not fit
// the plan (a step list of another revision, a complaint missing) or that the expression divides by zero and the like.
func (e *Expr) Holds(env *Env) (bool, error) {
	if e == nil {
		return true, nil
	}
	value, _, err := e.program.Eval((*activation)(env))
	if err != nil {
		return false, fmt.Errorf("expression %q: %w", e.source, err)
	}
	truth, ok := value.(types.Bool)
	if !ok {
		return false, fmt.Errorf("expression %q: the result is %s, not true or false", e.source, value.Type().TypeName())
	}
	return bool(truth), nil
}
