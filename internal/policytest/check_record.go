package policytest

import (
	"cmp"
	"slices"
	"strings"

	"tocsin.dev/tocsin/internal/playbook"
)

// isIncident is whether an expectation's record is an incident.
func (t *Test) isIncident(record string) bool {
	_, ofIt, _ := strings.Cut(record, "/")
	return ofIt != "" || slices.ContainsFunc(t.Given.Incidents, func(k GivenIncident) bool { return string(k.Name) == record })
}

// suits faults what is not asked of a record of this kind: whatever happens, it would be so, or not.
func (c *checker) suits(field string, e *Expectation) {
	if !c.t.isIncident(e.Record) {
		return
	}
	const advice = "ask it of a complaint"
	if e.Incident != nil || e.NoIncident {
		c.fault(field, advice, "%s is an incident, and part of none", e.Record)
	}
	if e.Told != nil && e.Told.Complainant || e.NotTold != nil && e.NotTold.Complainant {
		c.fault(field, advice, "%s is an incident, and has no complainant", e.Record)
	}
}

// step faults one that a record never comes to.
func (c *checker) step(field, record, name string) {
	steps := c.stepsOf(record)
	if slices.Contains(c.names.Steps, name) && !slices.Contains(steps, name) {
		c.fault(field, cmp.Or(playbook.OneOf(name, steps), "name the files that hold its playbook as well"), "no playbook that %s may carry out has a step %q", record, name)
		return
	}
	c.among(field, name, "step", c.names.Steps)
}

// stepsOf are the steps of the playbooks that a record may carry out: a complaint those of the levels, an incident those that one is
// raised with.
func (c *checker) stepsOf(record string) []string {
	carries := map[string]bool{}
	if c.t.isIncident(record) {
		for _, k := range c.t.Given.Incidents {
			carries[string(k.Playbook)] = true
		}
		for _, book := range c.Pack.Playbooks {
			for _, a := range playbook.Actions(&book.Spec) {
				if a.RaiseIncident != nil {
					carries[a.RaiseIncident.Playbook] = true
				}
			}
		}
	} else {
		for _, policy := range c.Pack.Policies {
			for _, level := range policy.Spec.Levels {
				carries[string(level.Playbook)] = true
			}
		}
	}
	var out []string
	for _, name := range keys(c.plans) {
		if carries[name] {
			for i := range c.plans[name].Nodes {
				out = append(out, c.plans[name].Nodes[i].Path)
			}
		}
	}
	return out
}
