package playbook

import (
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
)

// Plan is a compiled playbook: every step of it and of its sub-playbooks in one list. A Plan is immutable and safe for
// concurrent use. Position i of Nodes belongs to position i of Run.Steps.
type Plan struct {
	// Name is the name of the playbook.
	Name string
	// For is the kind of record it runs on.
	For v1alpha1.RecordKind
	// Nodes are all steps; a block or sub-playbook stands before the steps inside it.
	Nodes []Node
	// Roots are the indexes of the top-level steps.
	Roots []int
	// Roles are the roles by name. Sub-playbooks share roles of the same name.
	Roles map[string]v1alpha1.Role
	// Regions are the cancel regions, of sub-playbooks too.
	Regions []Region
	// Climbless are the deadlines that are said to climb the ladder and have nobody above to climb to. They are carried out:
	// those asked and the leads are told.
	Climbless []Problem

	templates map[v1alpha1.Identifier]v1alpha1.Template
	env       *environment
}

// Condition compiles a condition that stands beside the steps of the playbook and that no run asks, or says what is wrong with it
// and what to do.
func (p *Plan) Condition(source v1alpha1.Expression) (expr *Expr, message, advice string) {
	return p.env.compile(source)
}

// Template is the template of that name: the playbook's or a sub-playbook's, else the built-in one.
func (p *Plan) Template(name string) (v1alpha1.Template, bool) {
	if t, ok := p.templates[v1alpha1.Identifier(name)]; ok {
		return t, true
	}
	return BuiltinTemplate(name)
}

// Node is a step in a Plan.
type Node struct {
	// Path is the step's name, preceded by the names of what it is inside and slashes.
	Path string
	// Field is where it is written, e.g. spec.steps[3]. Book names the sub-playbook that is in; empty for the playbook itself.
	Field, Book string
	// Head is what the YAML says about start and deadline.
	Head v1alpha1.StepHead
	// Action is what the step does; empty for a repeat.
	Action v1alpha1.Action
	// Repeat is set when the step is a repeated block.
	Repeat *v1alpha1.Repeat
	// Parent is the index of the repeat or sub-playbook step this one is inside, -1 at the top.
	Parent int
	// Children are the indexes of the steps inside this one.
	Children []int
	// Needs are the indexes of the steps that must have ended before; NeededBy is the reverse.
	Needs    []int
	NeededBy []int
	// When, Until (of a recurring step or a repeat) and WaitUntil (of a wait) are the compiled conditions, nil if absent.
	When      *Expr
	Until     *Expr
	WaitUntil *Expr
	// OfStep is the index of the step whose end the deadline counts from, -1 when it counts from another event.
	OfStep int
	// Asks lists the roles that Action asks, or waits for somebody to take.
	Asks []string
	// Remind lists how long before the deadline to remind, earliest first.
	Remind []time.Duration
	// Ladder lists the roles of the playbook the step is written in, lowest first.
	Ladder []string
	// Calendar counts working time for the step, nil when its playbook names none.
	Calendar *calendar.Calendar
	// Scope is the index in Plan of the first node written in the same playbook's name space; expressions use it.
	Scope int
}

// Region is a compiled cancel region.
type Region struct {
	// Name identifies the region in the timeline; inside a sub-playbook preceded by the path of its step and a slash.
	Name string
	// Field is where it is written, e.g. spec.cancel[0]. Book names the sub-playbook that is in; empty for the playbook itself.
	Field, Book string
	// When ends it.
	When *Expr
	// Nodes are the indexes of the steps it stops, in plan order: the steps named and all that is inside them.
	Nodes []int
	// Parent is the index of the sub-playbook step whose playbook declares the region, -1 for the playbook itself.
	Parent int
	// Scope is the Node.Scope that When is asked with.
	Scope int
}

// Problem is why a playbook does not compile: where, what, and what to do about it.
type Problem struct {
	// Playbook names the sub-playbook the problem is in; empty for the playbook itself.
	Playbook string
	// Field is the path in the YAML, e.g. spec.steps[3].when.
	Field string
	// Message says what is wrong.
	Message string
	// Advice says what to do.
	Advice string
	// Missing is what it refers to that there is none of, or that cannot be used, as kind/name; empty where it is about something else.
	Missing string
}

// String joins the parts into a sentence for a condition or a terminal.
func (p Problem) String() string {
	text := p.Field + ": " + p.Message
	if p.Playbook != "" {
		text = "playbook " + p.Playbook + ": " + text
	}
	if p.Advice != "" {
		text += "; " + p.Advice
	}
	return text
}
