package controllers

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/event"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/drill"
)

// A change of a schedule counts from then on: a drill that lay before it was never asked for.
func TestChangedDrillScheduleCallsNoPastDrill(t *testing.T) {
	w := newWorld(t)
	w.drill("daily", v1alpha1.DrillScheduleSpec{Cron: "0 10 * * *", Suspend: v1alpha1.SuspendYes})
	w.called("daily")
	w.pass(72 * time.Hour) // three times 10:00 have passed; it is 9:00

	t.Log("unsuspended")
	ds := read(w, "daily", &v1alpha1.DrillSchedule{})
	ds.Spec.Suspend = v1alpha1.SuspendNo
	w.Expect(w.admin.Update(w.ctx, ds)).To(Succeed())
	ds = w.called("daily")
	w.Expect(w.drillsCalled()).To(BeEmpty())
	w.Expect(ds.Status.NextAt.Time).To(BeTemporally("==", start.Add(73*time.Hour)))
	w.pass(time.Hour)
	ds = w.called("daily")
	w.Expect(w.drillsCalled()).To(HaveLen(1))

	t.Log("put to an hour that has passed today")
	w.pass(2 * time.Hour)
	ds.Spec.Cron = "30 11 * * *"
	w.Expect(w.admin.Update(w.ctx, ds)).To(Succeed())
	ds = w.called("daily")
	w.Expect(w.drillsCalled()).To(HaveLen(1))
	w.Expect(ds.Status.NextAt.Time).To(BeTemporally("==", start.Add(72*time.Hour+26*time.Hour+30*time.Minute)))

	t.Log("a single drill whose date passed while it was suspended says that it never comes")
	w.drill("single", v1alpha1.DrillScheduleSpec{At: metav1.NewTime(w.clock.Now().Add(time.Hour)), Suspend: v1alpha1.SuspendYes})
	w.called("single")
	w.pass(2 * time.Hour)
	ds = read(w, "single", &v1alpha1.DrillSchedule{})
	ds.Spec.Suspend = v1alpha1.SuspendNo
	w.Expect(w.admin.Update(w.ctx, ds)).To(Succeed())
	w.Expect(w.condition(w.called("single").Status.Conditions, "Ready")).To(states(metav1.ConditionFalse, "NeverFires", 2))
	w.Expect(w.drillsCalled()).To(HaveLen(1))
}

// An edit made while the manager was away counts from the edit, not from the manager's return.
func TestDrillIsCountedFromTheEdit(t *testing.T) {
	at := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	stamp := func(subresource string, d time.Duration) metav1.ManagedFieldsEntry {
		when := metav1.NewTime(at.Add(d))
		return metav1.ManagedFieldsEntry{Subresource: subresource, Time: &when}
	}
	ds := &v1alpha1.DrillSchedule{
		ObjectMeta: metav1.ObjectMeta{
			Generation: 2, CreationTimestamp: metav1.NewTime(at.AddDate(0, 0, -7)),
			ManagedFields: []metav1.ManagedFieldsEntry{stamp("", -48*time.Hour), stamp("", -3*time.Hour), stamp("status", 0)},
		},
		Spec:   v1alpha1.DrillScheduleSpec{Cron: "0 10 * * *"},
		Status: v1alpha1.DrillScheduleStatus{ObservedGeneration: 1, NextAt: metav1.NewTime(at.AddDate(0, 0, -5))},
	}
	g := NewWithT(t)
	due, _, wrong := drill.Times(ds, at)
	g.Expect(wrong).To(BeNil())
	g.Expect(due).To(BeTemporally("==", at.Add(-2*time.Hour)), "edited at 9, the drill at 10 was missed")
	ds.ManagedFields[1].Time.Time = at.Add(-time.Hour)
	due, next, _ := drill.Times(ds, at)
	g.Expect(due).To(BeZero(), "edited at 11, the drill at 10 was not asked for")
	g.Expect(next).To(BeTemporally("==", at.Add(22*time.Hour)))

	ds.Spec = v1alpha1.DrillScheduleSpec{At: metav1.NewTime(at.Add(-2 * time.Hour))}
	_, _, wrong = drill.Times(ds, at)
	g.Expect(wrong).NotTo(BeNil())
	g.Expect(wrong.Reason).To(Equal("NeverFires"))
	yes := true
	ds.Generation, ds.OwnerReferences = 1, []metav1.OwnerReference{{Controller: &yes}}
	due, _, wrong = drill.Times(ds, at)
	g.Expect(wrong).To(BeNil())
	g.Expect(due).To(BeTemporally("==", ds.Spec.At.Time), "what a playbook scheduled is called however late it was written")
}

// A schedule is ready when a drill could begin; what was due before is called once it can.
func TestDrillWaitsForPlaybookAndTeam(t *testing.T) {
	w := newWorld(t)
	w.drill("daily", v1alpha1.DrillScheduleSpec{Cron: "0 10 * * *", Playbook: "crisis-response", Team: "crisis"})
	ready := func() metav1.Condition { return w.condition(w.called("daily").Status.Conditions, "Ready") }
	w.Expect(ready()).To(And(states(metav1.ConditionFalse, "PlaybookNotReady", 1), HaveField("Message", ContainSubstring(`no Playbook "crisis-response"`))))
	w.apply(crisisYAML)
	w.Expect(ready()).To(HaveField("Message", ContainSubstring("no verified revision")))
	w.must(w.playbooks, "crisis-response")
	w.Expect(ready()).To(And(states(metav1.ConditionFalse, "UnknownTeam", 1), HaveField("Message", ContainSubstring(`no ResponseTeam "crisis"`))))
	w.pass(2 * time.Hour)
	w.Expect(ready()).To(HaveField("Message", ContainSubstring("2026-03-02T10:00:00Z is called as soon as")))
	w.Expect(w.drillsCalled()).To(BeEmpty())
	w.apply(teamsYAML)
	w.Expect(ready()).To(states(metav1.ConditionTrue, "Scheduled", 1))
	w.Expect(w.drillsCalled()).To(HaveLen(1))

	t.Log("what refers to the playbook or the team is judged again when they change")
	old, pb := &v1alpha1.Playbook{}, &v1alpha1.Playbook{Status: v1alpha1.PlaybookStatus{Revision: &v1alpha1.RevisionReference{Name: "r"}}}
	w.Expect(usableChanged.Update(event.UpdateEvent{ObjectOld: old, ObjectNew: pb})).To(BeTrue())
	w.Expect(usableChanged.Update(event.UpdateEvent{ObjectOld: pb, ObjectNew: pb})).To(BeFalse())
	w.Expect(usableChanged.Create(event.CreateEvent{}) && usableChanged.Delete(event.DeleteEvent{}) && comesOrGoes.Delete(event.DeleteEvent{})).To(BeTrue())
}
