package policytest

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"tocsin.dev/tocsin/internal/calendar"
	"tocsin.dev/tocsin/internal/pack"
	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/internal/simulation"
)

// check says what is wrong with a test in itself and before this pack, all at once.
func (s *Suite) check(t *Test) []pack.Fault {
	p := t.pack(s.Pack)
	c := &checker{Suite: s, t: t, pack: p, names: simulation.NamesOf(slices.Collect(maps.Values(s.plans)), p)}
	c.given()
	for i := range t.Then {
		c.expectation(fmt.Sprintf("then[%d]", i), &t.Then[i])
	}
	for i := range t.Assertions {
		c.assertion(fmt.Sprintf("assertions[%d]", i), &t.Assertions[i])
	}
	return c.faults
}

type checker struct {
	*Suite
	t *Test
	// pack is that of the suite with what the test has come in, names are those in it.
	pack   *pack.Pack
	names  *simulation.Names
	faults []pack.Fault
}

func (c *checker) fault(field, advice, what string, values ...any) {
	c.faults = append(c.faults, fault(&c.t.document, field, advice, what, values...))
}

// among faults a name that is none of those known.
func (c *checker) among(field, name, what string, known []string) {
	if name == "" || slices.Contains(known, name) {
		return
	}
	c.fault(field, cmp.Or(playbook.OneOf(name, known), "name the files that hold it as well"), "there is no %s %q", what, name)
}

func (c *checker) expectation(field string, e *Expectation) {
	c.record(field, e)
	c.moment(field, e)
	if e.Level != "" {
		c.among(field+".level", string(e.Level), "level", slices.Concat(c.names.Levels, c.names.Raised))
		c.among(field+".rule", e.Rule, "rule", c.rules())
	}
	c.suits(field, e)
	c.audience(field+".told", e.Record, e.Told)
	c.audience(field+".notTold", e.Record, e.NotTold)
	if e.NotTold != nil && e.NotTold.Every != "" {
		c.fault(field+".notTold.every", "take it out", "what does not happen has no rhythm")
	}
	if st := e.Step; st != nil {
		c.step(field+".step.name", e.Record, st.Name)
		switch {
		case st.Outcome == "", slices.Contains([]StepIs{"", StepBegun, StepDone}, st.Is):
		case st.Is != StepOverdue:
			c.fault(field+".step.is", "take one of the two out", "a step that has an outcome is %s and not %s", StepDone, st.Is)
		case e.At != "":
			c.fault(field+".step.is", "write by instead of at, or take one of the two out", "at a moment a step is %s as long as it waits, and has no outcome yet", StepOverdue)
		}
		if st.Is == StepNeverBegun && (st.Asks != nil || st.Due != "") {
			c.fault(field+".step.is", "take one of the two out", "a step that never begins asks nobody and has no deadline")
		}
		c.round(field+".step.round", st.Name, st.Round)
		c.ending(field+".step.outcome", st.Name, st.Outcome)
		if st.Asks != nil {
			c.among(field+".step.asks.role", string(st.Asks.Role), "role", c.names.Roles)
			c.among(field+".step.asks.person", string(st.Asks.Person), "person", c.names.People)
		}
	}
	c.attempt(field+".refused", e, e.Refused)
	c.attempt(field+".allowed", e, e.Allowed)
	if e.Allowed != nil && e.Allowed.Because != "" {
		c.fault(field+".allowed.because", "take it out", "what is allowed needs no reason")
	}
	if in := e.Incident; in != nil {
		c.among(field+".incident.level", string(in.Level), "level", slices.Concat(c.names.Levels, c.names.Raised))
		c.among(field+".incident.playbook", string(in.Playbook), "playbook", keys(c.Pack.Playbooks))
		for k, name := range in.With {
			at := fmt.Sprintf("%s.incident.with[%d]", field, k)
			c.among(at, string(name), "record", c.t.records())
			if string(name) == e.Record {
				c.fault(at, "name another", "%s is always part of the same incident as itself", name)
			}
		}
	}
}

// record settles which record an expectation speaks of.
func (c *checker) record(field string, e *Expectation) {
	records := c.t.records()
	if e.Record == "" {
		if len(records) == 1 {
			e.Record = records[0]
		} else if len(records) > 1 {
			c.fault(field, "add record", "several records come in, and it does not say of which it speaks: %s", strings.Join(records, ", "))
		}
		return
	}
	name, ofIt, incident := strings.Cut(e.Record, "/")
	if incident && ofIt != "incident" {
		c.fault(field+".record", "write "+name+"/incident for the incident it is part of", "there is no record %q", e.Record)
		return
	}
	c.among(field+".record", name, "record", records)
}

func (c *checker) moment(field string, e *Expectation) {
	if e.By != "" && e.At != "" {
		c.fault(field+".at", "keep one of them", "it has both by and at")
	}
	from := c.t.cameIn(e.Record)
	end := c.t.Given.Begins().Add(c.t.length())
	for name, m := range map[string]Moment{"by": e.By, "at": e.At} {
		if m == "" {
			continue
		}
		switch at, err := m.after(from); {
		case err != nil:
			c.fault(field+"."+name, "write a day that exists, e.g. 2026-03-02T17:00:00+08:00", "%s is no date", m)
		case at.Before(from):
			c.fault(field+"."+name, "write a later date", "%s is before the record comes in (%s)", m, date(from))
		case at.After(end):
			c.fault(field+"."+name, "set `for` to play a longer story", "%s is after the end of the story (%s)", m, date(end))
		}
	}
	if st := e.Step; st != nil && st.Due.isDate() {
		if _, err := st.Due.after(from); err != nil {
			c.fault(field+".step.due", "write a day that exists", "%s is no date", st.Due)
		}
	}
}

func (c *checker) audience(field, record string, a *Audience) {
	if a == nil {
		return
	}
	c.among(field+".role", string(a.Role), "role", c.names.Roles)
	c.among(field+".person", string(a.Person), "person", c.names.People)
	c.among(field+".stakeholder", a.Stakeholder, "stakeholder", c.stakeholders())
	c.step(field+".step", record, a.Step)
	if a.OrAbove && a.Role == "" {
		c.fault(field+".orAbove", "name a role", "only a role has others above it")
	}
	c.among(field+".template", string(a.Template), "template", c.templates())
	if a.Every != "" && calendar.Elapsed(a.Every) <= 0 {
		c.fault(field+".every", "write e.g. 24h", "the rhythm has no length")
	}
}

// round faults one that no run comes to.
func (c *checker) round(field, step string, round int32) {
	most, unbounded := int32(0), false
	for _, plan := range c.plans {
		for i := range plan.Nodes {
			if plan.Nodes[i].Path != step {
				continue
			}
			rounds := int32(1)
			for k := i; k >= 0; k = plan.Nodes[k].Parent {
				if repeat := plan.Nodes[k].Repeat; repeat != nil {
					rounds *= repeat.Max
				}
				unbounded = unbounded || plan.Nodes[k].Head.Every != nil
			}
			most = max(most, rounds)
		}
	}
	switch {
	case unbounded || most == 0 || round <= most:
	case most == 1:
		c.fault(field, "it is in no repeat, leave round out", "there is no round %d of %s", round, step)
	default:
		c.fault(field, fmt.Sprintf("it has %d at most", most), "there is no round %d of %s", round, step)
	}
}

// taskVerbs are done to tasks alone, aboutSteps to the record about one of its steps; with a step, HandOver and Comment are
// done to its task.
var (
	taskVerbs  = []string{"Acknowledge", "Decline", "Complete", "Approve", "Refuse", "Extend", "Pause", "Resume"}
	aboutSteps = []string{"Skip", "Reassign"}
	bothVerbs  = []string{"HandOver", "Comment"}
)

// onTask is whether an attempt is made on a task and not on the record.
func (a *Attempt) onTask() bool {
	return a.Step != "" && !slices.Contains(aboutSteps, a.Act)
}

func (c *checker) attempt(field string, e *Expectation, a *Attempt) {
	if a == nil {
		return
	}
	c.step(field+".step", e.Record, a.Step)
	c.step(field+".whoDid", e.Record, a.WhoDid)
	c.round(field+".round", a.Step, a.Round)
	c.answer(field+".outcome", a)
	c.among(field+".level", string(a.Level), "level", slices.Concat(c.names.Levels, c.names.Raised))
	c.among(field+".role", string(a.Role), "role", c.names.Roles)
	c.among(field+".to", string(a.To), "person", slices.Concat(c.names.People, c.names.About))
	c.among(field+".into", string(a.Into), "record", c.t.records())
	if playbook.DidYouMean(string(a.Who), c.names.People) != "" { // a stranger may try, who is nearly somebody is misspelt
		c.among(field+".who", string(a.Who), "person", c.names.People)
	}
	switch {
	case a.Step == "" && (slices.Contains(taskVerbs, a.Act) || slices.Contains(aboutSteps, a.Act)):
		c.fault(field+".act", "add step", "%s is done to the task of a step, or about a step", a.Act)
	case a.onTask() && !slices.Contains(taskVerbs, a.Act) && !slices.Contains(bothVerbs, a.Act):
		c.fault(field+".act", "take step out", "%s is done to a record and not to a task", a.Act)
	}
	if !a.onTask() && e.At == "" {
		c.fault(field, "add at, e.g. at: 1h", "it does not say when somebody tries it")
	}
	if a.onTask() && e.By != "" {
		c.fault(field, "write at, or leave it out for when the task is asked for", "an attempt is made at a moment and not by one")
	}
}

// records are the names of what comes in.
func (t *Test) records() []string {
	var out []string
	for _, k := range t.Given.Complaints {
		out = append(out, string(k.Name))
	}
	for _, k := range t.Given.Incidents {
		out = append(out, string(k.Name))
	}
	return out
}

// cameIn is when a record comes in; of what is no record, the start.
func (t *Test) cameIn(record string) time.Time {
	name, _, _ := strings.Cut(record, "/")
	start := t.Given.Begins()
	for _, k := range t.Given.Complaints {
		if string(k.Name) != name {
			continue
		}
		at := start.Add(calendar.Elapsed(k.After))
		if k.After == "" && k.ReceivedAt.After(start) {
			at = k.ReceivedAt.UTC()
		}
		return at
	}
	for _, k := range t.Given.Incidents {
		if string(k.Name) == name {
			return start.Add(calendar.Elapsed(k.After))
		}
	}
	return start
}

func keys[T any](m map[string]T) []string { return slices.Sorted(maps.Keys(m)) }

// The names a pack has: what expectations can speak of.

func (s *Suite) stakeholders() []string {
	var out []string
	for _, team := range s.Pack.Teams {
		for _, h := range team.Spec.Stakeholders {
			out = append(out, string(h.Name))
		}
	}
	return out
}

func (s *Suite) rules() []string {
	var out []string
	for _, policy := range s.Pack.Policies {
		for _, r := range policy.Spec.Rules {
			out = append(out, r.Name)
		}
	}
	return out
}

// templates are those of the playbooks, and those that are built in.
func (s *Suite) templates() []string {
	out := playbook.BuiltinTemplates()
	for _, book := range s.Pack.Playbooks {
		for _, t := range book.Spec.Templates {
			out = append(out, string(t.Name))
		}
	}
	return out
}

// date is a moment as messages write it.
func date(at time.Time) string { return at.UTC().Format(time.RFC3339) }
