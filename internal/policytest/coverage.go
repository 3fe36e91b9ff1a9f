package policytest

import (
	"fmt"
	"slices"
	"strings"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/engine"
	"tocsin.dev/tocsin/internal/playbook"
)

// Coverage says which steps, branches, rungs and rules of a pack the tests have seen happen.
type Coverage struct {
	// Policies are the playbooks and triage policies, by kind and name.
	Policies []PolicyCoverage `json:"policies"`

	at map[string]*Item
}

// PolicyCoverage is what was seen of one playbook or triage policy.
type PolicyCoverage struct {
	// Kind, Name and File say which.
	Kind string `json:"kind"`
	Name string `json:"name"`
	File string `json:"file"`
	// Items are what there is to see, in the order they are written.
	Items []*Item `json:"items"`
}

// ItemKind is what sort of thing can be seen.
type ItemKind string

// What can be seen: that a step begins; each way it can go (its condition, its outcomes, its deadline, its rounds); each rung
// of a ladder; each rule and level of a triage policy.
const (
	ItemStep   ItemKind = "step"
	ItemBranch ItemKind = "branch"
	ItemRung   ItemKind = "rung"
	ItemRule   ItemKind = "rule"
	ItemLevel  ItemKind = "level"
)

// Item is one thing to see.
type Item struct {
	Kind ItemKind `json:"kind"`
	// Step is the step, or the name of the rule or level; What is what of it.
	Step string `json:"step"`
	What string `json:"what"`
	Line int    `json:"line"`
	// Tests is how many tests saw it.
	Tests int `json:"tests"`

	field string
}

// Count is how many items were seen of how many; of no kinds: of all.
func (p *PolicyCoverage) Count(kinds ...ItemKind) (seen, all int) {
	for _, item := range p.Items {
		if len(kinds) > 0 && !slices.Contains(kinds, item.Kind) {
			continue
		}
		all++
		if item.Tests > 0 {
			seen++
		}
	}
	return seen, all
}

// Percent is how much of everything was seen.
func (c *Coverage) Percent() float64 {
	seen, all := 0, 0
	for i := range c.Policies {
		s, a := c.Policies[i].Count()
		seen, all = seen+s, all+a
	}
	if all == 0 {
		return 100
	}
	return 100 * float64(seen) / float64(all)
}

// What is seen of a step.
const (
	begins     = "begins"
	isTrue     = "its condition holds"
	isFalse    = "its condition does not hold"
	inTime     = "its deadline is met"
	late       = "its deadline passes"
	secondTime = "another round"
)

func id(kind, name, field, what string) string {
	return strings.Join([]string{kind, name, field, what}, "\x00")
}

// emptyCoverage is what there is to see in a pack.
func (s *Suite) emptyCoverage() *Coverage {
	c := &Coverage{at: map[string]*Item{}, Policies: []PolicyCoverage{}}
	for _, name := range keys(s.Pack.Playbooks) {
		p := s.covered("Playbook", name)
		for _, item := range s.itemsOf(name) {
			c.put(&p, item)
		}
		c.Policies = append(c.Policies, p)
	}
	for _, name := range keys(s.Pack.Policies) {
		p := s.covered("TriagePolicy", name)
		spec := &s.Pack.Policies[name].Spec
		for i, l := range spec.Levels {
			c.put(&p, Item{Kind: ItemLevel, Step: string(l.Name), What: "is given", field: fmt.Sprintf("spec.levels[%d]", i)})
		}
		for i, r := range spec.Rules {
			c.put(&p, Item{Kind: ItemRule, Step: r.Name, What: "decides", field: fmt.Sprintf("spec.rules[%d]", i)})
		}
		c.Policies = append(c.Policies, p)
	}
	for i := range c.Policies {
		p := &c.Policies[i]
		d := s.documents[p.Kind+"/"+p.Name]
		for _, item := range p.Items {
			item.Line = d.LineOf(item.field)
		}
	}
	return c
}

func (s *Suite) covered(kind, name string) PolicyCoverage {
	return PolicyCoverage{Kind: kind, Name: name, File: s.documents[kind+"/"+name].File, Items: []*Item{}}
}

func (c *Coverage) put(p *PolicyCoverage, item Item) {
	what := id(p.Kind, p.Name, item.field, item.What)
	if c.at[what] == nil {
		c.at[what] = &item
		p.Items = append(p.Items, &item)
	}
}

// itemsOf are what there is to see in a playbook itself; its sub-playbooks are seen by themselves. One that cannot stand
// alone is looked at in one that carries it out.
func (s *Suite) itemsOf(name string) []Item {
	if plan := s.plans[name]; plan != nil {
		return items(plan, "")
	}
	for _, other := range keys(s.plans) {
		if out := items(s.plans[other], name); len(out) > 0 {
			return out
		}
	}
	return nil
}

// items are what there is to see of the steps of a plan that are written in a playbook; empty: in the plan's own.
func items(plan *playbook.Plan, book string) []Item {
	var out []Item
	for i := range plan.Nodes {
		n := &plan.Nodes[i]
		if n.Book != book {
			continue
		}
		name := n.Path
		if book != "" {
			name = n.Head.Name
		}
		add := func(kind ItemKind, what string) {
			out = append(out, Item{Kind: kind, Step: name, What: what, field: n.Field})
		}
		add(ItemStep, begins)
		if n.When != nil {
			add(ItemBranch, isTrue)
			add(ItemBranch, isFalse)
		}
		if n.Head.Within != nil {
			add(ItemBranch, inTime)
			add(ItemBranch, late)
		}
		for _, outcome := range outcomes(n) {
			add(ItemBranch, endsAs(outcome))
		}
		if n.Repeat != nil && n.Repeat.Max > 1 {
			add(ItemBranch, secondTime)
		}
		for rung := range rungs(n) {
			add(ItemRung, climbs(rung+1))
		}
	}
	return out
}

func endsAs(outcome v1alpha1.Identifier) string { return "ends as " + string(outcome) }

func climbs(rung int) string { return fmt.Sprintf("rung %d", rung) }

// outcomes are the ways a step can end, where there is more than one.
func outcomes(n *playbook.Node) []v1alpha1.Identifier {
	var out []v1alpha1.Identifier
	switch a := &n.Action; {
	case a.Task != nil && len(a.Task.Outcomes) > 1:
		out = slices.Clone(a.Task.Outcomes)
	case a.Approval != nil:
		out = []v1alpha1.Identifier{v1alpha1.OutcomeApproved, v1alpha1.OutcomeRefused}
	case a.Decision != nil:
		out = slices.Clone(a.Decision.Options)
	case a.Survey != nil:
		out = slices.Clone(a.Survey.Scale)
	case n.Repeat != nil:
		out = []v1alpha1.Identifier{engine.Satisfied, engine.Exhausted}
	}
	if o := n.Head.Overdue; o != nil && o.Outcome != "" && !slices.Contains(out, o.Outcome) {
		out = append(out, o.Outcome)
	}
	return out
}

// rungs is how many rungs of the ladder are above those a step asks.
func rungs(n *playbook.Node) int {
	if n.Head.Overdue == nil || n.Head.Overdue.Climb != v1alpha1.ClimbLadder {
		return 0
	}
	base := -1
	for _, role := range n.Asks {
		base = max(base, slices.Index(n.Ladder, role))
	}
	above := len(n.Ladder) - 1 - base
	if n.Head.Overdue.Every == "" {
		return min(above, 1)
	}
	return above
}

// add counts what a story has shown.
func (c *Coverage) add(s *Suite, story *chronicle) {
	seen := map[*Item]bool{}
	see := func(item *Item) {
		if item != nil && !seen[item] {
			seen[item] = true
			item.Tests++
		}
	}
	for _, l := range story.lines {
		plan := s.plans[l.playbook]
		if plan == nil || l.Step == "" {
			continue
		}
		at := slices.IndexFunc(plan.Nodes, func(n playbook.Node) bool { return n.Path == l.Step })
		if at < 0 {
			continue // what people asked for besides
		}
		n := &plan.Nodes[at]
		book := orElse(n.Book, l.playbook)
		for _, what := range shown(n, &l) {
			see(c.at[id("Playbook", book, n.Field, what)])
		}
	}
	for _, st := range story.states {
		name, _, _ := strings.Cut(st.policy, "@")
		policy := s.Pack.Policies[name]
		if policy == nil {
			continue
		}
		for i, l := range policy.Spec.Levels {
			if l.Name == st.level {
				see(c.at[id("TriagePolicy", name, fmt.Sprintf("spec.levels[%d]", i), "is given")])
			}
		}
		for i, r := range policy.Spec.Rules {
			if r.Name == st.rule {
				see(c.at[id("TriagePolicy", name, fmt.Sprintf("spec.rules[%d]", i), "decides")])
			}
		}
	}
}

// shown is what a line of a story shows of a step.
func shown(n *playbook.Node, l *line) []string {
	switch l.Type {
	case v1alpha1.EventStepSkipped:
		if n.When != nil && strings.HasPrefix(l.Text, engine.NotCalledFor) {
			return []string{isFalse}
		}
		return nil
	}
	if !l.begun() {
		return nil
	}
	out := []string{begins, isTrue}
	switch l.Type {
	case v1alpha1.EventStepDone:
		out = append(out, endsAs(l.Outcome))
	case v1alpha1.EventDeadlineMet:
		out = append(out, inTime)
	case v1alpha1.EventDeadlineMissed:
		out = append(out, late)
	case v1alpha1.EventRoundStarted:
		if l.Round > 1 {
			out = append(out, secondTime)
		}
	case v1alpha1.EventEscalated:
		if l.Rung > 0 {
			out = append(out, climbs(int(l.Rung)))
		}
	}
	return out
}
