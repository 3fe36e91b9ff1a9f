package gate

import (
	"errors"

	celgo "github.com/google/cel-go/cel"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apiserver/pkg/admission/plugin/cel"
	"k8s.io/apiserver/pkg/cel/environment"
)

// rules are a policy, compiled: when it looks, what must hold, and what it says where that does not.
type rules struct {
	name             string
	when, must, says cel.ConditionEvaluator
	validations      []admissionv1.Validation
}

// expression is a CEL expression of a policy; name is that of a variable.
type expression struct {
	name, source string
	types        []*celgo.Type
}

// GetName implements cel.NamedExpressionAccessor.
func (e expression) GetName() string { return e.name }

// GetExpression implements cel.ExpressionAccessor.
func (e expression) GetExpression() string { return e.source }

// ReturnTypes implements cel.ExpressionAccessor.
func (e expression) ReturnTypes() []*celgo.Type { return e.types }

// compile does with a policy what the API server does when one is installed.
func compile(p *admissionv1.ValidatingAdmissionPolicy) (*rules, error) {
	compiler, err := cel.NewCompositedCompiler(environment.MustBaseEnvSet(environment.DefaultCompatibilityVersion()))
	if err != nil {
		return nil, err
	}
	authorized, plain := cel.OptionalVariableDeclarations{HasAuthorizer: true}, cel.OptionalVariableDeclarations{}
	variables := make([]cel.NamedExpressionAccessor, len(p.Spec.Variables))
	for i, v := range p.Spec.Variables {
		variables[i] = expression{v.Name, v.Expression, []*celgo.Type{celgo.AnyType, celgo.DynType}}
	}
	compiler.CompileAndStoreVariables(variables, authorized, environment.StoredExpressions)
	var when, must, says []cel.ExpressionAccessor
	for _, c := range p.Spec.MatchConditions {
		when = append(when, expression{c.Name, c.Expression, []*celgo.Type{celgo.BoolType}})
	}
	for _, v := range p.Spec.Validations {
		must = append(must, expression{"", v.Expression, []*celgo.Type{celgo.BoolType}})
		message := v.MessageExpression
		if message == "" {
			message = "''"
		}
		says = append(says, expression{"", message, []*celgo.Type{celgo.StringType}})
	}
	r := &rules{
		name: p.Name, validations: p.Spec.Validations,
		when: compiler.CompileCondition(when, authorized, environment.StoredExpressions),
		must: compiler.CompileCondition(must, authorized, environment.StoredExpressions),
		says: compiler.CompileCondition(says, plain, environment.StoredExpressions),
	}
	return r, errors.Join(errors.Join(r.when.CompilationErrors()...), errors.Join(r.must.CompilationErrors()...), errors.Join(r.says.CompilationErrors()...))
}

// loose is an object as the API server has it while policies look: maps, lists and values.
func loose(o runtime.Object) (*unstructured.Unstructured, error) {
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(o)
	return &unstructured.Unstructured{Object: content}, err
}
