package cacao

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Bounds of what is read. The largest shipped playbook needs a fiftieth.
const (
	// MostText is how many bytes a document may have.
	MostText  = 8 << 20
	mostDepth = 64
	mostSteps = 1000
)

// Fault is why a document is not taken.
type Fault struct {
	// Path is where in the JSON: workflow.action--….commands[0].type; empty for the document as a whole.
	Path string
	// Message says what is wrong, Advice what to do.
	Message, Advice string
}

// Error says where, what, and what to do.
func (f *Fault) Error() string {
	text := f.Message + "; " + f.Advice
	if f.Path != "" {
		return f.Path + ": " + text
	}
	return text
}

func fault(path, advice, what string, values ...any) *Fault {
	return &Fault{path, fmt.Sprintf(what, values...), advice}
}

// tree reads JSON as maps, lists, texts, numbers as json.Number, and truths. Unlike encoding/json it refuses a key that stands
// twice, because of two steps with one id only one would be read.
func tree(text []byte) (map[string]any, *Fault) {
	if len(text) > MostText {
		return nil, fault("", "give a smaller one", "the document is %d bytes long, and at most %d MiB are read", len(text), MostText>>20)
	}
	r := &treeReader{json.NewDecoder(bytes.NewReader(text))}
	r.UseNumber()
	v, f := r.value("", 0)
	if f != nil {
		return nil, f
	}
	if _, err := r.Token(); !errors.Is(err, io.EOF) {
		return nil, fault("", "give one document at a time", "something follows the document")
	}
	doc, is := v.(map[string]any)
	if !is {
		return nil, fault("", "give a CACAO playbook", "the document is no object")
	}
	return doc, nil
}

type treeReader struct{ *json.Decoder }

func (r *treeReader) value(path string, depth int) (any, *Fault) {
	if depth > mostDepth {
		return nil, fault(path, "write it flatter", "lists and objects lie more than %d deep in each other", mostDepth)
	}
	token, err := r.Token()
	if err != nil {
		return nil, r.noJSON(path, err)
	}
	switch token {
	case json.Delim('{'):
		return r.object(path, depth)
	case json.Delim('['):
		return r.list(path, depth)
	}
	return token, nil
}

func (r *treeReader) object(path string, depth int) (any, *Fault) {
	out := map[string]any{}
	for r.More() {
		token, err := r.Token()
		if err != nil {
			return nil, r.noJSON(path, err)
		}
		key, _ := token.(string) // encoding/json has seen to that
		at := below(path, key)
		if _, twice := out[key]; twice {
			return nil, fault(at, "remove or rename one of the two", "it stands here twice")
		}
		v, f := r.value(at, depth+1)
		if f != nil {
			return nil, f
		}
		out[key] = v
	}
	if _, err := r.Token(); err != nil {
		return nil, r.noJSON(path, err)
	}
	return out, nil
}

func (r *treeReader) list(path string, depth int) (any, *Fault) {
	out := []any{}
	for r.More() {
		v, f := r.value(path+"["+strconv.Itoa(len(out))+"]", depth+1)
		if f != nil {
			return nil, f
		}
		out = append(out, v)
	}
	if _, err := r.Token(); err != nil {
		return nil, r.noJSON(path, err)
	}
	return out, nil
}

func (r *treeReader) noJSON(path string, err error) *Fault {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = errors.New("it ends too early")
	}
	return fault(path, "check brackets, quotes and commas there", "it is no JSON at byte %d: %v", r.InputOffset(), err)
}

func below(path, key string) string {
	if key == "" || strings.ContainsAny(key, ".[] \n") {
		key = strconv.Quote(key)
	}
	if path == "" {
		return key
	}
	return path + "." + key
}
