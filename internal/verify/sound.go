package verify

import (
	"cmp"
	"slices"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/internal/soundness"
)

// soundness proves of every playbook that its runs cannot get stuck. What is wrong with a sub-playbook is told once, however
// many playbooks carry it out, and in its own words where it goes wrong by itself.
func (s *Subject) soundness() {
	if s.around {
		return
	}
	verdicts := map[string]soundness.Verdict{}
	told := map[string]bool{}
	succession := s.succession()
	for _, name := range sorted(s.Plans) {
		v := soundness.Check(s.Plans[name], soundness.Options{Stop: s.stop, Succession: succession})
		verdicts[name] = v
		for _, f := range v.Doubts {
			s.unsound(name, f, told)
		}
		for _, bound := range v.Bounds {
			s.find(ProofBounded, "Playbook", name, "", bound, "simplify its conditions or split it; until then try its paths with kubectl tocsin simulate")
		}
		for _, f := range v.Findings {
			if f.Playbook == "" {
				s.unsound(name, f, told)
			}
		}
	}
	for _, name := range sorted(verdicts) {
		for _, f := range verdicts[name].Findings {
			s.unsound(name, f, told)
		}
	}
}

// succession are the playbooks that take over from each other when rules or people raise the level of a complaint, by one or
// several: those of the levels of one triage policy, the highest of which stands first.
func (s *Subject) succession() *soundness.Succession {
	after := map[*playbook.Plan][]*playbook.Plan{}
	var order []*playbook.Plan
	for _, name := range sorted(s.Pack.Policies) {
		var plans []*playbook.Plan
		for _, level := range s.Pack.Policies[name].Spec.Levels {
			if plan := s.Plans[string(level.Playbook)]; plan != nil && plan.For == v1alpha1.RecordComplaint && !slices.Contains(plans, plan) {
				plans = append(plans, plan)
			}
		}
		for i, plan := range plans {
			if !slices.Contains(order, plan) {
				order = append(order, plan)
			}
			for k, next := range plans {
				if k < i && !slices.Contains(after[plan], next) {
					after[plan] = append(after[plan], next)
				}
			}
		}
	}
	return soundness.NewSuccession(order, after, s.stop)
}

// unsound notes what a proof has found, unless it was told already.
func (s *Subject) unsound(name string, f soundness.Finding, told map[string]bool) {
	rule := StepHappens
	switch f.Reason {
	case soundness.Stuck, soundness.LeftRunning:
		rule = PlaybookSound
	case soundness.Unanswered:
		rule = ConditionAnswered
	}
	book := cmp.Or(f.Playbook, name)
	key := rule + " " + book + " " + f.Field
	if told[key] {
		return
	}
	told[key] = true
	s.find(rule, "Playbook", book, f.Field, f.Message, f.Advice)
	last := &s.findings[len(s.findings)-1]
	for _, line := range f.Story {
		last.Story = append(last.Story, line.String())
	}
}
