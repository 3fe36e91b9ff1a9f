package pack

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"reflect"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
	kjson "sigs.k8s.io/json"
)

// Decode reads the one object of a file that is no object of a cluster, such as a cast, and then asks what is wrong with its
// fields. The error names file and line of everything that is wrong, in the order of lines; page says where the fields are
// described.
func Decode(file string, text []byte, into any, page string, wrong func() []Fault) error {
	documents, faults := Read(file, text)
	switch {
	case len(faults) > 0:
		return join(faults)
	case len(documents) > 1:
		return Fault{File: file, Line: documents[1].Line, Message: "there is a second document", Advice: "write one file for each"}
	case len(documents) == 0:
		documents = []Document{{File: file, Object: map[string]any{}}} // nothing but defaults
	}
	d := &documents[0]
	data, err := json.Marshal(d.Object)
	if err != nil {
		return Fault{File: file, Line: d.Line, Message: "it cannot be read: " + err.Error(), Advice: page + " says what stands here"}
	}
	unknown, err := kjson.UnmarshalStrict(data, into)
	if err != nil {
		field, why := misfit(d, culprit(d.Object, reflect.TypeOf(into).Elem()), err)
		return Fault{File: file, Line: d.LineOf(field), Field: field, Message: why, Advice: page + " says what stands here"}
	}
	for _, err := range unknown {
		name := err.Error()
		if m := unknownField.FindStringSubmatch(name); m != nil {
			name = m[1]
		}
		faults = append(faults, Fault{Field: name, Message: "there is no such field", Advice: "correct it or take it out; " + page + " lists the fields"})
	}
	faults = append(faults, wrong()...)
	for i := range faults {
		faults[i].File, faults[i].Line = file, d.LineOf(faults[i].Field)
	}
	slices.SortStableFunc(faults, func(a, b Fault) int { return a.Line - b.Line })
	return join(faults)
}

// join is all faults as one error, nil without any.
func join(faults []Fault) error {
	all := make([]error, len(faults))
	for i, f := range faults {
		all[i] = f
	}
	return errors.Join(all...)
}

// kinds are what values are called that a type of Go takes.
var kinds = map[reflect.Kind]string{
	reflect.String: "a text", reflect.Bool: "true or false", reflect.Slice: "a list", reflect.Struct: "an object", reflect.Map: "an object",
	reflect.Int: "a whole number", reflect.Int32: "a whole number", reflect.Int64: "a whole number", reflect.Uint64: "a whole number, 0 or more",
}

// values are what Go calls values, and what people call them.
var values = map[string]string{"string": "a text", "bool": "true or false", "array": "a list", "object": "an object", "number": "a number"}

// misfit says why a value does not fit into a field or into one below it, and into which.
func misfit(d *Document, field string, err error) (at, why string) {
	var moment *time.ParseError
	if errors.As(err, &moment) {
		return field, fmt.Sprintf("%s is no moment: write day, time and zone, e.g. 2026-03-02T09:00:00Z", moment.Value)
	}
	var wrong *json.UnmarshalTypeError
	if !errors.As(err, &wrong) {
		return field, strings.TrimPrefix(err.Error(), "json: ")
	}
	if top, rest, below := strings.Cut(wrong.Field, "."); below && strings.TrimRight(field, "[]0123456789") == top { // Go's path has no indexes
		field += "." + rest
	}
	of, number, _ := strings.Cut(wrong.Value, " ")
	is, wanted, written, stands := cmp.Or(values[of], wrong.Value), cmp.Or(kinds[wrong.Type.Kind()], wrong.Type.String()), cmp.Or(number, "it"), "stands"
	if _, n := d.find(field); n != nil && n.Kind == yaml.ScalarNode {
		written = n.Value // Go's is rounded beyond 64 bits
	}
	if number != "" {
		is = "the number " + written
	}
	if n, whole := new(big.Int).SetString(written, 0); whole && of == "number" && wrong.Type.Kind() != reflect.String {
		stands = map[bool]string{true: "is too small", false: "is too large"}[n.Sign() < 0]
	}
	why = fmt.Sprintf("%s %s where %s is read", is, stands, wanted)
	if wrong.Type.Kind() == reflect.String && (of == "bool" || of == "number") {
		why += ": put quotes around " + written + ", because y, n, yes, no, on, off, true, false and numbers are no texts without"
	}
	return field, why
}

// culprit is the deepest field that cannot be read by itself as part of a type; empty where each can.
func culprit(object map[string]any, as reflect.Type) string {
	readable := func(object any) bool {
		data, err := json.Marshal(object)
		return err == nil && kjson.UnmarshalCaseSensitivePreserveInts(data, reflect.New(as).Interface()) == nil
	}
	// in puts a value where it stands, alone.
	var narrow func(field string, value any, in func(any) any) string
	narrow = func(field string, value any, in func(any) any) string {
		switch v := value.(type) {
		case map[string]any:
			if !readable(in(map[string]any{})) {
				return field
			}
			for _, name := range slices.Sorted(maps.Keys(v)) {
				alone := func(value any) any { return in(map[string]any{name: value}) }
				if !readable(alone(v[name])) {
					return narrow(strings.TrimPrefix(field+"."+name, "."), v[name], alone)
				}
			}
		case []any:
			if !readable(in([]any{})) {
				return field
			}
			for i, entry := range v {
				alone := func(value any) any { return in([]any{value}) }
				if !readable(alone(entry)) {
					return narrow(fmt.Sprintf("%s[%d]", field, i), entry, alone)
				}
			}
		}
		return field
	}
	return narrow("", object, func(value any) any { return value })
}
