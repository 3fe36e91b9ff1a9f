package policytest

import (
	"fmt"
	"slices"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/pack"
)

// given faults what nothing would come of: a cast of strangers, facts that no rule sees.
func (c *checker) given() {
	g := &c.t.Given
	for _, f := range slices.Concat(g.Faults(), g.Misfits(c.names), g.Unplayed(c.pack)) {
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
}

// comeIn faults records that no policy fits.
func (c *checker) comeIn() {
	g := &c.t.Given
	for i, in := range g.Incidents {
		at := fmt.Sprintf("given.incidents[%d]", i)
		c.comesInTime(at, string(in.Name))
		if slices.ContainsFunc(g.Complaints, func(k GivenComplaint) bool { return k.Name == in.Name }) {
			c.fault(at+".name", "rename one of the two", "a complaint has the name %s, too", in.Name)
		}
		c.among(at+".playbook", string(in.Playbook), "playbook", keys(c.Pack.Playbooks))
		c.among(at+".team", string(in.Team), "team", keys(c.Pack.Teams))
		c.signals(at+".signals", in.Signals)
	}
	for i, k := range g.Complaints {
		at := fmt.Sprintf("given.complaints[%d]", i)
		c.comesInTime(at, string(k.Name))
		c.among(at+".policy", k.Policy, "triage policy", keys(c.Pack.Policies))
		c.signals(at+".signals", k.Signals)
		if why := pack.Unplayable(k.ReceivedAt.Time); why != "" {
			c.fault(at+".receivedAt", "mend the date", "%s", why)
		}
	}
}

// comesInTime faults a record that never comes in: of it nothing could be so, and anything not.
func (c *checker) comesInTime(field, record string) {
	if at := c.t.cameIn(record); len(c.t.Then) > 0 && at.After(c.t.Given.Begins().Add(c.t.length())) {
		c.fault(field, "let it come in earlier, or set `for` to play a longer story", "%s comes in after the end of the story (%s)", record, date(at))
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
