package soundness

import (
	"slices"
	"strings"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/playbook"
)

// Names of the one team of the lean plan, of its only duty and of an audience that always exists.
const (
	everybody = "everybody"
	calledIn  = "called"
	anybody   = "anybody"
)

// aspects are what conditions look at of a step.
type aspects struct{ outcome, overdue, rung, round bool }

// lean is a plan without what changes nothing but who is told and when, and what its conditions look at.
type lean struct {
	*playbook.Plan
	// written is the plan as it was given.
	written *playbook.Plan
	// looked is what conditions look at, a node each.
	looked []aspects
	// exprs are all conditions with where they stand.
	exprs []condition
	// incident are the steps of the incident that conditions look at.
	incident []incidentStep
	// seesIncident is whether anything looks at the incident a complaint is part of.
	seesIncident bool
	// carried are the steps that may be done before a run begins, because it takes over from one of another playbook; handed those
	// that a run which takes over from this one may keep.
	carried, handed []bool
	// handsIncident is whether a run which takes over from this one looks at the incident.
	handsIncident bool
	// mayEndUndone are the steps that can be skipped or cancelled.
	mayEndUndone []bool
}

// condition is an expression of the plan.
type condition struct {
	expr *playbook.Expr
	// node is the step it stands at, -1 for a cancel region, which region then names.
	node, region int
	// steps are the nodes it looks at.
	steps []int
	// facts are the paths it looks at besides.
	facts []string
	// unsettled are those of steps that may or may not have ended, or may yet begin anew, when it is asked.
	unsettled []int
	// onlyEnds is whether it does nothing but end a step as soon as others have ended, which it does in every order.
	onlyEnds bool
}

// varies is whether its answer depends on facts that can change at any time, and back.
func (c *condition) varies() bool { return c.looksAtChange() && !c.onlyEnds }

// looksAtChange is whether it looks at facts that can change at any time.
func (c *condition) looksAtChange() bool {
	return slices.ContainsFunc(c.facts, func(path string) bool { return !settled(path) })
}

// incident is whether a condition of a complaint's playbook looks at the incident the complaint is part of.
func (c *condition) incident() bool {
	return slices.ContainsFunc(c.facts, func(path string) bool { return strings.HasPrefix(path, "incident.") })
}

// incidentStep is a step of the incident that conditions look at.
type incidentStep struct {
	name string
	// outcomes are those that conditions tell apart; ends is whether they look at more than that.
	outcomes []string
	ends     bool
}

// newLean makes the lean plan. Deadlines stay where they end a step or a condition looks at them, and where a notice waits
// for them to be given up; how long they are does not matter, because they may pass at any moment.
func newLean(plan *playbook.Plan) *lean { return newLeanBetween(plan, nil, nil) }

// newLeanBetween makes it for runs that take over from those of some playbooks and give way to those of others.
func newLeanBetween(plan *playbook.Plan, before, after []*playbook.Plan) *lean {
	copied := *plan
	l := &lean{Plan: &copied, written: plan, looked: make([]aspects, len(plan.Nodes)), carried: carriedFrom(plan, before), handed: handedTo(plan, after)}
	l.watch(after)
	l.findConditions()
	rounds := l.mostRounds()
	l.Nodes = slices.Clone(plan.Nodes)
	l.Roles = map[string]v1alpha1.Role{}
	for name := range plan.Roles {
		l.Roles[name] = v1alpha1.Role{Name: v1alpha1.Identifier(name), Team: everybody, Duty: everybody}
	}
	for i := range l.Nodes {
		l.thin(i, rounds)
	}
	l.findUndone()
	l.settle()
	l.keepRounds()
	return l
}

// keepRounds gives back rounds to blocks that can go through several of them in one turn and look at steps outside: a later round
// may see what one of those did in the same turn. More than a round a step of the plan sees nothing new.
func (l *lean) keepRounds() {
	for i := range l.Nodes {
		n := &l.Nodes[i]
		if n.Repeat == nil || !l.passes(i) {
			continue
		}
		if slices.ContainsFunc(l.exprs, func(c condition) bool {
			return c.node >= 0 && (c.node == i || l.isInside(c.node, i)) &&
				slices.ContainsFunc(c.unsettled, func(s int) bool { return !l.isInside(s, i) })
		}) {
			n.Repeat.Max = min(l.written.Nodes[i].Repeat.Max, n.Repeat.Max+int32(len(l.Nodes)))
		}
	}
}

// thin takes out of a node what changes nothing but who is told and when.
func (l *lean) thin(i int, rounds int32) {
	n := &l.Nodes[i]
	n.Remind, n.Calendar = nil, nil
	hour := v1alpha1.Span{Elapsed: "1h"}
	if n.Repeat != nil {
		r := *n.Repeat
		r.Max, r.Climb = min(r.Max, rounds), ""
		n.Repeat = &r
	}
	if n.Head.Every != nil {
		n.Head.Every = &hour
	}
	if w := n.Head.Within; w != nil {
		if l.deadlineMatters(i) {
			n.Head.Within = &v1alpha1.Deadline{Elapsed: "1h", Of: w.Of}
		} else {
			n.Head.Within, n.Head.Overdue, n.OfStep = nil, nil, -1
		}
	}
	if o := n.Head.Overdue; o != nil {
		every := v1alpha1.Duration("")
		if o.Every != "" && l.looked[i].rung {
			every = "1h"
		}
		n.Head.Overdue = &v1alpha1.Overdue{Climb: o.Climb, Every: every, Outcome: o.Outcome}
	}
	n.Action = l.thinAction(n)
}

func (l *lean) thinAction(n *playbook.Node) v1alpha1.Action {
	a := n.Action
	switch {
	case a.Notify != nil:
		audience := v1alpha1.Identifier(anybody)
		if writesToComplainantOnly(a.Notify) {
			audience = "complainant"
		}
		a.Notify = &v1alpha1.Notify{To: []v1alpha1.Identifier{audience}, Template: a.Notify.Template}
	case a.AssembleTeam != nil:
		a.AssembleTeam = &v1alpha1.AssembleTeam{Team: calledIn}
	case a.Task != nil:
		task := *a.Task
		task.AcknowledgeWithin = ""
		a.Task = &task
	case a.Wait != nil && a.Wait.For != nil:
		a.Wait = &v1alpha1.Wait{For: &v1alpha1.Span{Elapsed: "1h"}}
	case a.Survey != nil:
		survey := *a.Survey
		survey.By = v1alpha1.SurveyPhone
		a.Survey = &survey
	case a.ScheduleDrill != nil:
		drill := *a.ScheduleDrill
		drill.After = v1alpha1.Span{Elapsed: "1h"}
		a.ScheduleDrill = &drill
	case a.PostMortem != nil:
		pm := *a.PostMortem
		pm.Due = v1alpha1.Span{Elapsed: "1h"}
		a.PostMortem = &pm
	}
	return a
}

// deadlineMatters is whether anything but who is told follows from a deadline.
func (l *lean) deadlineMatters(i int) bool {
	n := &l.written.Nodes[i]
	return n.Head.Overdue != nil && n.Head.Overdue.Outcome != "" || l.looked[i].overdue || l.looked[i].rung ||
		n.Action.Notify != nil && n.Head.Every == nil
}

func writesToComplainantOnly(n *v1alpha1.Notify) bool {
	return !slices.ContainsFunc(n.To, func(to v1alpha1.Identifier) bool { return to != "complainant" })
}

// mostWritten is the most rounds that can be written.
const mostWritten = 100

func ofRounds(path string) bool { return strings.HasSuffix(path, ".round") }

// mostRounds is how many rounds of a block are looked at. The first can be followed by another and the last cannot; those
// between are as the first, unless a condition counts rounds.
func (l *lean) mostRounds() int32 {
	most := int32(2)
	for _, c := range l.exprs {
		for _, a := range c.expr.Atoms() {
			if slices.ContainsFunc(a.Loose, ofRounds) {
				return mostWritten // what is reckoned with them may ask for any of them
			}
		}
		counts := slices.Contains(c.facts, "run.round")
		for _, s := range c.steps {
			counts = counts || l.looked[s].round
		}
		if counts {
			for _, n := range c.expr.Looks().Numbers {
				most = max(most, int32(min(max(n, 0), 100))+2)
			}
		}
	}
	return most
}

// findConditions lists every condition and what it looks at.
func (l *lean) findConditions() {
	add := func(e *playbook.Expr, node, region, scope int) {
		if e == nil {
			return
		}
		c := condition{expr: e, node: node, region: region}
		for _, path := range e.Looks().Paths {
			l.noteLook(&c, path, scope)
		}
		l.exprs = append(l.exprs, c)
	}
	for i := range l.written.Nodes {
		n := &l.written.Nodes[i]
		add(n.When, i, -1, n.Scope)
		add(n.Until, i, -1, n.Scope)
		add(n.WaitUntil, i, -1, n.Scope)
	}
	for k := range l.written.Regions {
		add(l.written.Regions[k].When, -1, k, l.written.Regions[k].Scope)
	}
	for i := range l.written.Nodes { // whether it raises one or joins one
		l.seesIncident = l.seesIncident || l.written.Nodes[i].Action.RaiseIncident != nil && l.looked[i].outcome
	}
}

func (l *lean) noteLook(c *condition, path string, scope int) {
	parts := strings.Split(path, ".")
	switch {
	case parts[0] == "steps" && len(parts) > 1:
		i := l.nodeNamed(parts[1], scope)
		if i < 0 {
			return
		}
		if !slices.Contains(c.steps, i) {
			c.steps = append(c.steps, i)
		}
		aspect := ""
		if len(parts) > 2 {
			aspect = parts[2]
		}
		a := &l.looked[i]
		a.outcome = a.outcome || aspect == "outcome" || aspect == ""
		a.overdue = a.overdue || aspect == "overdue" || aspect == ""
		a.rung = a.rung || aspect == "rung" || aspect == ""
		a.round = a.round || aspect == "round" || aspect == ""
	case parts[0] == "incident" && l.written.For == v1alpha1.RecordComplaint:
		l.seesIncident = true
		c.facts = append(c.facts, path)
		if len(parts) > 2 && parts[1] == "steps" {
			l.noteIncidentStep(parts[2], c.expr.Looks().Words[path], parts[len(parts)-1] != "outcome")
		}
	case parts[0] == "complaint", parts[0] == "incident", parts[0] == "run":
		c.facts = append(c.facts, path)
	}
}

func (l *lean) noteIncidentStep(name string, outcomes []string, ends bool) {
	k := slices.IndexFunc(l.incident, func(s incidentStep) bool { return s.name == name })
	if k < 0 {
		k = len(l.incident)
		l.incident = append(l.incident, incidentStep{name: name, outcomes: []string{otherWord}})
	}
	l.incident[k].ends = l.incident[k].ends || ends
	for _, o := range outcomes {
		if o != "" && !slices.Contains(l.incident[k].outcomes, o) {
			l.incident[k].outcomes = append(l.incident[k].outcomes, o)
		}
	}
}

// nodeNamed is the step of that name in the playbook whose steps begin at scope.
func (l *lean) nodeNamed(name string, scope int) int {
	for i := scope; i < len(l.written.Nodes); i++ {
		if n := &l.written.Nodes[i]; n.Scope == scope && n.Head.Name == name {
			return i
		}
	}
	return -1
}
