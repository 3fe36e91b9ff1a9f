package engine_test

import (
	"slices"
	"testing"

	. "github.com/onsi/gomega"
	"pgregory.net/rapid"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/engine"
)

func seatsFor(users ...[]v1alpha1.User) []v1alpha1.Seat {
	var out []v1alpha1.Seat
	for _, u := range users {
		out = append(out, v1alpha1.Seat{Role: "approver", Users: u})
	}
	return out
}

// Whoever is in front is asked, but for whom another seat cannot do without.
func TestAskedFirstAreDifferentPeopleWhereThatCanBe(t *testing.T) {
	type list = []v1alpha1.User
	for name, c := range map[string]struct {
		seats []v1alpha1.Seat
		asked list
	}{
		"those in front":                    {seatsFor(list{"ana", "ben"}, list{"ben", "ana"}), list{"ana", "ben"}},
		"the next where one is asked":       {seatsFor(list{"ana", "ben"}, list{"ana", "ben"}), list{"ana", "ben"}},
		"the only one there stays for it":   {seatsFor(list{"ana", "ben"}, list{"ana"}), list{"ben", "ana"}},
		"over two seats":                    {seatsFor(list{"ana", "ben"}, list{"ben", "cho"}, list{"ana"}), list{"ben", "cho", "ana"}},
		"one for two seats, if need be":     {seatsFor(list{"ana"}, list{"ana"}), list{"ana", "ana"}},
		"nobody where nobody may":           {seatsFor(list{}, list{"ana"}), list{"", "ana"}},
		"what cannot be leaves others free": {seatsFor(list{"ana"}, list{"ana"}, list{"ana", "ben"}), list{"ana", "ana", "ben"}},
	} {
		t.Run(name, func(t *testing.T) {
			NewWithT(t).Expect(engine.AskedFirst(c.seats)).To(Equal(c.asked))
		})
	}
}

// As many different people are asked as there are when every way to seat them is tried.
func TestAskedFirstSeatsAsManyAsCanBe(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		people := rapid.SliceOfNDistinct(rapid.SampledFrom([]v1alpha1.User{"ana", "ben", "cho", "dee"}), 0, 3, func(u v1alpha1.User) v1alpha1.User { return u })
		seats := seatsFor(rapid.SliceOfN(people, 0, 5).Draw(t, "seats")...)
		var most func(k int, sitting []v1alpha1.User) int
		most = func(k int, sitting []v1alpha1.User) int {
			if k == len(seats) {
				return len(sitting)
			}
			best := most(k+1, sitting)
			for _, u := range seats[k].Users {
				if !slices.Contains(sitting, u) {
					best = max(best, most(k+1, append(slices.Clone(sitting), u)))
				}
			}
			return best
		}
		asked := engine.AskedFirst(seats)
		slices.Sort(asked)
		different := slices.DeleteFunc(slices.Compact(asked), func(u v1alpha1.User) bool { return u == "" })
		NewWithT(t).Expect(different).To(HaveLen(most(0, nil)))
	})
}

// A role that excludes an approver's is given away while the approval waits: that too few are left is told at once, and is over
// as soon as somebody comes.
func TestAnApprovalThatLosesItsApproversSaysSo(t *testing.T) {
	g := NewWithT(t)
	w := tale{head: `
for: Complaint
roles:
- {name: checker, team: desk, duty: supervisor}
- {name: approver, team: desk, duty: supervisor, not: [checker]}
`, steps: `
steps:
- {name: pause, wait: {for: {elapsed: 1h}}}
- {name: release, approval: {by: [approver, approver]}, noDeadline: None.}
- {name: check, needs: [pause], task: {to: checker}, noDeadline: None.}
`}.world(t)
	w.pass(59 * minute)
	g.Expect(w.step("release").Problem).To(BeEmpty())
	w.pass(minute)
	g.Expect(engine.Holder(&w.run, "checker")).To(Equal(v1alpha1.User("qian")))
	g.Expect(w.step("release").Problem).To(ContainSubstring("2 different people must approve, but only 1 can"))
	g.Expect(w.count(v1alpha1.EventNobody, "release")).To(Equal(1))
	w.join("desk", v1alpha1.Member{Name: "mei", User: "mei", Duties: []v1alpha1.Identifier{"supervisor"}})
	w.decide()
	g.Expect(w.step("release").Problem).To(BeEmpty())
	w.does("sun", v1alpha1.TaskApprove, "release")
	w.does("mei", v1alpha1.TaskApprove, "release")
	w.decide()
	g.Expect(w.step("release").Outcome).To(Equal(engine.Approved))
}

// A team that was called together may approve what comes next; who did a task may not.
func TestWhoAcknowledgedACallMayApprove(t *testing.T) {
	g := NewWithT(t)
	w := tale{head: incidentHead, steps: `
steps:
- {name: assemble, assembleTeam: {}, noDeadline: None.}
- {name: words, needs: [assemble], task: {to: spokesperson}, noDeadline: None.}
- {name: start, needs: [assemble], approval: {by: [commander]}, noDeadline: None.}
- {name: release, needs: [words], approval: {by: [spokesperson]}, noDeadline: None.}
`}.world(t)
	w.decide()
	for _, u := range []v1alpha1.User{"gao", "ma", "pei", "ren"} {
		w.does(u, v1alpha1.TaskAcknowledge, "assemble")
	}
	w.decide()
	w.does("gao", v1alpha1.TaskApprove, "start")
	w.does("pei", v1alpha1.TaskComplete, "words")
	w.decide()
	g.Expect(w.step("start").By).To(Equal([]v1alpha1.User{"gao"}))
	w.does("pei", v1alpha1.TaskApprove, "release")
	w.decide()
	g.Expect(w.step("release").State).To(Equal(v1alpha1.StepWaiting))
}
