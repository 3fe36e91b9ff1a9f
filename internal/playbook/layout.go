package playbook

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
)

// layout places the steps of all playbooks into one plan, each sub-playbook behind the step that carries it out.
type layout struct {
	*compiler
	plan *Plan
	// full is set once the plan has more than MaxNodes; nothing more is placed then.
	full bool
}

// layOut makes the plan. It is called only when no playbook has a problem; what can still go wrong is the size.
func (k *compiler) layOut() *Plan {
	root := k.order[0]
	l := &layout{compiler: k, plan: &Plan{
		Name: root.name, For: root.spec.For, Climbless: k.climbless,
		Roles: map[string]v1alpha1.Role{}, templates: map[v1alpha1.Identifier]v1alpha1.Template{},
		env: root.env,
	}}
	for _, b := range k.order {
		for _, role := range b.spec.Roles {
			l.plan.Roles[string(role.Name)] = role
		}
		for _, template := range b.spec.Templates {
			l.plan.templates[template.Name] = template
		}
	}
	if len(l.plan.Roles) > MaxRoles {
		root.report("spec.roles", "share roles between the playbooks", "the playbook and its sub-playbooks have %d roles, at most %d can be filled in a run", len(l.plan.Roles), MaxRoles)
	}
	l.place(root, -1, "")
	if l.full {
		root.report("spec.steps", "split the playbook, or carry out fewer sub-playbooks in one run", "the playbook has more than %d steps, blocks and sub-playbooks included", MaxNodes)
	}
	return l.plan
}

// place adds a playbook's steps under the step parent, whose path is prefix, and returns the indexes of the top ones.
func (l *layout) place(b *book, parent int, prefix string) []int {
	scope := len(l.plan.Nodes)
	cal := l.calendars[b.spec.Calendar]
	index := map[*step]int{}
	var top []int
	for _, s := range b.top {
		at := l.add(b, s, parent, scope, prefix, cal, index)
		top = append(top, at)
		for _, inner := range s.inside {
			child := l.add(b, inner, at, scope, prefix+s.head.Name+"/", cal, index)
			if at < len(l.plan.Nodes) {
				l.plan.Nodes[at].Children = append(l.plan.Nodes[at].Children, child)
			}
		}
	}
	if parent < 0 {
		l.plan.Roots = top
	}
	if !l.full {
		l.connect(index)
		l.addRegions(b, parent, prefix, scope, index)
	}
	return top
}

// add places one step and, behind it, the sub-playbook it carries out.
func (l *layout) add(b *book, s *step, parent, scope int, prefix string, cal *calendar.Calendar, index map[*step]int) int {
	at := len(l.plan.Nodes)
	if l.full || at >= MaxNodes {
		l.full = true
		return at
	}
	path := prefix + s.head.Name
	if len(path) > MaxPath {
		b.report(s.field+".name", "use shorter names", "the path %s is longer than %d characters", path, MaxPath)
	}
	index[s] = at
	s.offset = at - scope
	l.plan.Nodes = append(l.plan.Nodes, Node{
		Path: path, Field: s.field, Book: b.sub(), Head: *s.head, Action: *s.action, Repeat: s.repeat, Parent: parent,
		When: s.when, Until: s.until, WaitUntil: s.waitUntil, OfStep: -1,
		Asks: texts(rolesAsked(s.action)), Remind: earliestFirst(s.head.Remind),
		Ladder: texts(b.spec.Ladder), Calendar: cal, Scope: scope,
	})
	if s.action.Playbook != nil {
		children := l.place(l.books[s.action.Playbook.Name], at, path+"/")
		l.plan.Nodes[at].Children = children
	}
	return at
}

// connect fills in what refers to other steps of the same playbook, once all of them have a place.
func (l *layout) connect(index map[*step]int) {
	for _, s := range slices.SortedFunc(maps.Keys(index), func(a, b *step) int { return index[a] - index[b] }) {
		at := index[s]
		if s.of != nil {
			l.plan.Nodes[at].OfStep = index[s.of]
		}
		for _, need := range s.needs {
			l.plan.Nodes[at].Needs = append(l.plan.Nodes[at].Needs, index[need])
			l.plan.Nodes[index[need]].NeededBy = append(l.plan.Nodes[index[need]].NeededBy, at)
		}
	}
}

func (l *layout) addRegions(b *book, parent int, prefix string, scope int, index map[*step]int) {
	for _, r := range b.regions {
		placed := Region{Name: prefix + string(r.name), Field: r.field, Book: b.sub(), When: r.when, Parent: parent, Scope: scope}
		for _, s := range r.steps {
			placed.Nodes = l.appendInside(placed.Nodes, index[s])
		}
		slices.Sort(placed.Nodes)
		l.plan.Regions = append(l.plan.Regions, placed)
	}
}

// appendInside adds a step and everything inside it.
func (l *layout) appendInside(nodes []int, at int) []int {
	nodes = append(nodes, at)
	for _, child := range l.plan.Nodes[at].Children {
		nodes = l.appendInside(nodes, child)
	}
	return nodes
}

// earliestFirst are spans before a moment in the order in which their time comes.
func earliestFirst(before []v1alpha1.Duration) []time.Duration {
	var out []time.Duration
	for _, d := range before {
		out = append(out, calendar.Elapsed(d))
	}
	slices.Sort(out)
	slices.Reverse(out)
	return out
}

func texts(ids []v1alpha1.Identifier) []string {
	list := make([]string, 0, len(ids))
	for _, id := range ids {
		list = append(list, string(id))
	}
	return list
}

// describe names a step for a message: its name and where it is.
func (s *step) describe() string {
	if s.block != nil {
		return fmt.Sprintf("%s (inside the block %s)", s.head.Name, s.block.head.Name)
	}
	return s.head.Name
}
