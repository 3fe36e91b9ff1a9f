package engine_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/engine"
)

// onCall gives the desk a rotation of its agents: wang from nine on the first Monday, lin from nine a day later, in turns.
func onCall(w *world) {
	w.teams["desk"].Rotations = []v1alpha1.Rotation{{Duty: "agent", Layers: []v1alpha1.RotationLayer{
		{Name: "daily", Members: []v1alpha1.MemberName{"wang", "lin"}, Start: "2026-06-01", EveryDays: 1},
	}}}
}

var onCallTales = []tale{
	{name: "on-call", steps: `
steps:
- {name: first, task: {to: handler}, within: {elapsed: 48h}}
- {name: second, needs: [first], task: {to: handler}, within: {elapsed: 48h}}
- {name: sign, needs: [second], approval: {by: [supervisor]}, within: {elapsed: 48h}}
`, setUp: onCall, play: func(w *world) {
		w.say("Wang is on call on Monday, though lin is first in the list.")
		w.decide()
		w.say("On Tuesday it is lin's turn. The role that wang has taken stays wang's.")
		w.pass(25 * hour)
		w.does("wang", v1alpha1.TaskComplete, "first")
		w.pass(1 * hour)
		w.say("Wang declines: whoever is on call now takes it.")
		w.does("wang", v1alpha1.TaskDecline, "second")
		w.pass(1 * hour)
		w.does("lin", v1alpha1.TaskComplete, "second")
		w.pass(1 * hour)
		w.does("sun", v1alpha1.TaskApprove, "sign")
		w.decide()
	}},
}

// TestATurnThatEndsRewritesNothing: an approval whose seats several people may take is left alone when the rotation goes on.
func TestATurnThatEndsRewritesNothing(t *testing.T) {
	g := NewWithT(t)
	w := tale{steps: `
steps:
- {name: work, task: {to: supervisor}, within: {elapsed: 480h}}
- {name: sign, approval: {by: [handler, handler], quorum: 2}, within: {elapsed: 480h}}
`, setUp: func(w *world) {
		onCall(w)
		desk := w.teams["desk"]
		for _, name := range []string{"zoe", "kim"} {
			desk.Members = append(desk.Members, v1alpha1.Member{Name: name, User: v1alpha1.User(name), Duties: []v1alpha1.Identifier{"agent"}})
		}
		desk.Rotations[0].Layers[0].Members = []v1alpha1.MemberName{"wang", "zoe", "kim"}
	}}.world(t)
	w.decide()
	seats := w.tasks[w.taskOf("sign", "wang")].spec.Assignment.Seats
	g.Expect(seats[0].Users[0]).To(Equal(v1alpha1.User("wang")), "who is on call is asked first")
	for range 5 {
		w.sleep(day)
		for _, e := range w.decide().Effects {
			g.Expect(e).NotTo(BeAssignableToTypeOf(engine.Reassign{}))
		}
	}
}

// TestAHoleStopsNoCase: where it is nobody's turn the others are asked, as without a rotation.
func TestAHoleStopsNoCase(t *testing.T) {
	g := NewWithT(t)
	w := tale{steps: oneTask, setUp: func(w *world) {
		onCall(w)
		w.teams["desk"].Rotations[0].Layers[0].Start = "2026-07-01"
	}}.world(t)
	w.decide()
	g.Expect(w.step("check").Assignee).To(Equal(v1alpha1.User("lin")))
	g.Expect(w.step("check").Problem).To(BeEmpty())
}
