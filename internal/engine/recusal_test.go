package engine_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/engine"
)

func about(users ...v1alpha1.User) *v1alpha1.ComplainedAbout {
	return &v1alpha1.ComplainedAbout{Users: users}
}

// TestARecusalIsNoDecline: the task and the timeline say what it is, and it is over when it is not about them after all.
func TestARecusalIsNoDecline(t *testing.T) {
	g := NewWithT(t)
	w := tale{steps: oneTask}.world(t)
	w.pass(10 * minute)
	w.facts.About = about("lin")
	w.pass(10 * minute)
	a := w.tasks[w.taskOf("check", "")].spec.Assignment
	g.Expect(a.Assignee).To(BeEquivalentTo("wang"))
	g.Expect(a.Recused).To(Equal([]v1alpha1.Recusal{{User: "lin", Reason: "is complained about"}}))
	g.Expect(w.step("check").Declined).To(BeEmpty())
	g.Expect(w.count(v1alpha1.EventRecused, "check")).To(Equal(1))
	w.does("lin", v1alpha1.TaskComplete, "check", outcome("unfounded"))
	w.decide()
	g.Expect(w.step("check").State).To(Equal(v1alpha1.StepWaiting))

	w.facts.About = nil
	w.decide()
	a = w.tasks[w.taskOf("check", "")].spec.Assignment
	g.Expect(a.Assignee).To(BeEquivalentTo("wang"), "it stays with whom it was given to")
	g.Expect(a.MayAct).To(ContainElement(BeEquivalentTo("lin")), "as a deputy")
}

// TestWhoeverWasToApproveIsRecused: somebody else is told, once.
func TestWhoeverWasToApproveIsRecused(t *testing.T) {
	g := NewWithT(t)
	w := tale{steps: `
steps:
- {name: approve, approval: {by: [manager]}, within: {elapsed: 8h}}
`}.world(t)
	w.pass(10 * minute)
	first := w.tasks[w.taskOf("approve", "")].spec.Assignment.Seats[0].Users[0]
	w.facts.About = about(first)
	w.pass(10 * minute)
	second := w.tasks[w.taskOf("approve", "")].spec.Assignment.Seats[0].Users
	g.Expect(second).NotTo(ContainElement(first))
	g.Expect(w.sent("taskAssigned")).To(HaveLen(2))
	g.Expect(w.count(v1alpha1.EventRecused, "approve")).To(Equal(1))
	g.Expect(w.events[len(w.events)-1]).To(And(HaveField("Type", v1alpha1.EventAsked), HaveField("Actor", second[0])))
}

// TestInvariant4ACrisisIsNotLeftWithoutACommander because it turns out to be about the one it had.
func TestInvariant4ACrisisIsNotLeftWithoutACommander(t *testing.T) {
	g := NewWithT(t)
	w := tale{head: incidentHead, steps: `
steps:
- {name: command, assignRole: {role: commander}}
- {name: calm, wait: {until: incident.complaints > 9}, noDeadline: A crisis lasts as long as it lasts.}
`}.world(t)
	w.pass(10 * minute)
	g.Expect(engine.Holder(&w.run, engine.RoleCommander)).To(BeEquivalentTo("gao"))
	w.join("crisis", v1alpha1.Member{Name: "ida", User: "ida", Duties: []v1alpha1.Identifier{"commander"}})
	w.facts.About = about("gao")
	w.decide()
	g.Expect(engine.Holder(&w.run, engine.RoleCommander)).To(BeEquivalentTo("ida"))
	g.Expect(w.sent("roleAssigned")).To(HaveLen(2), "the successor is told")
	g.Expect(w.count(v1alpha1.EventRecused, "")).To(Equal(1))

	w.facts.About = about("gao", "ida", "ma")
	w.pass(10 * minute)
	g.Expect(engine.Holder(&w.run, engine.RoleCommander)).To(BeEmpty())
	g.Expect(engine.Vacant(w.plan, &w.run)).To(Equal([]string{"commander"}))
	g.Expect(w.count(v1alpha1.EventNobody, "")).To(Equal(1), "said once")
	w.facts.About = about("gao", "ma")
	w.decide()
	g.Expect(engine.Holder(&w.run, engine.RoleCommander)).To(BeEquivalentTo("ida"), "tried again at every turn")
	g.Expect(engine.Vacant(w.plan, &w.run)).To(BeEmpty())
}

// TestWhoWasCalledIsRecused: the team does not wait for them.
func TestWhoWasCalledIsRecused(t *testing.T) {
	g := NewWithT(t)
	w := tale{head: incidentHead, steps: `
steps:
- {name: assemble, assembleTeam: {duties: [press, manager]}, within: {elapsed: 1h}}
`}.world(t)
	w.pass(5 * minute)
	w.does("ma", v1alpha1.TaskAcknowledge, "assemble")
	w.does("ren", v1alpha1.TaskAcknowledge, "assemble")
	w.pass(5 * minute)
	g.Expect(w.step("assemble").State).To(Equal(v1alpha1.StepWaiting))
	w.facts.About = about("pei")
	w.decide()
	g.Expect(w.step("assemble").State).To(Equal(v1alpha1.StepDone))
}

// TestWhoeverAnApprovalClimbedToMayGiveIt, also where their role and the one asked are for different people.
func TestWhoeverAnApprovalClimbedToMayGiveIt(t *testing.T) {
	g := NewWithT(t)
	w := tale{head: `
for: Complaint
roles:
- {name: handler, team: desk, duty: agent}
- {name: supervisor, team: desk, duty: supervisor, not: [handler]}
- {name: manager, team: management, duty: manager, not: [handler, supervisor]}
ladder: [handler, supervisor, manager]
`, steps: `
steps:
- {name: plan, task: {to: handler}, within: {elapsed: 8h}}
- {name: approve, needs: [plan], approval: {by: [supervisor]}, within: {elapsed: 1h}, overdue: {climb: Ladder}}
`}.world(t)
	w.decide()
	w.does(w.step("plan").Assignee, v1alpha1.TaskComplete, "plan")
	w.pass(2 * 60 * minute)
	told := engine.Holder(&w.run, "manager")
	g.Expect(told).NotTo(BeEmpty())
	g.Expect(w.tasks[w.taskOf("approve", "")].spec.Assignment.MayAct).To(ContainElement(told))
	w.does(told, v1alpha1.TaskApprove, "approve")
	w.decide()
	g.Expect(w.step("approve")).To(And(HaveField("State", v1alpha1.StepDone), HaveField("By", ConsistOf(told))))
}
