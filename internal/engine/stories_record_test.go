package engine_test

import (
	"strings"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/engine"
	"tocsin.dev/tocsin/internal/playbook"
)

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
		stopped := engine.Stop(w.plan, w.run, w.facts, v1alpha1.RunSuperseded, "level major has playbook major", w.now, w.now)
		for _, e := range stopped.Effects {
			w.apply(e)
		}
		w.write(stopped)
		old, of := w.run, w.plan
		w.plan = compile(w.t, "major", strings.Replace(complaintHead, "name: manager, team: management, duty: manager", "name: manager, team: management, duty: executive", 1)+`
steps:
- {name: acknowledge, notify: {to: [complainant], template: reminder}}
- {name: check, needs: [acknowledge], task: {to: handler, outcomes: [founded, unfounded]}, within: {elapsed: 4h}}
- {name: plan, needs: [check], task: {to: handler}, within: {elapsed: 4h}}
- {name: release, needs: [plan], approval: {by: [manager]}, within: {elapsed: 4h}}
`, nil)
		w.begin(2)
		w.run = engine.CarryOver(w.plan, w.run, of, old)
		w.pass(10 * minute)
		w.does("lin", v1alpha1.TaskComplete, "plan")
		w.pass(10 * minute)
		w.does("gao", v1alpha1.TaskApprove, "release")
		w.decide()
	}},
	{name: "word-promised-before", steps: `
steps:
- {name: check, noDeadline: None., task: {to: handler}}
- {name: progress, every: {elapsed: 24h}, until: steps.check.ended, notify: {to: [complainant], template: reminder}}
`, play: func(w *world) {
		w.pass(40 * hour)
		w.say("The level is raised between two words; the next one is due when it was due.")
		w.takeOver(`
steps:
- {name: look, noDeadline: None., task: {to: handler}}
- {name: progress, every: {elapsed: 24h}, until: steps.look.ended, notify: {to: [complainant], template: reminder}}
`)
		w.pass(10 * hour)
		w.does("lin", v1alpha1.TaskComplete, "look")
		w.pass(minute)
	}},
	{name: "group-decision", steps: `
steps:
- {name: raise, raiseIncident: {playbook: crisis, team: crisis}}
- {name: awaitDecision, needs: [raise], wait: {until: 'incident.steps.decide.ended || incident.closed'}, within: {elapsed: 2d}, overdue: {climb: Ladder, every: 4h}}
- {name: tellOffer, needs: [awaitDecision], when: incident.steps.decide.outcome == "offer", notify: {to: [complainant], template: reminder}}
- {name: planRemedy, needs: [tellOffer], task: {to: handler, writes: remedy}, within: {elapsed: 1d}}
- {name: explain, needs: [awaitDecision], when: incident.steps.decide.outcome != "offer", task: {to: handler}, within: {elapsed: 1d}}
`, subs: map[string]string{"crisis": `
steps:
- {name: decide, decision: {by: handler, options: [offer, refuse]}, within: {elapsed: 1d}}
`}, play: func(w *world) {
		w.say("The incident is decided after three days; its complaint is told at once, by itself, and once.")
		w.facts.Incident = &playbook.IncidentFacts{Exists: true}
		w.decide()
		w.pass(3 * day)
		w.facts.Incident.Steps = []v1alpha1.StepState{{Name: "decide", State: v1alpha1.StepDone, Outcome: "offer"}}
		w.decide()
		w.decide()
		w.say("The incident is closed later, which changes nothing more.")
		w.facts.Incident.Closed = true
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
