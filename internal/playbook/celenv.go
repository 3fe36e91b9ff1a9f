package playbook

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/google/cel-go/cel"
	celast "github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/env"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/ext"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// variable is a name expressions can start with.
type variable struct{ name, typ string }

// environment is what the expressions of one playbook can see.
type environment struct {
	env       *cel.Env
	variables []variable
	structs   map[string][]structField
	// complaint is whether the playbook is for complaints.
	complaint bool
	// pinned is whether a run follows the playbook already; see CompilePinned.
	pinned bool
	// outcomes are those a step can ever have, by the step's name, with ofIncident before it for a step of the incident;
	// nothing for a step whose outcomes are not known.
	outcomes map[string][]string
}

// standardFunctions are the parts of CEL's own library that are offered: what is cheap, typed and needs no clock.
var standardFunctions = []string{
	operators.Conditional, operators.LogicalAnd, operators.LogicalOr, operators.LogicalNot, operators.NotStrictlyFalse,
	operators.Equals, operators.NotEquals, operators.Less, operators.LessEquals, operators.Greater, operators.GreaterEquals,
	operators.Add, operators.Subtract, operators.Multiply, operators.Divide, operators.Modulo, operators.Negate,
	operators.In, operators.Index, "size", "contains", "startsWith", "endsWith", "matches",
}

// extendedFunctions are the functions offered from the extension libraries; none makes a longer text than it was given.
var extendedFunctions = []string{
	"charAt", "indexOf", "lastIndexOf", "lowerAscii", "substring", "trim", "upperAscii",
	"sets.contains", "sets.equivalent", "sets.intersects",
}

// macros are the macros offered.
var macros = []string{operators.Has, operators.All, operators.Exists, operators.ExistsOne, operators.Filter, operators.Map}

// baseEnvironment is the part all playbooks share; building it takes a while, so it is built once.
var baseEnvironment = sync.OnceValues(func() (*cel.Env, error) {
	standard := &env.LibrarySubset{IncludeMacros: macros}
	for _, name := range standardFunctions {
		standard.IncludeFunctions = append(standard.IncludeFunctions, env.NewFunction(name))
	}
	return cel.NewCustomEnv(
		cel.StdLib(cel.StdLibSubset(standard)),
		ext.Strings(ext.StringsVersion(5)),
		ext.Sets(),
		cel.HomogeneousAggregateLiterals(),
		cel.ParserRecursionLimit(64),
		cel.ParserExpressionSizeLimit(1024),
		cel.EnableHiddenAccumulatorName(true),
		cel.EnableMacroCallTracking(),
		cel.ASTValidators(cel.ValidateRegexLiterals()),
	)
})

// newEnvironment makes the environment of a playbook with these steps, which raises incidents with those.
func newEnvironment(kind v1alpha1.RecordKind, steps []*step, raised ...Endings) (*environment, error) {
	base, err := baseEnvironment()
	if err != nil {
		return nil, fmt.Errorf("set up expressions: %w", err)
	}
	v := &environment{
		complaint: kind == v1alpha1.RecordComplaint,
		variables: []variable{{"incident", typeIncident}, {"run", typeRun}, {"steps", typeSteps}},
		structs: map[string][]structField{
			typeRemedy: remedyFields, typeIncident: incidentFields, typeRun: runFields, typeStep: stepFields, typeSteps: nil,
		},
		outcomes: map[string][]string{},
	}
	if v.complaint {
		v.variables = slices.Insert(v.variables, 0, variable{"complaint", typeComplaint})
		v.structs[typeComplaint] = complaintFields
		v.seeSteps(raised)
	}
	for _, s := range steps {
		v.structs[typeSteps] = append(v.structs[typeSteps], structField{name: s.head.Name, ft: stepField(s)})
		v.outcomes[s.head.Name] = endings(s)
	}
	options := []cel.EnvOption{
		cel.CustomTypeProvider(newFieldProvider(base.CELTypeProvider(), v.structs)),
		cel.CustomTypeAdapter(factAdapter{base.CELTypeAdapter()}),
	}
	for _, name := range v.variables {
		options = append(options, cel.Variable(name.name, cel.ObjectType(name.typ)))
	}
	if v.env, err = base.Extend(options...); err != nil {
		return nil, fmt.Errorf("set up expressions: %w", err)
	}
	return v, nil
}

// compile turns an expression into a program, or says what is wrong with it and what to do.
func (v *environment) compile(source v1alpha1.Expression) (expr *Expr, message, advice string) {
	parsed, issues := v.env.Parse(string(source))
	if issues.Err() != nil {
		message, advice = unreadable(string(source), issues)
		return nil, message, advice
	}
	if message, advice := v.explain(parsed.NativeRep()); message != "" {
		return nil, message, advice
	}
	checked, issues := v.env.Check(parsed)
	if issues.Err() != nil {
		return nil, "the expression does not type-check: " + firstIssue(issues), "compare values of the same type; docs/spec/expressions.md lists the types"
	}
	if checked.OutputType() != cel.BoolType && !checked.OutputType().IsExactType(cel.BoolType) {
		return nil, fmt.Sprintf("the expression gives %s, not true or false", checked.OutputType()), "compare it with something, e.g. == or in"
	}
	cost, err := v.env.EstimateCost(checked, sizes{})
	if err != nil {
		return nil, "the cost of the expression cannot be bounded: " + err.Error(), "write it in a simpler way"
	}
	if cost.Max > maxCost {
		return nil, fmt.Sprintf("the expression may cost more than %d units", maxCost), "nest fewer all, exists, map and filter, and avoid matches on long texts"
	}
	program, err := v.env.Program(checked, programOptions(cost.Max)...)
	if err != nil {
		return nil, "the expression cannot be carried out: " + err.Error(), "write it in a simpler way"
	}
	return &Expr{source: source, program: program, cost: cost.Max, looks: looksOf(parsed.NativeRep()), atoms: v.atomsOf(checked.NativeRep(), string(source))}, "", ""
}

// firstIssue is the first thing CEL found, in one line.
func firstIssue(issues *cel.Issues) string {
	first := issues.Errors()[0]
	message := strings.Join(strings.Fields(strings.ReplaceAll(first.Message, " (in container '')", "")), " ")
	return fmt.Sprintf("column %d: %s", first.Location.Column()+1, message)
}

// explain finds names that do not exist and says which do; CEL itself would only say that they do not. It also finds
// outcomes and values that can never be, which CEL knows nothing of, and patterns that cannot be used.
func (v *environment) explain(parsed *celast.AST) (message, advice string) {
	local := map[string]bool{}
	celast.PreOrderVisit(parsed.Expr(), celast.NewExprVisitor(func(e celast.Expr) {
		if e.Kind() == celast.ComprehensionKind {
			c := e.AsComprehension()
			local[c.IterVar()], local[c.IterVar2()], local[c.AccuVar()] = true, true, true
		}
	}))
	celast.PreOrderVisit(celast.NavigateAST(parsed), celast.NewExprVisitor(func(e celast.Expr) {
		if message == "" {
			message, advice = v.explainName(e, local)
		}
		if message == "" && !v.pinned {
			message, advice = v.explainOutcome(e)
		}
		if message == "" && !v.pinned {
			message, advice = explainValue(e)
		}
		if message == "" {
			message, advice = explainPattern(e)
		}
	}))
	return message, advice
}

func (v *environment) explainName(e celast.Expr, local map[string]bool) (message, advice string) {
	switch e.Kind() {
	case celast.IdentKind:
		name := e.AsIdent()
		if local[name] || v.typeOf(name) != "" || name == "sets" {
			return "", ""
		}
		if name == "complaint" {
			return "there is no complaint in a playbook for incidents", "use incident, or write the playbook for: Complaint"
		}
		if name == "counts" {
			return v.explainCounts()
		}
		return fmt.Sprintf("there is no variable %s", name), DidYouMean(name, v.names()) + "there are: " + strings.Join(v.names(), ", ")
	case celast.SelectKind:
		typ := v.structOf(e.AsSelect().Operand(), local)
		if typ == "" || v.fieldOf(typ, e.AsSelect().FieldName()) != nil {
			return "", ""
		}
		return v.explainField(typ, e.AsSelect().FieldName())
	case celast.CallKind:
		name := e.AsCall().FunctionName()
		if e.AsCall().IsMemberFunction() && e.AsCall().Target().Kind() == celast.IdentKind && e.AsCall().Target().AsIdent() == "sets" {
			name = "sets." + name
		}
		if slices.Contains(macros, name) {
			return fmt.Sprintf("%s is not used like that", name), "write complaint.signals.all(s, s != \"x\") and the like, or has(complaint.place)"
		}
		if !slices.Contains(standardFunctions, name) && !slices.Contains(extendedFunctions, name) {
			return fmt.Sprintf("there is no function %s", name), "the functions are: " + strings.Join(v.functionNames(), ", ")
		}
	}
	return "", ""
}

func (v *environment) explainField(typ, name string) (message, advice string) {
	known := v.fieldNames(typ)
	list, guess := strings.Join(known, ", "), DidYouMean(name, known)
	switch typ {
	case typeSteps:
		return fmt.Sprintf("there is no step %s", name), guess + "the steps are: " + list
	case typeIncidentSteps:
		return v.explainIncidentStep(name, known)
	case typeCounts:
		return fmt.Sprintf("there is no count %s", name), guess + "the counts of the policy are: " + list + "; declare another one under spec.counts"
	}
	return fmt.Sprintf("there is no field %s in %s", name, typ), guess + "the fields are: " + list
}

// explainCounts says why there is no variable counts: a policy declares none, or it is no policy.
func (v *environment) explainCounts() (message, advice string) {
	if v.typeOf("steps") != "" {
		return "there are no counts in a playbook", "count in the rules of the TriagePolicy; there are: " + strings.Join(v.names(), ", ")
	}
	return "the policy declares no counts", "declare the count under spec.counts"
}

// structOf is the struct type of an expression that is a chain of fields, "" when it is anything else.
func (v *environment) structOf(e celast.Expr, local map[string]bool) string {
	switch e.Kind() {
	case celast.IdentKind:
		if local[e.AsIdent()] {
			return ""
		}
		return v.typeOf(e.AsIdent())
	case celast.SelectKind:
		if f := v.fieldOf(v.structOf(e.AsSelect().Operand(), local), e.AsSelect().FieldName()); f != nil && f.ft.Type.Kind() == types.StructKind {
			return f.ft.Type.TypeName()
		}
	}
	return ""
}

func (v *environment) typeOf(name string) string {
	for _, known := range v.variables {
		if known.name == name {
			return known.typ
		}
	}
	return ""
}

func (v *environment) fieldOf(typ, name string) *structField {
	fields := v.structs[typ]
	if i := slices.IndexFunc(fields, func(f structField) bool { return f.name == name }); i >= 0 {
		return &fields[i]
	}
	return nil
}

func (v *environment) names() []string {
	var names []string
	for _, known := range v.variables {
		names = append(names, known.name)
	}
	return names
}

func (v *environment) fieldNames(typ string) []string {
	var names []string
	for _, f := range v.structs[typ] {
		names = append(names, f.name)
	}
	return names
}

// functionNames lists the functions and macros by the names people write.
func (v *environment) functionNames() []string {
	names := slices.Concat(macros, extendedFunctions)
	for _, name := range standardFunctions {
		if !strings.ContainsAny(name, "_@") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
