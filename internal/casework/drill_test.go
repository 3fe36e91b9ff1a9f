package casework_test

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/casework"
)

func TestADrillIsCalledWhenItIsDueAndCanBegin(t *testing.T) {
	g := NewWithT(t)
	w := newWorld(t)
	var crisis string
	for name, pb := range w.playbooks {
		if pb.Spec.For == v1alpha1.RecordCrisisIncident {
			crisis = name
		}
	}
	at := start.Add(time.Hour)
	ds := &v1alpha1.DrillSchedule{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "daily", UID: "uid-daily", Generation: 1, CreationTimestamp: metav1.NewTime(start)},
		Spec: v1alpha1.DrillScheduleSpec{Playbook: v1alpha1.ObjectName(crisis), Team: "nobody", Cron: "0 10 * * *"}}
	turn := func(now time.Time) *casework.Exercise {
		e, err := casework.CallDrills(w, ds, now)
		g.Expect(err).NotTo(HaveOccurred())
		return e
	}
	g.Expect(turn(start)).To(Equal(&casework.Exercise{Wake: at}))
	g.Expect(turn(at).Call).To(BeNil())
	g.Expect(ds.Status.NextAt.UTC()).To(Equal(at))
	g.Expect(ds.Status.Conditions).To(ContainElement(And(HaveField("Reason", "UnknownTeam"), HaveField("Message", ContainSubstring("is called as soon as that is mended")))))

	t.Log("late, once its team is there, and once")
	ds.Spec.Team = v1alpha1.ObjectName(w.teams.Teams()[0])
	late := at.Add(time.Minute)
	called := turn(late)
	g.Expect(called.Call.Spec).To(And(HaveField("Level", BeEquivalentTo("drill")), HaveField("Drill", HaveValue(HaveField("Schedule", "daily"))), HaveField("Playbook", BeEquivalentTo(crisis))))
	g.Expect(called.Wake).To(Equal(at.AddDate(0, 0, 1)))
	g.Expect(ds.Status.Drills).To(BeEquivalentTo(1))
	g.Expect(turn(late).Call).To(BeNil())

	t.Log("suspended, none is called")
	ds.Spec.Suspend = v1alpha1.SuspendYes
	g.Expect(turn(at.AddDate(0, 0, 2))).To(Equal(&casework.Exercise{}))
}
