package controllers

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/drill"
)

// drill makes a schedule. Unless the spec names others, its playbook and team are there.
func (w *world) drill(name string, spec v1alpha1.DrillScheduleSpec) {
	if spec.Playbook == "" {
		spec.Playbook, spec.Team = "crisis-response", "crisis"
		w.apply(teamsYAML)
		w.apply(crisisYAML)
		w.must(w.playbooks, "crisis-response")
	}
	w.create(&v1alpha1.DrillSchedule{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: spec})
}

// called reconciles a schedule and reads it back.
func (w *world) called(name string) *v1alpha1.DrillSchedule {
	w.must(w.drills, name)
	return read(w, name, &v1alpha1.DrillSchedule{})
}

func (w *world) drillsCalled() []v1alpha1.CrisisIncident {
	var list v1alpha1.CrisisIncidentList
	w.ExpectWithOffset(1, w.admin.List(w.ctx, &list, client.InNamespace(w.ns))).To(Succeed())
	return list.Items
}

func TestDrillIsCalledWhenItIsDue(t *testing.T) {
	w := newWorld(t)
	w.drill("monthly", v1alpha1.DrillScheduleSpec{Cron: "0 10 1 * *", TimeZone: "Asia/Shanghai"})
	ds := w.called("monthly")
	w.Expect(w.condition(ds.Status.Conditions, "Ready")).To(states(metav1.ConditionTrue, "Scheduled", 1))
	w.Expect(ds.Status.ObservedGeneration).To(Equal(int64(1)))
	due := time.Date(2026, 4, 1, 2, 0, 0, 0, time.UTC)
	w.Expect(ds.Status.NextAt.Time).To(BeTemporally("==", due))
	w.Expect(w.drillsCalled()).To(BeEmpty())

	t.Log("a second before nothing, at the moment one drill, and not again")
	w.clock.SetTime(due.Add(-time.Second))
	before := w.written()
	w.called("monthly")
	w.Expect(w.written()).To(Equal(before))
	w.clock.SetTime(due)
	ds = w.called("monthly")
	w.Expect(ds.Status.Drills).To(Equal(int32(1)))
	w.Expect(ds.Status.LastAt.Time).To(BeTemporally("==", due))
	w.Expect(ds.Status.NextAt.Time).To(BeTemporally("==", due.AddDate(0, 1, 0)))
	drill := w.incident(string(ds.Status.LastIncident))
	w.Expect(drill.Spec.Drill).To(HaveValue(HaveField("Schedule", "monthly")))
	w.Expect(drill.Spec).To(And(HaveField("Playbook", BeEquivalentTo("crisis-response")), HaveField("Team", BeEquivalentTo("crisis")), HaveField("Level", BeEquivalentTo("drill"))))
	before = w.written()
	w.called("monthly")
	w.Expect(w.written()).To(Equal(before))

	t.Log("several missed ones are called once together, late")
	w.clock.SetTime(due.AddDate(0, 3, 1))
	ds = w.called("monthly")
	w.Expect(ds.Status.Drills).To(Equal(int32(2)))
	w.Expect(ds.Status.LastAt.Time).To(BeTemporally("==", due.AddDate(0, 3, 0)))
	w.Expect(w.drillsCalled()).To(HaveLen(2))

	t.Log("suspended, none is called")
	ds.Spec.Suspend = v1alpha1.SuspendYes
	w.Expect(w.admin.Update(w.ctx, ds)).To(Succeed())
	w.clock.SetTime(due.AddDate(0, 4, 1))
	ds = w.called("monthly")
	w.Expect(ds.Status.NextAt.IsZero()).To(BeTrue())
	w.Expect(w.drillsCalled()).To(HaveLen(2))
}

// A crash between the drill and the status, and a lost race for the status, lead to no second drill.
func TestDrillIsCalledOnceWhateverHappens(t *testing.T) {
	w := newWorld(t)
	w.drill("daily", v1alpha1.DrillScheduleSpec{Cron: "0 10 * * *"})
	w.called("daily")
	w.pass(90 * time.Minute)
	w.before = failOnce("status DrillSchedule")
	w.Expect(w.once(w.drills, "daily")).NotTo(Succeed())
	w.Expect(w.drillsCalled()).To(HaveLen(1))
	w.restart()
	ds := w.called("daily")
	w.Expect(ds.Status.Drills).To(Equal(int32(1)))
	w.Expect(w.drillsCalled()).To(HaveLen(1))
}

func TestDrillAtADate(t *testing.T) {
	w := newWorld(t)
	w.drill("single", v1alpha1.DrillScheduleSpec{At: metav1.NewTime(start.Add(time.Hour))})
	w.Expect(w.called("single").Status.NextAt.Time).To(BeTemporally("==", start.Add(time.Hour)))
	w.pass(2 * time.Hour)
	ds := w.called("single")
	w.Expect(ds.Status.Drills).To(Equal(int32(1)))
	w.Expect(ds.Status.NextAt.IsZero()).To(BeTrue())
	w.called("single")
	w.Expect(w.drillsCalled()).To(HaveLen(1))

	t.Log("put to a later date it is called again")
	ds.Spec.At = metav1.NewTime(start.Add(3 * time.Hour))
	w.Expect(w.admin.Update(w.ctx, ds)).To(Succeed())
	w.Expect(w.called("single").Status.NextAt.Time).To(BeTemporally("==", start.Add(3*time.Hour)))
	w.pass(time.Hour)
	w.Expect(w.called("single").Status.Drills).To(Equal(int32(2)))
}

func TestDrillScheduleThatCannotBeRead(t *testing.T) {
	w := newWorld(t)
	for name, c := range map[string]struct {
		spec            v1alpha1.DrillScheduleSpec
		reason, message string
	}{
		"minute": {v1alpha1.DrillScheduleSpec{Cron: "61 10 * * *"}, "BadCron", "spec.cron"},
		"fields": {v1alpha1.DrillScheduleSpec{Cron: "0 10 * * * *"}, "BadCron", "five fields"},
		"every":  {v1alpha1.DrillScheduleSpec{Cron: "@every 10s"}, "BadCron", "spec.cron"},
		"before": {v1alpha1.DrillScheduleSpec{Cron: "-1 10 * * *"}, "BadCron", `the minute "-1" cannot be read; write 0 to 59`},
		"inside": {v1alpha1.DrillScheduleSpec{Cron: "TZ=Asia/Shanghai 0 10 * * *"}, "BadCron", "spec.timeZone"},
		"zone":   {v1alpha1.DrillScheduleSpec{Cron: "0 10 * * *", TimeZone: "Asia/Nowhere"}, "UnknownTimeZone", "Asia/Nowhere"},
		"never":  {v1alpha1.DrillScheduleSpec{Cron: "0 0 30 2 *"}, "NeverFires", "day of month"},
		"past":   {v1alpha1.DrillScheduleSpec{At: metav1.NewTime(start.Add(-time.Hour))}, "NeverFires", "spec.at"},
		"local":  {v1alpha1.DrillScheduleSpec{Cron: "0 10 * * *", TimeZone: "Local"}, "UnknownTimeZone", "Local"},
	} {
		w.drill(name, c.spec)
		ds := w.called(name)
		w.Expect(w.condition(ds.Status.Conditions, "Ready")).To(And(states(metav1.ConditionFalse, c.reason, 1), HaveField("Message", ContainSubstring(c.message))), name)
		w.Expect(ds.Status.NextAt.IsZero()).To(BeTrue())
	}
	w.pass(48 * time.Hour)
	w.called("zone")
	w.Expect(w.drillsCalled()).To(BeEmpty())
	ds := read(w, "zone", &v1alpha1.DrillSchedule{})
	ds.Spec.TimeZone = "Asia/Shanghai"
	w.Expect(w.admin.Update(w.ctx, ds)).To(Succeed())
	w.Expect(w.condition(w.called("zone").Status.Conditions, "Ready")).To(states(metav1.ConditionTrue, "Scheduled", 2))
}

func TestDrillTimes(t *testing.T) {
	at := func(text string) time.Time {
		v, err := time.Parse(time.RFC3339, text)
		NewWithT(t).Expect(err).NotTo(HaveOccurred())
		return v
	}
	schedule := func(cron, zone, created string) *v1alpha1.DrillSchedule {
		return &v1alpha1.DrillSchedule{
			ObjectMeta: metav1.ObjectMeta{Generation: 1, CreationTimestamp: metav1.NewTime(at(created))},
			Spec:       v1alpha1.DrillScheduleSpec{Cron: cron, TimeZone: zone},
		}
	}
	t.Run("a leap day four years ahead is not forgotten", func(t *testing.T) {
		g := NewWithT(t)
		ds := schedule("0 10 29 2 *", "", "2025-01-01T00:00:00Z")
		_, next, wrong := drill.Times(ds, at("2025-01-01T00:00:00Z"))
		g.Expect(wrong).To(BeNil())
		g.Expect(next).To(BeTemporally("==", at("2028-02-29T10:00:00Z")))
		ds.Status = v1alpha1.DrillScheduleStatus{ObservedGeneration: 1, NextAt: metav1.NewTime(next)}
		due, _, _ := drill.Times(ds, at("2028-02-29T10:00:00Z"))
		g.Expect(due).To(BeTemporally("==", next))
	})
	t.Run("a clock behind the API server's", func(t *testing.T) {
		g := NewWithT(t)
		ds := schedule("0 10 * * *", "", "2026-06-01T00:00:00Z")
		due, next, _ := drill.Times(ds, at("2026-03-02T09:00:00Z"))
		g.Expect(due).To(BeZero())
		g.Expect(next).To(BeTemporally("==", at("2026-03-02T10:00:00Z")))
		ds.Status = v1alpha1.DrillScheduleStatus{ObservedGeneration: 1, NextAt: metav1.NewTime(next)}
		due, next, _ = drill.Times(ds, at("2026-03-02T10:00:00Z"))
		g.Expect(due).To(BeTemporally("==", at("2026-03-02T10:00:00Z")))
		g.Expect(next).To(BeTemporally("==", at("2026-03-03T10:00:00Z")))
	})
	t.Run("the hour that comes twice counts once, the one that never comes is made up for", func(t *testing.T) {
		g := NewWithT(t)
		berlin := schedule("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z")
		called := 0
		var last time.Time
		for now := at("2026-10-24T12:00:00Z"); now.Before(at("2026-10-26T12:00:00Z")); now = now.Add(15 * time.Minute) {
			due, next, _ := drill.Times(berlin, now)
			if !due.IsZero() && due.After(last) {
				called, last = called+1, due
				berlin.Status.LastAt = metav1.NewTime(due)
			}
			berlin.Status.ObservedGeneration, berlin.Status.NextAt = 1, metav1.NewTime(next)
		}
		g.Expect(called).To(Equal(2), "the night of the 25th and that of the 26th")
		_, next, _ := drill.Times(schedule("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z"), at("2026-03-28T12:00:00Z"))
		g.Expect(next).To(BeTemporally("<", at("2026-03-29T12:00:00Z")))
	})
}
