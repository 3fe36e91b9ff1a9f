package controllers

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// waitsForContain is the crisis playbooks, with complaints that wait for a step of their incident and tell of it.
var waitsForContain = strings.NewReplacer(
	"wait: {until: incident.closed}", "wait: {until: incident.steps.contain.ended}",
	"  - name: close\n    needs: [over]", "  - name: tellOver\n    needs: [over]\n    notify: {to: [complainant], template: reminder}\n  - name: close\n    needs: [tellOver]",
).Replace(crisisYAML)

func TestPlaybookKnowsTheStepsOfTheIncidentItRaises(t *testing.T) {
	w := newWorld(t)
	w.apply(teamsYAML)
	verified := func() metav1.Condition {
		w.verify()
		return w.condition(read(w, "crisis-case", &v1alpha1.Playbook{}).Status.Conditions, "Verified")
	}
	w.apply(strings.Split(waitsForContain, "\n---\n")[0])
	w.Expect(verified()).To(And(HaveField("Status", metav1.ConditionFalse), HaveField("Message", ContainSubstring("raises no incident whose steps could be looked at"))))

	t.Log("the incident's playbook comes: its steps are known")
	w.apply(waitsForContain)
	w.Expect(verified()).To(HaveField("Status", metav1.ConditionTrue))
	first := *read(w, "crisis-case", &v1alpha1.Playbook{}).Status.Revision

	t.Log("the step is called otherwise: that is said, and new runs keep the revision that fitted")
	w.apply(strings.NewReplacer("name: contain", "name: hold", "needs: [contain]", "needs: [hold]").Replace(waitsForContain))
	w.Expect(verified()).To(And(HaveField("Status", metav1.ConditionFalse), HaveField("Message",
		And(ContainSubstring("spec.steps[1].wait.until"), ContainSubstring("the incident has no step contain at the top"), ContainSubstring("hold")))))
	w.Expect(*read(w, "crisis-case", &v1alpha1.Playbook{}).Status.Revision).To(Equal(first))
}

// The manager ends after each of the notices was written and before the complaint could say so: nobody is told twice.
func TestDecisionOfAnIncidentReachesEachOfItsComplaintsOnce(t *testing.T) {
	w := newWorld(t)
	w.furnish()
	w.apply(waitsForContain)
	w.verify()
	for _, name := range []string{"a", "b", "c"} {
		w.complain(name, hazard)
	}
	w.settle()
	incident := string(w.complaint("a").Status.Incident.Name)
	told := func() (n int) {
		for _, notice := range w.notices() {
			if notice.Spec.Template == "reminder" {
				n++
			}
		}
		return n
	}
	w.Expect(told()).To(BeZero())
	w.act(w.task(incident, "contain"), eve, v1alpha1.TaskAct{Verb: v1alpha1.TaskComplete})
	w.must(w.incidents, incident)
	for _, name := range []string{"a", "b", "c"} {
		w.before = failOnce("status Complaint")
		w.Expect(w.once(w.complaints, name)).To(MatchError(errCut))
		w.restart()
	}
	w.Expect(told()).To(Equal(3), "each was written before the manager ended")
	w.before = nil
	w.settle()
	w.Expect(told()).To(Equal(3))
	for _, name := range []string{"a", "b", "c"} {
		w.Expect(step(w.complaint(name).Status.Run, "tellOver").State).To(Equal(v1alpha1.StepDone))
		w.task(name, "close")
	}
}

// What came in before the matter became a crisis is raised and joins it where the policy says so, whoever is looked at first.
func TestComplaintsOfTheMatterJoinTheCrisisThatALaterOneRaised(t *testing.T) {
	w := newWorld(t)
	w.furnish()
	w.apply(strings.Replace(triageYAML, "  - {name: agitated,", "  - {name: same-matter, level: crisis, when: incident.exists, reason: the matter is a crisis already}\n  - {name: agitated,", 1))
	w.verify()
	kettle := product("kettle")
	w.complain("early", kettle)
	w.complain("lowered", kettle)
	w.complain("other", product("lamp"))
	w.settle()
	w.Expect(w.complaint("early").Status.Grading.Level).To(BeEquivalentTo("general"))
	w.complain("late", hazard)
	w.settle()
	for _, name := range []string{"early", "lowered", "late"} {
		w.Expect(w.complaint(name).Status.Incident).To(Equal(w.complaint("late").Status.Incident), name)
		w.Expect(w.complaint(name).Status.Grading.Level).To(BeEquivalentTo("crisis"))
	}
	w.Expect(w.complaint("early").Status.Grading.Rule).To(Equal("same-matter"))
	w.Expect(w.complaint("other").Status.Incident).To(BeNil())

	t.Log("a person says that one of them is not: it is not raised again")
	w.decide(w.complaint("lowered"), cleo, v1alpha1.RecordAct{Verb: v1alpha1.RecordLower, Level: "general", Reason: "another kettle"})
	w.settle()
	w.Expect(w.complaint("lowered").Status.Grading.Level).To(BeEquivalentTo("general"))

	t.Log("an exercise is no crisis")
	drill := newWorld(t)
	drill.furnish()
	drill.apply(strings.Replace(triageYAML, "  - {name: agitated,", "  - {name: same-matter, level: crisis, when: incident.exists, reason: the matter is a crisis already}\n  - {name: agitated,", 1))
	drill.verify()
	drill.create(&v1alpha1.CrisisIncident{ObjectMeta: metav1.ObjectMeta{Name: "exercise"}, Spec: v1alpha1.CrisisIncidentSpec{
		Title: "kettle", Level: "crisis", Playbook: "crisis-response", Team: "crisis", Drill: &v1alpha1.Drill{Schedule: "manual"}}})
	drill.complain("a", kettle)
	drill.settle()
	drill.Expect(drill.complaint("a").Status.Grading.Level).To(BeEquivalentTo("general"))
}
