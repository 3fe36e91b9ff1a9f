package engine_test

import (
	"slices"
	"testing"

	. "github.com/onsi/gomega"
	"pgregory.net/rapid"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/engine"
)

const threeSeats = `
steps:
- {name: plan, task: {to: handler, writes: remedy}, within: {elapsed: 8h}}
- {name: approve, needs: [plan], approval: {by: [manager, legal, executive], of: remedy}, within: {elapsed: 8h}, overdue: {climb: Ladder, every: 1h}}
- {name: carryOut, needs: [approve], when: steps.approve.outcome == "approved", task: {to: handler}, within: {elapsed: 8h}}
`

// TestInvariant4SeparationOfDuties: whoever approves in whatever order and however often, let in by admission or not, an
// approval is done only when as many different people as it has seats approved this very version, none of whom wrote it
// or is complained about; and nobody complained about is ever let in. world checks that last with every effect.
func TestInvariant4SeparationOfDuties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := tale{steps: threeSeats}.world(t)
		w.facts.About = &v1alpha1.ComplainedAbout{Users: rapid.SampledFrom([][]v1alpha1.User{nil, nil, {"zhou"}, {"lin", "qian"}}).Draw(t, "about")}
		w.decide()
		author := rapid.SampledFrom([]v1alpha1.User{"lin", "wang", "ma", "gao"}).Draw(t, "author")
		w.writeRemedy("plan-1")
		w.does(author, v1alpha1.TaskComplete, "plan")
		w.decide()
		var approved []v1alpha1.User
		for range rapid.IntRange(1, 25).Draw(t, "acts") {
			if w.step("approve").State != v1alpha1.StepWaiting || len(w.step("approve").Tasks) == 0 {
				break
			}
			may := append(slices.Clone(w.tasks[w.taskOf("approve", "")].spec.Assignment.MayAct), author)
			who := rapid.SampledFrom(slices.Concat(may, may, may, everyUser)).Draw(t, "who")
			switch rapid.IntRange(0, 9).Draw(t, "what") {
			case 0:
				w.rewriteRemedy(who, rapid.SampledFrom([]string{"plan-1", "plan-2"}).Draw(t, "version"))
			case 1, 2, 3:
				w.does(who, v1alpha1.TaskApprove, "approve", digest("plan-0"))
			case 4:
				w.sleep(9 * hour)
			default:
				w.does(who, v1alpha1.TaskApprove, "approve")
				approved = append(approved, who)
			}
			if rapid.Bool().Draw(t, "decide") {
				w.decide()
			}
		}
		w.decide()
		s := w.step("approve")
		if s.Outcome != engine.Approved {
			return
		}
		w.dutiesApart(w.index("approve"))
		if len(s.By) != 3 || slices.Contains(s.By, w.step("plan").By[0]) || slices.Contains(s.By, w.facts.Authors[v1alpha1.WritesRemedy]) || !seated(w.seatsOf("approve"), s.By) {
			t.Fatalf("approved by %v, written by %v, acts of %v\n%s", s.By, w.step("plan").By, approved, w.story.String())
		}
	})
}

// seatsOf are the seats of a step's only task as they were last.
func (w *world) seatsOf(step string) []v1alpha1.Seat {
	for _, t := range w.tasks {
		if t.spec.Step == step {
			return t.spec.Assignment.Seats
		}
	}
	return nil
}

// seated tries every way to put each of some people on a seat of their own.
func seated(seats []v1alpha1.Seat, people []v1alpha1.User) bool {
	if len(people) == 0 {
		return true
	}
	for k, seat := range seats {
		others := slices.Concat(seats[:k], seats[k+1:])
		if slices.Contains(seat.Users, people[0]) && seated(others, people[1:]) {
			return true
		}
	}
	return false
}

// TestSeatFromTheRungAbove: the executive sits where both managers are out.
func TestSeatFromTheRungAbove(t *testing.T) {
	g := NewWithT(t)
	w := tale{steps: `
steps:
- {name: approve, approval: {by: [manager]}, within: {elapsed: 8h}}
`}.world(t)
	w.facts.About = &v1alpha1.ComplainedAbout{Users: []v1alpha1.User{"ma", "zhou"}}
	w.decide()
	w.does("gao", v1alpha1.TaskApprove, "approve")
	w.decide()
	g.Expect(w.step("approve").By).To(Equal([]v1alpha1.User{"gao"}))
}

// TestNobodyHoldsTwoRolesThatExcludeEachOther, also where the role above would have to stand in.
func TestNobodyHoldsTwoRolesThatExcludeEachOther(t *testing.T) {
	g := NewWithT(t)
	w := tale{head: incidentHead, steps: `
steps:
- {name: command, assignRole: {role: commander}}
- {name: voice, needs: [command], assignRole: {role: spokesperson}}
`}.world(t)
	w.leave("crisis", "pei", "ren")
	w.decide()
	g.Expect(w.step("voice").State).To(Equal(v1alpha1.StepWaiting))
	g.Expect(w.step("voice").Problem).To(ContainSubstring("nobody can be spokesperson"))
	w.join("crisis", v1alpha1.Member{Name: "eve", User: "eve", Duties: []v1alpha1.Identifier{"press"}})
	w.decide()
	g.Expect(engine.Holder(&w.run, engine.RoleSpokesperson)).To(Equal(v1alpha1.User("eve")))
	w.record(v1alpha1.RecordAct{Verb: v1alpha1.RecordHandOver, By: "gao", Role: "spokesperson", To: "gao"})
	g.Expect(engine.Holder(&w.run, engine.RoleSpokesperson)).To(Equal(v1alpha1.User("eve")))
}

// TestRoleAssignedInEveryRound: assigning a role in a climbing block does not fill it twice.
func TestRoleAssignedInEveryRound(t *testing.T) {
	g := NewWithT(t)
	w := tale{steps: `
steps:
- name: loop
  repeat:
    until: run.round >= 4
    max: 4
    climb: Ladder
    steps: [{name: who, assignRole: {role: handler}}]
`}.world(t)
	w.decide()
	var names []string
	for _, h := range w.run.Roles {
		names = append(names, h.Name)
	}
	g.Expect(names).To(Equal([]string{"handler", "supervisor", "manager", "executive"}))
}

// TestWhoHasApprovedStays: going home does not take an approval back.
func TestWhoHasApprovedStays(t *testing.T) {
	g := NewWithT(t)
	w := tale{steps: `
steps:
- {name: approve, approval: {by: [manager, legal]}, within: {elapsed: 4h}, overdue: {climb: Ladder}}
`}.world(t)
	w.pass(hour)
	w.does("zhou", v1alpha1.TaskApprove, "approve")
	w.pass(hour)
	w.away("management", "zhou", w.now, w.now.Add(5*day))
	w.pass(3 * hour)
	w.does("hua", v1alpha1.TaskApprove, "approve")
	w.decide()
	g.Expect(w.step("approve").By).To(Equal([]v1alpha1.User{"zhou", "hua"}))
}

// TestOfTheFieldAsItWas: an approval counts for the version it names; taken back to an earlier version, the approvals of
// that version count again, without anybody having to act.
func TestOfTheFieldAsItWas(t *testing.T) {
	g := NewWithT(t)
	w := tale{steps: planAndApprove}.world(t)
	w.planned("lin")
	w.does("ma", v1alpha1.TaskApprove, "approve")
	w.decide()
	w.writeRemedy("plan-2")
	w.does("hua", v1alpha1.TaskApprove, "approve") // read as plan-1, written while it changed
	w.decide()
	g.Expect(w.step("approve").State).To(Equal(v1alpha1.StepWaiting))
	w.writeRemedy("plan-1")
	w.decide()
	g.Expect(w.step("approve").Outcome).To(Equal(engine.Approved))
	// An emptied field is another version too.
	w = tale{steps: planAndApprove}.world(t)
	w.planned("lin")
	delete(w.facts.Digests, v1alpha1.WritesRemedy)
	w.does("ma", v1alpha1.TaskApprove, "approve")
	w.does("hua", v1alpha1.TaskApprove, "approve")
	w.decide()
	g.Expect(w.step("approve").State).To(Equal(v1alpha1.StepWaiting))
}
