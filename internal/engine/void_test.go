package engine_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/api/v1alpha1"
)

const approvedTwice = `
steps:
- {name: approve, approval: {by: [manager, legal], of: remedy}, within: {elapsed: 4h}}
- {name: confirm, needs: [approve], approval: {by: [executive, supervisor], of: remedy}, within: {elapsed: 4h}}
- {name: carryOut, needs: [confirm], task: {to: handler}, within: {elapsed: 8h}}
`

// toldVoid is how often each was told that what they decided no longer counts.
func (w *world) toldVoid() map[string]int {
	out := map[string]int{}
	for _, n := range w.sent("approvalVoid") {
		out[n.To.Name]++
	}
	return out
}

// TestWhoseVoteIsVoidIsToldOnce: each time it becomes so, also where it was given for what had changed a moment before;
// not where it counts after all.
func TestWhoseVoteIsVoidIsToldOnce(t *testing.T) {
	g := NewWithT(t)
	w := tale{steps: approvedTwice}.world(t)
	w.writeRemedy("one")
	w.decide()
	w.does("ma", v1alpha1.TaskApprove, "approve")
	w.pass(minute)
	w.writeRemedy("two")
	w.does("hua", v1alpha1.TaskRefuse, "approve")
	w.pass(minute)
	g.Expect(w.toldVoid()).To(Equal(map[string]int{"ma": 1, "hua": 1}))
	g.Expect(w.sent("approvalVoid")).To(HaveEach(HaveField("Task", Not(BeEmpty()))))
	for _, next := range []string{"three", "two"} {
		w.does("ma", v1alpha1.TaskApprove, "approve")
		w.pass(minute)
		w.writeRemedy(next)
		w.pass(minute)
		g.Expect(w.toldVoid()).To(Equal(map[string]int{"ma": 2, "hua": 1}), "what ma approved as two counts when it is two again")
	}
}

// TestWhatFollowsFromAVoidApprovalIsVoidToo: whoever decided there is told as well, whether it was enough already or not.
func TestWhatFollowsFromAVoidApprovalIsVoidToo(t *testing.T) {
	g := NewWithT(t)
	w := tale{steps: approvedTwice}.world(t)
	w.writeRemedy("one")
	w.decide()
	w.does("ma", v1alpha1.TaskApprove, "approve")
	w.does("hua", v1alpha1.TaskApprove, "approve")
	w.pass(minute)
	w.does("gao", v1alpha1.TaskApprove, "confirm")
	w.pass(minute)
	w.facts.Authors = map[v1alpha1.WrittenField]v1alpha1.User{v1alpha1.WritesRemedy: "hua"}
	w.writeRemedy("two")
	w.pass(minute)
	g.Expect(w.toldVoid()).To(Equal(map[string]int{"ma": 1, "gao": 1}), "hua changed it and knows")
}
