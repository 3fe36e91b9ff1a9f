package playbook

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"slices"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
)

// Closure is a playbook with everything it refers to, so that a run can be carried out from it alone. It is what a
// revision holds.
type Closure struct {
	// Name is the name of the playbook.
	Name string `json:"name"`
	// Playbook is the playbook itself.
	Playbook v1alpha1.PlaybookSpec `json:"playbook"`
	// Subs are the sub-playbooks by name, those of sub-playbooks too.
	Subs map[string]v1alpha1.PlaybookSpec `json:"subs,omitempty"`
	// Calendars are the business calendars by name.
	Calendars map[string]v1alpha1.BusinessCalendarSpec `json:"calendars,omitempty"`
	// Raised are the playbooks that incidents are raised with by name: what complaints can look at of them.
	Raised map[string]Endings `json:"raised,omitempty"`
}

// Encode writes the closure as canonical JSON (fixed field order, sorted map keys) and returns its SHA-256 as
// lower-case hex. Equal closures give equal bytes. Assertions are left out: no run looks at them, so they make no revision.
func (c Closure) Encode() (data []byte, digest string, err error) {
	c.Playbook.Assertions = nil
	if len(c.Subs) > 0 {
		c.Subs = maps.Clone(c.Subs)
		for name, sub := range c.Subs {
			sub.Assertions = nil
			c.Subs[name] = sub
		}
	}
	data, err = json.Marshal(c)
	if err != nil {
		return nil, "", fmt.Errorf("encode playbook %s: %w", c.Name, err)
	}
	sum := sha256.Sum256(data)
	return data, hex.EncodeToString(sum[:]), nil
}

// Decode reads what Encode wrote. A field this release does not know is an error: half of a policy is not the policy.
func Decode(data []byte) (Closure, error) {
	var c Closure
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&c); err != nil {
		return Closure{}, fmt.Errorf("decode the revision of a playbook (was it written by a newer release?): %w", err)
	}
	return c, nil
}

// Calendar is the calendar of the playbook; nil where it names none that can be used.
func (c Closure) Calendar() *calendar.Calendar {
	spec, ok := c.Calendars[c.Playbook.Calendar]
	if !ok {
		return nil
	}
	cal, err := calendar.New(spec)
	if err != nil {
		return nil
	}
	return cal
}

// Missing names the sub-playbooks, calendars and playbooks to raise incidents with that the closure refers to and does not
// hold, sorted. Whoever gathers a closure adds them and asks again until the lists are empty or hold only what does not exist.
func (c Closure) Missing() (playbooks, calendars, raised []string) {
	need := func(spec *v1alpha1.PlaybookSpec) {
		if _, ok := c.Calendars[spec.Calendar]; !ok && spec.Calendar != "" {
			calendars = append(calendars, spec.Calendar)
		}
		for _, name := range raises(spec) {
			if _, ok := c.Raised[name]; !ok {
				raised = append(raised, name)
			}
		}
		for _, a := range Actions(spec) {
			if a.Playbook == nil || a.Playbook.Name == "" || a.Playbook.Name == c.Name {
				continue
			}
			if _, ok := c.Subs[a.Playbook.Name]; !ok {
				playbooks = append(playbooks, a.Playbook.Name)
			}
		}
	}
	need(&c.Playbook)
	for _, spec := range c.Subs {
		need(&spec)
	}
	return sortedSet(playbooks), sortedSet(calendars), sortedSet(raised)
}

// Actions are the actions of a playbook in the order they are written, those in blocks too, each with the field of its step.
func Actions(spec *v1alpha1.PlaybookSpec) iter.Seq2[string, *v1alpha1.Action] {
	return func(yield func(string, *v1alpha1.Action) bool) {
		for i := range spec.Steps {
			field := fmt.Sprintf("spec.steps[%d]", i)
			if !yield(field, &spec.Steps[i].Action) {
				return
			}
			if spec.Steps[i].Repeat == nil {
				continue
			}
			for j := range spec.Steps[i].Repeat.Steps {
				if !yield(fmt.Sprintf("%s.repeat.steps[%d]", field, j), &spec.Steps[i].Repeat.Steps[j].Action) {
					return
				}
			}
		}
	}
}

func sortedSet(names []string) []string {
	slices.Sort(names)
	return slices.Compact(names)
}
