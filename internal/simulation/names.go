package simulation

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/pack"
	"tocsin.dev/tocsin/internal/playbook"
)

// Names are what a cast can speak of: of any other name nothing would come.
type Names struct {
	Calendars, Channels, People, Levels, Roles, Steps []string
	// About are the people that records are about: that nothing can be given to them is for admission to say. Raised are the levels
	// of the incidents that are raised by hand.
	About, Raised []string

	plans []*playbook.Plan
}

// NamesOf are the names in packs and in those of their playbooks that compile.
func NamesOf(plans []*playbook.Plan, packs ...*pack.Pack) *Names {
	n := &Names{plans: plans}
	about := func(a *v1alpha1.ComplainedAbout) {
		for i := 0; a != nil && i < len(a.Users); i++ {
			n.About = append(n.About, string(a.Users[i]))
		}
	}
	for _, p := range packs {
		n.Calendars = slices.AppendSeq(n.Calendars, maps.Keys(p.Calendars))
		n.Channels = slices.AppendSeq(n.Channels, maps.Keys(p.Channels))
		for _, policy := range p.Policies {
			for _, l := range policy.Spec.Levels {
				n.Levels = append(n.Levels, string(l.Name))
			}
		}
		for _, team := range p.Teams {
			for _, m := range team.Spec.Members {
				n.People = append(n.People, string(m.User))
			}
		}
		for _, k := range p.Complaints {
			about(k.Spec.About)
		}
		for _, ci := range p.Incidents {
			about(ci.Spec.About)
			n.Raised = append(n.Raised, string(ci.Spec.Level))
		}
	}
	for _, plan := range plans {
		n.Roles = slices.AppendSeq(n.Roles, maps.Keys(plan.Roles))
		for i := range plan.Nodes {
			n.Steps = append(n.Steps, plan.Nodes[i].Path)
		}
	}
	return n
}

// Misfits are what a cast says that nothing would come of with these names: answers that nobody asks for, and strangers.
func (c *Cast) Misfits(n *Names) []pack.Fault {
	out := c.unfit(n.plans)
	known := func(field, what, name string, names ...string) {
		if name != "" && !slices.Contains(names, name) {
			out = append(out, pack.Fault{Field: field, Message: fmt.Sprintf("there is no %s %q", what, name), Advice: cmp.Or(playbook.OneOf(name, names), "name the files that hold it as well")})
		}
	}
	known("hours", "BusinessCalendar", string(c.Hours), n.Calendars...)
	for i, a := range c.Answers {
		for k, u := range a.Users {
			known(fmt.Sprintf("answers[%d].users[%d]", i, k), "person", string(u), n.People...)
		}
	}
	for i, a := range c.Away {
		known(fmt.Sprintf("away[%d].user", i), "person", string(a.User), n.People...)
	}
	for i, o := range c.Outages {
		known(fmt.Sprintf("outages[%d].channel", i), "NoticeChannel", string(o.Channel), n.Channels...)
	}
	levels, people := slices.Concat(n.Levels, n.Raised), slices.Concat(n.People, n.About)
	for i := range c.Acts {
		a, at := &c.Acts[i].Act, fmt.Sprintf("acts[%d].act", i)
		if playbook.DidYouMean(string(a.By), people) != "" { // a stranger may try something, to see it refused; who is nearly somebody is misspelt
			known(at+".by", "person", string(a.By), people...)
		}
		known(at+".to", "person", string(a.To), people...)
		known(at+".level", "level", string(a.Level), levels...)
		known(at+".role", "role", string(a.Role), n.Roles...)
		if _, err := strconv.Atoi(path.Base(a.Step)); err != nil { // what somebody asks for besides the playbook is numbered
			known(at+".step", "step", a.Step, n.Steps...)
		}
	}
	return out
}
