package simulation

import (
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/engine"
	"tocsin.dev/tocsin/internal/pack"
	"tocsin.dev/tocsin/internal/playbook"
)

// about are those whom records of packs are about: that nothing can be given to them is for admission to say.
func about(packs []*pack.Pack) (users []string) {
	add := func(a *v1alpha1.ComplainedAbout) {
		for i := 0; a != nil && i < len(a.Users); i++ {
			users = append(users, string(a.Users[i]))
		}
	}
	for _, p := range packs {
		for _, k := range p.Complaints {
			add(k.Spec.About)
		}
		for _, ci := range p.Incidents {
			add(ci.Spec.About)
		}
	}
	return users
}

// vain are the names in what a cast does to records that none of the packs knows: nothing would come of it. A stranger may try
// something, to see it refused; who is nearly somebody is misspelt.
func (c *Cast) vain(packs []*pack.Pack) []pack.Fault {
	var levels, people, roles, steps []string
	for _, p := range packs {
		for _, policy := range p.Policies {
			for _, l := range policy.Spec.Levels {
				levels = append(levels, string(l.Name))
			}
		}
		for _, ci := range p.Incidents {
			levels = append(levels, string(ci.Spec.Level))
		}
		for _, team := range p.Teams {
			for _, m := range team.Spec.Members {
				people = append(people, string(m.User))
			}
		}
	}
	for _, plan := range plansOf(packs) {
		roles = slices.AppendSeq(roles, maps.Keys(plan.Roles))
		for i := range plan.Nodes {
			steps = append(steps, plan.Nodes[i].Path)
		}
	}
	people = append(people, about(packs)...)
	var out []pack.Fault
	for i := range c.Acts {
		a, at := &c.Acts[i].Act, fmt.Sprintf("acts[%d].act", i)
		known := func(field, what, name string, names []string) {
			if name != "" && len(names) > 0 && !slices.Contains(names, name) {
				out = append(out, pack.Fault{Field: at + "." + field, Message: fmt.Sprintf("there is no %s %q", what, name), Advice: oneOf(name, slices.Clone(names))})
			}
		}
		if playbook.DidYouMean(string(a.By), people) != "" {
			known("by", "member of a team", string(a.By), people)
		}
		known("to", "member of a team", string(a.To), people)
		known("level", "level", string(a.Level), levels)
		known("role", "role", string(a.Role), roles)
		if _, err := strconv.Atoi(path.Base(a.Step)); err != nil { // what somebody asks for besides the playbook is numbered
			known("step", "step", a.Step, steps)
		}
	}
	return out
}

// unplayed are the acts on records that a pack does not hold and that are not raised from one.
func (c *Cast) unplayed(p *pack.Pack) []pack.Fault {
	there := likes(p)
	for _, ci := range p.Incidents {
		there = append(there, ci.Name)
	}
	raised := func(name string) bool {
		return strings.HasPrefix(name, engine.IncidentPrefix) || slices.ContainsFunc(there, func(record string) bool { return strings.HasPrefix(name, record+"-") })
	}
	var out []pack.Fault
	for i := range c.Acts {
		if name := strings.TrimSuffix(c.Acts[i].Record, OfIncident); !slices.Contains(there, name) && !raised(name) {
			out = append(out, pack.Fault{Field: fmt.Sprintf("acts[%d].record", i), Message: fmt.Sprintf("there is no record %q", name), Advice: oneOf(name, slices.Clone(there))})
		}
	}
	return out
}

// loadedName is a complaint of a load, its incident, or what is raised from it.
var loadedName = regexp.MustCompile(`^` + loaded + `[0-9]{7}([-/].+)?$`)

// unborne are the acts on records that no load brings.
func (c *Cast) unborne() []pack.Fault {
	var out []pack.Fault
	for i := range c.Acts {
		if name := c.Acts[i].Record; !loadedName.MatchString(name) && !strings.HasPrefix(name, engine.IncidentPrefix) {
			out = append(out, pack.Fault{Field: fmt.Sprintf("acts[%d].record", i), Message: fmt.Sprintf("%q does not come in: a load brings complaints that are like those of the files", name),
				Advice: "take the act out, or name one of them, from " + loadName(0) + " on"})
		}
	}
	return out
}
