package engine_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/engine"
	"tocsin.dev/tocsin/internal/roster"
)

// Whoever is in no team any more is asked nothing, decides nothing more and holds no role; what they did before counts.
func TestWhoLeftTheTeams(t *testing.T) {
	g := NewWithT(t)
	w := tale{steps: `
steps:
- {name: check, task: {to: handler}, noDeadline: There is no hurry.}
- {name: approve, needs: [check], approval: {by: [manager, legal]}, noDeadline: There is no hurry.}
- {name: plan, needs: [approve], task: {to: handler}, noDeadline: There is no hurry.}
`}.world(t)
	w.decide()
	g.Expect(w.step("check").Assignee).To(BeEquivalentTo("lin"))
	w.leave("desk", "lin")
	w.decide()
	g.Expect(w.step("check").Assignee).To(BeEquivalentTo("wang"))
	g.Expect(w.text(v1alpha1.EventRecused)).To(ContainSubstring("lin takes no part: is in no team any more"))
	g.Expect(engine.Holder(&w.run, "handler")).To(BeEquivalentTo("wang"))
	responders, leads := engine.Rights(w.plan, &w.run, w.facts, w.now, nil, nil)
	g.Expect(append(responders, leads...)).NotTo(ContainElement(v1alpha1.User("lin")))

	w.does("wang", v1alpha1.TaskComplete, "check")
	w.decide()
	w.does("ma", v1alpha1.TaskApprove, "approve")
	w.decide()
	w.leave("management", "ma")
	w.leave("crisis", "ma")
	w.decide()
	w.does("hua", v1alpha1.TaskApprove, "approve")
	w.decide()
	g.Expect(w.step("approve").Outcome).To(Equal(engine.Approved), "who has approved has approved")
	g.Expect(engine.Holder(&w.run, "manager")).To(BeEquivalentTo("zhou"))

	t.Log("a team that is missing is mended before anybody is taken for gone")
	delete(w.teams, "desk")
	w.facts.Roster = roster.New(w.teams)
	w.decide()
	g.Expect(engine.Holder(&w.run, "handler")).To(BeEquivalentTo("wang"))
}

func TestWhoLeftIsPutOffTheSeat(t *testing.T) {
	g := NewWithT(t)
	w := tale{steps: `
steps:
- {name: approve, approval: {by: [manager]}, noDeadline: There is no hurry.}
`}.world(t)
	w.decide()
	g.Expect(w.seatsOf("approve")[0].Users).To(ContainElement(v1alpha1.User("ma")))
	w.leave("management", "ma")
	w.leave("crisis", "ma")
	w.decide()
	g.Expect(w.seatsOf("approve")[0].Users).To(And(ContainElement(v1alpha1.User("zhou")), Not(ContainElement(v1alpha1.User("ma")))))
}

// TestSomebodyElseSitsOnTheSeat of whoever left, and is told; where there is nobody, the step says so.
func TestSomebodyElseSitsOnTheSeat(t *testing.T) {
	g := NewWithT(t)
	w := tale{steps: "\nsteps:\n- {name: approve, approval: {by: [manager]}, noDeadline: There is no hurry.}\n",
		setUp: func(w *world) { w.leave("crisis", "ma") }}.world(t)
	w.pass(minute)
	w.leave("management", "ma")
	w.pass(minute)
	g.Expect(w.sent("taskAssigned")).To(HaveLen(2), "ma and zhou")

	w = tale{steps: "\nsteps:\n- {name: approve, approval: {by: [legal]}, noDeadline: There is no hurry.}\n"}.world(t)
	w.pass(minute)
	w.leave("management", "hua")
	w.pass(minute)
	g.Expect(w.step("approve").Problem).To(HavePrefix("nobody can approve"))
	w.join("management", v1alpha1.Member{Name: "ida", User: "ida", Duties: []v1alpha1.Identifier{"lawyer"}})
	w.pass(minute)
	g.Expect(w.step("approve").Problem).To(BeEmpty())
	g.Expect(w.sent("taskAssigned")).To(HaveLen(2), "hua and ida")
}

// TestNobodyWaitsForACallToWhoLeft: the call is answered once all who are still there have answered.
func TestNobodyWaitsForACallToWhoLeft(t *testing.T) {
	w := tale{head: incidentHead, steps: `
steps:
- {name: call, assembleTeam: {}, noDeadline: There is no hurry.}
- {name: go, needs: [call], task: {to: commander}, noDeadline: There is no hurry.}
`}.world(t)
	w.pass(minute)
	for _, u := range []v1alpha1.User{"gao", "ma", "pei"} {
		w.does(u, v1alpha1.TaskAcknowledge, "call")
	}
	w.pass(minute)
	w.leave("crisis", "ren")
	w.pass(minute)
	NewWithT(t).Expect(w.step("call").State).To(Equal(v1alpha1.StepDone))
}

// TestATeamThatIsMissingTakesNobodyAway: whoever holds a role from a team that was deleted is asked on, not passed over and
// asked again at each turn.
func TestATeamThatIsMissingTakesNobodyAway(t *testing.T) {
	g := NewWithT(t)
	head := "for: Complaint\ncalendar: office-hours\nroles:\n- {name: legal, team: desk, duty: lawyer}\nladder: [legal]\n"
	w := tale{head: head, steps: "\nsteps:\n- {name: check, task: {to: legal}, noDeadline: There is no hurry.}\n"}.world(t)
	w.pass(minute)
	g.Expect(w.step("check").Assignee).To(BeEquivalentTo("hua"), "of management, the parent of desk")
	delete(w.teams, "management")
	w.facts.Roster = roster.New(w.teams)
	w.decide()
	w.decide()
	g.Expect(w.step("check").Assignee).To(BeEquivalentTo("hua"))
	g.Expect(w.count(v1alpha1.EventRecused, "check")).To(BeZero())
}

// TestWhatARecordActFindsOfWhoLeft: a record act taken in at the same moment neither hides that the commander left, nor is
// what they did before they left forgotten.
func TestWhatARecordActFindsOfWhoLeft(t *testing.T) {
	crisis := func(act v1alpha1.RecordAct) *world {
		w := tale{head: incidentHead, steps: `
steps:
- {name: command, assignRole: {role: commander}}
- {name: lead, needs: [command], task: {to: commander}, noDeadline: There is no hurry.}
- {name: side, task: {to: spokesperson}, noDeadline: There is no hurry.}
`}.world(t)
		w.pass(minute)
		w.recordAct(act)
		w.leave("crisis", "gao")
		w.leave("management", "gao")
		w.join("crisis", v1alpha1.Member{Name: "kai", User: "kai", Duties: []v1alpha1.Identifier{"commander"}, Deputies: []v1alpha1.MemberName{"ma"}})
		w.decide()
		return w
	}
	g := NewWithT(t)
	w := crisis(v1alpha1.RecordAct{Verb: v1alpha1.RecordSkip, By: "gao", Step: "side", Reason: "settled"})
	g.Expect(w.count(v1alpha1.EventRecused, "")).To(Equal(2), "commander no more, and asked for lead no more")
	g.Expect(w.sent("roleAssigned")).To(HaveLen(2), "gao and the successor")
	w = crisis(v1alpha1.RecordAct{Verb: v1alpha1.RecordHandOver, By: "gao", Role: "commander", To: "ma", Reason: "I leave"})
	g.Expect(engine.Holder(&w.run, "commander")).To(BeEquivalentTo("ma"))
}

// TestWhatWasFinishedIsNotWithdrawn: the last task was done before somebody withdrew, and both are taken in at once.
func TestWhatWasFinishedIsNotWithdrawn(t *testing.T) {
	g := NewWithT(t)
	for _, verb := range []v1alpha1.RecordVerb{v1alpha1.RecordWithdraw, v1alpha1.RecordAbort} {
		w := tale{steps: "\nsteps:\n- {name: check, task: {to: handler}, noDeadline: There is no hurry.}\n"}.world(t)
		w.decide()
		w.sleep(hour)
		w.does("lin", v1alpha1.TaskComplete, "check")
		w.sleep(minute)
		w.recordAct(v1alpha1.RecordAct{Verb: verb, By: "gao", Reason: "not needed"})
		w.decide()
		g.Expect(w.run.Result).To(Equal(v1alpha1.RunCompleted))
		g.Expect(w.text(v1alpha1.EventActIgnored)).To(ContainSubstring("the record is closed"))
	}
}
