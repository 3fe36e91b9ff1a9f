package intake

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/cel-go/cel"
	celast "github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/ext"
)

// maxRowCost is the most one expression may cost on one row, in CEL's units (about 50 ns each, more for long lists).
const maxRowCost = 1_000_000

// shape is what an expression must give.
type shape struct {
	types []*cel.Type
	name  string
}

var (
	aText   = shape{[]*cel.Type{cel.StringType}, "a text"}
	aNumber = shape{[]*cel.Type{cel.IntType}, "a whole number"}
	aList   = shape{[]*cel.Type{cel.ListType(cel.StringType)}, "a list of texts"}
	aMoment = shape{[]*cel.Type{cel.StringType, cel.TimestampType}, "a text or a timestamp"}
)

// expr is a compiled expression over a row.
type expr struct {
	field   string
	program cel.Program
	reads   []string // columns
}

// rowEnvironment is what expressions of mappings can see; it takes a while to build, so it is built once.
var rowEnvironment = sync.OnceValues(func() (*cel.Env, error) {
	return cel.NewEnv(
		cel.Variable("row", cel.MapType(cel.StringType, cel.StringType)),
		cel.Variable("line", cel.IntType),
		cel.Function("digest", cel.Overload("digest_string", []*cel.Type{cel.StringType}, cel.StringType,
			cel.UnaryBinding(func(v ref.Val) ref.Val {
				text, ok := v.(types.String)
				if !ok {
					return types.MaybeNoSuchOverloadErr(v)
				}
				return types.String(digest(string(text)))
			}))),
		cel.OptionalTypes(),
		ext.Strings(),
		ext.Sets(),
		ext.Lists(),
		ext.Bindings(),
		cel.DefaultUTCTimeZone(true),
		cel.HomogeneousAggregateLiterals(),
		cel.ASTValidators(cel.ValidateRegexLiterals()),
	)
})

// digest is a short digest of parts that are kept apart, 16 lower-case hex digits.
func digest(parts ...string) string {
	h := sha256.New()
	for _, part := range parts {
		fmt.Fprintf(h, "%d:%s", len(part), part)
	}
	return hex.EncodeToString(h.Sum(nil))[:16]
}

// compile checks an expression: its columns exist, and it gives the shape wanted.
func compile(field, source string, want shape, columns []string) (*expr, error) {
	env, err := rowEnvironment()
	if err != nil {
		return nil, fmt.Errorf("set up expressions: %w", err)
	}
	checked, issues := env.Compile(source)
	if issues.Err() != nil {
		first := issues.Errors()[0]
		return nil, fmt.Errorf("the expression is wrong at character %d: %s", first.Location.Column()+1,
			strings.Join(strings.Fields(strings.ReplaceAll(first.Message, " (in container '')", "")), " "))
	}
	if !slices.ContainsFunc(want.types, checked.OutputType().IsExactType) {
		return nil, fmt.Errorf("the expression gives %s, but %s is needed", checked.OutputType(), want.name)
	}
	reads := columnsOf(checked.NativeRep().Expr())
	for _, column := range reads {
		if !slices.Contains(columns, column) {
			return nil, fmt.Errorf("there is no column %q; add it to columns, or use one of: %s", column, strings.Join(columns, ", "))
		}
	}
	program, err := env.Program(checked, cel.EvalOptions(cel.OptOptimize), cel.CostLimit(maxRowCost))
	if err != nil {
		return nil, fmt.Errorf("the expression cannot be carried out: %w", err)
	}
	return &expr{field, program, reads}, nil
}

// columnsOf are the columns an expression reads: x of row.x and row['x'].
func columnsOf(e celast.Expr) (columns []string) {
	isRow := func(e celast.Expr) bool { return e.Kind() == celast.IdentKind && e.AsIdent() == "row" }
	celast.PreOrderVisit(e, celast.NewExprVisitor(func(e celast.Expr) {
		switch e.Kind() {
		case celast.SelectKind:
			if isRow(e.AsSelect().Operand()) {
				columns = append(columns, e.AsSelect().FieldName())
			}
		case celast.CallKind:
			if c := e.AsCall(); c.FunctionName() == operators.Index && isRow(c.Args()[0]) && c.Args()[1].Kind() == celast.LiteralKind {
				columns = append(columns, fmt.Sprint(c.Args()[1].AsLiteral().Value()))
			}
		}
	}))
	return columns
}

// row is what expressions are asked about.
type row struct {
	columns map[string]string
	line    int
}

// Parent implements interpreter.Activation.
func (r *row) Parent() cel.Activation { return nil }

// ResolveName implements interpreter.Activation.
func (r *row) ResolveName(name string) (any, bool) {
	switch name {
	case "row":
		return r.columns, true
	case "line":
		return r.line, true
	}
	return nil, false
}

// eval is the value of the expression. The error says what kind of thing went wrong, not what the row says.
func (e *expr) eval(r *row) (ref.Val, string) {
	value, _, err := e.program.Eval(r)
	if err == nil {
		return value, ""
	}
	// What stands behind the colon quotes the value.
	kind, _, _ := strings.Cut(err.Error(), ":")
	for _, known := range []struct{ start, message string }{
		{"no such key", "the expression looks for a key that a list of keys does not have"},
		{"division by zero", "the expression divides by zero"},
		{"modulus by zero", "the expression divides by zero"},
		{"index out of bounds", "the expression asks for an element that is not there"},
		{"operation cancelled", "the expression costs too much on this row"},
	} {
		if strings.HasPrefix(kind, known.start) {
			return nil, known.message
		}
	}
	return nil, "the expression cannot be carried out on this row"
}

func (e *expr) text(r *row) (string, string) {
	value, problem := e.eval(r)
	if problem != "" {
		return "", problem
	}
	text, ok := value.(types.String)
	if !ok {
		return "", "the expression gives no text"
	}
	return string(text), ""
}

func (e *expr) list(r *row) ([]string, string) {
	value, problem := e.eval(r)
	if problem != "" {
		return nil, problem
	}
	list, err := value.ConvertToNative(stringList)
	texts, ok := list.([]string)
	if err != nil || !ok {
		return nil, "the expression gives no list of texts"
	}
	return texts, ""
}

func (e *expr) number(r *row) (int64, string) {
	value, problem := e.eval(r)
	if problem != "" {
		return 0, problem
	}
	number, ok := value.(types.Int)
	if !ok {
		return 0, "the expression gives no whole number"
	}
	return int64(number), ""
}

// examples are a date in each of the layouts.
func examples(layouts []string) []string {
	at := time.Date(2031, 10, 29, 18, 47, 53, 0, time.FixedZone("", 8*60*60))
	out := make([]string, len(layouts))
	for i, layout := range layouts {
		out[i] = at.Format(layout)
	}
	return out
}

// moment reads a timestamp, or a text in one of the layouts, in the zone. An empty text is the zero time.
func (e *expr) moment(r *row, layouts []string, zone *time.Location) (time.Time, string) {
	value, problem := e.eval(r)
	if problem != "" {
		return time.Time{}, problem
	}
	switch value := value.(type) {
	case types.Timestamp:
		return value.UTC(), ""
	case types.String:
		text := strings.TrimSpace(string(value))
		if text == "" {
			return time.Time{}, ""
		}
		for _, layout := range layouts {
			if at, err := time.ParseInLocation(layout, text, zone); err == nil {
				return at.UTC(), ""
			}
		}
		return time.Time{}, "the text is no date in any of the formats, which write one like " + strings.Join(examples(layouts), " or ")
	}
	return time.Time{}, "the expression gives no date"
}
