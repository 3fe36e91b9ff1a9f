package engine_test

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/roster"
)

const planAndApprove = `
steps:
- {name: plan, task: {to: handler, writes: remedy}, within: {elapsed: 8h}}
- name: approve
  needs: [plan]
  approval: {by: [manager, legal], of: remedy}
  within: {elapsed: 4h}
  remind: [1h]
  overdue: {climb: Ladder}
- {name: carryOut, needs: [approve], when: steps.approve.outcome == "approved", task: {to: handler}, within: {elapsed: 8h}}
- {name: rework, needs: [approve], when: steps.approve.outcome == "refused", task: {to: handler}, within: {elapsed: 8h}}
`

func (w *world) writeRemedy(digest string) { w.facts.Digests[v1alpha1.WritesRemedy] = digest }

// rewriteRemedy has somebody write the remedy past every task, as `kubectl patch` does.
func (w *world) rewriteRemedy(by v1alpha1.User, digest string) {
	w.line("%s writes the remedy: %s", by, digest)
	w.writeRemedy(digest)
	w.facts.Authors = map[v1alpha1.WrittenField]v1alpha1.User{v1alpha1.WritesRemedy: by}
}

// planned is the world once somebody has written the remedy.
func (w *world) planned(by v1alpha1.User) {
	w.t.Helper()
	w.pass(10 * minute)
	w.writeRemedy("plan-1")
	w.does(by, v1alpha1.TaskComplete, "plan")
	w.pass(10 * minute)
}

var approvalTales = []tale{
	{name: "approval-two-seats", steps: planAndApprove, play: func(w *world) {
		w.pass(5 * minute)
		w.say("Nothing is written yet, so nothing is planned.")
		w.does("lin", v1alpha1.TaskComplete, "plan")
		w.planned("lin")
		w.does("ma", v1alpha1.TaskApprove, "approve")
		w.pass(10 * minute)
		w.does("ma", v1alpha1.TaskApprove, "approve")
		w.does("zhou", v1alpha1.TaskApprove, "approve")
		w.pass(10 * minute)
		w.say("Three have approved, but two of them for the same seat.")
		w.does("hua", v1alpha1.TaskApprove, "approve")
		w.decide()
	}},
	{name: "approval-refused", steps: planAndApprove, play: func(w *world) {
		w.planned("lin")
		w.does("ma", v1alpha1.TaskApprove, "approve")
		w.does("hua", v1alpha1.TaskRefuse, "approve")
		w.does("zhou", v1alpha1.TaskApprove, "approve")
		w.decide()
	}},
	{name: "approval-requester", steps: planAndApprove, play: func(w *world) {
		w.say("The manager writes the plan, as the one the task was handed to: another manager has to approve it.")
		w.pass(5 * minute)
		w.does("lin", v1alpha1.TaskHandOver, "plan", to("ma"))
		w.planned("ma")
		w.does("ma", v1alpha1.TaskApprove, "approve")
		w.does("hua", v1alpha1.TaskApprove, "approve")
		w.pass(10 * minute)
		w.does("zhou", v1alpha1.TaskApprove, "approve")
		w.decide()
	}},
	{name: "approval-void", steps: planAndApprove, play: func(w *world) {
		w.planned("lin")
		w.does("ma", v1alpha1.TaskApprove, "approve")
		w.pass(10 * minute)
		w.say("The plan changes while it is being approved.")
		w.writeRemedy("plan-2")
		w.decide()
		w.does("hua", v1alpha1.TaskApprove, "approve", digest("plan-1"))
		w.does("hua", v1alpha1.TaskApprove, "approve")
		w.does("ma", v1alpha1.TaskApprove, "approve")
		w.pass(10 * minute)
		w.say("It changes again while it is carried out: approved anew.")
		w.writeRemedy("plan-3")
		w.pass(10 * minute)
		w.does("ma", v1alpha1.TaskApprove, "approve")
		w.does("hua", v1alpha1.TaskApprove, "approve")
		w.pass(10 * minute)
		w.does("lin", v1alpha1.TaskComplete, "carryOut")
		w.pass(10 * minute)
		w.say("Afterwards it may change as it likes.")
		w.writeRemedy("plan-4")
		w.decide()
	}},
	{name: "approval-rewritten", steps: planAndApprove, play: func(w *world) {
		w.say("The manager, who is to approve it, puts other words into the plan, and approves them.")
		w.rewriteRemedy("lin", "plan-1")
		w.planned("lin")
		w.does("hua", v1alpha1.TaskApprove, "approve")
		w.pass(10 * minute)
		w.rewriteRemedy("ma", "plan-2")
		w.decide()
		w.does("ma", v1alpha1.TaskApprove, "approve")
		w.pass(10 * minute)
		w.say("Somebody writes the same words once more, on a detour: they remain the manager's.")
		w.rewriteRemedy("wang", "plan-3")
		w.decide()
		w.rewriteRemedy("wang", "plan-2")
		w.decide()
		w.does("ma", v1alpha1.TaskApprove, "approve")
		w.does("hua", v1alpha1.TaskApprove, "approve")
		w.pass(10 * minute)
		w.does("zhou", v1alpha1.TaskApprove, "approve")
		w.pass(10 * minute)
		w.say("Approved. Now the lawyer changes it: it is approved anew, and not by the lawyer.")
		w.rewriteRemedy("hua", "plan-4")
		w.pass(10 * minute)
	}},
	{name: "approval-declined-and-late", steps: planAndApprove, play: func(w *world) {
		w.planned("lin")
		w.does("ma", v1alpha1.TaskDecline, "approve")
		w.pass(5 * hour)
		w.say("The executive, a rung above, may sit on any seat.")
		w.does("gao", v1alpha1.TaskApprove, "approve")
		w.does("zhou", v1alpha1.TaskApprove, "approve")
		w.decide()
	}},
	{name: "approval-one-of-two", steps: `
steps:
- {name: approve, approval: {by: [manager, legal], quorum: 1}, within: {elapsed: 4h}}
- {name: second, needs: [approve], approval: {by: [manager, legal], quorum: 1}, within: {elapsed: 4h}}
`, play: func(w *world) {
		w.say("One refuses; the other can still approve.")
		w.pass(10 * minute)
		w.does("ma", v1alpha1.TaskRefuse, "approve")
		w.pass(10 * minute)
		w.does("hua", v1alpha1.TaskApprove, "approve")
		w.pass(10 * minute)
		w.say("Who approved the first cannot approve the second: only the managers are left.")
		w.does("zhou", v1alpha1.TaskRefuse, "second")
		w.pass(5 * hour)
	}},
}

// away sends somebody home.
func (w *world) away(team, name string, from, until time.Time) {
	members := w.teams[team].Members
	for i := range members {
		if members[i].Name == name {
			members[i].Away = append(members[i].Away, v1alpha1.Absence{From: metaTime(from), To: metaTime(until)})
		}
	}
	w.facts.Roster = roster.New(w.teams)
}

// leave takes somebody out of a team.
func (w *world) leave(team string, names ...string) {
	var stay []v1alpha1.Member
	for _, m := range w.teams[team].Members {
		keep := true
		for _, n := range names {
			keep = keep && m.Name != n
		}
		if keep {
			stay = append(stay, m)
		}
	}
	w.teams[team].Members = stay
	w.facts.Roster = roster.New(w.teams)
}

func (w *world) join(team string, m v1alpha1.Member) {
	w.teams[team].Members = append(w.teams[team].Members, m)
	w.facts.Roster = roster.New(w.teams)
}

var peopleTales = []tale{
	{name: "recused-holder", steps: oneTask, setUp: func(w *world) {
		w.facts.About = &v1alpha1.ComplainedAbout{Users: []v1alpha1.User{"lin", "sun"}}
	}, play: func(w *world) {
		w.pass(5*hour + 30*minute)
		w.does("lin", v1alpha1.TaskComplete, "check", outcome("unfounded"))
		w.does("wang", v1alpha1.TaskComplete, "check", outcome("founded"))
		w.decide()
	}},
	{name: "recused-later", steps: oneTask, play: func(w *world) {
		w.pass(10 * minute)
		w.say("It turns out that it is about lin, who was asked.")
		w.facts.About = &v1alpha1.ComplainedAbout{Users: []v1alpha1.User{"lin"}}
		w.pass(10 * minute)
		w.does("wang", v1alpha1.TaskComplete, "check", outcome("founded"))
		w.decide()
	}},
	{name: "away", steps: `
steps:
- {name: first, task: {to: handler}, within: {elapsed: 4h}}
- {name: second, needs: [first], task: {to: handler}, within: {elapsed: 4h}}
`, play: func(w *world) {
		w.pass(10 * minute)
		w.does("lin", v1alpha1.TaskComplete, "first")
		w.away("desk", "lin", w.now, w.now.Add(2*day))
		w.say("lin, whose case it is, leaves for two days: the deputy is asked.")
		w.pass(10 * minute)
		w.does("wang", v1alpha1.TaskComplete, "second")
		w.decide()
	}},
	{name: "nobody-can-be-asked", steps: `
steps:
- {name: check, task: {to: legal}, within: {elapsed: 4h}, overdue: {climb: Ladder}}
- {name: approve, needs: [check], approval: {by: [legal, legal]}, within: {elapsed: 4h}}
`, setUp: func(w *world) { w.leave("management", "hua") }, play: func(w *world) {
		w.pass(5 * hour)
		w.say("A lawyer is found.")
		w.join("management", v1alpha1.Member{Name: "ida", User: "ida", Duties: []v1alpha1.Identifier{"lawyer"}})
		w.pass(10 * minute)
		w.does("ida", v1alpha1.TaskComplete, "check")
		w.pass(10 * minute)
		w.join("management", v1alpha1.Member{Name: "hua", User: "hua", Duties: []v1alpha1.Identifier{"lawyer"}})
		w.decide()
		w.say("ida did what is to be approved; hua alone cannot sit on two seats.")
		w.join("management", v1alpha1.Member{Name: "eve", User: "eve", Duties: []v1alpha1.Identifier{"lawyer"}})
		w.pass(10 * minute)
		w.does("hua", v1alpha1.TaskApprove, "approve")
		w.does("eve", v1alpha1.TaskApprove, "approve")
		w.decide()
	}},
	{name: "everybody-declines", steps: `
steps:
- {name: check, task: {to: legal}, noDeadline: There is no hurry.}
`, play: func(w *world) {
		w.pass(10 * minute)
		w.does("hua", v1alpha1.TaskDecline, "check")
		w.pass(10 * minute)
		w.join("management", v1alpha1.Member{Name: "ida", User: "ida", Duties: []v1alpha1.Identifier{"lawyer"}})
		w.pass(10 * minute)
		w.does("ida", v1alpha1.TaskComplete, "check")
		w.decide()
	}},
	{name: "role-handed-over", steps: `
steps:
- {name: check, task: {to: handler}, within: {elapsed: 2h}, overdue: {climb: Ladder}}
- {name: lead, task: {to: supervisor}, within: {elapsed: 8h}}
- {name: approve, approval: {by: [supervisor]}, within: {elapsed: 8h}}
`, setUp: func(w *world) {
		w.leave("desk", "lin", "wang")
		w.join("desk", v1alpha1.Member{Name: "lin", User: "lin", Duties: []v1alpha1.Identifier{"agent", "supervisor"}})
		w.leave("desk", "sun")
		w.join("desk", v1alpha1.Member{Name: "hua", User: "hua", Duties: []v1alpha1.Identifier{"supervisor"}})
	}, play: func(w *world) {
		w.say("lin is handler; qian is supervisor. Both get the other role's work only when that role goes to them.")
		w.pass(3 * hour)
		w.record(v1alpha1.RecordAct{Verb: v1alpha1.RecordHandOver, By: "gao", Role: "supervisor", To: "hua"})
		w.record(v1alpha1.RecordAct{Verb: v1alpha1.RecordHandOver, By: "gao", Role: "manager", To: "hua"})
		w.pass(10 * minute)
		w.does("hua", v1alpha1.TaskComplete, "lead")
		w.does("hua", v1alpha1.TaskApprove, "approve")
		w.does("hua", v1alpha1.TaskComplete, "check")
		w.decide()
	}},
}

func metaTime(t time.Time) metav1.Time { return metav1.NewTime(t) }
