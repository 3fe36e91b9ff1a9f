package verify

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
	"tocsin.dev/tocsin/internal/timing"
)

// fits notes the deadlines of a playbook that can pass before their step begins: because of what comes before it, or because time has
// passed before the matter gets the level of the playbook.
func (s *Subject) fits(study *timing.Study, name string, levels []v1alpha1.LevelName) {
	if len(levels) == 0 {
		levels = []v1alpha1.LevelName{""}
	}
	told := map[int]bool{}
	for _, level := range levels {
		misfits, bound, err := study.Misfits(s.Plans[name], level)
		if err != nil {
			continue // the calendar, of which it is said
		}
		s.misfits(name, misfits, bound, "", told)
	}
	for _, policy := range sorted(s.Pack.Policies) {
		spec := &s.Pack.Policies[policy].Spec
		for _, rule := range spec.Rules {
			before, begins := s.raises(spec, &rule, name)
			if !begins {
				continue
			}
			if misfits, bound, err := study.Overdue(s.Plans[name], rule.Level, before); err == nil {
				first := fmt.Sprintf("the rule %s gives the level %s after %s", rule.Name, rule.Level, timing.Took(before.OpenFor))
				s.misfits(name, misfits, bound, first, told)
			}
		}
	}
}

// raises is what goes before a run of a playbook that begins because a rule gives its level to what has been open for so long; false
// where none begins so, or not all that may go before is known.
func (s *Subject) raises(spec *v1alpha1.TriagePolicySpec, rule *v1alpha1.GradingRule, name string) (before timing.Before, begins bool) {
	at := slices.IndexFunc(spec.Levels, func(l v1alpha1.Level) bool { return l.Name == rule.Level && string(l.Playbook) == name })
	if rule.OpenFor == "" || at < 0 {
		return before, false
	}
	before.OpenFor = calendar.Elapsed(rule.OpenFor)
	for _, lower := range spec.Levels[at+1:] {
		if string(lower.Playbook) == name {
			continue // the run goes on
		}
		plan := s.Plans[string(lower.Playbook)]
		if plan == nil && lower.Playbook != "" {
			return before, false
		}
		if begins = true; plan != nil {
			before.Books = append(before.Books, plan)
		}
	}
	return before, begins
}

// misfits notes deadlines that can pass before their step begins. first is what takes time before the run begins; told are the steps of
// which it was said.
func (s *Subject) misfits(name string, misfits []timing.Misfit, bound, first string, told map[int]bool) {
	if bound != "" {
		s.find(ProofBounded, "Playbook", name, "spec.steps", "it is not proved that deadlines fit what comes before them: "+bound, "move some of it into a playbook of its own")
	}
	for _, m := range misfits {
		if told[m.Step] {
			continue
		}
		told[m.Step] = true
		n := &s.Plans[name].Nodes[m.Step]
		message, advice := "%s can begin %s after its deadline although everybody keeps theirs: %s", "give it more time, shorten what comes before, or count from started"
		var path []string
		if first != "" {
			path, advice = append(path, first), "give it more time, count from graded, or have a playbook of a lower level do it in time"
		}
		for _, part := range m.Path {
			path = append(path, part.Step+" "+timing.Took(part.Takes))
		}
		if m.Inside {
			message, advice = "what is inside %s can end %s after its deadline although everybody keeps theirs: %s", "give it more time, or less to what is inside"
		}
		s.find(DeadlinesFit, "Playbook", cmp.Or(n.Book, name), n.Field+".within", fmt.Sprintf(message, n.Path, timing.Took(m.Late), strings.Join(path, " + ")), advice)
		s.findings[len(s.findings)-1].Story = m.Story
	}
}
