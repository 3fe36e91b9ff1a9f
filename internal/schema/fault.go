package schema

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	structural "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"tocsin.dev/tocsin/internal/playbook"
)

// Fault is why the API server would refuse an object.
type Fault struct {
	// Field is its path, e.g. spec.steps[3].when.
	Field string
	// Message says what is wrong, Advice what to do; the second may be empty.
	Message, Advice string
}

// mostNamed is how many names a message lists.
const mostNamed = 16

// fromErrors says errors of the API server's code about an object with these fields in our words; those of one field once.
func fromErrors(errs field.ErrorList, fields *structural.Structural, object map[string]any) []Fault {
	var out []Fault
	for _, err := range errs {
		f := fromError(err, fields, object)
		if f.Field == "" && len(errs) > 1 {
			continue // said again, of no field
		}
		if !slices.Contains(out, f) {
			out = append(out, f)
		}
	}
	return out
}

var (
	inBody     = regexp.MustCompile(`^\S* ?in body `)
	ofType     = regexp.MustCompile(`must be of type ([a-z0-9-]+)`)
	words      = map[string]string{"object": "an object", "array": "a list", "string": "a text", "integer": "a whole number", "int": "a whole number", "int32": "a whole number", "int64": "a whole number", "number": "a number", "boolean": "true or false", "date-time": "a time such as 2026-05-20T17:00:00Z"}
	pattern    = regexp.MustCompile(`^should match '(.*)'$`)
	arguedOver = regexp.MustCompile(`^Invalid value: "?(null|object|array)"?: `)
)

func fromError(err *field.Error, fields *structural.Structural, object map[string]any) Fault {
	f := Fault{Field: err.Field}
	if f.Field == "<nil>" { // of the object as a whole
		f.Field = ""
	}
	written := valueAt(f.Field, object)
	detail := arguedOver.ReplaceAllString(inBody.ReplaceAllString(err.Detail, ""), "")
	switch err.Type {
	case field.ErrorTypeRequired:
		f.Message, f.Advice = "it is missing", "add it"
		if detail != "" {
			f.Advice = "give it one"
		}
	case field.ErrorTypeNotSupported:
		f.Message = fmt.Sprintf("%v is not possible here", quoted(err.BadValue))
		f.Advice = strings.ReplaceAll(strings.TrimPrefix(detail, "supported values: "), `"`, "")
		known := strings.Split(f.Advice, ", ")
		f.Advice = playbook.DidYouMean(fmt.Sprint(err.BadValue), known) + "possible are: " + f.Advice
		if at := schemaAt(f.Field, fields); len(known) == 1 && at != nil && at.Description != "" { // why there is no choice
			f.Advice += "; " + strings.TrimSuffix(strings.Join(strings.Fields(at.Description), " "), ".")
		}
	case field.ErrorTypeTooLong:
		f.Message, f.Advice = "it is too long: "+detail, "shorten it"
	case field.ErrorTypeTooMany:
		f.Message, f.Advice = "there are too many: "+detail, "leave some out"
	case field.ErrorTypeTypeInvalid:
		f.Message, f.Advice = ofWrongType(err.BadValue, written, detail, schemaAt(f.Field, fields))
	case field.ErrorTypeDuplicate:
		f.Message, f.Advice = keyOf(err.BadValue)+" stands in the list twice", "remove one of the two, or rename it"
	default:
		f = otherwise(f, written, detail, schemaAt(f.Field, fields))
	}
	return f
}

var undecodable = regexp.MustCompile(`cannot unmarshal (\w+) into Go struct field ObjectMeta\.(\w+)`)

// otherwise says what breaks a bound, a form or a rule.
func otherwise(f Fault, written any, detail string, wants *structural.Structural) Fault {
	if m := pattern.FindStringSubmatch(detail); m != nil {
		f.Message, f.Advice = "it has the wrong form", "it must match "+m[1]
		if form, known := forms[m[1]]; known {
			f.Advice = form.instead(m[1], textOf(written))
		}
		return f
	}
	if m := undecodable.FindStringSubmatch(detail); m != nil {
		f.Field, f.Message, f.Advice = "metadata."+m[2], "it holds "+m[1]+", which has no place there", "labels and annotations are texts by their names; put quotes around numbers, yes and no"
		return f
	}
	switch bound, isBound := strings.CutPrefix(detail, "should "); {
	case strings.HasPrefix(bound, "have at least "):
		f.Message, f.Advice = "it must "+strings.Replace(bound, "at least 1 items", "at least one entry", 1), "add what is missing, or take the field out"
	case isBound && written == "":
		f.Message, f.Advice = "it is empty", "write something, or take the field out"
		if form, asked := formOf(wants); form.words != "" {
			f.Advice = form.instead(asked, "")
		}
	case isBound && misformed(wants, written): // and too short for it
		form, asked := formOf(wants)
		f.Message, f.Advice = "it has the wrong form", form.instead(asked, textOf(written))
	case isBound:
		f.Message, f.Advice = "it must "+bound, "write another value"
	case strings.Contains(detail, "RFC 1123 subdomain"):
		f.Message, f.Advice = "it has the wrong form", "use small letters, digits, hyphens and dots; begin and end with a letter or digit"
	case strings.HasPrefix(detail, "exactly one of the fields in "):
		f.Message, f.Advice = detail, "keep one of them, or add one"
	default:
		f.Message, f.Advice, _ = strings.Cut(detail, "; ")
		f.Message, _, _ = strings.Cut(f.Message, " (e.g. ")
		if f.Advice == "" {
			f.Advice = "correct it"
		}
	}
	return f
}

// keyOf is what tells an entry of a list from the others: the values of its keys, or itself.
func keyOf(entry any) string {
	keys, is := entry.(map[string]any)
	if !is {
		return quoted(entry)
	}
	var values []string
	for _, name := range slices.Sorted(maps.Keys(keys)) {
		values = append(values, quoted(keys[name]))
	}
	return strings.Join(values, " ")
}

func quoted(v any) string {
	if text, is := v.(string); is {
		return fmt.Sprintf("%q", text)
	}
	return fmt.Sprint(v)
}

func ofWrongType(bad, written any, detail string, wants *structural.Structural) (message, advice string) {
	m := ofType.FindStringSubmatch(detail)
	if m == nil {
		return detail, ""
	}
	wanted, is := m[1], ""
	switch bad := bad.(type) {
	case bool:
		is = "true or false"
	case int64, float64, int:
		is = "a number"
	case map[string]any:
		is = "an object"
	case []any:
		is = "a list"
	case string:
		is = "a text"
		// The API server's code puts the name of the type where it has no value.
		if w, isType := words[bad]; isType && bad != "date-time" {
			is = w
		}
	default:
		is = "something else"
	}
	word := words[wanted]
	if word == "" {
		word = wanted
	}
	if wanted == "string" && (is == "true or false" || is == "a number" || is == "a whole number") {
		advice = "put quotes around it: y, n, yes, no, on, off, true, false and numbers are no texts without"
		if form, asked := formOf(wants); misformed(wants, written) {
			advice = form.instead(asked, textOf(written))
		}
		return fmt.Sprintf("it is %s and must be a text", is), advice
	}
	return fmt.Sprintf("it must be %s", word), howToWrite(wanted, wants)
}

// howToWrite says how a value of a type is written, by the schema of the field where there is one.
func howToWrite(wanted string, wants *structural.Structural) string {
	switch {
	case wanted == "object" && wants != nil && len(wants.Properties) > 0:
		advice := "write its fields, each as name: value; the fields are: " + listed(slices.Sorted(maps.Keys(wants.Properties)))
		if text := example(wants); text != "" {
			advice += ", e.g. " + text
		}
		return advice
	case wanted == "array" && wants != nil && wants.Items != nil && example(wants.Items) != "":
		return "put it into brackets, e.g. [" + example(wants.Items) + "]"
	case wanted == "array":
		return "write each entry on a line of its own, behind a hyphen"
	case wanted == "date-time":
		return "give the day, the time and the time zone"
	}
	return "correct it"
}

// example is a value that a schema takes: a text of a known form, or an object of plain values with one that needs no other field; "" for
// others.
func example(of *structural.Structural) string {
	if form, _ := formOf(of); form.words != "" {
		return form.examples[0]
	}
	for _, property := range of.Properties {
		if property.Items != nil || len(property.Properties) > 0 {
			return ""
		}
	}
	for _, name := range slices.Sorted(maps.Keys(of.Properties)) {
		others := of.ValueValidation != nil && slices.ContainsFunc(of.ValueValidation.Required, func(r string) bool { return r != name })
		property := of.Properties[name]
		if text := example(&property); text != "" && !others {
			return "{" + name + ": " + text + "}"
		}
	}
	return ""
}

// unknownField says that there is no such field, and which one is likely meant.
func unknownField(path string, fields *structural.Structural) Fault {
	parent, name := parentOf(path)
	known := fieldsAt(parent, fields)
	if at := schemaAt(parent, fields); at != nil && at.Type == "string" { // an object as it is written elsewhere
		advice := "write what stands behind " + name + " by itself"
		if text := example(at); text != "" {
			advice += ", e.g. " + text
		}
		return Fault{Field: parent, Message: "it must be a text and has no fields", Advice: advice}
	}
	f := Fault{Field: path, Message: fmt.Sprintf("there is no field %s here", name), Advice: playbook.DidYouMean(name, known)}
	if inside := above(parent, name, fields); inside != "" {
		f.Advice = "write it beside " + inside + ", not in it; "
	}
	switch {
	case len(known) == 0:
		f.Advice = "take it out"
	case len(known) <= mostNamed || f.Advice == "":
		f.Advice += "the fields are: " + listed(known)
	default:
		f.Advice = strings.TrimSuffix(f.Advice, " ")
	}
	return f
}

// above is the field beside which one of a name stands further up; "" where there is none. What every object begins with is meant
// by nobody.
func above(path, name string, fields *structural.Structural) (beside string) {
	for path != "" && !slices.Contains([]string{"apiVersion", "kind", "metadata", "spec", "status"}, name) {
		path, beside = parentOf(path)
		if at := schemaAt(path, fields); at != nil && at.Properties[name].Type != "" {
			beside, _, _ = strings.Cut(beside, "[")
			return beside
		}
	}
	return ""
}

func listed(names []string) string {
	if len(names) > mostNamed {
		return strings.Join(names[:mostNamed], ", ") + " and more"
	}
	return strings.Join(names, ", ")
}

func parentOf(path string) (parent, name string) {
	at := strings.LastIndex(path, ".")
	return path[:max(at, 0)], path[at+1:]
}

var metadataFields = []string{"annotations", "finalizers", "generateName", "labels", "name", "namespace", "ownerReferences"}

// fieldsAt are the fields of the object at a path, sorted.
func fieldsAt(path string, s *structural.Structural) []string {
	if path == "metadata" {
		return metadataFields
	}
	if at := schemaAt(path, s); at != nil {
		return slices.Sorted(maps.Keys(at.Properties))
	}
	return nil
}

// schemaAt is the schema of what stands at a path; nil where there is none.
func schemaAt(path string, s *structural.Structural) *structural.Structural {
	for _, step := range strings.FieldsFunc(path, func(c rune) bool { return c == '.' || c == '[' || c == ']' }) {
		switch {
		case s == nil:
			return nil
		case s.Items != nil:
			s = s.Items
		case s.AdditionalProperties != nil && s.AdditionalProperties.Structural != nil:
			s = s.AdditionalProperties.Structural
		default:
			next, is := s.Properties[step]
			if !is {
				return nil
			}
			s = &next
		}
	}
	return s
}
