package verify

import (
	"cmp"
	"slices"

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
	succession := s.succession(0)
	for _, name := range sorted(s.Plans) {
		v := soundness.Check(s.Plans[name], soundness.Options{Stop: s.stop, Succession: succession, TextAlone: s.lowered(name)})
		verdicts[name] = v
		s.onlyLowered(name, v)
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

// lowered is whether a playbook may take over from that of a higher level. What that hands over is not looked at.
func (s *Subject) lowered(name string) bool {
	return slices.ContainsFunc(s.Pack.Above(name), func(above string) bool { return s.Plans[above] != nil })
}

// onlyLowered notes what happens at most in runs that take over because the level was lowered.
func (s *Subject) onlyLowered(name string, v soundness.Verdict) {
	for _, f := range v.ByTakeOver {
		s.find(ProofBounded, "Playbook", cmp.Or(f.Playbook, name), f.Field, f.Message+", unless it does in a run that takes over because the level was lowered, which is not looked at",
			f.Advice+"; try it with kubectl tocsin simulate")
	}
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
	message := f.Message
	if f.After != "" {
		message = "when it takes over from playbook " + f.After + ": " + message
	}
	s.find(rule, "Playbook", book, f.Field, message, f.Advice)
	last := &s.findings[len(s.findings)-1]
	for _, line := range f.Story {
		last.Story = append(last.Story, line.String())
	}
}
