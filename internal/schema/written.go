package schema

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	structural "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
)

// formOf is the form that a schema asks for, with its regular expression; one without words where it asks for none that is known.
func formOf(wants *structural.Structural) (f form, asked string) {
	if wants == nil || wants.ValueValidation == nil {
		return form{}, ""
	}
	asked = wants.ValueValidation.Pattern
	return forms[asked], asked
}

// misformed is whether a value has not the form that a schema asks for, also with quotes around it.
func misformed(wants *structural.Structural, written any) bool {
	f, asked := formOf(wants)
	return f.words != "" && !regexp.MustCompile(asked).MatchString(textOf(written))
}

// instead says what to write where a form is asked for and something else is written: texts near it that have the form, else what the
// form is.
func (f form) instead(asked, written string) string {
	meant := slices.DeleteFunc(slices.Concat(spansNear(written), timesNear(written)), func(text string) bool {
		return !regexp.MustCompile(asked).MatchString(text)
	})
	if len(meant) > 0 {
		return "write " + strings.Join(meant, " or ")
	}
	return f.words + ", e.g. " + strings.Join(f.examples, ", ")
}

// spansNear are the spans that a number without a unit may mean.
func spansNear(written string) []string {
	if _, err := strconv.ParseUint(written, 10, 64); err != nil {
		return nil
	}
	return []string{written + "d", written + "h"}
}

var timeOfDay = regexp.MustCompile(`^([0-9]{1,2})(?:[:.]([0-9]{2}))?$`)

// timesNear are the times of day that one without a zero in front, without minutes or with a dot may mean.
func timesNear(written string) []string {
	m := timeOfDay.FindStringSubmatch(written)
	if m == nil {
		return nil
	}
	return []string{fmt.Sprintf("%02s:%02s", m[1], m[2])}
}

// textOf is what a value looks like between quotes.
func textOf(written any) string {
	if number, is := written.(float64); is {
		return strconv.FormatFloat(number, 'f', -1, 64)
	}
	return fmt.Sprint(written)
}

// valueAt is what stands at a path; nil where nothing does.
func valueAt(path string, object map[string]any) any {
	var at any = object
	for _, step := range strings.FieldsFunc(path, func(c rune) bool { return c == '.' || c == '[' || c == ']' }) {
		switch in := at.(type) {
		case map[string]any:
			at = in[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(in) {
				return nil
			}
			at = in[i]
		default:
			return nil
		}
	}
	return at
}
