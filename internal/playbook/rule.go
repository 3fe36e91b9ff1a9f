package playbook

import (
	"fmt"
	"slices"

	"github.com/google/cel-go/cel"
	celast "github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/types"

	"tocsin.dev/tocsin/api/v1alpha1"
)

const typeCounts = "counts of the policy"

// RuleEnvironment is what the conditions of grading rules can see: `complaint` without its level, which is what the
// rules are there to find, `counts.<name>`, and of `incident` whether there is one. Functions, types and cost limit are
// those of playbooks.
type RuleEnvironment struct{ environment }

// Rule is a compiled condition of a grading rule, safe for concurrent use, and what it looks at.
type Rule struct {
	expr *Expr
	// Signals are the words it looks for in complaint.signals, in order of appearance.
	Signals []string
	// Counts are the positions of the counts it uses.
	Counts []int
	// Fields are the fields of complaint it uses.
	Fields []string
	// Incident is whether it asks for an incident.
	Incident bool
	// Whole is whether it uses the complaint as a whole and not only fields of it.
	Whole bool
}

// Condition is the condition by itself; nil for an empty one.
func (r *Rule) Condition() *Expr { return r.expr }

// ruleFacts is what a Rule is asked about.
type ruleFacts struct {
	complaint *ComplaintFacts
	incident  *IncidentFacts
	counts    []int64
}

// Parent implements interpreter.Activation.
func (f *ruleFacts) Parent() cel.Activation { return nil }

// ResolveName implements interpreter.Activation.
func (f *ruleFacts) ResolveName(name string) (any, bool) {
	switch name {
	case "complaint":
		return f.complaint, true
	case "incident":
		if f.incident == nil {
			return noIncident, true
		}
		return f.incident, true
	case "counts":
		return f, true
	}
	return nil, false
}

// NewRuleEnvironment makes the environment of a policy with these counts.
func NewRuleEnvironment(counts []string) (*RuleEnvironment, error) {
	base, err := baseEnvironment()
	if err != nil {
		return nil, fmt.Errorf("set up expressions: %w", err)
	}
	v := &RuleEnvironment{environment{
		complaint: true,
		variables: []variable{{"complaint", typeComplaint}, {"incident", typeIncident}},
		structs: map[string][]structField{
			typeRemedy:   remedyFields,
			typeIncident: ruleIncidentFields,
			typeComplaint: slices.DeleteFunc(slices.Clone(complaintFields), func(f structField) bool {
				return f.name == "level"
			}),
		},
	}}
	for i, name := range counts {
		v.structs[typeCounts] = append(v.structs[typeCounts], structField{name: name, ft: countField(i)})
	}
	if len(counts) > 0 {
		v.variables = append(v.variables, variable{"counts", typeCounts})
	}
	options := []cel.EnvOption{
		cel.CustomTypeProvider(newFieldProvider(base.CELTypeProvider(), v.structs)),
		cel.CustomTypeAdapter(factAdapter{base.CELTypeAdapter()}),
	}
	for _, known := range v.variables {
		options = append(options, cel.Variable(known.name, cel.ObjectType(known.typ)))
	}
	if v.env, err = base.Extend(options...); err != nil {
		return nil, fmt.Errorf("set up expressions: %w", err)
	}
	return v, nil
}

// ruleIncidentFields is what a rule can ask of the incident. The rest may change while nobody grades.
var ruleIncidentFields = []structField{
	{"exists", "whether the complaint is part of an open incident, or its matter is one", truth(func(i *IncidentFacts) bool { return i.Exists })},
}

// countField makes the field of `counts` at a position; a figure that was not given is 0.
func countField(i int) *types.FieldType {
	return number(func(f *ruleFacts) int64 {
		if i < len(f.counts) {
			return f.counts[i]
		}
		return 0
	})
}

// Compile turns a condition into a Rule, or says what is wrong with it and what to do. An empty one holds always.
func (v *RuleEnvironment) Compile(source v1alpha1.Expression) (rule *Rule, message, advice string) {
	rule = &Rule{}
	if source == "" {
		return rule, "", ""
	}
	if rule.expr, message, advice = v.compile(source); message != "" {
		return nil, message, advice
	}
	parsed, issues := v.env.Parse(string(source))
	if issues.Err() != nil {
		message, advice = unreadable(string(source), issues)
		return nil, message, advice
	}
	w := ruleWalk{rule: rule, counts: v.structs[typeCounts], uses: map[string]int{}}
	celast.PreOrderVisit(parsed.NativeRep().Expr(), celast.NewExprVisitor(w.visit))
	rule.Signals = rule.expr.Looks().Named["complaint.signals"]
	rule.Whole = w.uses["complaint"] != 0
	return rule, "", ""
}

// Holds says whether the condition is true of a complaint, the incident of its matter (nil: none) and the counts in the order
// of the environment. An error means that the expression divides by zero and the like.
func (r *Rule) Holds(complaint *ComplaintFacts, incident *IncidentFacts, counts []int64) (bool, error) {
	if r.expr == nil {
		return true, nil
	}
	value, _, err := r.expr.program.Eval(&ruleFacts{complaint, incident, counts})
	if err != nil {
		return false, fmt.Errorf("expression %q: %w", r.expr.source, err)
	}
	return value == types.True, nil
}

// ruleWalk collects what an expression looks at.
type ruleWalk struct {
	rule   *Rule
	counts []structField
	// uses counts how often a variable stands by itself, not before a field.
	uses map[string]int
}

func (w ruleWalk) visit(e celast.Expr) {
	switch e.Kind() {
	case celast.IdentKind:
		w.rule.Incident = w.rule.Incident || e.AsIdent() == "incident"
		w.uses[e.AsIdent()]++
	case celast.SelectKind:
		name := e.AsSelect().FieldName()
		if isName(e.AsSelect().Operand(), "complaint") {
			w.rule.Fields = addNew(w.rule.Fields, name)
			w.uses["complaint"]--
		}
		if isName(e.AsSelect().Operand(), "counts") {
			i := slices.IndexFunc(w.counts, func(f structField) bool { return f.name == name })
			w.rule.Counts = addNew(w.rule.Counts, i)
		}
	}
}

func isName(e celast.Expr, name string) bool {
	return e.Kind() == celast.IdentKind && e.AsIdent() == name
}

func addNew[T comparable](list []T, item T) []T {
	if slices.Contains(list, item) {
		return list
	}
	return append(list, item)
}
