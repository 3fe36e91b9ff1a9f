package soundness

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/internal/playbook"
)

// Steps of playbooks that take over from each other: what takes time, what may stay done, and what raises an incident.
const (
	rest   = "- {name: rest, task: {to: handler}, noDeadline: None.}\n"
	two    = "- {name: two, task: {to: handler}, noDeadline: None.}\n"
	alarm  = "- {name: alarm, raiseIncident: {playbook: crisis, team: few}}\n"
	lastly = "- {name: gone, task: {to: handler}, noDeadline: None.}\n- {name: alarm, needs: [gone], raiseIncident: {playbook: crisis, team: few}}\n"
	notice = "', notify: {to: [complainant], template: reminder}}\n"
	// In these the step two is done in an incident only, and after the step act of one.
	twoIfExists = "- {name: joined, wait: {until: incident.exists}, noDeadline: None.}\n- {name: two, needs: [joined], task: {to: handler}, noDeadline: None.}\n" + rest
	twoIfActed  = alarm + "- {name: acted, needs: [alarm], wait: {until: incident.steps.act.done}, noDeadline: None.}\n" +
		"- {name: two, needs: [acted], task: {to: handler}, noDeadline: None.}\n" + rest
	// In these it may be done without one: because the answer raises none, or before it is raised.
	mayAlarm = "- {name: choose, task: {to: handler, outcomes: [aa, bb]}, noDeadline: None.}\n- {name: alarm, needs: [choose], when: steps.choose.outcome == \"aa\", " +
		"raiseIncident: {playbook: crisis, team: few}}\n- {name: two, needs: [choose], task: {to: handler}, noDeadline: None.}\n" + rest
	alarmBeside = "- {name: block, repeat: {max: 2, climb: None, until: steps.gate.done, steps: [{name: gate, task: {to: handler}, noDeadline: None.}, " +
		"{name: alarm, needs: [gate], raiseIncident: {playbook: crisis, team: few}}, {name: then, needs: [alarm], task: {to: handler}, noDeadline: None.}]}}\n" +
		"- {name: after, needs: [block], task: {to: handler}, noDeadline: None.}\n- {name: later, needs: [after], task: {to: handler}, noDeadline: None.}\n" + two
)

// ofSteps is the plan of a playbook of that name with these steps.
func ofSteps(t *testing.T, name, steps string) *playbook.Plan {
	t.Helper()
	plan := *compiledText(t, head+"  steps:\n  "+strings.ReplaceAll(strings.TrimSpace(steps), "\n", "\n  ")+"\n"+crisisBook)
	plan.Name = name
	return &plan
}

// A run that takes over begins with the incident that its complaint is part of by then, whoever put it there, as far as that fits what
// was done before.
func TestTheIncidentThatARunTakesOverWith(t *testing.T) {
	for _, c := range []struct{ low, high, alone, raised string }{
		{alarm + rest, "- {name: x, when: '!incident.exists" + notice + "- {name: hear, wait: {until: steps.x.done}, noDeadline: None.}\n", "", "Stuck hear"},
		{rest, "- {name: x, when: '!incident.exists" + notice + "- {name: hear, wait: {until: steps.x.done}, noDeadline: None.}\n", "", "Stuck hear"},
		{alarm + rest, "- {name: x, when: 'incident.exists" + notice, "NeverHappens x", ""},
		{rest, "- {name: x, when: 'incident.exists" + notice, "NeverHappens x", ""},
		{rest, "- {name: x, when: 'incident.closed" + notice, "NeverHappens x", ""},
		{rest, "- {name: x, when: 'incident.closed && !incident.exists" + notice, "NeverHappens x", "NeverHappens x"},
		{two + rest, two + "- {name: x, when: 'steps.two.done && !incident.exists" + notice, "NeverHappens x", ""},
		{alarm + two + rest, two + "- {name: x, when: 'steps.two.done && !incident.exists" + notice, "NeverHappens x", "NeverHappens x"},
		{twoIfExists, two + "- {name: x, when: 'steps.two.done && !incident.exists" + notice, "NeverHappens x", "NeverHappens x"},
		{twoIfExists, two + "- {name: x, when: 'steps.two.done && incident.exists" + notice, "NeverHappens x", ""},
		{rest, lastly + "- {name: x, when: 'incident.closed && incident.steps.act.done" + notice, "NeverHappens x", ""},
		{rest, lastly + "- {name: x, when: 'incident.closed && !incident.steps.act.ended" + notice, "NeverHappens x", "NeverHappens x"},
		{twoIfActed, two + lastly + "- {name: x, when: 'steps.two.done && incident.closed && incident.steps.act.done" + notice, "NeverHappens x", ""},
		{twoIfActed, two + lastly + "- {name: x, when: 'steps.two.done && !incident.steps.act.done" + notice, "NeverHappens x", "NeverHappens x"},
		{mayAlarm, two + "- {name: x, when: 'steps.two.done && !incident.exists" + notice, "NeverHappens x", ""},
		{alarmBeside, two + "- {name: x, when: 'steps.two.done && !incident.exists" + notice, "NeverHappens x", ""},
	} {
		g := NewWithT(t)
		low, high := ofSteps(t, "low", c.low), ofSteps(t, "high", c.high)
		g.Expect(summary(Check(high, Options{}))).To(Equal(c.alone), c.high)
		v := raised(low, high)
		g.Expect(v.Bounds).To(BeEmpty())
		g.Expect(summary(v)).To(Equal(c.raised), "%s after\n%s", c.high, c.low)
		if strings.Contains(c.low, "two") && strings.Contains(c.high, "two") { // a playbook between that looks at none of it hands it on
			mid := ofSteps(t, "mid", "- {name: more, task: {to: handler}, noDeadline: None.}\n- {name: two, when: steps.more.done, task: {to: handler}, noDeadline: None.}\n")
			s := NewSuccession([]*playbook.Plan{high, mid, low}, map[*playbook.Plan][]*playbook.Plan{low: {mid, high}, mid: {high}}, Options{})
			g.Expect(summary(Check(high, Options{Succession: s}))).To(Equal(c.raised), "%s after\n%s", c.high, c.low)
		}
	}
}

// The story tells what incident there is by then.
func TestAStoryTellsTheIncidentARunTakesOverWith(t *testing.T) {
	low := ofSteps(t, "low", rest)
	for when, want := range map[string]string{
		"!incident.exists":                       "the complaint is part of an incident",
		"!incident.closed":                       "the complaint is part of an incident that is closed",
		"incident.steps.act.outcome != \"done\"": `the complaint is part of an incident, in which act has ended as "done"`,
		"!incident.steps.act.skipped":            "the complaint is part of an incident, in which act was skipped",
	} {
		g := NewWithT(t)
		high := ofSteps(t, "high", lastly+"- {name: x, when: '"+when+notice+"- {name: hear, wait: {until: steps.x.done}, noDeadline: None.}\n")
		v := raised(low, high)
		g.Expect(summary(v)).To(Equal("Stuck hear"), when)
		var story []string
		for _, l := range v.Findings[0].Story {
			story = append(story, l.String())
		}
		g.Expect(story).To(ContainElement(HavePrefix("Mon 01 Jun 09:01  the level changes, and playbook high takes over from low; "+want+"; x is skipped")), "%v", story)
	}
}

// Who is told to end while handing over ends there, and what was not handed over is said.
func TestHandingOverIsBrokenOff(t *testing.T) {
	g := NewWithT(t)
	low, high := ofSteps(t, "low", two+rest), ofSteps(t, "high", two+rest)
	order, after := []*playbook.Plan{low, high}, map[*playbook.Plan][]*playbook.Plan{low: {high}}
	whole := NewSuccession(order, after, Options{}).stages[low]
	g.Expect(whole.looked).To(Equal(len(whole.states)))
	asked, most := 0, whole.moves+1+2 // the moves of low, that with which high begins alone, and two states
	s := NewSuccession(order, after, Options{Stop: func() bool { asked++; return asked > most }})
	g.Expect(s.stages[low].looked).To(BeNumerically("<", len(whole.states)))
	g.Expect(Check(high, Options{Succession: s}).Bounds).To(ConsistOf(
		HavePrefix("not proved of runs that take over from playbook low beyond what that one comes to in " + thousands(s.stages[low].looked) + " states")))
}
