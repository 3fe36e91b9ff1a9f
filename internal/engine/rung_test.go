package engine_test

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/engine"
)

// escalations are who the ladder was climbed to, and on which rung.
func (w *world) escalations() (out []string) {
	for _, e := range w.events {
		if e.Type == v1alpha1.EventEscalated {
			out = append(out, strings.Repeat("^", int(e.Rung))+" "+string(e.Actor))
		}
	}
	return out
}

// TestWhoDeclinesOnARungIsPassedOver: for a deputy, then for the rung above, whether or not that was to be climbed to by itself;
// and at the top the deadline is told of as where there is no ladder.
func TestWhoDeclinesOnARungIsPassedOver(t *testing.T) {
	for name, steps := range map[string]string{
		"work":     "- {name: check, task: {to: handler}, within: {elapsed: 4h}, overdue: {climb: Ladder}}",
		"approval": "- {name: check, approval: {by: [handler]}, within: {elapsed: 4h}, overdue: {climb: Ladder}}",
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			w := tale{steps: "\nsteps:\n" + steps}.world(t)
			w.pass(5 * hour)
			g.Expect(w.escalations()).To(Equal([]string{"^ sun"}))
			want := []string{"^ sun"}
			for _, next := range []struct{ declines, rung, told v1alpha1.User }{
				{"sun", "^", "qian"}, {"qian", "^^", "ma"}, {"ma", "^^", "zhou"}, {"zhou", "^^^", "gao"},
			} {
				w.does(next.declines, v1alpha1.TaskDecline, "check")
				w.pass(10 * minute)
				want = append(want, string(next.rung)+" "+string(next.told))
				g.Expect(w.escalations()).To(Equal(want))
				a := w.tasks[string(w.step("check").Tasks[0])].spec.Assignment
				g.Expect(a.MayAct).To(ContainElement(next.told))
				g.Expect(a.MayAct).NotTo(ContainElement(next.declines))
			}
			g.Expect(w.sent("overdue")).To(HaveLen(5))
			w.does("gao", v1alpha1.TaskDecline, "check")
			w.pass(10 * minute)
			g.Expect(w.text(v1alpha1.EventEscalated)).To(HavePrefix("no ladder leads on from here; told of the missed deadline: lin"))
		})
	}
}

// TestADeputyOnARungMayAct: who is told in place of somebody who is away can do what they are told of, also once the other is back.
func TestADeputyOnARungMayAct(t *testing.T) {
	g := NewWithT(t)
	w := tale{steps: "\nsteps:\n- {name: check, task: {to: handler}, within: {elapsed: 4h}, overdue: {climb: Ladder}}"}.world(t)
	w.pass(4 * hour)
	w.run.Roles = append(w.run.Roles, v1alpha1.RoleHolder{Name: "supervisor", Team: "desk", Person: "sun", User: "sun"})
	w.away("desk", "sun", monday, monday.Add(6*hour))
	w.pass(hour)
	g.Expect(w.escalations()).To(Equal([]string{"^ qian"}))
	w.pass(2 * hour)
	w.does("qian", v1alpha1.TaskComplete, "check")
	w.decide()
	g.Expect(w.run.Result).To(Equal(v1alpha1.RunCompleted))
	g.Expect(engine.Holder(&w.run, "supervisor")).To(BeEquivalentTo("sun"))
}
