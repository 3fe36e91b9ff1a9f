package controllers

import (
	"context"
	"slices"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/verify"
)

// look judges what is around the playbooks of the namespace, and lets them tell.
func (w *world) look() {
	_, err := w.around.Reconcile(context.Background(), ctrl.Request{NamespacedName: types.NamespacedName{Name: w.ns}})
	w.ExpectWithOffset(1, err).NotTo(HaveOccurred())
	w.verify()
}

// A team that loses the only one who can approve shows on the playbook, takes no revision back, and is forgotten once it is mended.
func TestPlaybookWhoseTeamChanges(t *testing.T) {
	w := newWorld(t)
	w.furnish()
	w.Expect(w.condition(read(w, "general-case", &v1alpha1.Playbook{}).Status.Conditions, "Workable")).To(states(metav1.ConditionUnknown, "BeingJudged", 1))
	w.look()
	workable := func() metav1.Condition {
		return w.condition(read(w, "general-case", &v1alpha1.Playbook{}).Status.Conditions, "Workable")
	}
	w.Expect(workable().Status).To(Equal(metav1.ConditionTrue))
	first := read(w, "general-case", &v1alpha1.Playbook{}).Status.Revision
	written := w.written()["status Playbook"]
	w.look()
	w.Expect(w.written()["status Playbook"]).To(Equal(written), "nothing new, nothing written")

	team := read(w, "desk", &v1alpha1.ResponseTeam{})
	whole := *team.Spec.DeepCopy()
	team.Spec.Members = slices.DeleteFunc(team.Spec.Members, func(m v1alpha1.Member) bool { return slices.Contains(m.Duties, "supervisor") })
	for i := range team.Spec.Members {
		team.Spec.Members[i].Deputies = nil
	}
	w.Expect(w.admin.Update(w.ctx, team)).To(Succeed())
	w.look()
	pb := read(w, "general-case", &v1alpha1.Playbook{})
	w.Expect(workable()).To(And(states(metav1.ConditionFalse, "Errors", 1), HaveField("Message", And(
		HavePrefix("error: spec.roles[1]"), ContainSubstring("supervisor"), ContainSubstring("[role-filled]")))))
	w.Expect(w.condition(pb.Status.Conditions, "Verified").Status).To(Equal(metav1.ConditionTrue))
	w.Expect(pb.Status.Revision).To(Equal(first))
	w.Expect(w.condition(pb.Status.Conditions, "Verified").ObservedGeneration).To(Equal(int64(1)))

	team = read(w, "desk", &v1alpha1.ResponseTeam{})
	team.Spec = whole
	w.Expect(w.admin.Update(w.ctx, team)).To(Succeed())
	w.look()
	w.Expect(workable().Status).To(Equal(metav1.ConditionTrue))
}

// deafYAML is the serious playbook with a wait that never ends where a step was done before its condition was asked, which happens
// only in a run that takes over; and with a step that happens only then.
var deafYAML = strings.Replace(seriousYAML, "  templates:\n", `  - {name: ask, noDeadline: None., task: {to: handler, outcomes: [calm, angry]}}
  - {name: settle, needs: [ask], when: steps.ask.outcome == "calm", task: {to: handler}, noDeadline: None.}
  - name: hear
    noDeadline: None.
    wait: {until: steps.ask.outcome == "calm" && steps.settle.ended || steps.ask.outcome == "angry" && steps.settle.skipped}
  - {name: known, when: steps.settle.done && !steps.ask.ended, notify: {to: [complainant], template: hello}}
  templates:
`, 1)

// What another playbook hands over is no fault of the text: the playbook is in force, and its surroundings are told with the whole
// story, as long as the levels bring it about.
func TestPlaybookThatGoesWrongAfterATakeOver(t *testing.T) {
	w := newWorld(t)
	w.furnish()
	unordered := strings.Replace(generalYAML, "    needs: [checkFacts]\n    task: {to: handler}\n    within: {elapsed: 48h}\n", "    task: {to: handler}\n    within: {elapsed: 48h}\n", 1)
	w.apply(unordered)
	w.apply(deafYAML)
	w.look()
	deaf := func(condition string) metav1.Condition {
		return w.condition(read(w, "serious-case", &v1alpha1.Playbook{}).Status.Conditions, condition)
	}
	w.Expect(deaf("Verified")).To(And(HaveField("Status", metav1.ConditionTrue), HaveField("Message", ContainSubstring("the step known never happens"))))
	w.Expect(deaf("Workable")).To(And(states(metav1.ConditionFalse, "Errors", 2), HaveField("Message", And(
		ContainSubstring("when it takes over from playbook general-case: "), ContainSubstring("[playbook-sound]\n"),
		ContainSubstring("the level changes, and playbook serious-case takes over from general-case"), Not(ContainSubstring("[step-happens]"))))))

	t.Log("without the level there is no take-over, and then the step never happens")
	apart := strings.Replace(triageYAML, "  - {name: serious, playbook: serious-case}\n", "  - {name: serious, playbook: crisis-case}\n", 1)
	w.apply(apart)
	w.look()
	w.Expect(deaf("Workable")).To(And(states(metav1.ConditionFalse, "Errors", 2), HaveField("Message", And(
		ContainSubstring("[step-happens]"), Not(ContainSubstring("[playbook-sound]"))))))

	t.Log("the webhook tells what a change of the levels or of a playbook would bring about, and refuses neither")
	policies, playbooks := &TriagePolicyRefusal{Shell: w.shell}, &PlaybookRefusal{Shell: w.shell}
	back := read(w, "default", &v1alpha1.TriagePolicy{})
	was := back.DeepCopy()
	back.Spec.Levels[1].Playbook = "serious-case"
	warned, err := policies.ValidateUpdate(w.ctx, was, back)
	w.Expect(err).NotTo(HaveOccurred())
	w.Expect(warned).To(ConsistOf(And(HavePrefix("playbook serious-case: spec.steps["), ContainSubstring("when it takes over from playbook general-case"), ContainSubstring("condition Workable"))))
	w.apply(triageYAML)
	w.apply(seriousYAML)
	deafer := read(w, "serious-case", &v1alpha1.Playbook{})
	fine := deafer.DeepCopy()
	w.apply(deafYAML)
	deafer = read(w, "serious-case", &v1alpha1.Playbook{})
	warned, err = playbooks.ValidateUpdate(w.ctx, fine, deafer)
	w.Expect(err).NotTo(HaveOccurred())
	w.Expect(warned).To(ContainElement(ContainSubstring("when it takes over from playbook general-case")))
	w.look()
	warned, err = playbooks.ValidateUpdate(w.ctx, fine, deafer)
	w.Expect(err).NotTo(HaveOccurred())
	w.Expect(warned).To(ConsistOf(ContainSubstring("the step known never happens")), "what the condition says already is not said again")

	t.Log("mended, nothing is found any more")
	w.apply(seriousYAML)
	w.look()
	w.Expect(deaf("Workable").Status).To(Equal(metav1.ConditionTrue))
}

// What was found is told worst first, with its story and its rule.
func TestWhatIsFoundAroundAPlaybook(t *testing.T) {
	g := NewWithT(t)
	warning := verify.Finding{Rule: "absence-covered", Severity: verify.Warning, Object: "Playbook/p", Field: "spec.roles[0]", Message: "one is too few", Advice: "add another"}
	wrong := verify.Finding{Rule: "role-filled", Severity: verify.Error, Object: "Playbook/p", Field: "spec.roles[1]", Message: "nobody is there", Story: []string{"Mon  anna is away", "Tue  nobody answers"}}
	status, reason, message := workable(around{findings: []verify.Finding{warning, wrong}})
	g.Expect(status).To(Equal(metav1.ConditionFalse))
	g.Expect(reason).To(Equal("Errors"))
	g.Expect(message).To(Equal("error: spec.roles[1]: nobody is there [role-filled]\n  Mon  anna is away\n  Tue  nobody answers\n" +
		"warning: spec.roles[0]: one is too few; add another [absence-covered]"))
	status, reason, _ = workable(around{findings: []verify.Finding{warning}})
	g.Expect(status).To(Equal(metav1.ConditionTrue))
	g.Expect(reason).To(Equal("Warnings"))
	_, _, message = workable(around{findings: slices.Repeat([]verify.Finding{{Severity: verify.Error, Message: strings.Repeat("x", 900)}}, 100)})
	g.Expect(len(message)).To(BeNumerically("<=", 32768))
	g.Expect(message).To(ContainSubstring("more"))
}

// Only those around which something else was found are told, and those that were written since.
func TestSurroundingsTellWhatChanged(t *testing.T) {
	g := NewWithT(t)
	s := &Surroundings{}
	written := func(name, uid string, generation int64) *v1alpha1.Playbook {
		return &v1alpha1.Playbook{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name, UID: types.UID(uid), Generation: generation}}
	}
	a, b := written("a", "1", 1), written("b", "2", 1)
	playbooks := map[string]*v1alpha1.Playbook{"a": a, "b": b}
	_, known := s.of(a)
	g.Expect(known).To(BeFalse())
	one := map[string][]verify.Finding{"a": {{Rule: "r", Message: "m"}}}
	g.Expect(s.put("shop", playbooks, one, nil)).To(Equal([]string{"a", "b"}), "the first look")
	g.Expect(s.put("shop", playbooks, one, nil)).To(BeEmpty())
	g.Expect(s.put("shop", playbooks, nil, nil)).To(Equal([]string{"a"}))
	is, known := s.of(b)
	g.Expect(known).To(BeTrue())
	g.Expect(is.findings).To(BeEmpty())

	edited, anew := written("b", "2", 2), written("b", "3", 1)
	for _, other := range []*v1alpha1.Playbook{edited, anew, written("c", "4", 1)} {
		_, known = s.of(other)
		g.Expect(known).To(BeFalse(), other.Name)
	}
	playbooks["b"] = edited
	g.Expect(s.put("shop", playbooks, nil, nil)).To(Equal([]string{"b"}), "it waits for that")
	playbooks["b"] = anew
	g.Expect(s.put("shop", playbooks, nil, nil)).To(Equal([]string{"b"}))
}

// Whether a playbook works is said of the text that was looked at, and of no other that comes under its name.
func TestAPlaybookIsNotCalledWorkableUnseen(t *testing.T) {
	w := newWorld(t)
	w.furnish()
	w.look()
	good := strings.Replace(generalYAML, "general-case", "fresh", 1)
	bad := strings.Replace(good, "duty: supervisor", "duty: pilot", 1)
	says := func(about string, workable, covered OmegaMatcher) {
		t.Helper()
		list := read(w, "fresh", &v1alpha1.Playbook{}).Status.Conditions
		w.Expect(w.condition(list, "Workable")).To(workable, about)
		w.Expect(w.condition(list, "Covered")).To(covered, about)
	}
	unseen := states(metav1.ConditionUnknown, "BeingJudged", 1)
	w.apply(bad)
	w.verify()
	says("new in a namespace that was looked at", unseen, unseen)
	w.look()
	says("looked at", states(metav1.ConditionFalse, "Errors", 1), states(metav1.ConditionFalse, "OneAbsenceBlocks", 1))
	w.apply(good)
	w.verify()
	says("edited: the word about the text before, as such", states(metav1.ConditionFalse, "Errors", 1), states(metav1.ConditionFalse, "OneAbsenceBlocks", 1))
	w.look()
	says("looked at again", states(metav1.ConditionTrue, "Warnings", 2), states(metav1.ConditionFalse, "OneAbsenceBlocks", 2))
	w.Expect(w.admin.Delete(w.ctx, read(w, "fresh", &v1alpha1.Playbook{}))).To(Succeed())
	w.apply(bad)
	w.verify()
	says("made anew", unseen, unseen)
}
