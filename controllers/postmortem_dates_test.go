package controllers

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/casework"
	"tocsin.dev/tocsin/internal/playbook"
)

// revision stores the pinned playbook of the incident: nine to five in Shanghai.
func (w *postMortemWorld) revision() {
	closure := playbook.Closure{Name: "product-recall", Playbook: v1alpha1.PlaybookSpec{Calendar: "office"},
		Calendars: map[string]v1alpha1.BusinessCalendarSpec{"office": {TimeZone: "Asia/Shanghai",
			Hours: []v1alpha1.OpeningHours{{Days: []v1alpha1.Weekday{"Mon", "Tue", "Wed", "Thu", "Fri"}, From: "09:00", To: "17:00"}}}}}
	data, _, err := closure.Encode()
	w.Expect(err).NotTo(HaveOccurred())
	w.Expect(w.c.Create(w.ctx, &appsv1.ControllerRevision{ObjectMeta: metav1.ObjectMeta{Namespace: w.ns, Name: "product-recall-1",
		Labels: map[string]string{ManagedByLabel: ManagedBy, PolicyLabel: policyPlaybook}}, Data: runtime.RawExtension{Raw: data}, Revision: 1})).To(Succeed())
}

// edit has the owner of a post-mortem change it.
func (w *postMortemWorld) edit(pm *v1alpha1.PostMortem, change func(*v1alpha1.PostMortemSpec)) {
	w.Expect(w.admin.Get(w.ctx, client.ObjectKeyFromObject(pm), pm)).To(Succeed())
	change(&pm.Spec)
	w.Expect(w.admin.Update(w.ctx, pm)).To(Succeed())
}

// Corrective actions people add later have the date that the playbook gives, counted from when they were listed.
func TestCorrectiveActionsHaveADateByDefault(t *testing.T) {
	w := newPostMortemWorld(t)
	w.revision()
	w.tell(true, "The last call")
	pm := w.open(w.incident.UID, v1alpha1.CorrectiveAction{ID: "a", Text: "Rehearse", State: v1alpha1.CorrectiveOpen, DueAt: w.at(0)})
	w.edit(pm, func(spec *v1alpha1.PostMortemSpec) {
		spec.Due, spec.Revision = &v1alpha1.Span{Working: "2d"}, "product-recall-1"
		spec.Actions[0].DueAt = metav1.NewTime(w.clock.Now().Add(30 * 24 * time.Hour))
	})
	w.reconcile(pm)
	w.Expect(pm.Status.NextDueAt.Time).To(BeTemporally("==", pm.Spec.Actions[0].DueAt.Time))

	t.Log("a day later somebody adds one and names no date")
	w.clock.Step(24 * time.Hour) // Tuesday two in the afternoon over there
	w.edit(pm, func(spec *v1alpha1.PostMortemSpec) {
		spec.Actions = append(spec.Actions, v1alpha1.CorrectiveAction{ID: "b", Text: "Test every batch"})
	})
	w.reconcile(pm)
	due := time.Date(2026, 3, 5, 6, 0, 0, 0, time.UTC)
	w.Expect(pm.Status.NextDueAt.Time).To(BeTemporally("==", due))
	w.Expect(pm.Status.Actions).To(ContainElement(And(HaveField("ID", "b"), HaveField("DueAt.Time", BeTemporally("==", due)))))
	w.Expect(pm.Spec.Actions[1].DueAt.IsZero()).To(BeTrue(), "what people wrote stays as it is")
	w.Expect(w.woken[client.ObjectKeyFromObject(pm)]).To(BeTemporally("==", due))
	cm, err := w.document(pm)
	w.Expect(err).NotTo(HaveOccurred())
	w.Expect(cm.Data[DocumentMarkdown]).To(ContainSubstring("Test every batch (owner: nobody yet, due: 2026-03-05)"))

	t.Log("it stays where it is, and the action is overdue after it")
	w.clock.SetTime(due)
	w.reconcile(pm)
	w.Expect(pm.Status.NextDueAt.Time).To(BeTemporally("==", due))
	w.Expect(w.condition(pm, casework.ConditionActionsVerified).Reason).To(Equal(casework.ReasonActionsOverdue))

	t.Log("a date of its own comes first")
	w.edit(pm, func(spec *v1alpha1.PostMortemSpec) { spec.Actions[1].DueAt = metav1.NewTime(due.Add(time.Hour)) })
	w.reconcile(pm)
	w.Expect(pm.Status.NextDueAt.Time).To(BeTemporally("==", due.Add(time.Hour)))
}
