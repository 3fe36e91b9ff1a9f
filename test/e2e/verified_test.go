package e2e

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/meta"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// said is a condition: status and reason, and its message.
type said struct{ State, Message string }

// verdict is a condition of a playbook.
func (w *world) verdict(playbook, condition string) func() said {
	return func() said {
		c := meta.FindStatusCondition(get(w, playbook, &v1alpha1.Playbook{}).Status.Conditions, condition)
		if c == nil {
			return said{}
		}
		return said{string(c.Status) + " " + c.Reason, c.Message}
	}
}

// general is the general playbook of the policy, changed.
func general(change ...string) string {
	for _, doc := range strings.Split(policy, "\n---\n") {
		if strings.Contains(doc, "kind: Playbook\nmetadata: {name: general-case}") {
			return strings.NewReplacer(change...).Replace(doc)
		}
	}
	return ""
}

// A playbook in use is written so that it can get stuck: cases that run go on, new ones run what was verified, and it says how it
// gets stuck. Mended, new cases run it.
func TestAPlaybookInUseIsMadeUnsound(t *testing.T) {
	w := newWorld(t)
	w.manage()
	w.complain("before")
	running := w.task("before", "checkFacts")
	sound := *get(w, "general-case", &v1alpha1.Playbook{}).Status.Revision

	const settle, waits = "  - name: settle\n    needs: [checkFacts]\n",
		"  - name: agreed\n    needs: [checkFacts]\n    noDeadline: None.\n    wait: {until: 'steps.checkFacts.outcome == \"founded\"'}\n  - name: settle\n    needs: [agreed]\n"
	w.apply(general(settle, waits))
	w.Eventually(w.verdict("general-case", "Verified")).Should(And(HaveField("State", "False NotSound"), HaveField("Message", And(
		HavePrefix("spec.steps[2].wait.until: step agreed waits until"), ContainSubstring(`answers checkFacts with "unfounded"`)))))
	w.Expect(get(w, "general-case", &v1alpha1.Playbook{}).Status.Revision).To(HaveValue(Equal(sound)))
	w.complain("after")
	w.task("after", "checkFacts")
	w.Eventually(func() *v1alpha1.Run { return w.complaint("after").Status.Run }).Should(HaveValue(HaveField("Revision", sound)))
	w.do(running, "amy", v1alpha1.TaskAct{Verb: v1alpha1.TaskComplete, Outcome: "unfounded"})
	w.task("before", "settle")

	w.apply(general(settle, strings.Replace(waits, `steps.checkFacts.outcome == "founded"`, "steps.checkFacts.ended", 1)))
	w.Eventually(w.verdict("general-case", "Verified")).Should(HaveField("State", "True Sound"))
	w.complain("mended")
	w.Eventually(func() bool {
		run := w.complaint("mended").Status.Run
		return run != nil && run.Revision != sound
	}).Should(BeTrue())

	t.Log("a large one is proved by another worker, and then in force")
	w.apply(strings.Replace(manyHands(8, soundSteps), "metadata: {name: many}", "metadata: {name: large}", 1))
	w.Eventually(w.verdict("large", "Verified")).Should(HaveField("State", "True Sound"))
	w.Expect(get(w, "large", &v1alpha1.Playbook{}).Status.Revision).NotTo(BeNil())
}

// A team loses the only one who can take a part: that shows on the playbook by itself, and goes by itself.
func TestATeamLosesSomebodyWhoIsNeeded(t *testing.T) {
	w := newWorld(t)
	w.manage()
	w.Eventually(w.verdict("general-case", "Workable")).Should(HaveField("State", HavePrefix("True ")))
	team := get(w, "desk", &v1alpha1.ResponseTeam{})
	whole := *team.Spec.DeepCopy()
	team.Spec.Members = team.Spec.Members[:2]
	w.Expect(admin.Update(w.ctx, team)).To(Succeed())
	w.Eventually(w.verdict("general-case", "Workable")).Should(And(HaveField("State", "False Errors"), HaveField("Message", ContainSubstring("supervisor"))))
	pb := get(w, "general-case", &v1alpha1.Playbook{})
	w.Expect(meta.IsStatusConditionTrue(pb.Status.Conditions, "Verified")).To(BeTrue())
	w.Expect(pb.Status.Revision).NotTo(BeNil())

	team = get(w, "desk", &v1alpha1.ResponseTeam{})
	team.Spec = whole
	w.Expect(admin.Update(w.ctx, team)).To(Succeed())
	w.Eventually(w.verdict("general-case", "Workable")).Should(HaveField("State", HavePrefix("True ")))
	w.Expect(meta.FindStatusCondition(get(w, "general-case", &v1alpha1.Playbook{}).Status.Conditions, "Workable").ObservedGeneration).To(BeEquivalentTo(1))
}
