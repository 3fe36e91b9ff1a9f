package simulation

import (
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

// Unfit are the answers of a cast that no playbook asks for: steps there are none of, outcomes that none of them offers. People would
// answer otherwise than whoever wrote the cast means.
func (c *Cast) Unfit(plans []*playbook.Plan) []pack.Fault {
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
			f := pack.Fault{Field: fmt.Sprintf("%s.steps[%d]", at, k), Message: fmt.Sprintf("there is no step %q", pattern), Advice: oneOf(pattern, slices.Collect(maps.Keys(offers)))}
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
				out = append(out, pack.Fault{Field: field, Message: fmt.Sprintf("none of the steps it speaks of has the outcome %q", outcome), Advice: oneOf(string(outcome), known)})
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

// strangers are the names in a cast that none of the packs knows: nothing would come of what it says of them.
func (c *Cast) strangers(packs []*pack.Pack) []pack.Fault {
	var calendars, channels, people []string
	for _, p := range packs {
		calendars = slices.AppendSeq(calendars, maps.Keys(p.Calendars))
		channels = slices.AppendSeq(channels, maps.Keys(p.Channels))
		for _, team := range p.Teams {
			for _, m := range team.Spec.Members {
				people = append(people, string(m.User))
			}
		}
	}
	var out []pack.Fault
	known := func(field, what, name string, names []string) {
		if name != "" && len(packs) > 0 && !slices.Contains(names, name) {
			out = append(out, pack.Fault{Field: field, Message: fmt.Sprintf("there is no %s %q", what, name), Advice: oneOf(name, names)})
		}
	}
	known("hours", "BusinessCalendar", string(c.Hours), calendars)
	for i, a := range c.Answers {
		for k, u := range a.Users {
			known(fmt.Sprintf("answers[%d].users[%d]", i, k), "member of a team", string(u), people)
		}
	}
	for i, a := range c.Away {
		known(fmt.Sprintf("away[%d].user", i), "member of a team", string(a.User), people)
	}
	for i, o := range c.Outages {
		known(fmt.Sprintf("outages[%d].channel", i), "NoticeChannel", string(o.Channel), channels)
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

// mostNamed is how many names a message lists beside the likely one.
const mostNamed = 40

// oneOf asks for the name that is likely meant, and lists what there is.
func oneOf(written string, known []string) string {
	slices.Sort(known)
	known = slices.Compact(known)
	guess := playbook.DidYouMean(written, known)
	switch {
	case len(known) == 0:
		return "take it out"
	case len(known) > mostNamed && guess != "":
		return strings.TrimSpace(guess)
	}
	return guess + "there are: " + strings.Join(known, ", ")
}
