package staffing

import (
	"fmt"
	"slices"
	"strings"

	"pgregory.net/rapid"
	"sigs.k8s.io/yaml"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/internal/roster"
)

// drawn is a team of a few people, with another above it sometimes, and a playbook that asks them for a few things.
type drawn struct {
	*rapid.T
	teams map[string]*v1alpha1.ResponseTeamSpec
	users []v1alpha1.User
	plan  *playbook.Plan
	// lower are the playbooks that it may take over from, the lowest first; each may take over from those under it.
	lower []*playbook.Plan
	// text is all of it, to be read.
	text strings.Builder
	// spread and turns are whether cases and days make a difference.
	spread, turns bool
	// third is what the third role of the playbook drawn now is called.
	third string
	// approves is whether the steps drawn now are approvals, the last of what the others approved, with seats of their own.
	approves bool
}

func (d *drawn) pick(label string, of ...string) string {
	return rapid.SampledFrom(of).Draw(d.T, label)
}

// one is true once in n times.
func (d *drawn) one(n int, label string) bool { return rapid.IntRange(1, n).Draw(d.T, label) == n }

func (d *drawn) roster() *roster.Roster { return roster.New(d.teams) }

// anyTeam draws all of it.
func anyTeam(t *rapid.T) *drawn {
	d := &drawn{T: t, teams: map[string]*v1alpha1.ResponseTeamSpec{}}
	desk := d.team("p", rapid.IntRange(2, 5).Draw(t, "people"))
	d.teams["desk"] = desk
	if d.one(3, "parent") {
		d.teams["house"], desk.Parent = d.team("q", rapid.IntRange(1, 2).Draw(t, "above")), "house"
	}
	if d.spread = d.one(4, "spread"); d.spread {
		desk.Selection = v1alpha1.SelectionSpread
	}
	if d.turns = d.one(4, "rotation"); d.turns {
		d.rotation(desk)
	}
	d.plan = d.playbook("it")
	if d.one(3, "takes over") {
		for k := range rapid.SampledFrom([]int{1, 1, 2}).Draw(t, "levels below") {
			d.lower = append(d.lower, d.playbook(fmt.Sprint("lower", k)))
		}
	}
	for name, team := range d.teams {
		data, err := yaml.Marshal(team)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&d.text, "---\n# %s\n%s", name, data)
	}
	return d
}

func (d *drawn) team(letter string, n int) *v1alpha1.ResponseTeamSpec {
	team := &v1alpha1.ResponseTeamSpec{}
	for k := range n {
		m := v1alpha1.Member{Name: fmt.Sprint(letter, k), User: v1alpha1.User(fmt.Sprint(letter, k))}
		for _, duty := range []v1alpha1.Identifier{"a", "b", "c"} {
			if rapid.Bool().Draw(d.T, "has") {
				m.Duties = append(m.Duties, duty)
			}
		}
		if deputy := rapid.IntRange(0, n-1).Draw(d.T, "deputy"); deputy != k {
			m.Deputies = append(m.Deputies, v1alpha1.MemberName(fmt.Sprint(letter, deputy)))
		}
		team.Members, d.users = append(team.Members, m), append(d.users, m.User)
	}
	return team
}

// rotation lets two people take turns every day.
func (d *drawn) rotation(team *v1alpha1.ResponseTeamSpec) {
	layer := v1alpha1.RotationLayer{Name: "daily", Start: "2026-06-01", HandOver: "09:00", EveryDays: 1}
	for k := range rapid.IntRange(1, 2).Draw(d.T, "takers") {
		layer.Members = append(layer.Members, v1alpha1.MemberName(team.Members[len(team.Members)-1-k].Name))
	}
	team.Rotations = []v1alpha1.Rotation{{Duty: v1alpha1.Identifier(d.pick("on call", "a", "b", "c")), Layers: []v1alpha1.RotationLayer{layer}}}
}

// playbook draws a playbook. Of two no step of one name is done already when the second takes over: that is not looked at.
func (d *drawn) playbook(name string) *playbook.Plan {
	head := "for: Complaint\nroles:\n"
	roles := []string{"r0", "r1", "r2"}
	for k, role := range roles {
		not := ""
		if k > 0 && rapid.Bool().Draw(d.T, "excludes") {
			not = ", not: [" + d.pick("not", roles[:k]...) + "]"
		}
		head += fmt.Sprintf("- {name: %s, team: desk, duty: %s%s}\n", role, string("abc"[k]), not)
	}
	head += "ladder: [" + d.pick("ladder", "r0", "r0, r1", "r0, r1, r2", "r1, r2") + "]\n"
	if d.third = "r2"; name != "it" && d.one(3, "another role") { // who plays r2 already goes on playing it beyond
		d.third, head = "x2", strings.ReplaceAll(head, "r2", "x2")
	}
	text := head + d.steps("s", rapid.IntRange(1, 4).Draw(d.T, "steps"))
	c := playbook.Closure{Name: name, Subs: map[string]v1alpha1.PlaybookSpec{}}
	if strings.Contains(text, "{name: sub}") {
		sub := head + d.steps("u", rapid.IntRange(1, 2).Draw(d.T, "sub"))
		c.Subs["sub"] = d.read(sub)
		d.text.WriteString("# sub\n" + sub + "---\n")
	}
	c.Playbook = d.read(text)
	d.text.WriteString(text)
	plan, problems := playbook.Compile(c)
	if plan == nil {
		d.Skip(problems)
	}
	return plan
}

func (d *drawn) read(text string) v1alpha1.PlaybookSpec {
	var spec v1alpha1.PlaybookSpec
	if err := yaml.UnmarshalStrict([]byte(text), &spec); err != nil {
		d.Fatalf("%v\n%s", err, text)
	}
	return spec
}

// steps are n steps named after a letter, with a cancel region sometimes.
func (d *drawn) steps(letter string, n int) string {
	if d.approves = n > 1 && d.one(4, "only approves"); d.approves {
		n = 3
	}
	var text strings.Builder
	var names []string
	for k := range n {
		names = append(names, fmt.Sprint(letter, k))
	}
	if n > 1 && d.one(6, "region") {
		fmt.Fprintf(&text, "cancel:\n- {name: stop, when: '%s', steps: [%s]}\n", d.condition(names), d.pick("stopped", names...))
	}
	text.WriteString("steps:\n")
	for k, name := range names {
		text.WriteString(d.step(name, names[:k]))
	}
	return text.String()
}

func (d *drawn) step(name string, before []string) string {
	text := d.head(name, before)
	switch {
	case d.one(6, "block"):
		text += fmt.Sprintf("  repeat:\n    max: %d\n    climb: %s\n    until: '%s'\n    steps:\n", rapid.IntRange(1, 3).Draw(d.T, "max"), d.pick("climb", "Ladder", "Ladder", "None"),
			d.pick("until", `steps.`+name+`a.outcome == "good"`, "run.round > 1", "run.round > 9"))
		inner := []string{name + "a", name + "b"}
		for k := range rapid.IntRange(1, 2).Draw(d.T, "inside") {
			text += "    " + strings.TrimSuffix(strings.ReplaceAll(d.head(inner[k], inner[:k])+d.action(k == 0), "\n", "\n    "), "    ")
		}
		return text
	case name[0] == 's' && d.one(8, "sub"):
		return text + "  playbook: {name: sub}\n"
	}
	return text + d.action(false)
}

// head is the name of a step, what it needs, and its condition.
func (d *drawn) head(name string, before []string) string {
	text := "- name: " + name + "\n"
	switch {
	case len(before) == 2 && d.approves:
		text += "  needs: [" + strings.Join(before, ", ") + "]\n"
	case len(before) > 0 && rapid.Bool().Draw(d.T, "needs"):
		need := d.pick("need", before...)
		if more := slices.DeleteFunc(slices.Clone(before), func(b string) bool { return b == need }); len(more) > 0 && rapid.Bool().Draw(d.T, "needs more") {
			need += ", " + d.pick("also", more...)
		}
		text += "  needs: [" + need + "]\n"
	}
	if len(before) > 0 && d.one(5, "when") {
		text += "  when: '" + d.condition(before) + "'\n"
	}
	return text
}

func (d *drawn) condition(names []string) string {
	of := "steps." + d.pick("about", names...)
	return d.pick("condition", of+`.outcome == "good"`, of+`.outcome != "good"`, of+".done", of+".ended", of+".overdue", "complaint.affected > 2")
}

// action is what a step does; with outcomes a task that can end in two ways.
func (d *drawn) action(outcomes bool) string {
	roles := []string{"r0", "r1", d.third}
	role := d.pick("role", roles...)
	kind := d.pick("does", "task", "task", "approval", "two", "assign", "call", "notify")
	if d.approves {
		kind = d.pick("is approved by", "approval", "two")
	}
	if outcomes {
		kind = "task"
	}
	late := d.pick("deadline", "  noDeadline: None.\n", "  within: {elapsed: 1h}\n  overdue: {climb: Ladder, every: 1h}\n")
	switch kind {
	case "assign":
		return "  assignRole: {role: " + role + "}\n"
	case "notify":
		return "  notify: {to: [" + role + "], template: reminder}\n"
	case "call":
		return "  assembleTeam: {team: desk, duties: [" + d.pick("called", "a", "b", "c") + "]}\n" + late
	case "approval":
		return "  approval: {by: [" + role + "]}\n" + late
	case "two":
		return "  approval: {by: [" + role + ", " + d.pick("second", roles...) + "]" + d.pick("quorum", "", "", ", quorum: 1") + "}\n" + late
	}
	return "  task: {to: " + role + ", outcomes: [good, bad]}\n" + late
}
