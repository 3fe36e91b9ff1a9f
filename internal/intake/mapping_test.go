package intake

import (
	"os"
	"regexp"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

// A mapping that is wrong is refused with every mistake, each with its field.
func TestMappingTellsWhatIsWrong(t *testing.T) {
	good, err := os.ReadFile("testdata/desk.yaml")
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	for _, c := range []struct{ name, old, new, want string }{
		{"not YAML", "kind: ImportMapping", "kind: [", "it is no YAML: "},
		{"unknown key", "require:", "requires:", "requires: there is no such field; correct it or take it out; docs/spec/import.md lists the fields"},
		{"wrong shape", "id: row.number", "id: [row.number]", "id: a list stands where a text is read; docs/spec/import.md says what stands here"},
		{"another kind", "kind: ImportMapping", "kind: Playbook", `kind: is "Playbook"; a mapping says "kind: ImportMapping"`},
		{"bad name", "name: desk", "name: My Desk", `name: is "My Desk"; write at most 32 small letters`},
		{"bad delimiter", "name: desk", "name: desk\ndelimiter: ab", `delimiter: is "ab"; write the one character`},
		{"quote as delimiter", "name: desk", "name: desk\ndelimiter: '\"'", `delimiter: is "\""; write the one character`},
		{"bad zone", "Asia/Shanghai", "Mars/Olympus", `timeZone: there is no time zone "Mars/Olympus"`},
		{"column without header", "mood: [Mood, mood]", "mood: []", "columns.mood: name at least one header"},
		{"column CEL cannot spell", "call: [", "call-me: [", "columns.call-me: is no name an expression can spell"},
		{"header of two columns", "mood: [Mood, mood]", "mood: [Tags]", `columns.tags: the header "Tags" belongs to mood already`},
		{"required column unknown", "require: [number,", "require: [numbr,", `require[0]: there is no column "numbr"; use one of: about, call,`},
		{"expression that cannot be read", "id: row.number", "id: 'row.number +'", "id: the expression is wrong at character"},
		{"unknown column", "id: row.number", "id: row.numbr", `id: there is no column "numbr"; add it to columns, or use one of: about`},
		{"unknown column by index", "id: row.number", `id: row["numbr"]`, `id: there is no column "numbr"`},
		{"unknown function", "id: row.number", "id: now()", "id: the expression is wrong at character 4: undeclared reference to 'now'"},
		{"wrong type", "product: row.about", "product: row.about == ''", "fields.product: the expression gives bool, but a text is needed"},
		{"not a list", "row.tags == '' ? [] : row.tags.split('|')", "row.tags", "fields.signals: the expression gives string, but a list of texts is needed"},
		{"list of numbers", "row.tags == '' ? [] : row.tags.split('|')", "[1]", "fields.signals: the expression gives list(int), but a list of texts is needed"},
		{"unknown field", "product: row.about", "products: row.about", "fields.products: there is no such field; use one of: aboutTeams, aboutUsers, affected,"},
		{"no statement", "statement: row.text", "place: row.text", "fields.statement: is missing"},
		{"unknown contact", "phone: row.call", "fax: row.call", "contact.fax: there is no such contact; use one of: name, email, phone"},
		{"webhook of a complainant", "phone: row.call", "webhook: row.call", "contact.webhook: a complainant's webhook is never called, so it is not kept; leave it out, or give email"},
		{"format that is none", `"1/2/2006"`, `"DD.MM.YYYY"`, `receivedAt.formats[1]: "DD.MM.YYYY" is no format of a date; write how 2 January 2006, 15:04:05 would look`},
		{"format that is none, in small letters", `"1/2/2006"`, `dd.mm.yyyy`, `receivedAt.formats[1]: "dd.mm.yyyy" is no format of a date; `},
		{"format without a month", `"1/2/2006"`, `02.mm.2006`, `receivedAt.formats[1]: "02.mm.2006" is no format of a date; `},
		{"header that is no text", "mood: [Mood, mood]", "mood: [Mood, No]", `columns.mood[1]: true or false stands where a text is read: put quotes around No, because y, n, yes, no, on`},
		{"formats without value", "value: row.received", "", "receivedAt.value: is missing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := NewWithT(t)
			g.Expect(string(good)).To(ContainSubstring(c.old))
			m, err := ParseMapping("desk.yaml", []byte(strings.Replace(string(good), c.old, c.new, 1)))
			g.Expect(m).To(BeNil())
			g.Expect(err).To(MatchError(MatchRegexp(`(?m)^desk\.yaml:[1-9][0-9]*: ` + regexp.QuoteMeta(c.want))))
		})
	}
}

func TestMappingTellsEverythingAtOnce(t *testing.T) {
	g := NewWithT(t)
	_, err := ParseMapping("m.yaml", []byte("kind: X\nname: ''\n"))
	g.Expect(strings.Split(err.Error(), "\n")).To(ConsistOf(
		HavePrefix("m.yaml:1: kind:"), HavePrefix("m.yaml:2: name:"), HavePrefix("m.yaml:1: columns:"), HavePrefix("m.yaml:1: fields.statement:"),
	))
}

func TestMappingReadsNoMoreThanAMapping(t *testing.T) {
	_, err := ParseMapping("m.yaml", []byte(strings.Repeat("# \n", 1<<20)))
	NewWithT(t).Expect(err).To(MatchError("m.yaml: it is larger than 1 MiB, so it is no mapping; name another file"))
}

// An expression that would run away on a row is stopped, and the row's other fields stay.
func TestExpressionThatCostsTooMuch(t *testing.T) {
	g := NewWithT(t)
	m, err := ParseMapping("m.yaml", []byte(`
kind: ImportMapping
name: dear
columns: {text: [text]}
fields:
  statement: row.text
  product: "row.text.split('').map(a, row.text.split('').map(b, a + b)).map(c, c.join('')).join('')"
`))
	g.Expect(err).NotTo(HaveOccurred())
	items, errs := readAll(m, "text\n"+strings.Repeat("x", 2000)+"\n", "x.csv")
	g.Expect(errs).To(BeEmpty())
	g.Expect(items[0].Complaint.Spec.Statement).To(HaveLen(2000))
	g.Expect(items[0].Notes).To(ConsistOf("fields.product: the expression costs too much on this row; left out"))
}

func TestDelimiter(t *testing.T) {
	g := NewWithT(t)
	m, err := ParseMapping("m.yaml", []byte("kind: ImportMapping\nname: semi\ndelimiter: ';'\ncolumns: {text: [text], product: [product]}\nfields: {statement: row.text, product: row.product}\n"))
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
	_, err = ParseMapping("import.md", []byte(example))
	g.Expect(err).NotTo(HaveOccurred())
	for field := range fieldShapes {
		g.Expect(string(page)).To(ContainSubstring("`"+field+"`"), "the page lists every field")
	}
}
