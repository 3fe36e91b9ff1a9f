package engine_test

import (
	"strings"
	"testing"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
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
	for _, tales := range [][]tale{workTales, flowTales, approvalTales, peopleTales, crisisTales, recordTales, askedTales, calendarTales, onCallTales} {
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
	{name: "outage", steps: oneTask, play: func(w *world) {
		w.decide()
		w.say("The manager is down for eight hours, past the deadline and all rungs: each is told once, and how late.")
		w.sleep(8 * hour)
		w.pass(day)
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
