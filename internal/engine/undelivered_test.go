package engine_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/engine"
)

const oneNotice = `
steps:
- name: acknowledge
  notify: {to: [complainant], template: reminder}
  within: {elapsed: 4h}
  overdue: {climb: Ladder, every: 1h}
- {name: progress, needs: [acknowledge], notify: {to: [complainant], template: reminder}}
`

// lose has every notice of a step to the complainant end in a state.
func (w *world) lose(step string, as v1alpha1.NoticeState) {
	for name, n := range w.notices {
		if n.Step == step && n.To.Kind == v1alpha1.RecipientComplainant {
			w.facts.Notices[name] = as
		}
	}
}

// TestAnAcknowledgementThatNeverArrivedIsNone: somebody is told at once, the deadline is missed and climbs to the top, and
// the step never says that it was done in time.
func TestAnAcknowledgementThatNeverArrivedIsNone(t *testing.T) {
	g := NewWithT(t)
	w := tale{steps: oneNotice}.world(t)
	w.deliver = false
	w.decide()
	w.lose("acknowledge", v1alpha1.NoticeFailed)
	w.decide()
	s := w.step("acknowledge")
	g.Expect(s.State).To(Equal(v1alpha1.StepWaiting))
	g.Expect(s.Problem).To(ContainSubstring("complainant"))
	g.Expect(engine.Stand(&w.run).Problems).To(HaveLen(1))
	g.Expect(w.count(v1alpha1.EventUndelivered, "acknowledge")).To(Equal(1))
	g.Expect(w.sent("undelivered")).To(HaveExactElements(HaveField("To.Name", "lin")), "the first rung is told at once")
	w.pass(3 * hour)
	g.Expect(w.count(v1alpha1.EventUndelivered, "")).To(Equal(1), "said once")

	w.pass(day)
	g.Expect(w.count(v1alpha1.EventDeadlineMet, "acknowledge")).To(BeZero())
	g.Expect(w.count(v1alpha1.EventDeadlineMissed, "acknowledge")).To(Equal(1))
	g.Expect(w.count(v1alpha1.EventEscalated, "acknowledge")).To(Equal(5), "told at once, then four rungs")
	s = w.step("acknowledge")
	g.Expect(s).To(And(HaveField("State", v1alpha1.StepDone), HaveField("Outcome", engine.Undelivered)), "the rest goes on when everybody knows")
	for _, e := range w.events {
		if e.Type == v1alpha1.EventStepDone && e.Step == "acknowledge" {
			g.Expect(e.Text).To(HavePrefix("given up: failed"))
		}
	}
	g.Expect(w.step("progress").State).To(Equal(v1alpha1.StepDone))
}

// TestWhatNeverArrivedCanBeToldOtherwise: a lead says so, and the run goes on.
func TestWhatNeverArrivedCanBeToldOtherwise(t *testing.T) {
	g := NewWithT(t)
	w := tale{steps: oneNotice}.world(t)
	w.deliver = false
	w.decide()
	w.lose("acknowledge", v1alpha1.NoticeFailed)
	w.pass(hour)
	w.record(v1alpha1.RecordAct{Verb: v1alpha1.RecordSkip, By: "gao", Step: "acknowledge", Reason: "told by phone"})
	g.Expect(w.step("acknowledge").State).To(Equal(v1alpha1.StepSkipped))
	g.Expect(w.count(v1alpha1.EventDeadlineMissed, "")).To(BeZero())
	g.Expect(w.count(v1alpha1.EventDeadlineMet, "")).To(BeZero())
	g.Expect(w.step("progress").State).To(Equal(v1alpha1.StepDone), "what needs it goes on: they were told")
}

// TestWhatMayNotHaveArrivedMeetsNoDeadline: nobody knows, so somebody is asked to find out, and until they say so the
// deadline stays open and is missed.
func TestWhatMayNotHaveArrivedMeetsNoDeadline(t *testing.T) {
	g := NewWithT(t)
	w := tale{steps: oneNotice}.world(t)
	w.deliver = false
	w.decide()
	w.lose("acknowledge", v1alpha1.NoticeUncertain)
	w.pass(3 * hour)
	name := string(w.step("acknowledge").Notices[0])
	g.Expect(w.step("acknowledge")).To(HaveField("State", v1alpha1.StepWaiting))
	g.Expect(w.step("acknowledge").Problem).To(And(HavePrefix("nobody knows whether anything has reached complainant: ask them"), HaveSuffix("notice "+name)))
	g.Expect(engine.Stand(&w.run).Undelivered).To(HaveExactElements(HavePrefix("acknowledge: nobody knows")))
	g.Expect(w.text(v1alpha1.EventUndelivered)).To(Equal(w.step("acknowledge").Problem))
	g.Expect(w.sent("uncertain")).To(HaveExactElements(HaveField("To.Name", "lin")), "the first rung is told at once, and once")

	w.pass(day)
	g.Expect(w.count(v1alpha1.EventDeadlineMet, "acknowledge")).To(BeZero())
	g.Expect(w.count(v1alpha1.EventDeadlineMissed, "acknowledge")).To(Equal(1))
	g.Expect(w.step("acknowledge")).To(And(HaveField("State", v1alpha1.StepDone), HaveField("Outcome", engine.Uncertain)))
	g.Expect(w.events).To(ContainElement(And(HaveField("Step", "acknowledge"), HaveField("Text", HavePrefix("given up: uncertain")))))
	g.Expect(w.step("progress").State).To(Equal(v1alpha1.StepDone), "the rest goes on when everybody knows")
	g.Expect(w.sent("undelivered")).To(BeEmpty())
}

// TestWhoFindsOutThatItArrivedSaysSo, before the deadline.
func TestWhoFindsOutThatItArrivedSaysSo(t *testing.T) {
	g := NewWithT(t)
	w := tale{steps: oneNotice}.world(t)
	w.deliver = false
	w.decide()
	w.lose("acknowledge", v1alpha1.NoticeUncertain)
	w.pass(hour)
	w.record(v1alpha1.RecordAct{Verb: v1alpha1.RecordSkip, By: "gao", Step: "acknowledge", Reason: "they have it"})
	g.Expect(w.step("acknowledge").State).To(Equal(v1alpha1.StepSkipped))
	g.Expect(w.count(v1alpha1.EventDeadlineMissed, "")).To(BeZero())
	g.Expect(w.step("progress").State).To(Equal(v1alpha1.StepDone))
}

// TestOfTwoFatesTheWorseOneIsTold: what was uncertain first and then surely failed is told once more.
func TestOfTwoFatesTheWorseOneIsTold(t *testing.T) {
	g := NewWithT(t)
	w := tale{head: incidentHead, steps: `
steps:
- {name: tell, notify: {to: [regulator, media], template: reminder}, within: {elapsed: 2h}}
`}.world(t)
	w.deliver = false
	w.decide()
	lose := func(who string, as v1alpha1.NoticeState) {
		for name, n := range w.notices {
			if n.To.Name == who {
				w.facts.Notices[name] = as
			}
		}
		w.decide()
	}
	lose("media", v1alpha1.NoticeUncertain)
	g.Expect(w.step("tell").Problem).To(And(ContainSubstring("nobody knows whether anything has reached media"), Not(ContainSubstring("regulator"))))
	lose("regulator", v1alpha1.NoticeFailed)
	g.Expect(w.step("tell").Problem).To(And(ContainSubstring("nothing has reached regulator"), Not(ContainSubstring("media"))))
	w.pass(3 * hour)
	g.Expect(w.count(v1alpha1.EventUndelivered, "tell")).To(Equal(2))
	g.Expect(w.step("tell").Outcome).To(Equal(engine.Undelivered))
}

// TestWithoutALadderItIsMissed, at the deadline and not before; one notice of several that failed is enough.
func TestWithoutALadderItIsMissed(t *testing.T) {
	g := NewWithT(t)
	w := tale{head: incidentHead, steps: `
steps:
- {name: tell, notify: {to: [regulator, media], template: reminder}, within: {elapsed: 2h}}
- {name: late, notify: {to: [regulator], template: reminder}, within: {elapsed: 2h}, overdue: {outcome: unreachable}}
`}.world(t)
	w.deliver = false
	w.decide()
	for name, n := range w.notices {
		if n.To.Name == "regulator" {
			w.facts.Notices[name] = v1alpha1.NoticeFailed
		}
	}
	w.decide()
	g.Expect(w.step("tell").Problem).To(And(ContainSubstring("regulator"), Not(ContainSubstring("media"))), "before the fate of the others is known")
	g.Expect(w.sent("undelivered")).To(HaveLen(2))
	for name, n := range w.notices {
		if n.To.Name == "media" {
			w.facts.Notices[name] = v1alpha1.NoticeDelivered
		}
	}
	w.pass(2 * hour)
	g.Expect(w.step("tell").State).To(Equal(v1alpha1.StepWaiting))
	w.pass(minute)
	g.Expect(w.step("tell")).To(And(HaveField("State", v1alpha1.StepDone), HaveField("Outcome", engine.Undelivered)))
	g.Expect(w.step("late").Outcome).To(BeEquivalentTo("unreachable"))
	g.Expect(w.count(v1alpha1.EventDeadlineMet, "")).To(BeZero())
	g.Expect(w.count(v1alpha1.EventDeadlineMissed, "")).To(Equal(2))
}

// names lists who was sent a template.
func (w *world) names(template string) (out []string) {
	for _, n := range w.sent(template) {
		out = append(out, n.To.Name)
	}
	return out
}

// TestWhatIsLostAfterItsDeadlineIsGivenUpAtOnce: the text says so, nobody is asked to skip anything, and the leads know.
func TestWhatIsLostAfterItsDeadlineIsGivenUpAtOnce(t *testing.T) {
	for overdue, outcome := range map[string]v1alpha1.Identifier{
		"":                                  engine.Undelivered,
		", overdue: {climb: Ladder}":        engine.Undelivered,
		", overdue: {outcome: out-of-time}": "out-of-time",
	} {
		t.Run(overdue, func(t *testing.T) {
			g := NewWithT(t)
			w := tale{steps: `
steps:
- {name: acknowledge, notify: {to: [complainant], template: reminder}, within: {elapsed: 4h, of: received}` + overdue + `}
- {name: progress, needs: [acknowledge], notify: {to: [complainant], template: reminder}}
`}.world(t)
			w.deliver = false
			w.facts.ReceivedAt = w.now.Add(-2 * day)
			w.fate("acknowledge", v1alpha1.NoticeFailed)
			w.pass(hour)
			g.Expect(w.step("acknowledge")).To(And(HaveField("State", v1alpha1.StepDone), HaveField("Outcome", outcome)))
			g.Expect(w.text(v1alpha1.EventUndelivered)).To(And(HavePrefix("nothing has reached complainant: given up; tell them another way"), Not(ContainSubstring("skip"))))
			g.Expect(w.names("givenUp")).To(ConsistOf("lin", "sun", "ma", "gao"))
			g.Expect(w.sent("undelivered")).To(BeEmpty())
			g.Expect(w.count(v1alpha1.EventDeadlineMissed, "acknowledge")).To(Equal(1))
			g.Expect(w.step("progress").State).To(Equal(v1alpha1.StepDone))
		})
	}
}

// fate begins a run in which every notice of a step to the complainant has that fate as soon as it is written.
func (w *world) fate(step string, as v1alpha1.NoticeState) {
	w.decideAndCrash()
	w.lose(step, as)
}

// TestWhileTheLadderIsClimbedALateLossIsNotGivenUp: there is still somebody to skip it.
func TestWhileTheLadderIsClimbedALateLossIsNotGivenUp(t *testing.T) {
	g := NewWithT(t)
	w := tale{steps: `
steps:
- {name: acknowledge, notify: {to: [complainant], template: reminder}, within: {elapsed: 4h, of: received}, overdue: {climb: Ladder, every: 1h}}
`}.world(t)
	w.deliver = false
	w.facts.ReceivedAt = w.now.Add(-2 * day)
	w.fate("acknowledge", v1alpha1.NoticeFailed)
	w.pass(minute)
	g.Expect(w.text(v1alpha1.EventUndelivered)).To(ContainSubstring("skip the step"))
	g.Expect(w.step("acknowledge").State).To(Equal(v1alpha1.StepWaiting))
	w.record(v1alpha1.RecordAct{Verb: v1alpha1.RecordSkip, By: "gao", Step: "acknowledge", Reason: "told by phone"})
	g.Expect(w.step("acknowledge").State).To(Equal(v1alpha1.StepSkipped))
}

// TestWhoDidNotKnowIsToldWhenItIsGivenUp: with no ladder to climb the first rung is told at once, the others at the end.
func TestWhoDidNotKnowIsToldWhenItIsGivenUp(t *testing.T) {
	g := NewWithT(t)
	w := tale{steps: `
steps:
- {name: acknowledge, notify: {to: [complainant], template: reminder}, within: {elapsed: 4h}}
`}.world(t)
	w.deliver = false
	w.fate("acknowledge", v1alpha1.NoticeUncertain)
	w.pass(4 * hour)
	g.Expect(w.names("uncertain")).To(ConsistOf("lin"))
	g.Expect(w.sent("givenUp")).To(BeEmpty())
	w.pass(minute)
	g.Expect(w.names("givenUp")).To(ConsistOf("sun", "ma", "gao"))
	g.Expect(w.step("acknowledge").Outcome).To(Equal(engine.Uncertain))
}

// TestALossFoundWhenEverybodyWasToldOfTheDeadline: they do not know yet that nothing arrived.
func TestALossFoundWhenEverybodyWasToldOfTheDeadline(t *testing.T) {
	g := NewWithT(t)
	w := tale{steps: oneNotice}.world(t)
	w.deliver = false
	w.pass(2 * day)
	g.Expect(w.names("overdue")).To(ConsistOf("lin", "sun", "ma", "gao"))
	g.Expect(w.step("acknowledge").State).To(Equal(v1alpha1.StepWaiting))
	w.lose("acknowledge", v1alpha1.NoticeFailed)
	w.decide()
	g.Expect(w.names("givenUp")).To(ConsistOf("lin", "sun", "ma", "gao"))
	g.Expect(w.step("acknowledge").Outcome).To(Equal(engine.Undelivered))
}

// TestWhoLeftNoContactHoldsNothingUp: a complaint made at the counter without a name goes on, and nobody is chased for
// what nobody can do.
func TestWhoLeftNoContactHoldsNothingUp(t *testing.T) {
	g := NewWithT(t)
	w := tale{steps: `
steps:
- {name: acknowledge, notify: {to: [complainant], template: reminder}, within: {elapsed: 4h}, overdue: {climb: Ladder, every: 1h}}
- {name: word, notify: {to: [complainant], template: reminder}}
- {name: both, notify: {to: [complainant, handler], template: reminder}, within: {elapsed: 4h}}
- {name: progress, every: {elapsed: 24h}, until: steps.checkFacts.ended, notify: {to: [complainant], template: reminder}}
- {name: checkFacts, needs: [acknowledge, word, both], task: {to: handler}, within: {elapsed: 5d}}
- {name: ask, needs: [checkFacts], survey: {asks: handler, by: Form, scale: [good, bad]}, within: {elapsed: 1d}}
`}.world(t)
	w.facts.NoContact = true
	w.pass(minute)
	g.Expect(w.step("acknowledge")).To(And(HaveField("State", v1alpha1.StepDone), HaveField("Outcome", engine.Undelivered)))
	g.Expect(w.step("word")).To(And(HaveField("State", v1alpha1.StepDone), HaveField("Outcome", engine.Undelivered)))
	g.Expect(w.step("both")).To(And(HaveField("State", v1alpha1.StepDone), HaveField("Outcome", engine.Delivered)), "the handler was told")
	g.Expect(w.step("checkFacts").State).To(Equal(v1alpha1.StepWaiting))
	w.pass(3 * day)
	w.does("lin", v1alpha1.TaskComplete, "checkFacts")
	w.pass(minute)
	for _, n := range w.notices {
		g.Expect(n.To.Kind).NotTo(Equal(v1alpha1.RecipientComplainant))
	}
	g.Expect(w.count(v1alpha1.EventDeadlineMissed, "")).To(BeZero())
	g.Expect(w.count(v1alpha1.EventDeadlineMet, "acknowledge")).To(BeZero())
	g.Expect(w.count(v1alpha1.EventUndelivered, "acknowledge")).To(Equal(1))
	g.Expect(w.count(v1alpha1.EventUndelivered, "both")).To(Equal(1), "who reads the timeline learns that only the others were told")
	g.Expect(w.count(v1alpha1.EventUndelivered, "ask")).To(Equal(1))
	g.Expect(w.step("ask").State).To(Equal(v1alpha1.StepWaiting), "somebody may ask them at the counter")
	g.Expect(engine.Stand(&w.run).Problems).To(BeEmpty())
}

// TestARunThatWaitedForAComplainantWithoutContactGoesOn with a release that knows better.
func TestARunThatWaitedForAComplainantWithoutContactGoesOn(t *testing.T) {
	g := NewWithT(t)
	w := tale{steps: oneNotice}.world(t)
	w.deliver = false
	w.decide()
	w.lose("acknowledge", v1alpha1.NoticeFailed)
	w.pass(hour)
	w.facts.NoContact = true
	w.decide()
	g.Expect(w.step("acknowledge").State).To(Equal(v1alpha1.StepDone))
	g.Expect(w.step("progress").State).To(Equal(v1alpha1.StepDone))
}
