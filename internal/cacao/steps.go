package cacao

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// action reads an action as a task.
func (r *reader) action(path, key string, s map[string]any, preds []string, when string) ([]string, *Fault) {
	r.leftOut(path, s, "type", "name", "description", "commands", "agent", "delay", "timeout", "on_completion", "on_success", "on_failure")
	said, f := r.commands(path, s["commands"])
	if f != nil {
		return nil, f
	}
	if text(s["agent"]) == "" {
		return nil, fault(path+".agent", "name who does it", "there is no agent")
	}
	role, f := r.role(path+".agent", text(s["agent"]))
	if f != nil {
		return nil, f
	}
	if ms := number(s["delay"]); ms > 0 {
		wait := r.add("wait before "+text(s["name"]), preds, when, v1alpha1.Action{Wait: &v1alpha1.Wait{For: &v1alpha1.Span{Elapsed: elapsed(ms)}}})
		preds, when = []string{wait.Name}, ""
	}
	task := r.add(or(text(s["name"]), said), preds, when, v1alpha1.Action{Task: &v1alpha1.Task{To: v1alpha1.Identifier(role)}})
	r.index[key] = spot{r.block, len(*r.into) - 1}
	task.Description = short(strings.TrimSpace(text(s["description"])+"\n"+said), 1024)
	if ms := number(s["timeout"]); ms > 0 {
		task.Within = &v1alpha1.Deadline{Elapsed: elapsed(ms)}
	} else {
		task.NoDeadline = noDeadline
	}
	if text(s["on_success"]) == "" && text(s["on_failure"]) == "" {
		return r.next(path, s, []string{task.Name}, "")
	}
	name := task.Name
	task.Task.Outcomes = []v1alpha1.Identifier{"succeeded", "failed"}
	return r.branches(path, name, []way{{"on_success", text(s["on_success"]), "succeeded"}, {"on_failure", text(s["on_failure"]), "failed"}})
}

// commands are the texts of manual commands; others are refused.
func (r *reader) commands(path string, v any) (string, *Fault) {
	list, _ := v.([]any)
	var said []string
	for i, c := range list {
		at := fmt.Sprintf("%s.commands[%d]", path, i)
		o := object(c)
		if kind := text(o["type"]); kind != "manual" {
			return "", fault(at+".type", "have a person do it: a manual command that says what is to be done", "commands of the type %q are not carried out", kind)
		}
		if _, is := o["command_b64"]; is {
			return "", fault(at+".command_b64", "write the text into command", "an encoded command is not shown to people unread")
		}
		r.leftOut(at, o, "type", "command", "description")
		said = append(said, strings.TrimSpace(text(o["description"])+"\n"+text(o["command"])))
	}
	if len(list) == 0 {
		return "", fault(path+".commands", "say what is to be done", "there is no command")
	}
	return strings.TrimSpace(strings.Join(said, "\n")), nil
}

// parallel reads branches that go on side by side.
func (r *reader) parallel(path string, s map[string]any, preds []string, when string) ([]string, *Fault) {
	r.leftOut(path, s, "type", "name", "description", "next_steps", "on_completion")
	next, _ := s["next_steps"].([]any)
	var exits []string
	for i, key := range next {
		more, f := r.walk(fmt.Sprintf("%s.next_steps[%d]", path, i), text(key), preds, when)
		if f != nil {
			return nil, f
		}
		exits = append(exits, without(more, exits)...)
	}
	if len(next) == 0 {
		return nil, fault(path+".next_steps", "name the steps that go on side by side", "there are none")
	}
	return r.next(path, s, exits, "")
}

// way is a way on from a step that a person chooses.
type way struct{ field, key, outcome string }

// branches reads the ways on from a step; the first step of each begins if the outcome is its own.
func (r *reader) branches(path, decision string, ways []way) ([]string, *Fault) {
	exits := []string{decision}
	for _, w := range ways {
		if w.key == "" {
			continue
		}
		more, f := r.walk(path+"."+w.field, w.key, []string{decision}, fmt.Sprintf("steps.%s.outcome == %q", decision, w.outcome))
		if f != nil {
			return nil, f
		}
		exits = append(exits, more...)
	}
	slices.Sort(exits)
	return slices.Compact(exits), nil
}

// decide adds a decision in place of a condition.
func (r *reader) decide(path, title, question string, preds []string, when string, options ...string) (*v1alpha1.Step, *Fault) {
	if r.decider == "" {
		return nil, fault(path, "have at least one action with an agent", "there is nobody to decide it")
	}
	d := &v1alpha1.DecisionAction{By: v1alpha1.Identifier(r.decider)}
	for _, o := range options {
		d.Options = append(d.Options, v1alpha1.Identifier(o))
	}
	s := r.add(title, preds, when, v1alpha1.Action{Decision: d})
	s.Description, s.NoDeadline = short(question, 1024), noDeadline
	r.lose(path, "it is not evaluated: %s decides", r.decider)
	return s, nil
}

func (r *reader) condition(path string, s map[string]any, preds []string, when string) ([]string, *Fault) {
	r.leftOut(path, s, "type", "name", "description", "condition", "on_true", "on_false", "on_completion")
	d, f := r.decide(path+".condition", or(text(s["name"]), "decide"), "Does this hold? "+text(s["condition"]), preds, when, "yes", "no")
	if f != nil {
		return nil, f
	}
	name := d.Name
	if text(s["on_true"]) == "" {
		return nil, fault(path+".on_true", "name the step that begins when the condition holds", "there is none")
	}
	exits, f := r.branches(path, name, []way{{"on_true", text(s["on_true"]), "yes"}, {"on_false", text(s["on_false"]), "no"}})
	if f != nil {
		return nil, f
	}
	return r.next(path, s, exits, "")
}

func (r *reader) choice(path string, s map[string]any, preds []string, when string) ([]string, *Fault) {
	r.leftOut(path, s, "type", "name", "description", "switch", "cases", "on_completion")
	var ways []way
	var options []string
	cases := object(s["cases"])
	for _, key := range slices.Sorted(maps.Keys(cases)) {
		option := camel(key)
		if option == "" || slices.Contains(options, option) {
			return nil, fault(below(path+".cases", key), "give each case a name of letters and digits of its own", "the case is no word")
		}
		options = append(options, option)
		ways = append(ways, way{below("cases", key), text(cases[key]), option})
	}
	if len(options) < 2 || len(options) > 12 {
		return nil, fault(path+".cases", "write two to twelve", "there are %d cases", len(options))
	}
	d, f := r.decide(path+".switch", or(text(s["name"]), "choose"), "Which is it? "+text(s["switch"]), preds, when, options...)
	if f != nil {
		return nil, f
	}
	exits, f := r.branches(path, d.Name, ways)
	if f != nil {
		return nil, f
	}
	return r.next(path, s, exits, "")
}

// mostRounds is how often a loop is repeated, which in CACAO has no bound.
const mostRounds = 10

// loop reads a while-condition as a repeat.
func (r *reader) loop(path string, s map[string]any, preds []string, when string) ([]string, *Fault) {
	r.leftOut(path, s, "type", "name", "description", "condition", "on_true", "on_completion")
	if r.block != "" {
		return nil, fault(path, "put it into a playbook of its own", "a loop inside a loop cannot be carried")
	}
	block := r.add(or(text(s["name"]), "repeat"), preds, when, v1alpha1.Action{})
	at, name, outer := len(*r.into)-1, block.Name, r.into
	var inner []v1alpha1.Step
	r.into, r.block = &inner, name
	exits, f := r.walk(path+".on_true", text(s["on_true"]), nil, "")
	if f != nil {
		return nil, f
	}
	again, f := r.decide(path+".condition", "again "+name, "Does this hold still? "+text(s["condition"]), exits, "", "yes", "no")
	if f != nil {
		return nil, f
	}
	until := again.Name
	r.into, r.block = outer, ""
	if len(inner) > 32 {
		return nil, fault(path+".on_true", "cut it into several playbooks", "the loop has %d steps, and at most 32 are repeated", len(inner))
	}
	repeat := &v1alpha1.Repeat{Until: v1alpha1.Expression(fmt.Sprintf("steps.%s.outcome == %q", until, "no")), Max: mostRounds}
	for _, x := range inner {
		repeat.Steps = append(repeat.Steps, v1alpha1.InnerStep{StepHead: x.StepHead, Action: x.Action})
	}
	(*r.into)[at].Repeat = repeat
	r.lose(path, "it is carried out at least once, and at most %d times", mostRounds)
	return r.next(path, s, []string{name}, "")
}

// without are the names of a list that are not in another.
func without(list, other []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(x string) bool { return slices.Contains(other, x) })
}
