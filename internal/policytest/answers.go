package policytest

import (
	"slices"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/playbook"
)

// nodes are the steps with a path, in whichever playbooks.
func (s *Suite) nodes(path string) []*playbook.Node {
	var out []*playbook.Node
	for _, plan := range s.plans {
		for i := range plan.Nodes {
			if plan.Nodes[i].Path == path {
				out = append(out, &plan.Nodes[i])
			}
		}
	}
	return out
}

// ending faults an outcome that no step of this path ends with.
func (c *checker) ending(field, step string, outcome v1alpha1.Identifier) {
	var known []string
	for _, n := range c.nodes(step) {
		ends := outcomes(n)
		switch a := &n.Action; {
		case a.Task != nil && len(a.Task.Outcomes) == 0:
			ends = append(ends, "done")
		case a.Task != nil:
			ends = append(ends, a.Task.Outcomes...)
		case a.Approval == nil && a.Decision == nil && a.Survey == nil && n.Repeat == nil:
			return // what the engine ends by itself
		}
		known = append(known, texts(ends)...)
	}
	if len(known) > 0 {
		c.among(field, string(outcome), "outcome", known)
	}
}

// answer faults what a task of this step offers to nobody: that it is refused says nothing about who tries.
func (c *checker) answer(field string, a *Attempt) {
	if a.Outcome != "" && a.Act != string(v1alpha1.TaskComplete) {
		c.fault(field, "take it out", "%s has no outcome, only %s has", a.Act, v1alpha1.TaskComplete)
		return
	}
	var known []string
	for _, n := range c.nodes(a.Step) {
		switch action := &n.Action; {
		case action.Task != nil:
			known = append(known, texts(action.Task.Outcomes)...)
		case action.Decision != nil:
			known = append(known, texts(action.Decision.Options)...)
		case action.Survey != nil:
			known = append(known, texts(action.Survey.Scale)...)
		default:
			return // nobody completes it, whatever the answer
		}
	}
	if len(known) > 0 {
		c.among(field, string(a.Outcome), "outcome", known)
	} else if a.Outcome != "" {
		c.fault(field, "leave it out", "%s is completed without an outcome", a.Step)
	}
}

func texts[T ~string](list []T) []string {
	var out []string
	for _, word := range list {
		if !slices.Contains(out, string(word)) {
			out = append(out, string(word))
		}
	}
	return out
}
