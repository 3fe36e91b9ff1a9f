package playbook

import (
	"maps"
	"regexp"
	"slices"
	"strconv"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// Audiences of a notice that are no roles.
const (
	audienceComplainant v1alpha1.Identifier = "complainant"
	audienceTeam        v1alpha1.Identifier = "team"
)

var (
	stepName   = regexp.MustCompile(`^[a-z][A-Za-z0-9]{0,39}$`)
	identifier = regexp.MustCompile(`^[a-z][A-Za-z0-9-]{0,39}$`)
)

// unspellable are step names that CEL reads as something else.
var unspellable = map[string]bool{"in": true, "true": true, "false": true, "null": true}

// events are what a deadline can count from besides a step.
var events = map[string]bool{"started": true, "received": true, "graded": true}

// check finds everything that is wrong with one playbook, in the order it is written, and compiles its expressions.
func (b *book) check() {
	b.checkPurpose()
	b.checkRoles()
	b.checkLadder()
	environment, err := newEnvironment(b.spec.For, b.steps, b.raised()...)
	if err != nil {
		b.report("spec", "report this: it is a fault of the product", "%v", err)
		return
	}
	environment.pinned = b.pinned
	b.env = environment
	if len(b.steps) == 0 {
		b.report("spec.steps", "add a step", "the playbook has no steps")
	}
	b.resolveNeeds()
	reported := map[*step]bool{}
	for _, s := range b.steps {
		b.checkHead(s, reported)
		b.checkAction(s)
	}
	b.checkCancel()
	b.checkTemplates()
}

func (b *book) checkPurpose() {
	root := b.order[0]
	switch {
	case b.spec.For != v1alpha1.RecordComplaint && b.spec.For != v1alpha1.RecordCrisisIncident:
		b.report("spec.for", "write Complaint or CrisisIncident", "%q is no kind of record", b.spec.For)
	case b.spec.For != root.spec.For:
		b.report("spec.for", "use a playbook for "+string(root.spec.For), "the playbook is for %s, but it is carried out in a run for %s", b.spec.For, root.spec.For)
	}
	if b.spec.Calendar == "" {
		return
	}
	if _, err := b.calendar(b.spec.Calendar); err != nil {
		b.reportMissing("BusinessCalendar/"+b.spec.Calendar, "spec.calendar", "create or repair the BusinessCalendar", "the calendar %s cannot be used: %v", b.spec.Calendar, err)
	}
}

func (b *book) checkRoles() {
	seen := map[v1alpha1.Identifier]bool{}
	for i, role := range b.spec.Roles {
		field := at("spec.roles", i)
		switch {
		case !identifier.MatchString(string(role.Name)):
			b.report(field+".name", "use a small letter, then letters, digits and hyphens, 40 at most", "%q is no name for a role", role.Name)
		case role.Name == audienceComplainant || role.Name == audienceTeam:
			b.report(field+".name", "choose another name", "%s is an audience of notices and cannot be a role", role.Name)
		case seen[role.Name]:
			b.report(field+".name", "give each role a name of its own", "there are two roles %s", role.Name)
		}
		seen[role.Name] = true
		if role.Duty == "" {
			b.report(field+".duty", "name the duty of the team that qualifies for the role", "the role %s has no duty", role.Name)
		}
		if role.Team == "" && b.spec.For == v1alpha1.RecordComplaint {
			b.report(field+".team", "name a ResponseTeam", "the role %s has no team, and a complaint has none of its own to fall back on", role.Name)
		}
		for j, other := range role.Not {
			switch {
			case other == role.Name:
				b.report(at(field+".not", j), "name the other role", "the role %s excludes itself, so nobody could hold it", role.Name)
			case !b.roles[other]:
				b.report(at(field+".not", j), "the roles are: "+names(b.roles), "there is no role %s", other)
			}
		}
		b.checkSharedRole(field, role)
	}
}

// checkSharedRole compares a role with the one of the same name in the playbooks before this one.
func (b *book) checkSharedRole(field string, role v1alpha1.Role) {
	for _, other := range b.order {
		if other == b {
			return
		}
		for _, shared := range other.spec.Roles {
			if shared.Name == role.Name && !sameRole(shared, role) {
				b.report(field, "give both the same team, duty and not, or one of them another name",
					"the role %s is another one in the playbook %s; in one run roles of the same name are one", role.Name, other.name)
				return
			}
		}
	}
}

func sameRole(a, b v1alpha1.Role) bool {
	if a.Team != b.Team || a.Duty != b.Duty || len(a.Not) != len(b.Not) {
		return false
	}
	excluded := map[v1alpha1.Identifier]bool{}
	for _, name := range a.Not {
		excluded[name] = true
	}
	for _, name := range b.Not {
		if !excluded[name] {
			return false
		}
	}
	return true
}

func (b *book) checkLadder() {
	seen := map[v1alpha1.Identifier]bool{}
	for i, role := range b.spec.Ladder {
		if seen[role] {
			b.report(at("spec.ladder", i), "list each role once, the lowest first", "the role %s is on the ladder twice", role)
		}
		seen[role] = true
		b.checkRole(at("spec.ladder", i), role)
	}
}

// checkRole reports a role that is not defined.
func (b *book) checkRole(field string, role v1alpha1.Identifier) {
	if !b.roles[role] {
		b.report(field, DidYouMean(string(role), texts(slices.Collect(maps.Keys(b.roles))))+"define it under spec.roles; the roles are: "+names(b.roles), "there is no role %q", role)
	}
}

// checkExpression compiles an expression; none gives nil.
func (b *book) checkExpression(field string, source v1alpha1.Expression) *Expr {
	if source == "" {
		return nil
	}
	expr, message, advice := b.env.compile(source)
	if message != "" {
		b.report(field, advice, "%s", message)
		b.problems[len(b.problems)-1].Missing = b.unseen(source)
	}
	return expr
}

func (b *book) checkCancel() {
	seen := map[v1alpha1.Identifier]bool{}
	for i, written := range b.spec.Cancel {
		field := at("spec.cancel", i)
		if seen[written.Name] {
			b.report(field+".name", "give each region a name of its own", "there are two cancel regions %s", written.Name)
		}
		seen[written.Name] = true
		if written.When == "" {
			b.report(field+".when", "say when the steps are stopped", "the cancel region %s has no condition", written.Name)
		}
		r := &region{name: written.Name, field: field, when: b.checkExpression(field+".when", written.When)}
		if len(written.Steps) == 0 {
			b.report(field+".steps", "name the steps to stop", "the cancel region %s stops nothing", written.Name)
		}
		for j, name := range written.Steps {
			s := b.byName[string(name)]
			switch {
			case s == nil:
				b.report(at(field+".steps", j), "the steps are: "+b.stepNames(b.top), "there is no step %s", name)
			case s.block != nil:
				b.report(at(field+".steps", j), "name the block "+s.block.head.Name, "the step %s is inside a block, and a block is stopped whole", name)
			default:
				r.steps = append(r.steps, s)
			}
		}
		b.regions = append(b.regions, r)
	}
}

func at(field string, i int) string { return field + "[" + strconv.Itoa(i) + "]" }
