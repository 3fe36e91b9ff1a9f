package drawing

import (
	"fmt"
	"slices"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/playbook"
)

// kind is what a box stands for; it has a shape and a colour.
type kind int

const (
	kindTask kind = iota
	kindApproval
	kindDecision
	kindSurvey
	kindNotice
	kindWait
	kindPeople
	kindRecord
	kindPlaybook
	kindFrame
)

// look is how a kind of box is drawn and what the legend calls it.
type look struct{ fill, stroke, legend string }

var looks = [...]look{
	kindTask:     {"#ffffff", colourText, "task"},
	kindApproval: {"#eaf5ec", "#1b7f3b", "approval"},
	kindDecision: {"#fff4dd", "#b26a00", "decision"},
	kindSurvey:   {"#f3ecfa", "#6b3fa0", "survey"},
	kindNotice:   {"#e8f0fa", "#1f5fa8", "notice"},
	kindWait:     {"#f4f6f8", "#5b6876", "wait"},
	kindPeople:   {"#e6f5f5", "#0b7285", "fills a role, calls a team"},
	kindRecord:   {"#fdecec", "#c62828", "incident, drill, post-mortem"},
	kindPlaybook: {"#ffffff", "#5b6876", "carries out a playbook"},
	kindFrame:    {"none", "#6b3fa0", "repeated"},
}

// kindOf tells what a step is.
func kindOf(n *playbook.Node) kind {
	a := &n.Action
	switch {
	case n.Repeat != nil:
		return kindFrame
	case a.Approval != nil:
		return kindApproval
	case a.Decision != nil:
		return kindDecision
	case a.Survey != nil:
		return kindSurvey
	case a.Notify != nil:
		return kindNotice
	case a.Wait != nil:
		return kindWait
	case a.AssignRole != nil, a.AssembleTeam != nil:
		return kindPeople
	case a.RaiseIncident != nil, a.ScheduleDrill != nil, a.PostMortem != nil:
		return kindRecord
	case a.Playbook != nil:
		return kindPlaybook
	}
	return kindTask
}

// roleOf is the role in whose lane a step is drawn; empty for what nobody is asked to do.
func roleOf(n *playbook.Node) string {
	if len(n.Asks) > 0 {
		return n.Asks[0]
	}
	if n.Action.PostMortem != nil {
		return string(n.Action.PostMortem.Owner)
	}
	return ""
}

// line is one line of text in a box. A clock and a stair may stand before it.
type line struct {
	text  string
	soft  bool
	clock bool
	// rungs is how many rungs of a ladder the stair shows.
	rungs int
	// beside stands behind it on the same line.
	beside *line
}

// spelling is how conditions are spelled: shortly in a box, wholly in what it is titled.
type spelling func(v1alpha1.Expression) string

// does says what a step is about beyond its name and its lane.
func does(n *playbook.Node, spell spelling) []string {
	a := &n.Action
	switch {
	case n.Repeat != nil:
		text := fmt.Sprintf("until %s, at most %d×", spell(n.Repeat.Until), n.Repeat.Max)
		if n.Repeat.Climb == v1alpha1.ClimbLadder {
			text += ", each round one rung higher"
		}
		return []string{text}
	case a.Task != nil:
		if a.Task.Writes != "" {
			return []string{"writes " + string(a.Task.Writes)}
		}
		return choices(a.Task.Outcomes)
	case a.Approval != nil:
		return approvalWords(a.Approval)
	case a.Decision != nil:
		return choices(a.Decision.Options)
	case a.Survey != nil:
		return choices(a.Survey.Scale)
	case a.Notify != nil:
		return []string{"to " + names(a.Notify.To)}
	case a.AssembleTeam != nil:
		return assembleWords(a.AssembleTeam)
	case a.Playbook != nil:
		return []string{"playbook " + a.Playbook.Name}
	}
	return waitOrRecord(a, spell)
}

func waitOrRecord(a *v1alpha1.Action, spell spelling) []string {
	switch {
	case a.Wait != nil && a.Wait.For != nil:
		return []string{"wait " + span(*a.Wait.For)}
	case a.Wait != nil:
		return []string{"wait until " + spell(a.Wait.Until)}
	case a.RaiseIncident != nil:
		return []string{"raises " + a.RaiseIncident.Playbook + " for " + a.RaiseIncident.Team}
	case a.ScheduleDrill != nil:
		return []string{"drill after " + span(a.ScheduleDrill.After)}
	case a.PostMortem != nil:
		return []string{"post-mortem, actions due in " + span(a.PostMortem.Due)}
	}
	return nil
}

func choices(of []v1alpha1.Identifier) []string {
	if len(of) == 0 {
		return nil
	}
	return []string{names(of) + "?"}
}

func approvalWords(a *v1alpha1.Approval) []string {
	text := "by " + names(a.By)
	if a.Quorum > 0 && int(a.Quorum) < len(a.By) {
		text = fmt.Sprintf("%d of %s", a.Quorum, names(a.By))
	}
	if a.Of != "" {
		text += ": " + string(a.Of)
	}
	return []string{text}
}

// assembleWords has a line of its own for how many suffice: a long list of duties would push it out of the box.
func assembleWords(a *v1alpha1.AssembleTeam) []string {
	who := a.Team
	if who == "" {
		who = "the team"
	}
	if len(a.Duties) > 0 {
		who += " (" + names(a.Duties) + ")"
	}
	words := []string{"calls " + who}
	if a.Quorum > 0 {
		words = append(words, fmt.Sprintf("%d suffice", a.Quorum))
	}
	return words
}

// timing says when a step recurs, by when it must end, and what happens then.
func timing(n *playbook.Node, spell spelling) []line {
	var lines []line
	h := &n.Head
	if h.Every != nil {
		lines = append(lines, line{text: "every " + span(*h.Every) + " until " + spell(h.Until), soft: true})
	}
	if h.Within != nil {
		lines = append(lines, line{text: deadline(h.Within), clock: true})
	}
	if h.Overdue == nil {
		return lines
	}
	switch {
	case h.Overdue.Outcome != "":
		lines = append(lines, line{text: "then " + string(h.Overdue.Outcome), soft: true})
	case h.Overdue.Climb == v1alpha1.ClimbLadder && h.Overdue.Every != "":
		lines = append(lines, line{text: string(h.Overdue.Every), rungs: max(1, rungsAbove(n)), soft: true})
	case h.Overdue.Climb == v1alpha1.ClimbLadder:
		lines = append(lines, line{text: "once", rungs: 1, soft: true})
	}
	return lines
}

// rungsAbove is how many rungs there are to climb from the role a step asks; the whole ladder where it asks none.
func rungsAbove(n *playbook.Node) int {
	at := -1
	for _, role := range n.Asks {
		at = max(at, slices.Index(n.Ladder, role))
	}
	return len(n.Ladder) - 1 - at
}

// start says what must hold for a step to begin, beyond its arrows.
func start(n *playbook.Node, spell spelling) []string {
	var parts []string
	if n.Head.Quorum > 0 {
		parts = append(parts, fmt.Sprintf("after %d of %d", n.Head.Quorum, len(n.Needs)))
	}
	if n.Head.When != "" {
		parts = append(parts, "if "+spell(n.Head.When))
	}
	return parts
}
