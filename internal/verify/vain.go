package verify

import (
	"cmp"
	"fmt"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
	"tocsin.dev/tocsin/internal/engine"
	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/internal/timing"
)

// vain says what playbooks ask for that comes to nothing: deadlines that pass and nobody is told, approvals of what nobody writes,
// acknowledgements that may come after the deadline. What a sub-playbook asks for is weighed where it is carried out.
func (s *Subject) vain() {
	inside := s.Pack.Inside()
	for _, name := range sorted(s.Plans) {
		plan := s.Plans[name]
		if inside[name] != "" {
			continue
		}
		written := writesRemedy(plan)
		for i := range plan.Nodes {
			n := &plan.Nodes[i]
			book := cmp.Or(n.Book, name)
			if engine.TellsNobody(plan, i) {
				s.find(DeadlineHeard, "Playbook", book, n.Field+".within", fmt.Sprintf("the deadline of %s passes and nobody is told: it asks nobody, and nobody leads the record, because %s", n.Path, noLeads(n)),
					"write overdue: {climb: Ladder}, or list a second role under spec.ladder")
			}
			if a := n.Action.Approval; a != nil && a.Of == v1alpha1.WritesRemedy && !written {
				s.find(RemedyWritten, "Playbook", book, n.Field+".approval.of", fmt.Sprintf("%s approves the remedy, and no step has anybody write one: what is approved may be empty", n.Path),
					"let a task before it write the remedy (task.writes: remedy), or leave of out")
			}
			s.acknowledged(book, n)
		}
	}
}

// noLeads says why a playbook without a commander gives a record no lead.
func noLeads(n *playbook.Node) string {
	if len(n.Ladder) == 0 {
		return "there is no ladder"
	}
	return n.Ladder[0] + " is alone on the ladder"
}

func writesRemedy(plan *playbook.Plan) bool {
	for i := range plan.Nodes {
		if t := plan.Nodes[i].Action.Task; t != nil && t.Writes == v1alpha1.WritesRemedy {
			return true
		}
	}
	return false
}

// acknowledged says of a task that it may be acknowledged after it must be done, whenever it begins.
func (s *Subject) acknowledged(book string, n *playbook.Node) {
	if n.Action.Task == nil || n.Head.Within == nil || n.Action.Task.AcknowledgeWithin == "" {
		return
	}
	first := n.Action.Task.AcknowledgeWithin
	whole, longest, known := string(n.Head.Within.Elapsed), calendar.Elapsed(n.Head.Within.Elapsed), true
	advice := "write less than " + whole
	if working := n.Head.Within.Working; working != "" {
		study := s.study()
		if study == nil {
			return
		}
		longest, known = study.Longest(n.Calendar, v1alpha1.Span{Working: working})
		whole, advice = fmt.Sprintf("%s of working time, which is %s at most", working, timing.Took(longest)), "write less than that"
	}
	if known && calendar.Elapsed(first) > longest {
		s.find(AcknowledgedInTime, "Playbook", book, n.Field+".task.acknowledgeWithin", fmt.Sprintf("%s may be acknowledged within %s and must be done within %s", n.Path, first, whole),
			advice+", or leave it out")
	}
}
