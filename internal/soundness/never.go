package soundness

import (
	"fmt"
	"slices"
)

// never is something that no run does that was looked at.
type never struct {
	Finding
	// node is the step it is about, -1 where it is about a cancel region, which region then names.
	node, region int
}

// happens is whether it does in a search.
func (n *never) happens(s *search) bool {
	switch n.Reason {
	case NeverFires:
		return s.fired[n.region]
	case NeverSatisfied:
		return s.satisfied[n.node]
	}
	return s.happened[n.node]
}

// never are the steps that begin in no run, the first of each chain, the blocks that are never satisfied, and the cancel regions
// that never stop anything.
func (s *search) never() []never {
	var out []never
	for i := range s.Nodes {
		n := &s.Nodes[i]
		switch {
		case n.Parent >= 0 && !s.happened[n.Parent]:
		case !s.happened[i] && !s.followsNever(i):
			f := s.finding(i, NeverHappens)
			field := ""
			f.Message, f.Advice, field = s.whyNever(i)
			f.Field += field
			out = append(out, never{f, i, -1})
		case s.happened[i] && n.Repeat != nil && !s.satisfied[i]:
			f := s.finding(i, NeverSatisfied)
			f.Field += ".repeat.until"
			f.Message = fmt.Sprintf("the block %s never ends before its last round: %q holds at the end of no round", n.Path, n.Until.Source())
			f.Advice = "ask for something that a round can bring about"
			out = append(out, never{f, i, -1})
		}
	}
	for k := range s.Regions {
		if r := &s.Regions[k]; !s.fired[k] && (r.Parent < 0 || s.happened[r.Parent]) && slices.ContainsFunc(r.Nodes, func(i int) bool { return s.happened[i] }) {
			out = append(out, never{Finding{Reason: NeverFires, Playbook: r.Book, Field: r.Field + ".when", Step: r.Name,
				Message: fmt.Sprintf("the cancel region %s never stops anything: %q holds in no run while one of its steps is open", r.Name, r.When.Source()),
				Advice:  "correct the condition, or take the region out"}, -1, k})
		}
	}
	return out[:min(len(out), mostFindings)]
}
