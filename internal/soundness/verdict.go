package soundness

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// Verdict is what became of a proof.
type Verdict struct {
	// Findings are what is wrong; where there are none and Bounds is empty the playbook is sound.
	Findings []Finding
	// ByTakeOver are those of steps that never happen, blocks that never end early and cancel regions that never stop anything which
	// another playbook may bring about that this one takes over from. The text of one playbook does not say; see Options.TextAlone.
	ByTakeOver []Finding
	// Doubts are what does not keep a run from its end, and that somebody should mend.
	Doubts []Finding
	// Bounds say what was not looked at, a sentence each.
	Bounds []string
	// States and Moves count what was looked at.
	States, Moves int
}

// Sound is whether everything was proved.
func (v Verdict) Sound() bool { return len(v.Findings) == 0 && len(v.Bounds) == 0 }

// Unsure is what somebody should look at of a playbook that nothing is wrong with: what happens after take-overs alone, which condition
// Workable knows, and the doubts.
func (v Verdict) Unsure() []Finding {
	var out []Finding
	for _, f := range v.ByTakeOver {
		f.Advice = "unless it does in a run that takes over from another playbook (condition Workable tells), " + f.Advice
		out = append(out, f)
	}
	return append(out, v.Doubts...)
}

// Reason is what kind of mistake a finding is.
type Reason string

// Kinds of mistakes.
const (
	// Stuck is a run that can come to where nothing can happen any more though steps still wait.
	Stuck Reason = "Stuck"
	// LeftRunning is a run that can end while steps of it are open.
	LeftRunning Reason = "LeftRunning"
	// NeverHappens is a step that begins in no run.
	NeverHappens Reason = "NeverHappens"
	// NeverSatisfied is a block that always goes through all its rounds.
	NeverSatisfied Reason = "NeverSatisfied"
	// NeverFires is a cancel region that stops something in no run.
	NeverFires Reason = "NeverFires"
	// Unanswered is a condition that some facts leave without an answer, so that a run waits for others. It is a doubt.
	Unanswered Reason = "Unanswered"
)

// Finding is something that is wrong with a playbook.
type Finding struct {
	// Reason is what kind of mistake it is.
	Reason Reason
	// Playbook names the sub-playbook it is in, empty for the playbook itself; Field is the path in its YAML to change.
	Playbook, Field string
	// Step is the path of the step, or the name of the cancel region.
	Step string
	// Message says what is wrong, Advice what to do.
	Message, Advice string
	// Story is how it comes about, a line each; empty where it is about what never does.
	Story []Line
	// After names the playbook that the run of the story has taken over from, empty where it has from none.
	After string
}

// String is the finding in one sentence.
func (f Finding) String() string {
	text := f.Field + ": " + f.Message + "; " + f.Advice
	if f.Playbook != "" {
		text = "playbook " + f.Playbook + ": " + text
	}
	return text
}

// mostFindings bounds the list; the rest would be more of the same.
const mostFindings = 16

// verdict says what the search has shown.
func (s *search) verdict(o Options) Verdict {
	v := Verdict{States: len(s.states), Moves: s.moves, Findings: s.stuckFindings(), Bounds: s.bounds()}
	if len(v.Bounds) == 0 {
		for _, n := range s.never() {
			if o.TextAlone && s.happensAfterAny(&n, o, &v) {
				v.ByTakeOver = append(v.ByTakeOver, n.Finding)
			} else {
				v.Findings = append(v.Findings, n.Finding)
			}
		}
	}
	v.Findings = v.Findings[:min(len(v.Findings), mostFindings)]
	v.Doubts = s.unansweredFindings(v.Findings)
	return v
}

// bounds say what was not looked at.
func (s *search) bounds() (out []string) {
	switch {
	case s.cut:
		out = append(out, "not proved beyond "+thousands(len(s.states))+" states, because what was found there is to be mended first")
	case s.full:
		out = append(out, "not proved beyond "+thousands(s.limit)+" states")
	case s.stopped:
		out = append(out, "not proved beyond "+thousands(len(s.states))+" states, for which the time did not suffice")
	}
	out = append(out, s.unseen...)
	out = append(out, slices.Compact(slices.Sorted(maps.Values(s.untried)))...)
	for _, c := range s.exprs {
		for _, path := range c.facts {
			if parts := strings.Split(path, "."); len(parts) > 3 && parts[1] == "steps" && slices.Contains([]string{"overdue", "rung", "round"}, parts[3]) {
				out = append(out, "what happens inside the incident is not looked at, and a condition asks for "+path)
			}
		}
	}
	return out
}

func thousands(n int) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// stuckFindings are the ways to get stuck, the shortest for each step that is in the way.
func (s *search) stuckFindings() []Finding {
	var out []Finding
	told := map[int]bool{}
	for _, at := range s.stuck {
		if s.unsure(s.states[at]) {
			continue
		}
		s.decode(s.states[at], &s.room)
		for _, i := range s.culprits(&s.room) {
			if told[i] || len(out) >= mostFindings {
				continue
			}
			told[i] = true
			f := s.finding(i, Stuck)
			var field string
			f.Message, f.Advice, field = s.whyStuck(i, &s.room)
			f.Field += field
			f.Story, f.After = s.story(at, f.Message), s.tookOver(s.path(at)[0])
			out = append(out, f)
		}
	}
	for _, at := range s.left[:min(len(s.left), 1)] {
		s.decode(s.states[at], &s.room)
		i := slices.IndexFunc(s.room.run.Steps, func(st v1alpha1.StepState) bool { return !ended(&st) })
		f := s.finding(i, LeftRunning)
		f.Message, f.Advice = "the step "+f.Step+" is still open when the run has ended", "report this: it is a fault of the product"
		f.Story, f.After = s.story(at, f.Message), s.tookOver(s.path(at)[0])
		out = append(out, f)
	}
	return out
}

// unsure is whether a run that seems stuck could go on by a value of a fact that was not tried. That not all were is in the bounds.
func (s *search) unsure(st state) bool {
	return len(s.untried) > 0 && slices.ContainsFunc(s.exprs, func(c condition) bool {
		return slices.ContainsFunc(c.expr.Looks().Paths, func(path string) bool { return s.untried[s.sameAs(path)] != "" }) && s.live(&c, st)
	})
}

// culprits are the steps that keep a stuck run from going on: those that wait, but not for what is inside them, and those
// whose condition has no answer.
func (s *search) culprits(l *look) []int {
	var out []int
	for i := range s.Nodes {
		st := &l.run.Steps[i]
		block := s.Nodes[i].Repeat != nil || s.Nodes[i].Action.Playbook != nil
		open := func(c int) bool { return !ended(&l.run.Steps[c]) }
		switch {
		case st.State == v1alpha1.StepWaiting && (!block || !slices.ContainsFunc(s.Nodes[i].Children, open)):
			out = append(out, i)
		case st.State == v1alpha1.StepPending && s.unanswered(i, l):
			out = append(out, i)
		}
	}
	return out
}

// unanswered is whether a pending step could begin but for its condition.
func (s *search) unanswered(i int, l *look) bool {
	n := &s.Nodes[i]
	if n.When == nil || n.Parent >= 0 && l.run.Steps[n.Parent].State != v1alpha1.StepWaiting {
		return false
	}
	done := 0
	for _, need := range n.Needs {
		if !ended(&l.run.Steps[need]) && n.Head.Quorum == 0 {
			return false
		}
		if l.run.Steps[need].State == v1alpha1.StepDone {
			done++
		}
	}
	return done >= int(n.Head.Quorum)
}

// followsNever is whether a step never happens only because none of what it needs does.
func (s *search) followsNever(i int) bool {
	needs := s.Nodes[i].Needs
	return len(needs) > 0 && !slices.ContainsFunc(needs, func(k int) bool { return s.happened[k] })
}

// finding is the beginning of a finding about a step.
func (s *search) finding(i int, reason Reason) Finding {
	n := &s.Nodes[i]
	return Finding{Reason: reason, Playbook: n.Book, Field: n.Field, Step: n.Path}
}
