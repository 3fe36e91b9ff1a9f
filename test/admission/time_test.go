package admission

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
)

const timeCheck = "tocsin-time-check"

// TestAnActCarriesTheTimeItWasWritten: filled in where it is left out, and nobody backdates one.
func TestAnActCarriesTheTimeItWasWritten(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	at := func(id string, d time.Duration) v1alpha1.TaskAct {
		return v1alpha1.TaskAct{ID: id, Verb: v1alpha1.TaskAcknowledge, At: metav1.NewTime(time.Now().Add(d).Truncate(time.Second))}
	}
	o := task(t, "default")
	_, err := answer(t, as(t, amy), o, at("1", -10*time.Minute))
	g.Expect(err).To(BeRefusedBy(timeCheck, "act '1' says it was done at", "but is written at", "Leave out at, or set your clock"))
	_, err = answer(t, as(t, amy), o, at("1", 10*time.Minute))
	g.Expect(err).To(BeRefusedBy(timeCheck, "give or take a minute"))
	_, err = answer(t, admin(t), o, at("1", -10*time.Minute))
	g.Expect(err).To(HaveOccurred())
	o, err = answer(t, as(t, amy), o, at("1", -20*time.Second))
	g.Expect(err).NotTo(HaveOccurred(), "clocks differ a little")
	own := o.Spec.Acts[0].At
	o, err = answer(t, as(t, amy), o, v1alpha1.TaskAct{ID: "2", Verb: v1alpha1.TaskResume})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(o.Spec.Acts[0].At).To(Equal(own), "what the writer gave is kept")
	g.Expect(o.Spec.Acts[1].At.Time).To(BeTemporally("~", time.Now(), 30*time.Second))

	c, err := decide(t, as(t, cai), complaint(t, "default"), v1alpha1.RecordAct{ID: "1", Verb: v1alpha1.RecordComment, Reason: "Hello."})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(c.Spec.Acts[0].By).To(BeEquivalentTo(cai))
	g.Expect(c.Spec.Acts[0].At.Time).To(BeTemporally("~", time.Now(), 30*time.Second))
	_, err = decide(t, as(t, cai), c, v1alpha1.RecordAct{ID: "2", Verb: v1alpha1.RecordComment, Reason: "Hello.",
		At: metav1.NewTime(time.Now().Add(-time.Hour).Truncate(time.Second))})
	g.Expect(err).To(BeRefusedBy(timeCheck, "act '2' says"))
}

// TestManagedFieldsDoNotMoveTheTime: a writer may send managedFields along, but the API server adds the entry of this
// write, and gives it the act.
func TestManagedFieldsDoNotMoveTheTime(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	forge := func(d time.Duration) error {
		o := task(t, "default")
		then := metav1.NewTime(time.Now().Add(d).Truncate(time.Second))
		o.ManagedFields = append(o.ManagedFields, metav1.ManagedFieldsEntry{
			Manager: "forger", Operation: metav1.ManagedFieldsOperationUpdate, APIVersion: v1alpha1.GroupVersion.String(),
			Time: &then, FieldsType: "FieldsV1", FieldsV1: metav1.NewFieldsV1(`{"f:spec":{"f:step":{}}}`),
		})
		o.Spec.Acts = []v1alpha1.TaskAct{{ID: "1", Verb: v1alpha1.TaskAcknowledge, By: amy, At: then}}
		return as(t, amy).Update(t.Context(), o, client.FieldOwner("amy"))
	}
	g.Expect(forge(0)).To(Succeed())
	g.Expect(forge(-time.Hour)).To(BeRefusedBy(timeCheck))
	g.Expect(forge(time.Hour)).To(BeRefusedBy(timeCheck, "says it was done at"))
}

// TestAnActIsInTimeWhileTheManagerIsStopped: none runs in these tests; the time of the act is that of the write all the
// same, so that what was acknowledged meanwhile is not late.
func TestAnActIsInTimeWhileTheManagerIsStopped(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	due := metav1.NewTime(time.Now().Add(time.Minute).Truncate(time.Second))
	o := task(t, "default", func(o *v1alpha1.ResponseTask) { o.Spec.Assignment.DueAt = due })
	o, err := answer(t, as(t, amy), o, v1alpha1.TaskAct{ID: "1", Verb: v1alpha1.TaskAcknowledge})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(o.Spec.Acts[0].At.Before(&due)).To(BeTrue())
}

// TestNothingWasReceivedInTheFuture, or in another age; clocks that differ a little turn nobody away.
func TestNothingWasReceivedInTheFuture(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	hotline := as(t, "hotline", "tocsin:intake")
	received := func(at time.Time) *v1alpha1.Complaint {
		o := newComplaint("default")
		o.Spec.ReceivedAt = metav1.NewTime(at.Truncate(time.Second))
		return o
	}
	g.Expect(hotline.Create(t.Context(), received(time.Now().Add(8*time.Hour)))).
		To(BeRefusedBy("tocsin-time-received", "nothing was received in the future", "leave it out"), "local time taken for UTC")
	g.Expect(hotline.Create(t.Context(), received(time.Now().Add(2*time.Minute)))).To(Succeed())
	g.Expect(hotline.Create(t.Context(), received(time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC)))).To(Succeed())
	g.Expect(hotline.Create(t.Context(), received(time.Unix(0, 0)))).To(BeRefusedBy("tocsin-record-created", "before 1990"))

	later := func(at time.Time) error {
		o := complaint(t, "default", func(o *v1alpha1.Complaint) { o.Spec.ReceivedAt = metav1.Time{} })
		o.Spec.ReceivedAt = metav1.NewTime(at.Truncate(time.Second))
		return as(t, cai).Update(t.Context(), o)
	}
	g.Expect(later(time.Now().Add(time.Hour))).To(BeRefusedBy("tocsin-time-received"))
	g.Expect(later(time.Unix(0, 0))).To(BeRefusedBy(recordFacts, "before 1990"))
	g.Expect(later(time.Now().Add(-time.Hour))).To(Succeed())
}
