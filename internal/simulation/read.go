package simulation

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"

	kjson "sigs.k8s.io/json"

	"tocsin.dev/tocsin/internal/pack"
)

// problem is what is wrong with a field of a file.
type problem struct{ field, message string }

type problems []problem

func (p *problems) note(field, format string, args ...any) {
	*p = append(*p, problem{field, fmt.Sprintf(format, args...)})
}

// ParseCast reads a cast, in YAML. The error names the file, line and field of everything that is wrong.
func ParseCast(file string, text []byte) (*Cast, error) {
	c := &Cast{}
	return c, readInto(file, text, c, c.problems)
}

// ParseLoad reads a load as ParseCast reads a cast.
func ParseLoad(file string, text []byte) (*Load, error) {
	l := &Load{}
	return l, readInto(file, text, l, l.problems)
}

// readInto reads the one object of a file and looks what is wrong with it.
func readInto(file string, text []byte, into any, wrong func() problems) error {
	documents, faults := pack.Read(file, text)
	var all []error
	for _, f := range faults {
		all = append(all, f)
	}
	switch {
	case len(all) > 0:
		return errors.Join(all...)
	case len(documents) == 0:
		return nil // an empty file says nothing, which is what the defaults are for
	case len(documents) > 1:
		return pack.Fault{File: file, Line: documents[1].Line, Message: "there is a second document", Advice: "write one file for each"}
	}
	d := &documents[0]
	data, err := json.Marshal(d.Object)
	if err != nil {
		return pack.Fault{File: file, Message: "it cannot be read: " + err.Error()}
	}
	unknown, err := kjson.UnmarshalStrict(data, into)
	if err != nil {
		field := culprit(d.Object, reflect.TypeOf(into).Elem())
		return pack.Fault{File: file, Line: d.LineOf(field), Field: field, Message: strings.TrimPrefix(err.Error(), "json: "), Advice: "docs/spec/simulation.md says what stands here"}
	}
	for _, err := range unknown {
		name := err.Error()
		if m := quotedField.FindStringSubmatch(name); m != nil {
			name = m[1]
		}
		all = append(all, pack.Fault{File: file, Line: d.LineOf(name), Field: name, Message: "there is no such field", Advice: "correct it or take it out"})
	}
	for _, p := range wrong() {
		all = append(all, pack.Fault{File: file, Line: d.LineOf(p.field), Field: p.field, Message: p.message})
	}
	slices.SortStableFunc(all, func(a, b error) int { return lineOf(a) - lineOf(b) })
	return errors.Join(all...)
}

var quotedField = regexp.MustCompile(`^unknown field "([^"]+)"$`)

func lineOf(err error) int {
	var f pack.Fault
	if errors.As(err, &f) {
		return f.Line
	}
	return 0
}

// culprit is the field, or the entry of a list, that cannot be read by itself as part of a type; empty where each can.
func culprit(object map[string]any, as reflect.Type) string {
	readable := func(name string, value any) bool {
		data, err := json.Marshal(map[string]any{name: value})
		return err == nil && kjson.UnmarshalCaseSensitivePreserveInts(data, reflect.New(as).Interface()) == nil
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if readable(name, object[name]) {
			continue
		}
		entries, _ := object[name].([]any)
		for i, entry := range entries {
			if !readable(name, []any{entry}) {
				return fmt.Sprintf("%s[%d]", name, i)
			}
		}
		return name
	}
	return ""
}
