package pack

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/playbooks"
)

const team = `apiVersion: crisis.tocsin.dev/v1alpha1
kind: ResponseTeam
metadata:
  name: desk
`

func TestWhatIsNotTakenIsToldWithItsLine(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		line int
		says string
	}{
		"key twice":          {team + "spec:\n  parent: a\n  parent: b\n", 7, "spec.parent: it stands here twice: on line 6, too; remove one"},
		"anchor":             {team + "spec: &x\n  parent: a\n", 5, "spec: it has the anchor &x"},
		"alias":              {team + "spec:\n  a: *x\n", 6, "unknown anchor"},
		"alias of anchor":    {team + "spec:\n  a: &x 1\n  b: *x\n", 6, "anchor &x"},
		"merge key":          {team + "spec:\n  <<: {a: 1}\n", 6, "the merge key << is not taken"},
		"tag":                {team + "spec:\n  parent: !!str 5\n", 6, "it has the tag !!str; leave the tag out"},
		"own tag":            {team + "spec: !Ref {a: b}\n", 5, "it has the tag !Ref"},
		"tab":                {team + "spec:\n\tparent: a\n", 6, "a tab indents the line; indent with spaces"},
		"key of a number":    {team + "spec:\n  5: a\n", 6, `a key is no text: "5"`},
		"key of a switch":    {team + "spec:\n  on: a\n", 6, `a key is no text: "on"`},
		"key of a map":       {team + "spec:\n  {a: b}: c\n", 6, "a key is no text"},
		"infinite":           {team + "spec:\n  a: .inf\n", 6, "is no number that JSON has"},
		"no object":          {"- a\n- b\n", 1, "the document is no object"},
		"a word":             {"hello\n", 1, "the document is no object"},
		"brackets":           {team + "spec: {a: [1, 2}\n", 5, "it is no YAML"},
		"too far left":       {"---\nkind: A\nspec:\n  a:\n  - name: b\n    c: 1\n  - name: d\n   c: 2\n    e: 3\n  f: 4\n", 8, "it is no YAML: did not find expected key; check indentation"},
		"too far right":      {"---\nkind: A\nspec:\n  a:\n  - name: b\n    c: {d: 1}\n      e: 2\n    f: 3\n", 7, "it is no YAML: did not find expected key; check indentation"},
		"a key in a list":    {"---\nkind: A\nspec:\n  a:\n  - b\n  c: 1\n  - d\n", 7, "it is no YAML: did not find expected key; check indentation"},
		"not UTF-8":          {team + "spec:\n  a: \xff\n", 6, "no text in UTF-8"},
		"zero byte":          {team + "\x00", 5, "no text in UTF-8"},
		"second document":    {team + "---\n" + team + "spec: {a: 1, a: 2}\n", 10, "spec.a: it stands here twice"},
		"in a list":          {"kind: List\nitems:\n- kind: A\n  a: 1\n  a: 2\n", 5, "items[0].a: it stands here twice"},
		"deep":               {"a: " + strings.Repeat("[", 100) + strings.Repeat("]", 100), 1, "more than 64 deep"},
		"very deep":          {strings.Repeat("[", 200_000), 0, "it is no YAML"},
		"much":               {strings.Repeat("a: b\n", MostText/5+1), 0, "at most 8 MiB"},
		"documents":          {strings.Repeat("---\n", mostDocuments+2), mostDocuments + 1, "more than 10000 documents; name fewer"},
		"entries":            {"a: [" + strings.Repeat("[],", mostParts/2) + "]", 0, "more than 1000000 lines, entries and fields"},
		"entries of entries": {strings.Repeat(strings.Repeat("- ", 5000)+"a\n", mostParts/5000), 0, "more than 1000000 lines, entries and fields"},
		"a hundred anchors":  {"a: &a [x]\n" + strings.Repeat("b: [*a, *a, *a, *a]\n", 30), 1, "anchor"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			_, faults := Read("f.yaml", []byte(c.text))
			g.Expect(faults).NotTo(BeEmpty())
			where := "f.yaml: "
			if c.line > 0 {
				where = fmt.Sprintf("f.yaml:%d: ", c.line)
			}
			g.Expect(faults[0].Error()).To(And(HavePrefix(where), ContainSubstring(c.says)))
		})
	}
}

func TestFaultsAreBounded(t *testing.T) {
	g := NewWithT(t)
	_, faults := Read("f", []byte(strings.Repeat("a: 1\n", 500)))
	g.Expect(faults).To(HaveLen(mostFaults + 1))
	g.Expect(faults[mostFaults].Message).To(Equal("399 more faults are not listed"))
}

// Texts as long as are read at all, of the kinds that cost a parser most.
func TestLongTextsEndSoon(t *testing.T) {
	g := NewWithT(t)
	started := time.Now()
	for _, line := range []string{"a: 1\n", "---\n", "- - - - - -\n", "# c\n", "? x\n", "a: [b, c, {d: e}]\n---\n", "[", "{a: "} {
		Read("f", []byte(strings.Repeat(line, 256<<10/len(line))))
	}
	g.Expect(time.Since(started)).To(BeNumerically("<", time.Minute))
}

func TestWhatIsReadIsWhatKubectlReads(t *testing.T) {
	g := NewWithT(t)
	text := "\ufeff# a comment alone\n---\n---\r\nkind: A\r\nmetadata: {name: one}\r\nspec:\r\n  yes: 1\n"
	_, faults := Read("f", []byte(text))
	g.Expect(faults).To(HaveLen(1), "yes is a switch")
	g.Expect(faults[0].Line).To(Equal(7))

	documents, faults := Read("f", []byte("\ufeff---\r\nkind: A\r\nmetadata: {name: one}\r\nspec:\r\n  a: yes\r\n  b: \"yes\"\r\n  c: 010\r\n  d: 1e3\r\n  e: 2026-01-01\r\n  f: 1.5\r\n  g: ~\r\n  h: |\r\n    x\r\n    y\r\n"))
	g.Expect(faults).To(BeEmpty())
	g.Expect(documents).To(HaveLen(1))
	g.Expect(documents[0].Object["spec"]).To(Equal(map[string]any{"a": true, "b": "yes", "c": int64(8), "d": int64(1000), "e": "2026-01-01", "f": 1.5, "g": nil, "h": "x\ny\n"}))

	documents, faults = Read("f", []byte("{\"kind\": \"List\",\n\t\"items\": [\n\t{\"kind\": \"A\", \"metadata\": {\"name\": \"x\"}},\n\t{\"kind\": \"B\"}]}\n"))
	g.Expect(faults).To(BeEmpty())
	g.Expect(documents).To(HaveLen(2))
	g.Expect([]any{documents[0].Kind, documents[0].Name, documents[0].Line, documents[1].Line}).To(Equal([]any{"A", "x", 3, 4}))
}

func TestEveryFieldHasItsLine(t *testing.T) {
	g := NewWithT(t)
	documents, _ := Read("f", []byte("# first\n---\n"+team+"  labels:\n    example.org/a: b\nspec:\n  members:\n  - name: a\n    duties: [x,\n      y]\n  - {name: b}\n  text: |\n    one\n    two\n  short: one\n"))
	d := documents[0]
	g.Expect(d.Line).To(Equal(3))
	for field, line := range map[string]int{
		"": 3, "kind": 4, "metadata.name": 6, "metadata.labels[example.org/a]": 8, "spec.members": 10, "spec.members[0]": 11,
		"spec.members[0].duties[1]": 13, "spec.members[1].name": 14, "spec.members[1].user": 14, "spec.members[7].name": 10, "spec.nothing.at.all": 9,
	} {
		g.Expect(d.LineOf(field)).To(Equal(line), field)
	}
	g.Expect(d.LineIn("spec.text", 2)).To(Equal(17))
	g.Expect(d.LineIn("spec.short", 2)).To(Equal(18))
	g.Expect(d.Has("spec.text")).To(BeTrue())
	g.Expect(d.Has("spec.texts")).To(BeFalse())
}

func TestTheShippedPacksAreRead(t *testing.T) {
	g := NewWithT(t)
	files, err := fs.Glob(playbooks.FS, "*/*.yaml")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(len(files)).To(BeNumerically(">", 10))
	for _, file := range files {
		text, err := fs.ReadFile(playbooks.FS, file)
		g.Expect(err).NotTo(HaveOccurred())
		_, faults := Read(file, text)
		g.Expect(faults).To(BeEmpty())
	}
}

func TestAPackSaysWhereItCannotTakeAnObject(t *testing.T) {
	for text, says := range map[string]string{
		team + "---\n" + team:                            "f:9: metadata.name: there are two objects ResponseTeam desk; all files together are one namespace",
		team + "spec:\n  membrs: []\n":                   "f:6: spec.membrs: there is no such field in a ResponseTeam; correct it",
		strings.Replace(team, "ResponseTeam", "Team", 1): "f:2: kind: a Team is no policy; take it out",
		strings.Replace(team, "name: desk", "{}", 1):     "f:3: metadata.name: the ResponseTeam has no name; give it one",
	} {
		g := NewWithT(t)
		g.Expect(New().Add("f", []byte(text))).To(MatchError(HavePrefix(says)))
	}
	NewWithT(t).Expect(New().Add("f", []byte("kind: Kustomization\nresources: [a]\n"))).To(Succeed())
}

func FuzzRead(f *testing.F) {
	for _, seed := range []string{team, team + "spec: &a {b: *a}\n", "a: {b: [1, 2.5, ~, yes]}\n---\nkind: List\nitems: [{kind: x}]\n", "\ufeff\ta: b", "? [a]\n: b", "{\"a\": \"\\u0041\"}", "a: |\n  x\n\ty\n", "%YAML 1.2\n---\n!!map {}\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		documents, faults := Read("f", text)
		lines := strings.Count(string(text), "\n") + 2
		for _, d := range documents {
			if d.Line < 1 || d.Line > lines || d.Object == nil {
				t.Errorf("document on line %d of %d: %v", d.Line, lines, d.Object)
			}
			if line := d.LineOf("spec.members[0].name"); line < 1 || line > lines {
				t.Errorf("a field on line %d of %d", line, lines)
			}
			_ = New().Put(d, d.Object)
		}
		for _, fault := range faults {
			if fault.Line < 0 || fault.Line > lines || fault.Message == "" || strings.Contains(fault.Message, "parser fail") {
				t.Errorf("%d lines: %v", lines, fault)
			}
		}
	})
}
