package playbook

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"text/template"
	"text/template/parse"
)

// TemplateData is what the text of a notice can show. All texts are empty when the matter has nothing of the kind.
type TemplateData struct {
	// Case is the number of a complaint, the name of an incident.
	Case string
	// Record is the name of the object.
	Record string
	// Title names an incident in a few words; empty for a complaint.
	Title string
	// Level is the level in force.
	Level string
	// Step is the path of the step that sends the notice.
	Step string
	// StepName is the step's own name in words, for a subject: plan remedy.
	StepName string
	// StepTitle is what the step is about: its description, else its name.
	StepTitle string
	// Round is the round of the repeat the step is in, from 1; 0 outside repeats.
	Round int
	// Due is the deadline, written for the recipient's language and time zone.
	Due string
	// Recipient is the name of the recipient; masked for a complainant unless the template asks for it in clear.
	Recipient string
	// Complainant is the name of the complainant, masked unless the notice goes to the complainant in clear.
	Complainant string
	// Contact is the contact of the complainant, masked in the same way.
	Contact string
	// Received is when the complaint came in or the incident was raised, written like Due.
	Received string
	// Product is the product or service.
	Product string
	// Category is the organisation's category.
	Category string
	// Order is the order or contract number.
	Order string
	// Remedy is what is offered and why.
	Remedy string
	// RemedyAmount is the worth of the offer with its currency.
	RemedyAmount string
	// Role is the part the recipient plays, as the playbook names it.
	Role string
	// Commander is the display name of who decides in an incident.
	Commander string
	// Spokesperson is the display name of who speaks for the organisation in an incident.
	Spokesperson string
	// Task is the name of the ResponseTask to answer.
	Task string
	// Action is what the corrective action is to achieve; empty for a notice that is about none.
	Action string
	// Link leads to the record or task, where the organisation has set one up.
	Link string
	// Drill is true in an exercise.
	Drill bool
	// Overdue is true when the deadline has passed.
	Overdue bool
}

// templateFields are the names of the fields of TemplateData.
var templateFields = func() []string {
	var fields []string
	for _, f := range reflect.VisibleFields(reflect.TypeFor[TemplateData]()) {
		fields = append(fields, f.Name)
	}
	return fields
}()

// templateFunctions are the functions texts can use. Those of text/template that can call code, print at any width or
// escape for other media are left out.
var templateFunctions = []string{"and", "or", "not", "eq", "ne", "lt", "le", "gt", "ge", "upper", "lower", "default"}

// maxRendered bounds the text made from a template, in bytes.
const maxRendered = 64 << 10

// ParseTemplate parses the text of a notice and makes sure that it can be carried out: it uses fields of TemplateData,
// if, else, with and a few functions, nothing else. The error says what is wrong and where.
func ParseTemplate(source string) (*template.Template, error) {
	parsed, err := template.New("text").Option("missingkey=error").Funcs(template.FuncMap{
		"upper":   strings.ToUpper,
		"lower":   strings.ToLower,
		"default": orDefault,
	}).Parse(source)
	if err != nil {
		return nil, tidy(err)
	}
	if len(parsed.Templates()) > 1 {
		return nil, errors.New("a text cannot define further texts")
	}
	if parsed.Tree == nil || parsed.Root == nil {
		return parsed, nil
	}
	check := &templateCheck{tree: parsed.Tree}
	if check.list(parsed.Root, true); check.err != nil {
		return nil, check.err
	}
	for _, data := range []TemplateData{{}, sampleData} {
		if err := parsed.Execute(&limited{left: maxRendered}, data); err != nil {
			return nil, tidy(err)
		}
	}
	return parsed, nil
}

// orDefault is value, or fallback when value is empty: {{default "soon" .Due}}.
func orDefault(fallback, value string) string {
	if value == "" {
		return fallback
	}
	return value
}

var sampleData = TemplateData{
	Case: "TS20240521001", Record: "c-1", Title: "water in the cellar", Level: "serious", Step: "recover/planRemedy",
	StepName: "plan remedy", StepTitle: "plan the remedy", Round: 1, Due: "21 May 2024, 17:00", Recipient: "Lin", Complainant: "W***", Contact: "138****8000",
	Received: "20 May 2024, 09:00", Product: "boiler", Category: "service", Order: "A-7", Remedy: "repair", RemedyAmount: "120.00 CNY",
	Role: "handler", Commander: "Zhou", Spokesperson: "Han", Task: "t-1", Link: "https://example.org/t-1", Drill: true, Overdue: true,
}

// templateCheck walks through a template and notes the first thing that is not offered.
type templateCheck struct {
	tree *parse.Tree
	err  error
}

func (c *templateCheck) fail(n parse.Node, format string, values ...any) {
	if c.err == nil {
		location, _ := c.tree.ErrorContext(n)
		c.err = fmt.Errorf("%s: %s", position(location), fmt.Sprintf(format, values...))
	}
}

// list checks what stands between {{if}} and {{end}}; data is whether the dot is TemplateData there.
func (c *templateCheck) list(list *parse.ListNode, data bool) {
	if list == nil {
		return
	}
	for _, n := range list.Nodes {
		switch n := n.(type) {
		case *parse.TextNode, *parse.CommentNode:
		case *parse.ActionNode:
			c.pipe(n.Pipe, data)
		case *parse.IfNode:
			c.pipe(n.Pipe, data)
			c.list(n.List, data)
			c.list(n.ElseList, data)
		case *parse.WithNode:
			c.pipe(n.Pipe, data)
			c.list(n.List, false)
			c.list(n.ElseList, data)
		default:
			c.fail(n, "a text can only use fields, if, else and with")
		}
	}
}

func (c *templateCheck) pipe(pipe *parse.PipeNode, data bool) {
	for _, command := range pipe.Cmds {
		for _, arg := range command.Args {
			c.arg(arg, data)
		}
	}
}

func (c *templateCheck) arg(arg parse.Node, data bool) {
	switch n := arg.(type) {
	case *parse.BoolNode, *parse.NumberNode, *parse.StringNode:
	case *parse.DotNode:
		if data {
			c.fail(n, "the dot alone stands for everything; name a field, e.g. .Case")
		}
	case *parse.FieldNode:
		if !data {
			c.fail(n, "inside with, write $.%s for a field", n.Ident[0])
		}
		c.field(n, n.Ident)
	case *parse.VariableNode:
		switch {
		case n.Ident[0] != "$" && len(n.Ident) > 1:
			c.fail(n, "the variable %s has no fields", n.Ident[0])
		case n.Ident[0] == "$" && len(n.Ident) == 1:
			c.fail(n, "$ alone stands for everything; name a field, e.g. $.Case")
		case n.Ident[0] == "$":
			c.field(n, n.Ident[1:])
		}
	case *parse.IdentifierNode:
		if !slices.Contains(templateFunctions, n.Ident) {
			c.fail(n, "there is no function %s; the functions are: %s", n.Ident, strings.Join(templateFunctions, ", "))
		}
	case *parse.PipeNode:
		c.pipe(n, data)
	default:
		c.fail(n, "%s cannot be used in a text", n)
	}
}

func (c *templateCheck) field(n parse.Node, path []string) {
	if !slices.Contains(templateFields, path[0]) {
		c.fail(n, "there is no field %s; the fields are: %s", path[0], strings.Join(templateFields, ", "))
	} else if len(path) > 1 {
		c.fail(n, "the field %s has no fields of its own", path[0])
	}
}

// limited is a writer that takes a bounded number of bytes.
type limited struct{ left int }

var _ io.Writer = &limited{}

// Write implements io.Writer.
func (l *limited) Write(p []byte) (int, error) {
	if l.left -= len(p); l.left < 0 {
		return 0, fmt.Errorf("the text becomes longer than %d bytes", maxRendered)
	}
	return len(p), nil
}

var (
	templatePrefix = regexp.MustCompile(`^template: text:(\d+)(:\d+)?: ?(executing "text" at )?`)
	linePosition   = regexp.MustCompile(`^text:(\d+)`)
)

// tidy turns an error of text/template into one that names the line and nothing internal.
func tidy(err error) error {
	text := err.Error()
	if m := templatePrefix.FindStringSubmatch(text); m != nil {
		text = "line " + m[1] + ": " + strings.TrimPrefix(text, m[0])
	}
	return errors.New(text)
}

func position(location string) string {
	if m := linePosition.FindStringSubmatch(location); m != nil {
		return "line " + m[1]
	}
	return location
}
