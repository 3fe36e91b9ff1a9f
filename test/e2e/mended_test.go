package e2e

import (
	"slices"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/install"
)

// What a policy lacks shows on it, and when it is there nobody has to touch the policy again.
func TestPoliciesAreJudgedAgainWhenWhatTheyNameComes(t *testing.T) {
	w := newWorld(t)
	w.manage()
	w.create(&v1alpha1.DrillSchedule{ObjectMeta: metav1.ObjectMeta{Name: "exercise"}, Spec: v1alpha1.DrillScheduleSpec{
		Playbook: "later", Team: "reserve", Cron: "0 10 1 1 *"}})
	w.create(&v1alpha1.TriagePolicy{ObjectMeta: metav1.ObjectMeta{Name: "other"}, Spec: v1alpha1.TriagePolicySpec{
		DefaultLevel: "usual", Levels: []v1alpha1.Level{{Name: "usual", Playbook: "usual-case"}}}})
	reason := func() [2]string {
		said := func(conditions []metav1.Condition) string {
			if c := meta.FindStatusCondition(conditions, "Ready"); c != nil {
				return c.Reason
			}
			return ""
		}
		return [2]string{said(get(w, "exercise", &v1alpha1.DrillSchedule{}).Status.Conditions), said(get(w, "other", &v1alpha1.TriagePolicy{}).Status.Conditions)}
	}
	w.Eventually(reason).Should(Equal([2]string{"PlaybookNotReady", "PlaybookNotReady"}))
	w.apply(`
kind: Playbook
metadata: {name: later}
spec:
  for: CrisisIncident
  roles:
  - {name: commander, duty: commander}
  steps:
  - {name: wait, wait: {for: {elapsed: 1h}}}
---
kind: Playbook
metadata: {name: usual-case}
spec:
  for: Complaint
  steps:
  - {name: wait, wait: {for: {elapsed: 1h}}}
`)
	w.Eventually(reason).Should(Equal([2]string{"UnknownTeam", "Compiled"}))
	w.apply(`
kind: ResponseTeam
metadata: {name: reserve}
spec:
  members:
  - {name: eve, user: eve, duties: [commander], deputies: [fay]}
  - {name: fay, user: fay, duties: [commander], deputies: [eve]}
`)
	w.Eventually(reason).Should(Equal([2]string{"Scheduled", "Compiled"}))
	team := get(w, "reserve", &v1alpha1.ResponseTeam{})
	w.Expect(admin.Delete(w.ctx, team)).To(Succeed())
	w.Eventually(reason).Should(Equal([2]string{"UnknownTeam", "Compiled"}))
}

// A complaint that met a damaged ConfigMap of case numbers goes on by itself once it is gone.
func TestObstructionIsClearedByItself(t *testing.T) {
	w := newWorld(t)
	broken := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: w.ns, Name: "tocsin-case-numbers"}, Data: map[string]string{w.clock.Now().UTC().Format("20060102"): "many"}}
	w.Expect(w.as(install.ManagerUser).Create(w.ctx, broken)).To(Succeed(), "as if it had been there before Tocsin")
	w.manage()
	w.complain("kettle")
	w.Eventually(func() bool {
		return meta.IsStatusConditionTrue(w.complaint("kettle").Status.Conditions, "Obstructed")
	}).Should(BeTrue())
	w.Expect(admin.Delete(w.ctx, broken)).To(Succeed())
	w.clock.Step(5 * time.Minute)
	w.Eventually(func() string { return w.complaint("kettle").Status.CaseNumber }).ShouldNot(BeEmpty())
	w.Eventually(func() *metav1.Condition {
		return meta.FindStatusCondition(w.complaint("kettle").Status.Conditions, "Obstructed")
	}).Should(BeNil())
}

// Whoever leaves the team is asked nothing more from then on, in cases that run too.
func TestWhoLeavesTheTeamIsAskedNoMore(t *testing.T) {
	w := newWorld(t)
	w.manage()
	w.complain("kettle")
	asked := func() v1alpha1.User {
		var tasks v1alpha1.ResponseTaskList
		w.Expect(admin.List(w.ctx, &tasks, client.InNamespace(w.ns))).To(Succeed())
		for _, task := range tasks.Items {
			if task.Spec.Step == "checkFacts" {
				return task.Spec.Assignment.Assignee
			}
		}
		return ""
	}
	w.Eventually(asked).ShouldNot(BeEmpty())
	left := asked()
	team := get(w, "desk", &v1alpha1.ResponseTeam{})
	team.Spec.Members = slices.DeleteFunc(team.Spec.Members, func(m v1alpha1.Member) bool { return m.User == left })
	for i := range team.Spec.Members {
		team.Spec.Members[i].Deputies = slices.DeleteFunc(team.Spec.Members[i].Deputies, func(d v1alpha1.MemberName) bool { return string(d) == string(left) })
	}
	w.Expect(admin.Update(w.ctx, team)).To(Succeed())
	w.Eventually(asked).Should(And(Not(BeEmpty()), Not(Equal(left))))
	w.Eventually(func() []v1alpha1.User { return w.complaint("kettle").Status.Responders }).ShouldNot(ContainElement(left))
}
