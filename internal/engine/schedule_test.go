package engine_test

import (
	"fmt"
	"time"

	"pgregory.net/rapid"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/engine"
	"tocsin.dev/tocsin/test/anyplaybook"
)

// happening is one thing that happens outside; it looks at the world only, so that it can happen to two worlds alike.
type happening struct {
	what string
	do   func(w *world)
}

var everyUser = []v1alpha1.User{"lin", "wang", "sun", "qian", "ma", "zhou", "gao", "hua", "pei", "ren"}

// anyHappening draws something that can happen at any time.
func anyHappening(t *rapid.T) happening {
	kind := rapid.SampledFrom([]string{"wake", "wake", "jump", "act", "act", "act", "act", "plan", "deliver", "record", "affected"}).Draw(t, "happening")
	switch kind {
	case "wake":
		return happening{kind, func(w *world) {
			if !w.wake.IsZero() {
				w.now = w.wake
			}
		}}
	case "jump":
		d := rapid.SampledFrom([]time.Duration{time.Second, 7 * minute, 45 * minute, 2 * hour, 9 * hour, 3 * day}).Draw(t, "jump")
		return happening{kind, func(w *world) { w.sleep(d) }}
	case "plan":
		n := rapid.IntRange(0, 3).Draw(t, "plan")
		return happening{kind, func(w *world) {
			if delete(w.facts.Digests, v1alpha1.WritesRemedy); n > 0 {
				w.writeRemedy(fmt.Sprint("plan-", n))
			}
		}}
	case "deliver":
		state := rapid.SampledFrom([]v1alpha1.NoticeState{v1alpha1.NoticeDelivered, v1alpha1.NoticeFailed, v1alpha1.NoticeUncertain}).Draw(t, "fate")
		return happening{kind, func(w *world) {
			for name := range w.notices {
				if w.facts.Notices[name] == "" {
					w.facts.Notices[name] = state
				}
			}
		}}
	case "affected":
		return happening{kind, func(w *world) { w.facts.Complaint.Affected = 2 }}
	case "record":
		return anyRecordAct(t)
	}
	return anyAct(t)
}

func anyRecordAct(t *rapid.T) happening {
	step := rapid.IntRange(0, 20).Draw(t, "skipped")
	act := v1alpha1.RecordAct{
		Verb: rapid.SampledFrom([]v1alpha1.RecordVerb{v1alpha1.RecordSkip, v1alpha1.RecordHandOver, v1alpha1.RecordComment, v1alpha1.RecordReassign, v1alpha1.RecordAsk, v1alpha1.RecordAsk}).Draw(t, "verb"),
		By:   rapid.SampledFrom([]v1alpha1.User{"gao", "gao", "lin"}).Draw(t, "by"), Role: rapid.SampledFrom([]v1alpha1.Identifier{"handler", "supervisor", "manager"}).Draw(t, "handed"),
		To: rapid.SampledFrom(append(everyUser, "stranger")).Draw(t, "takes"),
	}
	if act.Verb == v1alpha1.RecordAsk {
		act.Within = rapid.SampledFrom([]*v1alpha1.Span{{Elapsed: "45m"}, {Elapsed: "3h"}, {Working: "2h"}, {Elapsed: "0s"}, nil}).Draw(t, "until")
	}
	return happening{"record", func(w *world) {
		act := act
		act.Step = w.run.Steps[step%len(w.run.Steps)].Name
		w.recordAct(act)
	}}
}

var verbs = []v1alpha1.TaskVerb{
	v1alpha1.TaskComplete, v1alpha1.TaskComplete, v1alpha1.TaskComplete, v1alpha1.TaskComplete, v1alpha1.TaskApprove, v1alpha1.TaskApprove,
	v1alpha1.TaskApprove, v1alpha1.TaskRefuse, v1alpha1.TaskAcknowledge, v1alpha1.TaskAcknowledge, v1alpha1.TaskDecline, v1alpha1.TaskHandOver,
	v1alpha1.TaskExtend, v1alpha1.TaskPause, v1alpha1.TaskResume, v1alpha1.TaskComment,
}

// anyAct has somebody act on some open task: mostly who may, sometimes anybody at all.
func anyAct(t *rapid.T) happening {
	which, who := rapid.IntRange(0, 50).Draw(t, "task"), rapid.IntRange(0, 50).Draw(t, "who")
	act := v1alpha1.TaskAct{
		Verb:      rapid.SampledFrom(verbs).Draw(t, "verb"),
		Outcome:   rapid.SampledFrom([]v1alpha1.Identifier{"good", "bad", "good", ""}).Draw(t, "outcome"),
		To:        rapid.SampledFrom(everyUser).Draw(t, "to"),
		Extension: rapid.SampledFrom([]v1alpha1.Duration{"30m", "2h", "1d"}).Draw(t, "extension"),
	}
	forged := rapid.IntRange(0, 9).Draw(t, "forged") == 0
	early := rapid.SampledFrom([]time.Duration{0, 0, 30 * time.Second}).Draw(t, "early")
	return happening{"act", func(w *world) {
		open := w.open()
		if len(open) == 0 {
			return
		}
		task := w.tasks[open[which%len(open)]]
		may := task.spec.Assignment.MayAct
		if forged || len(may) == 0 {
			may = everyUser
		}
		act := act
		act.By = may[who%len(may)]
		act.ID, act.At = fmt.Sprint(len(task.spec.Acts)), metaTime(w.now.Add(-early))
		if act.Verb == v1alpha1.TaskApprove || act.Verb == v1alpha1.TaskRefuse {
			act.Digest = task.spec.Assignment.Digest
		}
		w.tellAct(task.spec.Step, act)
		if len(task.spec.Acts) < 64 {
			task.spec.Acts = append(task.spec.Acts, act)
		}
	}}
}

// anyWorld draws a playbook and the world it is carried out in; somebody may be complained about.
func anyWorld(t *rapid.T) func() *world {
	text, subs := anyplaybook.Draw(t)
	plan := compile(t, "any", text, subs)
	about := rapid.SampledFrom([][]v1alpha1.User{nil, nil, {"lin"}, {"lin", "sun", "ma"}, {"gao"}}).Draw(t, "about")
	answersClose := rapid.Bool().Draw(t, "answers close")
	return func() *world {
		w := newWorld(t, plan)
		w.answersClose = answersClose
		w.deliver = false
		if about != nil {
			w.facts.About = &v1alpha1.ComplainedAbout{Users: about}
		}
		w.story.WriteString(text + "\n")
		w.begin(1)
		return w
	}
}

func anySchedule(t *rapid.T) []happening {
	out := make([]happening, rapid.IntRange(5, 40).Draw(t, "length"))
	for i := range out {
		out[i] = anyHappening(t)
	}
	return out
}

// checked decides and looks whether everything holds that must hold after every decision.
func (w *world) checked() engine.Decision {
	w.t.Helper()
	w.observe()
	before := w.inputs()
	d := engine.Decide(w.plan, w.run, w.facts, w.now)
	if w.inputs() != before {
		w.t.Fatalf("Decide changed its arguments\n%s", w.story.String())
	}
	w.sameAgain(d)
	for _, e := range d.Effects {
		w.apply(e)
	}
	w.write(d)
	w.atRest(d)
	return d
}
