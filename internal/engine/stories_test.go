package engine_test

import (
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/engine"
	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/internal/roster"
)

const (
	hour   = time.Hour
	minute = time.Minute
	day    = 24 * time.Hour
)

// tale is a playbook and what happens while it is carried out; its golden trace reads like a story.
type tale struct {
	name  string
	head  string // complaintHead where empty
	steps string
	subs  map[string]string
	setUp func(w *world)
	play  func(w *world)
}

func (s tale) world(t tb) *world {
	head := s.head
	if head == "" {
		head = complaintHead
	}
	subs := map[string]string{}
	for name, steps := range s.subs {
		subs[name] = head + steps
	}
	w := newWorld(t, compile(t, "story", head+s.steps, subs))
	if s.setUp != nil {
		s.setUp(w)
		w.begin(1)
	}
	return w
}

// TestStories plays each tale and compares what happened with the trace on file.
func TestStories(t *testing.T) {
	for _, tales := range [][]tale{workTales, flowTales, approvalTales, peopleTales, crisisTales, recordTales} {
		for _, s := range tales {
			t.Run(s.name, func(t *testing.T) {
				w := s.world(t)
				s.play(w)
				text := strings.TrimSpace(s.steps)
				for name, steps := range s.subs {
					text += "\n\n# playbook " + name + "\n" + strings.TrimSpace(steps)
				}
				golden(t, s.name, text+"\n\n---\n"+w.story.String())
			})
		}
	}
}

const oneTask = `
steps:
- name: check
  task: {to: handler, outcomes: [founded, unfounded]}
  within: {elapsed: 4h}
  remind: [1h, 30m]
  overdue: {climb: Ladder, every: 1h}
  extend: {max: 2, atMost: 2h}
  pause: {atMost: 3h}
`

var workTales = []tale{
	{name: "task-in-time", steps: oneTask, play: func(w *world) {
		w.pass(1 * hour)
		w.does("lin", v1alpha1.TaskAcknowledge, "check")
		w.pass(1 * hour)
		w.does("lin", v1alpha1.TaskComplete, "check", outcome("perhaps"))
		w.does("lin", v1alpha1.TaskComplete, "check", outcome("founded"))
		w.does("lin", v1alpha1.TaskComment, "check")
		w.pass(1 * minute)
	}},
	{name: "task-late", steps: oneTask, play: func(w *world) {
		w.say("Nobody answers: reminders, then one rung after the other.")
		w.pass(7*hour + 30*minute)
		w.say("The manager answers in the handler's place.")
		w.does("ma", v1alpha1.TaskComplete, "check", outcome("unfounded"))
		w.decide()
	}},
	{name: "task-declined", steps: oneTask, play: func(w *world) {
		w.pass(10 * minute)
		w.does("lin", v1alpha1.TaskDecline, "check")
		w.pass(10 * minute)
		w.does("wang", v1alpha1.TaskDecline, "check")
		w.say("The agents are through: the rung above is asked.")
		w.pass(10 * minute)
		w.does("sun", v1alpha1.TaskComplete, "check", outcome("founded"))
		w.decide()
	}},
	{name: "task-handed-over", steps: oneTask, play: func(w *world) {
		w.pass(10 * minute)
		w.does("lin", v1alpha1.TaskHandOver, "check", to("nobody"))
		w.does("lin", v1alpha1.TaskHandOver, "check", to("hua"))
		w.pass(10 * minute)
		w.does("hua", v1alpha1.TaskComplete, "check", outcome("founded"))
		w.decide()
	}},
	{name: "task-extended", steps: oneTask, play: func(w *world) {
		w.pass(3*hour + 15*minute)
		w.say("Extended after the first reminder: the new deadline reminds anew.")
		w.does("lin", v1alpha1.TaskExtend, "check", extension("3h"))
		w.does("lin", v1alpha1.TaskExtend, "check", extension("2h"))
		w.pass(2 * hour)
		w.does("lin", v1alpha1.TaskExtend, "check", extension("30m"))
		w.does("lin", v1alpha1.TaskExtend, "check", extension("30m"))
		w.pass(2 * hour)
		w.say("Too late to extend.")
		w.does("lin", v1alpha1.TaskExtend, "check", extension("30m"))
		w.decide()
	}},
	{name: "task-paused", steps: oneTask, play: func(w *world) {
		w.pass(1 * hour)
		w.does("lin", v1alpha1.TaskPause, "check")
		w.pass(2 * hour)
		w.does("lin", v1alpha1.TaskResume, "check")
		w.pass(30 * minute)
		w.say("One hour of pause is left; then the clock runs on by itself.")
		w.does("lin", v1alpha1.TaskPause, "check")
		w.pass(4 * hour)
		w.does("lin", v1alpha1.TaskPause, "check")
		w.does("lin", v1alpha1.TaskComplete, "check", outcome("founded"))
		w.decide()
	}},
	{name: "no-sign", steps: `
steps:
- name: call
  task: {to: handler, acknowledgeWithin: 15m}
  within: {elapsed: 2h}
- name: visit
  needs: [call]
  task: {to: handler, acknowledgeWithin: 15m}
  within: {elapsed: 2h}
`, play: func(w *world) {
		w.say("No sign within a quarter of an hour: the deputies are told.")
		w.pass(20 * minute)
		w.does("wang", v1alpha1.TaskComplete, "call")
		w.decide()
		w.say("A sign in the last second: nobody else is told. Handed over, a sign is expected again.")
		w.pass(15 * minute)
		w.does("lin", v1alpha1.TaskAcknowledge, "visit")
		w.pass(5 * minute)
		w.does("lin", v1alpha1.TaskHandOver, "visit", to("sun"))
		w.pass(20 * minute)
		w.does("qian", v1alpha1.TaskComplete, "visit")
		w.decide()
	}},
	{name: "survey-by-form", steps: `
steps:
- name: followUp
  survey: {asks: handler, by: Form, scale: [satisfied, fair, dissatisfied]}
  within: {working: 1d}
  overdue: {outcome: unanswered}
`, play: func(w *world) { w.pass(2 * day) }},
}

var flowTales = []tale{
	{name: "joins-and-dead-paths", steps: `
steps:
- {name: ask, decision: {by: handler, options: [left, right]}, within: {elapsed: 1h}}
- {name: left, needs: [ask], when: steps.ask.outcome == "left", task: {to: handler}, within: {elapsed: 1h}}
- {name: right, needs: [ask], when: steps.ask.outcome == "right", task: {to: handler}, within: {elapsed: 1h}}
- {name: further, needs: [right], task: {to: handler}, within: {elapsed: 1h}}
- {name: both, needs: [left, further], notify: {to: [handler], template: taskAssigned}}
- {name: a, needs: [both], task: {to: handler}, within: {elapsed: 1h}}
- {name: b, needs: [both], task: {to: supervisor}, within: {elapsed: 1h}}
- {name: c, needs: [both], when: steps.right.done, task: {to: manager}, within: {elapsed: 1h}}
- {name: twoOf, needs: [a, b, c], quorum: 2, notify: {to: [handler], template: taskAssigned}}
- {name: threeOf, needs: [a, b, c], quorum: 3, notify: {to: [handler], template: taskAssigned}}
`, play: func(w *world) {
		w.pass(10 * minute)
		w.does("lin", v1alpha1.TaskComplete, "ask", outcome("left"))
		w.pass(10 * minute)
		w.does("lin", v1alpha1.TaskComplete, "left")
		w.pass(10 * minute)
		w.does("sun", v1alpha1.TaskComplete, "b")
		w.pass(10 * minute)
		w.does("lin", v1alpha1.TaskComplete, "a")
		w.decide()
	}},
	{name: "repeat-one-rung-higher", steps: reworkLoop, play: func(w *world) {
		w.say("Dissatisfied: the second round is the supervisor's.")
		w.does1("lin", "plan")
		w.does1("lin", "ask", "dissatisfied")
		w.does1("sun", "plan")
		w.does1("sun", "ask", "satisfied")
	}},
	{name: "repeat-exhausted", steps: reworkLoop, play: func(w *world) {
		for _, who := range []v1alpha1.User{"lin", "sun", "ma"} {
			w.does1(who, "plan")
			w.does1(who, "ask", "dissatisfied")
		}
	}},
	{name: "recurring", steps: `
steps:
- {name: work, task: {to: handler}, within: {elapsed: 10d}}
- {name: progress, every: {elapsed: 24h}, until: steps.work.ended, notify: {to: [complainant], template: reminder}}
- {name: never, every: {elapsed: 1h}, until: "true", notify: {to: [complainant], template: reminder}}
`, play: func(w *world) {
		w.pass(50 * hour)
		w.say("Nobody calls the engine for three days: one notice makes up for all, the rhythm stays.")
		w.sleep(72 * hour)
		w.pass(23 * hour)
		w.does("lin", v1alpha1.TaskComplete, "work")
		w.pass(3 * day)
	}},
	{name: "sub-playbook", steps: `
steps:
- {name: explain, playbook: {name: tell-why}}
- {name: thank, needs: [explain], notify: {to: [complainant], template: reminder}}
`, subs: map[string]string{"tell-why": `
cancel:
- {name: dropped, when: steps.write.outcome == "drop", steps: [send]}
steps:
- {name: write, task: {to: handler, outcomes: [written, drop]}, within: {elapsed: 4h}}
- {name: send, needs: [write], task: {to: supervisor}, within: {elapsed: 4h}}
`}, play: func(w *world) {
		w.pass(10 * minute)
		w.does("lin", v1alpha1.TaskComplete, "explain/write", outcome("written"))
		w.pass(10 * minute)
		w.does("sun", v1alpha1.TaskComplete, "explain/send")
		w.decide()
	}},
	{name: "cancel-region", steps: `
cancel:
- {name: unfounded, when: steps.check.outcome == "unfounded", steps: [plan, loop, later]}
steps:
- {name: check, task: {to: supervisor, outcomes: [founded, unfounded]}, within: {elapsed: 8h}}
- {name: plan, task: {to: handler}, within: {elapsed: 8h}}
- name: loop
  repeat:
    until: steps.inner.done
    max: 2
    steps: [{name: inner, task: {to: handler}, within: {elapsed: 4h}}]
- {name: later, needs: [plan], task: {to: handler}, within: {elapsed: 8h}}
- {name: tell, needs: [check], notify: {to: [complainant], template: reminder}}
`, play: func(w *world) {
		w.pass(1 * hour)
		w.does("sun", v1alpha1.TaskComplete, "check", outcome("unfounded"))
		w.decide()
	}},
}

const reworkLoop = `
steps:
- name: recover
  repeat:
    until: steps.ask.outcome != "dissatisfied"
    max: 3
    climb: Ladder
    steps:
    - {name: plan, task: {to: handler}, within: {elapsed: 8h}, overdue: {climb: Ladder}}
    - {name: ask, needs: [plan], survey: {asks: handler, scale: [satisfied, dissatisfied]}, within: {elapsed: 24h}}
- {name: settle, needs: [recover], when: steps.recover.outcome == "exhausted", task: {to: executive}, within: {elapsed: 8h}}
`

// does1 has somebody answer a step of the block recover, half an hour later.
func (w *world) does1(user v1alpha1.User, step string, outcomes ...v1alpha1.Identifier) {
	w.t.Helper()
	w.pass(30 * minute)
	w.does(user, v1alpha1.TaskComplete, "recover/"+step, func(a *v1alpha1.TaskAct) {
		if len(outcomes) > 0 {
			a.Outcome = outcomes[0]
		}
	})
	w.decide()
}

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

var crisisTales = []tale{
	{name: "crisis", head: incidentHead, steps: crisisSteps, play: playCrisis},
	{name: "drill", head: incidentHead, steps: crisisSteps, setUp: func(w *world) {
		w.facts.Mode, w.facts.Incident.Drill = v1alpha1.ModeDrill, true
	}, play: playCrisis},
	{name: "team-call", head: incidentHead, steps: `
steps:
- {name: assemble, assembleTeam: {}, within: {elapsed: 1h}, remind: [20m], overdue: {climb: Ladder}}
`, play: func(w *world) {
		w.pass(5 * minute)
		w.does("ma", v1alpha1.TaskAcknowledge, "assemble")
		w.pass(5 * minute)
		w.say("The deputy signs for gao, and ren cannot come.")
		w.does("gao", v1alpha1.TaskAcknowledge, "assemble", func(a *v1alpha1.TaskAct) { a.By = "ma" })
		w.does("ren", v1alpha1.TaskDecline, "assemble")
		w.pass(hour)
		w.does("pei", v1alpha1.TaskAcknowledge, "assemble")
		w.decide()
	}},
}

const crisisSteps = `
steps:
- {name: command, assignRole: {role: commander}}
- {name: assemble, assembleTeam: {quorum: 2}, within: {elapsed: 30m}, overdue: {climb: Ladder}}
- {name: voice, needs: [assemble], assignRole: {role: spokesperson}}
- {name: statement, needs: [voice], task: {to: spokesperson}, within: {elapsed: 1h, of: assemble}, overdue: {climb: Ladder, every: 15m}}
- {name: tell, needs: [statement], notify: {to: [regulator, media, team], template: overdue}, within: {elapsed: 2h, of: received}}
- {name: situation, needs: [assemble], every: {elapsed: 4h}, until: steps.standDown.ended, notify: {to: [team], template: reminder}}
- {name: calm, needs: [tell], wait: {until: incident.complaints < 3}, noDeadline: A crisis lasts as long as it lasts.}
- {name: rest, needs: [calm], wait: {for: {working: 4h}}}
- {name: standDown, needs: [rest], decision: {by: commander, options: [over, goOn]}, within: {elapsed: 4h}}
- {name: lookBack, needs: [standDown], postMortem: {owner: commander, due: {elapsed: 14d}, actions: [Find out why nobody saw it coming.]}}
- {name: exercise, needs: [lookBack], scheduleDrill: {after: {elapsed: 90d}}}
`

func playCrisis(w *world) {
	w.facts.Incident.Complaints = 5
	w.pass(5 * minute)
	w.does("gao", v1alpha1.TaskAcknowledge, "assemble")
	w.pass(5 * minute)
	w.does("pei", v1alpha1.TaskAcknowledge, "assemble")
	w.pass(70 * minute)
	w.does("pei", v1alpha1.TaskComplete, "statement")
	w.pass(5 * hour)
	w.record(v1alpha1.RecordAct{Verb: v1alpha1.RecordHandOver, By: "gao", Role: "commander", To: "ma"})
	w.facts.Incident.Complaints = 1
	w.pass(day)
	w.does("ma", v1alpha1.TaskComplete, "standDown", outcome("over"))
	w.decide()
}

const twoTasks = `
steps:
- {name: check, task: {to: handler}, within: {elapsed: 4h}}
- name: loop
  repeat:
    until: steps.plan.done
    max: 3
    steps: [{name: plan, task: {to: supervisor}, within: {elapsed: 4h}}]
- {name: tell, needs: [check, loop], notify: {to: [complainant], template: reminder}}
`

var recordTales = []tale{
	{name: "skip", steps: twoTasks, play: func(w *world) {
		w.pass(10 * minute)
		w.record(v1alpha1.RecordAct{Verb: v1alpha1.RecordSkip, By: "gao", Step: "tell"})
		w.record(v1alpha1.RecordAct{Verb: v1alpha1.RecordSkip, By: "gao", Step: "nothing"})
		w.record(v1alpha1.RecordAct{Verb: v1alpha1.RecordSkip, By: "gao", Step: "loop"})
		w.pass(10 * minute)
		w.does("lin", v1alpha1.TaskComplete, "check")
		w.decide()
	}},
	{name: "abort", steps: twoTasks, play: func(w *world) {
		w.pass(10 * minute)
		w.recordAct(v1alpha1.RecordAct{Verb: v1alpha1.RecordComment, By: "lin"})
		w.recordAct(v1alpha1.RecordAct{Verb: v1alpha1.RecordAbort, By: "gao", Reason: "entered by mistake"})
		w.recordAct(v1alpha1.RecordAct{Verb: v1alpha1.RecordSkip, By: "gao", Step: "check"})
		w.pass(day)
		w.record(v1alpha1.RecordAct{Verb: v1alpha1.RecordReopen, By: "gao", Reason: "it was none"})
		w.begin(2)
		w.say("A second run: new tasks, new notices.")
		w.pass(10 * minute)
	}},
	{name: "withdraw", steps: twoTasks, play: func(w *world) {
		w.pass(10 * minute)
		w.record(v1alpha1.RecordAct{Verb: v1alpha1.RecordWithdraw, By: "lin", Reason: "the customer takes it back"})
	}},
	{name: "merge", steps: twoTasks, play: func(w *world) {
		w.pass(10 * minute)
		w.record(v1alpha1.RecordAct{Verb: v1alpha1.RecordMerge, By: "lin", Into: "another-case"})
	}},
	{name: "level-raised", steps: `
steps:
- {name: acknowledge, notify: {to: [complainant], template: reminder}}
- {name: check, needs: [acknowledge], task: {to: handler, outcomes: [founded, unfounded]}, within: {elapsed: 4h}}
- {name: approve, needs: [check], approval: {by: [manager]}, within: {elapsed: 4h}}
- {name: plan, needs: [approve], task: {to: handler}, within: {elapsed: 4h}}
`, play: func(w *world) {
		w.pass(10 * minute)
		w.does("lin", v1alpha1.TaskComplete, "check", outcome("founded"))
		w.pass(10 * minute)
		w.does("ma", v1alpha1.TaskApprove, "approve")
		w.pass(10 * minute)
		w.say("The level is raised: the playbook of the higher level takes over. There the manager's role is another rank's.")
		w.observe()
		stopped := engine.Stop(w.plan, w.run, w.facts, v1alpha1.RunSuperseded, "level major has playbook major", w.now)
		for _, e := range stopped.Effects {
			w.apply(e)
		}
		w.write(stopped)
		old := w.run
		w.plan = compile(w.t, "major", strings.Replace(complaintHead, "name: manager, team: management, duty: manager", "name: manager, team: management, duty: executive", 1)+`
steps:
- {name: acknowledge, notify: {to: [complainant], template: reminder}}
- {name: check, needs: [acknowledge], task: {to: handler, outcomes: [founded, unfounded]}, within: {elapsed: 4h}}
- {name: plan, needs: [check], task: {to: handler}, within: {elapsed: 4h}}
- {name: release, needs: [plan], approval: {by: [manager]}, within: {elapsed: 4h}}
`, nil)
		w.begin(2)
		w.run = engine.CarryOver(w.plan, w.run, old)
		w.pass(10 * minute)
		w.does("lin", v1alpha1.TaskComplete, "plan")
		w.pass(10 * minute)
		w.does("gao", v1alpha1.TaskApprove, "release")
		w.decide()
	}},
	{name: "raise-incident", steps: `
steps:
- {name: raise, raiseIncident: {playbook: crisis, team: crisis}}
- {name: again, needs: [raise], raiseIncident: {playbook: crisis, team: crisis}}
- {name: standBy, needs: [again], wait: {until: incident.closed}, noDeadline: It takes what it takes.}
`, setUp: func(w *world) { w.facts.CorrelationKey = "kettle" }, play: func(w *world) {
		w.pass(10 * minute)
		w.facts.Incident = &playbook.IncidentFacts{Exists: true, Closed: true}
		w.pass(10 * minute)
	}},
}

func metaTime(t time.Time) metav1.Time { return metav1.NewTime(t) }
