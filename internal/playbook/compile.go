package playbook

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
)

// Bounds of a plan; a run's status must hold a state for each step.
const (
	// MaxNodes is the greatest number of steps, blocks and sub-playbooks included.
	MaxNodes = 256
	// MaxPath is the greatest length of a step's path.
	MaxPath = 128
	// MaxRoles is the greatest number of roles of all playbooks together.
	MaxRoles = 128
)

// Compile turns a playbook into a plan, or says everything that is wrong with it: first the playbook itself in the
// order it is written, then its sub-playbooks in the order they are first named. The plan is nil when there are
// problems.
func Compile(c Closure) (*Plan, []Problem) { return compile(c, false) }

// CompilePinned is Compile for the revision of a run that has begun. It is not held to what is wrong in what it says but
// can be carried out, because a later release may look more closely than the one that pinned it.
func CompilePinned(c Closure) (*Plan, []Problem) { return compile(c, true) }

func compile(c Closure, pinned bool) (*Plan, []Problem) {
	k := &compiler{closure: c, pinned: pinned, books: map[string]*book{}, calendars: map[string]*calendar.Calendar{}, calendarErrors: map[string]error{}}
	k.load()
	for _, b := range k.order {
		b.check()
	}
	if len(k.problems) > 0 {
		return nil, k.problems
	}
	plan := k.layOut()
	if len(k.problems) > 0 {
		return nil, k.problems
	}
	return plan, nil
}

// compiler is what one call of Compile knows.
type compiler struct {
	closure Closure
	// pinned is whether a run follows this already.
	pinned bool
	// books are the playbooks by name; order is the playbook itself, then the sub-playbooks as they are first named.
	books map[string]*book
	order []*book
	// calendars holds what calendar.New made, calendarErrors what it refused.
	calendars      map[string]*calendar.Calendar
	calendarErrors map[string]error
	problems       []Problem
	// climbless become Plan.Climbless.
	climbless []Problem
}

// book is one playbook of the closure.
type book struct {
	*compiler
	name string
	spec *v1alpha1.PlaybookSpec
	// steps are all steps in the order they are written, a block before what is inside it.
	steps []*step
	// top are the steps outside blocks.
	top []*step
	// byName finds a step anywhere in the playbook; of two with one name the first.
	byName    map[string]*step
	roles     map[v1alpha1.Identifier]bool
	templates map[v1alpha1.Identifier]bool
	regions   []*region
	env       *environment
}

// step is a step of a playbook on its way into a plan.
type step struct {
	// field is its path in the YAML.
	field  string
	head   *v1alpha1.StepHead
	action *v1alpha1.Action
	repeat *v1alpha1.Repeat
	// block is the repeat the step is inside, nil at the top; inside are the steps of a repeat.
	block  *step
	inside []*step
	needs  []*step
	of     *step

	when, until, waitUntil *Expr

	// offset is the position of the step in the plan counted from the first step of its playbook.
	offset int
}

// region is a cancel region on its way into a plan.
type region struct {
	name  v1alpha1.Identifier
	field string
	when  *Expr
	steps []*step
}

// load reads the playbooks that can be reached.
func (k *compiler) load() {
	k.read(k.closure.Name, k.closure.Playbook)
	for i := 0; i < len(k.order); i++ {
		for _, s := range k.order[i].steps {
			if s.action.Playbook == nil {
				continue
			}
			name := s.action.Playbook.Name
			if spec, ok := k.closure.Subs[name]; ok && k.books[name] == nil {
				k.read(name, spec)
			}
		}
	}
}

func (k *compiler) read(name string, spec v1alpha1.PlaybookSpec) {
	b := &book{compiler: k, name: name, spec: &spec, byName: map[string]*step{},
		roles: map[v1alpha1.Identifier]bool{}, templates: map[v1alpha1.Identifier]bool{}}
	for i := range spec.Steps {
		written := &spec.Steps[i]
		s := &step{field: fmt.Sprintf("spec.steps[%d]", i), head: &written.StepHead, action: &written.Action, repeat: written.Repeat}
		b.top = append(b.top, s)
		b.steps = append(b.steps, s)
		if written.Repeat == nil {
			continue
		}
		for j := range written.Repeat.Steps {
			inner := &written.Repeat.Steps[j]
			s.inside = append(s.inside, &step{field: fmt.Sprintf("%s.repeat.steps[%d]", s.field, j),
				head: &inner.StepHead, action: &inner.Action, block: s})
		}
		b.steps = append(b.steps, s.inside...)
	}
	for _, s := range b.steps {
		if b.byName[s.head.Name] == nil {
			b.byName[s.head.Name] = s
		}
	}
	for _, role := range spec.Roles {
		b.roles[role.Name] = true
	}
	for _, template := range spec.Templates {
		b.templates[template.Name] = true
	}
	k.books[name] = b
	k.order = append(k.order, b)
}

// calendar makes the calendar of that name once; the error says why it cannot be used.
func (k *compiler) calendar(name string) (*calendar.Calendar, error) {
	if made, err := k.calendars[name], k.calendarErrors[name]; made != nil || err != nil {
		return made, err
	}
	spec, ok := k.closure.Calendars[name]
	if !ok {
		k.calendarErrors[name] = errors.New("there is no BusinessCalendar of that name")
		return nil, k.calendarErrors[name]
	}
	made, err := calendar.New(spec)
	if err != nil {
		k.calendarErrors[name] = err
		return nil, err
	}
	made = made.Named(name)
	k.calendars[name] = made
	return made, nil
}

// report notes a problem of the playbook; what and how are a format and its values.
func (b *book) report(field, advice, what string, values ...any) {
	b.problems = append(b.problems, b.problem(field, advice, what, values...))
}

// reportMissing notes a problem that is that there is no such object, or none that can be used.
func (b *book) reportMissing(missing, field, advice, what string, values ...any) {
	b.report(field, advice, what, values...)
	b.problems[len(b.problems)-1].Missing = missing
}

func (b *book) problem(field, advice, what string, values ...any) Problem {
	return Problem{Playbook: b.sub(), Field: field, Message: fmt.Sprintf(what, values...), Advice: advice}
}

// sub is the name of a sub-playbook; empty for the playbook itself.
func (b *book) sub() string {
	if b == b.order[0] {
		return ""
	}
	return b.name
}

// cyclePath is how the steps of the playbook named lead back to this one, nil when they do not.
func (b *book) cyclePath(sub string) []string {
	seen := map[string]bool{}
	var search func(name string) []string
	search = func(name string) []string {
		if name == b.name {
			return []string{name}
		}
		other := b.books[name]
		if other == nil || seen[name] {
			return nil
		}
		seen[name] = true
		for _, s := range other.steps {
			if s.action.Playbook == nil {
				continue
			}
			if path := search(s.action.Playbook.Name); path != nil {
				return append([]string{name}, path...)
			}
		}
		return nil
	}
	return search(sub)
}

// names joins names for a message, sorted so that the message never varies.
func names[T ~string](all map[T]bool) string {
	var list []string
	for name := range all {
		list = append(list, string(name))
	}
	if len(list) == 0 {
		return "none"
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}
