package playbook

import (
	"os"
	"regexp"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/api/v1alpha1"
)

func render(t testing.TB, source string, data TemplateData) string {
	t.Helper()
	parsed, err := ParseTemplate(source)
	if err != nil {
		t.Fatalf("%s: %v", source, err)
	}
	var text strings.Builder
	if err := parsed.Execute(&text, data); err != nil {
		t.Fatalf("%s: %v", source, err)
	}
	return text.String()
}

func TestTemplates(t *testing.T) {
	for source, want := range map[string]string{
		`plain`: "plain",
		`{{.Case}} {{.Step | upper}} {{lower "ABC"}}`:                                   "TS1 WRITE abc",
		`{{default "nobody" .Commander}}/{{.Level | default "none"}}`:                   "nobody/serious",
		`{{if and .Drill (not .Overdue)}}drill{{else if gt .Round 1}}{{.Round}}{{end}}`: "2",
		`{{with .Case}}{{.}} {{$.Level}}{{else}}{{.Record}}{{end}}`:                     "TS1 serious",
		`{{with .Commander}}{{.}}{{else}}{{.Record}}{{end}}`:                            "c-1",
		`{{$c := .Case}}{{if eq $c "TS1" "TS2"}}one of two{{end}}{{/* quiet */}}`:       "one of two",
		`{{- "trim" -}}   `: "trim",
	} {
		NewWithT(t).Expect(render(t, source, TemplateData{Case: "TS1", Record: "c-1", Step: "write", Level: "serious", Round: 2})).To(Equal(want), source)
	}
}

func TestTemplatesRefuseTheRest(t *testing.T) {
	for source, want := range map[string]string{
		`{{.Nam}}`:                             "line 1: there is no field Nam; the fields are: Case, Record",
		"\n{{if .Drill}}{{.Nam}}{{end}}":       "line 2: there is no field Nam",
		`{{if .Drill}}{{else}}{{.Nam}}{{end}}`: "there is no field Nam",
		`{{$.Nam}}`:                            "there is no field Nam",
		`{{.Case.Length}}`:                     "no fields of its own",
		`{{$x := .Case}}{{$x.Nam}}`:            "variable $x has no fields",
		`{{with .Case}}{{.Level}}{{end}}`:      "inside with, write $.Level",
		`{{.}}`:                                "name a field",
		`{{$}}`:                                "name a field",
		`{{range 1000000000}}x{{end}}`:         "can only use",
		`{{template "x"}}`:                     "can only use",
		`{{define "x"}}y{{end}}`:               "further texts",
		`{{printf "%999999999d" 1}}`:           "there is no function printf",
		`{{call .Case}}`:                       "there is no function call",
		`{{env "HOME"}}`:                       `function "env" not defined`,
		`{{(.Case).Level}}`:                    "cannot be used",
		`{{nil}}`:                              "nil",
		`{{eq .Drill "yes"}}`:                  "incompatible types",
		`{{if .Drill}}{{upper .Round}}{{end}}`: "line 1: <.Round>: wrong type",
		`{{.Case`:                              "line 1: unclosed action",
		`{{if .Case}}`:                         "unexpected EOF",
		strings.Repeat("a", maxRendered+1):     "longer than",
	} {
		_, err := ParseTemplate(source)
		NewWithT(t).Expect(err).To(MatchError(ContainSubstring(want)), "%.60s", source)
		NewWithT(t).Expect(err.Error()).NotTo(MatchRegexp("template:|text:[0-9]|executing"), "%.60s", source)
	}
}

// Each built-in text can be carried out in both languages, says which case it is about and marks an exercise.
func TestBuiltinTemplates(t *testing.T) {
	g := NewWithT(t)
	g.Expect(BuiltinTemplates()).To(Equal([]string{"actionAssigned", "actionOverdue", "approvalVoid", "assemble", "givenUp", "overdue", "postMortemOpened", "reminder", "roleAssigned", "surveyInvitation", "taskAssigned", "taskTaken", "uncertain", "undelivered"}))
	for _, name := range BuiltinTemplates() {
		template, ok := BuiltinTemplate(name)
		g.Expect(ok).To(BeTrue())
		g.Expect(template.PersonalData).To(BeEmpty(), name)
		g.Expect(template.Texts).To(HaveLen(2))
		g.Expect(template.Texts[0].Locale).To(Equal(v1alpha1.LocaleEnglish))
		g.Expect(template.Texts[1].Locale).To(Equal(v1alpha1.LocaleChinese))
		for _, text := range template.Texts {
			for _, data := range []TemplateData{{Case: "TS1"}, {Case: "TS1", Drill: true, Round: 2, Link: "https://example.org", Recipient: "Lin"}} {
				subject := render(t, text.Subject, data)
				g.Expect(subject).To(MatchRegexp(`^(\[Drill\] |【演练】)?TS1(: |：)`), name)
				long := TemplateData{Case: "TS20260302001", StepName: "approve remedy", StepTitle: strings.Repeat("long ", 40), Role: "department-manager", Drill: data.Drill}
				g.Expect(len([]rune(render(t, text.Subject, long)))).To(BeNumerically("<=", 70), name)
				g.Expect(subject).NotTo(ContainSubstring("\n"))
				g.Expect(subject+render(t, text.Body, data)).To(ContainSubstring("TS1"), name)
				g.Expect(strings.Contains(subject, "Drill") || strings.Contains(subject, "演练")).To(Equal(data.Drill), name)
			}
		}
	}
}

// A caller that changes what it was given must not change the product's text.
func TestBuiltinTemplatesAreCopies(t *testing.T) {
	g := NewWithT(t)
	first, _ := BuiltinTemplate("overdue")
	first.Texts[0].Subject = "changed"
	second, _ := BuiltinTemplate("overdue")
	g.Expect(second.Texts[0].Subject).NotTo(Equal("changed"))
}

func FuzzTemplate(f *testing.F) {
	f.Add(`{{if .Drill}}{{.Case}}{{else}}{{default "x" .Due | upper}}{{end}}`)
	f.Add(`{{with $x := .Case}}{{$.Level}}{{end}}`)
	f.Fuzz(func(t *testing.T, source string) {
		if parsed, err := ParseTemplate(source); err == nil {
			_ = parsed.Execute(&limited{left: maxRendered}, sampleData)
		}
	})
}

// What the documents list is what the code has.
func TestDocumentsAreComplete(t *testing.T) {
	g := NewWithT(t)
	expressions := readDocument(t, "expressions.md")
	e, _ := conditions(t, v1alpha1.RecordComplaint)
	for prefix, fields := range map[string][]structField{
		"complaint.": complaintFields, "complaint.remedy.": remedyFields, "incident.": incidentFields, "steps.<name>.": stepFields, "run.": runFields,
	} {
		for _, f := range fields {
			g.Expect(expressions).To(ContainSubstring("| `" + prefix + f.name + "` | " + typeName(f) + " | " + f.doc + " |"))
		}
		listed := regexp.MustCompile("(?m)^\\| `"+regexp.QuoteMeta(prefix)+"[A-Za-z]+`").FindAllString(expressions, -1)
		g.Expect(listed).To(HaveLen(len(fields)), prefix)
	}
	for _, name := range e.functionNames() {
		g.Expect(expressions).To(ContainSubstring("`" + name + "`"))
	}
	playbook := readDocument(t, "playbook.md")
	for _, field := range templateFields {
		g.Expect(playbook).To(ContainSubstring("| `." + field + "` |"))
	}
	for _, name := range append(BuiltinTemplates(), templateFunctions...) {
		g.Expect(playbook).To(ContainSubstring("`" + name + "`"))
	}
	for name := range strings.SplitSeq(strings.TrimSuffix(actionNames, " (not inside a repeat)"), ", ") {
		g.Expect(playbook).To(ContainSubstring("`" + name + "`"))
	}
}

func typeName(f structField) string {
	if typ := f.ft.Type.String(); typ != typeRemedy {
		return typ
	}
	return "see below"
}

func readDocument(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile("../../docs/spec/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
