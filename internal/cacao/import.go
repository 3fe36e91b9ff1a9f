package cacao

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// Loss is something a document says that the playbook does not.
type Loss struct {
	// Path is where in the JSON.
	Path string
	// What says what is lost, or what is done in its place.
	What string
}

// String says where and what.
func (l Loss) String() string { return l.Path + ": " + l.What }

// Options are how a document without the extension is read.
type Options struct {
	// For is the kind of record the playbook is for. Default: CrisisIncident.
	For v1alpha1.RecordKind
	// Team names the team of the roles; for complaints it is needed.
	Team string
	// Plain reads the workflow and not the extension.
	Plain bool
}

// Import reads a CACAO document: with the extension of Export the playbook as it was, else what the workflow says in words that
// playbooks have. What it cannot carry is a Fault, what it leaves out are losses, in the order of their paths.
func Import(text []byte, o Options) (name string, spec *v1alpha1.PlaybookSpec, losses []Loss, err error) {
	doc, f := tree(text)
	if f != nil {
		return "", nil, nil, f
	}
	r := &reader{doc: doc, options: o}
	if f := r.head(); f != nil {
		return "", nil, nil, f
	}
	if _, carried := object(doc["playbook_extensions"])[extensionID]; carried && !o.Plain {
		name, spec, f = r.extended()
	} else {
		name, spec, f = r.plain()
	}
	if f != nil {
		return "", nil, nil, f
	}
	slices.SortFunc(r.losses, func(a, b Loss) int { return strings.Compare(a.Path, b.Path) })
	return name, spec, slices.Compact(r.losses), nil
}

// reader is what one call of Import knows.
type reader struct {
	doc     map[string]any
	options Options
	losses  []Loss
	plainReader
}

func (r *reader) lose(path, what string, values ...any) {
	r.losses = append(r.losses, Loss{path, fmt.Sprintf(what, values...)})
}

func object(v any) map[string]any { m, _ := v.(map[string]any); return m }
func text(v any) string           { s, _ := v.(string); return s }

// head looks at what every document must have.
func (r *reader) head() *Fault {
	if text(r.doc["type"]) != "playbook" {
		return fault("type", "give a CACAO playbook", "it is not playbook")
	}
	if v := text(r.doc["spec_version"]); v != specVersion {
		return fault("spec_version", "give a document of "+specVersion, "the version %q is not known", v)
	}
	if revoked, _ := r.doc["revoked"].(bool); revoked {
		return fault("revoked", "ask who wrote it for the one that is valid", "the playbook was revoked")
	}
	if object(r.doc["workflow"]) == nil {
		return fault("workflow", "give a playbook with steps", "there is no workflow")
	}
	if n := len(object(r.doc["workflow"])); n > mostSteps {
		return fault("workflow", "cut it into several playbooks", "it has %d steps, and at most %d are read", n, mostSteps)
	}
	return nil
}

// extended takes the playbook of the extension, where the rest of the document says the same.
func (r *reader) extended() (string, *v1alpha1.PlaybookSpec, *Fault) {
	at := "playbook_extensions." + extensionID
	data, err := json.Marshal(object(r.doc["playbook_extensions"])[extensionID])
	if err != nil {
		return "", nil, fault(at, "export the playbook again", "it cannot be read: %v", err)
	}
	var carried whole
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&carried); err != nil {
		return "", nil, fault(at, "export the playbook again, with this release", "it is no playbook: %v", err)
	}
	if carried.APIVersion != v1alpha1.GroupVersion.String() {
		return "", nil, fault(at+".apiVersion", "export the playbook again, with this release", "the version %q is not known", carried.APIVersion)
	}
	again, err := Export(carried.Name, &carried.Spec, time.Time{}, time.Time{})
	if err != nil {
		return "", nil, fault(at, "export the playbook again", "%v", err)
	}
	is, f := tree(again)
	if f != nil {
		return "", nil, f
	}
	for _, key := range slices.Sorted(maps.Keys(r.doc)) {
		if slices.Contains([]string{"created", "modified", "created_by"}, key) {
			continue
		}
		if _, ours := is[key]; !ours {
			r.lose(key, "it has no place in a playbook")
			continue
		}
		if path, same := differs(key, is[key], r.doc[key]); !same {
			return "", nil, fault(path, "undo that, export the playbook again, or read the workflow alone with --plain", "it is not what the extension says: somebody changed the document")
		}
	}
	for _, key := range slices.Sorted(maps.Keys(is)) {
		if _, there := r.doc[key]; !there {
			return "", nil, fault(key, "undo that, export the playbook again, or read the workflow alone with --plain", "it is not what the extension says: somebody took it out")
		}
	}
	return carried.Name, &carried.Spec, nil
}

// differs finds the first place where two trees are not the same.
func differs(path string, a, b any) (at string, same bool) {
	x, xIs := a.(map[string]any)
	y, yIs := b.(map[string]any)
	if !xIs || !yIs {
		return path, reflect.DeepEqual(a, b)
	}
	keys := map[string]bool{}
	for k := range x {
		keys[k] = true
	}
	for k := range y {
		keys[k] = true
	}
	for _, k := range slices.Sorted(maps.Keys(keys)) {
		v, inX := x[k]
		w, inY := y[k]
		if inX != inY {
			return below(path, k), false
		}
		if at, same := differs(below(path, k), v, w); !same {
			return at, false
		}
	}
	return path, true
}

var (
	notInNames = regexp.MustCompile(`[^A-Za-z0-9]+`)
	noName     = []string{"started", "received", "graded", "in", "true", "false", "null", ""}
)

// slug makes the name of an object of a title.
func slug(title string) string {
	s := strings.Trim(strings.ToLower(notInNames.ReplaceAllString(title, "-")), "-")
	if len(s) > 63 {
		s = strings.Trim(s[:63], "-")
	}
	if s == "" {
		return "imported"
	}
	return s
}

// camel makes an identifier of a title: "Isolate the host" is isolateTheHost.
func camel(title string) string {
	var b strings.Builder
	for _, word := range strings.Fields(notInNames.ReplaceAllString(title, " ")) {
		if b.Len() == 0 {
			b.WriteString(strings.ToLower(word[:1]) + word[1:])
		} else {
			b.WriteString(strings.ToUpper(word[:1]) + word[1:])
		}
	}
	name := strings.TrimLeft(b.String(), "0123456789")
	if name != "" {
		name = strings.ToLower(name[:1]) + name[1:]
	}
	if len(name) > 32 {
		name = name[:32]
	}
	return name
}
