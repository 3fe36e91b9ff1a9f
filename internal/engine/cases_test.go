package engine_test

import (
	"fmt"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/engine"
	"tocsin.dev/tocsin/internal/playbook"
)

// TestBlocksInsideBlocks: a block of a sub-playbook of a block begins at round one again in every outer round, and still
// every question is a new task.
func TestBlocksInsideBlocks(t *testing.T) {
	g := NewWithT(t)
	w := tale{steps: `
steps:
- name: outer
  repeat:
    until: run.round >= 3
    max: 3
    steps: [{name: part, playbook: {name: inner}}]
`, subs: map[string]string{"inner": `
steps:
- name: again
  repeat:
    until: run.round >= 2
    max: 2
    steps: [{name: ask, task: {to: handler}, within: {elapsed: 4h}}]
`}}.world(t)
	for range 6 {
		w.pass(minute)
		w.does("lin", v1alpha1.TaskComplete, "outer/part/again/ask")
		w.decide()
	}
	g.Expect(w.run.Result).To(Equal(v1alpha1.RunCompleted))
	g.Expect(w.tasks).To(HaveLen(6))
}

// TestABlockApprovedAnew: what follows an approval begins anew as a whole when the approval is void, rounds and all.
func TestABlockApprovedAnew(t *testing.T) {
	g := NewWithT(t)
	w := tale{steps: `
steps:
- {name: approve, approval: {by: [manager], of: remedy}, within: {elapsed: 4h}}
- name: work
  needs: [approve]
  repeat:
    until: steps.act.done
    max: 2
    steps:
    - {name: prepare, task: {to: handler}, within: {elapsed: 4h}}
    - {name: act, needs: [prepare], task: {to: handler}, within: {elapsed: 4h}}
`}.world(t)
	for n, plan := range []string{"plan-1", "plan-2", "plan-3"} {
		w.writeRemedy(plan)
		w.pass(minute)
		w.does("ma", v1alpha1.TaskApprove, "approve")
		w.pass(minute)
		w.does("lin", v1alpha1.TaskComplete, "work/prepare")
		w.pass(minute)
		g.Expect(w.step("work/act").State).To(Equal(v1alpha1.StepWaiting), "not answered by what was done in an attempt before")
		g.Expect(w.tasks).To(HaveLen(3 * (n + 1)))
	}
	w.does("lin", v1alpha1.TaskComplete, "work/act")
	w.decide()
	g.Expect(w.run.Result).To(Equal(v1alpha1.RunCompleted))
}

// TestABlockThatIsOverdueEndsWithWhatIsInside: an outcome for a late block stops what goes on in it.
func TestABlockThatIsOverdueEndsWithWhatIsInside(t *testing.T) {
	g := NewWithT(t)
	w := tale{steps: `
steps:
- name: loop
  within: {elapsed: 1h}
  overdue: {outcome: exhausted}
  repeat:
    until: steps.inner.done
    max: 2
    steps: [{name: inner, task: {to: handler}, within: {elapsed: 4h}}]
`}.world(t)
	w.pass(2 * hour)
	g.Expect(w.run.Result).To(Equal(v1alpha1.RunCompleted))
	g.Expect(w.step("loop").Outcome).To(Equal(engine.Exhausted))
	g.Expect(w.step("loop/inner").State).To(Equal(v1alpha1.StepCancelled))
	g.Expect(w.open()).To(BeEmpty())
}

// TestAConditionWithoutAnAnswer: the step waits with a problem that says so once, can be skipped, and goes on by itself
// when there is an answer.
func TestAConditionWithoutAnAnswer(t *testing.T) {
	const steps = `
cancel: [{name: hot, when: 'complaint.signals[1] == "hot"', steps: [work]}]
steps:
- {name: work, task: {to: handler}, within: {elapsed: 100h}}
- {name: gated, when: 'complaint.signals[0] == "calm"', notify: {to: [complainant], template: reminder}}
- name: loop
  repeat:
    until: complaint.signals[0] == "calm"
    max: 2
    steps: [{name: inner, notify: {to: [complainant], template: reminder}}]
- {name: await, wait: {until: 'complaint.signals[0] == "calm"'}, noDeadline: It takes what it takes.}
- {name: progress, every: {elapsed: 24h}, until: 'complaint.signals[0] == "calm"', notify: {to: [complainant], template: reminder}}
`
	g := NewWithT(t)
	w := tale{steps: steps}.world(t)
	w.pass(3 * day)
	for _, step := range []string{"work", "gated", "loop", "await", "progress"} {
		g.Expect(w.step(step).Problem).To(ContainSubstring("cannot be answered"), step)
		g.Expect(w.count(v1alpha1.EventNobody, step)).To(Equal(1), step)
	}
	g.Expect(engine.Stand(&w.run).Problems).To(HaveLen(5))
	w.record(v1alpha1.RecordAct{Verb: v1alpha1.RecordSkip, By: "gao", Step: "gated"})
	g.Expect(w.step("gated").State).To(Equal(v1alpha1.StepSkipped))
	w.facts.Complaint.Signals = []string{"calm", "cold"}
	w.decide()
	for _, step := range []string{"loop", "await", "progress"} {
		g.Expect(w.step(step).State).To(Equal(v1alpha1.StepDone), step)
	}
	g.Expect(w.step("work").Problem).To(BeEmpty())
	w.facts.Complaint.Signals[1] = "hot"
	w.decide()
	g.Expect(w.run.Result).To(Equal(v1alpha1.RunCompleted))
}

// TestRegionOfASubPlaybookIsAskedOnlyWhileItRuns, and sees its own steps.
func TestRegionOfASubPlaybookIsAskedOnlyWhileItRuns(t *testing.T) {
	g := NewWithT(t)
	w := tale{steps: `
steps:
- {name: work, task: {to: handler, outcomes: [stop, go]}, within: {elapsed: 4h}}
- {name: part, needs: [work], playbook: {name: inner}}
`, subs: map[string]string{"inner": `
cancel: [{name: off, when: "!steps.work.done", steps: [later]}]
steps:
- {name: work, notify: {to: [complainant], template: reminder}}
- {name: later, task: {to: handler}, within: {elapsed: 4h}}
`}}.world(t)
	w.pass(hour)
	g.Expect(w.step("part/later").State).To(Equal(v1alpha1.StepPending))
	w.does("lin", v1alpha1.TaskComplete, "work", outcome("stop"))
	w.decide()
	g.Expect(w.step("part/later").State).To(Equal(v1alpha1.StepWaiting))
}

// TestNotices: who is missing is not passed over in silence.
func TestNotices(t *testing.T) {
	g := NewWithT(t)
	w := tale{head: incidentHead, steps: `
steps:
- {name: none, notify: {to: [customers], template: reminder}}
- {name: some, notify: {to: [customers, media], template: reminder}}
- {name: sure, notify: {to: [customers, media], template: reminder}, within: {elapsed: 4h}, overdue: {climb: Ladder}}
- {name: failed, notify: {to: [media], template: reminder}, within: {elapsed: 4h}}
`}.world(t)
	w.deliver = false
	w.pass(5 * hour)
	g.Expect(w.step("none").Outcome).To(Equal(engine.Undelivered))
	g.Expect(w.step("some").Outcome).To(Equal(v1alpha1.Identifier("sent")))
	g.Expect(w.step("sure").Problem).To(ContainSubstring("nobody to tell as customers"))
	g.Expect(w.count(v1alpha1.EventEscalated, "sure")).To(Equal(1))
	w.teams["management"].Stakeholders = []v1alpha1.Stakeholder{{Name: "customers"}}
	w.leave("management") // nobody; the roster is read anew
	w.decide()
	g.Expect(w.step("sure").Problem).To(BeEmpty())
	for name, n := range w.notices {
		w.facts.Notices[name] = v1alpha1.NoticeDelivered
		if n.Step == "failed" {
			w.facts.Notices[name] = v1alpha1.NoticeFailed
		}
	}
	w.decide()
	g.Expect(w.step("sure").Outcome).To(Equal(engine.Delivered))
	g.Expect(w.step("failed").Outcome).To(Equal(engine.Undelivered))
}

// TestARecurringStepCanBeOverdue: the deadline does not wait for the next recurrence.
func TestARecurringStepCanBeOverdue(t *testing.T) {
	g := NewWithT(t)
	w := tale{steps: `
steps:
- {name: progress, every: {elapsed: 24h}, until: complaint.affected > 1, notify: {to: [complainant], template: reminder}, within: {elapsed: 2h}, overdue: {climb: Ladder, every: 1h}}
`}.world(t)
	w.pass(3*hour + 2*minute)
	g.Expect(w.count(v1alpha1.EventDeadlineMissed, "progress")).To(Equal(1))
	g.Expect(w.count(v1alpha1.EventEscalated, "progress")).To(Equal(2))
	w.pass(21 * hour)
	g.Expect(w.step("progress").Ticks).To(Equal(int32(1)))
}

// TestTheRungNobodyHolds: where a rung cannot be told, the one above is, at once.
func TestTheRungNobodyHolds(t *testing.T) {
	g := NewWithT(t)
	w := tale{steps: `
steps:
- {name: check, task: {to: handler}, within: {elapsed: 2h}, overdue: {climb: Ladder}}
`}.world(t)
	w.leave("desk", "sun", "qian")
	w.leave("management", "ma", "zhou")
	w.pass(day)
	g.Expect(w.text(v1alpha1.EventEscalated)).To(HavePrefix("gao (executive) is told"))
	g.Expect(w.count(v1alpha1.EventNobody, "check")).To(Equal(2))
}

// TestTextsFit: what playbooks can hold is cut to what a timeline can.
func TestTextsFit(t *testing.T) {
	g := NewWithT(t)
	long := "complaint.product.contains('" + strings.Repeat("é", 500) + "')"
	w := tale{steps: `
steps:
- {name: gated, when: "` + long + `", notify: {to: [complainant], template: reminder}}
`}.world(t)
	w.decide()
	text := w.text(v1alpha1.EventStepSkipped)
	g.Expect(len(text)).To(BeNumerically("<=", 1024))
	g.Expect(text).To(HaveSuffix("é"))
}

// TestWhatIsCarriedOver: only what can stand for a step of the new playbook.
func TestWhatIsCarriedOver(t *testing.T) {
	g := NewWithT(t)
	plan := compile(t, "major", complaintHead+`
steps:
- {name: check, task: {to: handler, outcomes: [founded]}, within: {elapsed: 4h}}
- {name: other, task: {to: handler, outcomes: [right, wrong]}, within: {elapsed: 4h}}
- {name: kind, approval: {by: [manager]}, within: {elapsed: 4h}}
- {name: tell, notify: {to: [complainant], template: reminder}}
- {name: raise, raiseIncident: {playbook: crisis, team: crisis}}
- {name: ask, survey: {asks: handler, scale: [good, bad]}, within: {elapsed: 4h}, overdue: {outcome: silent}}
- {name: rest, wait: {for: {elapsed: 1h}}}
- {name: who, assignRole: {role: handler}}
- {name: call, assembleTeam: {team: crisis}, within: {elapsed: 1h}}
- {name: progress, every: {elapsed: 1h}, until: steps.check.done, notify: {to: [complainant], template: reminder}}
- {name: part, playbook: {name: sub}}
- {name: loop, repeat: {until: steps.inner.done, max: 2, steps: [{name: inner, notify: {to: [complainant], template: reminder}}]}}
`, map[string]string{"sub": complaintHead + `
steps: [{name: tell, notify: {to: [complainant], template: reminder}}]
`})
	old := engine.Start(plan, &engine.Facts{}, revision, 1, monday)
	old.ActsSeen, old.Roles = 3, []v1alpha1.RoleHolder{{Name: "handler", User: "lin"}}
	ends := map[string]string{}
	for _, s := range strings.Fields("check:founded other:other kind:done tell:delivered raise:joined ask:silent rest:done who:assigned call:assembled progress:done part:done loop:satisfied loop/inner:sent") {
		name, outcome, _ := strings.Cut(s, ":")
		ends[name] = outcome
	}
	for i := range old.Steps {
		if outcome, done := ends[old.Steps[i].Name]; done {
			old.Steps[i].State, old.Steps[i].Outcome = v1alpha1.StepDone, v1alpha1.Identifier(outcome)
		}
	}
	old.Steps[0].By = []v1alpha1.User{"lin"} // what nobody answers ends by its deadline
	run := engine.CarryOver(plan, engine.Start(plan, &engine.Facts{}, revision, 2, monday), plan, old)
	kept := []string{}
	for _, s := range run.Steps {
		if s.State == v1alpha1.StepDone {
			kept = append(kept, s.Name)
		}
	}
	g.Expect(kept).To(Equal([]string{"check", "tell", "raise", "ask", "rest", "who", "call"}))
	g.Expect(run.ActsSeen).To(Equal(int32(3)))
	g.Expect(run.Roles).To(Equal(old.Roles))
}

// TestRightsAndStanding: who may do what with the record, and what the record amounts to.
func TestRightsAndStanding(t *testing.T) {
	g := NewWithT(t)
	w := oneTaskWorld(t)
	w.facts.About = &v1alpha1.ComplainedAbout{Users: []v1alpha1.User{"sun", "wang"}}
	w.decide()
	responders, leads := engine.Rights(w.plan, &w.run, w.facts, w.now, nil, nil)
	g.Expect(responders).To(Equal([]v1alpha1.User{"lin"}))
	g.Expect(leads).To(Equal([]v1alpha1.User{"gao", "ma", "qian", "zhou"}))
	g.Expect(engine.Stand(&w.run)).To(Equal(engine.Standing{NextDeadline: w.step("check").DueAt.Time}))
	w.pass(day)
	g.Expect(engine.Stand(&w.run).Overdue).To(Equal(int32(1)))

	w = tale{head: incidentHead, steps: crisisSteps}.world(t)
	w.decide()
	responders, leads = engine.Rights(w.plan, &w.run, w.facts, w.now, nil, nil)
	g.Expect(leads).To(ContainElement(v1alpha1.User("gao")))
	g.Expect(responders).To(ContainElements(v1alpha1.User("gao"), v1alpha1.User("pei")))
}

// Whoever waits for the next incident is not answered by the one before, which is closed: of the next nothing is known in the turn in
// which it is raised.
func TestAClosedIncidentDoesNotAnswerForTheNext(t *testing.T) {
	for _, open := range []string{"", "another"} {
		g := NewWithT(t)
		w := tale{steps: `
steps:
- {name: raise, raiseIncident: {playbook: crisis, team: crisis}}
- {name: hear, needs: [raise], noDeadline: None., wait: {until: incident.steps.decide.ended || incident.closed}}
`, subs: map[string]string{"crisis": "\nsteps:\n- {name: decide, decision: {by: handler, options: [offer, refuse]}, within: {elapsed: 1d}}\n"}}.world(t)
		w.facts.OpenIncident = open
		w.facts.Incident = &playbook.IncidentFacts{Exists: true, Closed: true, Steps: []v1alpha1.StepState{{Name: "decide", State: v1alpha1.StepDone, Outcome: "offer"}}}
		w.decide()
		g.Expect(w.step("raise").State).To(Equal(v1alpha1.StepDone))
		g.Expect(w.step("hear").State).To(Equal(v1alpha1.StepWaiting))
	}
}

// TestIncidents: two complaints of one kind raise one incident; the next of the kind after it was closed is another.
func TestIncidents(t *testing.T) {
	g := NewWithT(t)
	raised := func(uid, key, open string, closed int) string {
		w := tale{steps: `
steps: [{name: raise, raiseIncident: {playbook: crisis, team: crisis, level: major}}]
`, setUp: func(w *world) {
			w.facts.Record.UID, w.facts.CorrelationKey, w.facts.OpenIncident, w.facts.FormerIncidents = uid, key, open, closed
			w.facts.Complaint = &playbook.ComplaintFacts{Signals: []string{"fire"}}
		}}.world(t)
		w.decide()
		for _, e := range w.effects {
			switch e := e.(type) {
			case engine.Raise:
				g.Expect(e.Spec.Level).To(Equal(v1alpha1.LevelName("major")))
				g.Expect(e.Spec.Signals).To(Equal([]v1alpha1.Identifier{"fire"}))
			case engine.Join:
				return e.Incident
			}
		}
		return ""
	}
	first := raised("a", "kettle", "", 0)
	g.Expect(raised("b", "kettle", "", 0)).To(Equal(first))
	g.Expect(raised("b", "kettle", first, 0)).To(Equal(first))
	g.Expect(raised("c", "kettle", "", 1)).NotTo(Equal(first))
	g.Expect(raised("d", "", "", 0)).NotTo(Equal(raised("e", "", "", 0)))
}

// TestAPlanThatNeverWaits is broken off and goes on, instead of holding everything up.
func TestAPlanThatNeverWaits(t *testing.T) {
	g := NewWithT(t)
	steps := `
steps:
- name: again
  repeat:
    until: "false"
    max: 100
    steps: [{name: next, playbook: {name: %s}}]
`
	w := tale{steps: fmt.Sprintf(steps, "b"), subs: map[string]string{"b": fmt.Sprintf(steps, "c"), "c": `
steps:
- name: again
  repeat:
    until: "false"
    max: 100
    steps: [{name: next, assignRole: {role: handler}, when: "false"}]
`}}.world(t)
	d := w.decide()
	g.Expect(d.Run.Result).To(BeEmpty())
	g.Expect(d.Wake).To(BeTemporally("==", monday.Add(1e9)))
}
