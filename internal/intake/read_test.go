package intake

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"time"
	"unicode/utf8"

	. "github.com/onsi/gomega"
	"sigs.k8s.io/yaml"
)

var update = flag.Bool("update", false, "write the golden files anew")

func desk(t testing.TB) *Mapping {
	t.Helper()
	text, err := os.ReadFile("testdata/desk.yaml")
	g := NewWithT(t)
	g.Expect(err).NotTo(HaveOccurred())
	m, err := ParseMapping("desk.yaml", text)
	g.Expect(err).NotTo(HaveOccurred())
	return m
}

// readAll reads a file and returns its items and what was wrong, in order.
func readAll(m *Mapping, csv, file string) (items []Item, errs []error) {
	for item, err := range m.Read(strings.NewReader(csv), file) {
		if err != nil {
			errs = append(errs, err)
		} else {
			items = append(items, item)
		}
	}
	return items, errs
}

// The whole of a small file: objects, notes and what was wrong, by line.
func TestReadGolden(t *testing.T) {
	g := NewWithT(t)
	csv, err := os.ReadFile("testdata/desk.csv")
	g.Expect(err).NotTo(HaveOccurred())
	var out bytes.Buffer
	for item, err := range desk(t).Read(bytes.NewReader(csv), "desk.csv") {
		fmt.Fprintf(&out, "# line %d\n", item.Line)
		if err != nil {
			fmt.Fprintf(&out, "# %v\n", err)
			continue
		}
		for _, note := range item.Notes {
			fmt.Fprintf(&out, "# note: %s\n", note)
		}
		for key, value := range item.Script {
			fmt.Fprintf(&out, "# script: %s = %s\n", key, value)
		}
		item.Complaint.Status.CaseNumber = "" // status is never set
		text, err := yaml.Marshal(item.Complaint)
		g.Expect(err).NotTo(HaveOccurred())
		out.Write(text)
		if item.Secret != nil {
			out.WriteString("---\n")
			text, err := yaml.Marshal(item.Secret)
			g.Expect(err).NotTo(HaveOccurred())
			out.Write(text)
		}
		out.WriteString("---\n")
	}
	if *update {
		g.Expect(os.WriteFile("testdata/desk.golden", out.Bytes(), 0o600)).To(Succeed())
	}
	want, err := os.ReadFile("testdata/desk.golden")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(out.String()).To(Equal(string(want)))
}

// Every header style, with and without a byte order mark, gives the same complaint.
func TestHeaderStyles(t *testing.T) {
	g := NewWithT(t)
	var name string
	for _, header := range []string{
		"Case no.,Received,Channel,Statement", "case_no,received_at,channel,statement",
		"\ufeffCase no.,Received,Channel,Statement", " CASE NO. , RECEIVED ,channel,STATEMENT", "Case no.,收到时间,渠道,内容",
	} {
		items, errs := readAll(desk(t), header+"\r\nA1,2024-05-21 09:30,web,It leaks.\r\n", "x.csv")
		g.Expect(errs).To(BeEmpty(), header)
		g.Expect(items).To(HaveLen(1))
		spec := items[0].Complaint.Spec
		g.Expect(spec.Statement).To(Equal("It leaks."))
		g.Expect(spec.ReceivedAt.Time).To(BeTemporally("==", time.Date(2024, 5, 21, 1, 30, 0, 0, time.UTC)))
		g.Expect(name).To(Or(BeEmpty(), Equal(items[0].Complaint.Name)))
		name = items[0].Complaint.Name
	}
}

func TestFileThatCannotBeRead(t *testing.T) {
	for _, c := range []struct{ name, csv, want string }{
		{"empty", "", "x.csv: is empty; the first line must name the columns"},
		{"lines of an old Mac", "number,received,channel\r1,2024-05-21,Phone\r2,2024-05-22,Phone\r", "x.csv: has lines that end with a carriage return alone, as some spreadsheets on a Mac write them, so all of it is one line. Save it as CSV UTF-8, or convert it with `tr '\\r' '\\n' < old.csv > new.csv`, and import that"},
		{"quoted lines of an old Mac", "\"number\",\"received\"\r\"1\",\"2024-05-21\"\r", "x.csv: has lines that end with a carriage return alone, as some spreadsheets on a Mac write them, so all of it is one line. Save it as CSV UTF-8, or convert it with `tr '\\r' '\\n' < old.csv > new.csv`, and import that"},
		{"blank lines", "\n\r\n", "x.csv: is empty; the first line must name the columns"},
		{"column missing", "Case no.,Statement\n", `x.csv: there is no column received (header "Received" or "received_at" or "收到时间"); is it the right mapping?`},
		{"column twice", "Case no.,Received,received_at,Statement\n", "x.csv: columns 2 and 3 are both received; remove one, or give it another header"},
		{"another encoding", "Case no.,Received,Statement,\xca\xd5\xb5\xbd\n", "x.csv: is not UTF-8; it looks like GBK (GB18030), as spreadsheets write it in Chinese. Save it as CSV UTF-8, or convert it with `iconv -f GB18030 -t UTF-8 old.csv > new.csv`, and import that"},
		{"two bytes a character", "\xff\xfeC\x00a\x00s\x00e\x00\n\x00", "x.csv: is not UTF-8; it looks like UTF-16. Save it as CSV UTF-8, or convert it with `iconv -f UTF-16 -t UTF-8 old.csv > new.csv`, and import that"},
		{"another delimiter", "Case no.;Received;Statement\nA1;2024-05-21 09:30;It leaks.\n", `x.csv: there is no "," in the header, so it is one field; it seems to be divided by ";": write delimiter: ";" in the mapping`},
		{"another delimiter and quotes", "\"Case no.\"\t\"Received\"\t\"Statement\"\n", `x.csv: there is no "," in the header, so it is one field; it seems to be divided by "\t": write delimiter: "\t" in the mapping`},
		{"broken header", "Case no.,Received,\"Statement\nA1,2024-05-21 09:30,It leaks.\n", "x.csv: line 1, the header, is broken: a quote is opened and not closed again; close it, or double it where it belongs to the text"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := NewWithT(t)
			items, errs := readAll(desk(t), c.csv, "x.csv")
			g.Expect(items).To(BeEmpty())
			g.Expect(errs).To(HaveLen(1))
			g.Expect(errs[0]).To(MatchError(c.want))
			g.Expect(errors.As(errs[0], new(*FileError))).To(BeTrue())
		})
	}
}

// A disk that fails in the middle is told, with where it was.
func TestReadErrorEndsTheSequence(t *testing.T) {
	g := NewWithT(t)
	r := iotest.TimeoutReader(iotest.OneByteReader(strings.NewReader("Case no.,Received,Statement\n")))
	var last error
	for _, err := range desk(t).Read(r, "x.csv") {
		last = err
	}
	g.Expect(last).To(MatchError(iotest.ErrTimeout))
	g.Expect(last).To(MatchError(ContainSubstring("x.csv: cannot be read")))
}

const head = "Case no.,Received,Statement\n"

func TestStatementAtTheBound(t *testing.T) {
	m := desk(t)
	for _, c := range []struct {
		name       string
		characters int
		whole      bool
	}{
		{"just fits", MaxStatement, true},
		{"one too many", MaxStatement + 1, false},
		{"huge", 20 * MaxStatement, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := NewWithT(t)
			items, errs := readAll(m, head+"A1,2024-05-21 09:30,"+strings.Repeat("漏", c.characters)+"\n", "x.csv")
			g.Expect(errs).To(BeEmpty())
			spec := items[0].Complaint.Spec
			g.Expect(utf8.RuneCountInString(spec.Statement)).To(Equal(min(c.characters, MaxStatement)))
			g.Expect(strings.Trim(spec.Statement, "漏")).To(BeEmpty(), "no character is cut in two")
			if c.whole {
				g.Expect(spec.Evidence).To(BeEmpty())
				g.Expect(items[0].Notes).To(BeEmpty())
				return
			}
			g.Expect(spec.Evidence).To(HaveLen(1))
			g.Expect(spec.Evidence[0].Location).To(Equal("x.csv#2"))
			g.Expect(spec.Evidence[0].Characters).To(BeEquivalentTo(c.characters))
			g.Expect(spec.Evidence[0].SHA256).To(MatchRegexp("^[0-9a-f]{64}$"))
			g.Expect(items[0].Notes).To(ConsistOf(fmt.Sprintf("fields.statement: %d characters; the first 32768 were taken, the whole is referred to as evidence", c.characters)))
		})
	}
}

func TestControlCharactersAreRemoved(t *testing.T) {
	g := NewWithT(t)
	items, errs := readAll(desk(t), head+"A1,2024-05-21 09:30,\"It\x1b[31m leaks\x00,\n\tall\u0085 over it\"\n", "x.csv")
	g.Expect(errs).To(BeEmpty())
	g.Expect(items[0].Complaint.Spec.Statement).To(Equal("It[31m leaks,\n\tall over it"))
	g.Expect(items[0].Notes).To(ConsistOf("text: control characters were removed"))
}

// A row with bytes that are no UTF-8 would lose text: it is refused, and the message says what the file probably is. It
// quotes nothing of it. The row after it is read.
func TestRowInAnotherEncoding(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"Chinese", "\xb5\xe7\xcb\xae\xba\xf8\xb4\xb5\xc1\xcb", "it looks like GBK"},
		{"Western", "Le caf\xe9 est cass\xe9.", "it looks like Windows-1252"},
		{"neither", "It leaks\x00 \xff\xfe.", "it looks like Windows-1252"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := NewWithT(t)
			items, errs := readAll(desk(t), head+"A1,2024-05-21 09:30,"+c.text+"\nA2,2024-05-21 09:30,It leaks.\n", "x.csv")
			g.Expect(errs).To(HaveLen(1))
			g.Expect(errs[0]).To(MatchError(And(HavePrefix("x.csv:2: column 3: the text is not UTF-8; "+c.want), ContainSubstring("iconv -f "), Not(ContainSubstring("leaks")))))
			g.Expect(items).To(HaveLen(1))
		})
	}
}

// After a quote that is never closed, the very next line is read again.
func TestQuoteThatIsNeverClosed(t *testing.T) {
	g := NewWithT(t)
	var csv strings.Builder
	csv.WriteString(head + "A0,2024-05-21 09:30,\"oh\n")
	for i := range 4_500 {
		fmt.Fprintf(&csv, "B%d,2024-05-21 09:30,%s\n", i, strings.Repeat("x", 1000))
	}
	items, errs := readAll(desk(t), csv.String(), "x.csv")
	g.Expect(errs).To(HaveLen(1))
	g.Expect(errs[0]).To(MatchError("x.csv:2: column 3: a quote is opened and not closed again; close it, or double it where it belongs to the text"))
	g.Expect(items).To(HaveLen(4_500))
	g.Expect(items[0].Line).To(Equal(3))
	g.Expect(items[4_499].Line).To(Equal(4_502))
}

func TestLineThatIsTooLong(t *testing.T) {
	g := NewWithT(t)
	items, errs := readAll(desk(t), head+"A0,2024-05-21 09:30,"+strings.Repeat("x", maxRecord)+"\nA1,2024-05-21 09:30,ok\n", "x.csv")
	g.Expect(errs).To(HaveLen(1))
	g.Expect(errs[0]).To(MatchError("x.csv:2: the line is longer than 4 MiB; a quote may be missing"))
	g.Expect(items).To(HaveLen(1))
	g.Expect(items[0].Line).To(Equal(3))
}

// Nothing a row says about anybody is in a message.
func TestMessagesHoldNoPersonalData(t *testing.T) {
	g := NewWithT(t)
	csv, err := os.ReadFile("testdata/desk.csv")
	g.Expect(err).NotTo(HaveOccurred())
	var messages []string
	for item, err := range desk(t).Read(bytes.NewReader(csv), "desk.csv") {
		if err != nil {
			messages = append(messages, err.Error())
		}
		messages = append(messages, item.Notes...)
	}
	all := strings.Join(messages, "\n")
	g.Expect(len(messages)).To(BeNumerically(">", 8))
	for _, secret := range []string{"Ann", "ann at home", "call me", "loud!", "dozens", "yesterday", "Never", "said"} {
		g.Expect(all).NotTo(ContainSubstring(secret))
	}
}

// Without an id the row itself tells records apart.
func TestRowsWithoutIDAreKnownByTheirDigest(t *testing.T) {
	g := NewWithT(t)
	row := ",2024-05-21 09:30,It leaks.\n"
	items, errs := readAll(desk(t), head+row+",2024-05-21 09:30,It drips.\n"+row, "x.csv")
	g.Expect(items).To(HaveLen(2))
	g.Expect(items[0].Complaint.Name).NotTo(Equal(items[1].Complaint.Name))
	g.Expect(errs).To(HaveLen(1))
	g.Expect(errs[0]).To(MatchError("x.csv:4: this is the same record as line 2; left out"))
	again, _ := readAll(desk(t), head+row, "another name.csv")
	g.Expect(again[0].Complaint.Name).To(Equal(items[0].Complaint.Name))
}

func TestReadStopsWhenAskedTo(t *testing.T) {
	var errs []error
	for _, err := range desk(t).Read(strings.NewReader(head+"A1,2024-05-21 09:30,x\nbroken\nA2,2024-05-21 09:30,x\n"), "x.csv") {
		if errs = append(errs, err); len(errs) == 2 {
			break
		}
	}
	NewWithT(t).Expect(errs).To(HaveExactElements(BeNil(), HaveOccurred()))
}

func TestCountRows(t *testing.T) {
	g := NewWithT(t)
	csv, err := os.ReadFile("testdata/desk.csv")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(desk(t).CountRows(bytes.NewReader(csv))).To(Equal(12))
	g.Expect(desk(t).CountRows(strings.NewReader(""))).To(Equal(0))
	g.Expect(desk(t).CountRows(strings.NewReader(head))).To(Equal(0))
}

// A column that is misspelt in the file or in the mapping leaves something empty, and that is said once.
func TestAMisspeltColumnIsTold(t *testing.T) {
	g := NewWithT(t)
	m, err := ParseMapping("m.yaml", []byte("kind: ImportMapping\nname: m\ncolumns: {text: [text], check: [checkFacts], idle: [idler]}\nfields: {statement: row.text}\nscript: {checkFacts: row.check}\n"))
	g.Expect(err).NotTo(HaveOccurred())
	items, errs := readAll(m, "text,chekFacts,idle\n,founded\na,founded,x\nb,founded,x\n", "x.csv")
	g.Expect(errs).To(HaveLen(1))
	g.Expect(items[0].Notes).To(Equal([]string{`the file has no column check (header "checkFacts"), so what the mapping makes of it is empty; did you mean chekFacts?`}))
	g.Expect(items[1].Notes).To(BeEmpty())
	items, _ = readAll(m, "text,checkFacts,idle\na,founded,x\n", "x.csv")
	g.Expect(items[0].Notes).To(BeEmpty(), "nothing reads the column idle")
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

// Where a line never ends neither reading nor counting waits for it.
func TestALineWithoutEndEndsTheFile(t *testing.T) {
	g := NewWithT(t)
	in := io.MultiReader(strings.NewReader(head), endless{})
	var last error
	for _, err := range desk(t).Read(in, "x.csv") {
		last = err
	}
	g.Expect(last).To(MatchError(ContainSubstring("the line behind it is longer than 64 MiB and has no end; is this a CSV file?")))
	_, err := desk(t).CountRows(endless{})
	g.Expect(err).To(MatchError(errNoLineEnd))
}
