package policytest

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/pack"
	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/internal/simulation"
)

// given faults what nothing would come of: a cast of strangers, facts that no rule sees.
func (c *checker) given() {
	g := &c.t.Given
	for _, f := range append(g.Faults(), g.Unfit(slices.Collect(maps.Values(c.plans)))...) {
		c.fault("given."+f.Field, f.Advice, "%s", f.Message)
	}
	switch length := c.t.length(); {
	case length <= 0:
		c.fault("for", "write e.g. 30d", "the story has no length")
	case length > longestLength:
		c.fault("for", "play a shorter story", "a story is played for 800d at most")
	}
	if len(c.t.records()) == 0 && len(c.t.Then) > 0 {
		c.fault("given", "add complaints or incidents", "nothing comes in, so nothing can happen")
	}
	c.comeIn()
	c.among("given.hours", string(g.Hours), "calendar", keys(c.Pack.Calendars))
	for i, o := range g.Outages {
		c.among(fmt.Sprintf("given.outages[%d].channel", i), string(o.Channel), "channel", keys(c.Pack.Channels))
	}
	for i, a := range g.Away {
		c.among(fmt.Sprintf("given.away[%d].user", i), string(a.User), "person", c.people())
	}
	for i, a := range g.Acts {
		at := fmt.Sprintf("given.acts[%d]", i)
		c.among(at+".record", strings.TrimSuffix(a.Record, simulation.OfIncident), "record", c.t.records())
		if playbook.DidYouMean(string(a.Act.By), c.known()) != "" { // a stranger may be refused, who is nearly somebody is misspelt
			c.among(at+".act.by", string(a.Act.By), "person", c.known())
		}
		if _, err := strconv.Atoi(path.Base(a.Act.Step)); err != nil { // what somebody asks for besides the playbook is numbered
			c.among(at+".act.step", a.Act.Step, "step", c.steps())
		}
		c.among(at+".act.to", string(a.Act.To), "person", c.known())
		c.among(at+".act.level", string(a.Act.Level), "level", append(c.levels(), c.t.ownLevels()...))
		c.among(at+".act.role", string(a.Act.Role), "role", c.roles())
		c.among(at+".act.into", a.Act.Into, "record", c.t.records())
	}
	for i, a := range g.Answers {
		for k, u := range a.Users {
			c.among(fmt.Sprintf("given.answers[%d].users[%d]", i, k), string(u), "person", c.people())
		}
	}
}

// comeIn faults records that no policy fits.
func (c *checker) comeIn() {
	g := &c.t.Given
	for i, in := range g.Incidents {
		at := fmt.Sprintf("given.incidents[%d]", i)
		if slices.ContainsFunc(g.Complaints, func(k GivenComplaint) bool { return k.Name == in.Name }) {
			c.fault(at+".name", "rename one of the two", "a complaint has the name %s, too", in.Name)
		}
		c.among(at+".playbook", string(in.Playbook), "playbook", keys(c.Pack.Playbooks))
		c.among(at+".team", string(in.Team), "team", keys(c.Pack.Teams))
		c.signals(at+".signals", in.Signals)
	}
	for i, k := range g.Complaints {
		at := fmt.Sprintf("given.complaints[%d]", i)
		c.among(at+".policy", k.Policy, "triage policy", keys(c.Pack.Policies))
		c.signals(at+".signals", k.Signals)
		if why := pack.Unplayable(k.ReceivedAt.Time); why != "" {
			c.fault(at+".receivedAt", "mend the date", "%s", why)
		}
	}
}

// signals faults those that no triage policy declares: no rule sees them.
func (c *checker) signals(field string, signals []v1alpha1.Identifier) {
	var declared []string
	for _, policy := range c.Pack.Policies {
		declared = append(declared, texts(policy.Spec.Signals)...)
	}
	if len(declared) == 0 {
		return // nobody agreed on words
	}
	for i, signal := range signals {
		c.among(fmt.Sprintf("%s[%d]", field, i), string(signal), "declared signal", declared)
	}
}

// known are the people that something can be given to, or who are refused it because a record is about them.
func (c *checker) known() []string {
	out := c.people()
	for _, k := range c.t.Given.Complaints {
		if k.About != nil {
			out = append(out, texts(k.About.Users)...)
		}
	}
	for _, in := range c.t.Given.Incidents {
		if in.About != nil {
			out = append(out, texts(in.About.Users)...)
		}
	}
	return out
}
