package intake

import (
	"os"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

// A mapping that is wrong is refused with every mistake, each with its field.
func TestLoadMappingTellsWhatIsWrong(t *testing.T) {
	good, err := os.ReadFile("testdata/desk.yaml")
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	for _, c := range []struct{ name, old, new, want string }{
		{"not YAML", "kind: ImportMapping", "kind: [", "desk.yaml: yaml: "},
		{"unknown key", "require:", "requires:", `desk.yaml: json: unknown field "requires"; docs/spec/import.md lists the fields`},
		{"wrong shape", "id: row.number", "id: [row.number]", "desk.yaml: json: cannot unmarshal array into Go struct field mappingFile.id of type string"},
		{"another kind", "kind: ImportMapping", "kind: Playbook", `desk.yaml: kind: is "Playbook"; a mapping says "kind: ImportMapping"`},
		{"bad name", "name: desk", "name: My Desk", `desk.yaml: name: is "My Desk"; write at most 32 small letters`},
		{"bad delimiter", "name: desk", "name: desk\ndelimiter: ab", `desk.yaml: delimiter: is "ab"; write the one character`},
		{"quote as delimiter", "name: desk", "name: desk\ndelimiter: '\"'", `desk.yaml: delimiter: is "\""; write the one character`},
		{"bad zone", "Asia/Shanghai", "Mars/Olympus", `desk.yaml: timeZone: there is no time zone "Mars/Olympus"`},
		{"column without header", "mood: [Mood, mood]", "mood: []", "desk.yaml: columns.mood: name at least one header"},
		{"column CEL cannot spell", "call: [", "call-me: [", "desk.yaml: columns.call-me: is no name an expression can spell"},
		{"header of two columns", "mood: [Mood, mood]", "mood: [Tags]", `desk.yaml: columns.tags: the header "Tags" belongs to mood already`},
		{"required column unknown", "require: [number,", "require: [numbr,", `desk.yaml: require[0]: there is no column "numbr"; use one of: about, call,`},
		{"expression that cannot be read", "id: row.number", "id: 'row.number +'", "desk.yaml: id: the expression is wrong at character"},
		{"unknown column", "id: row.number", "id: row.numbr", `desk.yaml: id: there is no column "numbr"; add it to columns, or use one of: about`},
		{"unknown column by index", "id: row.number", `id: row["numbr"]`, `desk.yaml: id: there is no column "numbr"`},
		{"unknown function", "id: row.number", "id: now()", "desk.yaml: id: the expression is wrong at character 4: undeclared reference to 'now'"},
		{"wrong type", "product: row.about", "product: row.about == ''", "desk.yaml: fields.product: the expression gives bool, but a text is needed"},
		{"not a list", "row.tags == '' ? [] : row.tags.split('|')", "row.tags", "desk.yaml: fields.signals: the expression gives string, but a list of texts is needed"},
		{"list of numbers", "row.tags == '' ? [] : row.tags.split('|')", "[1]", "desk.yaml: fields.signals: the expression gives list(int), but a list of texts is needed"},
		{"unknown field", "product: row.about", "products: row.about", "desk.yaml: fields.products: there is no such field; use one of: aboutTeams, aboutUsers, affected,"},
		{"no statement", "statement: row.text", "place: row.text", "desk.yaml: fields.statement: is missing"},
		{"unknown contact", "phone: row.call", "fax: row.call", "desk.yaml: contact.fax: there is no such contact; use one of: name, email, phone"},
		{"webhook of a complainant", "phone: row.call", "webhook: row.call", "desk.yaml: contact.webhook: a complainant's webhook is never called, so it is not kept; leave it out, or give email"},
		{"format that is none", `"1/2/2006"`, `"DD.MM.YYYY"`, `desk.yaml: receivedAt.formats[1]: "DD.MM.YYYY" is no format; write how 2 January 2006, 15:04:05 would look`},
		{"formats without value", "value: row.received", "", "desk.yaml: receivedAt.value: is missing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := NewWithT(t)
			g.Expect(string(good)).To(ContainSubstring(c.old))
			m, err := LoadMapping(strings.NewReader(strings.Replace(string(good), c.old, c.new, 1)), "desk.yaml")
			g.Expect(m).To(BeNil())
			g.Expect(err).To(MatchError(ContainSubstring(c.want)))
		})
	}
}

func TestLoadMappingTellsEverythingAtOnce(t *testing.T) {
	g := NewWithT(t)
	_, err := LoadMapping(strings.NewReader("kind: X\nname: ''\n"), "m.yaml")
	g.Expect(strings.Split(err.Error(), "\n")).To(ConsistOf(
		HavePrefix("m.yaml: kind:"), HavePrefix("m.yaml: name:"), HavePrefix("m.yaml: columns:"), HavePrefix("m.yaml: fields.statement:"),
	))
}

func TestLoadMappingReadsNoMoreThanAMapping(t *testing.T) {
	_, err := LoadMapping(strings.NewReader(strings.Repeat("# \n", 1<<20)), "m.yaml")
	NewWithT(t).Expect(err).To(MatchError("m.yaml: is larger than 1 MiB; this is not a mapping"))
}

// An expression that would run away on a row is stopped, and the row's other fields stay.
func TestExpressionThatCostsTooMuch(t *testing.T) {
	g := NewWithT(t)
	m, err := LoadMapping(strings.NewReader(`
kind: ImportMapping
name: dear
columns: {text: [text]}
fields:
  statement: row.text
  product: "row.text.split('').map(a, row.text.split('').map(b, a + b)).map(c, c.join('')).join('')"
`), "m.yaml")
	g.Expect(err).NotTo(HaveOccurred())
	items, errs := readAll(m, "text\n"+strings.Repeat("x", 2000)+"\n", "x.csv")
	g.Expect(errs).To(BeEmpty())
	g.Expect(items[0].Complaint.Spec.Statement).To(HaveLen(2000))
	g.Expect(items[0].Notes).To(ConsistOf("fields.product: the expression costs too much on this row; left out"))
}

func TestDelimiter(t *testing.T) {
	g := NewWithT(t)
	m, err := LoadMapping(strings.NewReader("kind: ImportMapping\nname: semi\ndelimiter: ';'\ncolumns: {text: [text], product: [product]}\nfields: {statement: row.text, product: row.product}\n"), "m.yaml")
	g.Expect(err).NotTo(HaveOccurred())
	items, errs := readAll(m, "text;product\nIt leaks, badly;\"Kettle; red\"\n", "x.csv")
	g.Expect(errs).To(BeEmpty())
	g.Expect(items[0].Complaint.Spec.Statement).To(Equal("It leaks, badly"))
	g.Expect(items[0].Complaint.Spec.Product).To(Equal("Kettle; red"))
	g.Expect(items[0].Complaint.Spec.ReceivedAt.IsZero()).To(BeTrue())
}

// The example of the spec page loads.
func TestExampleOfTheSpecLoads(t *testing.T) {
	g := NewWithT(t)
	page, err := os.ReadFile("../../docs/spec/import.md")
	g.Expect(err).NotTo(HaveOccurred())
	_, rest, _ := strings.Cut(string(page), "```yaml\n")
	example, _, _ := strings.Cut(rest, "```")
	_, err = LoadMapping(strings.NewReader(example), "import.md")
	g.Expect(err).NotTo(HaveOccurred())
	for field := range fieldShapes {
		g.Expect(string(page)).To(ContainSubstring("`"+field+"`"), "the page lists every field")
	}
}
