package pack

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// Bounds of what is read. They end the reading of what nobody wrote by hand; the largest shipped pack needs a hundredth.
const (
	// MostText is how many bytes of policy are read in one go.
	MostText = 8 << 20
	// mostParts is how many lines, entries and fields a file may have: each takes some hundred bytes once it is read. 8 MiB that
	// people wrote have fewer. mostDocuments is how many objects.
	mostParts     = 1_000_000
	mostDocuments = 10_000
	// mostDepth is how deep lists and maps may lie in each other: the schemas need 16.
	mostDepth = 64
	// mostFaults is how many faults of one file are told.
	mostFaults = 100
)

// Document is one object as it is written in a file.
type Document struct {
	// File is where it stands, Line the line it begins on, from 1.
	File string
	Line int
	// APIVersion, Kind and Name are what the object says it is; empty where it does not say.
	APIVersion, Kind, Name string
	// Object is its content as JSON has it: maps, lists, texts, int64, float64, bool, nil.
	Object map[string]any

	root *yaml.Node
}

// Fault is why a file, or a part of it, cannot be taken.
type Fault struct {
	// File and Line say where; line 0 is the file as a whole.
	File string
	Line int
	// Field is the path in the object, e.g. spec.steps[3].when; empty where it is not about one.
	Field string
	// Message says what is wrong, Advice what to do.
	Message, Advice string
}

// Error makes a fault an error: where, what, and what to do.
func (f Fault) Error() string {
	text := f.File
	if f.Line > 0 {
		text += ":" + strconv.Itoa(f.Line)
	}
	text += ": "
	if f.Field != "" {
		text += f.Field + ": "
	}
	text += f.Message
	if f.Advice != "" {
		text += "; " + f.Advice
	}
	return text
}

// Read reads the objects of a YAML or JSON file, those inside lists too. It takes what kubectl apply takes and refuses what
// people misread or what makes a small text large: anchors, tags, keys that stand twice or are no texts. A document with a
// fault is not among the documents. Behind a place that cannot be read as YAML at all nothing of the file is read.
func Read(file string, text []byte) (documents []Document, faults []Fault) {
	r := &reader{file: file}
	defer func() {
		if broken := recover(); broken != nil { // the parser is a library's: what it did not foresee is no reason to die
			r.fault(0, "", "send it to Tocsin's developers", "the file makes the YAML parser fail: %v", broken)
			documents, faults = r.documents, r.faults
		}
	}()
	r.read(text)
	return r.documents, r.faults
}

// reader is what one call of Read knows.
type reader struct {
	file      string
	documents []Document
	faults    []Fault
	// left out are the faults behind mostFaults.
	leftOut int
}

func (r *reader) fault(line int, field, advice, what string, values ...any) {
	if len(r.faults) == mostFaults {
		r.leftOut++
		return
	}
	r.faults = append(r.faults, Fault{File: r.file, Line: line, Field: field, Message: fmt.Sprintf(what, values...), Advice: advice})
}

func (r *reader) read(text []byte) {
	if len(text) > MostText {
		r.fault(0, "", "name fewer or smaller files", "it is %d bytes long, and at most %d MiB of policy are read in one go", len(text), MostText>>20)
		return
	}
	if parts(text) > mostParts {
		r.fault(0, "", "name fewer or smaller files", "it has more than %d lines, entries and fields", mostParts)
		return
	}
	if at := notText(text); at >= 0 {
		r.fault(1+bytes.Count(text[:at], []byte("\n")), "", "save the file as UTF-8", "there is a byte that is no text in UTF-8")
		return
	}
	count := 0
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	for {
		var node yaml.Node
		err := decoder.Decode(&node)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			r.unreadable(text, err)
			break
		}
		if count++; count > mostDocuments {
			r.fault(node.Line, "", "name fewer or smaller files", "it has more than %d documents", mostDocuments)
			break
		}
		if node.Kind == yaml.DocumentNode && len(node.Content) == 1 {
			r.document(node.Content[0])
		}
	}
	if r.leftOut > 0 {
		r.faults = append(r.faults, Fault{File: r.file, Message: fmt.Sprintf("%d more faults are not listed", r.leftOut), Advice: "mend these first"})
	}
}

// parts is at least how many values YAML has: each follows one of these characters, or begins the text.
func parts(text []byte) (n int) {
	for i, c := range text {
		switch c {
		case '\n', ',', '[', '{', ':':
			n++
		case '-', '?':
			if i+1 < len(text) && text[i+1] == ' ' {
				n++
			}
		}
	}
	return n
}

// notText is where the first byte stands that is not UTF-8, or 0; -1 for none.
func notText(text []byte) int {
	if at := bytes.IndexByte(text, 0); at >= 0 {
		return at
	}
	for at := 0; at < len(text); {
		c, size := utf8.DecodeRune(text[at:])
		if c == utf8.RuneError && size == 1 {
			return at
		}
		at += size
	}
	return -1
}

// document takes a document, or the objects of a list.
func (r *reader) document(root *yaml.Node) {
	if root.ShortTag() == "!!null" {
		return // nothing but comments
	}
	if root.Kind != yaml.MappingNode {
		r.fault(root.Line, "", "write its fields, each as name: value", "the document is no object")
		return
	}
	before := len(r.faults) + r.leftOut
	object, _ := r.value(root, "", 0).(map[string]any)
	if len(r.faults)+r.leftOut > before {
		return
	}
	d := Document{File: r.file, Line: root.Line, Object: object, root: root}
	d.APIVersion, _ = object["apiVersion"].(string)
	d.Kind, _ = object["kind"].(string)
	if metadata, is := object["metadata"].(map[string]any); is {
		d.Name, _ = metadata["name"].(string)
	}
	if items := child(root, "items"); strings.HasSuffix(d.Kind, "List") && items != nil && items.Kind == yaml.SequenceNode {
		for _, item := range items.Content {
			r.document(item)
		}
		return
	}
	r.documents = append(r.documents, d)
}

// value is what a node says, as JSON has it. What it does not take it reports.
func (r *reader) value(n *yaml.Node, field string, depth int) any {
	const spellOut = "write it out where it is used"
	switch {
	case depth > mostDepth:
		r.fault(n.Line, "", "write it flatter", "lists and maps lie more than %d deep in each other", mostDepth)
		return nil
	case n.Kind == yaml.AliasNode:
		r.fault(n.Line, field, spellOut, "it refers to the anchor &%s; anchors are not taken, because who reads one place does not see the other", n.Value)
		return nil
	case n.Anchor != "":
		r.fault(n.Line, field, spellOut, "it has the anchor &%s; anchors are not taken, because who reads one place does not see the other", n.Anchor)
		return nil
	case n.Style&yaml.TaggedStyle != 0:
		r.fault(n.Line, field, "leave the tag out; quotes make a text of anything", "it has the tag %s", n.Tag)
		return nil
	case n.Kind == yaml.MappingNode:
		return r.mapping(n, field, depth)
	case n.Kind == yaml.SequenceNode:
		list := make([]any, 0, len(n.Content))
		for i, c := range n.Content {
			list = append(list, r.value(c, field+"["+strconv.Itoa(i)+"]", depth+1))
		}
		return list
	}
	return r.scalar(n, field)
}

func (r *reader) mapping(n *yaml.Node, field string, depth int) any {
	object := make(map[string]any, len(n.Content)/2)
	first := make(map[string]int, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		name := below(field, key.Value)
		switch line, twice := first[key.Value]; {
		case key.ShortTag() == "!!merge":
			r.fault(key.Line, name, "write the fields out", "the merge key << is not taken, because who reads one place does not see the other")
			continue
		case key.Kind == yaml.AliasNode || key.Anchor != "":
			r.fault(key.Line, field, "write the key out", "a key is an anchor or refers to one")
			continue
		case key.Kind != yaml.ScalarNode || isWord(key) || key.ShortTag() != "!!str" && key.ShortTag() != "!!timestamp":
			r.fault(key.Line, field, "put quotes around it, or check the brackets", "a key is no text: %q", key.Value)
			continue
		case twice:
			r.fault(key.Line, name, "remove one of the two", "it stands here twice: on line %d, too", line)
			continue
		}
		first[key.Value] = key.Line
		object[key.Value] = r.value(value, name, depth+1)
	}
	return object
}

// below is the path of a field of the object at a path.
func below(field, name string) string {
	switch {
	case field == "":
		return name
	case !plainName.MatchString(name):
		return field + "[" + name + "]"
	}
	return field + "." + name
}

var plainName = regexp.MustCompile(`^[A-Za-z0-9_$-]+$`)

// switches are the words that kubectl reads as true and false, though they look like texts.
var switches = map[string]bool{
	"y": true, "Y": true, "yes": true, "Yes": true, "YES": true, "on": true, "On": true, "ON": true,
	"n": false, "N": false, "no": false, "No": false, "NO": false, "off": false, "Off": false, "OFF": false,
}

func isWord(n *yaml.Node) bool {
	_, is := switches[n.Value]
	return is && n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) == 0
}

// scalar is what a word or number says.
func (r *reader) scalar(n *yaml.Node, field string) any {
	if isWord(n) {
		return switches[n.Value]
	}
	switch n.ShortTag() {
	case "!!null":
		return nil
	case "!!bool", "!!int", "!!float":
		var v any
		if err := n.Decode(&v); err == nil {
			if number, is := asJSON(v); is {
				return number
			}
		}
		r.fault(n.Line, field, "write another one, or put quotes around a text", "%s is no number that JSON has", n.Value)
		return nil
	}
	return n.Value
}

// asJSON is a number as the API server has it; whole numbers are integers however they are written.
func asJSON(v any) (any, bool) {
	switch v := v.(type) {
	case bool:
		return v, true
	case int:
		return int64(v), true
	case int64:
		return v, true
	case uint64:
		return float64(v), true
	case float64:
		switch {
		case math.IsNaN(v) || math.IsInf(v, 0):
			return nil, false
		case v == math.Trunc(v) && math.Abs(v) < 1e15:
			return int64(v), true
		}
		return v, true
	}
	return nil, false
}
