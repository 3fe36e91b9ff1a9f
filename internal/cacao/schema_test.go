package cacao_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// schemas is where the published schemas are, if they are: beside the checkout, because they are not the project's.
const schemas = "../../../shared/data/cacao/schemas"

// validator judges JSON by the published schemas. Their header says draft-07, in which unevaluatedProperties has no meaning; they
// were written for 2019-09, in which it does. strict reads them as that. A keyword it does not know ends the test.
type validator struct {
	t       testing.TB
	folder  string
	strict  bool
	loaded  map[string]map[string]any
	regexps map[string]*regexp.Regexp
}

func published(t testing.TB, strict bool) *validator {
	t.Helper()
	folder := os.Getenv("CACAO_SCHEMAS")
	if folder == "" {
		folder = schemas
	}
	if _, err := os.Stat(filepath.Join(folder, "playbook.json")); err != nil {
		t.Skipf("the published schemas are not in %s, nor does CACAO_SCHEMAS say where; they are those of github.com/oasis-open/cacao-json-schemas", folder)
	}
	return &validator{t, folder, strict, map[string]map[string]any{}, map[string]*regexp.Regexp{}}
}

// judge lists what is wrong with a document.
func (v *validator) judge(text []byte) []string {
	v.t.Helper()
	var doc any
	if err := json.Unmarshal(text, &doc); err != nil {
		v.t.Fatal(err)
	}
	faults, _ := v.check("playbook.json", v.file("playbook.json"), doc, "")
	return faults
}

func (v *validator) file(name string) map[string]any {
	if s := v.loaded[name]; s != nil {
		return s
	}
	text, err := os.ReadFile(filepath.Join(v.folder, name))
	if err != nil {
		v.t.Fatal(err)
	}
	var s map[string]any
	if err := json.Unmarshal(text, &s); err != nil {
		v.t.Fatalf("%s: %v", name, err)
	}
	v.loaded[name] = s
	return s
}

// resolve finds what a reference means, from the file it stands in.
func (v *validator) resolve(file, ref string) (string, map[string]any) {
	name, pointer, _ := strings.Cut(ref, "#")
	if name != "" {
		file = path.Join(path.Dir(file), name)
	}
	s := v.file(file)
	for part := range strings.SplitSeq(strings.Trim(pointer, "/"), "/") {
		if part != "" {
			s, _ = s[part].(map[string]any)
		}
	}
	if s == nil {
		v.t.Fatalf("%s: there is nothing at %s", file, ref)
	}
	return file, s
}

// talk are keywords that say nothing about what is valid.
var talk = []string{"$id", "$schema", "title", "description", "$defs", "default", "$comment", "examples", "contentEncoding"}

// check judges a value. It returns what is wrong, and the properties that were judged, for unevaluatedProperties.
func (v *validator) check(file string, s map[string]any, value any, at string) (faults []string, seen map[string]bool) {
	seen = map[string]bool{}
	fail := func(format string, values ...any) { faults = append(faults, at+": "+fmt.Sprintf(format, values...)) }
	into := func(of map[string]any, in string) []string {
		f, more := v.check(in, of, value, at)
		for k := range more {
			seen[k] = true
		}
		return f
	}
	object, isObject := value.(map[string]any)
	list, isList := value.([]any)
	text, isText := value.(string)
	number, isNumber := value.(float64)
	for key, k := range s {
		switch key {
		case "type":
			if !slices.ContainsFunc(types(k), func(t string) bool { return isType(t, value) }) {
				fail("it is no %v", k)
			}
		case "enum":
			if !slices.Contains(k.([]any), value) {
				fail("%v is none of %v", value, k)
			}
		case "const":
			if k != value {
				fail("%v is not %v", value, k)
			}
		case "pattern":
			if isText && !v.matches(k.(string), text) {
				fail("%q does not match %s", text, k)
			}
		case "minimum":
			if isNumber && number < k.(float64) {
				fail("%v is less than %v", number, k)
			}
		case "maximum":
			if isNumber && number > k.(float64) {
				fail("%v is more than %v", number, k)
			}
		case "minLength":
			if isText && len([]rune(text)) < int(k.(float64)) {
				fail("it is too short")
			}
		case "maxLength":
			if isText && len([]rune(text)) > int(k.(float64)) {
				fail("it is too long")
			}
		case "minItems":
			if isList && len(list) < int(k.(float64)) {
				fail("it has fewer than %v items", k)
			}
		case "minProperties":
			if isObject && len(object) < int(k.(float64)) {
				fail("it has fewer than %v properties", k)
			}
		case "required":
			for _, name := range k.([]any) {
				if _, is := object[name.(string)]; isObject && !is {
					fail("%s is missing", name)
				}
			}
		case "properties", "patternProperties":
			for name, sub := range k.(map[string]any) {
				for p, x := range object {
					if key == "properties" && p == name || key == "patternProperties" && v.matches(name, p) {
						seen[p] = true
						f, _ := v.check(file, sub.(map[string]any), x, at+"."+p)
						faults = append(faults, f...)
					}
				}
			}
		case "items":
			for i, x := range list {
				f, _ := v.check(file, k.(map[string]any), x, fmt.Sprintf("%s[%d]", at, i))
				faults = append(faults, f...)
			}
		case "$ref":
			in, of := v.resolve(file, k.(string))
			faults = append(faults, into(of, in)...)
		case "allOf":
			for _, of := range k.([]any) {
				faults = append(faults, into(of.(map[string]any), file)...)
			}
		case "anyOf", "oneOf":
			good := 0
			var why []string
			for _, of := range k.([]any) {
				f := into(of.(map[string]any), file)
				if len(f) == 0 {
					good++
				}
				why = append(why, f...)
			}
			if good == 0 || key == "oneOf" && good > 1 {
				fail("%s: %d of %d fit: %v", key, good, len(k.([]any)), why)
			}
		case "not":
			if f, _ := v.check(file, k.(map[string]any), value, at); len(f) == 0 {
				fail("it is what it must not be: %v", k)
			}
		case "if":
			f, _ := v.check(file, k.(map[string]any), value, at)
			branch := map[bool]string{true: "then", false: "else"}[len(f) == 0]
			if of, is := s[branch].(map[string]any); is {
				faults = append(faults, into(of, file)...)
			}
		case "then", "else", "unevaluatedProperties":
		default:
			if !slices.Contains(talk, key) {
				v.t.Fatalf("%s: the keyword %q of the schema is not known", file, key)
			}
		}
	}
	if s["unevaluatedProperties"] == false && v.strict {
		for p := range object {
			if !seen[p] {
				fail("there is no property %s", p)
			}
			seen[p] = true
		}
	}
	slices.Sort(faults)
	return faults, seen
}

func types(k any) []string {
	if one, is := k.(string); is {
		return []string{one}
	}
	var out []string
	for _, x := range k.([]any) {
		out = append(out, x.(string))
	}
	return out
}

func isType(t string, value any) bool {
	switch v := value.(type) {
	case nil:
		return t == "null"
	case string:
		return t == "string"
	case bool:
		return t == "boolean"
	case float64:
		return t == "number" || t == "integer" && v == float64(int64(v))
	case []any:
		return t == "array"
	}
	return t == "object"
}

func (v *validator) matches(pattern, text string) bool {
	if v.regexps[pattern] == nil {
		v.regexps[pattern] = regexp.MustCompile(pattern)
	}
	return v.regexps[pattern].MatchString(text)
}
