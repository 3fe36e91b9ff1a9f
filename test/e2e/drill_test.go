package e2e

import (
	"testing"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// The same playbook, once in earnest and once as a drill: stakeholders are told in earnest alone, staff in both, in the
// drill on the drill channel; the drill touches no statistic and goes the same way.
func TestInvariant8DrillReachesNobodyOutside(t *testing.T) {
	w := newWorld(t)
	w.manage()
	relieved := func(name string) {
		ci := w.untilIncident(name, HaveField("Commander", BeEquivalentTo(eve)))
		w.decide(ci, name, eve, v1alpha1.RecordAct{Verb: v1alpha1.RecordHandOver, Role: "commander", To: fay, Reason: "my shift ends"})
		w.untilIncident(name, HaveField("Commander", BeEquivalentTo(fay)))
		w.Eventually(func() v1alpha1.User { return w.task(name, "contain").Spec.Assignment.Assignee }).Should(BeEquivalentTo(fay))
	}
	w.raise("fire", false)
	w.task("fire", "contain")
	relieved("fire")
	w.do(w.task("fire", "contain"), fay, v1alpha1.TaskAct{Verb: v1alpha1.TaskComplete})
	live := w.untilIncident("fire", state(v1alpha1.CaseClosed))
	w.told()
	outside := HaveField("To", ContainElement(HaveSuffix("@regulator.example")))
	w.Expect(w.mail.All()).To(ContainElement(outside), "in earnest the regulator is told")
	w.Expect(w.hook.All()).To(BeEmpty(), "in earnest nothing goes to the drill channel")
	mails := len(w.mail.All())

	w.create(&v1alpha1.DrillSchedule{ObjectMeta: metav1.ObjectMeta{Name: "exercise"}, Spec: v1alpha1.DrillScheduleSpec{
		Playbook: "crisis-response", Team: "crisis", At: metav1.NewTime(w.clock.Now())}})
	var name string
	w.Eventually(func() v1alpha1.ObjectName {
		ds := get(w, "exercise", &v1alpha1.DrillSchedule{})
		name = string(ds.Status.LastIncident)
		return ds.Status.LastIncident
	}).ShouldNot(BeEmpty())
	contain := w.task(name, "contain")
	w.Expect(contain.Spec.Mode).To(Equal(v1alpha1.ModeDrill))
	relieved(name)
	w.do(contain, fay, v1alpha1.TaskAct{Verb: v1alpha1.TaskComplete})
	drill := w.untilIncident(name, state(v1alpha1.CaseClosed))
	w.told()

	w.Expect(w.mail.All()).To(HaveLen(mails), "the drill sends no mail at all: its channel is the webhook")
	staff := 0
	for _, n := range w.notices() {
		if string(n.Spec.Record.Name) != name {
			w.Expect(n.Spec.Mode).NotTo(Equal(v1alpha1.ModeDrill))
			continue
		}
		w.Expect(n.Spec.Mode).To(Equal(v1alpha1.ModeDrill))
		if n.Spec.To.Kind == v1alpha1.RecipientStakeholder {
			w.Expect(n.Status.State).To(Equal(v1alpha1.NoticeSuppressed))
			w.Expect(n.Status.Attempts).To(BeZero())
		} else {
			w.Expect(n.Status.State).To(Equal(v1alpha1.NoticeDelivered), n.Name)
			staff++
		}
	}
	w.Expect(staff).To(BeNumerically(">=", 8), "commander, spokesperson, the task, the team, the next commander and their task")
	w.Expect(w.hook.All()).To(HaveLen(staff))
	for _, m := range w.hook.All() {
		w.Expect(m.Mode).To(BeEquivalentTo(v1alpha1.ModeDrill))
	}

	t.Log("it went the same way")
	steps := func(ci *v1alpha1.CrisisIncident) (out []string) {
		for _, s := range ci.Status.Run.Steps {
			out = append(out, s.Name+" "+string(s.State)+" "+string(s.Outcome))
		}
		return out
	}
	w.Expect(steps(drill)).To(Equal(steps(live)))
	w.Expect(drill.Status.Run.Revision).To(Equal(live.Status.Run.Revision))
}
