package simulation

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/pack"
	"tocsin.dev/tocsin/internal/playbook"
)

// plansOf are the playbooks of packs that compile.
func plansOf(packs []*pack.Pack) []*playbook.Plan {
	var out []*playbook.Plan
	for _, p := range packs {
		for name := range p.Playbooks {
			if plan, _ := playbook.Compile(p.Closure(name)); plan != nil {
				out = append(out, plan)
			}
		}
	}
	return out
}

// unfit are the answers of a cast that no playbook asks for: steps there are none of, outcomes that none of them offers. People would
// answer otherwise than whoever wrote the cast means.
func (c *Cast) unfit(plans []*playbook.Plan) []pack.Fault {
	offers := map[string][]string{} // by the last word of the path of a step
	for _, plan := range plans {
		for i := range plan.Nodes {
			name := path.Base(plan.Nodes[i].Path)
			offers[name] = append(offers[name], offered(&plan.Nodes[i].Action)...)
			if plan.Nodes[i].Action.PostMortem != nil {
				offers[stepCorrect], offers[stepVerify] = nil, nil // done and verified, or never
			}
		}
	}
	if len(offers) == 0 {
		return nil
	}
	var out []pack.Fault
	for i := range c.Answers {
		a, at := &c.Answers[i], fmt.Sprintf("answers[%d]", i)
		for k, pattern := range a.Steps {
			if _, err := path.Match(pattern, ""); err != nil || fitting(offers, []string{pattern}) != nil {
				continue // that it is no pattern is told by Faults
			}
			f := pack.Fault{Field: fmt.Sprintf("%s.steps[%d]", at, k), Message: fmt.Sprintf("there is no step %q", pattern), Advice: playbook.OneOf(pattern, slices.Collect(maps.Keys(offers)))}
			if strings.ContainsAny(pattern, `*?[\`) {
				f.Message = fmt.Sprintf("no step fits %q", pattern)
			}
			out = append(out, f)
		}
		steps := fitting(offers, a.Steps)
		if steps == nil {
			continue // told
		}
		var known []string
		for _, step := range steps {
			known = append(known, offers[step]...)
		}
		wrong := func(field string, outcome v1alpha1.Identifier) {
			if !slices.Contains(known, string(outcome)) {
				out = append(out, pack.Fault{Field: field, Message: fmt.Sprintf("none of the steps it speaks of has the outcome %q", outcome), Advice: cmp.Or(playbook.OneOf(string(outcome), known), "take it out")})
			}
		}
		for k, outcome := range a.Outcomes {
			wrong(fmt.Sprintf("%s.outcomes[%d]", at, k), outcome)
		}
		for _, outcome := range slices.Sorted(maps.Keys(a.Shares)) {
			wrong(at+".shares."+string(outcome), outcome)
		}
	}
	return out
}

// fitting are the steps that patterns fit; all without patterns, nil where none does.
func fitting(offers map[string][]string, patterns []string) []string {
	var out []string
	for name := range offers {
		if fits(patterns, name) {
			out = append(out, name)
		}
	}
	for _, pattern := range patterns {
		if _, err := strconv.Atoi(pattern); err == nil { // what somebody asks for besides the playbook is numbered
			out = append(out, pattern)
		}
	}
	return out
}

// offered are the outcomes that a step can be answered with.
func offered(a *v1alpha1.Action) []string {
	var list []v1alpha1.Identifier
	switch {
	case a.Task != nil && len(a.Task.Outcomes) > 0:
		list = a.Task.Outcomes
	case a.Task != nil, a.AssembleTeam != nil:
		list = []v1alpha1.Identifier{"done"}
	case a.Survey != nil:
		list = a.Survey.Scale
	case a.Decision != nil:
		list = a.Decision.Options
	case a.Approval != nil:
		list = []v1alpha1.Identifier{v1alpha1.OutcomeApproved, v1alpha1.OutcomeRefused}
	}
	var out []string
	for _, outcome := range list {
		out = append(out, string(outcome))
	}
	return out
}
