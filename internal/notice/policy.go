package notice

import (
	"strings"
	"sync"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
	"tocsin.dev/tocsin/internal/playbook"
)

// Template finds a text of a pinned revision by name: the playbook's own, a sub-playbook's, else the built-in one.
func Template(c *playbook.Closure, name v1alpha1.Identifier) (v1alpha1.Template, bool) {
	if c != nil {
		if t, ok := own(c.Playbook.Templates, name); ok {
			return t, true
		}
		for _, sub := range c.Subs { // templates of the same name are the same in one closure
			if t, ok := own(sub.Templates, name); ok {
				return t, true
			}
		}
	}
	return playbook.BuiltinTemplate(string(name))
}

func own(templates []v1alpha1.Template, name v1alpha1.Identifier) (v1alpha1.Template, bool) {
	for _, t := range templates {
		if t.Name == name {
			return t, true
		}
	}
	return v1alpha1.Template{}, false
}

// Zone is the time zone of the playbook's calendar; nil when it has none.
func Zone(c *playbook.Closure) *time.Location {
	if c == nil {
		return nil
	}
	spec, ok := c.Calendars[c.Playbook.Calendar]
	if !ok {
		return nil
	}
	zone, err := calendar.Zone(spec.TimeZone)
	if err != nil {
		return nil // the playbook controller reports it; UTC is said to be UTC
	}
	return zone
}

// StepTitle is the description of the step with this path, else the path's last word.
func StepTitle(c *playbook.Closure, path string) string {
	words := strings.Split(path, "/")
	last := words[len(words)-1]
	if c == nil {
		return last
	}
	spec, block := c.Playbook, (*v1alpha1.Repeat)(nil)
	var head v1alpha1.StepHead
	for _, word := range words {
		var action v1alpha1.Action
		head, action, block = findStep(spec, block, word)
		if action.Playbook != nil {
			spec, block = c.Subs[action.Playbook.Name], nil
		}
	}
	if head.Description == "" {
		return last
	}
	return head.Description
}

func findStep(spec v1alpha1.PlaybookSpec, block *v1alpha1.Repeat, name string) (v1alpha1.StepHead, v1alpha1.Action, *v1alpha1.Repeat) {
	if block != nil {
		for _, s := range block.Steps {
			if s.Name == name {
				return s.StepHead, s.Action, nil
			}
		}
		return v1alpha1.StepHead{}, v1alpha1.Action{}, nil
	}
	for _, s := range spec.Steps {
		if s.Name == name {
			return s.StepHead, s.Action, s.Repeat
		}
	}
	return v1alpha1.StepHead{}, v1alpha1.Action{}, nil
}

// maxRevisions is how many revisions are kept decoded. Runs that go on at the same time use far fewer.
const maxRevisions = 64

// Revisions keeps decoded revisions. They never change, so nothing is ever refreshed. The zero value is ready and safe
// for concurrent use.
type Revisions struct {
	mu      sync.Mutex
	closure map[string]*playbook.Closure
}

// Get returns the closure kept under key (namespace/name), or reads it.
func (r *Revisions) Get(key string, read func() ([]byte, error)) (*playbook.Closure, error) {
	r.mu.Lock()
	c := r.closure[key]
	r.mu.Unlock()
	if c != nil {
		return c, nil
	}
	data, err := read()
	if err != nil {
		return nil, err
	}
	decoded, err := playbook.Decode(data)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.closure) >= maxRevisions || r.closure == nil {
		r.closure = map[string]*playbook.Closure{}
	}
	r.closure[key] = &decoded
	return &decoded, nil
}
