package soundness

import (
	"slices"
	"strconv"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/engine"
)

// kind is a kind of move.
type kind byte

const (
	begins kind = iota
	answers
	approves
	refuses
	acknowledges
	delivers
	loses
	doubts
	runsOut
	factsChange
	rewrites
	joins
	incidentStepEnds
	incidentCloses
)

// move is something that happens.
type move struct {
	kind kind
	// step is the step of the plan it happens to, or of the incident.
	step int16
	// choice is which of its answers is given, or how the incident's step ends.
	choice int16
	// facts is which combination of facts holds then.
	facts int16
}

// ofStep is whether a move happens to a step of the run.
func (m move) ofStep() bool { return m.kind >= answers && m.kind <= runsOut }

// offers are the answers to a step that matter: all where a condition looks at them, else the first.
func (c *codec) offers(i int) []v1alpha1.Identifier {
	a := &c.Nodes[i].Action
	var all []v1alpha1.Identifier
	switch {
	case a.Task != nil:
		all = a.Task.Outcomes
	case a.Survey != nil:
		all = a.Survey.Scale
	case a.Decision != nil:
		all = a.Decision.Options
	}
	if len(all) == 0 {
		return []v1alpha1.Identifier{"done"}
	}
	if !c.looked[i].outcome {
		return all[:1]
	}
	return all
}

// movesOf lists what can happen to a waiting step.
func (c *codec) movesOf(i int, s state) []move {
	b := s[i*stepBytes:]
	if b[0]&phaseBits != 1 {
		return nil
	}
	var out []move
	add := func(k kind, choices int) {
		for choice := range choices {
			out = append(out, move{kind: k, step: int16(i), choice: int16(choice)})
		}
	}
	n := &c.Nodes[i]
	a := &n.Action
	switch {
	case n.Head.Every != nil:
	case a.Task != nil, a.Survey != nil, a.Decision != nil:
		add(answers, len(c.offers(i)))
	case a.Approval != nil:
		add(approves, 1)
		if c.looked[i].outcome || a.Approval.Of != "" {
			add(refuses, 1)
		}
	case a.AssembleTeam != nil:
		add(acknowledges, 1)
	case a.Notify != nil && b[0]>>fateShift&3 == 0:
		add(delivers, 1)
		add(loses, 1)
		if c.looked[i].outcome {
			add(doubts, 1)
		}
	}
	if b[3]&clockBit != 0 {
		add(runsOut, 1)
	}
	return out
}

// canVoid is whether an approval is given that would be void if the remedy were written anew, with something after it open.
func (c *codec) canVoid(s state) bool {
	for i := range c.Nodes {
		ap := c.Nodes[i].Action.Approval
		if ap == nil || ap.Of == "" || s[i*stepBytes]&phaseBits != 2 || c.outcomes[i][s[i*stepBytes+1]] != engine.Approved {
			continue
		}
		if s[i*stepBytes]>>digestShift == boundToOld {
			continue
		}
		if p := c.Nodes[i].Parent; p >= 0 && s[p*stepBytes]&phaseBits != 1 {
			continue
		}
		if slices.ContainsFunc(c.Nodes[i].NeededBy, func(k int) bool { return s[k*stepBytes]&phaseBits <= 1 }) {
			return true
		}
	}
	return false
}

// after is the state that a move leads to from the one that was taken apart into l.
func (c *codec) after(l *look, m move, v *values) (state, engine.Decision) {
	f := c.facts(l, v)
	digest := f.Digests[v1alpha1.WritesRemedy]
	incident, steps := incidentAfter(l.incident, l.steps, m)
	i := int(m.step)
	var was v1alpha1.StepState
	if m.ofStep() {
		was = l.run.Steps[i]
	}
	fate := byte(0)
	switch m.kind {
	case answers:
		if task := c.Nodes[i].Action.Task; task != nil && task.Writes != "" && digest == "" {
			digest = renewed
		}
		c.act(f, i, v1alpha1.TaskComplete, c.offers(i)[m.choice], 1)
	case acknowledges:
		c.act(f, i, v1alpha1.TaskAcknowledge, "", 1)
	case approves:
		c.act(f, i, v1alpha1.TaskApprove, "", c.mustApprove(i))
	case refuses:
		c.act(f, i, v1alpha1.TaskRefuse, "", len(c.Nodes[i].Action.Approval.By)-c.mustApprove(i)+1)
	case delivers, loses, doubts:
		fate = byte(m.kind-delivers) + 1
		f.Notices[string(c.notices[i])] = fates[fate]
	case runsOut:
		c.runOut(&l.run.Steps[i], i)
	case rewrites:
		digest = renewed
	case joins:
		*f.Incident = v.incident
		f.Incident.Exists = true
	case incidentCloses:
		f.Incident.Closed = true
	}
	if m.kind >= joins {
		f.Incident.Steps = c.incidentSteps(steps)
	}
	if digest != "" {
		f.Digests[v1alpha1.WritesRemedy] = digest
	}
	d := engine.Decide(c.Plan, l.run, f, now)
	if m.ofStep() {
		l.run.Steps[i] = was
	}
	if slices.ContainsFunc(d.Effects, func(e engine.Effect) bool { _, is := e.(engine.Join); return is }) && c.keepsIncident() {
		incident = openIncident
		clear(steps)
	}
	next := c.encode(&d.Run, func(k int) byte { return c.fateAfter(l, &d.Run, k, m, fate) }, digest, incident, steps, v.world)
	return next, d
}

// fateAfter is the fate of the notices of a waiting step after a move.
func (c *codec) fateAfter(l *look, run *v1alpha1.Run, k int, m move, fate byte) byte {
	notices := run.Steps[k].Notices
	switch {
	case len(notices) == 0 || notices[0] != c.notices[k]: // begun in this turn
		return 0
	case m.ofStep() && int(m.step) == k && fate != 0:
		return fate
	}
	return l.fates[k]
}

func (c *codec) mustApprove(i int) int {
	ap := c.Nodes[i].Action.Approval
	if ap.Quorum > 0 {
		return int(ap.Quorum)
	}
	return len(ap.By)
}

// act adds the same act of so many people to the task of a step.
func (c *codec) act(f *engine.Facts, i int, verb v1alpha1.TaskVerb, outcome v1alpha1.Identifier, people int) {
	var task engine.TaskFacts
	approval := c.Nodes[i].Action.Approval
	for k := range people {
		by := somebody
		digest := ""
		if approval != nil {
			by = seatUser(k)
			if approval.Of != "" {
				digest = f.Digests[approval.Of]
			}
		}
		task.Acts = append(task.Acts, v1alpha1.TaskAct{ID: strconv.Itoa(k), Verb: verb, By: by, At: today, Outcome: outcome, Digest: digest})
	}
	if approval != nil {
		for k := range approval.By {
			task.Seats = append(task.Seats, v1alpha1.Seat{Role: "seat", Users: []v1alpha1.User{seatUser(k)}})
		}
	}
	f.Tasks[string(c.tasks[i])] = task
}

// runOut lets the clock of a step run out: its wait ends, its deadline passes, or the next rung is due.
func (c *codec) runOut(s *v1alpha1.StepState, i int) {
	if c.Nodes[i].Action.Wait != nil && c.Nodes[i].Action.Wait.For != nil {
		s.NextAt = today
		return
	}
	s.DueAt = metav1.NewTime(now.Add(-time.Second - time.Duration(s.Rung)*time.Hour))
	if c.Nodes[i].Head.Every == nil {
		s.NextAt = today
	}
}
