package engine

import (
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// voidApproval takes an approval back when what was approved has changed since, as long as something that needs it is
// not done yet: the approval and everything after it is asked for again.
func (t *turn) voidApproval(i int) bool {
	n, s := &t.plan.Nodes[i], &t.run.Steps[i]
	if n.Action.Approval == nil || s.Outcome != Approved || s.Digest == t.f.Digests[n.Action.Approval.Of] {
		return false
	}
	if n.Parent >= 0 && ended(&t.run.Steps[n.Parent]) || t.allEnded(n.NeededBy) {
		return false
	}
	t.event(v1alpha1.EventApprovalVoid, i, t.f.Authors[n.Action.Approval.Of], "what was approved has changed since; it is to be approved again")
	t.resetWithFollowers(i)
	return true
}

// resetWithFollowers begins a step anew, and all that follows from it.
func (t *turn) resetWithFollowers(i int) {
	s := &t.run.Steps[i]
	if s.State == v1alpha1.StepPending {
		return
	}
	if t.plan.Nodes[i].Action.Approval != nil {
		decided := s.By
		if s.State == v1alpha1.StepWaiting {
			decided = t.voters(i)
		}
		s.DueAt = metav1.Time{} // a new one is set when it is asked for again
		t.tellVoid(i, "void/", decided, "")
	}
	t.reset(i, s.Round, s.Attempt+1)
	for _, f := range t.plan.Nodes[i].NeededBy {
		t.resetWithFollowers(f)
	}
}

// voters are those whose approval or refusal of what is to be approved as it is now was taken in, in that order.
func (t *turn) voters(i int) []v1alpha1.User {
	s := &t.run.Steps[i]
	acts := t.f.Tasks[t.firstTask(i)].Acts
	var out []v1alpha1.User
	for _, act := range acts[:min(int(s.ActsSeen), len(acts))] {
		if (act.Verb == v1alpha1.TaskApprove || act.Verb == v1alpha1.TaskRefuse) && act.By != "" && t.unfit(i, act) == "" &&
			!slices.Contains(s.Declined, act.By) && !slices.Contains(out, act.By) {
			out = append(out, act.By)
		}
	}
	return out
}

// tellVoid tells people whose decision no longer counts, because what it was about has changed, that they should look
// again. Whoever changed it knows, and decides about it no more.
func (t *turn) tellVoid(i int, slot string, users []v1alpha1.User, task string) {
	for _, u := range users {
		p, known := t.personOf(u)
		if known && !isRecused(t.recused, u) && t.f.Authors[t.plan.Nodes[i].Action.Approval.Of] != u {
			t.tellPerson(i, slot+string(u), p, "approvalVoid", task)
		}
	}
}
