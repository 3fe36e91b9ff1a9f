package engine_test

import (
	"fmt"
	"testing"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/engine"
)

// TestDecliningEndsSomewhere: the seventeenth to decline is not noted any more, the status has no room.
func TestDecliningEndsSomewhere(t *testing.T) {
	g := NewWithT(t)
	w := tale{steps: `
steps:
- {name: check, task: {to: handler}, noDeadline: There is no hurry.}
`}.world(t)
	for n := range 25 {
		name := fmt.Sprint("agent-", n)
		w.join("desk", v1alpha1.Member{Name: name, User: v1alpha1.User(name), Duties: []v1alpha1.Identifier{"agent"}})
	}
	for range 20 {
		w.decide()
		w.does(w.step("check").Assignee, v1alpha1.TaskDecline, "check")
	}
	w.decide()
	g.Expect(w.step("check").Declined).To(HaveLen(16))
	g.Expect(w.text(v1alpha1.EventActIgnored)).To(ContainSubstring("too many"))
	g.Expect(w.sent("taskAssigned")).To(HaveLen(17), "each of them was told")
}

// TestActsAreTakenInTheOrderTheyWereWritten, however they are stamped, each once.
func TestActsAreTakenInTheOrderTheyWereWritten(t *testing.T) {
	g := NewWithT(t)
	w := oneTaskWorld(t)
	w.pass(hour)
	w.does("lin", v1alpha1.TaskAcknowledge, "check")
	w.decide()
	w.does("wang", v1alpha1.TaskComplete, "check", outcome("founded"), w.writtenAt(w.now.Add(-30*minute)))
	w.does("lin", v1alpha1.TaskComplete, "check", outcome("unfounded"), w.writtenAt(w.now.Add(-40*minute)))
	w.does("lin", v1alpha1.TaskComment, "check")
	w.decide()
	g.Expect(w.step("check").Outcome).To(Equal(v1alpha1.Identifier("founded")))
	g.Expect(w.step("check").EndedAt.UTC()).To(Equal(w.now.Add(-30 * minute)))
	g.Expect(w.count(v1alpha1.EventActed, "check")).To(Equal(1))
	g.Expect(w.count(v1alpha1.EventCommented, "check")).To(Equal(1))
	g.Expect(w.text(v1alpha1.EventActIgnored)).To(Equal("Complete was left out: the step had ended"))

	w = oneTaskWorld(t)
	w.decide()
	w.recordAct(v1alpha1.RecordAct{Verb: v1alpha1.RecordComment, By: "lin"})
	w.decide()
	w.facts.Acts = append(w.facts.Acts, v1alpha1.RecordAct{ID: "2", Verb: v1alpha1.RecordAbort, By: "gao", At: metaTime(w.now.Add(-minute)), Reason: "mistake"})
	w.decide()
	g.Expect(w.run.Result).To(Equal(v1alpha1.RunAborted))
	g.Expect(w.count(v1alpha1.EventCommented, "")).To(Equal(1))
}

// TestAnActWithoutANameOrTime counts for nobody, or from when it was seen.
func TestAnActWithoutANameOrTime(t *testing.T) {
	g := NewWithT(t)
	w := oneTaskWorld(t)
	w.pass(5 * hour)
	anonymous := func(a *v1alpha1.TaskAct) { a.By = "" }
	timeless := func(a *v1alpha1.TaskAct) { a.At = metav1.Time{} }
	w.does("lin", v1alpha1.TaskComplete, "check", outcome("founded"), anonymous)
	w.does("lin", v1alpha1.TaskComplete, "check", outcome("unfounded"), timeless)
	w.decide()
	g.Expect(w.step("check").Outcome).To(Equal(v1alpha1.Identifier("unfounded")))
	g.Expect(w.step("check").EndedAt.UTC()).To(Equal(w.now))
}

// TestAssignmentsAreKeptUpToDate: who joins, leaves or turns out to be complained about changes who may act, without
// anybody acting; a manager that cannot see the assignment leaves it alone.
func TestAssignmentsAreKeptUpToDate(t *testing.T) {
	g := NewWithT(t)
	w := tale{steps: planAndApprove}.world(t)
	w.decide()
	may := func(step string) []v1alpha1.User { return w.tasks[w.taskOf(step, "")].spec.Assignment.MayAct }
	w.leave("desk", "wang")
	w.unfilled = true
	w.decide()
	g.Expect(may("plan")).To(Equal([]v1alpha1.User{"lin", "wang"}))
	w.unfilled = false
	w.decide()
	g.Expect(may("plan")).To(Equal([]v1alpha1.User{"lin"}))
	w.planned("lin")
	w.facts.About = &v1alpha1.ComplainedAbout{Teams: []v1alpha1.ObjectName{"desk"}, Users: []v1alpha1.User{"ma"}}
	w.decide()
	g.Expect(may("approve")).To(Equal([]v1alpha1.User{"zhou", "hua"}))
}

// TestWhoIsStoodInForMayAct, unless it turns out that it is about them.
func TestWhoIsStoodInForMayAct(t *testing.T) {
	g := NewWithT(t)
	w := tale{steps: `
steps:
- {name: first, task: {to: handler}, within: {elapsed: 4h}}
- {name: second, needs: [first], task: {to: handler}, within: {elapsed: 4h}}
`}.world(t)
	w.decide()
	w.does("lin", v1alpha1.TaskComplete, "first")
	w.away("desk", "lin", w.now, w.now.Add(day))
	w.decide()
	may := func() []v1alpha1.User { return w.tasks[w.taskOf("second", "")].spec.Assignment.MayAct }
	g.Expect(may()).To(Equal([]v1alpha1.User{"wang", "lin"}))
	w.facts.About = &v1alpha1.ComplainedAbout{Users: []v1alpha1.User{"lin"}}
	w.decide()
	g.Expect(may()).To(Equal([]v1alpha1.User{"wang"}))
}

// TestARoleTakesAlongOnlyWhatWasAskedInIt: somebody who plays two roles keeps the work of the other.
func TestARoleTakesAlongOnlyWhatWasAskedInIt(t *testing.T) {
	g := NewWithT(t)
	w := tale{steps: `
steps:
- {name: check, task: {to: handler}, within: {elapsed: 1h}, overdue: {climb: Ladder}}
- {name: lead, task: {to: supervisor}, within: {elapsed: 8h}}
`, setUp: func(w *world) {
		w.leave("desk", "lin", "wang", "sun", "qian")
		w.join("desk", v1alpha1.Member{Name: "lin", User: "lin", Duties: []v1alpha1.Identifier{"agent", "supervisor"}})
		w.join("desk", v1alpha1.Member{Name: "hua", User: "hua", Duties: []v1alpha1.Identifier{"supervisor"}})
	}}.world(t)
	w.pass(2 * hour)
	w.record(v1alpha1.RecordAct{Verb: v1alpha1.RecordHandOver, By: "gao", Role: "supervisor", To: "hua"})
	g.Expect(w.step("check").Assignee).To(Equal(v1alpha1.User("lin")))
	g.Expect(w.step("lead").Assignee).To(Equal(v1alpha1.User("hua")))
	g.Expect(w.tasks[w.taskOf("check", "")].spec.Assignment.MayAct).To(Equal([]v1alpha1.User{"lin", "hua"}), "hua is the rung now")
}

// TestARoleGoesOnlyToWhoCouldPlayIt: who has the duty, or is a deputy of somebody who has, and is there.
func TestARoleGoesOnlyToWhoCouldPlayIt(t *testing.T) {
	g := NewWithT(t)
	w := tale{steps: planAndApprove}.world(t)
	w.planned("lin")
	g.Expect(engine.Holder(&w.run, "manager")).To(Equal(v1alpha1.User("ma")))
	hand := func(by, to v1alpha1.User) v1alpha1.User {
		w.record(v1alpha1.RecordAct{Verb: v1alpha1.RecordHandOver, By: by, Role: "manager", To: to})
		return engine.Holder(&w.run, "manager")
	}
	g.Expect(hand("gao", "wang")).To(Equal(v1alpha1.User("ma")), "an agent is no manager")
	g.Expect(w.text(v1alpha1.EventActIgnored)).To(ContainSubstring("has not the duty manager in team management"))
	g.Expect(w.tasks[w.taskOf("approve", "")].spec.Assignment.MayAct).NotTo(ContainElement(v1alpha1.User("wang")))
	w.away("management", "zhou", w.now, w.now.Add(day))
	g.Expect(hand("gao", "zhou")).To(Equal(v1alpha1.User("ma")), "not there")
	w.pass(2 * day)
	g.Expect(hand("gao", "zhou")).To(Equal(v1alpha1.User("zhou")))
}

// TestNobodyChoosesWhoApprovesWhatTheyDid: neither who wrote it, nor who did it in any other way.
func TestNobodyChoosesWhoApprovesWhatTheyDid(t *testing.T) {
	g := NewWithT(t)
	w := tale{steps: planAndApprove}.world(t)
	w.rewriteRemedy("sun", "plan-1")
	w.planned("lin")
	hand := func(by v1alpha1.User, role v1alpha1.Identifier, to v1alpha1.User) v1alpha1.User {
		w.record(v1alpha1.RecordAct{Verb: v1alpha1.RecordHandOver, By: by, Role: role, To: to})
		return engine.Holder(&w.run, string(role))
	}
	g.Expect(hand("sun", "manager", "zhou")).To(Equal(v1alpha1.User("ma")), "a lead, but the author")
	g.Expect(w.text(v1alpha1.EventActIgnored)).To(ContainSubstring("who asked for it wrote what is to be approved"))
	w.join("management", v1alpha1.Member{Name: "ida", User: "ida", Duties: []v1alpha1.Identifier{"lawyer"}})
	g.Expect(hand("lin", "legal", "ida")).To(Equal(v1alpha1.User("hua")))
	g.Expect(w.text(v1alpha1.EventActIgnored)).To(ContainSubstring("did the step that is to be approved"))
	g.Expect(hand("wang", "legal", "ida")).To(Equal(v1alpha1.User("ida")), "who has no part in it may")
}

// TestNobodySeizesARoleAboveTheirs: a responder hands on what is theirs or below; command and voice are handed on by who
// holds them and by leads.
func TestNobodySeizesARoleAboveTheirs(t *testing.T) {
	g := NewWithT(t)
	w := tale{steps: `
steps:
- {name: check, task: {to: handler}, within: {elapsed: 1h}, overdue: {climb: Ladder}}
- {name: lead, task: {to: supervisor}, within: {elapsed: 8h}}
`}.world(t)
	w.decide()
	hand := func(by v1alpha1.User, role v1alpha1.Identifier, to v1alpha1.User) v1alpha1.User {
		w.record(v1alpha1.RecordAct{Verb: v1alpha1.RecordHandOver, By: by, Role: role, To: to})
		return engine.Holder(&w.run, string(role))
	}
	g.Expect(hand("wang", "supervisor", "qian")).To(Equal(v1alpha1.User("sun")))
	g.Expect(w.text(v1alpha1.EventActIgnored)).To(ContainSubstring("only who is supervisor and the leads"))
	g.Expect(hand("wang", "handler", "wang")).To(Equal(v1alpha1.User("wang")), "the lowest role is everybody's who works on it")
	g.Expect(hand("sun", "supervisor", "qian")).To(Equal(v1alpha1.User("qian")), "who holds it")

	w = tale{head: incidentHead, steps: `
steps:
- {name: command, assignRole: {role: commander}}
- {name: voice, needs: [command], assignRole: {role: spokesperson}}
- {name: hold, needs: [voice], task: {to: commander}, within: {elapsed: 8h}}
`}.world(t)
	w.join("crisis", v1alpha1.Member{Name: "kai", User: "kai", Duties: []v1alpha1.Identifier{"commander"}})
	w.decide()
	g.Expect(hand("ren", "commander", "ma")).To(Equal(v1alpha1.User("gao")), "a responder")
	g.Expect(hand("pei", "commander", "ma")).To(Equal(v1alpha1.User("gao")), "who speaks does not choose who commands")
	g.Expect(hand("ren", "spokesperson", "ren")).To(Equal(v1alpha1.User("pei")))
	g.Expect(hand("kai", "commander", "kai")).To(Equal(v1alpha1.User("kai")), "a lead")
	g.Expect(hand("kai", "commander", "gao")).To(Equal(v1alpha1.User("gao")), "who holds it")
	w.facts.About = &v1alpha1.ComplainedAbout{Users: []v1alpha1.User{"gao"}}
	w.recordAct(v1alpha1.RecordAct{Verb: v1alpha1.RecordHandOver, By: "gao", Role: "commander", To: "ma"})
	w.decide()
	g.Expect(w.text(v1alpha1.EventActIgnored)).To(ContainSubstring("takes no part: is complained about"))
	g.Expect(engine.Holder(&w.run, "commander")).To(Equal(v1alpha1.User("kai")))
}

// TestATaskSaysWhatWasLeftOut: whoever completed it before the remedy was written learns it where they look.
func TestATaskSaysWhatWasLeftOut(t *testing.T) {
	g := NewWithT(t)
	w := tale{steps: planAndApprove}.world(t)
	w.pass(minute)
	w.does("lin", v1alpha1.TaskComplete, "plan")
	w.decide()
	g.Expect(w.tasks[w.taskOf("plan", "")].leftOut).To(And(HavePrefix("lin Complete: spec.remedy of the record is still empty"), ContainSubstring("complete the task again")))
	g.Expect(w.decide().Effects).To(BeEmpty(), "said once")
}

// TestTwoReopeningsAtOnceAreOne: the second finds the record open.
func TestTwoReopeningsAtOnceAreOne(t *testing.T) {
	g := NewWithT(t)
	w := tale{steps: oneTask}.world(t)
	w.decide()
	w.record(v1alpha1.RecordAct{Verb: v1alpha1.RecordAbort, By: "gao"})
	seen := w.run.ActsSeen
	w.recordAct(v1alpha1.RecordAct{Verb: v1alpha1.RecordReopen, By: "gao"})
	w.recordAct(v1alpha1.RecordAct{Verb: v1alpha1.RecordReopen, By: "ma"})
	w.begin(2)
	w.run.ActsSeen, w.facts.Reopening = seen, true
	w.decide()
	g.Expect(w.count(v1alpha1.EventReopened, "")).To(Equal(1))
	g.Expect(w.text(v1alpha1.EventActIgnored)).To(Equal("Reopen was left out: the record is open"))
}

// TestWhoComesBackIsAsked: where nobody could be asked, the end of a leave wakes the run.
func TestWhoComesBackIsAsked(t *testing.T) {
	g := NewWithT(t)
	w := tale{steps: `
steps: [{name: counsel, task: {to: legal}, noDeadline: it waits for the lawyer}]`}.world(t)
	w.away("management", "hua", w.now.Add(-day), w.now.Add(day+hour/7200))
	w.decide()
	g.Expect(w.step("counsel").Problem).To(HavePrefix("nobody can be asked as legal"))
	g.Expect(w.wake).To(Equal(w.now.Add(day+minute/60)), "the first full second after it")
	w.pass(2 * day)
	g.Expect(w.step("counsel")).To(And(HaveField("Assignee", v1alpha1.User("hua")), HaveField("Problem", "")))
	g.Expect(w.step("counsel").StartedAt.UTC()).To(Equal(monday))
}
