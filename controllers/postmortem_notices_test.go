package controllers

import (
	"slices"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/casework"
)

// told lists what was put into the outbox about a post-mortem, as "template action to name", sorted.
func (w *postMortemWorld) told(pm *v1alpha1.PostMortem) []string {
	var list v1alpha1.NoticeList
	w.Expect(w.c.List(w.ctx, &list, client.InNamespace(w.ns))).To(Succeed())
	var out []string
	for _, n := range list.Items {
		if string(n.Spec.PostMortem) == pm.Name {
			text := string(n.Spec.Template) + " " + n.Spec.Action + " to " + n.Spec.To.Name
			if n.Spec.Mode == v1alpha1.ModeDrill {
				text += ", as a drill"
			}
			out = append(out, text)
		}
	}
	slices.Sort(out)
	return out
}

func (w *postMortemWorld) team(members ...v1alpha1.Member) {
	w.Expect(w.admin.Create(w.ctx, &v1alpha1.ResponseTeam{ObjectMeta: metav1.ObjectMeta{Namespace: w.ns, Name: "crisis"},
		Spec: v1alpha1.ResponseTeamSpec{Members: members}})).To(Succeed())
}

// Owners are told what is theirs: the post-mortem, each corrective action, and that its date has passed.
func TestOwnersAreTold(t *testing.T) {
	w := newPostMortemWorld(t)
	w.team(v1alpha1.Member{Name: "wei", User: "li.wei", Duties: []v1alpha1.Identifier{"manager"}},
		v1alpha1.Member{Name: "min", User: "zhao.min", Duties: []v1alpha1.Identifier{"engineer"}})
	w.tell(true, "The last call")
	due := metav1.NewTime(w.clock.Now().Add(time.Hour))
	pm := w.open(w.incident.UID, v1alpha1.CorrectiveAction{ID: "a", Text: "Rehearse", Owner: "li.wei", DueAt: due})
	w.reconcile(pm)
	w.Expect(w.told(pm)).To(Equal([]string{"postMortemOpened  to wei"}), "and not of each action of their own")
	w.Expect(w.condition(pm, casework.ConditionOwnersTold).Status).To(Equal(metav1.ConditionTrue))

	t.Log("an action is given to somebody, and one to a stranger")
	w.edit(pm, func(spec *v1alpha1.PostMortemSpec) {
		spec.Actions = append(spec.Actions, v1alpha1.CorrectiveAction{ID: "b", Text: "Test every batch", Owner: "zhao.min", DueAt: due},
			v1alpha1.CorrectiveAction{ID: "c", Text: "Thank them", Owner: "stranger"})
	})
	w.reconcile(pm)
	w.reconcile(pm)
	w.Expect(w.told(pm)).To(Equal([]string{"actionAssigned b to min", "postMortemOpened  to wei"}), "once")
	w.Expect(w.condition(pm, casework.ConditionOwnersTold)).To(And(HaveField("Reason", casework.ReasonOwnerUnknown), HaveField("Message", ContainSubstring("stranger"))))

	t.Log("the date passes; what was done by then is nobody's debt")
	w.edit(pm, func(spec *v1alpha1.PostMortemSpec) { spec.Actions[0].State = v1alpha1.CorrectiveDone })
	w.clock.SetTime(due.Time)
	w.reconcile(pm)
	w.clock.Step(time.Hour)
	w.reconcile(pm)
	w.Expect(w.told(pm)).To(Equal([]string{"actionAssigned b to min", "actionOverdue b to min", "postMortemOpened  to wei"}))

	t.Log("what the status forgot after a crash is not said twice")
	pm.Status.OwnerTold, pm.Status.Actions = "", nil
	w.Expect(w.c.Status().Update(w.ctx, pm)).To(Succeed())
	w.reconcile(pm)
	w.Expect(w.told(pm)).To(HaveLen(3))

	t.Log("another date passes, and the post-mortem goes to somebody else")
	w.edit(pm, func(spec *v1alpha1.PostMortemSpec) {
		spec.Owner = "zhao.min"
		spec.Actions[1].DueAt = metav1.NewTime(w.clock.Now())
	})
	w.reconcile(pm)
	w.Expect(w.told(pm)).To(Equal([]string{"actionAssigned b to min", "actionOverdue b to min", "actionOverdue b to min", "postMortemOpened  to min", "postMortemOpened  to wei"}))
	cm, err := w.document(pm)
	w.Expect(err).NotTo(HaveOccurred())
	w.Expect(cm.Data[DocumentMarkdown]).NotTo(ContainSubstring("postMortemOpened"), "the document is about the matter, not about itself")
}

// After a drill its owners are told through channels for drills alone.
func TestOwnersOfADrillAreToldAsADrill(t *testing.T) {
	w := newPostMortemWorld(t)
	w.team(v1alpha1.Member{Name: "wei", User: "li.wei", Duties: []v1alpha1.Identifier{"manager"}})
	w.incident = &v1alpha1.CrisisIncident{ObjectMeta: metav1.ObjectMeta{Namespace: w.ns, Name: "exercise"}, Spec: w.incident.Spec}
	w.incident.Spec.Drill = &v1alpha1.Drill{Schedule: "quarterly"}
	w.Expect(w.c.Create(w.ctx, w.incident)).To(Succeed())
	pm := w.open(w.incident.UID)
	w.reconcile(pm)
	w.Expect(w.told(pm)).To(Equal([]string{"postMortemOpened  to wei, as a drill"}))
}
