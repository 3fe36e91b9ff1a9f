package timing

import (
	"fmt"
	"slices"
	"strings"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/playbook"
)

// anew is an approval that may have to be given once more, because somebody may write what was approved while what follows from it
// goes on. How often is up to whoever writes, so nothing is known of how late it and all that needs it are.
type anew struct{ approval, writer int }

// givenAnew are such approvals of a course.
func givenAnew(plan *playbook.Plan, c *course) []anew {
	var out []anew
	for i := range plan.Nodes {
		ap := plan.Nodes[i].Action.Approval
		if ap == nil || ap.Of == "" || c.states[i] == not || c.conduct == v1alpha1.ConductSilence || c.outcomes[i] == v1alpha1.OutcomeRefused {
			continue
		}
		for k := range plan.Nodes {
			task := plan.Nodes[k].Action.Task
			if task != nil && task.Writes == ap.Of && c.states[k] != not && c.voids(plan, k, i) {
				out = append(out, anew{i, k})
				break
			}
		}
	}
	return out
}

// voids is whether a task can be done after an approval was given and before all that needs it has ended.
func (c *course) voids(plan *playbook.Plan, task, approval int) bool {
	if !c.carried.may(approval) && ancestors(plan, approval, c.carried)[task] {
		return false
	}
	over := ancestors(plan, task, c.carried)
	for p := plan.Nodes[approval].Parent; p >= 0; p = plan.Nodes[p].Parent {
		if over[p] {
			return false
		}
	}
	return slices.ContainsFunc(plan.Nodes[approval].NeededBy, func(i int) bool { return !over[i] })
}

// Anew says that approvals may have to be given anew.
func Anew(steps []string) string {
	return strings.Join(steps, "; ") + ": nothing is known of what needs that; have it written before it is approved, or only after all that"
}

func anewWords(plan *playbook.Plan, list []anew) []string {
	var out []string
	for _, a := range list {
		of := plan.Nodes[a.approval].Action.Approval.Of
		out = append(out, fmt.Sprintf("%s may have to be given anew whenever %s writes the %s", plan.Nodes[a.approval].Path, plan.Nodes[a.writer].Path, of))
	}
	return out
}
