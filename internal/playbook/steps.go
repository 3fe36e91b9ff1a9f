package playbook

import (
	"strings"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// asks is whether a step asks people for something.
func asks(s *step) bool {
	a := s.action
	return a.AssembleTeam != nil || a.Task != nil || a.Approval != nil || a.Survey != nil || a.Decision != nil
}

// rolesAsked are the roles that an action asks, or waits for somebody to take; none for one that asks nobody.
func rolesAsked(a *v1alpha1.Action) []v1alpha1.Identifier {
	switch {
	case a.Task != nil:
		return []v1alpha1.Identifier{a.Task.To}
	case a.Survey != nil:
		return []v1alpha1.Identifier{a.Survey.Asks}
	case a.Decision != nil:
		return []v1alpha1.Identifier{a.Decision.By}
	case a.AssignRole != nil:
		return []v1alpha1.Identifier{a.AssignRole.Role}
	case a.Approval != nil:
		return a.Approval.By
	}
	return nil
}

// waits is whether a step waits for something that might never happen.
func waits(s *step) bool {
	return asks(s) || s.action.Wait != nil && s.action.Wait.Until != ""
}

// endsAlone says why a step ends without anybody's doing, "" when it may wait.
func endsAlone(s *step) string {
	a := s.action
	switch {
	case a.Wait != nil && a.Wait.For != nil:
		return "ends when its own time is over"
	case a.RaiseIncident != nil, a.ScheduleDrill != nil, a.PostMortem != nil:
		return "ends at once"
	}
	return ""
}

// outcomes are the outcomes a step can have, nil when any is possible.
func outcomes(s *step) []v1alpha1.Identifier {
	a := s.action
	switch {
	case a.Task != nil && len(a.Task.Outcomes) > 0:
		return a.Task.Outcomes
	case a.Task != nil:
		return []v1alpha1.Identifier{"done"}
	case a.Approval != nil:
		return []v1alpha1.Identifier{"approved", "refused"}
	case a.Decision != nil:
		return a.Decision.Options
	case s.repeat != nil:
		return []v1alpha1.Identifier{"satisfied", "exhausted"}
	}
	return nil
}

// siblings are the steps that a step's needs can name.
func (b *book) siblings(s *step) []*step {
	if s.block != nil {
		return s.block.inside
	}
	return b.top
}

func (b *book) stepNames(steps []*step) string {
	var list []string
	for _, s := range steps {
		list = append(list, s.head.Name)
	}
	return strings.Join(list, ", ")
}
