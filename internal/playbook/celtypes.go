package playbook

import (
	"fmt"
	"reflect"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// The names of the types of the environment. They have a space in them so that no expression can construct one.
const (
	typeComplaint     = "complaint facts"
	typeRemedy        = "remedy facts"
	typeIncident      = "incident facts"
	typeIncidentSteps = "steps of the incident"
	typeRun           = "run facts"
	typeSteps         = "steps of the playbook"
	typeStep          = "step state"
)

// structField is a field that expressions can read.
type structField struct {
	name string
	// doc says what the field holds.
	doc string
	ft  *types.FieldType
}

// activation is an Env in the form the interpreter asks names of; it is the same memory, so nothing is allocated.
type activation Env

// Parent implements interpreter.Activation.
func (a *activation) Parent() cel.Activation { return nil }

// ResolveName implements interpreter.Activation.
func (a *activation) ResolveName(name string) (any, bool) {
	switch name {
	case "steps", "run":
		return a, true
	case "incident":
		if a.Incident == nil {
			return noIncident, true
		}
		return a.Incident, true
	case "complaint":
		if a.Complaint == nil {
			return types.NewErr("there is no complaint here"), true
		}
		return a.Complaint, true
	}
	return nil, false
}

// noIncident is what `incident` is when there is none: all its fields are empty. It is never written to.
var noIncident = &IncidentFacts{}

var complaintFields = []structField{
	{"channel", "the way it came in: Phone, Email, OnlineForm, OnlineChat, SocialMedia, Counter, Letter, Referral, Regulator, Media or Other",
		text(func(c *ComplaintFacts) string { return c.Channel })},
	{"category", "the organisation's own category; empty when none was given", text(func(c *ComplaintFacts) string { return c.Category })},
	{"product", "the product or service; empty when none was given", text(func(c *ComplaintFacts) string { return c.Product })},
	{"place", "where it happened; empty when unknown", text(func(c *ComplaintFacts) string { return c.Place })},
	{"order", "the order or contract number; empty when none was given", text(func(c *ComplaintFacts) string { return c.Order })},
	{"class", "the class of customer: A, B, C, D or VIP; empty when unknown", text(func(c *ComplaintFacts) string { return c.Class })},
	{"level", "the level in force", text(func(c *ComplaintFacts) string { return c.Level })},
	{"expectation", "what the complainant wants, e.g. refund or apology", list(func(c *ComplaintFacts) []string { return c.Expectation })},
	{"signals", "the facts that grading looks for, in the words of the TriagePolicy", list(func(c *ComplaintFacts) []string { return c.Signals })},
	{"affected", "how many persons or households are affected", number(func(c *ComplaintFacts) int64 { return c.Affected })},
	{"reopened", "how often the complaint was opened again", number(func(c *ComplaintFacts) int64 { return c.Reopened })},
	{"remedy", "what is offered; all its fields are empty before somebody writes it",
		field(types.NewObjectType(typeRemedy), func(c *ComplaintFacts) any { return &c.Remedy })},
}

var remedyFields = []structField{
	{"kinds", "the parts of the offer, e.g. Refund or Apology", list(func(r *RemedyFacts) []string { return r.Kinds })},
	{"amountCents", "the worth of the offer in hundredths of the currency", number(func(r *RemedyFacts) int64 { return r.AmountCents })},
	{"currency", "the ISO 4217 code of the currency; empty without an amount", text(func(r *RemedyFacts) string { return r.Currency })},
}

var incidentFields = []structField{
	{"exists", "false when the complaint is part of no incident; the other fields are then empty", truth(func(i *IncidentFacts) bool { return i.Exists })},
	{"closed", "whether the incident was closed", truth(func(i *IncidentFacts) bool { return i.Closed })},
	{"drill", "whether it is an exercise", truth(func(i *IncidentFacts) bool { return i.Drill })},
	{"level", "its level", text(func(i *IncidentFacts) string { return i.Level })},
	{"signals", "the facts known about it, in the words of the organisation", list(func(i *IncidentFacts) []string { return i.Signals })},
	{"complaints", "how many complaints are part of it", number(func(i *IncidentFacts) int64 { return i.Complaints })},
}

var runFields = []structField{
	{"round", "the round of the repeat the expression stands in, from 1; 0 outside repeats", number(func(a *activation) int64 { return a.Round })},
	{"level", "the level of the record, complaint or incident", text(func(a *activation) string { return a.Level })},
}

var stepFields = []structField{
	{"outcome", "how the step ended, e.g. approved; empty before", text(func(s *v1alpha1.StepState) string { return string(s.Outcome) })},
	{"done", "whether it was carried out to its end", truth(func(s *v1alpha1.StepState) bool { return s.State == v1alpha1.StepDone })},
	{"ended", "whether it is over: done, skipped or cancelled", truth(stepEnded)},
	{"skipped", "whether it was skipped", truth(func(s *v1alpha1.StepState) bool { return s.State == v1alpha1.StepSkipped })},
	{"overdue", "whether its deadline has passed unanswered, also when it was answered later", truth(func(s *v1alpha1.StepState) bool { return !s.OverdueAt.IsZero() })},
	{"round", "of a repeat: its current round; of a step inside: the round it is in; else 0", number(func(s *v1alpha1.StepState) int64 { return int64(s.Round) })},
	{"rung", "how many rungs of the ladder were climbed", number(func(s *v1alpha1.StepState) int64 { return int64(s.Rung) })},
}

// LooksTheSame is whether no expression about an incident could tell two states of a step of it apart.
func LooksTheSame(a, b v1alpha1.StepState) bool {
	ending := func(s *v1alpha1.StepState) v1alpha1.StepPhase {
		if stepEnded(s) {
			return s.State
		}
		return ""
	}
	return a.Name == b.Name && a.Outcome == b.Outcome && ending(&a) == ending(&b) && a.OverdueAt.IsZero() == b.OverdueAt.IsZero() &&
		a.Round == b.Round && a.Rung == b.Rung
}

func stepEnded(s *v1alpha1.StepState) bool {
	return s.State == v1alpha1.StepDone || s.State == v1alpha1.StepSkipped || s.State == v1alpha1.StepCancelled
}

func text[T any](get func(T) string) *types.FieldType {
	return field(types.StringType, func(obj T) any { return types.String(get(obj)) })
}

func truth[T any](get func(T) bool) *types.FieldType {
	return field(types.BoolType, func(obj T) any { return types.Bool(get(obj)) })
}

func number[T any](get func(T) int64) *types.FieldType {
	return field(types.IntType, func(obj T) any { return types.Int(get(obj)) })
}

func list[T any](get func(T) []string) *types.FieldType {
	return field(types.NewListType(types.StringType), func(obj T) any { return types.NewStringList(types.DefaultTypeAdapter, get(obj)) })
}

// field makes a field of a type; an empty text or list counts as not set for has().
func field[T any](typ *types.Type, get func(T) any) *types.FieldType {
	return &types.FieldType{
		Type: typ,
		GetFrom: func(obj any) (any, error) {
			holder, ok := obj.(T)
			if !ok {
				return nil, fmt.Errorf("a field was asked of %T", obj)
			}
			return get(holder), nil
		},
		IsSet: func(obj any) bool {
			holder, ok := obj.(T)
			if !ok {
				return false
			}
			switch value := get(holder).(type) {
			case types.String:
				return value != ""
			case traits.Lister:
				return value.Size() != types.IntZero
			}
			return true
		},
	}
}

// stepField makes the field of `steps` that leads to a step. The step's offset is read when it is asked, because the
// plan is laid out after its expressions were compiled.
func stepField(s *step) *types.FieldType {
	return &types.FieldType{
		Type: types.NewObjectType(typeStep),
		GetFrom: func(obj any) (any, error) {
			a, ok := obj.(*activation)
			if !ok {
				return nil, fmt.Errorf("a step was asked of %T", obj)
			}
			if i := a.Scope + s.offset; i >= 0 && i < len(a.Steps) {
				return &a.Steps[i], nil
			}
			return nil, fmt.Errorf("the run has no state for step %s", s.head.Name)
		},
		IsSet: func(any) bool { return true },
	}
}

// fieldProvider tells CEL the types of the environment.
type fieldProvider struct {
	types.Provider
	names  map[string][]string
	fields map[string]map[string]*types.FieldType
}

func newFieldProvider(base types.Provider, structs map[string][]structField) *fieldProvider {
	p := &fieldProvider{Provider: base, names: map[string][]string{}, fields: map[string]map[string]*types.FieldType{}}
	for typ, fields := range structs {
		p.fields[typ] = make(map[string]*types.FieldType, len(fields))
		for _, f := range fields {
			p.fields[typ][f.name] = f.ft
			p.names[typ] = append(p.names[typ], f.name)
		}
	}
	return p
}

// FindStructType implements types.Provider.
func (p *fieldProvider) FindStructType(name string) (*types.Type, bool) {
	if _, ok := p.fields[name]; ok {
		return types.NewTypeTypeWithParam(types.NewObjectType(name)), true
	}
	return p.Provider.FindStructType(name)
}

// FindStructFieldNames implements types.Provider.
func (p *fieldProvider) FindStructFieldNames(name string) ([]string, bool) {
	if names, ok := p.names[name]; ok {
		return names, true
	}
	return p.Provider.FindStructFieldNames(name)
}

// FindStructFieldType implements types.Provider.
func (p *fieldProvider) FindStructFieldType(name, fieldName string) (*types.FieldType, bool) {
	if fields, ok := p.fields[name]; ok {
		ft, ok := fields[fieldName]
		return ft, ok
	}
	return p.Provider.FindStructFieldType(name, fieldName)
}

// factAdapter wraps what stays a whole object, e.g. the elements of [steps.a, steps.b].
type factAdapter struct{ types.Adapter }

// NativeToValue implements types.Adapter.
func (a factAdapter) NativeToValue(value any) ref.Val {
	switch v := value.(type) {
	case ref.Val:
		return v
	case *v1alpha1.StepState:
		return object{typeStep, v}
	case *activation:
		return object{typeSteps, v}
	case *ComplaintFacts:
		return object{typeComplaint, v}
	case *RemedyFacts:
		return object{typeRemedy, v}
	case *IncidentFacts:
		return object{typeIncident, v}
	case *incidentSteps:
		return object{typeIncidentSteps, v}
	}
	return a.Adapter.NativeToValue(value)
}

// object is a whole struct as a CEL value: its fields can be read and it equals itself, nothing else.
type object struct {
	typ   string
	value any
}

// ConvertToNative implements ref.Val.
func (o object) ConvertToNative(typeDesc reflect.Type) (any, error) {
	return nil, fmt.Errorf("%s cannot be turned into %s", o.typ, typeDesc)
}

// ConvertToType implements ref.Val.
func (o object) ConvertToType(typ ref.Type) ref.Val {
	return types.NewErr("%s cannot be turned into %s", o.typ, typ.TypeName())
}

// Equal implements ref.Val.
func (o object) Equal(other ref.Val) ref.Val {
	same, ok := other.(object)
	return types.Bool(ok && same == o)
}

// Type implements ref.Val.
func (o object) Type() ref.Type { return types.NewObjectType(o.typ) }

// Value implements ref.Val.
func (o object) Value() any { return o.value }
