package cacao

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
)

// Export writes a playbook as a CACAO document. Its ids follow from names, so that the same playbook gives the same document.
// created and modified are when its first and this version were made; modified is not before created.
func Export(name string, spec *v1alpha1.PlaybookSpec, created, modified time.Time) ([]byte, error) {
	if modified.Before(created) {
		modified = created
	}
	if err := ordered(spec); err != nil {
		return nil, err
	}
	w := newWriter(name, spec)
	w.doc.Created, w.doc.Modified = stamp(created), stamp(modified)
	w.flow()
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(w.doc); err != nil {
		return nil, fmt.Errorf("write playbook %s as CACAO: %w", name, err)
	}
	return out.Bytes(), nil
}

// writer makes one document.
type writer struct {
	name string
	spec *v1alpha1.PlaybookSpec
	doc  *document
}

func newWriter(name string, spec *v1alpha1.PlaybookSpec) *writer {
	return &writer{name: name, spec: spec, doc: &document{
		Type: "playbook", SpecVersion: specVersion, ID: id("playbook", name), Name: name, Description: spec.Description, CreatedBy: identity,
		Summary: summary{Manual: true, Extensions: true}, Variables: map[string]variable{}, Workflow: map[string]*step{},
		Extensions: map[string]whole{extensionID: {v1alpha1.GroupVersion.String(), name, *spec}},
		Agents:     map[string]party{}, Targets: map[string]party{}, Definitions: map[string]extension{extensionID: declaration},
	}}
}

// entry is a step of the playbook on its way into the document.
type entry struct {
	path   string
	head   *v1alpha1.StepHead
	action *v1alpha1.Action
	repeat *v1alpha1.Repeat
	whole  v1alpha1.Step
}

// flow writes the steps between start and end.
func (w *writer) flow() {
	first := w.layers(top(w.spec), "", w.end(""))
	w.doc.Start = w.put(typeStart, "", &step{Type: typeStart, OnCompletion: first})
}

// top are the steps of a playbook, inside those of a block.
func top(spec *v1alpha1.PlaybookSpec) []entry {
	entries := make([]entry, len(spec.Steps))
	for i := range spec.Steps {
		s := &spec.Steps[i]
		entries[i] = entry{s.Name, &s.StepHead, &s.Action, s.Repeat, *s}
	}
	return entries
}

func inside(block string, r *v1alpha1.Repeat) []entry {
	entries := make([]entry, len(r.Steps))
	for i := range r.Steps {
		s := &r.Steps[i]
		entries[i] = entry{block + "/" + s.Name, &s.StepHead, &s.Action, nil, v1alpha1.Step{StepHead: s.StepHead, Action: s.Action}}
	}
	return entries
}

// ordered says which steps need each other or what is not there: they have no order that could be written.
func ordered(spec *v1alpha1.PlaybookSpec) error {
	steps := top(spec)
	lists := [][]entry{steps}
	for _, e := range steps {
		if e.repeat != nil {
			lists = append(lists, inside(e.path, e.repeat))
		}
	}
	for _, list := range lists {
		if _, stuck := inLayers(list); len(stuck) > 0 {
			return fmt.Errorf("the steps %s need each other, or what is not there; `kubectl tocsin verify` says where", paths(stuck))
		}
	}
	return nil
}

// layers writes steps in layers: those that need nothing, then those that need only these, and so on. A layer is over when all its
// steps are: every step starts after what it needs, if later than it could. It returns the first step of all.
func (w *writer) layers(entries []entry, block, next string) string {
	layers, _ := inLayers(entries) // ordered has looked
	for i, layer := range slices.Backward(layers) {
		next = w.layer(layer, fmt.Sprintf("%s/%d", block, i), next)
	}
	return next
}

// inLayers sorts steps by how long the longest chain of needs before them is. Those that are stuck have no place.
func inLayers(entries []entry) (layers [][]entry, stuck []entry) {
	depth := map[string]int{}
	for left := entries; len(left) > 0; {
		var layer, later []entry
		for _, e := range left {
			if slices.ContainsFunc(e.head.Needs, func(n v1alpha1.Identifier) bool { _, is := depth[string(n)]; return !is }) {
				later = append(later, e)
			} else {
				layer = append(layer, e)
			}
		}
		if len(layer) == 0 {
			return layers, left
		}
		for _, e := range layer {
			depth[e.head.Name] = len(layers)
		}
		layers, left = append(layers, layer), later
	}
	return layers, nil
}

func paths(entries []entry) string {
	out := make([]string, len(entries))
	for i, e := range entries {
		out[i] = e.path
	}
	return strings.Join(out, ", ")
}

// layer writes steps that go on side by side, and returns the first step.
func (w *writer) layer(entries []entry, name, next string) string {
	if len(entries) == 1 {
		return w.branch(entries[0], next)
	}
	w.doc.Summary.Parallel = true
	p := &step{Type: typeParallel, OnCompletion: next}
	for _, e := range entries {
		p.NextSteps = append(p.NextSteps, w.branch(e, w.end(e.path)))
	}
	return w.put(typeParallel, name, p)
}

// branch writes a step with its condition, and returns the first of both.
func (w *writer) branch(e entry, next string) string {
	if e.head.When == "" {
		return w.entry(e, next)
	}
	w.doc.Summary.If = true
	applies := w.variable(e.path+"_applies", variable{Type: "bool", Description: "whether this holds: " + string(e.head.When), External: true})
	return w.put(typeIf, e.path, &step{
		Type: typeIf, Name: e.path, Condition: applies + ":value == 'true'", OnTrue: w.entry(e, w.end(e.path+"/if")), OnCompletion: next,
	})
}

// entry writes a step itself.
func (w *writer) entry(e entry, next string) string {
	s := &step{Name: e.path, Description: e.head.Description, OnCompletion: next, Extensions: map[string]part{extensionID: {e.path, e.whole}}}
	if d := e.head.Within; d != nil && d.Elapsed != "" && (d.Of == "" || d.Of == "started") {
		s.Timeout = calendar.Elapsed(d.Elapsed).Milliseconds()
		w.doc.Summary.Temporal = true
	}
	switch {
	case e.repeat != nil:
		return w.repeat(e, s)
	case e.action.Playbook != nil:
		w.doc.Summary.External = true
		s.Type, s.PlaybookID = typePlaybook, id("playbook", e.action.Playbook.Name)
		return w.put(typePlaybook, e.path, s)
	}
	s.Type = typeAction
	w.action(e, s)
	return w.put(typeAction, e.path, s)
}

// repeat writes a block: its steps, again as long as somebody says so.
func (w *writer) repeat(e entry, s *step) string {
	w.doc.Summary.While = true
	again := w.variable(e.path+"_again", variable{
		Type: "bool", Value: "true", External: true,
		Description: fmt.Sprintf("true before the first of at most %d rounds; after each, whether this does not hold: %s", e.repeat.Max, e.repeat.Until),
	})
	s.Type, s.Condition = typeWhile, again+":value == 'true'"
	s.Extensions[extensionID] = part{e.path, withoutSteps(e.whole)}
	s.OnTrue = w.layers(inside(e.path, e.repeat), e.path, w.end(e.path+"/round"))
	return w.put(typeWhile, e.path, s)
}

// withoutSteps is a block without the steps inside, which stand for themselves.
func withoutSteps(s v1alpha1.Step) v1alpha1.Step {
	repeat := *s.Repeat
	repeat.Steps = nil
	s.Repeat = &repeat
	return s
}

func (w *writer) end(of string) string { return w.put(typeEnd, of, &step{Type: typeEnd}) }

// put puts a step into the workflow and returns its id.
func (w *writer) put(kind, path string, s *step) string {
	key := id(kind, w.name, kind+" "+path)
	w.doc.Workflow[key] = s
	return key
}

// variable declares a variable and returns its name.
func (w *writer) variable(name string, v variable) string {
	key := "__" + strings.ReplaceAll(name, "/", "_") + "__"
	w.doc.Variables[key] = v
	return key
}
