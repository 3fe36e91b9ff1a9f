package cacao

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// plainReader is what is known while a workflow is read without the extension.
type plainReader struct {
	spec  *v1alpha1.PlaybookSpec
	names map[string]bool // of steps, taken
	// into is where steps go: those of the playbook, or of the block that is read.
	into *[]v1alpha1.Step
	// exits are, of the steps that were read, what others need to follow them; nil while one is being read.
	exits map[string][]string
	began map[string]bool
	index map[string]spot   // of the steps of actions, by id
	block string            // the block that is read; empty at the top
	roles map[string]string // by id of the agent
	// decider is the role that decides what the document leaves to a condition.
	decider string
}

// spot is where a step went: its place in the steps of the playbook, or of a block.
type spot struct {
	block string
	at    int
}

// plain reads the workflow. Every step becomes a task for the role of its agent, every condition a decision of a person.
func (r *reader) plain() (string, *v1alpha1.PlaybookSpec, *Fault) {
	r.spec = &v1alpha1.PlaybookSpec{For: r.options.For, Description: short(text(r.doc["description"]), 1024)}
	if r.spec.For == "" {
		r.spec.For = v1alpha1.RecordCrisisIncident
	}
	if r.spec.For == v1alpha1.RecordComplaint && r.options.Team == "" {
		return "", nil, fault("", "name the team of the roles with --team", "a playbook for complaints says whose people play its roles")
	}
	r.names, r.exits, r.began, r.index, r.roles = map[string]bool{}, map[string][]string{}, map[string]bool{}, map[string]spot{}, map[string]string{}
	for _, word := range noName {
		r.names[word] = true
	}
	r.into = &r.spec.Steps
	if f := r.outside(); f != nil {
		return "", nil, f
	}
	if f := r.findDecider(); f != nil {
		return "", nil, f
	}
	if _, f := r.walk("workflow_start", text(r.doc["workflow_start"]), nil, ""); f != nil {
		return "", nil, f
	}
	if len(r.spec.Steps) == 0 {
		return "", nil, fault("workflow", "give a playbook in which something is done", "between start and end there is no step")
	}
	for _, key := range slices.Sorted(maps.Keys(object(r.doc["workflow"]))) {
		if !r.began[key] {
			r.lose("workflow."+key, "no step leads to it")
		}
	}
	for i := range r.spec.Steps {
		if s := &r.spec.Steps[i]; len(s.Needs) > 32 {
			return "", nil, fault("workflow", "cut it into several playbooks", "the step %s follows %d others, and at most 32 can be needed", s.Name, len(s.Needs))
		}
	}
	if len(r.spec.Steps) > 64 {
		return "", nil, fault("workflow", "cut it into several playbooks", "it makes %d steps, and a playbook has at most 64", len(r.spec.Steps))
	}
	return slug(text(r.doc["name"])), r.spec, nil
}

// carried are the properties of a document that are read, or mean nothing here.
var carried = []string{"type", "spec_version", "id", "name", "description", "created_by", "created", "modified", "workflow", "workflow_start", "agent_definitions", "playbook_processing_summary"}

// outside looks at what stands outside the workflow.
func (r *reader) outside() *Fault {
	if _, is := r.doc["workflow_exception"]; is {
		return fault("workflow_exception", "take it out, and write what happens on failure into the steps", "a step for whatever goes wrong cannot be carried")
	}
	for _, key := range slices.Sorted(maps.Keys(r.doc)) {
		if !slices.Contains(carried, key) {
			r.lose(key, "it has no place in a playbook")
		}
	}
	return nil
}

// people are the types of agents that are people.
var people = []string{"individual", "group", "organization", "security-category"}

// findDecider has the agent of the first step decide what the document leaves to conditions.
func (r *reader) findDecider() *Fault {
	workflow := object(r.doc["workflow"])
	for _, key := range slices.Sorted(maps.Keys(workflow)) {
		if s := object(workflow[key]); text(s["type"]) == typeAction && text(s["agent"]) != "" {
			role, f := r.role("workflow."+key+".agent", text(s["agent"]))
			if f != nil {
				return f
			}
			if r.decider == "" {
				r.decider = role
			}
		}
	}
	return nil
}

// role is the role of an agent.
func (r *reader) role(path, agent string) (string, *Fault) {
	a := object(object(r.doc["agent_definitions"])[agent])
	if a == nil {
		return "", fault(path, "define the agent in agent_definitions", "there is no agent %s", agent)
	}
	if kind := text(a["type"]); !slices.Contains(people, kind) {
		return "", fault("agent_definitions."+agent+".type", "have a person do it, and name an individual, group, organization or security-category", "an agent of the type %q is no person", kind)
	}
	if name := r.roles[agent]; name != "" {
		return name, nil
	}
	base := camel(text(a["name"]))
	if base == "" || slices.Contains(noName, base) {
		base = "agent"
	}
	name := base
	for n := 2; slices.ContainsFunc(r.spec.Roles, func(x v1alpha1.Role) bool { return string(x.Name) == name }); n++ {
		name = base + strconv.Itoa(n)
	}
	if len(r.spec.Roles) == 32 {
		return "", fault("agent_definitions", "cut it into several playbooks", "more than 32 agents do something, and a playbook has at most 32 roles")
	}
	r.roles[agent] = name
	r.spec.Roles = append(r.spec.Roles, v1alpha1.Role{Name: v1alpha1.Identifier(name), Duty: v1alpha1.Identifier(name), Team: r.options.Team})
	r.leftOut("agent_definitions."+agent, a, "type", "name")
	return name, nil
}

// leftOut tells what of an object is not read.
func (r *reader) leftOut(path string, o map[string]any, read ...string) {
	for _, key := range slices.Sorted(maps.Keys(o)) {
		if !slices.Contains(read, key) {
			r.lose(below(path, key), "it is left out")
		}
	}
}

// walk reads a step and what follows it, up to an end. preds are the steps it follows, when the condition under which it begins.
// It returns what others need to follow all of it.
func (r *reader) walk(from, key string, preds []string, when string) ([]string, *Fault) {
	s := object(object(r.doc["workflow"])[key])
	path := "workflow." + key
	if s == nil {
		return nil, fault(from, "name a step of the workflow", "there is no step %q", key)
	}
	if exits, done := r.exits[key]; done {
		return r.again(path, key, exits, preds, when)
	}
	if r.began[key] && text(s["type"]) != typeEnd {
		return nil, fault(path, "write a loop as a while-condition", "the steps lead in a circle back to here")
	}
	r.began[key] = true
	var exits []string
	var f *Fault
	switch text(s["type"]) {
	case typeEnd:
		return preds, nil
	case typeStart:
		exits, f = r.next(path, s, preds, when)
	case typeAction:
		exits, f = r.action(path, key, s, preds, when)
	case typeParallel:
		exits, f = r.parallel(path, s, preds, when)
	case typeIf:
		exits, f = r.condition(path, s, preds, when)
	case typeSwitch:
		exits, f = r.choice(path, s, preds, when)
	case typeWhile:
		exits, f = r.loop(path, s, preds, when)
	case typePlaybook:
		return nil, fault(path+".playbook_id", "import that playbook too, and write the step by hand: playbook: {name: …}", "which playbook %s is cannot be known", text(s["playbook_id"]))
	default:
		return nil, fault(path+".type", "use action, parallel, if-condition, while-condition or switch-condition", "steps of the type %q are not known", text(s["type"]))
	}
	if f != nil {
		return nil, f
	}
	r.exits[key] = exits
	return exits, nil
}

// again is a step to which a second way leads: it needs what lies on both.
func (r *reader) again(path, key string, exits, preds []string, when string) ([]string, *Fault) {
	spot, is := r.index[key]
	if !is || when != "" || spot.block != r.block {
		return nil, fault(path, "let both ways end before it, and go on to it from the step around them", "two ways lead to it, and it cannot be said which of them counts")
	}
	for _, p := range preds {
		if s := &(*r.into)[spot.at]; !slices.Contains(s.Needs, v1alpha1.Identifier(p)) && s.Name != p {
			s.Needs = append(s.Needs, v1alpha1.Identifier(p))
		}
	}
	return exits, nil
}

// next goes on behind a step.
func (r *reader) next(path string, s map[string]any, preds []string, when string) ([]string, *Fault) {
	if text(s["on_completion"]) == "" {
		return preds, nil
	}
	return r.walk(path+".on_completion", text(s["on_completion"]), preds, when)
}

// add adds a step, after those it follows, and returns its name.
func (r *reader) add(title string, preds []string, when string, action v1alpha1.Action) *v1alpha1.Step {
	name := camel(title)
	if name == "" {
		name = "step"
	}
	for n, base := 2, name; r.names[name]; n++ {
		name = base + strconv.Itoa(n)
	}
	r.names[name] = true
	s := v1alpha1.Step{Action: action}
	s.Name, s.When = name, v1alpha1.Expression(when)
	for _, p := range preds {
		if !slices.Contains(s.Needs, v1alpha1.Identifier(p)) {
			s.Needs = append(s.Needs, v1alpha1.Identifier(p))
		}
	}
	*r.into = append(*r.into, s)
	return &(*r.into)[len(*r.into)-1]
}

const noDeadline = "The document it was imported from names none."

func number(v any) int64 {
	n, is := v.(json.Number)
	if !is {
		return 0
	}
	ms, err := n.Int64()
	if err != nil {
		return 0
	}
	return ms
}

// elapsed is a time in milliseconds, rounded up to the second, 9999 days at most.
func elapsed(ms int64) v1alpha1.Duration {
	d := min((time.Duration(min(ms, int64(9999*24*time.Hour/time.Millisecond))))*time.Millisecond, 9999*24*time.Hour)
	seconds := int64((d + time.Second - 1) / time.Second)
	var b strings.Builder
	for _, u := range []struct {
		size int64
		name string
	}{{86400, "d"}, {3600, "h"}, {60, "m"}, {1, "s"}} {
		if n := seconds / u.size; n > 0 {
			fmt.Fprintf(&b, "%d%s", n, u.name)
			seconds %= u.size
		}
	}
	return v1alpha1.Duration(b.String())
}

// short is a text of at most so many characters.
func short(s string, most int) string {
	runes := []rune(s)
	if len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return s
}
