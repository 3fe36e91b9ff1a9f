package intake

import (
	"encoding/csv"
	"errors"
	"os"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	. "github.com/onsi/gomega"
	"pgregory.net/rapid"
)

var dnsName = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`)

// Whatever the bytes, reading ends, each row gives an item the API would take or an error with its line, and lines
// only go forward.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		"", head, head + "A1,2024-05-21 09:30,It leaks.\n", head + "A1,1/2/2006,\"a\n\"\"b\"\"\"\r\nA2,,\n",
		head + "A1,2024-05-21 09:30,\"open\nA2,2024-05-21 09:30,x\n", "\ufeff" + head + "\x00,\xff,\"\"\n", head + ",,,,,\n\"\n\"\"\n",
	} {
		f.Add([]byte(seed))
	}
	m := desk(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		line := 0
		for item, err := range m.Read(strings.NewReader(string(data)), "f.csv") {
			if row := (*RowError)(nil); errors.As(err, &row) {
				if row.Line <= line || row.Message == "" {
					t.Fatalf("line %d after %d: %v", row.Line, line, row)
				}
				line = row.Line
				continue
			}
			if err != nil {
				continue
			}
			if item.Line <= line {
				t.Fatalf("line %d after %d", item.Line, line)
			}
			line = item.Line
			c := item.Complaint
			statement := c.Spec.Statement
			if n := utf8.RuneCountInString(statement); n == 0 || n > MaxStatement || !utf8.ValidString(statement) {
				t.Fatalf("a statement of %d characters", n)
			}
			if strings.ContainsFunc(statement, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }) {
				t.Fatal("a control character")
			}
			if !dnsName.MatchString(c.Name) || len(c.Name) > 63 || c.Spec.ReceivedAt.IsZero() {
				t.Fatalf("name %q, received %s", c.Name, c.Spec.ReceivedAt)
			}
		}
	})
}

// Whatever the bytes, they are a mapping that reads rows, or it is said in which file what is wrong.
func FuzzMapping(f *testing.F) {
	text, err := os.ReadFile("testdata/desk.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	for _, seed := range []string{
		"", "kind: ImportMapping\nname: a\ncolumns: {t: [text, Text]}\nfields: {statement: row.t}\nscript: {checkFacts: 'row.t.split(\">\")[0]', x: \"row['t']\"}\n",
		"kind: ImportMapping\nname: a\ndelimiter: ';'\ntimeZone: Asia/Shanghai\ncolumns: {t: [a], u: [b]}\nreceivedAt: {value: row.u, formats: ['2006']}\nfields: {statement: row.t, affected: 'int(row.u)'}\ncontact: {email: row.u}\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := ParseMapping("m.yaml", text)
		if err != nil {
			if m != nil || !strings.HasPrefix(err.Error(), "m.yaml") {
				t.Fatalf("it does not say where: %v", err)
			}
			return
		}
		for item, err := range m.Read(strings.NewReader("text,a,b\nx,y,2024\nfounded>unfounded,1,z\n"), "f.csv") {
			if err == nil && !dnsName.MatchString(item.Complaint.Name) {
				t.Fatalf("name %q", item.Complaint.Name)
			}
		}
	})
}

// What a CSV writer wrote is read back field for field.
func TestSplitterReadsWhatAWriterWrote(t *testing.T) {
	cell := rapid.StringOfN(rapid.SampledFrom([]rune("ab,;\"\n\r 漏\t")), 0, 6, -1)
	rapid.Check(t, func(t *rapid.T) {
		g := NewWithT(t)
		comma := rapid.SampledFrom([]rune(",;\t")).Draw(t, "comma")
		rows := rapid.SliceOfN(rapid.SliceOfN(cell, 2, 4), 0, 5).Draw(t, "rows")
		var text strings.Builder
		w := csv.NewWriter(&text)
		w.Comma, w.UseCRLF = comma, rapid.Bool().Draw(t, "crlf")
		g.Expect(w.WriteAll(rows)).To(Succeed())

		plain := csv.NewReader(strings.NewReader(text.String()))
		plain.Comma, plain.FieldsPerRecord = comma, -1
		want, err := plain.ReadAll()
		g.Expect(err).NotTo(HaveOccurred())

		s := newSplitter(strings.NewReader(text.String()), comma)
		var got [][]string
		for {
			rec, err := s.next()
			if err != nil {
				break
			}
			g.Expect(rec.problem).To(BeEmpty())
			got = append(got, rec.fields)
		}
		g.Expect(got).To(Equal(want))
	})
}
