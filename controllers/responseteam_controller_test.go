package controllers

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
)

func TestResponseTeamIsJudged(t *testing.T) {
	w := newWorld(t)
	w.apply(teamsYAML)
	w.must(w.teams, "desk")
	team := read(w, "desk", &v1alpha1.ResponseTeam{})
	w.Expect(team.Status.Members).To(Equal(int32(4)))
	w.Expect(team.Status.ObservedGeneration).To(Equal(int64(1)))
	w.Expect(w.condition(team.Status.Conditions, "Ready")).To(states(metav1.ConditionTrue, "Complete", 1))
	w.Expect(w.condition(team.Status.Conditions, "Covered")).To(states(metav1.ConditionTrue, "EveryDutyTwice", 1))
	before := w.written()
	w.must(w.teams, "desk")
	w.Expect(w.written()).To(Equal(before))

	t.Log("without a deputy the duty is named")
	w.apply(`
kind: ResponseTeam
metadata: {name: desk}
spec:
  members:
  - {name: amy, user: amy, duties: [agent, inspector], deputies: [bert]}
  - {name: bob, user: bob, duties: [agent]}
`)
	w.must(w.teams, "desk")
	team = read(w, "desk", &v1alpha1.ResponseTeam{})
	w.Expect(w.condition(team.Status.Conditions, "Ready")).To(And(states(metav1.ConditionFalse, "UnknownMember", 2),
		HaveField("Message", And(ContainSubstring("spec.members[0].deputies[0]"), ContainSubstring("bert")))))
	w.Expect(w.condition(team.Status.Conditions, "Covered")).To(And(states(metav1.ConditionFalse, "SinglePerson", 2),
		HaveField("Message", And(ContainSubstring("inspector"), Not(ContainSubstring("agent"))))))

	t.Log("who is their own deputy and who cannot be reached is named, all at once; addresses are not repeated")
	w.apply(`
kind: ResponseTeam
metadata: {name: wrong}
spec:
  members:
  - {name: amy, user: amy, duties: [agent], deputies: [amy], contacts: [{kind: Email, address: amy at home}]}
  - {name: bob, user: bob, duties: [agent], contacts: [{kind: Webhook, address: channel}, {kind: Webhook, address: "ftp://bob.example"}]}
  stakeholders:
  - {name: press, contacts: [{kind: Email, address: nowhere}]}
`)
	w.must(w.teams, "wrong")
	w.Expect(w.condition(read(w, "wrong", &v1alpha1.ResponseTeam{}).Status.Conditions, "Ready")).To(And(states(metav1.ConditionFalse, "OwnDeputy", 1),
		HaveField("Message", And(ContainSubstring("spec.members[0].deputies[0]: amy is their own deputy"), ContainSubstring("spec.members[0].contacts[0] of amy"),
			ContainSubstring("spec.members[1].contacts[1] of bob"), Not(ContainSubstring("members[1].contacts[0]")),
			ContainSubstring("spec.stakeholders[0].contacts[0] of press"), Not(ContainSubstring("home")), Not(ContainSubstring("ftp"))))))

	t.Log("a parent that is not there is named; when it comes all is well")
	w.apply(`
kind: ResponseTeam
metadata: {name: night}
spec:
  parent: group
  members:
  - {name: amy, user: amy, duties: [agent], deputies: [bob]}
  - {name: bob, user: bob, duties: [agent]}
`)
	w.must(w.teams, "night")
	team = read(w, "night", &v1alpha1.ResponseTeam{})
	w.Expect(w.condition(team.Status.Conditions, "Ready")).To(And(states(metav1.ConditionFalse, "UnknownParent", 1),
		HaveField("Message", And(ContainSubstring("spec.parent"), ContainSubstring(`"group"`)))))
	w.apply(strings.Replace(teamsYAML, "name: desk}", "name: group}", 1))
	w.must(w.teams, "night")
	w.Expect(w.condition(read(w, "night", &v1alpha1.ResponseTeam{}).Status.Conditions, "Ready").Status).To(Equal(metav1.ConditionTrue))
}

func TestTeamsWhoseParentsFormACircle(t *testing.T) {
	w := newWorld(t)
	team := func(name, parent string) {
		w.apply("kind: ResponseTeam\nmetadata: {name: " + name + "}\nspec:\n  parent: " + parent + "\n  members: [{name: amy, user: amy, duties: [agent]}]\n")
	}
	ready := func(name string) metav1.Condition {
		w.must(w.teams, name)
		return w.condition(read(w, name, &v1alpha1.ResponseTeam{}).Status.Conditions, "Ready")
	}
	team("a", "b")
	team("b", "a")
	team("under", "b")
	team("own", "own")
	for name, circle := range map[string]string{"a": "a → b → a", "b": "b → a → b", "under": "under → b → a → b", "own": "own → own"} {
		w.Expect(ready(name)).To(And(states(metav1.ConditionFalse, "ParentCircle", 1), HaveField("Message", ContainSubstring(circle+";"))), name)
	}
	t.Log("whoever changes one of them has all judged again that are below it")
	var again []string
	for _, request := range w.teams.below(w.ctx, read(w, "a", &v1alpha1.ResponseTeam{})) {
		again = append(again, request.Name)
	}
	w.Expect(again).To(Equal([]string{"a", "b", "under"}))

	t.Log("taken apart, all are well, those whose own spec did not change too")
	w.apply("kind: ResponseTeam\nmetadata: {name: a}\nspec:\n  members: [{name: amy, user: amy, duties: [agent]}]\n")
	for _, name := range []string{"a", "b", "under"} {
		w.Expect(ready(name).Status).To(Equal(metav1.ConditionTrue), name)
	}
}
