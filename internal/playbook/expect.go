package playbook

import (
	"fmt"
	"slices"
	"strings"

	celast "github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/types"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// endings are all the outcomes a step can ever have, those of overdue too; nil when it does not do exactly one thing.
func endings(s *step) []string {
	if s.action == nil || len(s.actions()) != 1 {
		return nil
	}
	var list []v1alpha1.Identifier
	a := s.action
	switch {
	case outcomes(s) != nil:
		list = outcomes(s)
	case a.Survey != nil:
		list = a.Survey.Scale
	case a.AssembleTeam != nil:
		list = []v1alpha1.Identifier{"assembled"}
	case a.AssignRole != nil:
		list = []v1alpha1.Identifier{"assigned"}
	case a.RaiseIncident != nil:
		list = []v1alpha1.Identifier{"raised", "joined"}
	case a.Notify != nil && s.head.Every != nil:
		list = []v1alpha1.Identifier{"done"}
	case a.Notify != nil && s.head.Within != nil:
		list = []v1alpha1.Identifier{"delivered", "uncertain", "failed"}
	case a.Notify != nil:
		list = []v1alpha1.Identifier{"sent", "failed"}
	default:
		list = []v1alpha1.Identifier{"done"}
	}
	if o := s.head.Overdue; o != nil && o.Outcome != "" && !slices.Contains(list, o.Outcome) {
		list = append(slices.Clone(list), o.Outcome)
	}
	return texts(list)
}

// explainOutcome finds an outcome that is compared with a word it can never be: the condition would silently always, or
// never, hold. The empty text, which is what it is before the step has ended, is always possible.
func (v *environment) explainOutcome(e celast.Expr) (message, advice string) {
	if e.Kind() != celast.CallKind {
		return "", ""
	}
	call := e.AsCall()
	if !slices.Contains([]string{operators.Equals, operators.NotEquals, operators.In}, call.FunctionName()) || len(call.Args()) != 2 {
		return "", ""
	}
	left, right := call.Args()[0], call.Args()[1]
	name := v.outcomeOf(left)
	if name == "" {
		name, right = v.outcomeOf(right), left
	}
	possible := v.outcomes[name]
	if possible == nil {
		return "", ""
	}
	for _, word := range words(right) {
		if word != "" && !slices.Contains(possible, word) {
			of := ""
			if strings.HasPrefix(name, ofIncident) {
				name, of = strings.TrimPrefix(name, ofIncident), " of the incident"
			}
			return fmt.Sprintf("the step %s%s never has the outcome %q", name, of, word),
				DidYouMean(word, possible) + "its outcomes are: " + strings.Join(possible, ", ")
		}
	}
	return "", ""
}

// outcomeOf is the name of the step of steps.<name>.outcome, with ofIncident before it for incident.steps.<name>.outcome;
// "" for anything else.
func (v *environment) outcomeOf(e celast.Expr) string {
	if e.Kind() != celast.SelectKind || e.AsSelect().FieldName() != "outcome" {
		return ""
	}
	s := e.AsSelect().Operand()
	if s.Kind() != celast.SelectKind {
		return ""
	}
	switch steps := s.AsSelect().Operand(); {
	case isName(steps, "steps"):
		return s.AsSelect().FieldName()
	case steps.Kind() == celast.SelectKind && steps.AsSelect().FieldName() == "steps" && isName(steps.AsSelect().Operand(), "incident"):
		return ofIncident + s.AsSelect().FieldName()
	}
	return ""
}

// words are the texts of a literal, or of a list of literals.
func words(e celast.Expr) []string {
	switch e.Kind() {
	case celast.LiteralKind:
		if text, ok := e.AsLiteral().(types.String); ok {
			return []string{string(text)}
		}
	case celast.ListKind:
		var list []string
		for _, element := range e.AsList().Elements() {
			list = append(list, words(element)...)
		}
		return list
	}
	return nil
}
