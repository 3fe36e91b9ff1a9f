package e2e

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	coordinationv1 "k8s.io/api/coordination/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/install"
	"tocsin.dev/tocsin/internal/operator"
)

// Every deadline fires once, whatever restarts between, late by the outage alone, and says so. What somebody did in time
// while the manager was down is in time.
func TestInvariant3DeadlineFiresOnce(t *testing.T) {
	w := newWorld(t)
	life := w.manage()
	w.complain("missed")
	w.complain("done")
	w.complain("punctual")
	for _, name := range []string{"missed", "done", "punctual"} {
		w.task(name, "checkFacts")
		w.until(name, HaveField("NextDeadline.Time", BeTemporally("==", start.Add(24*time.Hour))))
	}
	done := w.task("done", "checkFacts")
	life.stop()

	t.Log("the deadline passes while the manager is down; one acts in time")
	inTime := metav1.NewTime(start.Add(23 * time.Hour))
	w.clock.SetTime(inTime.Time)
	w.do(done, amy, v1alpha1.TaskAct{Verb: v1alpha1.TaskComplete, Outcome: "founded", At: inTime})
	w.clock.SetTime(start.Add(27 * time.Hour))
	life = w.manage()
	missed := w.until("missed", state(v1alpha1.CaseOverdue))
	entries := w.happened(missed, v1alpha1.EventDeadlineMissed)
	w.Expect(entries).To(ConsistOf(HaveField("Text", And(ContainSubstring("2026-03-03T09:00:00Z"), MatchRegexp(`2h 59m late|3h.* late`)))))
	w.Expect(w.happened(missed, v1alpha1.EventEscalated)).To(HaveLen(1))
	w.until("done", HaveField("Run", HaveValue(HaveField("Steps", ContainElement(And(HaveField("Name", "checkFacts"), HaveField("State", v1alpha1.StepDone)))))))
	c := w.complaint("done")
	w.Expect(w.happened(c, v1alpha1.EventDeadlineMissed)).To(BeEmpty())
	w.Expect(w.happened(c, v1alpha1.EventDeadlineMet)).To(HaveLen(1))
	life.stop()

	t.Log("another life finds it fired already, some time later")
	w.clock.Step(time.Minute)
	life = w.manage()
	w.complain("fresh")
	w.until("fresh", HaveField("Run", Not(BeNil())))
	t.Log("it fires by itself, though the reminder was the last that happened")
	deadline := w.clock.Now().Add(24 * time.Hour)
	w.told() // a message under way when the clock leaps would come too late, and wait for a moment that never comes
	w.clock.Step(20 * time.Hour)
	w.wokenAt(life, deadline.Add(time.Second))
	w.clock.Step(6 * time.Hour)
	w.until("fresh", state(v1alpha1.CaseOverdue))
	w.told()
	for _, name := range []string{"missed", "punctual", "fresh"} {
		c := w.complaint(name)
		w.Expect(w.happened(c, v1alpha1.EventDeadlineMissed)).To(HaveLen(1), name)
		w.Expect(w.happened(c, v1alpha1.EventEscalated)).To(HaveLen(1), "%s: the ladder has one rung above", name)
	}
	overdue := map[string]int{}
	for _, n := range w.notices() {
		if n.Spec.Template == "overdue" {
			overdue[string(n.Spec.Record.Name)+" "+n.Spec.To.Name]++
		}
	}
	w.Expect(overdue).To(And(HaveKeyWithValue("missed cleo", 1), HaveKeyWithValue("punctual cleo", 1), HaveKeyWithValue("fresh cleo", 1)))
}

// wokenAt waits until a manager is at rest and nothing but the clock will wake it, at a moment.
func (w *world) wokenAt(l *life, moment time.Time) {
	w.EventuallyWithOffset(1, func() time.Time { at, _ := l.Wheel.Next(); return at }).Should(BeTemporally("==", moment))
}

// While the manager runs a deadline fires at its moment, by itself.
func TestDeadlineFiresAtItsMoment(t *testing.T) {
	w := newWorld(t)
	life := w.manage()
	w.complain("c1")
	w.until("c1", HaveField("NextDeadline.Time", BeTemporally("==", start.Add(24*time.Hour))))
	w.told() // a message under way when the clock leaps waits for a second that does not come by itself
	w.clock.SetTime(start.Add(20 * time.Hour))
	w.Eventually(func() int { return len(w.happened(w.complaint("c1"), v1alpha1.EventReminded)) }).Should(Equal(1))
	w.told()
	w.wokenAt(life, start.Add(24*time.Hour+time.Second))
	w.clock.SetTime(start.Add(24*time.Hour + time.Second))
	c := w.until("c1", state(v1alpha1.CaseOverdue))
	w.Expect(w.happened(c, v1alpha1.EventDeadlineMissed)).To(ConsistOf(HaveField("Text", Not(ContainSubstring("late")))))
}

// Of two managers one works; when it stops the other goes on.
func TestLeaderElection(t *testing.T) {
	w := newWorld(t)
	elect := func(o *operator.Options) { o.LeaderElection = true }
	first := w.manage(elect)
	<-first.Elected()
	second := w.manage(elect)
	w.complain("c1")
	w.until("c1", HaveField("Run", Not(BeNil())))
	select {
	case <-second.Elected():
		t.Fatal("both lead")
	default:
	}
	var leases coordinationv1.LeaseList
	w.Expect(admin.List(w.ctx, &leases, client.InNamespace(install.Namespace))).To(Succeed())
	w.Expect(leases.Items).To(ContainElement(HaveField("Name", HaveSuffix("crisis.tocsin.dev"))))
	first.stop()
	w.Eventually(second.Elected()).Should(BeClosed())
	w.do(w.task("c1", "checkFacts"), amy, v1alpha1.TaskAct{Verb: v1alpha1.TaskComplete, Outcome: "founded"})
	w.do(w.task("c1", "settle"), amy, v1alpha1.TaskAct{Verb: v1alpha1.TaskComplete})
	c := w.until("c1", state(v1alpha1.CaseClosed))
	w.Expect(w.happened(c, v1alpha1.EventRunStarted)).To(HaveLen(1))
	w.Expect(logged.String()).NotTo(ContainSubstring("is forbidden"), "the manager has the rights it needs")
}
