package admission

import (
	"testing"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/api/v1alpha1"
)

const actionsPolicy = "tocsin-postmortem-actions"

// TestCorrectiveActionsStayUntilSomebodyElseVerifiedThem.
func TestCorrectiveActionsStayUntilSomebodyElseVerifiedThem(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	o := postMortem(t, namespace(t))
	write := func(user string, actions ...v1alpha1.CorrectiveAction) error {
		changed := o.DeepCopy()
		changed.Spec.Actions = actions
		if err := as(t, user).Update(t.Context(), changed); err != nil {
			return err
		}
		o = changed
		return nil
	}
	valve := v1alpha1.CorrectiveAction{ID: "valve", Text: "Change the valve.", Owner: bob}
	train := v1alpha1.CorrectiveAction{ID: "train", Text: "Train the shift."}
	in := func(a v1alpha1.CorrectiveAction, state v1alpha1.CorrectiveState) v1alpha1.CorrectiveAction {
		a.State = state
		return a
	}
	g.Expect(write(amy, valve, train)).To(Succeed())
	g.Expect(write(amy, train)).To(BeRefusedBy(actionsPolicy, "'valve' is missing"))
	g.Expect(write(amy)).To(BeRefusedBy(actionsPolicy, "'valve' is missing"))
	g.Expect(write(bob, in(valve, v1alpha1.CorrectiveDone), train)).To(Succeed())
	g.Expect(write(bob, in(valve, v1alpha1.CorrectiveVerified), train)).To(BeRefusedBy(actionsPolicy, "'bob' owns the corrective action 'valve'"))
	handed := in(valve, v1alpha1.CorrectiveVerified)
	handed.Owner = amy
	g.Expect(write(bob, handed, train)).To(BeRefusedBy(actionsPolicy, "'bob' owns"), "who gives it away while verifying it had it")
	handed.State = v1alpha1.CorrectiveDone
	g.Expect(write(bob, handed, train)).To(BeRefusedBy(actionsPolicy, "'valve' is done and keeps its owner"), "who gives it away first, to verify it then")
	g.Expect(write(bob, in(valve, v1alpha1.CorrectiveOpen), train)).To(BeRefusedBy(actionsPolicy, "'bob' carried out the corrective action 'valve'"))
	handed.State = v1alpha1.CorrectiveOpen
	g.Expect(write(bob, handed, train)).To(BeRefusedBy(actionsPolicy, "'bob' carried out"))
	g.Expect(write(amy, handed, train)).To(Succeed(), "somebody else finds that it was not done, and takes it over")
	g.Expect(write(bob, in(valve, v1alpha1.CorrectiveDone), train)).To(Succeed(), "what is open is given to whoever does it")
	g.Expect(write(amy, in(valve, v1alpha1.CorrectiveVerified), in(train, v1alpha1.CorrectiveVerified))).To(BeRefusedBy(actionsPolicy, "'train' has no owner"))
	g.Expect(write(amy, in(valve, v1alpha1.CorrectiveVerified), train)).To(Succeed())
	g.Expect(write(bob, in(valve, v1alpha1.CorrectiveOpen), train)).To(BeRefusedBy(actionsPolicy, "'valve' was verified"))
}
