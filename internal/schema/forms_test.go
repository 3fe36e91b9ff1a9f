package schema

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"sigs.k8s.io/yaml"

	"tocsin.dev/tocsin/config"
)

// Every form that a schema asks for is told in words, with texts that have it.
func TestEveryFormIsToldInWords(t *testing.T) {
	g := NewWithT(t)
	asked := map[string]bool{}
	var patterns func(v any)
	patterns = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			if pattern, is := v["pattern"].(string); is {
				asked[pattern] = true
			}
			for _, of := range v {
				patterns(of)
			}
		case []any:
			for _, of := range v {
				patterns(of)
			}
		}
	}
	for _, folder := range []string{"../../config/crd/bases", "../policytest/schema"} {
		files, err := filepath.Glob(folder + "/*.yaml")
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(files).NotTo(BeEmpty())
		for _, file := range files {
			text, err := os.ReadFile(file)
			g.Expect(err).NotTo(HaveOccurred())
			var content any
			g.Expect(yaml.Unmarshal(text, &content)).To(Succeed())
			patterns(content)
		}
	}
	for pattern := range asked {
		g.Expect(forms).To(HaveKey(pattern))
	}
	for pattern, form := range forms {
		g.Expect(asked).To(HaveKey(pattern), "nothing asks for this form")
		for _, example := range form.examples {
			g.Expect(regexp.MustCompile(pattern).MatchString(example)).To(BeTrue())
		}
	}
}

// What the API server's code says is told in words: of what, and of which entry.
func TestWhatBreaksASchemaIsTold(t *testing.T) {
	at := field.NewPath("spec", "steps").Index(2)
	for name, tt := range map[string]struct {
		err  *field.Error
		says Fault
	}{
		"a form":         {field.Invalid(at, "soon", "spec.steps[2] in body should match '^([0-9]{1,4}d)?([0-9]{1,4}h)?([0-9]{1,4}m)?([0-9]{1,5}s)?$'"), Fault{"spec.steps[2]", "it has the wrong form", "write days, hours, minutes, seconds in this order, e.g. 1d, 4h, 1h30m, 90s"}},
		"a name twice":   {field.Duplicate(at, map[string]any{"name": "checkFacts"}), Fault{"spec.steps[2]", `"checkFacts" stands in the list twice`, "remove one of the two, or rename it"}},
		"two keys twice": {field.Duplicate(at, map[string]any{"locale": "en", "kind": "Email"}), Fault{"spec.steps[2]", `"Email" "en" stands in the list twice`, "remove one of the two, or rename it"}},
		"a word twice":   {field.Duplicate(at, "handler"), Fault{"spec.steps[2]", `"handler" stands in the list twice`, "remove one of the two, or rename it"}},
		"the whole":      {field.Invalid(nil, "object", "say what must be so: then, or assertions"), Fault{"", "say what must be so: then, or assertions", "correct it"}},
		"nothing":        {field.Invalid(at, 0, "spec.steps[2] in body should have at least 1 items"), Fault{"spec.steps[2]", "it must have at least one entry", "add what is missing, or take the field out"}},
	} {
		t.Run(name, func(t *testing.T) {
			NewWithT(t).Expect(fromError(tt.err, nil, nil)).To(Equal(tt.says))
		})
	}
}

// Where a value has the wrong type it is told how one of the right type is written, by what the field takes.
func TestWhatHasTheWrongTypeIsToldHowToWriteIt(t *testing.T) {
	kinds, err := Load(config.Files, "crd/bases")
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	for text, says := range map[string]string{
		"within: 1d":                    "spec.steps[0].within: it must be an object; write its fields, each as name: value; the fields are: elapsed, of, working, e.g. {elapsed: 1d}",
		"wait: {for: 2d}":               "spec.steps[0].wait.for: it must be an object; write its fields, each as name: value; the fields are: elapsed, working, e.g. {elapsed: 1d}",
		"remind: 2h":                    "spec.steps[0].remind: it must be a list; put it into brackets, e.g. [1d]",
		"assembleTeam: {duties: agent}": "spec.steps[0].assembleTeam.duties: it must be a list; put it into brackets, e.g. [departmentManager]",
		"repeat: {max: 2, until: 'true', steps: a}": "spec.steps[0].repeat.steps: it must be a list; write each entry on a line of its own, behind a hyphen",
		"needs: {}":              "spec.steps[0].needs: it must be a list; put it into brackets, e.g. [departmentManager]",
		"quorum: many":           "spec.steps[0].quorum: it must be a whole number; correct it",
		"pause: 1d":              "spec.steps[0].pause: it must be an object; write its fields, each as name: value; the fields are: atMost, e.g. {atMost: 1d}",
		"within: {working: 2}":   "spec.steps[0].within.working: it is a number and must be a text; write 2d or 2h",
		`within: {working: "2"}`: "spec.steps[0].within.working: it has the wrong form; write 2d or 2h",
		`within: {working: ""}`:  "spec.steps[0].within.working: it is empty; write days, hours, minutes, seconds in this order, e.g. 1d, 4h, 1h30m, 90s",
		"within: {working: yes}": "spec.steps[0].within.working: it is true or false and must be a text; write days, hours, minutes, seconds in this order, e.g. 1d, 4h, 1h30m, 90s",
		"extend: {atMost: 2}":    "spec.steps[0].extend.atMost: it is a number and must be a text; write 2d or 2h",
		"remind: [15]":           "spec.steps[0].remind[0]: it is a number and must be a text; write 15d or 15h",
		"remind: [1.5]":          "spec.steps[0].remind[0]: it is a number and must be a text; write days, hours, minutes, seconds in this order, e.g. 1d, 4h, 1h30m, 90s",
		"needs: [n]":             "spec.steps[0].needs[0]: it is true or false and must be a text; put quotes around it: y, n, yes, no, on, off, true, false and numbers are no texts without",
		"noDeadline: 5":          "spec.steps[0].noDeadline: it is a number and must be a text; put quotes around it: y, n, yes, no, on, off, true, false and numbers are no texts without",
		`noDeadline: ""`:         "spec.steps[0].noDeadline: it is empty; write something, or take the field out",
		"decision: chief":        "spec.steps[0].decision: it must be an object; write its fields, each as name: value; the fields are: by, options",
	} {
		t.Run(text, func(t *testing.T) {
			g := NewWithT(t)
			var object map[string]any
			g.Expect(yaml.Unmarshal([]byte("metadata: {name: a}\nspec: {for: Complaint, steps: [{name: a, "+text+"}]}"), &object)).To(Succeed())
			_, faults, err := kinds.Judge(t.Context(), "Playbook", object)
			g.Expect(err).NotTo(HaveOccurred())
			var said []string
			for _, f := range faults {
				said = append(said, f.Field+": "+f.Message+"; "+f.Advice)
			}
			g.Expect(said).To(ContainElement(says))
		})
	}
}

// A time of day that is nearly one is told as it should be, and nothing else is said of it: a rule that reads it would not be true.
func TestATimeOfDayIsToldAsItShouldBe(t *testing.T) {
	kinds, err := Load(config.Files, "crd/bases")
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	const from = "spec.hours[0].from: "
	for hours, says := range map[string][]string{
		`from: "8:00", to: "12:30"`:  {from + "it has the wrong form; write 08:00"},
		`from: "8.00", to: "12:30"`:  {from + "it has the wrong form; write 08:00"},
		`from: 8, to: "12:30"`:       {from + "it is a number and must be a text; write 08:00"},
		`from: "25:00", to: "12:30"`: {from + "it has the wrong form; write a time of day; 24:00 is the end of the day, e.g. 09:00, 24:00"},
		`from: "early", to: "12:30"`: {from + "it has the wrong form; write a time of day; 24:00 is the end of the day, e.g. 09:00, 24:00"},
		`from: "13:00", to: "12:30"`: {"spec.hours[0]: from must be before to; write a shift over midnight as two entries: one up to 24:00, and one from 00:00 on the days after"},
	} {
		t.Run(hours, func(t *testing.T) {
			g := NewWithT(t)
			var object map[string]any
			g.Expect(yaml.Unmarshal([]byte("metadata: {name: a}\nspec: {timeZone: UTC, hours: [{days: [Mon], "+hours+"}]}"), &object)).To(Succeed())
			_, faults, err := kinds.Judge(t.Context(), "BusinessCalendar", object)
			g.Expect(err).NotTo(HaveOccurred())
			var said []string
			for _, f := range faults {
				said = append(said, f.Field+": "+f.Message+"; "+f.Advice)
			}
			g.Expect(said).To(Equal(says))
		})
	}
}
