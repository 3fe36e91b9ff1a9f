package engine_test

import (
	"cmp"
	"strings"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/engine"
)

// asks has somebody ask for work besides the playbook; the engine looks at once.
func (w *world) asks(by, to v1alpha1.User, within v1alpha1.Span, what string) {
	w.record(v1alpha1.RecordAct{Verb: v1alpha1.RecordAsk, By: by, To: to, Within: &within, Reason: what})
}

var fourHours = v1alpha1.Span{Elapsed: "4h"}

// takeOver has the playbook of a higher level take over from the one that runs.
func (w *world) takeOver(steps string) {
	w.observe()
	stopped := engine.Stop(w.plan, w.run, w.facts, v1alpha1.RunSuperseded, "level major has playbook major", w.now, w.now)
	for _, e := range stopped.Effects {
		w.apply(e)
	}
	w.write(stopped)
	old, of := w.run, w.plan
	w.plan = compile(w.t, "major", complaintHead+steps, nil)
	w.begin(old.ID + 1)
	w.run = engine.CarryOver(w.plan, w.run, of, old)
}

// askedTales are about work that no playbook foresaw, and about tasks that a lead gives to somebody else.
var askedTales = []tale{
	{name: "asked-besides", steps: oneTask, play: func(w *world) {
		w.pass(10 * minute)
		w.asks("lin", "hua", fourHours, "Call the landlord.")
		w.say("The playbook's own work is done; the record stays open until the landlord was called.")
		w.does("lin", v1alpha1.TaskComplete, "check", outcome("founded"))
		w.pass(hour)
		w.does("hua", v1alpha1.TaskAcknowledge, "asked/1")
		w.pass(hour)
		w.does("hua", v1alpha1.TaskComplete, "asked/1")
		w.pass(minute)
	}},
	{name: "asked-besides-late", steps: oneTask, play: func(w *world) {
		w.pass(10 * minute)
		w.asks("lin", "zhou", v1alpha1.Span{Working: "2h"}, "Look for the contract.")
		w.say("Nobody does it. It is told once: to whoever was asked, to whoever asked, to the leads.")
		w.pass(3 * hour)
		w.does("zhou", v1alpha1.TaskComplete, "asked/1")
		w.pass(minute)
	}},
	{name: "asked-besides-declined", steps: oneTask, play: func(w *world) {
		w.pass(10 * minute)
		w.asks("lin", "sun", fourHours, "Write to the carrier.")
		w.pass(10 * minute)
		w.does("sun", v1alpha1.TaskDecline, "asked/1")
		w.pass(10 * minute)
		w.does("qian", v1alpha1.TaskHandOver, "asked/1", to("zhou"))
		w.pass(10 * minute)
		w.does("zhou", v1alpha1.TaskDecline, "asked/1")
		w.pass(10 * minute)
		w.say("Neither of those who were named does it: it is for whoever asked.")
		w.does("qian", v1alpha1.TaskDecline, "asked/1")
		w.pass(10 * minute)
		w.does("lin", v1alpha1.TaskDecline, "asked/1")
		w.pass(10 * minute)
		w.say("Nobody is left. A lead ends it.")
		w.record(v1alpha1.RecordAct{Verb: v1alpha1.RecordSkip, By: "ma", Step: "asked/1", Reason: "the carrier wrote first"})
	}},
	{name: "asked-besides-goes-on", steps: oneTask, play: func(w *world) {
		w.pass(10 * minute)
		w.asks("lin", "hua", fourHours, "Call the landlord.")
		w.pass(10 * minute)
		w.does("hua", v1alpha1.TaskAcknowledge, "asked/1")
		w.say("The level is raised: another playbook takes over, and what was asked for besides goes on as it was.")
		w.takeOver(`
steps:
- {name: inspect, task: {to: supervisor}, within: {elapsed: 2h}}
`)
		w.pass(10 * minute)
		w.asks("lin", "hua", fourHours, "Call the owner, too.")
		w.pass(10 * minute)
		w.does("hua", v1alpha1.TaskComplete, "asked/1")
		w.pass(10 * minute)
		w.record(v1alpha1.RecordAct{Verb: v1alpha1.RecordWithdraw, By: "lin", Reason: "the customer takes it back"})
	}},
	{name: "asked-besides-left-out", steps: oneTask, setUp: func(w *world) { w.facts.About = about("wang") }, play: func(w *world) {
		w.pass(10 * minute)
		for _, act := range []v1alpha1.RecordAct{
			{By: "lin", To: "wang", Within: &fourHours},
			{By: "wang", To: "lin", Within: &fourHours},
			{By: "lin", To: "nobody-knows", Within: &fourHours},
			{By: "lin", To: "sun"},
			{By: "lin", To: "sun", Within: &v1alpha1.Span{Elapsed: "0s"}},
			{By: "lin", To: "sun", Within: &v1alpha1.Span{Working: "4h", Elapsed: "4h"}},
		} {
			act.Verb = v1alpha1.RecordAsk
			w.record(act)
		}
	}},
	{name: "reassigned", steps: `
steps:
- {name: check, task: {to: handler, outcomes: [founded, unfounded]}, within: {elapsed: 8h}}
- {name: call, assembleTeam: {team: crisis}, within: {elapsed: 8h}}
- {name: approve, needs: [check], approval: {by: [manager]}, within: {elapsed: 8h}}
`, setUp: func(w *world) { w.facts.About = about("sun") }, play: func(w *world) {
		give := func(by, to v1alpha1.User, step string) {
			w.record(v1alpha1.RecordAct{Verb: v1alpha1.RecordReassign, By: by, To: to, Step: step, Reason: cmp.Or(strings.ToLower(string(to)), "?") + " knows the customer"})
		}
		w.pass(10 * minute)
		give("ma", "qian", "check")
		w.pass(10 * minute)
		w.say("None of these takes effect.")
		give("ma", "sun", "check")
		give("sun", "lin", "check")
		give("ma", "qian", "check")
		give("ma", "stranger", "check")
		give("ma", "lin", "approve")
		give("ma", "lin", "call")
		give("ma", "lin", "nothing")
		w.pass(10 * minute)
		w.does("qian", v1alpha1.TaskComplete, "check", outcome("founded"))
		w.pass(10 * minute)
		give("ma", "zhou", "approve")
		give("ma", "lin", "check")
	}},
}
